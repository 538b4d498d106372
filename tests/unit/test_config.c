/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/config.h>

#include "fixture.h"

static struct vtc_config config;

static int parse(const char *text, size_t bytes, struct vtc_config_error *where)
{
    char *copy = malloc(bytes + 1); /* ends where the allocation does */
    int rc;

    memcpy(copy + 1, text, bytes);
    memset(&config, 0x5a, sizeof config);
    rc = vtc_config_parse(copy + 1, (uint32_t)bytes, &config, where);
    free(copy);
    return rc;
}

#define PAIR(image, file) "{\"image\": \"" image "\", \"file\": \"" file "\"}"

static void sound(void **state)
{
    static const struct {
        const char *text;
        int data_writable;
        uint32_t count;
        const char *image, *file; /* of the last pair */
    } cases[] = {
        {"{}", 0, 0, NULL, NULL},
        {"\xef\xbb\xbf{}\n", 0, 0, NULL, NULL},
        {"{\"data_writable\": true}", 1, 0, NULL, NULL},
        {"{\"data_writable\": true, \"data_writable\": false}", 0, 0, NULL, NULL},
        {"{\"persistence\": []}", 0, 0, NULL, NULL},
        {"{\"persistence\": [" PAIR("/a.iso", "/b.dat") "], \"data_writable\": true}", 1, 1,
         "/a.iso", "/b.dat"},
        {"{\"persistence\": [" PAIR("/a", "/b") "," PAIR("/c\\u00e9/d", "/\xc3\xa9\\\"") "]}", 0, 2,
         "/c\xc3\xa9/d", "/\xc3\xa9\""},
        {"{\"persistence\": [" PAIR("/a", "/b") "," PAIR("/c", "/d") "],"
                                                                     "\"persistence\": [" PAIR(
                                                                         "/e", "/f") "]}",
         0, 1, "/e", "/f"},
        {"{\"persistence\": [{\"file\": \"/x\", \"image\": \"/i\", \"file\": \"/y\"}]}", 0, 1, "/i",
         "/y"},
        {"{\"persistence\": [{\"file\": \"/x\", \"mode\": [{\"image\": 1}], \"image\": \"/i\"}]}",
         0, 1, "/i", "/x"},
        {"{\"theme\": {\"persistence\": 1}, \"timeout\": -1.5e3, \"\": null, \"\\u0000\": [],"
         "\"data_writable_and_more\": 3, \"data_writabl\": 1}",
         0, 0, NULL, NULL},
    };
    struct vtc_config_error where;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        int rc = parse(cases[i].text, strlen(cases[i].text), &where);

        if (rc)
            fail_msg("%s: %d, %u:%u %s", cases[i].text, rc, where.line, where.column, where.reason);
        assert_int_equal(config.data_writable, cases[i].data_writable);
        assert_int_equal(config.persistence_count, cases[i].count);
        if (cases[i].image) {
            assert_string_equal(config.persistence[cases[i].count - 1].image, cases[i].image);
            assert_string_equal(config.persistence[cases[i].count - 1].file, cases[i].file);
        }
    }
}

static void refused(void **state)
{
    static const struct {
        const char *text;
        uint32_t line, column;
        const char *reason;
    } cases[] = {
        {"", 1, 1, "expected a value"},
        {"[]", 1, 1, "expected an object"},
        {"null", 1, 1, "expected an object"},
        {"{\n  \"data_writable\": 1\n}", 2, 20, "expected true or false"},
        {"{\"data_writable\": \"true\"}", 1, 19, "expected true or false"},
        {"{\"data_writable\": nope}", 1, 19, "expected a value"},
        {"{\"persistence\": {}}", 1, 17, "expected an array"},
        {"{\"persistence\": [1]}", 1, 18, "expected an object"},
        {"{\"persistence\": [{}]}", 1, 19, "a pair without \"image\""},
        {"{\"persistence\": [{\"image\": \"/a\"}]}", 1, 32, "a pair without \"file\""},
        {"{\"persistence\": [{\"image\": 1}]}", 1, 28, "expected a string"},
        {"{\"persistence\": [{\"image\": \"a\"}]}", 1, 28, "expected a path that begins with /"},
        {"{\"persistence\": [{\"image\": \"/\"}]}", 1, 28, "expected a path that begins with /"},
        {"{\"persistence\": [{\"file\": \"\"}]}", 1, 27, "expected a path that begins with /"},
        {"{\"persistence\": [{\"file\": \"/a\\u0000b\"}]}", 1, 27, "a control character in a path"},
        {"{\"persistence\": [{\"file\": \"/a\\u001bb\"}]}", 1, 27, "a control character in a path"},
        {"{\"persistence\": [{\"file\": \"/a\x7f\"}]}", 1, 27, "a control character in a path"},
        {"{\"theme\": [}", 1, 12, "expected a value"},
        {"{\"theme\": 1", 1, 12, "expected a comma or }"},
        {"{\"data_writable\": true}}", 1, 24, "text behind the value"},
        {"{\"data_writable\": true,}", 1, 24, "expected a key in quotes"},
        {"{\"\xc3\xa9\": \"\xff\"}", 1, 8, "not UTF-8"},
    };
    struct vtc_config_error where;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        int rc = parse(cases[i].text, strlen(cases[i].text), &where);

        if (rc != VTC_EFORMAT || where.line != cases[i].line || where.column != cases[i].column ||
            !where.reason || strcmp(where.reason, cases[i].reason) != 0)
            fail_msg("%s: %d, %u:%u %s", cases[i].text, rc, where.line, where.column,
                     where.reason ? where.reason : "no reason");
        assert_int_equal(config.data_writable, 0);
        assert_int_equal(config.persistence_count, 0);
    }
}

