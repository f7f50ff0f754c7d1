/*
 * html_prose.c - sentences: times in them switch to the reader's zone as all others do,
 * and what reads as one word stays on one line.
 *
 * Only forms that this program writes are taken for times; quotes of a bundle never come
 * here.
 */
#include "html_priv.h"

#include <string.h>

/* "9999-99-99" with a digit for each 9; gives the length, 0: not so. */
static size_t match(struct xd_slice s, size_t at, const char *form)
{
    size_t len = strlen(form);

    if (s.len - at < len) {
        return 0;
    }
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = s.p[at + i];
        if (form[i] == '9' ? byte < '0' || byte > '9' : byte != (uint8_t)form[i]) {
            return 0;
        }
    }
    return len;
}

/* Could the byte be part of the same word, as of a file's name? */
static bool is_of_word(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || byte == '_' || byte == '-' || byte >= 0x80;
}

static bool ends_word(struct xd_slice s, size_t at)
{
    return at >= s.len || !is_of_word(s.p[at]);
}

/* A time as in all our sentences: "2026-04-09 09:00:20Z". */
static size_t match_time(struct xd_slice s, size_t at)
{
    size_t len = match(s, at, "9999-99-99 99:99:99Z");

    return len > 0 && ends_word(s, at + len) ? len : 0;
}

/* What must not be broken: a date, "Expressway-C". */
static size_t match_whole(struct xd_slice s, size_t at)
{
    static const char *const forms[] = {"9999-99-99", "Expressway-C", "Expressway-E"};

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        size_t len = match(s, at, forms[i]);
        if (len > 0 && ends_word(s, at + len)) {
            return len;
        }
    }
    return 0;
}

/* The blank of "port 7001", "frame 25". */
static bool joins_number(struct xd_slice s, size_t at)
{
    static const char *const words[] = {"port", "frame", "line", "TCP", "alert"};

    for (size_t i = 0; s.p[at] == ' ' && i < sizeof(words) / sizeof(words[0]); i++) {
        size_t len = strlen(words[i]);
        if (at >= len && memcmp(s.p + at - len, words[i], len) == 0 &&
            (at == len || !is_of_word(s.p[at - len - 1])) && at + 1 < s.len &&
            s.p[at + 1] >= '0' && s.p[at + 1] <= '9') {
            return true;
        }
    }
    return false;
}

/* The first blank of "Status > Zones": no line begins with the sign. */
static bool joins_menu(struct xd_slice s, size_t at)
{
    return at > 0 && at + 2 < s.len && memcmp(s.p + at, " > ", 3) == 0;
}

/* The blank of "12.0 s". */
static bool joins_unit(struct xd_slice s, size_t at)
{
    return at > 0 && s.p[at] == ' ' && s.p[at - 1] >= '0' && s.p[at - 1] <= '9' &&
           at + 1 < s.len && s.p[at + 1] == 's' && ends_word(s, at + 2);
}

static void put_time(struct xd_html *h, struct xd_slice s)
{
    xd_html_raw(h, "<time datetime=\"%.10sT%.9s\">", (const char *)s.p,
                (const char *)s.p + 11);
    xd_html_escaped(h, s);
    xd_html_raw(h, "</time>");
}

void xd_html_words(struct xd_html *h, struct xd_slice s)
{
    size_t from = 0;
    size_t at = 0;

    while (at < s.len) {
        bool begins = at == 0 || !is_of_word(s.p[at - 1]);
        size_t time = begins ? match_time(s, at) : 0;
        size_t whole = begins && time == 0 ? match_whole(s, at) : 0;
        bool unit = joins_unit(s, at) || joins_number(s, at) || joins_menu(s, at);

        if (time + whole == 0 && !unit) {
            at++;
            continue;
        }
        xd_html_escaped(h, (struct xd_slice){s.p + from, at - from});
        if (unit) {
            xd_html_raw(h, "&nbsp;");
        } else if (time > 0) {
            put_time(h, (struct xd_slice){s.p + at, time});
        } else {
            xd_html_raw(h, "<span class=\"nowrap\">%.*s</span>", (int)whole,
                        (const char *)s.p + at);
        }
        at += unit ? 1 : time + whole;
        from = at;
    }
    xd_html_escaped(h, (struct xd_slice){s.p + from, s.len - from});
}

void xd_html_prose(struct xd_html *h, const char *text)
{
    if (text != NULL) {
        xd_out_text(&h->say, text);
        xd_html_words(h, xd_slice_of(xd_html_taken(h)));
    }
}

/* The end of the word that begins there; "node@2026-..." may be cut before its time. */
static size_t find_word_end(struct xd_slice s, size_t from, bool *hyphen)
{
    size_t end = from;

    while (end < s.len && s.p[end] != ' ' && (end == from || s.p[end] != '@')) {
        *hyphen = *hyphen || s.p[end] == '-';
        end++;
    }
    return end;
}

/* A host name does not break at its hyphens and dots where the line has room for it. */
static void put_word(struct xd_html *h, struct xd_slice word, bool hyphen)
{
    enum { LONG = 20, LONGEST = 22, LONGEST_WIDE = 48 }; /* on a phone, and elsewhere */
    bool narrow = hyphen && word.len <= LONGEST;
    bool whole = narrow || ((hyphen || word.len > LONG) && word.len <= LONGEST_WIDE);

    if (whole) {
        xd_html_raw(h, "<span class=\"%s\">", narrow ? "nowrap" : "nowrap-wide");
    }
    size_t from = 0;
    for (size_t at = 1; !narrow && word.len > LONG && at < word.len; at++) {
        if (word.p[at] == '.') { /* better than anywhere, on a phone */
            xd_html_escaped(h, (struct xd_slice){word.p + from, at - from});
            xd_html_raw(h, "<wbr>");
            from = at;
        }
    }
    xd_html_escaped(h, (struct xd_slice){word.p + from, word.len - from});
    xd_html_raw(h, "%s", whole ? "</span>" : "");
}

void xd_html_title(struct xd_html *h, const char *text)
{
    xd_out_text(&h->say, text);
    struct xd_slice s = xd_slice_of(xd_html_taken(h));

    for (size_t from = 0, end = 0; from < s.len; from = end) {
        if (joins_number(s, from)) {
            xd_html_raw(h, "&nbsp;");
            from++;
        }
        size_t time = match_time(s, from);
        bool hyphen = false;
        end = time > 0 ? from + time : find_word_end(s, from, &hyphen);
        struct xd_slice word = {s.p + from, end - from};

        if (time > 0) {
            put_time(h, word);
        } else {
            put_word(h, word, hyphen);
        }
        if (end < s.len && s.p[end] == '@') {
            xd_html_raw(h, "<wbr>");
        } else if (end < s.len && s.p[end] == ' ') {
            xd_html_raw(h, "%s", joins_unit(s, end) ? "&nbsp;" : " ");
            end++;
        }
    }
}
