/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FAT: small volumes made here byte by byte, most of them broken. */
#include "fixture.h"

#include <ventoc/bytes.h>
#include <ventoc/fat.h>

/* 512-byte sectors, one per cluster; FAT at sector 1, one FAT of FAT_SECTORS. */
#define SECTOR      512u
#define FAT_SECTORS 20u
#define ROOT_COUNT  16u /* FAT12/16 */

struct volume {
    struct fixture_memdisk src;
    struct vtc_reader src_reader;
    struct vtc_fat fat;
    unsigned bits;
    uint8_t *table, *root, *heap; /* into src.bytes; heap: cluster 2 */
};

static void volume_init(struct volume *v, unsigned bits)
{
    uint32_t cluster_count = bits == 16 ? 4200 : 100;
    uint32_t root_sectors = bits == 32 ? 0 : ROOT_COUNT * 32 / SECTOR;
    uint32_t total = 1 + FAT_SECTORS + root_sectors + cluster_count;
    uint8_t *b;

    /* longer than the volume: its end has to be the volume's, not the reader's */
    v->src_reader = fixture_memdisk_make(&v->src, (total + 2) * SECTOR);
    v->bits = bits;
    b = v->src.bytes;
    memcpy(b, "\xeb\x3c\x90MKTEST  ", 11);
    vtc_put_le16(b + 11, SECTOR);
    b[13] = 1;
    vtc_put_le16(b + 14, 1);
    b[16] = 1;
    vtc_put_le16(b + 17, bits == 32 ? 0 : ROOT_COUNT);
    vtc_put_le16(b + 19, (uint16_t)total);
    b[21] = 0xf8;
    vtc_put_le16(b + 22, bits == 32 ? 0 : FAT_SECTORS);
    if (bits != 32) {
        b[38] = 0x29;
        memcpy(b + 43, bits == 12 ? "A\x01 LABEL~  " : "NO NAME    ", 11);
    } else {
        vtc_put_le32(b + 36, FAT_SECTORS);
        vtc_put_le32(b + 44, 2);
        b[66] = 0x29;
        memcpy(b + 71, "B\x7f  LABEL 32", 11);
    }
    b[510] = 0x55;
    b[511] = 0xaa;
    v->table = b + SECTOR;
    v->heap = b + (1 + FAT_SECTORS + root_sectors) * SECTOR;
    v->root = bits == 32 ? v->heap : b + (1 + FAT_SECTORS) * SECTOR;
}

static void volume_free(struct volume *v)
{
    fixture_memdisk_free(&v->src);
}

static void set_next(struct volume *v, uint32_t cluster, uint32_t next)
{
    uint8_t *p = v->table + cluster + cluster / 2;

    if (v->bits == 32)
        vtc_put_le32(v->table + 4 * cluster, next);
    else if (v->bits == 16)
        vtc_put_le16(v->table + 2 * cluster, (uint16_t)next);
    else if (cluster & 1)
        vtc_put_le16(p, (uint16_t)((vtc_le16(p) & 0x000f) | next << 4));
    else
        vtc_put_le16(p, (uint16_t)((vtc_le16(p) & 0xf000) | (next & 0xfff)));
}

/* A short entry: name11 as on disk. Returns the entry behind it. */
static uint8_t *put_short(uint8_t *e, const char *name11, uint8_t attr, uint32_t cluster,
                          uint32_t bytes)
{
    memcpy(e, name11, 11);
    e[11] = attr;
    vtc_put_le16(e + 20, (uint16_t)(cluster >> 16));
    vtc_put_le16(e + 26, (uint16_t)cluster);
    vtc_put_le32(e + 28, bytes);
    return e + 32;
}

static uint8_t checksum_of(const char *name11)
{
    uint8_t sum = 0;

    for (int i = 0; i < 11; i++)
        sum = (uint8_t)((sum & 1 ? 0x80 : 0) + (sum >> 1) + (uint8_t)name11[i]);
    return sum;
}

