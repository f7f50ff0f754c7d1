/*
 * completions.c - the completions of a shell, and a list for tests, from the descriptors.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>

static bool ends_in(const char *text, const char *end)
{
    size_t len = text == NULL ? 0 : strlen(text);
    size_t n = strlen(end);

    return len >= n && strcmp(text + len - n, end) == 0;
}

/* What stands for an option's value. */
enum value { VALUE_NONE, VALUE_WORDS, VALUE_FILE, VALUE_DIR, VALUE_OTHER };

static enum value value_of(const struct xd_option *row)
{
    if (row->argument == NULL) {
        return VALUE_NONE;
    }
    if (row->words != NULL) {
        return VALUE_WORDS;
    }
    if (ends_in(row->argument, "FILE")) {
        return VALUE_FILE;
    }
    return ends_in(row->argument, "DIR") ? VALUE_DIR : VALUE_OTHER;
}

/* The words of a choice with a blank between them. */
static void put_words(const char *words)
{
    for (; *words != '\0'; words++) {
        (void)putchar(*words == '|' ? ' ' : *words);
    }
}

static void put_commands(void)
{
    const struct xd_command *c = NULL;

    for (size_t i = 0; (c = xd_command_at(i)) != NULL; i++) {
        (void)printf("%s%s", i > 0 ? " " : "", c->name);
    }
    (void)fputs(" help", stdout);
}

static void put_findings(const char *between)
{
    for (int i = 0; i < XD_FINDING_COUNT; i++) {
        (void)printf("%s%s", i > 0 ? between : "",
                     xd_finding_info((enum xd_finding_id)i)->name);
    }
}

/* ---- bash ---------------------------------------------------------------- */

static void put_bash_value(const struct xd_command *c, const struct xd_option *row)
{
    enum value value = value_of(row);

    if (value == VALUE_NONE || value == VALUE_FILE) {
        return; /* names of files are the default */
    }
    (void)printf("        %s:--%s", c->name, row->name);
    if (row->letter != 0) {
        (void)printf(" | %s:-%c", c->name, row->letter);
    }
    (void)fputs(") ", stdout);
    if (value == VALUE_WORDS) {
        (void)fputs("words='", stdout);
        put_words(row->words);
        (void)puts("' ;;");
    } else {
        (void)puts(value == VALUE_DIR ? "kind=dir ;;" : "kind=none ;;");
    }
}

static void put_bash_options(const struct xd_command *c)
{
    const struct xd_option *row = NULL;

    (void)printf("        %s) words='", c->name);
    for (size_t i = 0; (row = xd_command_option(c, i)) != NULL; i++) {
        (void)printf("%s--%s", i > 0 ? " " : "", row->name);
    }
    (void)puts("' ;;");
}

/* Which word is completed, which stands before it, which command was given. */
static void print_bash_head(void)
{
    const struct xd_command *c = NULL;

    (void)puts("# bash completion for expdiag; made from its table of options\n"
               "_expdiag() {\n"
               "    local word=${COMP_WORDS[COMP_CWORD]} before='' command='' words='' "
               "kind=file i\n"
               "    # \"--format=json\" comes as three words\n"
               "    [ \"$word\" = = ] && word=''\n"
               "    [ \"$COMP_CWORD\" -gt 0 ] && before=${COMP_WORDS[COMP_CWORD - 1]}\n"
               "    [ \"$before\" = = ] && before=${COMP_WORDS[COMP_CWORD - 2]}\n"
               "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
               "        case ${COMP_WORDS[i]} in");
    (void)fputs("        ", stdout);
    for (size_t i = 0; (c = xd_command_at(i)) != NULL; i++) {
        (void)printf("%s%s", i > 0 ? " | " : "", c->name);
    }
    (void)puts(") command=${COMP_WORDS[i]}; break ;;\n"
               "        esac\n"
               "    done");
}

