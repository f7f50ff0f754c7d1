/*
 * fleet_read.c - rows of a database or a file, each case once, to their sum.
 */
#include "fleet_priv.h"

#include "db.h"
#include "ndjson.h"

#include "expdiag/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- from a database ---- */

/* The case whose rows come by, gathered from all tables at once. */
struct gathering {
    struct xd_fleet_sum *sum;
    struct xd_arena *arena;
    struct xd_row row;
    char id[24]; /* of the row at hand; "" for none */
};

/*
 * One stream, ordered by case: first the case, then what belongs to it.  Each part has the
 * same ten columns; what names them differs.  Of several rule sets the latest counts.
 */
#define LATEST                                                                       \
    " JOIN cases k ON k.id = t.case_id JOIN rule_sets r ON r.rules = k.rules WHERE " \
    "NOT EXISTS (SELECT 1 FROM cases o JOIN rule_sets s ON s.rules = o.rules WHERE " \
    "o.name = k.name AND s.number > r.number)"

static const char all_rows[] =
    "SELECT k.id AS id, 0 AS part, 0 AS position, k.name AS a, k.status AS b, "
    "k.reason AS c, k.condition AS d, k.last_seen AS e, k.report AS f, "
    "CAST(k.seconds AS TEXT) AS g, CAST(k.peak_mib AS TEXT) AS h "
    "FROM cases k JOIN rule_sets r ON r.rules = k.rules WHERE NOT EXISTS (SELECT 1 FROM "
    "cases o JOIN rule_sets s ON s.rules = o.rules WHERE o.name = k.name AND s.number > "
    "r.number)"
    " UNION ALL SELECT t.case_id, 1, t.position, t.finding, t.severity, t.node, NULL, "
    "NULL, NULL, NULL, NULL FROM findings t" LATEST
    " UNION ALL SELECT t.case_id, 2, t.position, t.signature, NULL, NULL, NULL, NULL, "
    "NULL, "
    "NULL, NULL FROM unexplained t" LATEST
    " UNION ALL SELECT t.case_id, 3, t.position, t.node, t.store, t.subject, t.issuer, "
    "t.not_after, t.policy_date, NULL, NULL FROM certificates t" LATEST " ORDER BY 1, 2, 3";

static void finish_row(struct gathering *g)
{
    if (g->id[0] != '\0' && g->row.name != NULL) {
        xd_fleet_sum_row(g->sum, &g->row);
    }
    xd_arena_free(g->arena);
    g->arena = xd_arena_new();
    g->row = (struct xd_row){.last_seen = XD_TIME_NONE};
}

static xd_time read_time(const char *text)
{
    xd_time t = XD_TIME_NONE;

    return text != NULL && xd_time_parse(text, strlen(text), &t, NULL) ? t : XD_TIME_NONE;
}

static void take_case(struct gathering *g, const char *const *v)
{
    struct xd_row *row = &g->row;

    row->name = xd_arena_strdup(g->arena, v[3]);
    row->status = XD_ROW_FAILED;
    for (int i = 0; i < (int)XD_ROW_COUNT; i++) {
        if (v[4] != NULL && strcmp(v[4], xd_row_status_name((enum xd_row_status)i)) == 0) {
            row->status = (enum xd_row_status)i;
        }
    }
    row->reason = xd_arena_strdup(g->arena, v[5]);
    row->condition = xd_arena_strdup(g->arena, v[6]);
    row->last_seen = read_time(v[7]);
    row->report = xd_arena_strdup(g->arena, v[8]);
    row->seconds = v[9] == NULL ? 0 : strtod(v[9], NULL);
    row->peak_mib = v[10] == NULL ? 0 : strtod(v[10], NULL);
}

static const char *word(struct gathering *g, const char *text)
{
    return xd_arena_strdup(g->arena, text == NULL ? "" : text);
}

static void take_part(void *arg, const char *const *v)
{
    struct gathering *g = arg;
    struct xd_arena *a = g->arena;
    size_t len = v[0] == NULL ? 0 : strlen(v[0]);

    if (len == 0 || len >= sizeof(g->id) || v[1] == NULL || v[3] == NULL) {
        return;
    }
    if (strcmp(g->id, v[0]) != 0) {
        finish_row(g);
        a = g->arena;
        memcpy(g->id, v[0], len + 1);
    }
    if (v[1][0] == '0') {
        take_case(g, v);
    } else if (v[1][0] == '1') {
        *XD_PUSH(a, &g->row, findings) =
            (struct xd_row_finding){.id = word(g, v[3]),
                                    .severity = word(g, v[4]),
                                    .node = xd_arena_strdup(a, v[5])};
    } else if (v[1][0] == '2') {
        *XD_PUSH(a, &g->row, failures) = word(g, v[3]);
    } else {
        *XD_PUSH(a, &g->row, certs) = (struct xd_row_cert){.node = word(g, v[3]),
                                                           .store = word(g, v[4]),
                                                           .subject = word(g, v[5]),
                                                           .issuer = word(g, v[6]),
                                                           .not_after = read_time(v[7]),
                                                           .policy_date = read_time(v[8])};
    }
}

