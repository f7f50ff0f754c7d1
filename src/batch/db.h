/*
 * db.h - the result database: SQLite for one, PostgreSQL for a team, one schema.
 *
 * A row is keyed by its case and the rule set that judged it: a rerun replaces it.
 */
#ifndef EXPDIAG_DB_H
#define EXPDIAG_DB_H

#include "row.h"

struct xd_db;

/* A value of a column; text NULL with kind TEXT is SQL's NULL. */
enum xd_db_kind { XD_DB_TEXT, XD_DB_NUMBER, XD_DB_REAL };
struct xd_db_value {
    enum xd_db_kind kind;
    const char *text;
    int64_t number;
    double real;
};

enum { XD_DB_COLUMNS = 14 };

/* One table, in the order of creation: cases come first. */
struct xd_db_table {
    const char *name;
    const char *create;
    const char *columns; /* "a, b, c" */
    size_t n_columns;
};

enum xd_db_table_id {
    XD_DB_CASES,
    XD_DB_INPUTS,
    XD_DB_NODES,
    XD_DB_FINDINGS,
    XD_DB_CERTIFICATES,
    XD_DB_UNEXPLAINED,
    XD_DB_TABLES,
};

const struct xd_db_table *xd_db_table(enum xd_db_table_id id);

/* Statements behind the tables': rule sets, view, indexes; NULL ends them. */
const char *xd_db_statement(size_t i);

/* What a backend does; each fails with words. */
struct xd_db {
    const char *what; /* for messages: the URI without a password */
    enum xd_rc (*begin)(struct xd_db *db, struct xd_err *err);
    /* Statement with text parameters ($1, $2: both SQLs know them). */
    enum xd_rc (*execute)(struct xd_db *db, const char *sql, const char *const *args,
                          size_t n_args, struct xd_err *err);
    enum xd_rc (*insert)(struct xd_db *db, enum xd_db_table_id table,
                         const struct xd_db_value *values, struct xd_err *err);
    enum xd_rc (*commit)(struct xd_db *db, struct xd_err *err);
    void (*rollback)(struct xd_db *db);
    /* each gets the columns of a result row as texts, NULL for NULL. */
    enum xd_rc (*query)(struct xd_db *db, const char *sql,
                        void (*each)(void *arg, const char *const *values), void *arg,
                        struct xd_err *err);
    void (*close)(struct xd_db *db);
};

/*
 * "sqlite:FILE" or "postgresql://...".  create: make it, and its tables, where they are
 * missing; else it must be there.  XD_BAD: the URI is neither, or the schema is another.
 */
XD_MUST_USE enum xd_rc xd_db_open(const char *uri, bool create, struct xd_db **out,
                                  struct xd_err *err);
void xd_db_close(struct xd_db *db);

/* The URI as it may be shown. */
const char *xd_db_without_password(struct xd_arena *a, const char *uri);

/* Put rows, each in place of its former self, all or none. */
XD_MUST_USE enum xd_rc xd_db_put(struct xd_db *db, const struct xd_row *rows, size_t n,
                                 struct xd_err *err);

/* What a run must know of rows of this rule set that are there; only these fields. */
XD_MUST_USE enum xd_rc xd_db_known(struct xd_db *db, const char *rules,
                                   void (*each)(void *arg, const struct xd_row *row),
                                   void *arg, struct xd_err *err);

/* ---- the backends ---- */

XD_MUST_USE enum xd_rc xd_sqlite_open(const char *path, bool create, struct xd_db **out,
                                      struct xd_err *err);
XD_MUST_USE enum xd_rc xd_postgres_open(const char *uri, struct xd_db **out,
                                        struct xd_err *err);

#endif
