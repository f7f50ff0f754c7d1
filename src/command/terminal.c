/*
 * terminal.c - what text looks like where it goes: colours, width, links.
 */
#include "run.h"

#include "expdiag/buf.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0';
}

/* A terminal that knows control sequences at all. */
static bool is_able(int fd)
{
    const char *term = getenv("TERM");

    return isatty(fd) == 1 && term != NULL && strcmp(term, "dumb") != 0;
}

bool xd_run_color(const struct xd_options *o, int fd)
{
    if (o->color == XD_WHEN_ALWAYS || o->color == XD_WHEN_NEVER) {
        return o->color == XD_WHEN_ALWAYS;
    }
    return !is_set("NO_COLOR") && is_able(fd);
}

unsigned xd_run_width(int fd, unsigned otherwise)
{
    struct winsize size = {0};

    if (isatty(fd) == 1 && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) {
        return size.ws_col;
    }
    return otherwise;
}

/* ---- links --------------------------------------------------------------- */

static bool is_one_of(const char *value, const char *const *words)
{
    for (size_t i = 0; value != NULL && words[i] != NULL; i++) {
        if (strcmp(value, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * No terminal can be asked whether it has OSC 8; these say who they are, and have it.
 * Below tmux and screen the variables are those of the terminal that was left behind.
 */
static bool shows_links(void)
{
    static const char *const programs[] = {"iTerm.app", "WezTerm", "vscode",
                                           "ghostty",   "Hyper",   NULL};
    static const char *const terms[] = {"xterm-kitty",   "foot",    "foot-extra",
                                        "xterm-ghostty", "contour", NULL};
    const char *term = getenv("TERM");
    const char *vte = getenv("VTE_VERSION");

    if (term != NULL &&
        (strncmp(term, "screen", 6) == 0 || strncmp(term, "tmux", 4) == 0)) {
        return false;
    }
    return (vte != NULL && strtoul(vte, NULL, 10) >= 5000) || is_set("WT_SESSION") ||
           is_set("KONSOLE_VERSION") || is_set("DOMTERM") || is_one_of(term, terms) ||
           is_one_of(getenv("TERM_PROGRAM"), programs);
}

bool xd_run_links_wanted(const struct xd_options *o, int fd)
{
    if (o->redact || o->hyperlink == XD_WHEN_NEVER) {
        return false;
    }
    return o->hyperlink == XD_WHEN_ALWAYS || (is_able(fd) && shows_links());
}

/* The machine's own name: a terminal must not open a file of another that has the path. */
static void add_host(struct xd_buf *uri)
{
    char host[HOST_NAME_MAX + 1] = "";

    if (gethostname(host, sizeof(host) - 1) == 0) {
        xd_link_encode(uri, host, strlen(host));
    }
}

void xd_run_locate(struct xd_run *run)
{
    enum { LONGEST = 4 * PATH_MAX };

    run->links = xd_arena_alloc(run->arena, run->n_paths * sizeof(*run->links) + 1);
    for (size_t i = 0; i < run->n_paths; i++) {
        char *path = strcmp(run->paths[i], "-") != 0 ? realpath(run->paths[i], NULL) : NULL;
        struct xd_buf uri = {.max = LONGEST};

        run->links[i] = (struct xd_report_link){NULL, false};
        if (path != NULL) {
            xd_buf_puts(&uri, "file://");
            add_host(&uri);
            xd_link_encode(&uri, path, strlen(path));
            run->links[i].uri = xd_arena_text(run->arena, xd_buf_text(&uri), uri.len);
            run->links[i].folder = run->inputs[i].kind == XD_INPUT_FOLDER;
        }
        xd_buf_done(&uri);
        free(path); /* of realpath */
    }
}