static enum xd_rc read_database(struct xd_fleet_sum *sum, const char *uri,
                                struct xd_err *err)
{
    struct gathering g = {
        .sum = sum, .arena = xd_arena_new(), .row = {.last_seen = XD_TIME_NONE}};
    struct xd_db *db = NULL;
    enum xd_rc rc = xd_db_open(uri, false, &db, err);

    if (rc == XD_OK) {
        rc = db->query(db, all_rows, take_part, &g, err);
        finish_row(&g);
        xd_db_close(db);
    }
    xd_arena_free(g.arena);
    return rc;
}

/* ---- from a file ---- */

static void take_row(void *arg, const struct xd_row *row)
{
    xd_fleet_sum_row(arg, row);
}

static bool is_sqlite(const char *path)
{
    static const char mark[] = "SQLite format 3";
    char head[sizeof(mark)] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t len = fd < 0 ? -1 : read(fd, head, sizeof(head));

    if (fd >= 0) {
        (void)close(fd);
    }
    return len == (ssize_t)sizeof(head) && memcmp(head, mark, sizeof(mark)) == 0;
}

static enum xd_rc read_file(struct xd_fleet_sum *sum, const char *path, size_t *others,
                            struct xd_err *err)
{
    struct xd_arena *a = xd_arena_new();
    struct stat st = {0};
    enum xd_rc rc = XD_OK;

    if (access(path, R_OK) != 0 || stat(path, &st) != 0) {
        rc = xd_err_set(err, XD_BAD, 0, "%s: cannot be opened: %s", path, strerror(errno));
    } else if (!S_ISREG(st.st_mode)) { /* read in places; and /dev/zero has no end */
        rc = xd_err_set(err, XD_BAD, 0, "%s: is no file; name one of rows, or a database",
                        path);
    } else if (is_sqlite(path)) {
        rc = read_database(sum, xd_arena_printf(a, "sqlite:%s", path), err);
    } else {
        rc = xd_ndjson_each(path, take_row, sum, others, err);
    }
    xd_arena_free(a);
    return rc;
}

enum xd_rc xd_fleet_read(struct xd_fleet *f, const char *source, xd_time at,
                         struct xd_err *err)
{
    struct xd_slice s = xd_slice_of(source);
    bool uri = xd_text_starts(s, "sqlite:") || xd_text_starts(s, "postgresql://") ||
               xd_text_starts(s, "postgres://");

    *f = (struct xd_fleet){.arena = xd_arena_new(), .at = at};
    f->source = xd_db_without_password(f->arena, source);
    struct xd_fleet_sum *sum = xd_fleet_sum_new(f);
    enum xd_rc rc =
        uri ? read_database(sum, source, err) : read_file(sum, source, &f->no_rows, err);

    xd_fleet_sum_done(sum);
    return rc;
}

/* ---- links ---- */

/* The folder of a page that may not be there yet, without links and dots in it. */
static char *real_folder(const char *path, bool of_file)
{
    struct xd_arena *a = xd_arena_new();
    char *copy = xd_arena_strdup(a, strcmp(path, "-") == 0 ? "" : path);
    char *slash = strrchr(copy, '/');

    if (of_file && slash != NULL) {
        slash[1] = '\0';
    } else if (of_file) {
        copy[0] = '\0';
    }
    char *real = realpath(copy[0] == '\0' ? "." : copy, NULL);

    xd_arena_free(a);
    return real;
}

static const char *relative_path(struct xd_arena *a, const char *from, const char *to)
{
    size_t same = 0;
    const char *up = "";

    for (size_t i = 0; from[i] == to[i] || from[i] == '\0' || to[i] == '\0'; i++) {
        bool ends = (from[i] == '/' || from[i] == '\0') && (to[i] == '/' || to[i] == '\0');

        same = ends ? i : same;
        if (from[i] == '\0' || to[i] == '\0') {
            break;
        }
    }
    for (const char *p = from + same; *p != '\0'; p++) {
        up = *p == '/' && p[1] != '\0' ? xd_arena_printf(a, "../%s", up) : up;
    }
    const char *rest = to + same + (to[same] == '/');

    return xd_arena_printf(a, "%s%s%s", up, rest, rest[0] != '\0' ? "/" : "");
}

void xd_fleet_link(struct xd_fleet *f, const char *page, const char *reports)
{
    char *from = real_folder(page, true);
    char *to = real_folder(reports, false);

    if (from != NULL && to != NULL) {
        f->reports = relative_path(f->arena, from, to);
    }
    free(from);
    free(to);
}
