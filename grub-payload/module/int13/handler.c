/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The resident int 13h handler: BIOS disk functions of a virtual CD (El Torito 1.0 section 4, EDD-4
 * section 8) and of the floppy or hard disk it may emulate. Compiled for real mode, linked at
 * offset 0 of its own segment; DS = ES = SS = CS while it runs.
 */
#include <ventoc/bios_map.h>

#include "config.h"
#include "realmode.h"

#define SECTOR_BYTES     512u
#define READ_TRIES       4u
#define SAFE_SECTORS     64u /* 32 KiB: what every BIOS moves in one transfer */
#define LOW_MEMORY_BYTES 0x100000u
#define CD_SECTORS       4u /* 512-byte sectors in one of the CD */

/* int 13h status codes, AH on return */
enum status {
    STATUS_OK = 0x00,
    STATUS_INVALID = 0x01, /* function or parameter */
    STATUS_WRITE_PROTECTED = 0x03,
    STATUS_NOT_FOUND = 0x04, /* sector */
    STATUS_CONTROLLER = 0x20,
};

/* Lies first in the segment; the module fills it in. */
__attribute__((section(".config"))) struct vtc_int13_config vtc_int13_config;
#define config vtc_int13_config

int vtc_int13_handle(struct vtc_int13_regs *regs);

/* the window of runs fetched last */
static struct vtc_bios_run window[VTC_BIOS_WINDOW_RUNS];
static uint32_t window_number = 0xffffffffu;

/* EDD-4 section 8.1 table 1: disk address packet */
static struct {
    uint8_t bytes, reserved;
    uint16_t count;
    uint16_t off, segment;
    uint64_t lba;
} packet;

static uint8_t descriptors[48];

/* for a sector that the caller wants across a 64 KiB boundary; aligned, it crosses none itself */
static uint8_t bounce[SECTOR_BYTES] __attribute__((aligned(512)));

static uint16_t peek16(uint16_t segment, uint16_t off)
{
    return (uint16_t)(vtc_realmode_peek8(segment, off) |
                      vtc_realmode_peek8(segment, (uint16_t)(off + 1)) << 8);
}

static uint32_t peek32(uint16_t segment, uint16_t off)
{
    return peek16(segment, off) | (uint32_t)peek16(segment, (uint16_t)(off + 2)) << 16;
}

static void poke16(uint16_t segment, uint16_t off, uint16_t value)
{
    vtc_realmode_poke8(segment, off, (uint8_t)value);
    vtc_realmode_poke8(segment, (uint16_t)(off + 1), (uint8_t)(value >> 8));
}

static void poke_bytes(uint16_t segment, uint16_t off, const void *bytes, uint32_t count)
{
    const uint8_t *b = bytes;

    for (uint32_t i = 0; i < count; i++)
        vtc_realmode_poke8(segment, (uint16_t)(off + i), b[i]);
}

static void set_ah(struct vtc_int13_regs *regs, uint8_t ah)
{
    regs->eax = (regs->eax & 0xffff00ffu) | (uint32_t)ah << 8;
}

static uint8_t low(uint32_t reg)
{
    return (uint8_t)reg;
}

static uint8_t high(uint32_t reg)
{
    return (uint8_t)(reg >> 8);
}

/* One descriptor of int 15h AH=87h: base, 64 KiB limit, data. */
static void describe(uint8_t *d, uint32_t address)
{
    d[0] = 0xff;
    d[1] = 0xff;
    d[2] = (uint8_t)address;
    d[3] = (uint8_t)(address >> 8);
    d[4] = (uint8_t)(address >> 16);
    d[5] = 0x93;
    d[6] = 0;
    d[7] = (uint8_t)(address >> 24);
}

/* Copy bytes (even, at most 64 KiB) between physical addresses. */
static int copy_physical(uint32_t to, uint32_t from, uint32_t bytes)
{
    for (unsigned i = 0; i < sizeof(descriptors); i++)
        descriptors[i] = 0;
    describe(descriptors + 0x10, from);
    describe(descriptors + 0x18, to);
    return vtc_int13_copy_high(descriptors, bytes / 2) ? STATUS_CONTROLLER : STATUS_OK;
}