/* A text of count pairs whose image has bytes bytes. */
static char *pairs_text(unsigned count, unsigned bytes)
{
    char *text = calloc(count + 1, bytes + 64), *p = text;
    unsigned i;

    p += sprintf(p, "{\"persistence\": [");
    for (i = 0; i < count; i++) {
        p += sprintf(p, "%s{\"file\": \"/f%u\", \"image\": \"/", i ? "," : "", i);
        memset(p, 'x', bytes - 1);
        p += bytes - 1;
        p += sprintf(p, "\"}");
    }
    sprintf(p, "]}");
    return text;
}

static void limits(void **state)
{
    static const struct {
        unsigned count, bytes;
        int rc;
        const char *reason;
    } cases[] = {
        {32, 511, VTC_OK, NULL},
        {33, 5, VTC_ENOSPC, "more than 32 pairs"},
        {1, 512, VTC_ENOSPC, "too long a path"},
    };
    struct vtc_config_error where;
    char *text;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        text = pairs_text(cases[i].count, cases[i].bytes);
        assert_int_equal(parse(text, strlen(text), &where), cases[i].rc);
        if (cases[i].reason)
            assert_string_equal(where.reason, cases[i].reason);
        assert_int_equal(config.persistence_count, cases[i].rc ? 0 : cases[i].count);
        free(text);
    }
    text = malloc(VTC_CONFIG_BYTES_MAX + 1);
    memset(text, ' ', VTC_CONFIG_BYTES_MAX + 1);
    memcpy(text, "{}", 2);
    assert_int_equal(parse(text, VTC_CONFIG_BYTES_MAX, &where), VTC_OK);
    assert_int_equal(parse(text, VTC_CONFIG_BYTES_MAX + 1, &where), VTC_ENOSPC);
    assert_string_equal(where.reason, "longer than 64 KiB");
    free(text);
}

/* No beginning of a sound text is one. */
static void truncated_anywhere(void **state)
{
    static const char text[] =
        "{\"data_writable\": true, \"persistence\": [" PAIR("/a", "/b\\u00e9") "]}";
    struct vtc_config_error where;
    size_t n;

    (void)state;
    assert_int_equal(parse(text, sizeof text - 1, &where), VTC_OK);
    for (n = 0; n < sizeof text - 1; n++) {
        assert_int_equal(parse(text, n, &where), VTC_EFORMAT);
        assert_non_null(where.reason);
        assert_true(where.line == 1 && where.column >= 1 && where.column <= n + 1);
    }
}

static void looks_up(void **state)
{
    static const char text[] = "{\"persistence\": [" PAIR("/ISO/Debian.iso", "/one") "," PAIR(
        "/b\xc3\xa9.iso", "/two") "," PAIR("/iso/debian.ISO", "/three") "]}";
    static const struct {
        const char *path, *file;
    } cases[] = {
        {"/iso/debian.iso", "/three"},
        {"/ISO/DEBIAN.ISO", "/three"},
        {"/b\xc3\xa9.iso", "/two"},
        {"/b\xc3\x89.iso", NULL},
        {"/iso/debian.is", NULL},
        {"/iso/debian.iso2", NULL},
        {"", NULL},
        {"/", NULL},
    };
    struct vtc_config_error where;
    size_t i;

    (void)state;
    assert_int_equal(parse(text, sizeof text - 1, &where), VTC_OK);
    for (i = 0; i < COUNT_OF(cases); i++) {
        const char *file = vtc_config_persistence(&config, cases[i].path);

        if (!cases[i].file)
            assert_null(file);
        else
            assert_string_equal(file, cases[i].file);
    }
    vtc_config_init(&config);
    assert_null(vtc_config_persistence(&config, "/iso/debian.iso"));
}

