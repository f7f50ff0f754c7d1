/*
 * fx_bundle.c - a node's diagnostic archive, with the names that the appliance uses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fx_node.h"

struct pack {
    struct xd_fx_archive *archive;
    char stamp[160]; /* "<host>_2026-03-29_07_12_11" */
};

static void add_file(struct pack *p, const char *prefix, const char *suffix,
                     struct xd_fx_bytes *bytes)
{
    char name[260];

    (void)snprintf(name, sizeof name, "%s_%s.%s", prefix, p->stamp, suffix);
    xd_fx_archive_add(p->archive, name, bytes);
    xd_fx_free(bytes);
}

static void add_pem(struct pack *p, const char *prefix, const char *names)
{
    struct xd_fx_bytes out = {0};

    if (names != NULL) {
        xd_fx_pem(&out, names);
        add_file(p, prefix, "pem", &out);
    }
}

/* As a fault of the disk leaves it: the frame's length cannot be. */
static void spoil_frame(struct xd_fx_bytes *file, size_t frame)
{
    enum { FILE_HEAD = 24, RECORD_HEAD = 16, LENGTH = 8 };
    size_t at = FILE_HEAD;

    for (size_t i = 1; i < frame && at + RECORD_HEAD < file->len; i++) {
        const uint8_t *p = file->p + at + LENGTH;
        at += RECORD_HEAD + ((size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16);
    }
    if (at + RECORD_HEAD >= file->len) {
        xd_fx_die("no frame %zu", frame);
    }
    for (size_t i = 0; i < 4; i++) {
        file->p[at + LENGTH + i] = 0xf0;
    }
}

/* A ring of files is cut at even counts of frames. */
static void add_ring(struct pack *p, const struct xd_fx_node *n, struct xd_fx_capture *c,
                     unsigned lan)
{
    size_t files = n->ring_files > 1 ? n->ring_files : 1;

    xd_fx_capture_sort(c);
    for (size_t i = 0; i < files; i++) {
        struct xd_fx_bytes out = {0};
        char prefix[64];

        (void)snprintf(prefix, sizeof prefix, "eth%u_diagnostic_logging_tcpdump%02zu", lan,
                       i);
        xd_fx_capture_write(c, c->n * i / files, c->n * (i + 1) / files, n->pcapng, &out);
        if (n->spoilt_frame > 0) {
            spoil_frame(&out, n->spoilt_frame);
        }
        add_file(p, prefix, "pcap", &out);
    }
}

static void add_captures(struct pack *p, struct xd_fx_node *n)
{
    if (n->no_capture) {
        return;
    }
    add_ring(p, n, &n->capture, 0);
    if (n->ip2 != NULL) {
        add_ring(p, n, &n->capture2, 1);
    }
}

static void add_dumps(struct pack *p, const struct xd_fx_node *n)
{
    struct xd_fx_rows settings = xd_fx_settings(n);
    struct xd_fx_rows status = xd_fx_status(n);
    struct xd_fx_bytes out = {0};

    xd_fx_xconf_text(&settings, &out);
    add_file(p, "xconf_dump", "txt", &out);
    xd_fx_dump_xml(&settings, "Configuration", &out);
    add_file(p, "xconf_dump", "xml", &out);
    xd_fx_xstat_text(&status, &out);
    add_file(p, "xstat_dump", "txt", &out);
    xd_fx_dump_xml(&status, "Status", &out);
    add_file(p, "xstat_dump", "xml", &out);
    xd_fx_rows_free(&settings);
    xd_fx_rows_free(&status);
}

void xd_fx_bundle(struct xd_fx_node *n, const char *folder)
{
    struct tm tm = xd_fx_parts(n->stop);
    struct pack p = {0};
    struct xd_fx_bytes log = {0};
    char clock[40];
    char path[512];

    (void)strftime(clock, sizeof clock, "%Y-%m-%d_%H_%M_%S", &tm);
    (void)snprintf(p.stamp, sizeof p.stamp, "%s_%s", n->host, clock);
    (void)snprintf(path, sizeof path, "%s/diagnostic_log_%s.tar.gz", folder, p.stamp);
    p.archive = xd_fx_archive_new(path, n->stop);
    xd_fx_log_write(n, &log);
    if (!n->log_only) {
        add_pem(&p, "ca", n->ca);
        add_pem(&p, "client", n->client);
        add_captures(&p, n);
    }
    add_file(&p, "loggingsnapshot", "txt", &log);
    if (!n->log_only) {
        add_pem(&p, "server", n->server);
        add_dumps(&p, n);
    }
    xd_fx_archive_end(p.archive);
}
