/* A host with a handler of its own for the signals of traps, installed before or after the library's: a guest's trap is an error as
 * always, and a crash of the host reaches the handler. */
#define _POSIX_C_SOURCE 200809L
#include <pyrun.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static volatile int *volatile nowhere = NULL;

static void say(const char *text) { (void)!write(1, text, strlen(text)); }

static void with_info(int signal, siginfo_t *info, void *context) {
    (void)context;
    say(signal == SIGSEGV && info->si_addr == NULL ? "a crash, with its address\n" : "a crash of another kind\n");
    _exit(0);
}

static void plain(int signal) {
    say(signal == SIGSEGV ? "a crash\n" : "a crash of another kind\n");
    _exit(0);
}

/* Gives the signal back to whoever had it, and raises it again, as CPython's faulthandler does. */
static struct sigaction previous;
static void hands_on(int signal) {
    say("a crash, handed on\n");
    sigaction(signal, &previous, NULL);
    raise(signal);
}

enum handler { WITH_INFO, PLAIN, HANDS_ON, SYSTEMS, HANDLERS };

static void install(enum handler which) {
    static const int signals[] = {SIGSEGV, SIGILL, SIGFPE, SIGBUS};
    struct sigaction action;
    size_t i;
    memset(&action, 0, sizeof action);
    switch (which) {
    case WITH_INFO: action.sa_sigaction = with_info; action.sa_flags = SA_SIGINFO; break;
    case PLAIN: action.sa_handler = plain; break;
    case HANDS_ON: action.sa_handler = hands_on; action.sa_flags = SA_NODEFER; break;
    default: action.sa_handler = SIG_DFL;
    }
    for (i = 0; i < sizeof signals / sizeof *signals; i++) {
        IS(sigaction(signals[i], &action, signals[i] == SIGSEGV ? &previous : NULL), 0);
    }
}

static int run(const char *source, uint64_t wall) {
    pyrun_run_options options;
    pyrun *py = NULL;
    int code;
    memset(&options, 0, sizeof options);
    options.wall_ms = wall;
    options.grace_ms = wall;
    IS(pyrun_create(NULL, &py, NULL), PYRUN_OK);
    code = pyrun_run(py, source, strlen(source), &options, sizeof options, NULL);
    IS(pyrun_destroy(py), PYRUN_OK);
    return code;
}

/* (module (memory 1) (func (export "a") (call 0)) (func (export "b") unreachable)
 *   (func (export "c") (drop (i32.div_u (i32.const 1) (i32.const 0)))) (func (export "d") (drop (i32.load (i32.const -4))))) */
static const unsigned char module[] = {
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x03, 0x05, 0x04, 0x00, 0x00, 0x00,
  0x00, 0x05, 0x03, 0x01, 0x00, 0x01, 0x07, 0x11, 0x04, 0x01, 0x61, 0x00, 0x00, 0x01, 0x62, 0x00, 0x01, 0x01, 0x63, 0x00,
  0x02, 0x01, 0x64, 0x00, 0x03, 0x0a, 0x1c, 0x04, 0x04, 0x00, 0x10, 0x00, 0x0b, 0x03, 0x00, 0x00, 0x0b, 0x08, 0x00, 0x41,
  0x01, 0x41, 0x00, 0x6e, 0x1a, 0x0b, 0x08, 0x00, 0x41, 0x7c, 0x28, 0x02, 0x00, 0x1a, 0x0b
};

static void traps(void) {
    pyrun_wasm *wasm = NULL;
    pyrun_instance *instance = NULL;
    const char *name;
    IS(run("6 * 7", 0), PYRUN_OK);
    IS(run("import ctypes; ctypes.string_at(0xfffffff0)", 0), PYRUN_CRASHED);
    IS(run("sum(range(10**15))", 50), PYRUN_TIMED_OUT);
    IS(pyrun_wasm_load(NULL, module, sizeof module, &wasm, NULL), PYRUN_OK);
    IS(pyrun_instance_create(wasm, NULL, &instance, NULL), PYRUN_OK);
    for (name = "abcd"; *name; name++) {
        IS(pyrun_instance_call(instance, name, 1, NULL, 0, NULL), PYRUN_CRASHED);
    }
    IS(pyrun_instance_destroy(instance), PYRUN_OK);
    pyrun_wasm_free(wasm);
}

/* Traps, whatever was installed when, and then a crash. `order` has a handler for each letter, and a 't' for traps. */
static void child(const char *order) {
    for (; *order; order++) {
        if (*order == 't') {
            traps();
        } else {
            install((enum handler)(*order - '0'));
        }
    }
    *nowhere = 1;
}

int main(void) {
    /* WITH_INFO 0, PLAIN 1, HANDS_ON 2, SYSTEMS 3 */
    static const char *const orders[] = {"t", "0t", "t0t", "1t", "t1t", "t2t", "1t2t", "t1t2t", "2t2t", "t0t3t", NULL};
    int i;
    for (i = 0; orders[i]; i++) {
        pid_t pid;
        int status;
        say(orders[i]);
        say(": ");
        pid = fork();
        if (pid == 0) {
            child(orders[i]);
        }
        IS(waitpid(pid, &status, 0), pid);
        if (WIFSIGNALED(status)) {
            say(WTERMSIG(status) == SIGSEGV ? "killed by the signal\n" : "killed by another signal\n");
        } else {
            IS(status, 0);
        }
    }
    return 0;
}
