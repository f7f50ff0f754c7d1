/*
 * fleet_html.c - the answer over an archive as one page, drawn without a script.
 */
#include "fleet_priv.h"
#include "html_priv.h"

#include <string.h>

enum { PAGE_ROWS = XD_FLEET_LISTED, PLOT_WIDTH = 680, PLOT_HEIGHT = 200, DAY_WIDTH = 72 };

/* ---- small pieces ---- */

/* A case, linked to its report where that is known to be; bytes of a URL are encoded. */
static void put_case(struct xd_html *h, const struct xd_fleet *f,
                     const struct xd_fleet_case *c)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-._~/";

    if (c->name == NULL) {
        return;
    }
    if (f->reports == NULL || c->report == NULL) {
        xd_html_text(h, c->name);
        return;
    }
    xd_html_raw(h, "<a href=\"./");
    for (int part = 0; part < 2; part++) {
        for (const char *p = part == 0 ? f->reports : c->report; *p != '\0'; p++) {
            xd_html_raw(h, strchr(plain, *p) != NULL ? "%c" : "%%%02X", (unsigned char)*p);
        }
    }
    xd_html_raw(h, ".html\">");
    xd_html_text(h, c->name);
    xd_html_raw(h, "</a>");
}

static void put_cell(struct xd_html *h, const char *text)
{
    xd_html_raw(h, "<td>");
    xd_html_text(h, text);
    xd_html_raw(h, "</td>");
}

/* A name of any length, broken anywhere. */
static void put_name(struct xd_html *h, const char *text)
{
    xd_html_raw(h, "<td><span class=\"place\">");
    xd_html_text(h, text);
    xd_html_raw(h, "</span></td>");
}

static void put_day(struct xd_html *h, xd_time t)
{
    char day[XD_TIME_TEXT];

    xd_html_raw(h, "<td><span class=\"nowrap\">%s</span></td>", xd_fleet_day(t, day));
}

static void put_link(struct xd_html *h, const struct xd_fleet *f,
                     const struct xd_fleet_case *c)
{
    xd_html_raw(h, "<td><span class=\"place\">");
    put_case(h, f, c);
    xd_html_raw(h, "</span></td>");
}

static void put_left_out(struct xd_html *h, size_t n)
{
    if (n > PAGE_ROWS) {
        xd_html_raw(h, "<p class=\"left-out\">%zu more are in the JSON.</p>\n",
                    n - PAGE_ROWS);
    }
}

static void say_nothing(struct xd_html *h, const char *words)
{
    xd_html_raw(h, "<p class=\"dim\">");
    xd_html_text(h, words);
    xd_html_raw(h, "</p>\n");
}

/* ---- plots ---- */

/* A bar of one colour; what it says stands in its title. */
static void put_bar(struct xd_html *h, const char *tone, const unsigned box[4])
{
    xd_html_raw(h,
                "<rect class=\"%s\" fill=\"currentColor\" x=\"%u\" y=\"%u\" "
                "width=\"%u\" height=\"%u\"></rect>",
                tone, box[0], box[1], box[2], box[3]);
}

static unsigned scale(size_t n, size_t most, unsigned length)
{
    return most == 0 ? 0 : (unsigned)((n * length + most - 1) / most);
}

static void draw_week(struct xd_html *h, const struct xd_fleet_week *w, size_t most,
                      unsigned x, unsigned width)
{
    unsigned all = scale(w->cases, most, PLOT_HEIGHT);
    unsigned bad = scale(w->failing, most, PLOT_HEIGHT);
    char day[XD_TIME_TEXT];

    xd_html_raw(h, "<g><title>Week of %s: %zu cases, %zu with errors, %zu new</title>",
                xd_fleet_day(w->monday, day), w->cases, w->failing, w->fresh);
    put_bar(h, "info", (const unsigned[4]){x, PLOT_HEIGHT - all + 20, width, all});
    put_bar(h, "bad", (const unsigned[4]){x, PLOT_HEIGHT - bad + 20, width, bad});
    if (w->fresh > 0) {
        xd_html_raw(h,
                    "<text class=\"sub\" x=\"%u\" y=\"%u\" text-anchor=\"middle\">+%zu"
                    "</text>",
                    x + width / 2, PLOT_HEIGHT - all + 15, w->fresh);
    }
    xd_html_raw(h, "</g>\n");
}

