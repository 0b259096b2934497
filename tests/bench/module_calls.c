/* What a call into a standalone module costs from C. With the installed library (capi/install.sh --prefix FOLDER):
 *
 *     cc -O2 tests/bench/module_calls.c $(PKG_CONFIG_PATH=FOLDER/lib/pkgconfig pkg-config --cflags --libs pyrun) -o module_calls
 *     ./module_calls sums.wasm
 *
 * where sums.wasm exports `add` of two i32, such as tests/modules/standalone/calls.c makes. Prints the least of several rounds. */
#include <pyrun.h>
#include <stdio.h>
#include <time.h>

enum { CALLS = 1000000, ROUNDS = 9 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(int argc, char **argv) {
    pyrun_wasm *wasm;
    pyrun_instance *instance;
    pyrun_function *add;
    pyrun_result *error = NULL;
    double least = 1e18, least_by_name = 1e18;
    if (argc != 2 || pyrun_wasm_open_str(NULL, argv[1], &wasm, &error) != PYRUN_OK ||
        pyrun_instance_create(wasm, NULL, &instance, &error) != PYRUN_OK ||
        pyrun_instance_function_str(instance, "add", &add, &error) != PYRUN_OK) {
        fprintf(stderr, "%s\n", argc == 2 ? pyrun_message(error) : "the module is missing");
        return 1;
    }
    for (int round = 0; round < ROUNDS; round++) {
        double begin = now();
        pyrun_word arguments[2], result;
        arguments[1].i32 = 1;
        result.u64 = 0;
        for (int n = 0; n < CALLS; n++) {
            arguments[0].i32 = n;
            if (pyrun_function_call(instance, add, arguments, 2, &result, 1, NULL) != PYRUN_OK) return 1;
        }
        double took = (now() - begin) / CALLS;
        if (took < least) least = took;
    }
    for (int round = 0; round < ROUNDS; round++) {
        double begin = now();
        for (int n = 0; n < CALLS / 10; n++) {
            pyrun_value arguments[] = {pyrun_int(n), pyrun_int(1)};
            pyrun_result *result;
            if (pyrun_instance_call_str(instance, "add", arguments, 2, &result) != PYRUN_OK) return 1;
            pyrun_result_free(result);
        }
        double took = (now() - begin) / (CALLS / 10);
        if (took < least_by_name) least_by_name = took;
    }
    printf("pyrun_function_call  %7.1f ns\npyrun_instance_call  %7.1f ns\n", least, least_by_name);
    return 0;
}