/* The run that holds a sector of the virtual disk; NULL when the table cannot be read. */
static const struct vtc_bios_run *find_run(uint32_t lba512)
{
    const uint32_t *index = vtc_realmode_near(config.index_off);
    uint32_t windows = (config.run_count + VTC_BIOS_WINDOW_RUNS - 1) / VTC_BIOS_WINDOW_RUNS;
    uint32_t number = vtc_bios_map_search(index, sizeof(*index), windows, lba512);

    if (number != window_number) {
        uint32_t to = vtc_realmode_linear(window);

        window_number = 0xffffffffu;
        if (copy_physical(to, config.table_address + number * (uint32_t)sizeof(window),
                          sizeof(window)))
            return NULL;
        window_number = number;
    }
    return &window[vtc_bios_map_search(&window[0].first_lba512, sizeof(*window),
                                       VTC_BIOS_WINDOW_RUNS, lba512)];
}

/* A function of the BIOS on the stick that takes nothing but AH and DL. */
static void bios_reset(void)
{
    struct vtc_int13_regs regs = {
        .edx = config.real_drive, .ds = vtc_realmode_segment(), .es = vtc_realmode_segment()};

    vtc_int13_call_bios(&regs);
}

static int read_real(uint64_t lba512, uint32_t count, uint32_t linear)
{
    for (unsigned i = 0; i < READ_TRIES; i++) {
        struct vtc_int13_regs regs = {.eax = 0x4200,
                                      .edx = config.real_drive,
                                      .ds = vtc_realmode_segment(),
                                      .es = vtc_realmode_segment()};

        packet.bytes = sizeof(packet);
        packet.reserved = 0;
        packet.count = (uint16_t)count;
        packet.off = linear & 15;
        packet.segment = (uint16_t)(linear >> 4);
        packet.lba = lba512;
        regs.esi = (uint32_t)(uintptr_t)&packet;
        if (vtc_int13_call_bios(&regs) == 0)
            return STATUS_OK;
        bios_reset();
    }
    return STATUS_CONTROLLER;
}

/* Read one sector to where no transfer may go directly. */
static int read_real_bounced(uint64_t lba512, uint32_t linear)
{
    uint32_t from = vtc_realmode_linear(bounce);
    int status = read_real(lba512, 1, from);

    return status ? status : copy_physical(linear, from, SECTOR_BYTES);
}

static void fill_zero(uint32_t linear, uint32_t bytes)
{
    uint16_t segment = (uint16_t)(linear >> 4), off = linear & 15;

    for (uint32_t i = 0; i < bytes; i += 2)
        poke16(segment, (uint16_t)(off + i), 0);
}

/* Sectors the last read_virtual() moved, for the counts the caller gets back. */
static uint32_t moved;

/* Read sectors of the virtual disk to a linear address below 1 MiB. */
static int read_virtual(uint32_t lba512, uint32_t count, uint32_t linear)
{
    int status = STATUS_OK;

    moved = 0;

    if (lba512 > config.sectors || count > config.sectors - lba512)
        return STATUS_NOT_FOUND;
    if (count > LOW_MEMORY_BYTES / SECTOR_BYTES || linear > LOW_MEMORY_BYTES - count * SECTOR_BYTES)
        return STATUS_INVALID; /* real mode addresses end there */
    while (count) {
        const struct vtc_bios_run *run = find_run(lba512);
        uint32_t skip, n, room = (0x10000u - (linear & 0xffffu)) / SECTOR_BYTES;

        if (!run)
            return STATUS_CONTROLLER;
        skip = lba512 - run->first_lba512;
        n = run->count - skip;
        if (n > count)
            n = count;
        if (n > config.chunk_sectors)
            n = config.chunk_sectors;
        if (n > room) /* one transfer must not cross a 64 KiB boundary */
            n = room ? room : 1;
        if (run->src & VTC_BIOS_MEMORY)
            status =
                copy_physical(linear, (uint32_t)run->src + skip * SECTOR_BYTES, n * SECTOR_BYTES);
        else if (run->src & VTC_BIOS_ZERO)
            fill_zero(linear, n * SECTOR_BYTES);
        else if (room == 0)
            status = read_real_bounced(run->src + skip, linear);
        else
            status = read_real(run->src + skip, n, linear);
        if (status && n > SAFE_SECTORS) { /* more than this BIOS moves after all? */
            config.chunk_sectors = SAFE_SECTORS;
            continue;
        }
        if (status)
            break;
        moved += n;
        lba512 += n;
        count -= n;
        linear += n * SECTOR_BYTES;
    }
    return status;
}

