/*
 * flows.c - the handshakes alone, those that are asked for.
 */
#include "read.h"

#include "expdiag/buf.h"

#include <stdio.h>
#include <string.h>

/* Its own options. */
struct flows {
    const char *filter;
    const char *host;
    uint64_t port;
    bool failed;
};

#define PLACE(member) .own = true, .place = offsetof(struct flows, member)

static const struct xd_option options[] = {
    {.name = "failed",
     .help = "failed conversations only",
     .kind = XD_OPTION_SWITCH,
     PLACE(failed)},
    {.name = "filter",
     .argument = "EXPRESSION",
     .help = "capture filter as in tcpdump",
     .kind = XD_OPTION_TEXT,
     PLACE(filter)},
    {.name = "host",
     .argument = "HOST",
     .help = "of this address, node or name only",
     .kind = XD_OPTION_TEXT,
     PLACE(host)},
    {.name = "port",
     .argument = "PORT",
     .help = "of this port only",
     .kind = XD_OPTION_NUMBER,
     .least = 1,
     .most = UINT16_MAX,
     PLACE(port)},
    {.name = NULL},
};

static void add_filter(struct xd_buf *buf, const char *option, const char *value)
{
    xd_buf_printf(buf, "%s--%s%s%s", buf->len > 0 ? ", " : "", option,
                  value[0] != '\0' ? " " : "", value);
}

/* The filters as given, "--port 443, --failed", into buf; NULL: none. */
static const char *list_filters(const struct flows *f, struct xd_buf *buf)
{
    if (f->filter != NULL) {
        add_filter(buf, "filter", f->filter);
    }
    if (f->host != NULL) {
        add_filter(buf, "host", f->host);
    }
    if (f->port != 0) {
        char port[24];

        (void)snprintf(port, sizeof(port), "%u", (unsigned)f->port);
        add_filter(buf, "port", port);
    }
    if (f->failed) {
        add_filter(buf, "failed", "");
    }
    return buf->len > 0 ? xd_buf_text(buf) : NULL;
}

static int run_flows(const struct xd_options *o)
{
    enum { FILTERS_MAX = 4000 };
    const struct flows *f = o->own;
    struct xd_run run = xd_run_new(o);
    struct xd_buf filters = {.max = FILTERS_MAX};
    struct xd_reading what = {.report = XD_REPORT_FLOWS,
                              .depth = XD_DEPTH_FLOWS,
                              .lines = true,
                              .capture_filter = f->filter,
                              .filters = list_filters(f, &filters)};

    /* Text without --verbose lists conversations by other facts than their steps. */
    what.no_steps = !o->verbose && o->outputs[XD_FORMAT_HTML] == NULL &&
                    o->outputs[XD_FORMAT_JSON] == NULL;
    what.show.port = (uint16_t)f->port;
    what.show.failed = f->failed;
    if (f->host != NULL && !xd_addr_parse(f->host, strlen(f->host), &what.show.host)) {
        what.show.host_name = f->host;
    }
    int status = xd_read_and_report(&run, &what);

    xd_buf_done(&filters);
    xd_run_done(&run);
    return status;
}

const struct xd_command xd_command_flows = {
    .name = "flows",
    .arguments = "INPUT...",
    .help = "the handshakes alone: who presented what to whom",
    .notes = "An INPUT is a bundle, or a bare capture.",
    .examples = "expdiag flows capture.pcap\n"
                "expdiag flows --failed --port 7001 E-bundle.tar.gz",
    .takes = XD_ARGUMENTS_INPUTS,
    .own_size = sizeof(struct flows),
    .options = {options, xd_options_forms, xd_options_redact, xd_options_keylog,
                xd_options_roots, xd_options_talk},
    .run = run_flows,
};
