/*
 * fuzz_redact.c - a stored report under pseudonyms.  The program searches what it wrote and
 * may refuse it; what it lets pass is searched here again, for sums and serials of
 * certificates, by means that share nothing with it.
 */
#include "fuzz.h"

#include "expdiag/report.h"

#include <stdio.h>

enum { SUM_TEXT = 65, SHORT_SERIAL = 16, MOST_SUMS = 64 };

/* What must not be found again, as hex. */
struct sums {
    char text[MOST_SUMS][SUM_TEXT];
    size_t n;
};

static void note_sums(const struct xd_case *cs, struct sums *out)
{
    out->n = 0;
    for (size_t i = 0; i < cs->n_certs && out->n + 2 <= MOST_SUMS; i++) {
        const struct xd_cert *c = cs->certs[i];

        for (size_t k = 0; k < sizeof(c->sha256); k++) {
            (void)snprintf(&out->text[out->n][2 * k], 3, "%02x", c->sha256[k]);
        }
        out->n++;
        if (c->serial != NULL && strlen(c->serial) >= SHORT_SERIAL &&
            strlen(c->serial) < SUM_TEXT) {
            memcpy(out->text[out->n++], c->serial, strlen(c->serial) + 1);
        }
    }
}

static bool is_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* With more digits beside it, it is another number. */
static bool holds(const struct xd_buf *b, const char *text)
{
    const uint8_t *end = b->bytes + b->len;
    size_t len = strlen(text);

    for (const uint8_t *p = b->bytes;; p++) {
        p = memmem(p, (size_t)(end - p), text, len);
        if (p == NULL) {
            return false;
        }
        if ((p == b->bytes || !is_hex(p[-1])) && (p + len == end || !is_hex(p[len]))) {
            return true;
        }
    }
}

/* An original may look like a pseudonym, and then be found with right. */
static void search(const struct xd_buf *report, const struct xd_buf *map,
                   const struct sums *sums)
{
    char pseudonym[SUM_TEXT + 20];

    for (size_t i = 0; i < sums->n; i++) {
        (void)snprintf(pseudonym, sizeof(pseudonym), "\"pseudonym\":\"%s\"", sums->text[i]);
        xd_fuzz_require(!holds(report, sums->text[i]) || holds(map, pseudonym),
                        "a redacted report holds no sum and no serial");
    }
}

static void write_form(const struct xd_case *cs, struct xd_report_options *options,
                       unsigned form, struct xd_buf *out)
{
    struct xd_err err = {0};
    enum xd_rc rc = XD_OK;

    *out = (struct xd_buf){.max = SIZE_MAX / 2};
    options->hold = out;
    rc = form == 0   ? xd_report_text(cs, options, -1, &err)
         : form == 1 ? xd_report_json(cs, options, -1, &err)
                     : xd_report_html(cs, options, -1, &err);
    xd_fuzz_require(rc == XD_OK, "a redacted report is written");
}

static void check_forms(const struct xd_report_loaded *report, struct xd_redaction *r,
                        const struct sums *sums)
{
    static void (*const checks[])(struct xd_slice) = {
        xd_fuzz_check_text, xd_fuzz_check_json, xd_fuzz_check_page};
    struct xd_report_options options = report->options;
    struct xd_buf map = {.max = SIZE_MAX / 2};

    xd_redaction_map(r, &map);
    xd_fuzz_check_json((struct xd_slice){map.bytes, map.len});
    for (unsigned form = 0; form < 3; form++) {
        struct xd_buf out;
        struct xd_err err = {0};

        write_form(report->cs, &options, form, &out);
        checks[form]((struct xd_slice){out.bytes, out.len});
        if (xd_redaction_check(r, (struct xd_slice){out.bytes, out.len}, &err) == XD_OK) {
            search(&out, &map, sums);
        } else {
            xd_fuzz_require(err.text[0] != '\0', "a refusal has a reason");
        }
        xd_buf_done(&out);
    }
    xd_buf_done(&map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sums sums;
    struct xd_report_loaded report;
    struct xd_err err = {0};

    if (xd_report_read((struct xd_slice){data, size}, &report, &err) != XD_OK) {
        return 0;
    }
    note_sums(report.cs, &sums);
    report.options.verbose = true;
    struct xd_redaction *r = xd_redact_case(report.cs, &report.options);

    check_forms(&report, r, &sums);
    xd_redaction_free(r);
    xd_case_free(report.cs);
    return 0;
}