/* AH=42h and, without the transfer, 44h and 47h. unit: 512-byte sectors in one of the drive. */
static int extended_read(struct vtc_int13_regs *regs, uint32_t first_lba512, uint32_t sectors,
                         uint32_t unit, int transfer)
{
    uint16_t segment = regs->ds, off = (uint16_t)regs->esi;
    uint32_t count = peek16(segment, (uint16_t)(off + 2)), lba, linear, room;
    int status;

    if (vtc_realmode_peek8(segment, off) < 16)
        return STATUS_INVALID;
    linear = peek16(segment, (uint16_t)(off + 6)) * 16u + peek16(segment, (uint16_t)(off + 4));
    lba = peek32(segment, (uint16_t)(off + 8));
    room = sectors / unit;
    if (peek32(segment, (uint16_t)(off + 12)) || lba > room || count > room - lba)
        return STATUS_NOT_FOUND;
    if (!transfer)
        return STATUS_OK;
    status = read_virtual(first_lba512 + lba * unit, count * unit, linear);
    if (status)
        poke16(segment, (uint16_t)(off + 2), (uint16_t)(moved / unit));
    return status;
}

/* AH=48h, EDD-4 section 8.9: the drive's parameters. */
static int drive_parameters(struct vtc_int13_regs *regs, uint32_t sectors, uint32_t unit,
                            uint16_t flags)
{
    uint16_t segment = regs->ds, off = (uint16_t)regs->esi, room = peek16(segment, off);
    struct {
        uint16_t bytes, flags;
        uint32_t cylinders, heads, sectors_per_track;
        uint64_t sectors;
        uint16_t sector_bytes;
        uint32_t edd;
    } __attribute__((packed)) result = {
        .flags = flags,
        .cylinders = unit == 1 ? config.cylinders : 0xffffffffu,
        .heads = unit == 1 ? config.heads : 0xffffffffu,
        .sectors_per_track = unit == 1 ? config.sectors_per_track : 0xffffffffu,
        .sectors = sectors / unit,
        .sector_bytes = (uint16_t)(unit * SECTOR_BYTES),
        .edd = 0xffffffffu,
    };

    if (room < 26)
        return STATUS_INVALID;
    result.bytes = room < 30 ? 26 : 30;
    poke_bytes(segment, off, &result, result.bytes);
    return STATUS_OK;
}

/* AH=41h: extensions present? */
static int check_extensions(struct vtc_int13_regs *regs)
{
    if ((uint16_t)regs->ebx != 0x55aa)
        return STATUS_INVALID;
    regs->ebx = (regs->ebx & 0xffff0000u) | 0xaa55;
    regs->ecx = (regs->ecx & 0xffff0000u) | 0x0007; /* access, locking, EDD subsets */
    set_ah(regs, 0x30);                             /* EDD 3.0 */
    return STATUS_OK;
}

