/*
 * postgres.c - the result database of a team.
 *
 * Rows of a group are gathered as COPY lines, a buffer a table, and sent before the
 * commit: one round trip a table.
 */
#include "db.h"

#include "hook.h"
#include "libpq.h"

#include "expdiag/alloc.h"
#include "expdiag/text.h"

#include <stdio.h>
#include <string.h>

enum { MOST_ARGUMENTS = 4, MOST_COLUMNS = 32 };

struct pg {
    struct xd_db db; /* first: a struct pg is its xd_db */
    struct xd_libpq pq;
    PGconn *connection;
    struct xd_buf copies[XD_DB_TABLES];
    char what[256];
};

static struct pg *of(struct xd_db *db)
{
    return (struct pg *)db;
}

/* libpq's words end in a line feed and may have several. */
static enum xd_rc fail(const struct pg *p, struct xd_err *err)
{
    const char *words = p->pq.error_message(p->connection);

    return xd_err_set(err, XD_FAIL, 0, "%s: %.*s", p->what, (int)strcspn(words, "\n"),
                      words);
}

static enum xd_rc finish(const struct pg *p, PGresult *result, ExecStatusType wanted,
                         struct xd_err *err)
{
    enum xd_rc rc = p->pq.result_status(result) == wanted ? XD_OK : fail(p, err);

    p->pq.clear(result);
    return rc;
}

static enum xd_rc execute(struct xd_db *db, const char *sql, const char *const *args,
                          size_t n_args, struct xd_err *err)
{
    struct pg *p = of(db);

    return finish(
        p, p->pq.exec_params(p->connection, sql, (int)n_args, NULL, args, NULL, NULL, 0),
        PGRES_COMMAND_OK, err);
}

static enum xd_rc begin(struct xd_db *db, struct xd_err *err)
{
    return execute(db, "BEGIN", NULL, 0, err);
}

/* ---- COPY ---- */

/* Text format: backslash and what separates are escaped. */
static void add_text(struct xd_buf *b, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '\\':
            xd_buf_puts(b, "\\\\");
            break;
        case '\n':
            xd_buf_puts(b, "\\n");
            break;
        case '\r':
            xd_buf_puts(b, "\\r");
            break;
        case '\t':
            xd_buf_puts(b, "\\t");
            break;
        default:
            xd_buf_add(b, text, 1);
        }
    }
}

static void add_value(struct xd_buf *b, const struct xd_db_value *v)
{
    switch (v->kind) {
    case XD_DB_TEXT:
        if (v->text == NULL) {
            xd_buf_puts(b, "\\N");
        } else {
            add_text(b, v->text);
        }
        break;
    case XD_DB_NUMBER:
        xd_buf_printf(b, "%lld", (long long)v->number);
        break;
    case XD_DB_REAL:
        xd_buf_printf(b, "%.6g", v->real);
        break;
    }
}

static enum xd_rc insert(struct xd_db *db, enum xd_db_table_id table,
                         const struct xd_db_value *values, struct xd_err *err)
{
    struct xd_buf *b = &of(db)->copies[table];

    (void)err;
    for (size_t i = 0; i < xd_db_table(table)->n_columns; i++) {
        if (i > 0) {
            xd_buf_puts(b, "\t");
        }
        add_value(b, &values[i]);
    }
    xd_buf_puts(b, "\n");
    return XD_OK;
}

static enum xd_rc copy_table(struct pg *p, enum xd_db_table_id id, struct xd_err *err)
{
    const struct xd_db_table *t = xd_db_table(id);
    struct xd_buf *b = &p->copies[id];
    char sql[512];

    if (b->len == 0) {
        return XD_OK;
    }
    (void)snprintf(sql, sizeof(sql), "COPY %s (%s) FROM STDIN", t->name, t->columns);
    enum xd_rc rc = finish(p, p->pq.exec(p->connection, sql), PGRES_COPY_IN, err);

    for (size_t at = 0; rc == XD_OK && at < b->len;) {
        size_t step = b->len - at < 1 << 20 ? b->len - at : 1 << 20;

        rc = p->pq.put_copy_data(p->connection, (const char *)b->bytes + at, (int)step) == 1
                 ? XD_OK
                 : fail(p, err);
        at += step;
    }
    if (rc == XD_OK && p->pq.put_copy_end(p->connection, NULL) != 1) {
        rc = fail(p, err);
    }
    for (PGresult *r = p->pq.get_result(p->connection); r != NULL;
         r = p->pq.get_result(p->connection)) {
        if (finish(p, r, PGRES_COMMAND_OK, err) != XD_OK) {
            rc = XD_FAIL;
        }
    }
    xd_buf_clear(b);
    return rc;
}

