/*
 * fleet_text.c - the answer over an archive, for a terminal.
 */
#include "fleet_priv.h"
#include "text_priv.h"

#include <string.h>

enum { TEXT_ROWS = 20 }; /* of one list; the page and the JSON have more */

const char *xd_fleet_day(xd_time t, char out[XD_TIME_TEXT])
{
    (void)xd_time_format(t, out);
    if (t != XD_TIME_NONE) {
        out[sizeof("2026-03-24") - 1] = '\0';
    }
    return out;
}

const char *xd_fleet_condition(const char *name)
{
    return name[0] == 'n' ? "none" : name;
}

static void say_left_out(struct xd_out *o, size_t n, const char *noun)
{
    if (n > TEXT_ROWS) {
        xd_out_printf(o, "%zu more %s: see --html or --json.", n - TEXT_ROWS, noun);
        xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT);
    }
}

const char *xd_fleet_condition_means(const char *name)
{
    static const char *const known[][2] = {
        {"1", "stores as an upgrade leaves them: one certificate with both purposes"},
        {"2", "the Expressway-C's client certificate has no client authentication"},
        {"2.1", "a private CA for the Expressway-C's client store, public ones else"},
        {"3", "private CAs everywhere"},
        {"4", "private CAs on the Expressway-C, a public one on the Expressway-E"},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i][0], name) == 0) {
            return known[i][1];
        }
    }
    return "a store is missing, or the stores are as in no row of the document";
}

static void say_sums(struct xd_out *o, const struct xd_fleet *f)
{
    xd_out_printf(o, "%zu case%s in ", f->cases, f->cases == 1 ? "" : "s");
    xd_out_text(o, f->source);
    xd_out_text(o, f->cases > 0 ? ":" : "");
    for (int i = 0, n = 0; i < (int)XD_ROW_COUNT; i++) {
        if (f->by_status[i] > 0) {
            xd_out_printf(o, "%s %zu %s", n++ > 0 ? "," : "", f->by_status[i],
                          xd_row_status_name((enum xd_row_status)i));
        }
    }
    xd_out_text(o, ".");
    if (f->cases > 0) {
        xd_out_printf(o, " The longest took %.1f s, the largest %.0f MiB.", f->longest,
                      f->peak_mib);
    }
    if (f->no_rows > 0) {
        xd_out_printf(o, " %zu line%s could not be read as a row.", f->no_rows,
                      f->no_rows == 1 ? "" : "s");
    }
    xd_out_end(o, 0, 0);
}

bool xd_fleet_has_severity(const struct xd_fleet_count *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i].severity != NULL && rows[i].severity[0] != '\0') {
            return true;
        }
    }
    return false;
}

static void list_counts(struct xd_out *o, const char *title, const char *noun,
                        const struct xd_fleet_count *rows, size_t n)
{
    const char *const heads[] = {"Cases", noun, "Severity", "Last seen", "For example"};
    const char *const plain[] = {"Cases", noun, "Last seen", "For example"};
    bool severities = xd_fleet_has_severity(rows, n);
    struct xd_table t;
    char day[XD_TIME_TEXT];

    if (n == 0) {
        return;
    }
    xd_out_heading(o, title);
    xd_table_begin(&t, o, XD_LABEL_INDENT, severities ? 5 : 4, severities ? heads : plain);
    for (size_t i = 0; i < n && i < TEXT_ROWS; i++) {
        xd_out_printf(o, "%zu", rows[i].cases);
        xd_table_cell(&t);
        xd_out_text(o, rows[i].name);
        xd_table_cell(&t);
        if (severities) {
            xd_out_text(o, rows[i].severity);
            xd_table_cell(&t);
        }
        xd_out_text(o, xd_fleet_day(rows[i].last_seen, day));
        xd_table_cell(&t);
        xd_out_text(o, rows[i].example.name);
        xd_table_cell(&t);
    }
    xd_table_end(&t);
    say_left_out(o, n, "kinds");
}

static void list_conditions(struct xd_out *o, const struct xd_fleet *f)
{
    const char *const heads[] = {"Cases", "Condition", "Meaning"};
    struct xd_table t;

    if (f->n_conditions == 0) {
        return;
    }
    xd_out_heading(o, "Cases by condition");
    xd_table_begin(&t, o, XD_LABEL_INDENT, 3, heads);
    for (size_t i = 0; i < f->n_conditions; i++) {
        xd_out_printf(o, "%zu", f->conditions[i].cases);
        xd_table_cell(&t);
        xd_out_text(o, xd_fleet_condition(f->conditions[i].name));
        xd_table_cell(&t);
        xd_out_text(o, xd_fleet_condition_means(f->conditions[i].name));
        xd_table_cell(&t);
    }
    xd_table_end(&t);
}

