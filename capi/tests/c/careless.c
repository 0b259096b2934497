/* What a careless host does, and a guest that counts on it: each is an error, or is refused, and nothing ends the process. */
#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include <pyrun.h>

/* (module (import "env" "f" (func)) (memory (export "memory") 1) (func (export "spin") (loop (br 0)))) */
static const unsigned char MODULE[] = {
    0, 'a', 's', 'm', 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 9, 1, 3, 'e', 'n', 'v', 1, 'f', 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1,
    7, 17, 2, 6, 'm', 'e', 'm', 'o', 'r', 'y', 2, 0, 4, 's', 'p', 'i', 'n', 0, 1,
    10, 9, 1, 7, 0, 3, 0x40, 0x0c, 0, 0x0b, 0x0b};

static pyrun *py;
static pyrun_object *object;
static pyrun_instance *instance;
static int told;

/* The host's data goes while the interpreter does: what is asked of that now is refused, as while a call runs. */
static void python_goes(void *user) {
    int64_t number;
    (void)user;
    told++;
    if (py != NULL) {
        IS(pyrun_exec_str(py, "1", NULL), PYRUN_BUSY);
        IS(pyrun_object_int(py, object, &number, NULL), PYRUN_BUSY);
        IS(pyrun_destroy(py), PYRUN_BUSY);
        pyrun_interrupt(py);
        pyrun_kill(py);
    }
}

static void instance_goes(void *user) {
    uint64_t size;
    (void)user;
    told++;
    if (instance != NULL) {
        IS(pyrun_instance_memory_size(instance, &size, NULL), PYRUN_BUSY);
        IS(pyrun_instance_call_str(instance, "spin", NULL, 0, NULL), PYRUN_BUSY);
        IS(pyrun_instance_destroy(instance), PYRUN_BUSY);
    }
}

static int import(void *user, pyrun_import_call *call, const pyrun_word *arguments, size_t count, pyrun_word *results,
                  size_t room) {
    (void)user, (void)call, (void)arguments, (void)count, (void)results, (void)room;
    return 0;
}

static int borrowed;

/* As a host that goes by the format would: it never sees a buffer whose elements are of another size. */
static void borrow(void *user, const pyrun_value *arguments, size_t count, pyrun_host_call *call) {
    pyrun_buffer buffer;
    (void)user, (void)arguments, (void)count;
    borrowed = pyrun_host_call_buffer(call, 0, PYRUN_WRITABLE, &buffer, sizeof buffer, NULL);
}

static void echo(void *user, const pyrun_value *arguments, size_t count, pyrun_host_call *call) {
    (void)user, (void)count;
    pyrun_host_call_return(call, arguments);
}

static const char FORGE[] =
    "import ctypes, host\n"
    "def forged(format, itemsize):\n"
    "    view = memoryview(bytearray(64))\n"
    "    words = (ctypes.c_int32 * 40).from_address(id(view))\n"
    "    text = ctypes.create_string_buffer(format)\n"
    "    kept.append(text)\n"
    "    words[10], words[13] = itemsize, ctypes.addressof(text)\n"
    "    (ctypes.c_int32 * 1).from_address(words[14])[0] = 2\n"
    "    return view\n"
    "kept = []\n";

static int kills;

static void *later(void *user) {
    (void)user;
    usleep(200000);
    if (kills) pyrun_kill(py);
    else pyrun_interrupt(py);
    return NULL;
}

#ifndef SANITIZED
static void *deep(void *user) {
    static const char *const SOURCES[] = {
        "import host\nx = []\nfor i in range(190): x = [x]\nhost.echo(x)", "x = []\nfor i in range(190): x = {1: (x,)}\nx",
        "import host\nx = 1\nfor i in range(20): x = [x]\nhost.echo(x) == x"};
    size_t i;
    (void)user;
    for (i = 0; i < 3; i++) {
        int code = pyrun_eval_str(py, SOURCES[i], NULL);
        IS(code == PYRUN_OK || code == PYRUN_CONVERT || code == PYRUN_EXCEPTION, 1);
        IS(i < 2 || code == PYRUN_OK, 1);
    }
    return NULL;
}

/* A child of fork() has no thread but the one that called it: limits hold there all the same. */
static void fork_and_spin(pyrun_wasm *wasm, pyrun_settings *settings) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        pyrun *other;
        int code, codes;
        alarm(20);
        codes = pyrun_instance_call_str(instance, "spin", NULL, 0, NULL) == PYRUN_TIMED_OUT;
        codes += pyrun_instance_create(wasm, settings, &instance, NULL) == PYRUN_OK;
        codes += pyrun_instance_call_str(instance, "spin", NULL, 0, NULL) == PYRUN_TIMED_OUT;
        code = pyrun_create(settings, &other, NULL);
        codes += code == PYRUN_OK && pyrun_exec_str(other, "while 1: pass", NULL) == PYRUN_TIMED_OUT;
        _exit(codes);
    }
    IS(waitpid(child, &status, 0), child);
    IS(WIFEXITED(status) && WEXITSTATUS(status) == 4, 1);
}
#endif

