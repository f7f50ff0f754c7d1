/*
 * flows_json.c - for comparisons with other decoders: every conversation of the
 * captures named, a JSON object a line.
 *
 * Usage: flows_json [-k KEYLOG] CAPTURE...   (all are one view, in the order given)
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expdiag/capture.h"
#include "expdiag/crypto.h"
#include "expdiag/text.h"

static void put_text(const char *text)
{
    if (text == NULL) {
        printf("null");
        return;
    }
    putchar('"');
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\' || *p < 0x20) {
            printf("\\u%04x", *p);
        } else {
            putchar(*p);
        }
    }
    putchar('"');
}

static void put_hex(const uint8_t *bytes, size_t len)
{
    putchar('"');
    for (size_t i = 0; i < len; i++) {
        printf("%02x", bytes[i]);
    }
    putchar('"');
}

static void put_end(const char *name, const struct xd_endpoint *e)
{
    char text[XD_ENDPOINT_TEXT];

    printf("\"%s\":\"%s\",", name, xd_endpoint_format(e, text));
}

static void put_presented(const struct xd_flow *f)
{
    printf("\"presented\":[");
    for (size_t i = 0; i < f->n_presented; i++) {
        const struct xd_presented *p = &f->presented[i];

        printf("%s{\"by\":\"%s\",\"frame\":%" PRIu64 ",\"cut\":%s,\"certificates\":[",
               i > 0 ? "," : "", xd_side_name(p->by), p->place.frame,
               p->chain_cut ? "true" : "false");
        for (size_t n = 0; n < p->n_certs; n++) {
            printf("%s", n > 0 ? "," : "");
            put_hex(p->certs[n]->sha256, 32);
        }
        printf("]}");
    }
    printf("],");
}

static void put_alerts(const struct xd_flow *f)
{
    printf("\"alerts\":[");
    for (size_t i = 0; i < f->n_alerts; i++) {
        const struct xd_alert *a = &f->alerts[i];

        printf(
            "%s{\"by\":\"%s\",\"level\":%u,\"code\":%d,\"encrypted\":%s,\"frame\":%" PRIu64
            "}",
            i > 0 ? "," : "", xd_side_name(a->by), a->level, a->code,
            a->encrypted ? "true" : "false", a->place.frame);
    }
    printf("],\"messages\":[");
    for (size_t i = 0; i < f->n_messages; i++) {
        printf("%s\"%s%s@%" PRIu64 "\"", i > 0 ? "," : "",
               f->messages[i].by == XD_CLIENT ? ">" : "<", f->messages[i].name,
               f->messages[i].place.frame);
    }
    printf("],\"ledger\":[");
    for (size_t i = 0; i < f->n_ledger; i++) {
        const struct xd_ledger_row *r = &f->ledger[i];

        printf("%s\"%s%u:%u@%" PRIu64 "\"", i > 0 ? "," : "",
               r->by == XD_CLIENT ? ">" : "<", r->type, r->length, r->place.frame);
    }
    printf("],");
}

static void put_tls(const struct xd_tls_facts *t)
{
    printf("\"tls\":{\"version\":%u,\"cipher\":%u,\"resumed\":%d,\"request\":%d,"
           "\"client_hello\":%s,\"server_hello\":%s,\"visible\":%s,\"starttls\":%s,"
           "\"keys_used\":%s,\"keys_failed\":%s,\"versions\":[",
           t->version, t->cipher, t->resumed, t->client_auth_requested,
           t->client_hello ? "true" : "false", t->server_hello ? "true" : "false",
           t->certificates_visible ? "true" : "false", t->starttls ? "true" : "false",
           t->keys_used ? "true" : "false", t->keys_failed ? "true" : "false");
    for (size_t i = 0; i < t->n_client_versions; i++) {
        printf("%s%u", i > 0 ? "," : "", t->client_versions[i]);
    }
    printf("],\"n_cas\":%zu,\"ca\":", t->n_acceptable_cas);
    put_text(t->n_acceptable_cas > 0 ? t->acceptable_cas[0] : NULL);
    printf(",\"sni\":");
    put_text(t->sni);
    printf(",\"alpn\":");
    put_text(t->alpn);
    printf("}");
}

static void put_ssh(const struct xd_ssh_facts *s)
{
    printf("\"ssh\":{\"client_banner\":");
    put_text(s->banner[XD_CLIENT]);
    printf(",\"server_banner\":");
    put_text(s->banner[XD_SERVER]);
    printf(",\"kex\":");
    put_text(s->kex);
    printf(",\"host_key_algorithm\":");
    put_text(s->host_key_algorithm);
    printf(
        ",\"disconnect\":%d,\"newkeys\":%d,\"request\":%u,\"answer\":%u,\"kexinits\":%d}",
        s->disconnect_code, s->newkeys[0] + s->newkeys[1], s->key_request_length,
        s->key_answer_length, s->has_cookie[0] + s->has_cookie[1]);
}

static void put_flow(const struct xd_flow *f)
{
    printf("{\"id\":%u,\"protocol\":\"%s\",\"first\":%" PRIu64 ",\"last\":%" PRIu64
           ",\"roles\":%s,",
           f->id, xd_protocol_name(f->protocol), f->first.frame, f->last.frame,
           f->roles_known ? "true" : "false");
    put_end("client", &f->end[XD_CLIENT]);
    put_end("server", &f->end[XD_SERVER]);
    printf("\"outcome\":\"%s\",\"failure\":\"%s\",\"phase\":\"%s\",\"failed_by\":\"%s\","
           "\"alert\":%d,\"failure_frame\":%" PRIu64 ",",
           xd_outcome_name(f->outcome), xd_failure_kind_name(f->failure.kind),
           f->failure.kind != XD_FAILURE_NONE ? xd_phase_name(f->failure.phase) : "",
           xd_by_name(f->failure.by), f->failure.alert_code, f->failure.place.frame);
    printf("\"gap\":[%d,%d],\"mid_stream\":%d,\"differs\":%d,\"payload\":[%" PRIu64
           ",%" PRIu64 "],",
           f->tcp.gap[0], f->tcp.gap[1], f->tcp.mid_stream, f->tcp.overlap_differs,
           f->tcp.payload[0], f->tcp.payload[1]);
    put_presented(f);
    put_alerts(f);
    if (f->tls != NULL) {
        put_tls(f->tls);
    } else if (f->ssh != NULL) {
        put_ssh(f->ssh);
    } else {
        printf("\"tcp\":true");
    }
    printf("}\n");
}

static bool read_capture(struct xd_capture *c, struct xd_case *cs, const char *path)
{
    enum { BLOCK = 1 << 18 };
    FILE *in = fopen(path, "rb");
    struct xd_entry *entry = xd_case_entry(cs);
    uint8_t *block = malloc(BLOCK);
    size_t n = 0;

    if (in == NULL || block == NULL) {
        perror(path);
        free(block);
        return false;
    }
    entry->name = entry->path = xd_arena_strdup(cs->arena, path);
    xd_capture_file_begin(c, entry, "one");
    while ((n = fread(block, 1, BLOCK, in)) > 0) {
        xd_capture_file_bytes(c, (struct xd_slice){block, n});
    }
    xd_capture_file_end(c, false);
    if (entry->detail != NULL) {
        fprintf(stderr, "%s: %s\n", path, entry->detail);
    }
    free(block);
    return fclose(in) == 0;
}

static struct xd_slice read_keylog(const char *path)
{
    enum { MOST = 1 << 20 };
    FILE *in = fopen(path, "rb");
    uint8_t *bytes = malloc(MOST);
    size_t n = 0;

    if (in != NULL && bytes != NULL) {
        n = fread(bytes, 1, MOST, in);
        (void)fclose(in);
    }
    return (struct xd_slice){bytes, n};
}

int main(int argc, char **argv)
{
    struct xd_capture_options options = {0};
    struct xd_err err = {0};
    struct xd_capture *c = NULL;
    int first = 1;
    int status = EXIT_SUCCESS;

    xd_crypto_init();
    struct xd_case *cs = xd_case_new();

    if (argc > 2 && strcmp(argv[1], "-k") == 0) {
        options.keylog = read_keylog(argv[2]);
        first = 3;
    }
    if (xd_capture_new(cs, &options, &c, &err) != XD_OK) {
        fprintf(stderr, "%s\n", err.text);
        return EXIT_FAILURE;
    }
    for (int i = first; i < argc; i++) {
        if (!read_capture(c, cs, argv[i])) {
            status = EXIT_FAILURE;
        }
    }
    xd_capture_finish(c);
    for (size_t i = 0; i < cs->n_flows; i++) {
        put_flow(cs->flows[i]);
    }
    free((void *)(uintptr_t)options.keylog.p);
    xd_capture_free(c);
    xd_case_free(cs);
    return status;
}