/* AH=4Bh, El Torito 1.0 sections 6.1 and 6.2: AL=01 tells the packet, AL=00 also ends the emulation. */
static int emulation_status(struct vtc_int13_regs *regs)
{
    if (low(regs->eax) > 1)
        return STATUS_INVALID;
    poke_bytes(regs->ds, (uint16_t)regs->esi, &config.packet, sizeof(config.packet));
    if (low(regs->eax) == 0) {
        config.emulated_drive = VTC_INT13_NO_DRIVE;
        config.shift = 0;
    }
    return STATUS_OK;
}

/* AH=4Dh, El Torito 1.0 section 6.4: copy the boot catalog's sectors. */
static int read_catalog(struct vtc_int13_regs *regs)
{
    uint16_t segment = regs->ds, off = (uint16_t)regs->esi;
    uint32_t count = vtc_realmode_peek8(segment, (uint16_t)(off + 1)),
             first = peek16(segment, (uint16_t)(off + 6));
    uint32_t linear =
        peek16(segment, (uint16_t)(off + 4)) * 16u + peek16(segment, (uint16_t)(off + 2));

    return read_virtual(config.catalog_lba512 + first * CD_SECTORS, count * CD_SECTORS, linear);
}

/* AH=15h: what kind of drive; AH on success is the kind itself. */
static int drive_type(struct vtc_int13_regs *regs, uint32_t sectors)
{
    set_ah(regs, 3); /* a fixed disk: also what a BIOS says of a CD */
    regs->ecx = (regs->ecx & 0xffff0000u) | sectors >> 16;
    regs->edx = (regs->edx & 0xffff0000u) | (sectors & 0xffff);
    return STATUS_OK;
}

static int cd_function(struct vtc_int13_regs *regs)
{
    switch (high(regs->eax)) {
    case 0x00: /* reset */
    case 0x0d:
    case 0x10: /* ready? */
    case 0x11: /* recalibrate */
    case 0x45: /* lock */
    case 0x46: /* eject: there is no tray */
    case 0x49: /* media not changed */
        return STATUS_OK;
    case 0x03:
    case 0x05:
    case 0x0b:
    case 0x43:
        return STATUS_WRITE_PROTECTED;
    case 0x15:
        return drive_type(regs, config.sectors / CD_SECTORS);
    case 0x41:
        return check_extensions(regs);
    case 0x42:
        return extended_read(regs, 0, config.sectors, CD_SECTORS, 1);
    case 0x44: /* verify */
    case 0x47: /* seek */
        return extended_read(regs, 0, config.sectors, CD_SECTORS, 0);
    case 0x48:
        return drive_parameters(regs, config.sectors, CD_SECTORS, 0x74);
    case 0x4b:
        return emulation_status(regs);
    case 0x4d:
        return read_catalog(regs);
    default:
        return STATUS_INVALID;
    }
}

/* AH=02h and 04h: read or verify by cylinder, head and sector. */
static int chs_read(struct vtc_int13_regs *regs, int transfer)
{
    uint32_t cylinder = high(regs->ecx) | (low(regs->ecx) & 0xc0u) << 2;
    uint32_t sector = low(regs->ecx) & 0x3fu, head = high(regs->edx), count = low(regs->eax);
    uint32_t lba;
    int status;

    if (sector == 0 || sector > config.sectors_per_track || head >= config.heads || count == 0)
        return STATUS_INVALID;
    lba = (cylinder * config.heads + head) * config.sectors_per_track + sector - 1;
    if (lba >= config.emulated_sectors || count > config.emulated_sectors - lba)
        return STATUS_NOT_FOUND;
    if (!transfer)
        return STATUS_OK;
    status =
        read_virtual(config.emulated_lba512 + lba, count, regs->es * 16u + (uint16_t)regs->ebx);
    regs->eax = (regs->eax & 0xffffff00u) | moved;
    return status;
}

/* How many hard disks there are, ours among them (BDA 0475h). */
static uint8_t hard_disk_count(void)
{
    return vtc_realmode_peek8(0, 0x475);
}

