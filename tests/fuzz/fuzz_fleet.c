/*
 * fuzz_fleet.c - rows of many cases to the fleet's page in every form: a byte, then a file
 * of rows, or values as a database may hold them (a table, then a column each: 0 for NULL,
 * or a length before the text).
 */
#include "fuzz.h"

#include "expdiag/fleet.h"
#include "expdiag/report.h"

#include "db.h"

#include <stdio.h>
#include <unistd.h>

static const xd_time at = 1774000000 * XD_SECOND;

/* Names of files of this process; they go when it ends. */
static char rows_path[64];
static char db_path[64];

static void remove_files(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        char path[80];

        (void)snprintf(path, sizeof(path), "%s%s", db_path, ends[i]);
        (void)unlink(path);
    }
    (void)unlink(rows_path);
}

static void check_fleet(const char *source)
{
    struct xd_report_options options = {.generated_at = XD_TIME_NONE, .width = 100};
    struct xd_fleet f;
    struct xd_err err = {0};

    if (xd_fleet_read(&f, source, at, &err) != XD_OK) {
        xd_fuzz_require(err.text[0] != '\0', "a refusal has a reason");
        xd_fleet_done(&f);
        return;
    }
    f.source = "rows"; /* not this process' name for them */
    int fd = xd_fuzz_file((struct xd_slice){NULL, 0});

    xd_fuzz_require(xd_report_fleet_text(&f, &options, fd, &err) == XD_OK, "text");
    xd_fuzz_check_file(fd, xd_fuzz_check_text);
    fd = xd_fuzz_file((struct xd_slice){NULL, 0});
    xd_fuzz_require(xd_report_fleet_json(&f, fd, &err) == XD_OK, "JSON");
    xd_fuzz_check_file(fd, xd_fuzz_check_json);
    fd = xd_fuzz_file((struct xd_slice){NULL, 0});
    xd_fuzz_require(xd_report_fleet_html(&f, fd, &err) == XD_OK, "HTML");
    xd_fuzz_check_file(fd, xd_fuzz_check_page);
    xd_fleet_done(&f);
}

static void check_rows(struct xd_slice rows)
{
    FILE *f = fopen(rows_path, "we");

    xd_fuzz_require(f != NULL && fwrite(rows.p, 1, rows.len, f) == rows.len &&
                        fclose(f) == 0,
                    "a file of rows is written");
    check_fleet(rows_path);
}

/* A row of a table as anybody may have put it there; keys that are there twice stay out. */
static void insert_row(struct xd_db *db, struct xd_arena *a, struct xd_cur *c)
{
    enum xd_db_table_id id = xd_cur_u8(c) % XD_DB_TABLES;
    struct xd_db_value values[XD_DB_COLUMNS] = {{.kind = XD_DB_NUMBER}};
    struct xd_err ignored = {0};

    for (size_t i = 0; i < xd_db_table(id)->n_columns; i++) {
        size_t said = xd_cur_u8(c);
        size_t left = xd_cur_left(c);
        struct xd_slice text = xd_cur_take(c, said < left ? said : left);

        values[i] = (struct xd_db_value){
            .kind = XD_DB_TEXT,
            .text = said == 0 ? NULL : xd_arena_text(a, (const char *)text.p, text.len)};
    }
    values[0] = (struct xd_db_value){.kind = XD_DB_NUMBER, .number = xd_cur_u8(c) % 4};
    (void)db->insert(db, id, values, &ignored);
}

static void check_database(struct xd_cur *c)
{
    static struct xd_db *db;
    struct xd_arena *a = xd_arena_new();
    struct xd_err err = {0};
    static const char *const again[] = {
        "DELETE FROM cases", "DELETE FROM rule_sets",
        "INSERT INTO rule_sets (rules, number) VALUES ('a', 1), ('b', 2)"};

    if (db == NULL) {
        xd_fuzz_require(
            xd_db_open(xd_arena_printf(a, "sqlite:%s", db_path), true, &db, &err) == XD_OK,
            "a database is made");
    }
    xd_fuzz_require(db->begin(db, &err) == XD_OK, "a transaction");
    for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++) {
        xd_fuzz_require(db->execute(db, again[i], NULL, 0, &err) == XD_OK, "a statement");
    }
    while (xd_cur_left(c) > 0) {
        insert_row(db, a, c);
    }
    xd_fuzz_require(db->commit(db, &err) == XD_OK, "a commit");
    check_fleet(xd_arena_printf(a, "sqlite:%s", db_path));
    xd_arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xd_cur c = xd_cur_init((struct xd_slice){data, size});

    if (rows_path[0] == '\0') {
        (void)snprintf(rows_path, sizeof(rows_path), "/dev/shm/fuzz-%d.ndjson", getpid());
        (void)snprintf(db_path, sizeof(db_path), "/dev/shm/fuzz-%d.db", getpid());
        (void)atexit(remove_files);
    }
    if (xd_cur_u8(&c) % 2 == 1) {
        check_database(&c);
    } else if (!c.bad) {
        check_rows((struct xd_slice){data + 1, size - 1});
    }
    return 0;
}
