/*
 * db.c - the schema, and rows into it (expdiag-batch(5)).
 */
#include "db.h"

#include "expdiag/crypto.h"
#include "expdiag/text.h"

#include <stdio.h>
#include <string.h>

#define XD_DB_SCHEMA "1"

/* Types that SQLite and PostgreSQL read alike. */
static const struct xd_db_table tables[XD_DB_TABLES] = {
    {"cases",
     "id BIGINT PRIMARY KEY, name TEXT NOT NULL, rules TEXT NOT NULL, "
     "fingerprint TEXT NOT NULL, status TEXT NOT NULL, reason TEXT, "
     "seconds DOUBLE PRECISION NOT NULL, peak_mib DOUBLE PRECISION NOT NULL, "
     "condition TEXT, worst TEXT, last_seen TEXT, report TEXT, left_out BIGINT NOT NULL, "
     "UNIQUE (name, rules)",
     "id, name, rules, fingerprint, status, reason, seconds, peak_mib, condition, worst, "
     "last_seen, report, left_out",
     13},
    {"inputs",
     "path TEXT NOT NULL, bytes BIGINT NOT NULL, modified TEXT, sha256 TEXT, problem TEXT",
     "case_id, position, path, bytes, modified, sha256, problem", 7},
    {"nodes", "node TEXT NOT NULL, role TEXT NOT NULL, version TEXT, eku_check TEXT",
     "case_id, position, node, role, version, eku_check", 6},
    {"findings",
     "finding TEXT NOT NULL, severity TEXT NOT NULL, confidence TEXT NOT NULL, node TEXT",
     "case_id, position, finding, severity, confidence, node", 6},
    {"certificates",
     "node TEXT NOT NULL, store TEXT NOT NULL, sha256 TEXT NOT NULL, subject TEXT, "
     "issuer TEXT, issuer_kind TEXT NOT NULL, not_after TEXT, "
     "client_auth SMALLINT NOT NULL, policy_date TEXT",
     "case_id, position, node, store, sha256, subject, issuer, issuer_kind, not_after, "
     "client_auth, policy_date",
     11},
    {"unexplained", "signature TEXT NOT NULL", "case_id, position, signature", 3},
};

static const char *const statements[] = {
    "CREATE TABLE IF NOT EXISTS expdiag (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    /* in the order of first use: of two rows of a case the later rule set's counts */
    "CREATE TABLE IF NOT EXISTS rule_sets (rules TEXT PRIMARY KEY, number BIGINT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS cases_status ON cases (status)",
    "CREATE INDEX IF NOT EXISTS cases_condition ON cases (condition)",
    "CREATE INDEX IF NOT EXISTS findings_finding ON findings (finding)",
    "CREATE INDEX IF NOT EXISTS certificates_not_after ON certificates (not_after)",
    "CREATE INDEX IF NOT EXISTS certificates_sha256 ON certificates (sha256)",
    "CREATE INDEX IF NOT EXISTS inputs_sha256 ON inputs (sha256)",
    "CREATE INDEX IF NOT EXISTS unexplained_signature ON unexplained (signature)",
    NULL,
};

const struct xd_db_table *xd_db_table(enum xd_db_table_id id)
{
    return &tables[id];
}

const char *xd_db_statement(size_t i)
{
    return statements[i];
}

/* ---- opening ---- */

static enum xd_rc make_tables(struct xd_db *db, struct xd_err *err)
{
    struct xd_arena *a = xd_arena_new();
    enum xd_rc rc = XD_OK;

