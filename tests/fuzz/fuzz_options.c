/*
 * fuzz_options.c - command lines: arguments end at a NUL or a line's end.
 */
#include "fuzz.h"

#include "command/command.h"

enum { MOST_ARGS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *argv[MOST_ARGS + 2] = {(char[]){"expdiag"}};
    int argc = 1;
    char *copy = malloc(size + 1);
    struct xd_options o;
    struct xd_err err = {0};

    xd_fuzz_require(copy != NULL, "memory for the arguments");
    if (size > 0) {
        memcpy(copy, data, size);
    }
    copy[size] = '\0';
    for (size_t at = 0; at < size && argc <= MOST_ARGS;) {
        argv[argc++] = copy + at;
        at += strcspn(copy + at, "\n");
        copy[at++] = '\0';
    }
    if (xd_options_parse(argc, argv, &o, &err) != XD_OK) {
        xd_fuzz_require(err.text[0] != '\0', "a refused command line has a reason");
    }
    xd_options_done(&o);
    free(copy);
    return 0;
}