/* One long name entry; unit: the 13 units from (ordinal-1)*13 on of a 0-terminated name. */
static uint8_t *put_long(uint8_t *e, uint8_t ordinal, uint8_t checksum, const uint16_t *name,
                         unsigned count)
{
    unsigned part = ((ordinal & 0x3fu) - 1) * 13, i;

    memset(e, 0, 32);
    e[0] = ordinal;
    e[11] = 0x0f;
    e[13] = checksum;
    for (i = 0; i < 13; i++) {
        unsigned at = i < 5 ? 1 + 2 * i : i < 11 ? 4 + 2 * i : 6 + 2 * i;
        unsigned unit = part + i;

        vtc_put_le16(e + at, unit < count ? name[unit] : unit == count ? 0 : 0xffff);
    }
    return e + 32;
}

/* ---- boot sector --------------------------------------------------------------------------- */

static const struct {
    const char *what;
    unsigned bits;
    uint16_t at, value; /* 16-bit field overwritten */
    int rc;
} bpb_cases[] = {
    {"as made, FAT12", 12, 3, 0, VTC_OK},
    {"as made, FAT32", 32, 3, 0, VTC_OK},
    {"a near jump", 12, 0, 0x3ce9, VTC_OK},
    {"no 0x55AA", 12, 510, 0, VTC_ENOENT},
    {"no jump", 12, 0, 0x3cfa, VTC_ENOENT},
    {"sector 0", 12, 11, 0, VTC_ENOENT},
    {"sector 256", 12, 11, 256, VTC_ENOENT},
    {"sector 768", 12, 11, 768, VTC_ENOENT},
    {"sector 8192", 12, 11, 8192, VTC_ENOENT},
    {"no reserved sector", 12, 14, 0, VTC_ENOENT},
    {"no FAT", 12, 16, 0, VTC_ENOENT}, /* clears the low byte of the root count too */
    {"0 sectors per cluster", 12, 13, 0x0100, VTC_EFORMAT},
    {"3 sectors per cluster", 12, 13, 0x0103, VTC_EFORMAT},
    {"FAT12 without a root", 12, 17, 0, VTC_EFORMAT},
    {"FAT32 with a FAT16 root", 32, 17, 16, VTC_EFORMAT},
    {"no sectors at all", 12, 19, 0, VTC_EFORMAT},
    {"a cluster larger than the heap", 12, 13, 0x0180, VTC_EFORMAT},
    {"FATs beyond the end", 12, 19, 21, VTC_EFORMAT},
    {"no room for a cluster", 12, 19, 22, VTC_EFORMAT},
    {"root behind the end", 12, 17, 0xfff0, VTC_EFORMAT},
    {"FAT32 FAT of size 0", 32, 36, 0, VTC_EFORMAT},
    {"FAT32 version 1", 32, 42, 1, VTC_ENOTSUP},
    {"FAT32 root cluster 0", 32, 44, 0, VTC_EFORMAT},
    {"FAT32 root cluster 1", 32, 44, 1, VTC_EFORMAT},
    {"FAT32 root cluster 101, the last", 32, 44, 101, VTC_OK},
    {"FAT32 root cluster 102", 32, 44, 102, VTC_EFORMAT},
    {"FAT32 mirrored, the low nibble means nothing", 32, 40, 0x01, VTC_OK},
    {"FAT12 without an extended signature", 12, 38, 0, VTC_OK},
    {"FAT32 active FAT 0 of 1", 32, 40, 0x80, VTC_OK},
    {"FAT32 active FAT 1 of 1", 32, 40, 0x81, VTC_EFORMAT},
};

static void test_boot_sector(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bpb_cases); i++) {
        struct volume v;
        int rc;

        volume_init(&v, bpb_cases[i].bits);
        vtc_put_le16(v.src.bytes + bpb_cases[i].at, bpb_cases[i].value);
        rc = vtc_fat_open(&v.fat, &v.src_reader);
        if (rc != bpb_cases[i].rc)
            fail_msg("%s: %d, not %d", bpb_cases[i].what, rc, bpb_cases[i].rc);
        volume_free(&v);
    }
}

static void test_geometry(void **state)
{
    static const struct {
        unsigned bits;
        uint32_t clusters;
        uint64_t root_off, data_off, volume_bytes;
        const char *label;
    } want[] = {
        {12, 100, 21 * SECTOR, 22 * SECTOR, 122 * SECTOR, "A_ LABEL~"},
        {16, 4200, 21 * SECTOR, 22 * SECTOR, 4222 * SECTOR, ""},
        {32, 100, 0, 21 * SECTOR, 121 * SECTOR, "B_  LABEL 3"},
    };
    struct volume v;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        volume_init(&v, want[i].bits);
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
        assert_int_equal(v.fat.bits, want[i].bits);
        assert_int_equal(v.fat.cluster_count, want[i].clusters);
        assert_int_equal(v.fat.fat_off, SECTOR);
        assert_int_equal(v.fat.root_off, want[i].root_off);
        assert_int_equal(v.fat.data_off, want[i].data_off);
        assert_int_equal(v.fat.volume_bytes, want[i].volume_bytes);
        assert_string_equal(v.fat.label, want[i].label);
        v.src_reader.bytes = SECTOR - 1;
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), VTC_ENOENT);
        volume_free(&v);
    }
}

