#include <pyrun.h>
#include <stdio.h>
#include <string.h>

/* Takes what Python prints. */
static void print(void *user, int descriptor, const void *data, size_t size) {
    (void)user;
    fwrite(data, 1, size, descriptor == 2 ? stderr : stdout);
}

static int eval(pyrun *py, const char *source, pyrun_result **result) {
    int code = pyrun_eval(py, source, strlen(source), result);
    if (code == PYRUN_EXCEPTION)
        fprintf(stderr, "%s", pyrun_result_text(*result, PYRUN_RESULT_TRACEBACK, NULL));
    else if (code != PYRUN_OK)
        fprintf(stderr, "%s\n", pyrun_result_text(*result, PYRUN_RESULT_MESSAGE, NULL));
    return code;
}

int main(void) {
    pyrun_text packages[] = {{"numpy", 5}};
    pyrun_config config = {0};
    config.struct_size = sizeof config;
    config.packages = packages;
    config.package_count = 1;
    config.write = print;

    pyrun *py;
    pyrun_result *result;
    if (pyrun_create(&config, &py, &result) != PYRUN_OK) {
        fprintf(stderr, "%s\n", pyrun_result_text(result, PYRUN_RESULT_MESSAGE, NULL));
        pyrun_result_free(result);
        return 1;
    }

    /* A value. */
    if (eval(py, "print('hello from Python'); 6 * 7", &result) == PYRUN_OK)
        printf("the answer is %lld\n", (long long)pyrun_result_value(result)->u.i);
    pyrun_result_free(result);

    /* An array of the host's goes in with one copy, and Python's comes out with none. */
    double samples[] = {1.0, 2.0, 6.0};
    pyrun_value argument = {PYRUN_FLOAT64S, 0, {0}};
    argument.u.d.items = samples;
    argument.u.d.count = 3;
    pyrun_object *array;
    pyrun_buffer buffer;
    if (pyrun_set_global(py, "samples", 7, &argument, NULL) == PYRUN_OK &&
        pyrun_eval_object(py, "import numpy; numpy.cumsum(samples)", 35, &array, NULL) == PYRUN_OK) {
        if (pyrun_buffer_acquire(py, array, 0, &buffer, NULL) == PYRUN_OK) {
            const double *sums = buffer.data;
            printf("%.1f %.1f %.1f\n", sums[0], sums[1], sums[2]);
            pyrun_buffer_release(py, &buffer);
        }
        pyrun_object_free(array);
    }

    /* What Python raises is a code and a result. */
    if (pyrun_eval(py, "1 / 0", 5, &result) == PYRUN_EXCEPTION)
        printf("%s: %s\n", pyrun_result_text(result, PYRUN_RESULT_TYPE, NULL),
               pyrun_result_text(result, PYRUN_RESULT_MESSAGE, NULL));
    pyrun_result_free(result);

    return pyrun_destroy(py) == PYRUN_OK ? 0 : 1;
}