/* AH=08h: geometry and number of drives. */
static int chs_parameters(struct vtc_int13_regs *regs)
{
    uint32_t last = config.cylinders - 1u;
    uint8_t drives = config.floppy_type ? 1 : hard_disk_count();

    regs->eax &= 0xffff0000u;
    regs->ebx = (regs->ebx & 0xffff0000u) | config.floppy_type;
    regs->ecx = (regs->ecx & 0xffff0000u) | (last & 0xff) << 8 | (last >> 2 & 0xc0) |
                config.sectors_per_track;
    regs->edx = (regs->edx & 0xffff0000u) | (uint32_t)(config.heads - 1u) << 8 | drives;
    if (config.floppy_type) { /* ES:DI: the diskette parameters, which vector 1Eh points at */
        regs->edi = (regs->edi & 0xffff0000u) | peek16(0, 0x1e * 4);
        regs->es = peek16(0, 0x1e * 4 + 2);
    }
    return STATUS_OK;
}

static int emulated_type(struct vtc_int13_regs *regs)
{
    if (!config.floppy_type)
        return drive_type(regs, config.emulated_sectors);
    set_ah(regs, 1); /* floppy without change line */
    return STATUS_OK;
}

static int emulated_function(struct vtc_int13_regs *regs)
{
    switch (high(regs->eax)) {
    case 0x00:
    case 0x0c:
    case 0x0d:
    case 0x10:
    case 0x11:
    case 0x16: /* not changed */
        return STATUS_OK;
    case 0x02:
        return chs_read(regs, 1);
    case 0x04:
        return chs_read(regs, 0);
    case 0x08:
        return chs_parameters(regs);
    case 0x15:
        return emulated_type(regs);
    case 0x03:
    case 0x05:
    case 0x43:
        return STATUS_WRITE_PROTECTED;
    case 0x4b:
        return config.packet.packet_bytes ? emulation_status(regs) : STATUS_INVALID;
    default:
        break;
    }
    if (config.floppy_type)
        return STATUS_INVALID;
    switch (high(regs->eax)) {
    case 0x41:
        return check_extensions(regs);
    case 0x45: /* lock */
    case 0x46: /* eject */
    case 0x49: /* media not changed */
        return STATUS_OK;
    case 0x42:
        return extended_read(regs, config.emulated_lba512, config.emulated_sectors, 1, 1);
    case 0x44:
    case 0x47:
        return extended_read(regs, config.emulated_lba512, config.emulated_sectors, 1, 0);
    case 0x48:
        return drive_parameters(regs, config.emulated_sectors, 1, 0x02);
    default:
        return STATUS_INVALID;
    }
}

/* A real hard disk that moved up by one: the BIOS knows it by the number below. */
static int pass_on(struct vtc_int13_regs *regs)
{
    uint8_t drive = low(regs->edx), function = high(regs->eax);
    int carry;

    regs->edx = (regs->edx & 0xffffff00u) | (uint8_t)(drive - 1);
    carry = vtc_int13_call_bios(regs);
    if (function == 0x08 && !carry) /* DL: the number of drives, ours among them */
        regs->edx = (regs->edx & 0xffffff00u) | hard_disk_count();
    else if (function != 0x08 && function != 0x15)
        regs->edx = (regs->edx & 0xffffff00u) | drive;
    return carry;
}

/*
 * The C part of the interrupt. regs: the caller's registers, changed in place.
 * Returns the carry flag for the caller: 0 or 1.
 */
int vtc_int13_handle(struct vtc_int13_regs *regs)
{
    uint8_t drive = low(regs->edx), function = high(regs->eax);
    int status;

    if (drive != config.drive && drive != config.emulated_drive)
        return pass_on(regs);
    if (function == 0x01) { /* status of the last operation */
        set_ah(regs, config.last_status);
        return config.last_status != STATUS_OK;
    }
    status = drive == config.drive ? cd_function(regs) : emulated_function(regs);
    config.last_status = (uint8_t)status;
    if (status != STATUS_OK || (function != 0x15 && function != 0x41))
        set_ah(regs, (uint8_t)status);
    return status != STATUS_OK;
}
