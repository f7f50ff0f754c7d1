/*
 * json.c - the JSON report: the order of its parts (expdiag-report(5)).
 */
#include "json_priv.h"

#include "expdiag/alloc.h"

static const char *command_name(enum xd_report_command command)
{
    switch (command) {
    case XD_REPORT_ANALYZE:
        return "analyze";
    case XD_REPORT_FLOWS:
        return "flows";
    case XD_REPORT_CERTS:
        return "certs";
    case XD_REPORT_WHATIF:
        return "whatif";
    }
    return "analyze";
}

static void write_tool(struct xd_json *j)
{
    const struct xd_report_options *options = j->options;
    json_t *tool = json_object();
    json_t *roots = json_object();

    xd_json_text(j, tool, "name", "expdiag");
    xd_json_text(j, tool, "version", xd_report_version(options));
    xd_json_text(j, roots, "source", options->roots_source);
    xd_json_number(roots, "count", options->roots_count);
    xd_json_hash(roots, "sha256", options->roots_sha256);
    json_object_set_new_nocheck(tool, "roots", roots);
    xd_json_put(j, "tool", tool);
}

/* The end of the evidence, and which conversations were asked for. */
static void write_head(struct xd_json *j)
{
    const struct xd_report_options *options = j->options;
    char text[XD_TIME_TEXT];

    xd_json_put(j, "last_seen",
                j->cs->last_seen == XD_TIME_NONE
                    ? json_null()
                    : json_string(xd_time_format(j->cs->last_seen, text)));
    if (options->command != XD_REPORT_FLOWS) {
        return;
    }
    json_t *o = json_object();
    xd_json_text(j, o, "given", options->filters);
    xd_json_text(j, o, "capture", options->capture_filter);
    xd_json_number(o, "hidden", j->cs->flows_hidden);
    xd_json_number(o, "hidden_connections", j->cs->connections_hidden);
    xd_json_bool(o, "host_unknown", j->cs->host_unknown);
    xd_json_text(j, o, "host_near", j->cs->host_near);
    xd_json_put(j, "filters", o);
}

void xd_json_document(struct xd_sink *sink, const struct xd_case *cs,
                      const struct xd_report_options *options, bool in_html)
{
    struct xd_json j = {.sink = sink, .cs = cs, .options = options, .in_html = in_html};

    /*
     * jansson takes its memory through our door too.  Its objects hold only keys of
     * ours, so a fixed hash seed is safe and no file has to be opened for one.
     */
    json_set_alloc_funcs(xd_alloc, xd_free);
    json_object_seed(1);
    j.scratch = xd_arena_new();
    xd_json_open(&j, NULL, '{');
    xd_json_put(&j, "schema", json_string("expdiag-report/1"));
    write_tool(&j);
    xd_json_put(&j, "command", json_string(command_name(options->command)));
    if (options->generated_at != XD_TIME_NONE) {
        char text[XD_TIME_TEXT];
        xd_json_put(&j, "generated_at",
                    json_string(xd_time_format(options->generated_at, text)));
    }
    if (options->judged_at != 0) {
        char text[XD_TIME_TEXT];
        xd_json_put(&j, "judged_at", json_string(xd_time_format(options->judged_at, text)));
    }
    if (options->keylog || xd_count_opened(cs) > 0) {
        json_t *keys = json_object();
        xd_json_bool(keys, "given", options->keylog);
        json_object_set_new_nocheck(keys, "flows_opened",
                                    json_integer((json_int_t)xd_count_opened(cs)));
        xd_json_put(&j, "keylog", keys);
    }
    if (xd_report_judges(options)) {
        xd_json_verdict(&j);
    }
    write_head(&j);
    xd_json_inputs(&j);
    xd_json_nodes(&j);
    xd_json_certificates(&j);
    xd_json_other_certificates(&j);
    xd_json_flows(&j);
    xd_json_ladders(&j);
    xd_json_findings(&j);
    xd_json_checks(&j);
    xd_json_scenarios(&j);
    xd_json_what_if(&j);
    if (j.options->command == XD_REPORT_WHATIF) {
        xd_json_tried(&j);
    }
    if (xd_report_judges(options)) {
        xd_json_events(&j);
    }
    xd_json_close(&j, '}');
    xd_arena_free(j.scratch);
}

enum xd_rc xd_report_json(const struct xd_case *cs, const struct xd_report_options *options,
                          int fd, struct xd_err *err)
{
    struct xd_sink sink;

    xd_sink_init(&sink, fd, err);
    sink.hold = options->hold;
    xd_json_document(&sink, cs, options, false);
    return xd_sink_done(&sink);
}
