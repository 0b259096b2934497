/* Limits of time and kills: what runs ends, whatever it is, and another interpreter goes on. */
#include <string.h>

#include "check.h"
#include <pyrun.h>

static const char *const ENDLESS = "sum(range(10**15))";

static int run(pyrun *py, const char *source, uint64_t wall, uint64_t grace, char *said, size_t size) {
    pyrun_run_options options;
    pyrun_result *result = NULL;
    size_t length;
    int code;
    memset(&options, 0, sizeof options);
    options.wall_ms = wall;
    options.grace_ms = grace;
    code = pyrun_run(py, source, strlen(source), &options, sizeof options, &result);
    snprintf(said, size, "%s", pyrun_result_text(result, 1, &length));
    pyrun_result_free(result);
    return code;
}

int main(void) {
    char said[200];
    pyrun *py = NULL, *other = NULL;
    pyrun_settings *settings = pyrun_settings_new();
    pyrun_run_options newer[2];
    IS(pyrun_create(NULL, &py, NULL), PYRUN_OK);
    IS(pyrun_create(NULL, &other, NULL), PYRUN_OK);

    IS(run(py, "6 * 7", 60000, 0, said, sizeof said), PYRUN_OK);
    IS(run(py, "while True: pass", 50, 60000, said, sizeof said), PYRUN_TIMED_OUT);
    printf("%s\n", said);
    IS(run(py, "6 * 7", 0, 0, said, sizeof said), PYRUN_OK);
    IS(run(py, ENDLESS, 50, 50, said, sizeof said), PYRUN_TIMED_OUT);
    printf("%s\n", said);
    IS(run(py, "6 * 7", 0, 0, said, sizeof said), PYRUN_POISONED);
    IS(pyrun_destroy(py), PYRUN_OK);

    /* A size of another header. */
    memset(newer, 0, sizeof newer);
    IS(pyrun_run(other, "1", 1, newer, sizeof newer, NULL), PYRUN_OK);
    newer[1].wall_ms = 1;
    IS(pyrun_run(other, "1", 1, newer, sizeof newer, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_run(other, "1", 1, newer, 9, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_run(other, "1", 1, NULL, 0, NULL), PYRUN_OK);

    /* A limit of every call. */
    IS(pyrun_settings_limit(settings, PYRUN_LIMIT_WALL_MS, 300), PYRUN_OK);
    IS(pyrun_settings_limit(settings, PYRUN_LIMIT_GRACE_MS, 0), PYRUN_OK);
    IS(pyrun_create(settings, &py, NULL), PYRUN_OK);
    IS(pyrun_exec(py, ENDLESS, strlen(ENDLESS), NULL), PYRUN_TIMED_OUT);
    IS(pyrun_destroy(py), PYRUN_OK);
    pyrun_settings_free(settings);

    /* Killed, and destroyed, while it runs. */
    IS(pyrun_create(NULL, &py, NULL), PYRUN_OK);
    IS(pyrun_start(py, ENDLESS, strlen(ENDLESS), NULL), PYRUN_OK);
    pyrun_kill(py);
    while (pyrun_poll(py) == 0) {
    }
    IS(pyrun_take(py, NULL), PYRUN_KILLED);
    IS(pyrun_destroy(py), PYRUN_OK);
    IS(pyrun_start(other, ENDLESS, strlen(ENDLESS), NULL), PYRUN_OK);
    IS(pyrun_destroy(other), PYRUN_OK);
    pyrun_kill(NULL);
    return 0;
}
