/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/json.h>

#include "fixture.h"

/* The tokens of a text as letters: { } [ ] k(ey) s(tring) 0 (number) t f n, "." at the end, "!" for
 * an error. The text lies at the end of an allocation: the sanitizer guards what is behind it. */
static void letters(const char *text, size_t bytes, char *out, const char **reason)
{
    static const char letter[] = "!.{}[]ks0tfn";
    uint8_t *copy = malloc(bytes + 1);
    struct vtc_json json;
    size_t n = 0;

    memcpy(copy + 1, text, bytes);
    vtc_json_init(&json, copy + 1, (uint32_t)bytes);
    do {
        assert_true(n < 100);
        out[n++] = letter[vtc_json_next(&json)];
    } while (json.kind != VTC_JSON_ERROR && json.kind != VTC_JSON_END);
    out[n] = '\0';
    assert_int_equal(vtc_json_next(&json), json.kind); /* and stays there */
    *reason = json.reason;
    free(copy);
}

static void texts(void **state)
{
    static const struct {
        const char *text, *letters, *reason;
    } cases[] = {
        {"{}", "{}.", NULL},
        {" [ ] \r\n\t", "[].", NULL},
        {"\xef\xbb\xbf"
         "null",
         "n.", NULL},
        {"\xef\xbb\xbf\xef\xbb\xbf"
         "null",
         "!", "expected a value"},
        {"true", "t.", NULL},
        {"{\"a\":[1,{\"b\":false}],\"c\":\"\"}", "{k[0{kf}]ks}.", NULL},
        {"[0,-0,10,1.5,-1e5,1E+2,0.0e-10]", "[0000000].", NULL},
        {"[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\udE00\"]", "[s].", NULL},
        {"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f\"", "s.", NULL},
        {"", "!", "expected a value"},
        {" ", "!", "expected a value"},
        {"nul", "!", "expected a value"},
        {"nulll", "n!", "text behind the value"},
        {"True", "!", "expected a value"},
        {"{} {}", "{}!", "text behind the value"},
        {"{", "{!", "expected a key in quotes"},
        {"[", "[!", "expected a value"},
        {"[1", "[0!", "expected a comma or ]"},
        {"[1,", "[0!", "expected a value"},
        {"[1,]", "[0!", "expected a value"},
        {"[,1]", "[!", "expected a value"},
        {"[1 2]", "[0!", "expected a comma or ]"},
        {"[1}", "[0!", "expected a comma or ]"},
        {"]", "!", "expected a value"},
        {"{]", "{!", "expected a key in quotes"},
        {"[}", "[!", "expected a value"},
        {"{\"a\"}", "{!", "expected a colon"},
        {"{\"a\":}", "{k!", "expected a value"},
        {"{\"a\":1,}", "{k0!", "expected a key in quotes"},
        {"{\"a\":1 \"b\":2}", "{k0!", "expected a comma or }"},
        {"{\"a\":1]", "{k0!", "expected a comma or }"},
        {"{a:1}", "{!", "expected a key in quotes"},
        {"{1:1}", "{!", "expected a key in quotes"},
        {"['a']", "[!", "expected a value"},
        {"// c\n1", "!", "expected a value"},
        {"01", "!", "not a number"},
        {"-", "!", "not a number"},
        {"-a", "!", "not a number"},
        {"1.", "!", "not a number"},
        {".5", "!", "expected a value"},
        {"+1", "!", "expected a value"},
        {"1e", "!", "not a number"},
        {"1e+", "!", "not a number"},
        {"1x", "0!", "text behind the value"},
        {"NaN", "!", "expected a value"},
        {"\"", "!", "a string without its end"},
        {"\"a", "!", "a string without its end"},
        {"\"a\n\"", "!", "a control character in a string"},
        {"\"\\\"", "!", "a string without its end"},
        {"\"\\", "!", "not an escape"},
        {"\"\\x41\"", "!", "not an escape"},
        {"\"\\u12\"", "!", "not an escape"},
        {"\"\\u12g4\"", "!", "not an escape"},
        {"\"\\ud83d\"", "!", "not an escape"},
        {"\"\\ud83dx\"", "!", "not an escape"},
        {"\"\\ud83d\\n12345\"", "!", "not an escape"},
        {"\"\\ud83d\\ud83d\"", "!", "not an escape"},
        {"\"\\ude00\"", "!", "not an escape"},
        {"\"\\ud83d\\u", "!", "not an escape"},
        {"\"\x80\"", "!", "not UTF-8"},
        {"\"\xc0\x80\"", "!", "not UTF-8"},
        {"\"\xe0\x80\x80\"", "!", "not UTF-8"},
        {"\"\xed\xa0\x80\"", "!", "not UTF-8"},
        {"\"\xf4\x90\x80\x80\"", "!", "not UTF-8"},
        {"\"\xf0\x80\x80\x80\"", "!", "not UTF-8"},
        {"\"\xc3", "!", "not UTF-8"},
        {"\"\xc3\"", "!", "not UTF-8"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        const char *reason;
        char out[128];

        letters(cases[i].text, strlen(cases[i].text), out, &reason);
        if (strcmp(out, cases[i].letters) != 0 || !reason != !cases[i].reason ||
            (reason && strcmp(reason, cases[i].reason) != 0))
            fail_msg("%s: %s, %s", cases[i].text, out, reason ? reason : "no error");
    }
}

static void depth(void **state)
{
    char text[80], out[128], want[128];
    const char *reason;
    size_t i;

    (void)state;
    for (i = 0; i < 32; i++) {
        text[i] = '[';
        text[63 - i] = ']';
    }
    letters(text, 64, out, &reason);
    text[64] = '\0';
    snprintf(want, sizeof want, "%s.", text);
    assert_string_equal(out, want);
    text[32] = '[';
    letters(text, 64, out, &reason);
    assert_string_equal(reason, "too deep");
    assert_int_equal(strlen(out), 33);
}

static void strings(void **state)
{
    static const struct {
        const char *text;
        uint32_t capacity;
        int rc;
        const char *out;
    } cases[] = {
        {"\"abc\"", 4, VTC_OK, "abc"},
        {"\"abc\"", 3, VTC_ENOSPC, "ab"},
        {"\"abc\"", 1, VTC_ENOSPC, ""},
        {"\"\"", 1, VTC_OK, ""},
        {"\"\"", 0, VTC_EINVAL, NULL},
        {"1", 9, VTC_EINVAL, NULL},
        {"[", 9, VTC_EINVAL, NULL},
        {"\"a\xc3\xa9\"", 3, VTC_ENOSPC, "a"},
        {"\"a\xc3\xa9\"", 4, VTC_OK, "a\xc3\xa9"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", 20, VTC_OK, "\"\\/\b\f\n\r\t"},
        {"\"\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\\uFFFF\"", 20, VTC_OK,
         "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbf"},
        {"\"\\ud800\\udc00\\udbff\\udfff\"", 20, VTC_OK, "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
        {"\"a\\u0000b\"", 20, VTC_EFORMAT, "a"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        struct vtc_json json;
        char *out = malloc(cases[i].capacity + 1);

        vtc_json_init(&json, cases[i].text, (uint32_t)strlen(cases[i].text));
        assert_int_equal(vtc_json_string(&json, out, cases[i].capacity), VTC_EINVAL);
        assert_int_not_equal(vtc_json_next(&json), VTC_JSON_ERROR);
        assert_int_equal(vtc_json_string(&json, out + 1, cases[i].capacity), cases[i].rc);
        if (cases[i].out)
            assert_string_equal(out + 1, cases[i].out);
        free(out);
    }
}

static void skips_and_places(void **state)
{
    static const char text[] = "{\"a\": [1, {\"b\": [[]]}],\n  \"\xc3\xa9\": 2,\r\n \"c\": \"x";
    struct vtc_json json;
    uint32_t line, column;
    char key[8];

    (void)state;
    vtc_json_init(&json, text, sizeof text - 1);
    assert_int_equal(vtc_json_next(&json), VTC_JSON_OBJECT);
    assert_int_equal(vtc_json_next(&json), VTC_JSON_KEY);
    assert_int_equal(vtc_json_next(&json), VTC_JSON_ARRAY);
    assert_int_equal(vtc_json_skip(&json), VTC_JSON_ARRAY_END);
    assert_int_equal(vtc_json_next(&json), VTC_JSON_KEY);
    vtc_json_where(&json, &line, &column);
    assert_int_equal(line, 2);
    assert_int_equal(column, 3);
    assert_int_equal(vtc_json_string(&json, key, sizeof key), VTC_OK);
    assert_string_equal(key, "\xc3\xa9");
    assert_int_equal(vtc_json_next(&json), VTC_JSON_NUMBER);
    assert_int_equal(vtc_json_skip(&json), VTC_JSON_NUMBER);
    vtc_json_where(&json, &line, &column);
    assert_int_equal(column, 8);
    assert_int_equal(vtc_json_next(&json), VTC_JSON_KEY);
    assert_int_equal(vtc_json_next(&json), VTC_JSON_ERROR);
    assert_int_equal(vtc_json_skip(&json), VTC_JSON_ERROR);
    vtc_json_where(&json, &line, &column);
    assert_int_equal(line, 3);
    assert_int_equal(column, 7);
    vtc_json_init(&json, "[[1,2", 5);
    assert_int_equal(vtc_json_next(&json), VTC_JSON_ARRAY);
    assert_int_equal(vtc_json_skip(&json), VTC_JSON_ERROR);
}

/* Python's json module on random texts: the same ones are taken. Python takes NaN and the like, lone
 * surrogates in escapes and any depth, so none of these are made. */
static void python_agrees(void **state)
{
    static const char *const words[] = {
        "{", "}",      "[",  "]",    ",",    ":",   " ",      "\"a\"", "\"\\u00e9\"", "\"\\x\"",
        "1", "-0.5e3", "01", "true", "null", "tru", "\"k\":", "{}",    "[]",          "\n",
    };
    static const char judge[] = "import json\n"
                                "def ok(t):\n"
                                "    try: json.loads(t)\n"
                                "    except ValueError: return '0'\n"
                                "    return '1'\n"
                                "for l in open('texts'):\n"
                                "    t = bytes.fromhex(l[1:]).decode()\n"
                                "    if ok(t) != l[0]: print(l[0], repr(t))\n";
    uint64_t seed = 11;
    unsigned i, sound = 0;
    char *said;
    FILE *f = fopen("texts", "w");

    (void)state;
    assert_non_null(f);
    for (i = 0; i < 20000; i++) {
        unsigned n = 1 + fixture_random(&seed) % 6, j;
        char text[128] = "";
        const char *reason;
        char out[128];

        for (j = 0; j < n; j++)
            strcat(text, words[fixture_random(&seed) % COUNT_OF(words)]);
        letters(text, strlen(text), out, &reason);
        sound += !reason;
        fprintf(f, "%d", !reason);
        for (j = 0; text[j]; j++)
            fprintf(f, "%02x", text[j]);
        fprintf(f, "\n");
    }
    assert_int_equal(fclose(f), 0);
    assert_true(sound > 200);
    fixture_save("judge.py", judge, strlen(judge));
    said = fixture_output("python3 judge.py");
    assert_string_equal(said, "");
    free(said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),         cmocka_unit_test(depth),
        cmocka_unit_test(strings),       cmocka_unit_test(skips_and_places),
        cmocka_unit_test(python_agrees),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}
