/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classification: names, and images made with mkfs.fat, mtools, sfdisk, fdisk and xorriso. */
#include "fixture.h"

#include <ventoc/bytes.h>
#include <ventoc/classify.h>
#include <ventoc/crc32.h>

static void test_names(void **state)
{
    static const struct {
        const char *name;
        enum vtc_image_type type;
    } cases[] = {
        {"debian.iso", VTC_TYPE_ISO},
        {"DEBIAN.ISO", VTC_TYPE_ISO},
        {"x.IsO", VTC_TYPE_ISO},
        {"a.b.iso", VTC_TYPE_ISO},
        {"disk.img", VTC_TYPE_IMG},
        {"disk.IMG", VTC_TYPE_IMG},
        {"shell.efi", VTC_TYPE_EFI},
        {"debian.vtoy", VTC_TYPE_IMG},
        {"a.VTOY", VTC_TYPE_IMG},
        {".vtoy", VTC_TYPE_NONE},
        {"x.img.vto", VTC_TYPE_NONE},
        {"a.iso.txt", VTC_TYPE_NONE},
        {"iso", VTC_TYPE_NONE},
        {".iso", VTC_TYPE_NONE},
        {"", VTC_TYPE_NONE},
        {"aiso", VTC_TYPE_NONE},
        {"a.iso ", VTC_TYPE_NONE},
        {"._a.iso", VTC_TYPE_NONE},
        {".a.iso", VTC_TYPE_ISO},
        {"a.is\xef", VTC_TYPE_NONE},
        {"a.ISQ", VTC_TYPE_NONE},
        {"a.[so", VTC_TYPE_NONE},
        {"\xe6\x97\xa5.iso", VTC_TYPE_ISO},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (vtc_classify_name(cases[i].name) != cases[i].type)
            fail_msg("%s", cases[i].name);
}

/* What the commands below are put together from. */
#define MBR(lines)       "printf 'label: dos\\n" lines "' | sfdisk -q image &&"
#define GPT(lines)       "printf 'label: gpt\\n" lines "' | sfdisk -q image &&"
#define AT_1_MIB(volume) "dd if=" volume " of=image bs=1M seek=1 conv=notrunc status=none"
#define BOOT_CODE        " && printf '\\372' | dd of=image conv=notrunc status=none"
#define DISK             "truncate -s 16M image &&"

static void make_volumes(void)
{
    fixture_run(
        "truncate -s 4M efi.fat && mkfs.fat -n ESP efi.fat && cp efi.fat plain.fat &&"
        "mmd -i efi.fat ::EFI ::EFI/BOOT && echo x >x && mcopy -i efi.fat x ::EFI/BOOT/X.EFI &&"
        "cp plain.fat file.fat && mmd -i file.fat ::EFI && mcopy -i file.fat x ::EFI/BOOT &&"
        "truncate -s 4M bare.fat && cp plain.fat bare.fat &&"
        "dd if=/dev/zero of=bare.fat bs=1 seek=62 count=448 conv=notrunc status=none");
    fixture_run("mkdir -p tree && truncate -s 1440K tree/bios.img && cp efi.fat tree/efi.img &&"
                "echo iso >tree/file");
    fixture_run("truncate -s 8M efi4096.fat && mkfs.fat -S 4096 efi4096.fat");
}

#define ISO(options)                                                                               \
    "xorriso -as mkisofs -quiet -R -V 'A label' -no-pad " options " -o image tree && size=$(stat " \
    "-c %s image)"
#define BIOS_ENTRY "-b bios.img -c boot.cat -no-emul-boot -boot-load-size 4"
#define EFI_ENTRY  "-e efi.img -no-emul-boot"

static const struct {
    const char *what, *command;
    int rc;
    struct vtc_boot_facts
        facts; /* declared_bytes 1: as long as the file; efi_bytes 1: to its end */
} cases[] = {
    {"nothing", ": >image", VTC_ENOENT, {0}},
    {"text", "seq 100000 >image", VTC_ENOENT, {0}},
    {"zeros", DISK "true", VTC_ENOENT, {0}},
    {"ext4, a layer of a live system",
     DISK "mkfs.ext4 -q -F -L persistence image",
     VTC_ENOENT,
     {0}},
    {"0x55AA alone",
     DISK "printf '\\125\\252' | dd of=image bs=1 seek=510 conv=notrunc",
     VTC_ENOENT,
     {0}},
    /* MBR */
    {"MBR, type EF",
     DISK MBR("2048,8192,ef\\n") AT_1_MIB("plain.fat"),
     0,
     {.is_disk = 1, .has_efi = 1, .declared_bytes = 5 * 1024 * 1024}},
    {"MBR, type EF and boot code",
     DISK MBR("2048,8192,ef\\n") AT_1_MIB("plain.fat") BOOT_CODE,
     0,
     {.is_disk = 1, .has_efi = 1, .has_bios = 1, .declared_bytes = 5 * 1024 * 1024}},
    {"MBR, type EF without a file system",
     DISK MBR("2048,8192,ef\\n") "true",
     0,
     {.is_disk = 1, .declared_bytes = 5 * 1024 * 1024}},
    {"MBR, type 0C with EFI/BOOT",
     DISK MBR("2048,8192,c\\n") AT_1_MIB("efi.fat"),
     0,
     {.is_disk = 1, .has_efi = 1, .declared_bytes = 5 * 1024 * 1024}},
    {"MBR, type 0C without EFI/BOOT",
     DISK MBR("2048,8192,c\\n") AT_1_MIB("plain.fat"),
     0,
     {.is_disk = 1, .declared_bytes = 5 * 1024 * 1024}},
    {"MBR, type 0C where EFI/BOOT is a file",
     DISK MBR("2048,8192,c\\n") AT_1_MIB("file.fat"),
     0,
     {.is_disk = 1, .declared_bytes = 5 * 1024 * 1024}},
    {"MBR, type 83",
     DISK MBR("2048,8192,83\\n") AT_1_MIB("efi.fat"),
     0,
     {.is_disk = 1, .declared_bytes = 5 * 1024 * 1024}},
    {"MBR, second partition",
     DISK MBR("16384,2048,83\\n2048,8192,e\\n") AT_1_MIB("efi.fat"),
     0,
     {.is_disk = 1, .has_efi = 1, .declared_bytes = 9 * 1024 * 1024}},
    {"MBR, truncated",
     DISK MBR("2048,8192,ef\\n") AT_1_MIB("plain.fat") " && truncate -s 3M image",
     VTC_ETRUNC,
     {.is_disk = 1, .has_efi = 1, .declared_bytes = 5 * 1024 * 1024}},
    {"MBR, truncated before the partition",
     DISK MBR("2048,8192,ef\\n") "truncate -s 1M image",
     VTC_ETRUNC,
     {.is_disk = 1, .declared_bytes = 5 * 1024 * 1024}},
    /* GPT */
    {"GPT, ESP",
     DISK GPT("2048,8192,U\\n") AT_1_MIB("plain.fat"),
     0,
     {.is_disk = 1, .is_gpt = 1, .has_efi = 1, .declared_bytes = 1}},
    {"GPT, ESP and boot code",
     DISK GPT("2048,8192,U\\n") AT_1_MIB("plain.fat") BOOT_CODE,
     0,
     {.is_disk = 1, .is_gpt = 1, .has_bios = 1, .has_efi = 1, .declared_bytes = 1}},
    {"GPT, fifth partition",
     DISK GPT("10240,1,L\\n10241,1,L\\n10242,1,L\\n10243,1,L\\n2048,8192,U\\n")
         AT_1_MIB("plain.fat"),
     0,
     {.is_disk = 1, .is_gpt = 1, .has_efi = 1, .declared_bytes = 1}},
    {"GPT, basic data with EFI/BOOT",
     DISK GPT("2048,8192,EBD0A0A2-B9E5-4433-87C0-68B6B72699C7\\n") AT_1_MIB("efi.fat"),
     0,
     {.is_disk = 1, .is_gpt = 1, .has_efi = 1, .declared_bytes = 1}},
    {"GPT, basic data without EFI/BOOT",
     DISK GPT("2048,8192,EBD0A0A2-B9E5-4433-87C0-68B6B72699C7\\n") AT_1_MIB("plain.fat"),
     0,
     {.is_disk = 1, .is_gpt = 1, .declared_bytes = 1}},
    {"GPT, Linux data",
     DISK GPT("2048,8192,L\\n") AT_1_MIB("efi.fat"),
     0,
     {.is_disk = 1, .is_gpt = 1, .declared_bytes = 1}},
    {"GPT, truncated",
     DISK GPT("2048,8192,U\\n") AT_1_MIB("plain.fat") " && truncate -s 8M image",
     VTC_ETRUNC,
     {.is_disk = 1, .is_gpt = 1, .has_efi = 1, .declared_bytes = 16 * 1024 * 1024}},
    {"GPT, 4096-byte sectors, ESP",
     DISK "printf 'g\\nn\\n1\\n256\\n2303\\nt\\n1\\nw\\n' | fdisk -b 4096 image &&" AT_1_MIB(
         "efi4096.fat"),
     0,
     {.is_disk = 1, .is_gpt = 1, .has_efi = 1, .declared_bytes = 1}},
    {"an MBR with a partition status of 1",
     DISK MBR("2048,8192,ef\\n") "printf '\\1' | dd of=image bs=1 seek=446 conv=notrunc",
     VTC_ENOENT,
     {0}},
    {"protective MBR without a GPT", DISK MBR("1,32767,ee\\n") "true", 0, {.is_disk = 1}},
    /* FAT without a table */
    {"volume with EFI/BOOT",
     "cp efi.fat image",
     0,
     {.is_disk = 1, .has_bios = 1, .has_efi = 1, .label = "ESP", .declared_bytes = 1}},
    {"volume without EFI/BOOT",
     "cp plain.fat image",
     0,
     {.is_disk = 1, .has_bios = 1, .label = "ESP", .declared_bytes = 1}},
    {"volume without boot code",
     "cp bare.fat image",
     0,
     {.is_disk = 1, .label = "ESP", .declared_bytes = 1}},
    {"volume, truncated",
     "cp efi.fat image && truncate -s 2M image",
     VTC_ETRUNC,
     {.is_disk = 1, .has_bios = 1, .has_efi = 1, .label = "ESP", .declared_bytes = 4 << 20}},
    /* ISO 9660 */
    {"ISO, BIOS",
     ISO(BIOS_ENTRY),
     0,
     {.is_iso = 1, .has_bios = 1, .label = "A label", .declared_bytes = 1}},
    {"ISO, EFI",
     ISO("-c boot.cat " EFI_ENTRY),
     0,
     {.is_iso = 1, .has_efi = 1, .label = "A label", .declared_bytes = 1, .efi_bytes = 4 << 20}},
    {"ISO, both",
     ISO(BIOS_ENTRY " -eltorito-alt-boot " EFI_ENTRY),
     0,
     {.is_iso = 1,
      .has_bios = 1,
      .has_efi = 1,
      .label = "A label",
      .declared_bytes = 1,
      .efi_bytes = 4 << 20}},
    {"ISO, neither", ISO(""), 0, {.is_iso = 1, .label = "A label", .declared_bytes = 1}},
    {"ISO, hybrid",
     ISO(BIOS_ENTRY " -eltorito-alt-boot " EFI_ENTRY) " &&" MBR("1,2048,17\\n") "true",
     0,
     {.is_iso = 1,
      .is_disk = 1,
      .has_bios = 1,
      .has_efi = 1,
      .label = "A label",
      .declared_bytes = 1,
      .efi_bytes = 4 << 20}},
    {"ISO with a GPT",
     ISO(BIOS_ENTRY) " &&" GPT("2048,8,U\\n") "true",
     0,
     {.is_iso = 1,
      .is_disk = 1,
      .is_gpt = 1,
      .has_bios = 1,
      .label = "A label",
      .declared_bytes = 1}},
    {"ISO, an MBR's EF partition does not count",
     ISO(BIOS_ENTRY) " &&" MBR("64,2048,ef\\n") "true",
     0,
     {.is_iso = 1, .is_disk = 1, .has_bios = 1, .label = "A label", .declared_bytes = 1}},
    {"ISO, truncated",
     ISO(BIOS_ENTRY
         " -eltorito-alt-boot " EFI_ENTRY) " && truncate -s 3M image && echo $size >size",
     VTC_ETRUNC,
     {.is_iso = 1,
      .has_bios = 1,
      .has_efi = 1,
      .label = "A label",
      .declared_bytes = 2,
      .efi_bytes = 1}},
    {"ISO, longer than it says",
     ISO(BIOS_ENTRY) " && truncate -s 8M image && echo $size >size",
     0,
     {.is_iso = 1, .has_bios = 1, .label = "A label", .declared_bytes = 2}},
    {"ISO, truncated in front of the catalog",
     ISO(BIOS_ENTRY) " && truncate -s 40K image && echo $size >size",
     VTC_ETRUNC,
     {.is_iso = 1, .label = "A label", .declared_bytes = 2}},
    /* PE */
    {"PE, x64",
     "printf 'MZ' >image && truncate -s 60 image && printf '\\100' >>image &&"
     "truncate -s 64 image && printf 'PE\\0\\0\\144\\206' >>image",
     0,
     {.is_pe = 1, .pe_machine = 0x8664}},
    {"PE, ia32",
     "printf 'MZ' >image && truncate -s 60 image && printf '\\200' >>image &&"
     "truncate -s 128 image && printf 'PE\\0\\0\\114\\001' >>image",
     0,
     {.is_pe = 1, .pe_machine = 0x14c}},
    {"MZ without PE", "printf 'MZ' >image && truncate -s 1K image", VTC_ENOENT, {0}},
    {"MZ, cut", "printf 'MZ' >image", VTC_ENOENT, {0}},
    {"MZ, PE behind the end",
     "printf 'MZ' >image && truncate -s 60 image &&"
     "printf '\\377\\377\\377\\377' >>image",
     VTC_ENOENT,
     {0}},
};

static uint64_t declared(uint64_t wanted, uint64_t file_bytes)
{
    unsigned long long bytes = 0;
    FILE *f;

    if (wanted == 1)
        return file_bytes;
    if (wanted != 2)
        return wanted;
    f = fopen("size", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%llu", &bytes), 1);
    fclose(f);
    return bytes;
}

static void compare(const char *what, const struct vtc_boot_facts *got,
                    const struct vtc_boot_facts *want, uint64_t file_bytes)
{
    uint64_t efi_bytes =
        want->efi_bytes == 1 ? file_bytes - got->efi_lba2048 * 2048ull : want->efi_bytes;
    int same = got->is_iso == want->is_iso && got->is_udf == want->is_udf &&
               got->is_disk == want->is_disk && got->is_gpt == want->is_gpt &&
               got->is_pe == want->is_pe && got->pe_machine == want->pe_machine &&
               got->has_bios == want->has_bios && got->has_efi == want->has_efi &&
               !strcmp(got->label, want->label) && got->efi_bytes == efi_bytes &&
               got->declared_bytes == declared(want->declared_bytes, file_bytes) &&
               (got->efi_lba2048 != 0) == (want->efi_bytes != 0);

    if (!same)
        fail_msg("%s: iso %d udf %d disk %d gpt %d pe %d %x bios %d efi %d '%s' %llu, %llu", what,
                 got->is_iso, got->is_udf, got->is_disk, got->is_gpt, got->is_pe, got->pe_machine,
                 got->has_bios, got->has_efi, got->label, (unsigned long long)got->declared_bytes,
                 (unsigned long long)got->efi_bytes);
}

static void test_contents(void **state)
{
    (void)state;
    make_volumes();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_boot_facts facts;
        struct fixture_file src;
        struct vtc_reader src_reader;
        int rc;

        fixture_run("rm -f image && { %s; }", cases[i].command);
        src_reader = fixture_file_open(&src, "image");
        rc = vtc_classify(&src_reader, &facts);
        if (rc != cases[i].rc)
            fail_msg("%s: %d, not %d", cases[i].what, rc, cases[i].rc);
        compare(cases[i].what, &facts, &cases[i].facts, src_reader.bytes);
        fixture_file_close(&src);
    }
}

/* A good GPT disk, a field of its header changed, with a right CRC again. */
static const struct {
    const char *what;
    unsigned at, bytes;
    uint64_t value;
    int mend_crc, rc, has_efi;
} gpt_cases[] = {
    {"as made", 56, 1, 0, 1, VTC_OK, 1},
    {"a wrong CRC", 56, 1, 0x5a, 0, VTC_EFORMAT, 0},
    {"another signature", 0, 1, 'e', 1, VTC_OK, 0},
    {"a header of 91 bytes", 12, 4, 91, 0, VTC_EFORMAT, 0},
    {"a header of 513 bytes", 12, 4, 513, 0, VTC_EFORMAT, 0},
    {"a header of 512 bytes", 12, 4, 512, 1, VTC_OK, 1},
    {"a header that is elsewhere", 24, 8, 2, 1, VTC_EFORMAT, 0},
    {"no entries", 80, 4, 0, 1, VTC_OK, 0},
    {"1025 entries", 80, 4, 1025, 1, VTC_EFORMAT, 0},
    {"entries of 127 bytes", 84, 4, 127, 1, VTC_EFORMAT, 0},
    {"entries of 4097 bytes", 84, 4, 4097, 1, VTC_EFORMAT, 0},
    {"entries of 4096 bytes", 84, 4, 4096, 1, VTC_OK, 1},
    {"entries behind the disk", 72, 8, 1u << 30, 1, VTC_EFORMAT, 0},
    {"a backup beyond 2^64 bytes", 32, 8, UINT64_MAX, 1, VTC_EFORMAT, 0},
    {"a backup behind the file", 32, 8, 1u << 30, 1, VTC_ETRUNC, 1},
    {"entries that leave the disk", 72, 8, 32760, 1, VTC_EFORMAT, 0},
};

static void test_gpt_header(void **state)
{
    struct fixture_memdisk good;
    struct vtc_reader good_reader;

    (void)state;
    make_volumes();
    fixture_run("rm -f image && " DISK GPT("2048,8192,U\\n") AT_1_MIB("plain.fat"));
    good_reader = fixture_memdisk_load(&good, "image");
    for (size_t i = 0; i < COUNT_OF(gpt_cases); i++) {
        uint8_t header[512], *h = good.bytes + 512;
        struct vtc_boot_facts facts;
        int rc;

        memcpy(header, h, sizeof(header));
        for (unsigned k = 0; k < gpt_cases[i].bytes; k++)
            h[gpt_cases[i].at + k] = (uint8_t)(gpt_cases[i].value >> (8 * k));
        if (gpt_cases[i].mend_crc) {
            vtc_put_le32(h + 16, 0);
            vtc_put_le32(h + 16, vtc_crc32(0, h, vtc_le32(h + 12)));
        }
        rc = vtc_classify(&good_reader, &facts);
        if (rc != gpt_cases[i].rc || facts.has_efi != gpt_cases[i].has_efi || !facts.is_disk)
            fail_msg("%s: %d, efi %d", gpt_cases[i].what, rc, facts.has_efi);
        memcpy(h, header, sizeof(header));
    }
    fixture_memdisk_free(&good);
}

/* A hundred and twenty-eight partitions that all are one FAT volume, with a root that goes on and on:
 * they are not all read to the end. */
static void test_hostile_gpt(void **state)
{
    static const uint8_t basic_data[16] = {0xa2, 0xa0, 0xd0, 0xeb, 0xe5, 0xb9, 0x33, 0x44,
                                           0x87, 0xc0, 0x68, 0xb6, 0xb7, 0x26, 0x99, 0xc7};
    struct fixture_memdisk mem;
    struct vtc_reader disk = fixture_memdisk_make(&mem, 20480 * 512);
    struct vtc_boot_facts facts;
    uint8_t *h = mem.bytes + 512, *fat = mem.bytes + 100 * 512;

    (void)state;
    mem.bytes[446 + 4] = 0xee;
    vtc_put_le32(mem.bytes + 446 + 8, 1);
    vtc_put_le32(mem.bytes + 446 + 12, 20479);
    vtc_put_le16(mem.bytes + 510, 0xaa55);
    memcpy(h, "EFI PART\0\0\1", 12);
    vtc_put_le32(h + 12, 92);
    h[24] = 1;
    vtc_put_le32(h + 32, 20479);
    h[72] = 2;
    vtc_put_le32(h + 80, 128);
    vtc_put_le32(h + 84, 128);
    vtc_put_le32(h + 16, vtc_crc32(0, h, 92));
    for (uint32_t i = 0; i < 128; i++) {
        memcpy(mem.bytes + 1024 + 128 * i, basic_data, 16);
        vtc_put_le32(mem.bytes + 1024 + 128 * i + 32, 100);
        vtc_put_le32(mem.bytes + 1024 + 128 * i + 40, 20099);
    }
    memcpy(fat, "\xeb\x3c\x90", 3);
    vtc_put_le16(fat + 11, 512);
    fat[13] = 4;
    fat[14] = 1;
    fat[16] = 1;
    vtc_put_le16(fat + 17, 65520);
    vtc_put_le16(fat + 19, 20000);
    vtc_put_le16(fat + 22, 64);
    vtc_put_le16(fat + 510, 0xaa55);
    memset(fat + 65 * 512, 0xe5, 65520 * 32);
    assert_int_equal(vtc_classify(&disk, &facts), VTC_OK);
    assert_true(facts.is_gpt && !facts.has_efi);
    printf("# %u reads\n", (unsigned)mem.reads);
    assert_true(mem.reads <= 40000);
    fixture_memdisk_free(&mem);
}

/* A good ISO with one structure broken: what is known stays, and the error comes out. */
static void test_broken_iso(void **state)
{
    struct vtc_boot_facts facts;
    struct fixture_memdisk iso;
    struct vtc_reader iso_reader;
    uint32_t catalog;

    (void)state;
    make_volumes();
    fixture_run("%s", "rm -f image && " ISO(BIOS_ENTRY " -eltorito-alt-boot " EFI_ENTRY));
    iso_reader = fixture_memdisk_load(&iso, "image");
    assert_int_equal(vtc_classify(&iso_reader, &facts), 0);
    catalog = vtc_le32(iso.bytes + 17 * 2048 + 0x47);
    iso.bytes[catalog * 2048 + 5] ^= 1;
    assert_int_equal(vtc_classify(&iso_reader, &facts), VTC_EFORMAT);
    assert_true(facts.is_iso && !facts.has_bios && !facts.has_efi);
    iso.bytes[16 * 2048 + 128] ^= 1; /* the block size */
    assert_int_equal(vtc_classify(&iso_reader, &facts), VTC_ENOTSUP);
    assert_false(facts.is_iso);
    memcpy(iso.bytes + 16 * 2048, "\0BEA01", 6); /* no ISO any more */
    memcpy(iso.bytes + 17 * 2048, "\0NSR02", 6);
    memset(iso.bytes + 18 * 2048, 0, 6);
    assert_int_equal(vtc_classify(&iso_reader, &facts), 0);
    assert_true(facts.is_udf && !facts.is_iso);
    fixture_memdisk_free(&iso);
}

/* Whichever read fails: the error comes out, except where a volume that cannot be read counts as
 * one that cannot be booted. */
static void test_read_errors(void **state)
{
    static const char *const commands[] = {
        DISK GPT("2048,8192,L\\n") "true",
        ISO(BIOS_ENTRY " -eltorito-alt-boot " EFI_ENTRY),
        "printf 'MZ' >image && truncate -s 60 image && printf '\\100' >>image &&"
        "truncate -s 600 image",
    };

    (void)state;
    make_volumes();
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        struct fixture_memdisk src;
        struct vtc_reader src_reader;
        struct vtc_boot_facts facts;
        unsigned fail_at, reads;

        fixture_run("rm -f image && %s", commands[i]);
        src_reader = fixture_memdisk_load(&src, "image");
        vtc_classify(&src_reader, &facts);
        reads = src.reads;
        assert_true(reads >= 3);
        for (fail_at = 1; fail_at <= reads; fail_at++) {
            src.reads = 0;
            src.fail_after = fail_at - 1;
            assert_int_equal(vtc_classify(&src_reader, &facts), VTC_EIO);
        }
        fixture_memdisk_free(&src);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),       cmocka_unit_test(test_contents),
        cmocka_unit_test(test_gpt_header),  cmocka_unit_test(test_broken_iso),
        cmocka_unit_test(test_read_errors), cmocka_unit_test(test_hostile_gpt),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}
