/*
 * html_head.c - the head of the page: what it may load (nothing) and how it looks.
 */
#include "html_priv.h"

#include <string.h>

void xd_html_head(struct xd_html *h, const char *title)
{
    xd_html_raw(h,
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    /*
     * First of all, so that it holds for everything below.  The JSON needs no leave: a
     * script element of that type is never run.
     */
    xd_html_raw(h,
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                "'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action "
                "'none'\">\n",
                xd_html_css_hash, xd_html_js_hash);
    xd_html_raw(h, "<meta name=\"viewport\" content=\"width=device-width, "
                   "initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
                   "<meta name=\"color-scheme\" content=\"light dark\">\n");
    xd_html_raw(h, "<meta name=\"generator\"");
    xd_html_attr(h, "content",
                 xd_arena_printf(h->scratch, "expdiag %s", xd_report_version(h->options)));
    xd_html_raw(h, ">\n<title>");
    xd_html_text(h, title);
    xd_html_raw(h, " - expdiag</title>\n<style>");
    xd_sink_write(&h->sink, xd_html_css, strlen(xd_html_css));
    xd_html_raw(h, "</style>\n</head>\n");
}
