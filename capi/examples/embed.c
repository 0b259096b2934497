/* Values, arrays, an exception: what most hosts need. */
#include <pyrun.h>
#include <stdio.h>

/* Takes what Python prints. */
static void print(void *user, int descriptor, const void *data, size_t size) {
    (void)user;
    fwrite(data, 1, size, descriptor == 2 ? stderr : stdout);
}

static int eval(pyrun *py, const char *source, pyrun_result **result) {
    int code = pyrun_eval_str(py, source, result);
    if (code == PYRUN_EXCEPTION)
        fprintf(stderr, "%s", pyrun_result_text(*result, PYRUN_RESULT_TRACEBACK, NULL));
    else if (code != PYRUN_OK)
        fprintf(stderr, "%s\n", pyrun_message(*result));
    return code;
}

int main(void) {
    pyrun *py;
    pyrun_result *result;
    pyrun_settings *settings = pyrun_settings_new();
    pyrun_settings_package_str(settings, "numpy");
    pyrun_settings_stdio(settings, print, NULL, NULL);
    int code = pyrun_create(settings, &py, &result);
    pyrun_settings_free(settings);
    if (code != PYRUN_OK) {
        fprintf(stderr, "%s\n", pyrun_message(result));
        pyrun_result_free(result);
        return 1;
    }

    /* A value. */
    if (eval(py, "print('hello from Python'); 6 * 7", &result) == PYRUN_OK)
        printf("the answer is %lld\n", (long long)pyrun_result_value(result)->u.i);
    pyrun_result_free(result);

    /* An array of the host's goes in with one copy, and Python's comes out with none. */
    double samples[] = {1.0, 2.0, 6.0};
    pyrun_object *array;
    pyrun_buffer buffer;
    if (pyrun_set_global_str(py, "samples", pyrun_float64s(samples, 3), NULL) == PYRUN_OK &&
        pyrun_eval_object_str(py, "import numpy; numpy.cumsum(samples)", &array, NULL) == PYRUN_OK) {
        if (pyrun_buffer_acquire(py, array, 0, &buffer, sizeof buffer, NULL) == PYRUN_OK) {
            const double *sums = buffer.data;
            printf("%.1f %.1f %.1f\n", sums[0], sums[1], sums[2]);
            pyrun_buffer_release(py, &buffer);
        }
        pyrun_object_free(array);
    }

    /* What Python raises is a code and a result. */
    if (pyrun_eval_str(py, "1 / 0", &result) == PYRUN_EXCEPTION)
        printf("%s: %s\n", pyrun_result_text(result, PYRUN_RESULT_TYPE, NULL), pyrun_message(result));
    pyrun_result_free(result);

    return pyrun_destroy(py) == PYRUN_OK ? 0 : 1;
}
