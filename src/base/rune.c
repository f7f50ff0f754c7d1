/*
 * rune.c - code points: which of them a terminal must not see, and how wide they are.
 */
#include "expdiag/rune.h"

struct range {
    uint32_t first;
    uint32_t last;
};

/*
 * Controls (C0, DEL, C1), and what changes the order or hides characters: soft
 * hyphen, Arabic letter mark, zero-width and directional marks (UAX 9), separators,
 * interlinear annotation, byte order mark, tags.
 */
static const struct range unsafe[] = {
    {0x0000, 0x001f},    {0x007f, 0x009f}, {0x00ad, 0x00ad},   {0x034f, 0x034f},
    {0x061c, 0x061c},    {0x115f, 0x1160}, {0x17b4, 0x17b5},   {0x180b, 0x180f},
    {0x200b, 0x200f},    {0x2028, 0x202e}, {0x2060, 0x206f},   {0x3164, 0x3164},
    {0xd800, 0xdfff},    {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff0, 0xfffb},    {0xfffe, 0xffff}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
    {0xe0000, 0x10ffff},
};

/* Combining marks of the scripts that names are written in (UAX 44, Mn and Me). */
static const struct range combining[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x05bf, 0x05c2},
    {0x05c4, 0x05c7}, {0x0610, 0x061a}, {0x064b, 0x065f}, {0x0670, 0x0670},
    {0x06d6, 0x06dc}, {0x06df, 0x06e4}, {0x0900, 0x0902}, {0x093c, 0x093c},
    {0x0941, 0x0948}, {0x094d, 0x094d}, {0x0e31, 0x0e31}, {0x0e34, 0x0e3a},
    {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20f0},
    {0x3099, 0x309a}, {0xfe20, 0xfe2f},
};

/* Wide and fullwidth (UAX 11, W and F). */
static const struct range wide[] = {
    {0x1100, 0x115e},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},
    {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26a1, 0x26a1},
    {0x2705, 0x2705},   {0x274c, 0x274c},   {0x2e80, 0x303e},   {0x3041, 0x33ff},
    {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xa960, 0xa97c},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
    {0xffe0, 0xffe6},   {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff},
    {0x20000, 0x3fffd},
};

static bool find_in(const struct range *ranges, size_t n, uint32_t rune)
{
    for (size_t i = 0; i < n; i++) {
        if (rune >= ranges[i].first && rune <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

bool xd_rune_is_unsafe(uint32_t rune)
{
    if (rune >= 0x20 && rune < 0x7f) {
        return false;
    }
    return find_in(unsafe, sizeof(unsafe) / sizeof(unsafe[0]), rune);
}

unsigned xd_rune_width(uint32_t rune)
{
    if (rune < 0x300) {
        return 1;
    }
    if (find_in(combining, sizeof(combining) / sizeof(combining[0]), rune)) {
        return 0;
    }
    return find_in(wide, sizeof(wide) / sizeof(wide[0]), rune) ? 2 : 1;
}

/* RFC 3629, 4: the first byte tells the length and the least code point. */
static size_t lead_length(uint8_t lead, uint32_t *rune, uint32_t *least)
{
    if (lead < 0x80) {
        *rune = lead;
        *least = 0;
        return 1;
    }
    if (lead >= 0xc2 && lead <= 0xdf) {
        *rune = lead & 0x1fU;
        *least = 0x80;
        return 2;
    }
    if (lead >= 0xe0 && lead <= 0xef) {
        *rune = lead & 0x0fU;
        *least = 0x800;
        return 3;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        *rune = lead & 0x07U;
        *least = 0x10000;
        return 4;
    }
    return 0;
}

uint32_t xd_rune_read(const uint8_t *p, size_t len, size_t *used)
{
    uint32_t rune = 0;
    uint32_t least = 0;
    size_t n = lead_length(p[0], &rune, &least);

    *used = 1;
    if (n == 0 || n > len) {
        return UINT32_MAX;
    }
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return UINT32_MAX;
        }
        rune = rune << 6 | (p[i] & 0x3fU);
    }
    if (rune < least || rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff)) {
        return UINT32_MAX;
    }
    *used = n;
    return rune;
}