static void print_bash_tables(void)
{
    const struct xd_command *c = NULL;
    const struct xd_option *row = NULL;

    (void)printf("    case ${command:-%s}:$before in\n", xd_command_at(0)->name);
    for (size_t i = 0; (c = xd_command_at(i)) != NULL; i++) {
        for (size_t k = 0; (row = xd_command_option(c, k)) != NULL; k++) {
            put_bash_value(c, row);
        }
    }
    (void)puts("    esac\n"
               "    if [ \"$kind\" = none ]; then\n"
               "        COMPREPLY=()\n"
               "        return\n"
               "    fi\n"
               "    if [ -z \"$words\" ] && [[ $word == -* ]]; then");
    (void)printf("        case ${command:-%s} in\n", xd_command_at(0)->name);
    for (size_t i = 0; (c = xd_command_at(i)) != NULL; i++) {
        put_bash_options(c);
    }
    (void)puts("        esac\n"
               "    elif [ -z \"$words\" ] && [ \"$kind\" = file ]; then\n"
               "        case $command in");
    (void)fputs("        explain) words='", stdout);
    put_findings(" ");
    (void)fputs("' ;;\n        '') [ \"$COMP_CWORD\" = 1 ] && words='", stdout);
    put_commands();
    (void)puts("' ;;\n"
               "        esac\n"
               "    fi");
}

static void print_bash(void)
{
    print_bash_head();
    print_bash_tables();
    (void)puts("    if [ \"$kind\" = dir ]; then\n"
               "        mapfile -t COMPREPLY < <(compgen -d -- \"$word\")\n"
               "        return\n"
               "    fi\n"
               "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
               "    if [ -z \"$words\" ] || { [ -z \"$command\" ] && "
               "[[ $word != -* ]]; }; then\n"
               "        mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -f -- "
               "\"$word\")\n"
               "        compopt -o filenames 2>/dev/null\n"
               "    fi\n"
               "}\n"
               "complete -F _expdiag expdiag");
}

/* ---- zsh ----------------------------------------------------------------- */

/* In single quotes, where '[', ']' and ':' have a meaning. */
static void put_zsh_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("[]:\\", *text) != NULL) {
            (void)putchar('\\');
        }
        (void)fputs(*text == '\'' ? "'\\''" : (char[]){*text, '\0'}, stdout);
    }
}

static void put_zsh_value(const struct xd_option *row)
{
    switch (value_of(row)) {
    case VALUE_NONE:
        break;
    case VALUE_WORDS:
        (void)fputs(":value:(", stdout);
        put_words(row->words);
        (void)putchar(')');
        break;
    case VALUE_FILE:
        (void)fputs(":file:_files", stdout);
        break;
    case VALUE_DIR:
        (void)fputs(":folder:_files -/", stdout);
        break;
    case VALUE_OTHER:
        (void)fputs(":value: ", stdout);
        break;
    }
}

static void put_zsh_option(const struct xd_command *c, size_t i)
{
    const struct xd_option *row = xd_command_option(c, i);
    const char *again = row->repeats ? "*" : "";

    int forms = row->letter != 0 ? 2 : 1;

    for (int short_one = 0; short_one < forms; short_one++) {
        if (short_one != 0) {
            (void)printf("            '%s-%c", again, row->letter);
        } else {
            (void)printf("            '%s--%s%s", again, row->name,
                         row->argument != NULL ? "=" : "");
        }
        (void)putchar('[');
        put_zsh_text(row->help);
        (void)putchar(']');
        put_zsh_value(row);
        (void)puts("' \\");
    }
}

static void print_zsh(void)
{
    const struct xd_command *c = NULL;

    (void)puts("#compdef expdiag\n"
               "# zsh completion for expdiag; made from its table of options\n"
               "_expdiag() {\n"
               "    local -a commands findings\n"
               "    local word command=''\n"
               "    commands=(");
    for (size_t i = 0; (c = xd_command_at(i)) != NULL; i++) {
        (void)printf("        '%s:", c->name);
        put_zsh_text(c->help);
        (void)puts("'");
    }
    (void)fputs("    )\n    findings=(", stdout);
    put_findings(" ");
    (void)puts(")\n"
               "    for word in ${words[2,CURRENT-1]}; do\n"
               "        if (( ${commands[(I)$word:*]} )); then\n"
               "            command=$word\n"
               "            break\n"
               "        fi\n"
               "    done\n"
               "    if [[ -z $command && $CURRENT == 2 && $words[2] != -* ]]; then\n"
               "        _describe command commands\n"
               "        _files\n"
               "        return\n"
               "    fi");
    (void)printf("    case ${command:-%s} in\n", xd_command_at(0)->name);
    for (size_t i = 0; (c = xd_command_at(i)) != NULL; i++) {
        (void)printf("    %s)\n        _arguments -s \\\n", c->name);
        for (size_t k = 0; xd_command_option(c, k) != NULL; k++) {
            put_zsh_option(c, k);
        }
        (void)puts(c->takes == XD_ARGUMENTS_FINDING
                       ? "            \"*:finding:($findings)\""
                       : "            '*:file:_files'");
        (void)puts("        ;;");
    }
    (void)puts("    esac\n"
               "}\n"
               "compdef _expdiag expdiag");
}