static void list_certs(struct xd_out *o, const struct xd_fleet_cert *certs, size_t n,
                       bool policy)
{
    const char *const heads[] = {policy ? "From" : "Ends",   "Certificate", "Node", "Store",
                                 policy ? "Ends" : "Issuer", "Case"};
    struct xd_table t;
    char day[XD_TIME_TEXT];

    xd_table_begin(&t, o, XD_LABEL_INDENT, 6, heads);
    for (size_t i = 0; i < n && i < TEXT_ROWS; i++) {
        const struct xd_fleet_cert *c = &certs[i];

        xd_out_text(o, xd_fleet_day(policy ? c->policy_date : c->not_after, day));
        xd_table_cell(&t);
        xd_out_text(o, c->subject);
        xd_table_cell(&t);
        xd_out_text(o, c->node);
        xd_table_cell(&t);
        xd_out_text(o, c->store);
        xd_table_cell(&t);
        xd_out_text(o, policy ? xd_fleet_day(c->not_after, day) : c->issuer);
        xd_table_cell(&t);
        xd_out_text(o, c->of.name);
        xd_table_cell(&t);
    }
    xd_table_end(&t);
    say_left_out(o, n, "certificates");
}

static void list_breaking(struct xd_out *o, const struct xd_fleet *f)
{
    char day[XD_TIME_TEXT];
    size_t next = 0;

    xd_out_heading(o, "What the CAs' policies break");
    for (size_t i = 0; i < f->n_breaking; i++) {
        next += f->breaking[i].policy_date == f->next_policy;
    }
    if (f->n_breaking == 0) {
        xd_out_text(o, "No node waits for a renewal that its public CA will refuse.");
    } else if (f->next_policy != XD_TIME_NONE) {
        xd_out_printf(o, "The next date is %s: ", xd_fleet_day(f->next_policy, day));
        xd_out_printf(o,
                      "from then on %zu certificate%s of nodes that need client "
                      "authentication cannot be renewed with it.",
                      next, next == 1 ? "" : "s");
    } else {
        xd_out_text(o, "All dates have passed: these certificates can no longer be renewed "
                       "with client authentication.");
    }
    xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT);
    list_certs(o, f->breaking, f->n_breaking, true);
}

static void list_expiring(struct xd_out *o, const struct xd_fleet *f)
{
    char day[XD_TIME_TEXT];

    xd_out_heading(o, "Certificates that expire soon");
    if (f->n_expiring == 0) {
        xd_out_printf(o, "None ends within %d days of %s.", XD_FLEET_SOON,
                      xd_fleet_day(f->at, day));
        xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT);
        return;
    }
    list_certs(o, f->expiring, f->n_expiring, false);
}

static void list_weeks(struct xd_out *o, const struct xd_fleet *f)
{
    const char *const heads[] = {"Week of", "Cases", "With errors", "New kinds"};
    struct xd_table t;
    char day[XD_TIME_TEXT];
    size_t from = f->n_weeks > TEXT_ROWS ? f->n_weeks - TEXT_ROWS : 0;

    if (f->n_weeks == 0) {
        return;
    }
    xd_out_heading(o, "Weeks");
    xd_table_begin(&t, o, XD_LABEL_INDENT, 4, heads);
    for (size_t i = from; i < f->n_weeks; i++) {
        const struct xd_fleet_week *w = &f->weeks[i];

        if (w->cases == 0) {
            continue;
        }
        xd_out_text(o, xd_fleet_day(w->monday, day));
        xd_table_cell(&t);
        xd_out_printf(o, "%zu", w->cases);
        xd_table_cell(&t);
        xd_out_printf(o, "%zu", w->failing);
        xd_table_cell(&t);
        xd_out_printf(o, "%zu", w->fresh);
        xd_table_cell(&t);
    }
    xd_table_end(&t);
}

static void list_failures(struct xd_out *o, const struct xd_fleet *f)
{
    const char *const heads[] = {"Case", "Status", "Reason"};
    struct xd_table t;

    if (f->n_failures == 0) {
        return;
    }
    xd_out_heading(o, "Cases without an analysis");
    xd_table_begin(&t, o, XD_LABEL_INDENT, 3, heads);
    for (size_t i = 0; i < f->n_failures && i < TEXT_ROWS; i++) {
        xd_out_text(o, f->failures[i].of.name);
        xd_table_cell(&t);
        xd_out_text(o, xd_row_status_name(f->failures[i].status));
        xd_table_cell(&t);
        xd_out_text(o, f->failures[i].reason);
        xd_table_cell(&t);
    }
    xd_table_end(&t);
    say_left_out(o, f->n_failures + f->failures_left_out, "cases");
}

enum xd_rc xd_report_fleet_text(const struct xd_fleet *f,
                                const struct xd_report_options *options, int fd,
                                struct xd_err *err)
{
    struct xd_out o;

    xd_out_init(&o, NULL, options, fd, err);
    say_sums(&o, f);
    list_breaking(&o, f);
    list_expiring(&o, f);
    list_counts(&o, "Cases by finding", "Finding", f->findings, f->n_findings);
    list_conditions(&o, f);
    list_counts(&o, "Failures that nothing explains", "Signature", f->unexplained,
                f->n_unexplained);
    list_weeks(&o, f);
    list_failures(&o, f);
    return xd_out_done(&o);
}
