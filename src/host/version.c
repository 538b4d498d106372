/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/version.h"

#include <string.h>

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Take a run of digits, however long, without leading zeros; an empty one stands for 0. */
static const char *take_number(const char **p, size_t *length)
{
    const char *begin;

    while (**p == '0')
        (*p)++;
    begin = *p;
    while (is_digit(**p))
        (*p)++;
    *length = (size_t)(*p - begin);
    return begin;
}

static int compare_numbers(const char **a, const char **b)
{
    size_t a_length, b_length;
    const char *a_begin = take_number(a, &a_length), *b_begin = take_number(b, &b_length);

    if (a_length != b_length)
        return a_length < b_length ? -1 : 1;
    return memcmp(a_begin, b_begin, a_length);
}

/* Step over a dot that has a number behind it. */
static void step(const char **p)
{
    if (**p == '.' && is_digit((*p)[1]))
        (*p)++;
}

/* Where what follows the numbers stands: before the version itself, at it, after it. */
static int rank(const char *suffix)
{
    return *suffix == '-' || *suffix == '~' ? -1 : *suffix != '\0';
}

static int compare_suffixes(const char *a, const char *b)
{
    int order = rank(a) - rank(b);

    while (!order && (*a || *b)) {
        if (is_digit(*a) && is_digit(*b))
            order = compare_numbers(&a, &b);
        else
            order = (unsigned char)*a++ - (unsigned char)*b++;
    }
    return order;
}

int vtc_version_compare(const char *a, const char *b)
{
    while (is_digit(*a) || is_digit(*b)) {
        int order = compare_numbers(&a, &b);

        if (order)
            return order;
        step(&a);
        step(&b);
    }
    return compare_suffixes(a, b);
}
