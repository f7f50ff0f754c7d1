/*
 * libpq.c - where libpq's functions are.
 */
#include "libpq.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    size_t place; /* in struct xd_libpq */
} functions[] = {
    {"PQclear", offsetof(struct xd_libpq, clear)},
    {"PQconnectdb", offsetof(struct xd_libpq, connectdb)},
    {"PQdb", offsetof(struct xd_libpq, db)},
    {"PQerrorMessage", offsetof(struct xd_libpq, error_message)},
    {"PQexec", offsetof(struct xd_libpq, exec)},
    {"PQexecParams", offsetof(struct xd_libpq, exec_params)},
    {"PQfinish", offsetof(struct xd_libpq, finish)},
    {"PQgetResult", offsetof(struct xd_libpq, get_result)},
    {"PQgetisnull", offsetof(struct xd_libpq, getisnull)},
    {"PQgetvalue", offsetof(struct xd_libpq, getvalue)},
    {"PQhost", offsetof(struct xd_libpq, host)},
    {"PQnfields", offsetof(struct xd_libpq, nfields)},
    {"PQputCopyData", offsetof(struct xd_libpq, put_copy_data)},
    {"PQputCopyEnd", offsetof(struct xd_libpq, put_copy_end)},
    {"PQresultStatus", offsetof(struct xd_libpq, result_status)},
    {"PQsendQuery", offsetof(struct xd_libpq, send_query)},
    {"PQsetClientEncoding", offsetof(struct xd_libpq, set_client_encoding)},
    {"PQsetNoticeProcessor", offsetof(struct xd_libpq, set_notice_processor)},
    {"PQsetSingleRowMode", offsetof(struct xd_libpq, set_single_row_mode)},
    {"PQstatus", offsetof(struct xd_libpq, status)},
};

enum { N_FUNCTIONS = sizeof(functions) / sizeof(functions[0]) };

_Static_assert(sizeof(struct xd_libpq) == N_FUNCTIONS * sizeof(void *),
               "each function of the table has its name here");

enum xd_rc xd_libpq_load(struct xd_libpq *out, struct xd_err *err)
{
    static const char file[] = "libpq.so.5";
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);

    if (library == NULL) {
        return xd_err_set(
            err, XD_BAD, 0,
            "postgresql:// needs %s, which cannot be loaded (Debian's package "
            "libpq5 has it): %s",
            file, dlerror());
    }
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        void *function = dlsym(library, functions[i].name);

        if (function == NULL) {
            return xd_err_set(err, XD_BAD, 0, "%s has no %s: it is no libpq", file,
                              functions[i].name);
        }
        /* POSIX has both in one form; ISO C knows no conversion (dlsym(3)) */
        memcpy((char *)out + functions[i].place, &function, sizeof(function));
    }
    return XD_OK;
}
