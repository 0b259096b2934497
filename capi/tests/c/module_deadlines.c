/* Limits of time, interrupts and kills of modules that are not Python's. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include <pyrun.h>

/* (module (func (export "spin") (loop (br 0))) (func (export "main") (result i32) (loop (br 0)) (i32.const 0))
 *     (func (export "answer") (result i32) (i32.const 42))) */
static const unsigned char SPIN[] = {
    0, 'a', 's', 'm', 1, 0, 0, 0,
    1, 8, 2, 0x60, 0, 0, 0x60, 0, 1, 0x7f,
    3, 4, 3, 0, 1, 1,
    7, 24, 3, 4, 's', 'p', 'i', 'n', 0, 0, 4, 'm', 'a', 'i', 'n', 0, 1, 6, 'a', 'n', 's', 'w', 'e', 'r', 0, 2,
    10, 24, 3, 7, 0, 3, 0x40, 0x0c, 0, 0x0b, 0x0b, 9, 0, 3, 0x40, 0x0c, 0, 0x0b, 0x41, 0, 0x0b, 4, 0, 0x41, 42, 0x0b};

static pyrun_instance *instance;

/* Again and again: one that comes between two calls is forgotten. */
static void interrupt(int signal) {
    (void)signal;
    pyrun_instance_interrupt(instance);
    alarm(1);
}

static int call(const char *name) {
    pyrun_result *result = NULL;
    int code = pyrun_instance_call_str(instance, name, NULL, 0, &result);
    if (code != PYRUN_OK) {
        size_t length;
        printf("%s\n", pyrun_result_text(result, 1, &length));
    }
    pyrun_result_free(result);
    return code;
}

int main(void) {
    pyrun_settings *settings = pyrun_settings_new();
    pyrun_wasm *wasm = NULL;
    int status = -1;
    IS(pyrun_wasm_load(NULL, SPIN, sizeof SPIN, &wasm, NULL), PYRUN_OK);
    IS(pyrun_settings_limit(settings, PYRUN_LIMIT_WALL_MS, 50), PYRUN_OK);
    IS(pyrun_settings_limit(settings, PYRUN_LIMIT_GRACE_MS, 0), PYRUN_OK);

    /* Of each call, and of a program. */
    IS(pyrun_instance_create(wasm, settings, &instance, NULL), PYRUN_OK);
    IS(call("answer"), PYRUN_OK);
    IS(call("spin"), PYRUN_TIMED_OUT);
    IS(call("answer"), PYRUN_POISONED);
    IS(pyrun_instance_destroy(instance), PYRUN_OK);
    IS(pyrun_wasm_run(wasm, settings, NULL, 0, &status, NULL), PYRUN_TIMED_OUT);

    /* What is sent while nothing runs: an interrupt is forgotten, a kill is not. */
    IS(pyrun_instance_create(wasm, NULL, &instance, NULL), PYRUN_OK);
    pyrun_instance_interrupt(instance);
    IS(call("answer"), PYRUN_OK);
    signal(SIGALRM, interrupt);
    alarm(1);
    IS(call("spin"), PYRUN_INTERRUPTED);
    alarm(0);
    IS(call("answer"), PYRUN_POISONED);
    IS(pyrun_instance_destroy(instance), PYRUN_OK);
    IS(pyrun_instance_create(wasm, NULL, &instance, NULL), PYRUN_OK);
    pyrun_instance_kill(instance);
    IS(call("spin"), PYRUN_KILLED);
    IS(call("answer"), PYRUN_POISONED);
    IS(pyrun_instance_destroy(instance), PYRUN_OK);
    pyrun_instance_interrupt(NULL);
    pyrun_instance_kill(NULL);
    pyrun_wasm_interrupt(wasm);
    pyrun_wasm_kill(NULL);

    pyrun_wasm_free(wasm);
    pyrun_settings_free(settings);
    return 0;
}
