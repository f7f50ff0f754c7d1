/*
 * given.c - files of two nodes in one fuzz input (fuzz.h), so that a mutation of one leaves
 * the others as they are.
 */
#include "fuzz.h"

#include "expdiag/bundle.h"

#include <unistd.h>

enum { MOST = 32, NAMES = 10, KEYLOG = 30, OWN_NAME = 31, MAX_NAME_BYTES = 200 };

/* In the order of the first byte: the first ten are an Expressway-C's, then an E's. */
static const char *const names[2][NAMES] = {
    {"ca_vcs8c_2026-03-29_07_05_00.pem", "client_vcs8c_2026-03-29_07_05_00.pem",
     "server_vcs8c_2026-03-29_07_05_00.pem",
     "eth0_diagnostic_logging_tcpdump00_vcs8c_2026-03-29_07_05_00.pcap",
     "loggingsnapshot_vcs8c_2026-03-29_07_05_00.txt",
     "xconf_dump_vcs8c_2026-03-29_07_05_00.txt", "xconf_dump_vcs8c_2026-03-29_07_05_00.xml",
     "xstat_dump_vcs8c_2026-03-29_07_05_00.txt", "xstat_dump_vcs8c_2026-03-29_07_05_00.xml",
     "eth0_diagnostic_logging_tcpdump01_vcs8c_2026-03-29_07_05_00.pcap"},
    {"ca_smartslave_2026-03-29_07_05_04.pem", "client_smartslave_2026-03-29_07_05_04.pem",
     "server_smartslave_2026-03-29_07_05_04.pem",
     "eth0_diagnostic_logging_tcpdump00_smartslave_2026-03-29_07_05_04.pcap",
     "loggingsnapshot_smartslave_2026-03-29_07_05_04.txt",
     "xconf_dump_smartslave_2026-03-29_07_05_04.txt",
     "xconf_dump_smartslave_2026-03-29_07_05_04.xml",
     "xstat_dump_smartslave_2026-03-29_07_05_04.txt",
     "xstat_dump_smartslave_2026-03-29_07_05_04.xml",
     "eth1_diagnostic_logging_tcpdump00_smartslave_2026-03-29_07_05_04.pcap"},
};

static struct given {
    struct xd_bundle_file files[2][MOST];
    struct xd_bundle_input inputs[2];
    char own[2][MOST][MAX_NAME_BYTES + 1];
    struct xd_slice keylog;
} given;

/* A name of the input's own, as a file system may hold it. */
static const char *read_name(struct xd_cur *c, char *out)
{
    struct xd_slice name = xd_cur_vec8(c);
    size_t n = name.len < MAX_NAME_BYTES ? name.len : MAX_NAME_BYTES;

    for (size_t i = 0; i < n; i++) {
        out[i] = name.p[i] == '\0' ? '_' : (char)name.p[i];
    }
    out[n] = '\0';
    return n > 0 ? out : "x";
}

static void take_file(struct xd_cur *c)
{
    struct given *g = &given;
    unsigned code = xd_cur_u8(c);
    unsigned which = code % 32;
    unsigned node = which < 2 * NAMES ? which / NAMES : code >> 7;
    struct xd_bundle_input *in = &g->inputs[node];
    const char *name = NULL;

    if (which == KEYLOG) {
        g->keylog = xd_cur_vec24(c);
        return;
    }
    if (in->n_files == MOST) {
        (void)xd_cur_vec24(c);
        return;
    }
    name = which < 2 * NAMES ? names[node][which % NAMES]
                             : read_name(c, g->own[node][in->n_files]);
    size_t said = xd_cur_u24(c);
    size_t left = xd_cur_left(c);
    struct xd_slice bytes = xd_cur_take(c, said < left ? said : left);

    g->files[node][in->n_files++] =
        (struct xd_bundle_file){.name = name, .fd = xd_fuzz_file(bytes)};
}

struct xd_bundle_input *xd_fuzz_given(struct xd_cur *c, struct xd_slice *keylog)
{
    memset(&given, 0, sizeof(given));
    for (unsigned i = 0; i < 2; i++) {
        given.inputs[i].path = i == 0 ? "C" : "E";
        given.inputs[i].kind = XD_INPUT_FOLDER;
        given.inputs[i].files = given.files[i];
    }
    given.keylog = (struct xd_slice){(const uint8_t *)"", 0};
    while (!c->bad && xd_cur_left(c) > 0) {
        take_file(c);
    }
    *keylog = given.keylog;
    return given.inputs;
}

void xd_fuzz_given_done(void)
{
    for (unsigned i = 0; i < 2; i++) {
        for (size_t k = 0; k < given.inputs[i].n_files; k++) {
            (void)close(given.files[i][k].fd);
        }
    }
}
