/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Natural order: a name is a sequence of letters and whole numbers. */
#include <ventoc/natsort.h>

static int is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static uint8_t fold(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* Compare the numbers that *a and *b begin with and move both behind them. Of any length: the one
 * with more digits (leading zeros left out) is greater, else the first different digit decides. */
static int compare_numbers(const uint8_t **a, const uint8_t **b)
{
    const uint8_t *p = *a, *q = *b;
    int first = 0;

    while (*p == '0')
        p++;
    while (*q == '0')
        q++;
    while (is_digit(*p) && is_digit(*q)) {
        if (!first)
            first = *p - *q;
        p++;
        q++;
    }
    if (is_digit(*p) || is_digit(*q))
        return is_digit(*p) ? 1 : -1;
    *a = p;
    *b = q;
    return first;
}

/* Digits are neighbours in ASCII, so "a number against a letter" has the same answer for every
 * number, and the order is transitive. */
static int compare_natural(const uint8_t *a, const uint8_t *b)
{
    for (;;) {
        if (is_digit(*a) && is_digit(*b)) {
            int order = compare_numbers(&a, &b);

            if (order)
                return order;
        } else if (fold(*a) != fold(*b)) {
            return fold(*a) - fold(*b);
        } else if (!*a) {
            return 0;
        } else {
            a++;
            b++;
        }
    }
}

int vtc_natsort_compare(const char *a, const char *b)
{
    const uint8_t *p = (const uint8_t *)a, *q = (const uint8_t *)b;
    int order = compare_natural(p, q);

    if (order)
        return order;
    while (*p && *p == *q) {
        p++;
        q++;
    }
    return *p - *q;
}
