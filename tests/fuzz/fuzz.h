/*
 * fuzz.h - what the fuzz targets share.
 *
 * Each fuzz_NAME.c holds one LLVMFuzzerTestOneInput.  With EXPDIAG_FUZZ it is linked with
 * libFuzzer; otherwise with replay.c, which feeds it the files that ctest names.
 * A target ends the process (abort) where a promise is broken that no sanitizer sees.
 */
#ifndef XD_FUZZ_H
#define XD_FUZZ_H

#include "expdiag/case.h"
#include "expdiag/x509.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* abort() with words unless ok. */
void xd_fuzz_require(bool ok, const char *what);

/* A heap block of exactly these bytes, so that one byte too far is seen; free(). */
uint8_t *xd_fuzz_exact(struct xd_slice bytes);

/* Hand the bytes to take in blocks: sizes follow from how (0: all at once). */
void xd_fuzz_blocks(struct xd_slice bytes, unsigned how,
                    void (*take)(void *arg, struct xd_slice block), void *arg);

/* The bytes as a file without a name, at its start. */
int xd_fuzz_file(struct xd_slice bytes);

/* A case into every report, each of which is checked (reports.c). */
struct xd_report_options;
void xd_fuzz_write_reports(const struct xd_case *cs,
                           const struct xd_report_options *options);

/* Promises of any output: to a terminal, and to a program. */
void xd_fuzz_check_text(struct xd_slice text);
void xd_fuzz_check_json(struct xd_slice json);

/* What was written to the file, checked, and the file closed. */
void xd_fuzz_check_file(int fd, void (*check)(struct xd_slice));

/*
 * Files of two nodes, as a folder each (given.c): a byte that names the file, three of
 * length, the bytes.  A key log and names of the input's own are told by bytes of theirs.
 * The files end with xd_fuzz_given_done.
 */
struct xd_bundle_input;
struct xd_bundle_input *xd_fuzz_given(struct xd_cur *c, struct xd_slice *keylog);
void xd_fuzz_given_done(void);

/* All inputs through the pipeline and into every report, each of which is checked. */
void xd_fuzz_reports(struct xd_bundle_input *inputs, size_t n, struct xd_slice keylog);

/* An HTML report is well formed (page.c). */
void xd_fuzz_check_page(struct xd_slice bytes);

/* The roots built in, read once a process. */
struct xd_roots *xd_fuzz_roots(void);

/*
 * What a case holds, as a number: two ways of reading the same bytes must come to the
 * same.
 */
uint64_t xd_fuzz_sum(const struct xd_case *cs);

#endif