static void draw_weeks(struct xd_html *h, const struct xd_fleet *f)
{
    size_t most = 0;
    unsigned step = (unsigned)(PLOT_WIDTH / (f->n_weeks > 8 ? f->n_weeks : 8));

    for (size_t i = 0; i < f->n_weeks; i++) {
        most = f->weeks[i].cases > most ? f->weeks[i].cases : most;
    }
    xd_html_raw(h,
                "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"Cases "
                "by week\"><svg role=\"img\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d "
                "%d\"><title>Cases by week, those with errors, and what is new</title>\n",
                PLOT_WIDTH, PLOT_HEIGHT + 45, PLOT_WIDTH, PLOT_HEIGHT + 45);
    for (size_t i = 0; i < f->n_weeks; i++) {
        draw_week(h, &f->weeks[i], most, (unsigned)i * step, step > 3 ? step - 2 : step);
    }
    for (size_t i = 0; i < f->n_weeks; i += f->n_weeks / 8 + 1) {
        char day[XD_TIME_TEXT];
        unsigned x = (unsigned)i * step;
        bool last = x + DAY_WIDTH > PLOT_WIDTH;

        xd_html_raw(h, "<text class=\"sub\" x=\"%u\" y=\"%d\"%s>%s</text>\n",
                    last ? PLOT_WIDTH : x, PLOT_HEIGHT + 38,
                    last ? " text-anchor=\"end\"" : "",
                    xd_fleet_day(f->weeks[i].monday, day));
    }
    xd_html_raw(h, "</svg></div>\n");
}

/* How many, and how much of the most that is. */
static void put_count(struct xd_html *h, size_t n, size_t most, enum xd_tone tone)
{
    enum { LENGTH = 120, HEIGHT = 12 };

    xd_html_raw(h,
                "<td><span class=\"nowrap\"><svg aria-hidden=\"true\" width=\"%d\" "
                "height=\"%d\" viewBox=\"0 0 %d %d\">",
                LENGTH, HEIGHT, LENGTH, HEIGHT);
    put_bar(h, xd_tone_class(tone),
            (const unsigned[4]){0, 0, scale(n, most, LENGTH), HEIGHT});
    xd_html_raw(h, "</svg> %zu</span></td>", n);
}

/* ---- tables ---- */

static enum xd_tone put_severity(struct xd_html *h, const char *name, bool column)
{
    enum xd_severity severity = XD_INFO;
    bool known = xd_severity_by_name(name != NULL ? name : "", &severity);

    if (column) {
        xd_html_raw(h, "<td>");
        if (known) {
            xd_html_badge(h, xd_severity_tone(severity), name);
        }
        xd_html_raw(h, "</td>");
    }
    return known ? xd_severity_tone(severity) : XD_TONE_BAD;
}

static void list_counts(struct xd_html *h, const struct xd_fleet *f,
                        const struct xd_fleet_count *rows, size_t n, const char *caption)
{
    static const char *const heads[] = {"Kind",      "Severity",    "Cases", "First seen",
                                        "Last seen", "For example", NULL};
    static const char *const plain[] = {"Kind",      "Cases",       "First seen",
                                        "Last seen", "For example", NULL};
    bool severities = xd_fleet_has_severity(rows, n);
    size_t most = 0;

    for (size_t i = 0; i < n; i++) {
        most = rows[i].cases > most ? rows[i].cases : most;
    }
    xd_html_list(h, caption, severities ? heads : plain);
    for (size_t i = 0; i < n && i < PAGE_ROWS; i++) {
        const struct xd_fleet_count *c = &rows[i];

        xd_html_raw(h, "<tr>");
        put_cell(h, c->name);
        enum xd_tone tone = put_severity(h, c->severity, severities);

        put_count(h, c->cases, most, tone);
        put_day(h, c->first_seen);
        put_day(h, c->last_seen);
        put_link(h, f, &c->example);
        xd_html_raw(h, "</tr>\n");
    }
    xd_html_table_end(h);
    put_left_out(h, n);
}

static void list_conditions(struct xd_html *h, const struct xd_fleet *f)
{
    static const char *const heads[] = {"Condition", "Meaning", "Cases", "For example",
                                        NULL};
    size_t most = 0;

    for (size_t i = 0; i < f->n_conditions; i++) {
        most = f->conditions[i].cases > most ? f->conditions[i].cases : most;
    }
    xd_html_list(h, "The worst pair of each case", heads);
    for (size_t i = 0; i < f->n_conditions; i++) {
        const struct xd_fleet_count *c = &f->conditions[i];

        xd_html_raw(h, "<tr>");
        put_cell(h, xd_fleet_condition(c->name));
        put_cell(h, xd_fleet_condition_means(c->name));
        put_count(h, c->cases, most, XD_TONE_INFO);
        put_link(h, f, &c->example);
        xd_html_raw(h, "</tr>\n");
    }
    xd_html_table_end(h);
}