/* No extended boot signature: no label. */
static void test_no_label(void **state)
{
    (void)state;
    for (unsigned bits = 12; bits <= 32; bits += 20) {
        struct volume v;

        volume_init(&v, bits);
        v.src.bytes[bits == 32 ? 66 : 38] = 0x28;
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
        assert_string_equal(v.fat.label, "");
        volume_free(&v);
    }
}

/* The count of clusters makes the type (section 3.5), and a FAT that is too short for its volume
 * bounds it: clusters it cannot name do not exist. */
static void test_cluster_counts(void **state)
{
    static const struct {
        unsigned made_as; /* by volume_init() */
        uint32_t sectors; /* data sectors, one per cluster */
        uint16_t fat_sectors;
        unsigned bits;
        uint32_t cluster_count;
    } cases[] = {
        {16, 4084, 20, 12, 4084}, {16, 4085, 20, 16, 4085}, {12, 4084, 1, 12, 512 * 2 / 3 - 2},
        {16, 5118, 20, 16, 5118}, {16, 5119, 20, 16, 5118}, {16, 1000000, 20, 16, 5118},
        {32, 2558, 20, 32, 2558}, {32, 2559, 20, 32, 2558}, {32, 0xfff00000, 20, 32, 2558},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint32_t other = 1u + cases[i].fat_sectors + (cases[i].made_as == 32 ? 0 : 1);
        struct volume v;

        volume_init(&v, cases[i].made_as);
        vtc_put_le16(v.src.bytes + 19, 0);
        vtc_put_le32(v.src.bytes + 32, other + cases[i].sectors);
        if (cases[i].made_as != 32)
            vtc_put_le16(v.src.bytes + 22, cases[i].fat_sectors);
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
        assert_int_equal(v.fat.bits, cases[i].bits);
        assert_int_equal(v.fat.cluster_count, cases[i].cluster_count);
        volume_free(&v);
    }
}

/* The second FAT, when the first one is switched off. */
static void test_active_fat(void **state)
{
    struct volume v;

    (void)state;
    volume_init(&v, 32);
    v.src.bytes[16] = 2;
    vtc_put_le16(v.src.bytes + 40, 0x81);
    vtc_put_le32(v.src.bytes + 36, FAT_SECTORS / 2);
    assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
    assert_int_equal(v.fat.fat_off, SECTOR + FAT_SECTORS / 2 * SECTOR);
    volume_free(&v);
}

/* ---- names --------------------------------------------------------------------------------- */

#define SHORT "LONGNA~1TXT"

