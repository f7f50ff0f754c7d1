/*
 * fuzz_words.c - the small parsers of text: entry names, addresses, times, numbers,
 * sniffing, cleaning.
 */
#include "fuzz.h"

#include "expdiag/addr.h"
#include "expdiag/bundle.h"
#include "expdiag/clock.h"
#include "expdiag/rune.h"
#include "expdiag/text.h"

static void check_clean(struct xd_arena *a, struct xd_slice s)
{
    for (size_t max = 0; max < 40; max += 13) {
        const char *clean = xd_text_clean(a, (const char *)s.p, s.len, max);
        size_t len = strlen(clean);

        for (size_t at = 0, used = 0; at < len; at += used) {
            xd_fuzz_require(xd_rune_read((const uint8_t *)clean + at, len - at, &used) !=
                                UINT32_MAX,
                            "clean text is valid UTF-8");
        }
        xd_fuzz_require(len <= max + 3, "clean text keeps to its length");
    }
}

static void check_addr(struct xd_slice s)
{
    struct xd_addr addr = {0};
    struct xd_addr again = {0};
    char text[XD_ADDR_TEXT];

    if (xd_addr_parse((const char *)s.p, s.len, &addr)) {
        (void)xd_addr_format(&addr, text);
        xd_fuzz_require(xd_addr_parse(text, strlen(text), &again) &&
                            xd_addr_equal(&addr, &again),
                        "an address reads as it is written");
        (void)xd_addr_is_private(&addr);
    }
}

static void check_text(struct xd_arena *a, struct xd_slice s)
{
    uint64_t number = 0;
    char *text = xd_arena_text(a, (const char *)s.p, s.len);

    (void)xd_text_number(s, 65535, &number);
    xd_fuzz_require(number <= 65535, "a number keeps to its ceiling");
    (void)xd_text_trim(s);
    (void)xd_text_find(s, "TLS");
    (void)xd_text_contains_nocase(s, "tls");
    xd_text_lower(text);
    (void)xd_bundle_name_parse(a, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xd_arena *a = xd_arena_new();
    uint8_t *exact = xd_fuzz_exact((struct xd_slice){data, size});
    struct xd_slice s = {exact, size};

    check_clean(a, s);
    check_addr(s);
    check_text(a, s);
    (void)xd_bundle_sniff(s);
    free(exact);
    xd_arena_free(a);
    return 0;
}
