/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the handler needs of real mode: other segments' memory and the BIOS. */
#ifndef VTC_INT13_REALMODE_H
#define VTC_INT13_REALMODE_H

#include <ventoc/types.h>

/* The caller's registers as the entry pushed them. */
struct vtc_int13_regs {
    uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
    uint16_t gs, fs, es, ds;
};

/* entry.S: call the BIOS's int 13h handler with these registers. Returns CF. */
int vtc_int13_call_bios(struct vtc_int13_regs *regs);

/* entry.S: int 15h AH=87h with a 48-byte descriptor table. Returns 0, or 1 on failure. */
int vtc_int13_copy_high(void *descriptors, uint32_t words);

/* The segment the handler lies in. */
static inline uint16_t vtc_realmode_segment(void)
{
    uint16_t cs;

    __asm__("movw %%cs, %0" : "=r"(cs));
    return cs;
}

/* Something of the handler's segment: by its offset there, and as a physical address. */
static inline const void *vtc_realmode_near(uint16_t off)
{
    return (const void *)(uint32_t)off;
}

static inline uint32_t vtc_realmode_linear(const void *near)
{
    return vtc_realmode_segment() * 16u + (uint32_t)near;
}

static inline uint8_t vtc_realmode_peek8(uint16_t segment, uint16_t off)
{
    uint8_t value;

    __asm__ volatile("movw %1, %%fs\n\tmovb %%fs:(%2), %0"
                     : "=q"(value)
                     : "r"(segment), "r"((uint32_t)off)
                     : "memory");
    return value;
}

static inline void vtc_realmode_poke8(uint16_t segment, uint16_t off, uint8_t value)
{
    __asm__ volatile("movw %1, %%fs\n\tmovb %0, %%fs:(%2)"
                     :
                     : "q"(value), "r"(segment), "r"((uint32_t)off)
                     : "memory");
}

#endif