/* ---- fish ---------------------------------------------------------------- */

static void put_fish_text(const char *text)
{
    (void)putchar('\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\') {
            (void)putchar('\\');
        }
        (void)putchar(*text);
    }
    (void)putchar('\'');
}

static void put_fish_option(const struct xd_command *c, size_t i)
{
    const struct xd_option *row = xd_command_option(c, i);

    (void)printf("complete -c expdiag -n '__expdiag_command %s' -l %s", c->name, row->name);
    if (row->letter != 0) {
        (void)printf(" -s %c", row->letter);
    }
    switch (value_of(row)) {
    case VALUE_NONE:
        break;
    case VALUE_WORDS:
        (void)fputs(" -x -a '", stdout);
        put_words(row->words);
        (void)putchar('\'');
        break;
    case VALUE_FILE:
        (void)fputs(" -r -F", stdout);
        break;
    case VALUE_DIR:
        (void)fputs(" -x -a '(__fish_complete_directories)'", stdout);
        break;
    case VALUE_OTHER:
        (void)fputs(" -x", stdout);
        break;
    }
    (void)fputs(" -d ", stdout);
    put_fish_text(row->help);
    (void)putchar('\n');
}

static void print_fish(void)
{
    const struct xd_command *c = NULL;

    (void)puts("# fish completion for expdiag; made from its table of options\n"
               "function __expdiag_command\n"
               "    for word in (commandline -opc)[2..-1]\n"
               "        switch $word");
    (void)fputs("            case", stdout);
    for (size_t i = 0; (c = xd_command_at(i)) != NULL; i++) {
        (void)printf(" %s", c->name);
    }
    (void)puts("\n"
               "                test \"$argv[1]\" = $word\n"
               "                return\n"
               "        end\n"
               "    end");
    (void)printf("    test \"$argv[1]\" = %s -o \"$argv[1]\" = none\n"
                 "end\n",
                 xd_command_at(0)->name);
    for (size_t i = 0; (c = xd_command_at(i)) != NULL; i++) {
        (void)printf("complete -c expdiag -n '__expdiag_command none' -a %s -d ", c->name);
        put_fish_text(c->help);
        (void)putchar('\n');
        for (size_t k = 0; xd_command_option(c, k) != NULL; k++) {
            put_fish_option(c, k);
        }
    }
    (void)fputs("complete -c expdiag -n '__expdiag_command explain' -f -a '", stdout);
    put_findings(" ");
    (void)puts("'");
}

/* ---- lists --------------------------------------------------------------- */

/* "flows --port PORT" a line, for the check of manual pages. */
static void print_options(void)
{
    const struct xd_command *c = NULL;
    const struct xd_option *row = NULL;

    for (size_t i = 0; (c = xd_command_at(i)) != NULL; i++) {
        for (size_t k = 0; (row = xd_command_option(c, k)) != NULL; k++) {
            (void)printf("%s --%s %s\n", c->name, row->name,
                         row->argument != NULL ? row->argument : "");
        }
    }
}

bool xd_completions_print(const char *kind)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } kinds[] = {{"bash", print_bash},
                 {"zsh", print_zsh},
                 {"fish", print_fish},
                 {"options", print_options}};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kind, kinds[i].name) == 0) {
            kinds[i].print();
            return true;
        }
    }
    return false;
}
