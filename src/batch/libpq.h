/*
 * libpq.h - PostgreSQL's library, loaded where a database of its is named.
 *
 * It brings Kerberos, LDAP and TLS along: some 25 libraries that every start of the program
 * and every fork of a worker would pay for, and a package that few need.
 */
#ifndef EXPDIAG_LIBPQ_H
#define EXPDIAG_LIBPQ_H

#include "expdiag/base.h"

#include <libpq-fe.h>

/* What is called of it, each under its own name and with its own type. */
struct xd_libpq {
    __typeof__(PQclear) *clear;
    __typeof__(PQconnectdb) *connectdb;
    __typeof__(PQdb) *db;
    __typeof__(PQerrorMessage) *error_message;
    __typeof__(PQexec) *exec;
    __typeof__(PQexecParams) *exec_params;
    __typeof__(PQfinish) *finish;
    __typeof__(PQgetResult) *get_result;
    __typeof__(PQgetisnull) *getisnull;
    __typeof__(PQgetvalue) *getvalue;
    __typeof__(PQhost) *host;
    __typeof__(PQnfields) *nfields;
    __typeof__(PQputCopyData) *put_copy_data;
    __typeof__(PQputCopyEnd) *put_copy_end;
    __typeof__(PQresultStatus) *result_status;
    __typeof__(PQsendQuery) *send_query;
    __typeof__(PQsetClientEncoding) *set_client_encoding;
    __typeof__(PQsetNoticeProcessor) *set_notice_processor;
    __typeof__(PQsetSingleRowMode) *set_single_row_mode;
    __typeof__(PQstatus) *status;
};

/*
 * Fill *out; the library stays until the program ends.  XD_BAD: it is not installed, or is
 * no libpq; *err names the package that brings it.
 */
XD_MUST_USE enum xd_rc xd_libpq_load(struct xd_libpq *out, struct xd_err *err);

#endif
