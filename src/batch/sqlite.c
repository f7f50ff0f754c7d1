/*
 * sqlite.c - the result database as one file.
 *
 * WAL, so that readers and the writer do not wait for each other; a commit is on the disk
 * when it returns (synchronous FULL).
 */
#include "db.h"

#include "hook.h"

#include "expdiag/alloc.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { BUSY_MS = 60000, MOST_COLUMNS = 32 };

struct lite {
    struct xd_db db; /* first: a struct lite is its xd_db */
    sqlite3 *handle;
    sqlite3_stmt *inserts[XD_DB_TABLES];
    char *path;
};

static struct lite *of(struct xd_db *db)
{
    return (struct lite *)db;
}

static enum xd_rc fail(struct lite *l, struct xd_err *err)
{
    if (sqlite3_errcode(l->handle) == SQLITE_BUSY) {
        return xd_err_set(
            err, XD_FAIL, 0,
            "%s: has been locked for %d s; another run writes to it: wait for "
            "that, or give each run a file of its own",
            l->path, BUSY_MS / 1000);
    }
    return xd_err_set(err, XD_FAIL, 0, "%s: %s", l->path, sqlite3_errmsg(l->handle));
}

static enum xd_rc run(struct lite *l, const char *sql, struct xd_err *err)
{
    return sqlite3_exec(l->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? XD_OK
                                                                       : fail(l, err);
}

static enum xd_rc begin(struct xd_db *db, struct xd_err *err)
{
    return run(of(db), "BEGIN IMMEDIATE", err);
}

static enum xd_rc commit(struct xd_db *db, struct xd_err *err)
{
    xd_hook_step();
    enum xd_rc rc = run(of(db), "COMMIT", err);

    xd_hook_step();
    return rc;
}

static void rollback(struct xd_db *db)
{
    struct xd_err ignored = {0};

    if (sqlite3_get_autocommit(of(db)->handle) == 0) {
        (void)run(of(db), "ROLLBACK", &ignored);
    }
}

static enum xd_rc execute(struct xd_db *db, const char *sql, const char *const *args,
                          size_t n_args, struct xd_err *err)
{
    struct lite *l = of(db);
    sqlite3_stmt *s = NULL;
    enum xd_rc rc = XD_OK;

    if (sqlite3_prepare_v2(l->handle, sql, -1, &s, NULL) != SQLITE_OK) {
        return fail(l, err);
    }
    for (size_t i = 0; i < n_args && rc == XD_OK; i++) {
        if (sqlite3_bind_text(s, (int)i + 1, args[i], -1, SQLITE_TRANSIENT) != SQLITE_OK) {
            rc = fail(l, err);
        }
    }
    if (rc == XD_OK && sqlite3_step(s) != SQLITE_DONE) {
        rc = fail(l, err);
    }
    (void)sqlite3_finalize(s);
    return rc;
}

static sqlite3_stmt *prepare_insert(struct lite *l, enum xd_db_table_id id)
{
    const struct xd_db_table *t = xd_db_table(id);

    if (l->inserts[id] == NULL) {
        struct xd_buf b = {.max = 4096};

        xd_buf_printf(&b, "INSERT INTO %s (%s) VALUES (", t->name, t->columns);
        for (size_t i = 0; i < t->n_columns; i++) {
            xd_buf_puts(&b, i == 0 ? "?" : ", ?");
        }
        xd_buf_puts(&b, ")");
        (void)sqlite3_prepare_v2(l->handle, xd_buf_text(&b), -1, &l->inserts[id], NULL);
        xd_buf_done(&b);
    }
    return l->inserts[id];
}

/* Without memory for a copy of a text it would be NULL. */
static bool bind(sqlite3_stmt *s, int at, const struct xd_db_value *v)
{
    switch (v->kind) {
    case XD_DB_TEXT:
        return (v->text == NULL
                    ? sqlite3_bind_null(s, at)
                    : sqlite3_bind_text(s, at, v->text, -1, SQLITE_TRANSIENT)) == SQLITE_OK;
    case XD_DB_NUMBER:
        return sqlite3_bind_int64(s, at, v->number) == SQLITE_OK;
    case XD_DB_REAL:
        return sqlite3_bind_double(s, at, v->real) == SQLITE_OK;
    }
    return false;
}

static enum xd_rc insert(struct xd_db *db, enum xd_db_table_id table,
                         const struct xd_db_value *values, struct xd_err *err)
{
    struct lite *l = of(db);
    sqlite3_stmt *s = prepare_insert(l, table);

    if (s == NULL) {
        return fail(l, err);
    }
    bool bound = true;

    for (size_t i = 0; i < xd_db_table(table)->n_columns && bound; i++) {
        bound = bind(s, (int)i + 1, &values[i]);
    }
    enum xd_rc rc = bound && sqlite3_step(s) == SQLITE_DONE ? XD_OK : fail(l, err);

    (void)sqlite3_reset(s);
    return rc;
}

static enum xd_rc query(struct xd_db *db, const char *sql,
                        void (*each)(void *arg, const char *const *values), void *arg,
                        struct xd_err *err)
{
    struct lite *l = of(db);
    sqlite3_stmt *s = NULL;

