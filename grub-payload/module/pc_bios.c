/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <grub/i386/pc/int.h>
#include <grub/i386/pc/memory.h>
#include <grub/misc.h>

#include <ventoc/bytes.h>

#include "pc_bios.h"

#define CD_DRIVE_FIRST  0xe0u
#define CD_DRIVE_LAST   0xfeu
#define PARAMETER_BYTES 30u
#define PACKET_BYTES    16u

/* AH=41h: has this drive the extended functions? */
static int has_extensions(unsigned drive)
{
    struct grub_bios_int_registers regs = {
        .eax = 0x4100, .ebx = 0x55aa, .edx = drive, .flags = GRUB_CPU_INT_FLAGS_DEFAULT};

    grub_bios_interrupt(0x13, &regs);
    return !(regs.flags & GRUB_CPU_INT_FLAGS_CARRY) && (regs.ebx & 0xffff) == 0xaa55 &&
           (regs.ecx & 1);
}

unsigned vtc_pc_free_cd_drive(void)
{
    for (unsigned drive = CD_DRIVE_FIRST; drive <= CD_DRIVE_LAST; drive++)
        if (!has_extensions(drive))
            return drive;
    return 0;
}

grub_uint64_t vtc_pc_edd_sectors(unsigned drive, unsigned *sector_bytes)
{
    grub_uint8_t *parameters = (grub_uint8_t *)GRUB_MEMORY_MACHINE_SCRATCH_ADDR;
    struct grub_bios_int_registers regs = {.eax = 0x4800,
                                           .ds = GRUB_MEMORY_MACHINE_SCRATCH_SEG,
                                           .edx = drive,
                                           .flags = GRUB_CPU_INT_FLAGS_DEFAULT};

    if (!has_extensions(drive))
        return 0;
    grub_memset(parameters, 0, PARAMETER_BYTES);
    vtc_put_le16(parameters, PARAMETER_BYTES);
    grub_bios_interrupt(0x13, &regs);
    if (regs.flags & GRUB_CPU_INT_FLAGS_CARRY)
        return 0;
    *sector_bytes = vtc_le16(parameters + 24);
    return vtc_le64(parameters + 16);
}

int vtc_pc_read(unsigned drive, grub_uint64_t lba512, grub_uint16_t sectors, grub_addr_t low)
{
    grub_uint8_t *packet = (grub_uint8_t *)GRUB_MEMORY_MACHINE_SCRATCH_ADDR;
    struct grub_bios_int_registers regs = {.eax = 0x4200,
                                           .ds = GRUB_MEMORY_MACHINE_SCRATCH_SEG,
                                           .edx = drive,
                                           .flags = GRUB_CPU_INT_FLAGS_DEFAULT};

    vtc_put_le16(packet, PACKET_BYTES);
    vtc_put_le16(packet + 2, sectors);
    vtc_put_le16(packet + 4, low & 15);
    vtc_put_le16(packet + 6, (grub_uint16_t)(low >> 4));
    vtc_put_le64(packet + 8, lba512);
    grub_bios_interrupt(0x13, &regs);
    return !(regs.flags & GRUB_CPU_INT_FLAGS_CARRY);
}