    for (size_t i = 0; rc == XD_OK && i < XD_DB_TABLES; i++) {
        const char *own = i == XD_DB_CASES
                              ? ""
                              : "case_id BIGINT NOT NULL REFERENCES cases (id) ON DELETE "
                                "CASCADE, position BIGINT NOT NULL, ";
        const char *key = i == XD_DB_CASES ? "" : ", PRIMARY KEY (case_id, position)";

        rc = db->execute(db,
                         xd_arena_printf(a, "CREATE TABLE IF NOT EXISTS %s (%s%s%s)",
                                         tables[i].name, own, tables[i].create, key),
                         NULL, 0, err);
    }
    for (size_t i = 0; rc == XD_OK && statements[i] != NULL; i++) {
        rc = db->execute(db, statements[i], NULL, 0, err);
    }
    if (rc == XD_OK) {
        rc = db->execute(db,
                         "INSERT INTO expdiag (key, value) VALUES ('schema', '" XD_DB_SCHEMA
                         "') ON CONFLICT (key) DO NOTHING",
                         NULL, 0, err);
    }
    xd_arena_free(a);
    return rc;
}

static void note_schema(void *arg, const char *const *values)
{
    bool *fits = arg;

    *fits = values[0] != NULL && strcmp(values[0], XD_DB_SCHEMA) == 0;
}

static enum xd_rc check_schema(struct xd_db *db, struct xd_err *err)
{
    bool fits = false;
    struct xd_err why = {0};

    if (db->query(db, "SELECT value FROM expdiag WHERE key = 'schema'", note_schema, &fits,
                  &why) != XD_OK ||
        !fits) {
        return xd_err_set(err, XD_BAD, 0,
                          "%s: is no result database of this version of expdiag; name "
                          "another",
                          db->what);
    }
    return XD_OK;
}

static void ignore_row(void *arg, const char *const *values)
{
    (void)arg;
    (void)values;
}

/* Are there tables of ours, or of somebody else under their names? */
static bool has_tables(struct xd_db *db)
{
    struct xd_err why = {0};

    return db->query(db, "SELECT 1 FROM expdiag WHERE 1 = 0", ignore_row, NULL, &why) ==
               XD_OK ||
           db->query(db, "SELECT 1 FROM cases WHERE 1 = 0", ignore_row, NULL, &why) ==
               XD_OK;
}

enum xd_rc xd_db_open(const char *uri, bool create, struct xd_db **out, struct xd_err *err)
{
    struct xd_slice s = xd_slice_of(uri);
    enum xd_rc rc = XD_BAD;
    struct xd_db *db = NULL;

    if (xd_text_starts(s, "sqlite:") && s.len > strlen("sqlite:")) {
        rc = xd_sqlite_open(uri + strlen("sqlite:"), create, &db, err);
    } else if (xd_text_starts(s, "postgresql://") || xd_text_starts(s, "postgres://")) {
        rc = xd_postgres_open(uri, &db, err);
    } else {
        return xd_err_set(err, XD_BAD, 0,
                          "%s: name a database as sqlite:FILE or postgresql://...", uri);
    }
    if (rc == XD_OK && create && has_tables(db)) { /* before a byte of it changes */
        rc = check_schema(db, err);
    }
    if (rc == XD_OK && create) {
        rc = db->begin(db, err);
        if (rc == XD_OK) {
            rc = make_tables(db, err);
        }
        if (rc == XD_OK) {
            rc = db->commit(db, err);
        }
    }
    if (rc == XD_OK) {
        rc = check_schema(db, err);
    }
    if (rc != XD_OK) {
        xd_db_close(db);
        return rc;
    }
    *out = db;
    return XD_OK;
}

/* "postgresql://user:word@host/name" without ":word"; "...?password=word" without all of
 * it. */
const char *xd_db_without_password(struct xd_arena *a, const char *uri)
{
    const char *host = strstr(uri, "://");
    char *out = xd_arena_strdup(a, uri);

    if (host == NULL) {
        return out;
    }
    host += strlen("://");
    size_t end = strcspn(host, "/?");
    const char *at = memrchr(host, '@', end);
    const char *colon = at == NULL ? NULL : memchr(host, ':', (size_t)(at - host));

    if (colon != NULL) {
        out = xd_arena_printf(a, "%.*s%s", (int)(colon - uri), uri, at);
    }
    out[strcspn(out, "?")] = '\0';
    return out;
}

void xd_db_close(struct xd_db *db)
{
    if (db != NULL) {
        db->close(db);
    }
}

/* ---- rows ---- */