static void layers(void **state)
{
    static const char text[] = "{\"persistence\": [" PAIR("/given.iso", "/one") "]}";
    static const struct {
        const char *path, *file;
    } cases[] = {
        {"/GIVEN.iso", "/one"},   {"/x.iso", "/x.dat"},           {"/a.b/x.y.ISO", "/a.b/x.y.dat"},
        {"/a.b/x", "/a.b/x.dat"}, {"/a.b/.iso", "/a.b/.iso.dat"}, {"/a.b/..iso", "/a.b/..dat"},
        {"/x.", "/x.dat"},
    };
    struct vtc_config_error where;
    char out[64];
    size_t i;
    uint32_t n;
    int given;

    (void)state;
    assert_int_equal(parse(text, sizeof text - 1, &where), VTC_OK);
    for (i = 0; i < COUNT_OF(cases); i++) {
        const uint32_t bytes = (uint32_t)strlen(cases[i].file) + 1;

        assert_int_equal(vtc_config_layer(&config, cases[i].path, out, bytes, &given), VTC_OK);
        assert_string_equal(out, cases[i].file);
        assert_int_equal(given, i == 0);
        for (n = 0; n < bytes; n++)
            assert_int_equal(vtc_config_layer(&config, cases[i].path, out, n, &given), VTC_ENOSPC);
    }
}

/* Disk images that the system in them may change. */
static void writable(void **state)
{
    static const struct {
        const char *text;
        uint32_t count;
        const char *path;
        int is_writable;
    } cases[] = {
        {"{}", 0, "/a.img", 0},
        {"{\"writable\": []}", 0, "/a.img", 0},
        {"{\"writable\": [\"/a.img\", \"/B/c.img\"]}", 2, "/A.IMG", 1},
        {"{\"writable\": [\"/a.img\", \"/B/c.img\"]}", 2, "/b/C.img", 1},
        {"{\"writable\": [\"/a.img\"]}", 1, "/a.im", 0},
        {"{\"writable\": [\"/a.img\"]}", 1, "/a.img2", 0},
        {"{\"writable\": [\"/a\", \"/b\"], \"writable\": [\"/c\"]}", 1, "/a", 0},
        {"{\"writable\": [\"/\\u00e9\"], \"data_writable\": false}", 1, "/\xc3\xa9", 1},
    };
    static const struct {
        const char *text;
        uint32_t column;
        int rc;
        const char *reason;
    } bad[] = {
        {"{\"writable\": \"/a\"}", 14, VTC_EFORMAT, "expected an array"},
        {"{\"writable\": [1]}", 15, VTC_EFORMAT, "expected a string"},
        {"{\"writable\": [\"a\"]}", 15, VTC_EFORMAT, "expected a path that begins with /"},
        {"{\"writable\": [\"/a\",]}", 20, VTC_EFORMAT, "expected a value"},
        {"{\"writable\": [\"/a\"", 19, VTC_EFORMAT, "expected a comma or ]"},
    };
    struct vtc_config_error where;
    char text[512] = "{\"writable\": [\"/0\"";
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(parse(cases[i].text, strlen(cases[i].text), &where), VTC_OK);
        assert_int_equal(config.writable_count, cases[i].count);
        assert_int_equal(vtc_config_is_writable(&config, cases[i].path), cases[i].is_writable);
    }
    for (i = 0; i < COUNT_OF(bad); i++) {
        int rc = parse(bad[i].text, strlen(bad[i].text), &where);

        if (rc != bad[i].rc || where.column != bad[i].column || !where.reason ||
            strcmp(where.reason, bad[i].reason) != 0)
            fail_msg("%s: %d, %u: %s", bad[i].text, rc, where.column, where.reason);
        assert_int_equal(config.writable_count, 0);
    }
    for (i = 1; i < VTC_CONFIG_WRITABLE_MAX; i++)
        sprintf(text + strlen(text), ",\"/%u\"", (unsigned)i);
    strcat(text, "]}");
    assert_int_equal(parse(text, strlen(text), &where), VTC_OK);
    assert_int_equal(vtc_config_is_writable(&config, "/31"), 1);
    strcpy(text + strlen(text) - 2, ",\"/32\"]}");
    assert_int_equal(parse(text, strlen(text), &where), VTC_ENOSPC);
    assert_string_equal(where.reason, "more than 32 images");
    assert_int_equal(config.writable_count, 0);
}

