/*
 * text.c - the text report: the order of its parts for each command.
 */
#include "say_priv.h"

static void tell_tool(struct xd_out *o)
{
    const struct xd_report_options *options = o->options;

    xd_out_blank(o);
    xd_out_style(o, XD_STYLE_DIM);
    xd_out_printf(o, "expdiag %s", xd_report_version(options));
    if (options->roots_source != NULL) {
        xd_out_printf(o, "; public CAs: %s (%zu)", options->roots_source,
                      options->roots_count);
    }
    if (options->generated_at != XD_TIME_NONE) {
        char time[XD_TIME_TEXT];
        xd_out_printf(o, "; written %s", xd_time_format_short(options->generated_at, time));
    }
    xd_out_style(o, XD_STYLE_PLAIN);
    xd_out_end(o, 0, 0);
}

static void tell_case(struct xd_out *o)
{
    xd_text_verdict(o, true);
    if (xd_text_is_brief(o)) {
        xd_text_brief(o);
        return;
    }
    xd_text_findings(o);
    xd_text_nodes(o);
    xd_text_stores(o);
    xd_text_zones(o);
    xd_text_conversations(o);
    xd_text_presented(o);
    xd_text_events(o);
    if (o->options->verbose || xd_what_if_matters(o->cs)) {
        xd_text_predictions(o);
    }
    xd_text_checks(o);
    xd_text_inputs(o);
}

enum xd_rc xd_report_text(const struct xd_case *cs, const struct xd_report_options *options,
                          int fd, struct xd_err *err)
{
    struct xd_out o;

    xd_out_init(&o, cs, options, fd, err);
    o.sink.hold = options->hold;
    switch (options->command) {
    case XD_REPORT_ANALYZE:
        tell_case(&o);
        break;
    case XD_REPORT_WHATIF:
        xd_text_whatif(&o);
        xd_text_inputs(&o);
        break;
    case XD_REPORT_FLOWS:
        xd_text_flow_list(&o);
        xd_text_inputs(&o);
        break;
    case XD_REPORT_CERTS:
        xd_text_cert_list(&o);
        xd_text_inputs(&o);
        break;
    }
    tell_tool(&o);
    return xd_out_done(&o);
}
