/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fuzzer's bytes as a program for a target with a state: numbers taken off the front, zero when
 * they are used up. */
#ifndef FUZZ_PROGRAM_H
#define FUZZ_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

struct fuzz_program {
    const uint8_t *p, *end;
};

static inline struct fuzz_program fuzz_program(const uint8_t *data, size_t bytes)
{
    struct fuzz_program program = {data, data + bytes};

    return program;
}

static inline size_t fuzz_left(const struct fuzz_program *program)
{
    return (size_t)(program->end - program->p);
}

/* A little-endian number of so many bytes, at most 8. */
static inline uint64_t fuzz_take(struct fuzz_program *program, unsigned bytes)
{
    uint64_t value = 0;
    unsigned i;

    for (i = 0; i < bytes && program->p < program->end; i++)
        value |= (uint64_t)*program->p++ << (8 * i);
    return value;
}

/* So many bytes, or what is left: *bytes tells. */
static inline const uint8_t *fuzz_take_bytes(struct fuzz_program *program, size_t *bytes)
{
    const uint8_t *p = program->p;

    if (*bytes > fuzz_left(program))
        *bytes = fuzz_left(program);
    program->p += *bytes;
    return p;
}

#endif