#define HASH "grub.pbkdf2.sha512.10000.0A1b.FFee00"

static void menu_password(void **state)
{
    static const struct {
        const char *text, *password;
    } good[] = {
        {"{}", ""},
        {"{\"menu_password\": \"" HASH "\"}", HASH},
        {"{\"menu_password\": \"grub.pbkdf2.sha512.1.00.11\", \"menu_password\": \"" HASH "\"}",
         HASH},
        {"{\"menu_password\": \"grub.pbkdf2.sha512.999999999.ab.cd\"}",
         "grub.pbkdf2.sha512.999999999.ab.cd"},
    };
    static const char *bad[] = {
        "",
        "secret",
        "grub.pbkdf2.sha512.",
        "grub.pbkdf2.sha256.10000.0A.FF",
        "GRUB.pbkdf2.sha512.10000.0A.FF",
        "grub.pbkdf2.sha512.0.0A.FF",
        "grub.pbkdf2.sha512.1234567890.0A.FF",
        "grub.pbkdf2.sha512.a.0A.FF",
        "grub.pbkdf2.sha512..0A.FF",
        "grub.pbkdf2.sha512.10000",
        "grub.pbkdf2.sha512.10000.0A",
        "grub.pbkdf2.sha512.10000..FF",
        "grub.pbkdf2.sha512.10000.0A.",
        "grub.pbkdf2.sha512.10000.0.FF",
        "grub.pbkdf2.sha512.10000.0A.F",
        "grub.pbkdf2.sha512.10000.0A.FF.",
        "grub.pbkdf2.sha512.10000.0A.FG",
        "grub.pbkdf2.sha512.10000.0A.FF; reboot",
        "grub.pbkdf2.sha512.10000.0A.FF\\n",
        "grub.pbkdf2.sha512.10000.0A.FF\\u0000",
    };
    struct vtc_config_error where;
    char text[VTC_CONFIG_PASSWORD_BYTES + 64];
    size_t i, n;

    (void)state;
    for (i = 0; i < COUNT_OF(good); i++) {
        assert_int_equal(parse(good[i].text, strlen(good[i].text), &where), VTC_OK);
        assert_string_equal(config.menu_password, good[i].password);
    }
    for (i = 0; i < COUNT_OF(bad); i++) {
        snprintf(text, sizeof text, "{\"menu_password\": \"%s\"}", bad[i]);
        if (parse(text, strlen(text), &where) != VTC_EFORMAT || where.column != 19 ||
            strncmp(where.reason, "expected what grub-mkpasswd", 27) != 0)
            fail_msg("%s: %u: %s", text, where.column, where.reason ? where.reason : "taken");
        assert_string_equal(config.menu_password, "");
    }
    assert_int_equal(parse("{\"menu_password\": 1}", 20, &where), VTC_EFORMAT);
    assert_string_equal(where.reason, "expected a string");
    for (n = VTC_CONFIG_PASSWORD_BYTES - 2; n <= VTC_CONFIG_PASSWORD_BYTES; n += 2) {
        memset(text, 0, sizeof text);
        strcpy(text, "{\"menu_password\": \"grub.pbkdf2.sha512.1.aa.");
        memset(text + strlen(text), 'f', n - strlen("grub.pbkdf2.sha512.1.aa."));
        strcat(text, "\"}");
        assert_int_equal(parse(text, strlen(text), &where),
                         n < VTC_CONFIG_PASSWORD_BYTES ? VTC_OK : VTC_ENOSPC);
        assert_int_equal(strlen(config.menu_password), n < VTC_CONFIG_PASSWORD_BYTES ? n : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound),    cmocka_unit_test(refused),
        cmocka_unit_test(limits),   cmocka_unit_test(truncated_anywhere),
        cmocka_unit_test(looks_up), cmocka_unit_test(layers),
        cmocka_unit_test(writable), cmocka_unit_test(menu_password),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
