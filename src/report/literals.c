/*
 * literals.c - at build time: the words that reports are made of, from the string literals
 * of the sources that are named, and all of style sheets and scripts, as one C array.
 *
 * Redaction must tell a name of a bundle from a word of the program's own: a zone may be
 * called "Traversal".
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum state { CODE, TEXT, CHARACTER, LINE_COMMENT, COMMENT };

struct walk {
    enum state state;
    int before; /* the byte before */
    size_t n;   /* bytes written */
};

static void put(struct walk *w, int byte)
{
    (void)printf("%s%d,", w->n++ % 24 == 0 ? "\n    " : "",
                 byte < 128 ? tolower(byte) : (int)' ');
}

static void walk_code(struct walk *w, int c)
{
    if (c == '"') {
        w->state = TEXT;
    } else if (c == '\'') {
        w->state = CHARACTER;
    } else if (w->before == '/' && c == '/') {
        w->state = LINE_COMMENT;
    } else if (w->before == '/' && c == '*') {
        w->state = COMMENT;
    } else if (c == ';' || c == ',' || c == ')' || c == '}') {
        put(w, '\n'); /* literals that stand together are one */
    }
}

/* Escapes are no part of a word. */
static void walk_text(struct walk *w, int c)
{
    if (w->before == '\\') {
        put(w, ' ');
    } else if (c == '"') {
        w->state = CODE;
    } else if (c != '\\') {
        put(w, c);
    }
}

static void take(struct walk *w, int c)
{
    switch (w->state) {
    case CODE:
        walk_code(w, c);
        break;
    case TEXT:
        walk_text(w, c);
        break;
    case CHARACTER:
        w->state = c == '\'' && w->before != '\\' ? CODE : CHARACTER;
        break;
    case LINE_COMMENT:
        w->state = c == '\n' ? CODE : LINE_COMMENT;
        break;
    case COMMENT:
        w->state = c == '/' && w->before == '*' ? CODE : COMMENT;
        break;
    }
    w->before = w->before == '\\' && c == '\\' ? 0 : c;
}

int main(int argc, char **argv)
{
    struct walk w = {.state = CODE};
    bool read_all = argc > 1;

    (void)printf("/* Made by literals.c. */\n#include \"redact_priv.h\"\n\n"
                 "const char xd_own_words[] = {");
    for (int i = 1; i < argc; i++) {
        FILE *f = fopen(argv[i], "rb");
        read_all = read_all && f != NULL;
        size_t len = strlen(argv[i]);
        bool source = len > 2 && strcmp(argv[i] + len - 2, ".c") == 0;
        for (int c = f == NULL ? EOF : getc(f); c != EOF; c = getc(f)) {
            if (source) {
                take(&w, c);
            } else {
                put(&w, c);
            }
        }
        if (f != NULL) {
            (void)fclose(f);
        }
        w.state = CODE;
        put(&w, '\n');
    }
    (void)printf("0};\nconst size_t xd_own_words_len = sizeof(xd_own_words) - 1;\n");
    return read_all ? 0 : 1;
}