static void list_certs(struct xd_html *h, const struct xd_fleet *f,
                       const struct xd_fleet_cert *certs, size_t n, const char *caption)
{
    static const char *const heads[] = {"Certificate", "Node",           "Store", "Issuer",
                                        "Ends",        "CA policy from", "Case",  NULL};

    xd_html_list(h, caption, heads);
    for (size_t i = 0; i < n && i < PAGE_ROWS; i++) {
        const struct xd_fleet_cert *c = &certs[i];

        xd_html_raw(h, "<tr>");
        put_name(h, c->subject);
        put_name(h, c->node);
        put_cell(h, c->store);
        put_name(h, c->issuer);
        put_day(h, c->not_after);
        put_day(h, c->policy_date);
        put_link(h, f, &c->of);
        xd_html_raw(h, "</tr>\n");
    }
    xd_html_table_end(h);
    put_left_out(h, n);
}

/* ---- sections ---- */

static void put_plural(struct xd_html *h, size_t n, const char *one, const char *more)
{
    xd_html_raw(h, "%zu ", n);
    xd_html_text(h, n == 1 ? one : more);
}

/* The page in three sentences. */
static void write_lead(struct xd_html *h, const struct xd_fleet *f)
{
    char day[XD_TIME_TEXT];

    if (f->n_breaking > 0) {
        put_plural(h, f->n_breaking, "certificate that needs client authentication cannot",
                   "certificates that need client authentication cannot");
        xd_html_raw(h, " be renewed as %s", f->n_breaking == 1 ? "it is" : "they are");
        if (f->next_policy != XD_TIME_NONE) {
            xd_html_raw(h, "; the next date of a CA's policy is %s",
                        xd_fleet_day(f->next_policy, day));
        }
        xd_html_raw(h, ". ");
    }
    if (f->n_expiring > 0) {
        put_plural(h, f->n_expiring, "certificate ends", "certificates end");
        xd_html_raw(h, " within %d days of %s. ", XD_FLEET_SOON, xd_fleet_day(f->at, day));
    }
    if (f->n_findings > 0) {
        xd_html_raw(h, "The commonest finding is ");
        xd_html_text(h, f->findings[0].name);
        xd_html_raw(h, ", in ");
        put_plural(h, f->findings[0].cases, "case.", "cases.");
    }
}

static void write_answer(struct xd_html *h, const struct xd_fleet *f)
{
    size_t failed = f->n_failures + f->failures_left_out;

    xd_html_raw(h,
                "<section id=\"answer\" class=\"answer %s\" aria-label=\"Answer\">\n<h1>",
                f->n_breaking + f->n_expiring + failed > 0 ? "warn" : "ok");
    put_plural(h, f->cases, "case", "cases");
    if (failed > 0) {
        xd_html_raw(h, ", %zu without an analysis", failed);
    }
    xd_html_raw(h, "</h1>\n<p class=\"lead\">");
    write_lead(h, f);
    xd_html_raw(h, "</p>\n<p>");
    for (int i = 0; i < (int)XD_ROW_COUNT; i++) {
        if (f->by_status[i] > 0) {
            xd_html_badge(h,
                          i == XD_ROW_OK        ? XD_TONE_OK
                          : i == XD_ROW_DAMAGED ? XD_TONE_WARN
                                                : XD_TONE_BAD,
                          xd_arena_printf(h->scratch, "%zu %s", f->by_status[i],
                                          xd_row_status_name((enum xd_row_status)i)));
            xd_html_raw(h, " ");
        }
    }
    xd_html_raw(h, "</p>\n");
    if (f->no_rows > 0) {
        xd_html_raw(h, "<p class=\"dim\">%zu line%s could not be read as a row.</p>\n",
                    f->no_rows, f->no_rows == 1 ? "" : "s");
    }
    xd_html_raw(h, "</section>\n");
}

static void write_dates(struct xd_html *h, const struct xd_fleet *f)
{
    xd_html_section(h, "policy", "What the CAs' policies break");
    if (f->n_breaking == 0) {
        say_nothing(h, "No node waits for a renewal that its public CA will refuse.");
    } else {
        list_certs(h, f, f->breaking, f->n_breaking,
                   "Client authentication that the next renewal loses");
    }
    xd_html_section_end(h);
    xd_html_section(h, "expiring", "Certificates that expire soon");
    if (f->n_expiring == 0) {
        say_nothing(h, "None.");
    } else {
        list_certs(h, f, f->expiring, f->n_expiring, "The soonest end first");
    }
    xd_html_section_end(h);
}