/* The same everywhere and for ever, so that shards never meet: of case and rule set. */
static int64_t case_id(const struct xd_row *row)
{
    struct xd_sha256 *h = xd_sha256_new();
    uint8_t sum[32];
    uint64_t id = 0;

    xd_sha256_add(h, (struct xd_slice){(const uint8_t *)row->name, strlen(row->name) + 1});
    xd_sha256_add(h, xd_slice_of(row->rules));
    xd_sha256_done(h, sum);
    for (size_t i = 0; i < 8; i++) {
        id = id << 8 | sum[i];
    }
    return (int64_t)(id >> 1);
}

static struct xd_db_value text(const char *t)
{
    return (struct xd_db_value){.kind = XD_DB_TEXT, .text = t};
}

static struct xd_db_value number(int64_t n)
{
    return (struct xd_db_value){.kind = XD_DB_NUMBER, .number = n};
}

static struct xd_db_value real(double r)
{
    return (struct xd_db_value){.kind = XD_DB_REAL, .real = r};
}

static struct xd_db_value moment(xd_time t, char place[XD_TIME_TEXT])
{
    return text(t == XD_TIME_NONE ? NULL : xd_time_format(t, place));
}

static enum xd_rc put_case(struct xd_db *db, const struct xd_row *row, int64_t id,
                           struct xd_err *err)
{
    char seen[XD_TIME_TEXT];
    enum xd_severity worst = XD_INFO;
    bool any = xd_row_worst(row, &worst);
    const struct xd_db_value values[] = {number(id),
                                         text(row->name),
                                         text(row->rules),
                                         text(row->fingerprint),
                                         text(xd_row_status_name(row->status)),
                                         text(row->reason),
                                         real(row->seconds),
                                         real(row->peak_mib),
                                         text(row->condition),
                                         text(any ? xd_severity_name(worst) : NULL),
                                         moment(row->last_seen, seen),
                                         text(row->report),
                                         number((int64_t)row->left_out)};

    return db->insert(db, XD_DB_CASES, values, err);
}

static enum xd_rc put_inputs_and_nodes(struct xd_db *db, const struct xd_row *row,
                                       int64_t id, struct xd_err *err)
{
    enum xd_rc rc = XD_OK;

    for (size_t i = 0; rc == XD_OK && i < row->n_inputs; i++) {
        const struct xd_row_input *in = &row->inputs[i];
        char modified[XD_TIME_TEXT];
        const struct xd_db_value values[] = {number(id),
                                             number((int64_t)i),
                                             text(in->path),
                                             number((int64_t)in->bytes),
                                             moment(in->modified, modified),
                                             text(in->sha256),
                                             text(in->problem)};

        rc = db->insert(db, XD_DB_INPUTS, values, err);
    }
    for (size_t i = 0; rc == XD_OK && i < row->n_nodes; i++) {
        const struct xd_row_node *n = &row->nodes[i];
        const struct xd_db_value values[] = {number(id),       number((int64_t)i),
                                             text(n->id),      text(n->role),
                                             text(n->version), text(n->eku_check)};

        rc = db->insert(db, XD_DB_NODES, values, err);
    }
    return rc;
}

static enum xd_rc put_findings(struct xd_db *db, const struct xd_row *row, int64_t id,
                               struct xd_err *err)
{
    enum xd_rc rc = XD_OK;

    for (size_t i = 0; rc == XD_OK && i < row->n_findings; i++) {
        const struct xd_row_finding *f = &row->findings[i];
        const struct xd_db_value values[] = {number(id),          number((int64_t)i),
                                             text(f->id),         text(f->severity),
                                             text(f->confidence), text(f->node)};

        rc = db->insert(db, XD_DB_FINDINGS, values, err);
    }
    for (size_t i = 0; rc == XD_OK && i < row->n_failures; i++) {
        const struct xd_db_value values[] = {number(id), number((int64_t)i),
                                             text(row->failures[i])};

        rc = db->insert(db, XD_DB_UNEXPLAINED, values, err);
    }
    return rc;
}