static enum xd_rc commit(struct xd_db *db, struct xd_err *err)
{
    struct pg *p = of(db);
    enum xd_rc rc = XD_OK;

    for (int i = 0; rc == XD_OK && i < (int)XD_DB_TABLES; i++) {
        rc = copy_table(p, (enum xd_db_table_id)i, err);
    }
    xd_hook_step();
    if (rc == XD_OK) {
        rc = execute(db, "COMMIT", NULL, 0, err);
    }
    xd_hook_step();
    return rc;
}

static void rollback(struct xd_db *db)
{
    struct xd_err ignored = {0};

    for (int i = 0; i < (int)XD_DB_TABLES; i++) {
        xd_buf_clear(&of(db)->copies[i]);
    }
    (void)execute(db, "ROLLBACK", NULL, 0, &ignored);
}

/* ---- reading ---- */

static void tell_row(const struct pg *p, const PGresult *r,
                     void (*each)(void *arg, const char *const *values), void *arg)
{
    const char *values[MOST_COLUMNS] = {NULL};

    for (int i = 0; i < p->pq.nfields(r) && i < MOST_COLUMNS; i++) {
        values[i] = p->pq.getisnull(r, 0, i) ? NULL : p->pq.getvalue(r, 0, i);
    }
    each(arg, values);
}

/* Row by row: an archive's findings need not fit into memory. */
static enum xd_rc query(struct xd_db *db, const char *sql,
                        void (*each)(void *arg, const char *const *values), void *arg,
                        struct xd_err *err)
{
    struct pg *p = of(db);
    enum xd_rc rc = XD_OK;

    if (p->pq.send_query(p->connection, sql) != 1 ||
        p->pq.set_single_row_mode(p->connection) != 1) {
        return fail(p, err);
    }
    for (PGresult *r = p->pq.get_result(p->connection); r != NULL;
         r = p->pq.get_result(p->connection)) {
        if (p->pq.result_status(r) == PGRES_SINGLE_TUPLE) {
            tell_row(p, r, each, arg);
        } else if (p->pq.result_status(r) != PGRES_TUPLES_OK) {
            rc = fail(p, err);
        }
        p->pq.clear(r);
    }
    return rc;
}

/* ---- opening ---- */

static void close_all(struct xd_db *db)
{
    struct pg *p = of(db);

    p->pq.finish(p->connection);
    for (int i = 0; i < (int)XD_DB_TABLES; i++) {
        xd_buf_done(&p->copies[i]);
    }
    xd_free(p);
}

static void ignore_notice(void *arg, const char *words)
{
    (void)arg;
    (void)words; /* "relation exists already, skipping" */
}

/* The URI may hold a password: messages name host and database alone. */
static void name_database(struct pg *p)
{
    const char *host = p->pq.host(p->connection);
    const char *name = p->pq.db(p->connection);

    (void)snprintf(p->what, sizeof(p->what), "postgresql://%s/%s", host == NULL ? "" : host,
                   name == NULL ? "" : name);
}

/* One run makes the tables at a time: CREATE IF NOT EXISTS races with itself. */
static enum xd_rc begin_alone(struct xd_db *db, struct xd_err *err)
{
    struct pg *p = of(db);
    enum xd_rc rc = execute(db, "BEGIN", NULL, 0, err);

    p->db.begin = begin;
    return rc == XD_OK ? finish(p,
                                p->pq.exec(p->connection,
                                           "SELECT pg_advisory_xact_lock(7265846301)"),
                                PGRES_TUPLES_OK, err)
                       : rc;
}

enum xd_rc xd_postgres_open(const char *uri, struct xd_db **out, struct xd_err *err)
{
    struct pg *p = xd_alloc(sizeof(*p));

    p->db = (struct xd_db){.what = p->what,
                           .begin = begin_alone,
                           .execute = execute,
                           .insert = insert,
                           .commit = commit,
                           .rollback = rollback,
                           .query = query,
                           .close = close_all};
    for (int i = 0; i < (int)XD_DB_TABLES; i++) {
        p->copies[i].max = SIZE_MAX / 2;
    }
    if (xd_libpq_load(&p->pq, err) != XD_OK) {
        xd_free(p);
        return XD_BAD;
    }
    p->connection = p->pq.connectdb(uri);
    name_database(p);
    if (p->pq.status(p->connection) != CONNECTION_OK) {
        (void)fail(p, err);
        close_all(&p->db);
        return XD_BAD;
    }
    (void)p->pq.set_notice_processor(p->connection, ignore_notice, NULL);
    (void)p->pq.set_client_encoding(p->connection, "UTF8");
    *out = &p->db;
    return XD_OK;
}