static void write_findings(struct xd_html *h, const struct xd_fleet *f)
{
    xd_html_section(h, "findings", "Cases by finding");
    if (f->n_findings == 0) {
        say_nothing(h, "No case has any.");
    } else {
        list_counts(h, f, f->findings, f->n_findings, "The commonest finding first");
    }
    xd_html_section_end(h);
    if (f->n_conditions > 0) {
        xd_html_section(h, "conditions", "Cases by condition of the Cisco document");
        list_conditions(h, f);
        xd_html_section_end(h);
    }
    xd_html_section(h, "unexplained", "Failures that nothing explains");
    if (f->n_unexplained == 0) {
        say_nothing(h, "None.");
    } else {
        list_counts(h, f, f->unexplained, f->n_unexplained, "The commonest failure first");
    }
    xd_html_section_end(h);
}

static void write_weeks(struct xd_html *h, const struct xd_fleet *f)
{
    xd_html_section(h, "weeks", "Weeks, and what is new");
    if (f->n_weeks == 0) {
        say_nothing(h, "No case tells its time.");
    } else {
        draw_weeks(h, f);
        xd_html_raw(h, "<p class=\"dim\">Blue: all cases; red: with an error or worse; +n: "
                       "kinds that no earlier case shows.");
        if (f->weeks_left_out > 0) {
            xd_html_raw(h, " %zu earlier weeks are not drawn.", f->weeks_left_out);
        }
        xd_html_raw(h, "</p>\n");
        list_counts(h, f, f->fresh, f->n_fresh, "The newest kind first");
    }
    xd_html_section_end(h);
}

static void write_failures(struct xd_html *h, const struct xd_fleet *f)
{
    static const char *const heads[] = {"Case", "Status", "Reason", NULL};

    if (f->n_failures == 0) {
        return;
    }
    xd_html_section(h, "failures", "Cases without an analysis");
    xd_html_list(h, "In the order of their names", heads);
    for (size_t i = 0; i < f->n_failures; i++) {
        xd_html_raw(h, "<tr>");
        put_link(h, f, &f->failures[i].of);
        put_cell(h, xd_row_status_name(f->failures[i].status));
        put_name(h, f->failures[i].reason);
        xd_html_raw(h, "</tr>\n");
    }
    xd_html_table_end(h);
    put_left_out(h, f->failures_left_out > 0 ? PAGE_ROWS + f->failures_left_out : 0);
    xd_html_section_end(h);
}

static void write_body(struct xd_html *h, const struct xd_fleet *f)
{
    char day[XD_TIME_TEXT];

    xd_html_raw(
        h,
        "<body>\n<a class=\"skip\" href=\"#main\">Skip to the answer</a>\n"
        "<header class=\"top\"><p class=\"brand\"><span aria-hidden=\"true\" "
        "class=\"mark\"></span>expdiag <span>fleet</span></p></header>\n"
        "<nav aria-label=\"Contents\"><ol>\n"
        "<li><a href=\"#answer\">Answer</a></li>\n"
        "<li><a href=\"#policy\">CA policies</a></li>\n"
        "<li><a href=\"#expiring\">Expiring</a></li>\n"
        "<li><a href=\"#findings\">Findings</a></li>\n"
        "%s"
        "<li><a href=\"#unexplained\">Unexplained</a></li>\n"
        "<li><a href=\"#weeks\">Weeks</a></li>\n"
        "%s</ol></nav>\n<main id=\"main\">\n",
        f->n_conditions > 0 ? "<li><a href=\"#conditions\">Conditions</a></li>\n" : "",
        f->n_failures > 0 ? "<li><a href=\"#failures\">Not analysed</a></li>\n" : "");
    write_answer(h, f);
    write_dates(h, f);
    write_findings(h, f);
    write_weeks(h, f);
    write_failures(h, f);
    xd_html_raw(h, "<footer><p>Written by expdiag %s from ", xd_report_version(h->options));
    xd_html_text(h, f->source);
    xd_html_raw(h, ", as of %s.</p></footer>\n</main>\n</body>\n</html>\n",
                xd_fleet_day(f->at, day));
}

enum xd_rc xd_report_fleet_html(const struct xd_fleet *f, int fd, struct xd_err *err)
{
    struct xd_report_options none = {.generated_at = XD_TIME_NONE};
    struct xd_html h = {.options = &none, .scratch = xd_arena_new()};
    struct xd_err unused = {0};

    xd_sink_init(&h.sink, fd, err);
    xd_out_init(&h.say, NULL, &none, -1, &unused);
    xd_html_head(&h, "Fleet");
    write_body(&h, f);
    xd_out_clear(&h.say);
    enum xd_rc said = xd_out_done(&h.say);
    enum xd_rc written = xd_sink_done(&h.sink);

    xd_arena_free(h.scratch);
    return written != XD_OK ? written : said;
}
