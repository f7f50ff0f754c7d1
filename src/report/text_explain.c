/*
 * text_explain.c - the long form of a finding, from the catalogue.
 */
#include <string.h>

#include "text_priv.h"

static void tell_part(struct xd_out *o, const char *head, const char *text)
{
    if (text == NULL || text[0] == '\0') {
        return;
    }
    xd_out_heading(o, head);
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        xd_out_printf(o, "%.*s", (int)len, text);
        xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT);
        text += len + (text[len] == '\n' ? 1 : 0);
    }
}

static void tell_one(struct xd_out *o, const struct xd_finding_info *info)
{
    xd_out_styled(o, XD_STYLE_BOLD, info->name);
    xd_out_text(o, " (");
    xd_out_styled(o, xd_severity_style(info->severity), xd_severity_name(info->severity));
    xd_out_printf(o, "): %s", info->title);
    xd_out_end(o, 0, XD_LABEL_INDENT);
    tell_part(o, "What it means", info->meaning);
    tell_part(o, "How it is decided", info->decided);
    tell_part(o, "What to do", info->remedies);
    tell_part(o, "Read", info->references);
}

static void tell_list(struct xd_out *o)
{
    static const char *const heads[] = {"finding", "severity", "what it says"};
    struct xd_table t;

    xd_table_begin(&t, o, 0, 3, heads);
    for (unsigned i = 0; i < XD_FINDING_COUNT; i++) {
        const struct xd_finding_info *info = xd_finding_info((enum xd_finding_id)i);
        xd_out_styled(o, XD_STYLE_BOLD, info->name);
        xd_table_cell(&t);
        xd_out_styled(o, xd_severity_style(info->severity),
                      xd_severity_name(info->severity));
        xd_table_cell(&t);
        xd_out_text(o, info->title);
        xd_table_cell(&t);
    }
    xd_table_end(&t);
}

enum xd_rc xd_report_explain(enum xd_finding_id id, const struct xd_report_options *options,
                             int fd, struct xd_err *err)
{
    struct xd_out o;

    xd_out_init(&o, NULL, options, fd, err);
    if (id == XD_FINDING_COUNT) {
        tell_list(&o);
    } else {
        tell_one(&o, xd_finding_info(id));
    }
    return xd_out_done(&o);
}