    if (sqlite3_prepare_v2(l->handle, sql, -1, &s, NULL) != SQLITE_OK) {
        return fail(l, err);
    }
    int rc = sqlite3_step(s);

    for (; rc == SQLITE_ROW; rc = sqlite3_step(s)) {
        const char *values[MOST_COLUMNS] = {NULL};

        for (int i = 0; i < sqlite3_column_count(s) && i < MOST_COLUMNS; i++) {
            values[i] = (const char *)sqlite3_column_text(s, i);
        }
        if (sqlite3_errcode(l->handle) == SQLITE_NOMEM) { /* a text that is NULL for it */
            rc = SQLITE_NOMEM;
            break;
        }
        each(arg, values);
    }
    enum xd_rc end = rc == SQLITE_DONE ? XD_OK : fail(l, err);

    (void)sqlite3_finalize(s);
    return end;
}

static void close_all(struct xd_db *db)
{
    struct lite *l = of(db);

    for (size_t i = 0; i < XD_DB_TABLES; i++) {
        (void)sqlite3_finalize(l->inserts[i]);
    }
    (void)sqlite3_close(l->handle);
    xd_free(l->path);
    xd_free(l);
}

static enum xd_rc open_file(struct lite *l, const char *name, int how, struct xd_err *err)
{
    if (sqlite3_open_v2(name, &l->handle, how, NULL) != SQLITE_OK) {
        return xd_err_set(err, XD_BAD, 0, "%s: %s", l->path,
                          l->handle == NULL ? "out of memory" : sqlite3_errmsg(l->handle));
    }
    (void)sqlite3_busy_timeout(l->handle, BUSY_MS);
    return run(l, "PRAGMA foreign_keys = ON", err);
}

/* Without a file of locks beside it, as a folder that cannot be written to needs. */
static enum xd_rc open_unlocked(struct lite *l, struct xd_err *err)
{
    struct xd_buf name = {.max = SIZE_MAX / 2};

    xd_buf_puts(&name, "file:");
    for (const char *p = l->path; *p != '\0'; p++) {
        xd_buf_printf(&name, strchr("?#%", *p) == NULL ? "%c" : "%%%02X",
                      (unsigned char)*p);
    }
    xd_buf_puts(&name, "?immutable=1");
    (void)sqlite3_close(l->handle);
    l->handle = NULL;
    enum xd_rc rc =
        open_file(l, xd_buf_text(&name), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);

    xd_buf_done(&name);
    return rc;
}

/* A writer's last rows may stand in the log beside it, which needs locks to be read. */
static bool has_log(const char *path)
{
    struct xd_buf name = {.max = SIZE_MAX / 2};
    struct stat st = {0};

    xd_buf_printf(&name, "%s-wal", path);
    bool has = stat(xd_buf_text(&name), &st) == 0 && st.st_size > 0;

    xd_buf_done(&name);
    return has;
}

/* For reading: who opens it so that it could be written leaves no log behind. */
static enum xd_rc open_old(struct lite *l, struct xd_err *err)
{
    enum xd_rc rc = open_file(l, l->path, SQLITE_OPEN_READWRITE, err);

    if (rc == XD_OK && run(l, "SELECT 1 FROM sqlite_master", err) != XD_OK) {
        rc = sqlite3_errcode(l->handle) == SQLITE_CANTOPEN && !has_log(l->path)
                 ? open_unlocked(l, err)
                 : XD_BAD;
    }
    return rc == XD_OK ? run(l, "PRAGMA query_only = ON", err) : rc;
}

static enum xd_rc open_new(struct lite *l, struct xd_err *err)
{
    enum xd_rc rc = open_file(l, l->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);

    return rc == XD_OK ? run(l, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", err)
                       : rc;
}

enum xd_rc xd_sqlite_open(const char *path, bool create, struct xd_db **out,
                          struct xd_err *err)
{
    struct lite *l = xd_alloc(sizeof(*l));

    l->path = xd_alloc(strlen(path) + 1);
    memcpy(l->path, path, strlen(path) + 1);
    l->db = (struct xd_db){.what = l->path,
                           .begin = begin,
                           .execute = execute,
                           .insert = insert,
                           .commit = commit,
                           .rollback = rollback,
                           .query = query,
                           .close = close_all};
    if ((create ? open_new(l, err) : open_old(l, err)) != XD_OK) {
        close_all(&l->db);
        return XD_BAD; /* the file is not there, or none of ours */
    }
    *out = &l->db;
    return XD_OK;
}
