/* Calls, values, objects and whole interpreters leave nothing behind: the process stays as large as it was. */
#include <pyrun.h>
#include <stdio.h>
#include <stdlib.h>

static long resident_kib(void) {
    long all, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld", &all, &resident) != 2)
        exit(2);
    fclose(file);
    return resident * 4;
}

static pyrun *py;
static pyrun_object *same;

static void calls(void) {
    pyrun_result *result;
    pyrun_value value = {PYRUN_STR, 0, {0}};
    int i;
    value.u.s.data = "hello";
    value.u.s.size = 5;
    for (i = 0; i < 50000; i++) {
        if (pyrun_call(py, same, &value, 1, NULL, &result) != PYRUN_OK)
            exit(2);
        pyrun_result_free(result);
        if (pyrun_eval(py, "[object(), 1.5, 'x']", 20, &result) != PYRUN_OK)
            exit(2);
        pyrun_result_free(result);
    }
}

static void interpreters(void) {
    int i;
    pyrun *other;
    for (i = 0; i < 50; i++) {
        if (pyrun_create(NULL, &other, NULL) != PYRUN_OK || pyrun_destroy(other) != PYRUN_OK)
            exit(2);
    }
}

static int is_flat(const char *name, void (*work)(void)) {
    long before, grown;
    work();
    before = resident_kib();
    work();
    grown = resident_kib() - before;
    if (grown > 1024)
        printf("%s: %ld KiB more\n", name, grown);
    return grown <= 1024;
}

int main(void) {
    int flat;
    if (pyrun_create(NULL, &py, NULL) != PYRUN_OK || pyrun_eval_object(py, "lambda x: x", 11, &same, NULL) != PYRUN_OK)
        return 2;
    flat = is_flat("calls", calls) & is_flat("interpreters", interpreters);
    pyrun_object_free(same);
    pyrun_destroy(py);
    if (flat)
        puts("flat");
    return 0;
}