int main(void) {
    pyrun_settings *settings = pyrun_settings_new(), *limited = pyrun_settings_new();
    pyrun_module *module;
    pyrun_snapshot *snapshot;
    pyrun_engine *engine;
    pyrun_layout *layout = NULL;
    pyrun_wasm *wasm;
    pthread_t thread;
    char *text = malloc(3000000);
    int i;

    /* Destroyed while something of it is used. */
    IS(pyrun_engine_create(NULL, &engine, NULL), PYRUN_OK);
    IS(pyrun_settings_engine(settings, engine), PYRUN_OK);
    IS(pyrun_module_new_str("host", &module, NULL), PYRUN_OK);
    IS(pyrun_module_function_str(module, "borrow(view)", borrow, NULL, python_goes, NULL), PYRUN_OK);
    IS(pyrun_module_function_str(module, "echo(value)", echo, NULL, NULL, NULL), PYRUN_OK);
    IS(pyrun_settings_module(settings, module), PYRUN_OK);
    IS(pyrun_create(settings, &py, NULL), PYRUN_OK);
    IS(pyrun_eval_object_str(py, "5", &object, NULL), PYRUN_OK);

    /* Views that a guest has forged. */
    IS(pyrun_exec_str(py, FORGE, NULL), PYRUN_OK);
    IS(pyrun_exec_str(py, "host.borrow(forged(b'd', 8))", NULL), PYRUN_OK);
    IS(borrowed, PYRUN_OK);
    for (i = 0; i < 4; i++) {
        static const char *const FORGED[] = {"b'd', 0", "b'd', 1", "b'\\xff\\xfe', 0", "b'q', 4"};
        char source[100];
        snprintf(source, sizeof source, "host.borrow(forged(%s))", FORGED[i]);
        borrowed = -1;
        (void)pyrun_exec_str(py, source, NULL);
        IS(borrowed, PYRUN_BAD_ARGUMENT);
    }
#ifndef SANITIZED
    {
        pthread_attr_t attributes;
        IS(pthread_attr_init(&attributes), 0);
        IS(pthread_attr_setstacksize(&attributes, 256 << 10), 0);
        IS(pthread_create(&thread, &attributes, deep, NULL), 0);
        IS(pthread_join(thread, NULL), 0);
    }
#endif
    pyrun_module_free(module);
    pyrun_settings_free(settings);
    IS(pyrun_destroy(py), PYRUN_OK);
    IS(told, 1);
    pyrun_object_free(object);

    /* Reset: it is reached afterwards as before. */
    settings = pyrun_settings_new();
    IS(pyrun_settings_engine(settings, engine), PYRUN_OK);
    IS(pyrun_create(settings, &py, NULL), PYRUN_OK);
    IS(pyrun_snapshot_take(py, &snapshot, NULL), PYRUN_OK);
    IS(pyrun_destroy(py), PYRUN_OK);
    IS(pyrun_settings_snapshot(settings, snapshot), PYRUN_OK);
    IS(pyrun_create(settings, &py, NULL), PYRUN_OK);
    alarm(60);
    for (kills = 0; kills < 2; kills++) {
        IS(pyrun_reset(py, NULL), PYRUN_OK);
        IS(pthread_create(&thread, NULL, later, NULL), 0);
        IS(pyrun_exec_str(py, "while 1: pass", NULL), kills ? PYRUN_KILLED : PYRUN_INTERRUPTED);
        IS(pthread_join(thread, NULL), 0);
    }
    IS(pyrun_destroy(py), PYRUN_OK);
    py = NULL;
    pyrun_snapshot_free(snapshot);
    pyrun_settings_free(settings);
    pyrun_engine_free(engine);

    /* Instances. */
    IS(pyrun_settings_limit(limited, PYRUN_LIMIT_WALL_MS, 300), PYRUN_OK);
    IS(pyrun_settings_limit(limited, PYRUN_LIMIT_GRACE_MS, 0), PYRUN_OK);
    IS(pyrun_wasm_load(NULL, MODULE, sizeof MODULE, &wasm, NULL), PYRUN_OK);
    IS(pyrun_wasm_import_str(wasm, "env", "f", import, NULL, instance_goes, NULL), PYRUN_OK);
    IS(pyrun_instance_create(wasm, limited, &instance, NULL), PYRUN_OK);
#ifndef SANITIZED
    fork_and_spin(wasm, limited);
#endif
    IS(pyrun_instance_destroy(instance), PYRUN_OK);
    IS(told, 1);
    IS(pyrun_instance_create(wasm, NULL, &instance, NULL), PYRUN_OK);
    pyrun_wasm_free(wasm);
    IS(pyrun_instance_destroy(instance), PYRUN_OK);
    IS(told, 2);
    pyrun_settings_free(limited);

    /* Layouts whose elements take no room, and many fields. */
    IS(pyrun_layout_new_str("{a: [{}; 4294967295]}", &layout, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_layout_new_str("{a: [[[u8; 0]; 60000]; 60000]}", &layout, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_layout_new_str("{a: [i8; 2000000000]}", &layout, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_layout_new_str("{a: [u8; 2000000000], b: [{}; 3]}", &layout, NULL), PYRUN_OK);
    pyrun_layout_free(layout);
    text[0] = '{';
    for (i = 0; i < 200000; i++) {
        sprintf(text + 1 + i * 14, "f%06d: u8,  ", i);
    }
    strcpy(text + 1 + 200000 * 14, "}");
    IS(pyrun_layout_new_str(text, &layout, NULL), PYRUN_BAD_ARGUMENT);
    free(text);
    puts("nothing ended it");
    return 0;
}