static const struct {
    const char *what;
    uint16_t unit[20];
    unsigned count;
    uint8_t ordinals[4]; /* as written, first to last; 0 ends */
    uint8_t checksum_error;
    const char *name; /* of the node found as LONGNA~1.TXT */
} name_cases[] = {
    {"no long name", {0}, 0, {0}, 0, "LONGNA~1.TXT"},
    {"one entry", {'a', ' ', 'b'}, 3, {0x41}, 0, "a b"},
    {"13 units, no terminator",
     {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13},
     13,
     {0x41},
     0,
     "\1\2\3\4\5\6\7\10\11\12\13\14\15"},
    {"two entries",
     {'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O'},
     15,
     {0x42, 1},
     0,
     "ABCDEFGHIJKLMNO"},
    {"two- and three-byte characters",
     {0xfc, 0x20ac, 0x7ff, 0x800},
     4,
     {0x41},
     0,
     "\xc3\xbc\xe2\x82\xac\xdf\xbf\xe0\xa0\x80"},
    {"a surrogate pair", {0xd83d, 0xde00}, 2, {0x41}, 0, "\xf0\x9f\x98\x80"},
    {"the borders of UTF-8 lengths",
     {0x7f, 0x80, 0xffff},
     3,
     {0x41},
     0,
     "\x7f\xc2\x80\xef\xbf\xbf"},
    {"next to the surrogates", {0xd7ff, 0xe000}, 2, {0x41}, 0, "\xed\x9f\xbf\xee\x80\x80"},
    {"the first and the last pair",
     {0xd800, 0xdc00, 0xdbff, 0xdfff},
     4,
     {0x41},
     0,
     "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
    {"borders of lone surrogates",
     {0xd800, 0xdbff, 0xdc01, 0xdfff},
     4,
     {0x41},
     0,
     "\xef\xbf\xbd\xf4\x8f\xb0\x81\xef\xbf\xbd"},
    {"a lone high surrogate", {0xd83d, 'x'}, 2, {0x41}, 0, "\xef\xbf\xbdx"},
    {"a high surrogate at the end", {'x', 0xd83d}, 2, {0x41}, 0, "x\xef\xbf\xbd"},
    {"a lone low surrogate", {0xde00, 'x'}, 2, {0x41}, 0, "\xef\xbf\xbdx"},
    {"a wrong checksum", {'a'}, 1, {0x41}, 1, "LONGNA~1.TXT"},
    {"the first part missing", {'a'}, 15, {0x42}, 0, "LONGNA~1.TXT"},
    {"the last part missing", {'a'}, 15, {1}, 0, "LONGNA~1.TXT"},
    {"parts in the wrong order", {'a'}, 15, {1, 0x42}, 0, "LONGNA~1.TXT"},
    {"a part twice", {'a'}, 15, {0x42, 2, 1}, 0, "LONGNA~1.TXT"},
    {"ordinal 0", {'a'}, 1, {0x40}, 0, "LONGNA~1.TXT"},
    {"ordinal 21", {'a'}, 1, {0x55}, 0, "LONGNA~1.TXT"},
    {"a new beginning", {'a'}, 1, {0x42, 0x41}, 0, "a"},
    {"an empty long name", {0}, 0, {0x41}, 0, "LONGNA~1.TXT"},
};

static void test_long_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(name_cases); i++) {
        struct vtc_fat_node node;
        struct volume v;
        uint8_t sum = (uint8_t)(checksum_of(SHORT) + name_cases[i].checksum_error);
        uint8_t *e;

        volume_init(&v, 16);
        e = v.root;
        for (unsigned k = 0; k < 4 && name_cases[i].ordinals[k]; k++)
            e = put_long(e, name_cases[i].ordinals[k], sum, name_cases[i].unit,
                         name_cases[i].count);
        put_short(e, SHORT, 0x20, 2, 1);
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
        assert_int_equal(vtc_fat_find(&v.fat, "longna~1.txt", &node), 0);
        if (strcmp(node.name, name_cases[i].name))
            fail_msg("%s: found %s", name_cases[i].what, node.name);
        assert_int_equal(node.entry_off, e - v.src.bytes);
        assert_int_equal(vtc_fat_find(&v.fat, name_cases[i].name, &node), 0);
        volume_free(&v);
    }
}

/* 255 units is the longest name, 256 is one too many. */
static void test_longest_name(void **state)
{
    (void)state;
    for (unsigned count = 255; count <= 256; count++) {
        struct vtc_fat_node node;
        struct volume v;
        uint16_t unit[256];
        uint8_t *e;

        for (unsigned i = 0; i < count; i++)
            unit[i] = 0x20ac;
        volume_init(&v, 32);
        set_next(&v, 2, 3);
        set_next(&v, 3, 0x0fffffff);
        e = v.root;
        for (uint8_t ordinal = 20; ordinal; ordinal--)
            e = put_long(e, ordinal == 20 ? 0x54 : ordinal, checksum_of(SHORT), unit, count);
        put_short(e, SHORT, 0x20, 0, 0);
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
        assert_int_equal(vtc_fat_find(&v.fat, "/LONGNA~1.TXT", &node), 0);
        assert_int_equal(strlen(node.name), count == 255 ? 765 : 12);
        volume_free(&v);
    }
}

