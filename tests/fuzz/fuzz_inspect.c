/*
 * fuzz_inspect.c - the appliance's grammar and the comparison of two cases: a byte that
 * says which, one of length, words that end at blanks, then files (given.c).
 */
#include "fuzz.h"

#include "expdiag/bundle.h"
#include "expdiag/inspect.h"
#include "expdiag/pipeline.h"

enum { MOST_WORDS = 16 };

static struct xd_case *read_case(struct xd_bundle_input *inputs, size_t n,
                                 enum xd_depth depth)
{
    struct xd_job job = {.depth = depth,
                         .inputs = inputs,
                         .n_inputs = n,
                         .roots = xd_fuzz_roots(),
                         .at = XD_TIME_NONE,
                         .no_steps = true,
                         .one_thread = true};
    struct xd_case *cs = NULL;
    struct xd_err err = {0};

    xd_fuzz_require(xd_pipeline_run(&job, &cs, &err) == XD_OK,
                    "no input makes the pipeline fail");
    return cs;
}

static void ask(struct xd_bundle_input *inputs, bool status, char *words)
{
    const char *list[MOST_WORDS];
    struct xd_inspect_query query = {.status = status, .words = list};
    struct xd_inspect_answer answer;
    struct xd_err err = {0};
    struct xd_case *cs = read_case(inputs, 2, XD_DEPTH_DUMPS);
    int fd = xd_fuzz_file(xd_slice_of("asked\n")); /* what says nothing is fine too */

    for (char *at = strtok_r(words, " ", &words); at != NULL && query.n_words < MOST_WORDS;
         at = strtok_r(NULL, " ", &words)) {
        list[query.n_words++] = at;
    }
    enum xd_rc rc = xd_inspect_print(cs, &query, fd, &answer, &err);

    xd_fuzz_require(rc == XD_OK || (rc == XD_BAD && err.text[0] != '\0'),
                    "words that fit several are refused with a reason");
    xd_fuzz_require(rc != XD_OK || answer.n_dumps == 0 || answer.n_lines > 0 ||
                        answer.miss[0] != '\0',
                    "a word that fits nothing is named");
    xd_fuzz_check_file(fd, xd_fuzz_check_text);
    xd_case_free(cs);
}

static void write_both(const struct xd_diff *d, const struct xd_diff_options *options)
{
    struct xd_err err = {0};
    int fd = xd_fuzz_file((struct xd_slice){NULL, 0});

    xd_fuzz_require(xd_inspect_diff_text(d, options, fd, &err) == XD_OK,
                    "a comparison is written");
    xd_fuzz_check_file(fd, xd_fuzz_check_text);
    fd = xd_fuzz_file((struct xd_slice){NULL, 0});
    xd_fuzz_require(xd_inspect_diff_json(d, options, fd, &err) == XD_OK,
                    "a comparison is written as JSON");
    xd_fuzz_check_file(fd, xd_fuzz_check_json);
}

static void compare(struct xd_bundle_input *inputs, bool passing)
{
    struct xd_diff_options options = {.generated_at = XD_TIME_NONE, .passing = passing};
    struct xd_case *before = read_case(&inputs[0], 1, XD_DEPTH_CERTS);
    struct xd_case *after = read_case(&inputs[1], 1, XD_DEPTH_CERTS);
    struct xd_arena *a = xd_arena_new();
    struct xd_diff *d = xd_inspect_compare(a, before, after);

    if (before->n_nodes > 0 && after->n_nodes > 0) { /* else the command refuses */
        write_both(d, &options);
    }
    xd_arena_free(a);
    xd_case_free(before);
    xd_case_free(after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xd_cur c = xd_cur_init((struct xd_slice){data, size});
    unsigned how = xd_cur_u8(&c);
    struct xd_slice said = xd_cur_vec8(&c);
    char words[UINT8_MAX + 1];
    struct xd_slice keylog;

    if (c.bad) {
        return 0;
    }
    for (size_t i = 0; i < said.len; i++) { /* arguments hold no NUL */
        words[i] = said.p[i] == '\0' ? ' ' : (char)said.p[i];
    }
    words[said.len] = '\0';
    struct xd_bundle_input *inputs = xd_fuzz_given(&c, &keylog);

    if (how % 4 < 2) {
        compare(inputs, how % 2 == 1);
    } else {
        ask(inputs, how % 2 == 1, words);
    }
    xd_fuzz_given_done();
    return 0;
}