static enum xd_rc put_certs(struct xd_db *db, const struct xd_row *row, int64_t id,
                            struct xd_err *err)
{
    enum xd_rc rc = XD_OK;

    for (size_t i = 0; rc == XD_OK && i < row->n_certs; i++) {
        const struct xd_row_cert *c = &row->certs[i];
        char end[XD_TIME_TEXT];
        char policy[XD_TIME_TEXT];
        const struct xd_db_value values[] = {number(id),
                                             number((int64_t)i),
                                             text(c->node),
                                             text(c->store),
                                             text(c->sha256),
                                             text(c->subject),
                                             text(c->issuer),
                                             text(c->issuer_kind),
                                             moment(c->not_after, end),
                                             number(c->client_auth),
                                             moment(c->policy_date, policy)};

        rc = db->insert(db, XD_DB_CERTIFICATES, values, err);
    }
    return rc;
}

static enum xd_rc put_row(struct xd_db *db, const struct xd_row *row, struct xd_err *err)
{
    int64_t id = case_id(row);
    enum xd_rc rc = put_case(db, row, id, err);

    if (rc == XD_OK) {
        rc = put_inputs_and_nodes(db, row, id, err);
    }
    if (rc == XD_OK) {
        rc = put_findings(db, row, id, err);
    }
    return rc == XD_OK ? put_certs(db, row, id, err) : rc;
}

static enum xd_rc put_all(struct xd_db *db, const struct xd_row *rows, size_t n,
                          struct xd_err *err)
{
    enum xd_rc rc = db->execute(
        db,
        "INSERT INTO rule_sets (rules, number) SELECT $1, coalesce(max(number), 0) + 1 "
        "FROM rule_sets WHERE true ON CONFLICT (rules) DO NOTHING",
        &rows[0].rules, 1, err);

    /* all that goes before all that comes: one COPY a table then takes the rows */
    for (size_t i = 0; rc == XD_OK && i < n; i++) {
        char id[24];
        const char *args[] = {id};

        (void)snprintf(id, sizeof(id), "%lld", (long long)case_id(&rows[i]));
        rc = db->execute(db, "DELETE FROM cases WHERE id = CAST($1 AS BIGINT)", args, 1,
                         err);
    }
    for (size_t i = 0; rc == XD_OK && i < n; i++) {
        rc = put_row(db, &rows[i], err);
    }
    return rc;
}

enum xd_rc xd_db_put(struct xd_db *db, const struct xd_row *rows, size_t n,
                     struct xd_err *err)
{
    if (n == 0) {
        return XD_OK;
    }
    enum xd_rc rc = db->begin(db, err);

    if (rc == XD_OK) {
        rc = put_all(db, rows, n, err);
    }
    if (rc == XD_OK) {
        rc = db->commit(db, err);
    }
    if (rc != XD_OK) {
        db->rollback(db);
    }
    return rc;
}

/* ---- what is there ---- */

struct knowing {
    void (*each)(void *arg, const struct xd_row *row);
    void *arg;
    const char *rules;
};

static void tell_known(void *arg, const char *const *values)
{
    const struct knowing *k = arg;
    struct xd_row_finding worst = {.severity = values[4]};
    struct xd_row row = {.name = values[0],
                         .rules = values[1],
                         .fingerprint = values[2],
                         .status = XD_ROW_FAILED,
                         .report = values[5],
                         .findings = &worst,
                         .n_findings = values[4] != NULL};

    for (int i = 0; i < (int)XD_ROW_COUNT; i++) {
        if (strcmp(values[3], xd_row_status_name((enum xd_row_status)i)) == 0) {
            row.status = (enum xd_row_status)i;
        }
    }
    if (strcmp(row.rules, k->rules) == 0) {
        k->each(k->arg, &row);
    }
}

enum xd_rc xd_db_known(struct xd_db *db, const char *rules,
                       void (*each)(void *arg, const struct xd_row *row), void *arg,
                       struct xd_err *err)
{
    struct knowing k = {each, arg, rules};

    return db->query(db,
                     "SELECT name, rules, fingerprint, status, worst, report FROM cases",
                     tell_known, &k, err);
}