static void test_short_names(void **state)
{
    static const struct {
        const char *entry;
        uint8_t attr, lower_case;
        const char *path;
        const char *name; /* NULL: not found */
    } cases[] = {
        {"README  TXT", 0x20, 0x00, "/readme.txt", "README.TXT"},
        {"README  TXT", 0x20, 0x18, "readme.txt", "readme.txt"},
        {"README  TXT", 0x20, 0x08, "readme.txt", "readme.TXT"},
        {"README  TXT", 0x20, 0x10, "README.TXT", "README.txt"},
        {"README     ", 0x20, 0x00, "//README//", "README"},
        {"README  TXT", 0x20, 0x00, "/xeadme.txt", NULL},
        {"AZ      AZ ", 0x20, 0x18, "/aZ.Az", "az.az"},
        {"README  TXT", 0x20, 0x00, "/readme", NULL},
        {"README  TXT", 0x20, 0x00, "/readme.txt2", NULL},
        {"README  TXT", 0x20, 0x00, "/readme.txt/x", NULL},
        {"README  TXT", 0x08, 0x00, "/readme.txt", NULL},
        {"\xe5"
         "EADME  TXT",
         0x20, 0x00,
         "/\xe5"
         "eadme.txt",
         NULL},
        {".          ", 0x10, 0x00, "/.", NULL},
        {"A\xe4      X  ", 0x20, 0x00, "a_.x", "A_.X"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_fat_node node;
        struct volume v;
        int rc;

        volume_init(&v, 12);
        put_short(v.root, cases[i].entry, cases[i].attr, 0, 0)[0] = 0;
        v.root[12] = cases[i].lower_case;
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
        rc = vtc_fat_find(&v.fat, cases[i].path, &node);
        assert_int_equal(rc, cases[i].name ? VTC_OK : VTC_ENOENT);
        if (cases[i].name)
            assert_string_equal(node.name, cases[i].name);
        volume_free(&v);
    }
}

/* ---- chains -------------------------------------------------------------------------------- */

#define END        0xfffffff
#define FREE       0
#define BAD        0xffffff7
#define END_LOWEST 0xffffff8
#define LAST       0x10000 /* stands for the last cluster of the volume */

static const struct {
    const char *what;
    uint32_t next[6]; /* of clusters 3 to 8 */
    uint32_t bytes, read_bytes;
    int rc;
} chain_cases[] = {
    {"in a row", {4, 5, END}, 1536, 1536, VTC_OK},
    {"scattered, backwards", {8, END, 4, END, 5, 7}, 2560, 2560, VTC_OK},
    {"longer than the file", {4, 5, 6, END}, 600, 600, VTC_OK},
    {"shorter than the file", {4, END}, 1536, 1536, VTC_EFORMAT},
    {"shorter, but enough is there", {4, END}, 1536, 1024, VTC_OK},
    {"a cluster that points to itself", {3}, 5000, 5000, VTC_EFORMAT},
    {"a loop of two", {4, 3}, 5000, 5000, VTC_EFORMAT},
    {"a loop with a tail", {4, 5, 6, 7, 8, 5}, 20000, 20000, VTC_EFORMAT},
    {"a free cluster", {4, FREE}, 1536, 1536, VTC_EFORMAT},
    {"a bad cluster", {4, BAD}, 1536, 1536, VTC_EFORMAT},
    {"the lowest end mark", {4, 5, END_LOWEST}, 1536, 1536, VTC_OK},
    {"cluster 1", {4, 1}, 1536, 1536, VTC_EFORMAT},
    {"the last cluster, which is free", {4, LAST}, 2000, 1537, VTC_EFORMAT},
    {"the last cluster is enough", {LAST}, 1024, 1024, VTC_OK},
    {"the cluster behind the last one", {LAST + 1}, 600, 600, VTC_EFORMAT},
    {"a cluster far behind the last one", {4, 4210}, 1536, 1536, VTC_EFORMAT},
};

static uint32_t next_of(const struct volume *v, uint32_t next)
{
    uint32_t last = v->bits == 16 ? 4201 : 101;

    return next == LAST || next == LAST + 1 ? last + next - LAST : next;
}

static void test_chains(void **state)
{
    static const unsigned bits[] = {12, 16, 32};
    static uint8_t buf[20000];

    (void)state;
    for (size_t k = 0; k < 3 * COUNT_OF(chain_cases); k++) {
        size_t i = k / 3;
        struct vtc_fat_node node;
        struct volume v;
        int rc;

        volume_init(&v, bits[k % 3]);
        for (uint32_t c = 0; c < (v.bits == 16 ? 4200 : 100) * SECTOR; c++)
            v.heap[c] = (uint8_t)(c / SECTOR + 2 + c % SECTOR);
        set_next(&v, 2, END);
        for (uint32_t c = 0; c < 6; c++)
            set_next(&v, c + 3, next_of(&v, chain_cases[i].next[c]));
        memset(v.root, 0, SECTOR);
        put_short(v.root, "FILE       ", 0x20, 3, chain_cases[i].bytes);
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
        assert_int_equal(vtc_fat_find(&v.fat, "/file", &node), 0);
        assert_int_equal(node.bytes, chain_cases[i].bytes);
        rc = vtc_fat_read(&v.fat, &node, 0, buf, chain_cases[i].read_bytes);
        if (rc != chain_cases[i].rc)
            fail_msg("%s, FAT%u: %d, not %d", chain_cases[i].what, bits[k % 3], rc,
                     chain_cases[i].rc);
        for (uint32_t at = 0, c = 3; !rc && at < chain_cases[i].read_bytes; at++) {
            if (at && at % SECTOR == 0)
                c = next_of(&v, chain_cases[i].next[c - 3]);
            assert_int_equal(buf[at], (uint8_t)(c + at % SECTOR));
        }
        volume_free(&v);
    }
}

static void test_read_arguments(void **state)
{
    struct vtc_fat_node node;
    struct volume v;
    uint8_t buf[8];

    (void)state;
    volume_init(&v, 12);
    set_next(&v, 3, 5);
    set_next(&v, 5, END);
    put_short(v.root, "FILE       ", 0x20, 3, 600);
    v.heap[SECTOR + 511] = 'A';
    v.heap[3 * SECTOR] = 'B';
    assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
    assert_int_equal(vtc_fat_find(&v.fat, "/FILE", &node), 0);
    assert_int_equal(vtc_fat_read(&v.fat, &node, 511, buf, 2), 0);
    assert_memory_equal(buf, "AB", 2);
    assert_int_equal(vtc_fat_read(&v.fat, &node, 512, buf, 1), 0);
    assert_memory_equal(buf, "B", 1);
    assert_int_equal(vtc_fat_read(&v.fat, &node, 600, buf, 0), 0);
    assert_int_equal(vtc_fat_read(&v.fat, &node, 600, buf, 1), VTC_EFORMAT);
    assert_int_equal(vtc_fat_read(&v.fat, &node, 601, buf, 0), VTC_EFORMAT);
    assert_int_equal(vtc_fat_read(&v.fat, &node, 1, buf, UINT32_MAX), VTC_EFORMAT);
    node.bytes = 4000; /* the chain ends before this offset */
    assert_int_equal(vtc_fat_read(&v.fat, &node, 2000, buf, 1), VTC_EFORMAT);
    node.first_cluster = 1;
    assert_int_equal(vtc_fat_read(&v.fat, &node, 0, buf, 1), VTC_EFORMAT);
    assert_int_equal(vtc_fat_find(&v.fat, "/", &node), 0);
    assert_true(node.is_dir);
    assert_int_equal(vtc_fat_read(&v.fat, &node, 0, buf, 1), VTC_EINVAL);
    volume_free(&v);
}

/* ---- directories --------------------------------------------------------------------------- */

static void fill(uint8_t *sector)
{
    for (unsigned i = 0; i < SECTOR / 32; i++)
        put_short(sector + 32 * i, "FILLER     ", 0x20, 0, 0);
}

static void test_directories(void **state)
{
    static const struct {
        const char *what;
        uint32_t first;   /* cluster of the directory */
        uint32_t next[3]; /* of clusters 3 to 5, each full of entries */
        int rc;
    } cases[] = {
        {"ends with its chain", 3, {4, END, 0}, VTC_ENOENT},
        {"ends with the lowest end mark", 3, {4, END_LOWEST, 0}, VTC_ENOENT},
        {"a loop", 3, {4, 3, 0}, VTC_EFORMAT},
        {"no cluster", 0, {0}, VTC_EFORMAT},
        {"cluster 1", 1, {0}, VTC_EFORMAT},
        {"a cluster behind the end", 4300, {0}, VTC_EFORMAT},
        {"a free cluster in the chain", 3, {FREE}, VTC_EFORMAT},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_fat_node node;
        struct volume v;
        int rc;

        volume_init(&v, 32);
        set_next(&v, 2, END);
        for (uint32_t c = 0; c < 3; c++) {
            set_next(&v, c + 3, cases[i].next[c]);
            fill(v.heap + (c + 1) * SECTOR);
        }
        put_short(v.root, "DIR        ", 0x10, cases[i].first, 0);
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
        rc = vtc_fat_find(&v.fat, "/dir/file", &node);
        if (rc != cases[i].rc)
            fail_msg("%s: %d, not %d", cases[i].what, rc, cases[i].rc);
        volume_free(&v);
    }
}

/* The entry that is asked for, not one beside it; the upper half of a cluster number counts on FAT32
 * only. */
static void test_neighbours(void **state)
{
    static const uint16_t name[] = {'l', 'o', 'n', 'g'};

    (void)state;
    for (unsigned bits = 12; bits <= 32; bits += bits == 12 ? 4 : 16) {
        struct vtc_fat_node node;
        struct volume v;
        uint8_t *e;

        volume_init(&v, bits);
        e = put_long(v.root, 0x41, checksum_of(SHORT), name, COUNT_OF(name));
        e = put_short(e, SHORT, 0x20, 5, 1);
        put_short(e, "SHORT      ", 0x20, 0x10006, 2);
        assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
        assert_int_equal(vtc_fat_find(&v.fat, "/short", &node), 0);
        assert_int_equal(node.first_cluster, bits == 32 ? 0x10006 : 6);
        assert_string_equal(node.name, "SHORT");
        assert_int_equal(vtc_fat_find(&v.fat, "/long", &node), 0);
        assert_int_equal(node.first_cluster, 5);
        volume_free(&v);
    }
}

/* A fixed root without a free entry ends where it ends. */
static void test_full_root(void **state)
{
    struct vtc_fat_node node;
    struct volume v;

    (void)state;
    volume_init(&v, 12);
    fill(v.root);
    assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
    assert_int_equal(vtc_fat_find(&v.fat, "/x", &node), VTC_ENOENT);
    volume_free(&v);
}

/* More entries than a directory may have, in a chain that is no loop. */
static void test_endless_directory(void **state)
{
    struct vtc_fat_node node;
    struct volume v;

    (void)state;
    volume_init(&v, 16);
    for (uint32_t c = 0; c < 4199; c++) {
        set_next(&v, c + 2, c + 3);
        fill(v.heap + c * SECTOR);
    }
    put_short(v.root, "DIR        ", 0x10, 2, 0);
    assert_int_equal(vtc_fat_open(&v.fat, &v.src_reader), 0);
    assert_int_equal(vtc_fat_find(&v.fat, "/dir/x", &node), VTC_EFORMAT);
    volume_free(&v);
}

/* Whichever read fails, its error comes out. */
static void test_read_errors(void **state)
{
    unsigned fail_at;

    (void)state;
    for (fail_at = 1;; fail_at++) {
        struct vtc_fat_node node;
        struct volume v;
        uint8_t buf[1024];
        int rc;

        volume_init(&v, 32);
        set_next(&v, 2, 9);
        set_next(&v, 9, END);
        set_next(&v, 4, 6);
        set_next(&v, 6, END);
        fill(v.root);
        put_short(v.heap + 7 * SECTOR, "FILE       ", 0x20, 4, 1024);
        v.src.fail_after = fail_at - 1;
        rc = vtc_fat_open(&v.fat, &v.src_reader);
        if (!rc)
            rc = vtc_fat_find(&v.fat, "/FILE", &node);
        if (!rc)
            rc = vtc_fat_read(&v.fat, &node, 0, buf, 1024);
        volume_free(&v);
        if (v.src.reads < fail_at) {
            assert_int_equal(rc, 0);
            break;
        }
        assert_int_equal(rc, VTC_EIO);
    }
    assert_true(fail_at > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boot_sector),    cmocka_unit_test(test_geometry),
        cmocka_unit_test(test_active_fat),     cmocka_unit_test(test_no_label),
        cmocka_unit_test(test_cluster_counts), cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_longest_name),   cmocka_unit_test(test_short_names),
        cmocka_unit_test(test_chains),         cmocka_unit_test(test_read_arguments),
        cmocka_unit_test(test_directories),    cmocka_unit_test(test_full_root),
        cmocka_unit_test(test_neighbours),     cmocka_unit_test(test_endless_directory),
        cmocka_unit_test(test_read_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
