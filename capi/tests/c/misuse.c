/* What a host may do wrong, and what it may do at any time: every answer is a code. */
#define _XOPEN_SOURCE 700
#include <pyrun.h>
#include "check.h"
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <errno.h>

static pyrun *py;
static pyrun *py_unused;
static int code_in_callback;
static pthread_t inside;
static char output[64];
static size_t output_size;
static int raises_signal;
static volatile sig_atomic_t has_written;

static void *from_another_thread(void *unused) {
    (void)unused;
    pyrun_result *result;
    IS(pyrun_eval(py, "1", 1, &result), PYRUN_BUSY);
    pyrun_result_free(result);
    return NULL;
}

static void on_write(void *user, int descriptor, const void *data, size_t size) {
    IS(user == &output, 1);
    has_written = 1;
    if (raises_signal) {
        raises_signal = 0;
        raise(SIGUSR1);
    }
    if (size <= sizeof output - output_size) {
        memcpy(output + output_size, data, size);
        output_size += size;
    }
    if (descriptor != 2)
        return;
    /* On standard error: calls back in, which is refused, here and from a thread of its own. */
    code_in_callback = pyrun_eval(py, "1", 1, NULL);
    if (pyrun_destroy(py) != PYRUN_BUSY)
        code_in_callback = 1;
    pthread_create(&inside, NULL, from_another_thread, NULL);
    pthread_join(inside, NULL);
}

static int input_left = 1;
static int64_t on_read(void *user, void *data, size_t size) {
    (void)user;
    if (!input_left || size < 4)
        return 0;
    input_left = 0;
    memcpy(data, "yes\n", 4);
    return 4;
}

static int run(const char *source) {
    return pyrun_exec(py, source, strlen(source), NULL);
}

static long long number(const char *source) {
    pyrun_result *result;
    long long value = -1;
    if (pyrun_eval(py, source, strlen(source), &result) == PYRUN_OK && pyrun_result_value(result)->kind == PYRUN_INT)
        value = pyrun_result_value(result)->u.i;
    else
        printf("%s: %s\n", source, pyrun_result_text(result, PYRUN_RESULT_MESSAGE, NULL));
    pyrun_result_free(result);
    return value;
}

static void nulls(void) {
    pyrun_result *result;
    pyrun_object *object = (pyrun_object *)&output;
    IS(pyrun_eval(NULL, "1", 1, &result), PYRUN_BAD_ARGUMENT);
    IS(strcmp(pyrun_result_text(result, PYRUN_RESULT_MESSAGE, NULL), "a null pointer to an interpreter"), 0);
    pyrun_result_free(result);
    IS(pyrun_eval(py, NULL, 0, NULL), PYRUN_OK);
    IS(pyrun_eval(py, NULL, 1, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_eval(py, "'\xff'", 3, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_create(NULL, NULL, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_import(py, "math", 4, NULL, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_import(py, "no_such", 7, &object, NULL), PYRUN_EXCEPTION);
    IS(object == NULL, 1);
    IS(pyrun_call(py, NULL, NULL, 0, NULL, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_getattr(py, NULL, "x", 1, &object, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_set_global(py, "x", 1, NULL, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_buffer_acquire(py, NULL, 0, NULL, 0, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_buffer_release(py, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_poll(py), PYRUN_BAD_ARGUMENT);
    IS(pyrun_take(py, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_reset(py, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_result_code(NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_result_value(NULL) == NULL, 1);
    IS(pyrun_result_text(NULL, 0, NULL) == NULL, 1);
    IS(pyrun_object_clone(NULL) == NULL, 1);
    IS(pyrun_destroy(NULL), PYRUN_OK);
    pyrun_interrupt(NULL);
    pyrun_result_free(NULL);
    pyrun_object_free(NULL);
    pyrun_engine_free(NULL);
    pyrun_snapshot_free(NULL);
}

/* What settings refuse, and that who does not look at their codes is told by the functions that take them. */
static void settings(void) {
    pyrun *other = (pyrun *)&output;
    pyrun_engine *engine = (pyrun_engine *)&output;
    pyrun_result *error;
    pyrun_settings *settings = pyrun_settings_new();
    IS(pyrun_settings_package_str(settings, "no-such-package"), PYRUN_OK);
    IS(pyrun_create(settings, &other, &error), PYRUN_MISSING);
    IS(other == NULL, 1);
    IS(strstr(pyrun_message(error), "no-such-package") != NULL, 1);
    pyrun_result_free(error);
    pyrun_settings_free(settings);

    IS(pyrun_settings_package_str(NULL, "numpy"), PYRUN_BAD_ARGUMENT);
    struct { int code; const char *why; } refused[10];
    int i;
    for (i = 0; i < 10; i++) {
        settings = pyrun_settings_new();
        switch (i) {
        case 0: refused[i].code = pyrun_settings_env_str(settings, "A=B", "x"); refused[i].why = "A=B"; break;
        case 1: refused[i].code = pyrun_settings_env_str(settings, "", "x"); refused[i].why = "variable"; break;
        case 2: refused[i].code = pyrun_settings_folder_str(settings, "/tmp", "x", 0); refused[i].why = "absolute"; break;
        case 3: refused[i].code = pyrun_settings_folder_str(settings, "/tmp", "/x", 1u << 31); refused[i].why = "flags"; break;
        case 4: refused[i].code = pyrun_settings_working_folder_str(settings, "x"); refused[i].why = "absolute"; break;
        case 5: refused[i].code = pyrun_settings_limit(settings, 99, 1); refused[i].why = "limit 99"; break;
        case 6: refused[i].code = pyrun_settings_limit(settings, PYRUN_LIMIT_CALL_DEPTH, (uint64_t)1 << 32);
            refused[i].why = "beyond 32 bits"; break;
        case 7: refused[i].code = pyrun_settings_home(settings, NULL, 0); refused[i].why = "data folder"; break;
        case 8: refused[i].code = pyrun_settings_release(settings, "\xff", 1); refused[i].why = "UTF-8"; break;
        case 9: refused[i].code = pyrun_settings_module(settings, NULL); refused[i].why = "module"; break;
        }
        IS(refused[i].code, PYRUN_BAD_ARGUMENT);
        IS(pyrun_create(settings, &other, &error), PYRUN_BAD_ARGUMENT);
        IS(strstr(pyrun_message(error), refused[i].why) != NULL, 1);
        pyrun_result_free(error);
        IS(pyrun_engine_create(settings, &engine, NULL), PYRUN_BAD_ARGUMENT);
        pyrun_settings_free(settings);
    }

    /* A data folder without the release, and a release that there is not. */
    settings = pyrun_settings_new();
    IS(pyrun_settings_home_str(settings, "/nonexistent"), PYRUN_OK);
    IS(pyrun_engine_create(settings, &engine, &error), PYRUN_MISSING);
    IS(engine == NULL, 1);
    IS(strstr(pyrun_message(error), "/nonexistent/releases/") != NULL, 1);
    pyrun_result_free(error);
    IS(pyrun_create(settings, &other, NULL), PYRUN_MISSING);
    pyrun_settings_free(settings);
    settings = pyrun_settings_new();
    IS(pyrun_settings_release_str(settings, "1.2.3"), PYRUN_OK);
    IS(pyrun_engine_create(settings, &engine, &error), PYRUN_MISSING);
    IS(strstr(pyrun_message(error), "1.2.3") != NULL, 1);
    pyrun_result_free(error);
    pyrun_settings_free(settings);

    /* An engine is one release; another one beside it is a contradiction. */
    IS(pyrun_engine_create(NULL, &engine, NULL), PYRUN_OK);
    settings = pyrun_settings_new();
    pyrun_settings_engine(settings, engine);
    pyrun_engine_free(engine);
    pyrun_settings_limit(settings, PYRUN_LIMIT_MEMORY, 64 << 20);
    IS(pyrun_settings_limit(settings, PYRUN_LIMIT_FILE_BYTES, 1 << 20), PYRUN_OK);
    IS(pyrun_settings_limit(settings, PYRUN_LIMIT_OUTPUT_BYTES, 1 << 20), PYRUN_OK);
    pyrun_settings_env_str(settings, "NAME", "value=1");
    pyrun_settings_folder_str(settings, "/usr/include", "/headers", 0);
    pyrun_settings_working_folder_str(settings, "/work/here");
    IS(pyrun_create(settings, &other, NULL), PYRUN_OK);
    IS(pyrun_settings_release_str(settings, "1.2.3"), PYRUN_OK);
    IS(pyrun_create(settings, &py_unused, &error), PYRUN_BAD_ARGUMENT);
    IS(strstr(pyrun_message(error), "engine") != NULL, 1);
    pyrun_result_free(error);
    pyrun_settings_free(settings);
    IS(pyrun_exec_str(other, "bytes(100_000_000)", &error), PYRUN_EXCEPTION);
    IS(strcmp(pyrun_result_text(error, PYRUN_RESULT_TYPE, NULL), "MemoryError"), 0);
    pyrun_result_free(error);
    IS(pyrun_eval_str(other, "import os; (os.environ['NAME'], os.getcwd(), 'stdio.h' in os.listdir('/headers'))", &error),
       PYRUN_OK);
    const pyrun_value *seen = pyrun_result_value(error)->u.l.items;
    IS(strcmp(seen[0].u.s.data, "value=1") || strcmp(seen[1].u.s.data, "/work/here") || seen[2].u.i != 1, 0);
    pyrun_result_free(error);
    IS(pyrun_exec_str(other, "open('/headers/x', 'w')", NULL), PYRUN_EXCEPTION);
    IS(pyrun_exec_str(other, "open('/tmp/x', 'wb').write(bytes(2 << 20))", &error), PYRUN_EXCEPTION);
    IS(strstr(pyrun_message(error), "No space left") != NULL, 1);
    pyrun_result_free(error);
    IS(pyrun_exec_str(other, "print('x' * (2 << 20))", NULL), PYRUN_EXCEPTION);
    IS(pyrun_destroy(other), PYRUN_OK);
}

static void values(void) {
    pyrun_value items[2] = {{PYRUN_STR, 0, {0}}, {PYRUN_NONE, 0, {0}}};
    pyrun_value value = {PYRUN_DICT, 0, {0}};
    pyrun_result *result;
    items[0].u.s.data = "a\0b";
    items[0].u.s.size = 3;
    value.u.l.items = items;
    value.u.l.count = 2;
    IS(pyrun_set_global(py, "x", 1, &value, NULL), PYRUN_OK);
    IS(number("int(x == {'a\\0b': None})"), 1);
    value.u.l.count = 1;
    IS(pyrun_set_global(py, "x", 1, &value, NULL), PYRUN_BAD_ARGUMENT);
    value.u.l.count = (uint64_t)1 << 62;
    IS(pyrun_set_global(py, "x", 1, &value, NULL), PYRUN_BAD_ARGUMENT);
    value.u.l.items = NULL;
    IS(pyrun_set_global(py, "x", 1, &value, NULL), PYRUN_BAD_ARGUMENT);
    value.kind = PYRUN_OBJECT;
    IS(pyrun_set_global(py, "x", 1, &value, NULL), PYRUN_BAD_ARGUMENT);
    value.kind = 1000;
    IS(pyrun_set_global(py, "x", 1, &value, NULL), PYRUN_BAD_ARGUMENT);
    value.kind = PYRUN_DATE;
    IS(pyrun_set_global(py, "x", 1, &value, NULL), PYRUN_BAD_ARGUMENT);
    value.kind = PYRUN_INT;
    value.flags = 1;
    IS(pyrun_set_global(py, "x", 1, &value, NULL), PYRUN_BAD_ARGUMENT);
    /* A list that is its own only item. */
    value.kind = PYRUN_LIST;
    value.flags = 0;
    value.u.l.items = &value;
    value.u.l.count = 1;
    IS(pyrun_set_global(py, "x", 1, &value, NULL), PYRUN_BAD_ARGUMENT);
    value.kind = PYRUN_BIGINT;
    value.u.s.data = "123456789012345678901234567890";
    value.u.s.size = 30;
    IS(pyrun_set_global(py, "x", 1, &value, NULL), PYRUN_OK);
    IS(number("x // 10**20"), 1234567890);
    value.u.s.data = "12x";
    value.u.s.size = 3;
    IS(pyrun_set_global(py, "x", 1, &value, NULL), PYRUN_BAD_ARGUMENT);

    const char *all = "import datetime as d; [None, True, -5, 2**70, 1.5, 1-2j, 'h\\0\\u00e4', b'\\xff', (1,), {1: 2}, {3},"
                      "frozenset(), d.date(2026, 1, 2), d.time(1, 2), d.datetime(2026, 1, 2, tzinfo=d.UTC), len]";
    IS(pyrun_eval(py, all, strlen(all), &result), PYRUN_OK);
    const pyrun_value *list = pyrun_result_value(result);
    IS(list->kind, PYRUN_LIST);
    IS(list->u.l.count, 16);
    const pyrun_value *v = list->u.l.items;
    IS(v[0].kind, PYRUN_NONE);
    IS(v[1].kind == PYRUN_BOOL && v[1].u.i == 1, 1);
    IS(v[2].kind == PYRUN_INT && v[2].u.i == -5, 1);
    IS(v[3].kind == PYRUN_BIGINT && !strcmp(v[3].u.s.data, "1180591620717411303424"), 1);
    IS(v[4].kind == PYRUN_FLOAT && v[4].u.f == 1.5, 1);
    IS(v[5].kind == PYRUN_COMPLEX && v[5].u.c[0] == 1.0 && v[5].u.c[1] == -2.0, 1);
    IS(v[6].kind == PYRUN_STR && v[6].u.s.size == 4 && !memcmp(v[6].u.s.data, "h\0\xc3\xa4", 5), 1);
    IS(v[7].kind == PYRUN_BYTES && v[7].u.s.size == 1 && v[7].u.s.data[0] == '\xff', 1);
    IS(v[8].kind == PYRUN_TUPLE && v[8].u.l.count == 1 && v[8].u.l.items[0].u.i == 1, 1);
    IS(v[9].kind == PYRUN_DICT && v[9].u.l.count == 2 && v[9].u.l.items[1].u.i == 2, 1);
    IS(v[10].kind == PYRUN_SET && v[10].u.l.items[0].u.i == 3, 1);
    IS(v[11].kind == PYRUN_FROZENSET && v[11].u.l.count == 0, 1);
    IS(v[12].kind == PYRUN_DATE && !strcmp(v[12].u.s.data, "2026-01-02"), 1);
    IS(v[13].kind == PYRUN_TIME && !strcmp(v[13].u.s.data, "01:02:00"), 1);
    IS(v[14].kind == PYRUN_DATETIME && !strcmp(v[14].u.s.data, "2026-01-02T00:00:00+00:00"), 1);
    IS(v[15].kind, PYRUN_OBJECT);
    pyrun_object *len = pyrun_object_clone(v[15].u.o);
    pyrun_result_free(result);
    items[1].kind = PYRUN_BYTES;
    items[1].u.s.data = "1234";
    items[1].u.s.size = 4;
    IS(pyrun_call(py, len, items + 1, 1, NULL, &result), PYRUN_OK);
    IS(pyrun_result_value(result)->u.i, 4);
    pyrun_result_free(result);
    IS(pyrun_call(py, len, items + 1, 1, items, NULL), PYRUN_BAD_ARGUMENT);
    pyrun_object_free(len);

    pyrun_object *print_;
    pyrun_value named = {PYRUN_DICT, 0, {0}};
    pyrun_value end[2] = {{PYRUN_STR, 0, {0}}, {PYRUN_STR, 0, {0}}};
    end[0].u.s.data = "end";
    end[0].u.s.size = 3;
    end[1].u.s.data = "!";
    end[1].u.s.size = 1;
    named.u.l.items = end;
    named.u.l.count = 2;
    output_size = 0;
    IS(pyrun_eval_object(py, "print", 5, &print_, NULL), PYRUN_OK);
    IS(pyrun_call(py, print_, items + 1, 1, &named, NULL), PYRUN_OK);
    IS(run("import sys; sys.stdout.flush()"), PYRUN_OK);
    IS(output_size == 8 && !memcmp(output, "b'1234'!", 8), 1);
    IS(pyrun_object_text(py, print_, 3, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_object_text(py, print_, PYRUN_OBJECT_REPR, &result), PYRUN_OK);
    IS(strcmp(pyrun_result_value(result)->u.s.data, "<built-in function print>"), 0);
    pyrun_result_free(result);
    pyrun_object_free(print_);

    pyrun_object *dict, *item;
    value.kind = PYRUN_STR;
    value.u.s.data = "k";
    value.u.s.size = 1;
    IS(pyrun_eval_object(py, "d = {}; d", 9, &dict, NULL), PYRUN_OK);
    IS(pyrun_setitem(py, dict, &value, &items[1], NULL), PYRUN_OK);
    IS(pyrun_getitem(py, dict, &value, &item, NULL), PYRUN_OK);
    IS(pyrun_object_value(py, item, &result), PYRUN_OK);
    IS(pyrun_result_value(result)->kind, PYRUN_BYTES);
    pyrun_result_free(result);
    IS(pyrun_setattr(py, dict, "x", 1, &value, NULL), PYRUN_EXCEPTION);
    pyrun_object_free(item);
    IS(pyrun_object_new(py, &value, &item, NULL), PYRUN_OK);
    pyrun_object_free(item);
    pyrun_object_free(dict);
}

/* What ends the program at once takes the interpreter with it. */
static void ended(void) {
    pyrun *mine;
    pyrun_result *result;
    int status = 0;
    IS(pyrun_create(NULL, &mine, NULL), PYRUN_OK);
    IS(pyrun_eval_str(mine, "import os; os._exit(9)", &result), PYRUN_ENDED);
    IS(pyrun_result_exit_status(result, &status), PYRUN_OK);
    IS(status, 9);
    pyrun_result_free(result);
    IS(pyrun_eval_str(mine, "1", &result), PYRUN_POISONED);
    IS(pyrun_result_exit_status(result, &status), PYRUN_BAD_ARGUMENT);
    pyrun_result_free(result);
    pyrun_destroy(mine);
}

static void failures(void) {
    pyrun_result *result;
    int status = 77;
    IS(pyrun_eval(py, "def f(): raise KeyError('k')\nf()", 32, &result), PYRUN_EXCEPTION);
    IS(pyrun_result_code(result), PYRUN_EXCEPTION);
    IS(strcmp(pyrun_result_text(result, PYRUN_RESULT_TYPE, NULL), "KeyError"), 0);
    IS(strstr(pyrun_result_text(result, PYRUN_RESULT_TRACEBACK, NULL), "line 1, in f") != NULL, 1);
    IS(pyrun_result_value(result)->kind, PYRUN_OBJECT);
    IS(pyrun_result_exit_status(result, &status), PYRUN_BAD_ARGUMENT);
    IS(status, 77);
    IS(pyrun_result_line(result), 1);
    IS(strcmp(pyrun_result_frame(result, 0)->function, "<module>"), 0);
    IS(pyrun_result_frame(result, 0)->line, 2);
    IS(strcmp(pyrun_result_frame(result, 1)->function, "f"), 0);
    IS(strncmp(pyrun_result_frame(result, 1)->file, "<exec", 5), 0);
    IS(pyrun_result_frame(result, 2) == NULL && pyrun_result_frame(NULL, 0) == NULL && pyrun_result_line(NULL) == 0, 1);
    pyrun_result_free(result);
    IS(pyrun_eval_str(py, "x = 1\nif x:\npass\n", &result), PYRUN_EXCEPTION);
    IS(pyrun_result_line(result), 3);
    pyrun_result_free(result);
    IS(pyrun_eval(py, "import sys; sys.exit(3)", 23, &result), PYRUN_EXIT);
    IS(pyrun_result_exit_status(result, &status), PYRUN_OK);
    IS(status, 3);
    IS(strcmp(pyrun_message(result), "the program asked to exit with status 3"), 0);
    IS(pyrun_result_text(result, 99, NULL) == NULL, 1);
    IS(pyrun_result_text(result, -1, NULL) == NULL, 1);
    pyrun_result_free(result);
    IS(pyrun_eval(py, "'\\ud800'", 8, &result), PYRUN_CONVERT);
    pyrun_result_free(result);
}

static void callbacks(void) {
    output_size = 0;
    IS(number("print('a'); len(input())"), 3);
    IS(output_size == 2 && !memcmp(output, "a\n", 2), 1);
    code_in_callback = 0;
    IS(run("import sys; sys.stderr.write('e')"), PYRUN_OK);
    IS(code_in_callback, PYRUN_BUSY);
    IS(number("5"), 5);
}

static void buffers(void) {
    pyrun_object *array, *frozen, *sized;
    pyrun_buffer one, two, copy;
    IS(pyrun_eval_object(py, "import array; a = array.array('d', [1, 2, 3]); a", 48, &array, NULL), PYRUN_OK);
    IS(pyrun_eval_object(py, "memoryview(b'abcdef')[::-2]", 27, &frozen, NULL), PYRUN_OK);
    IS(pyrun_eval_object(py, "7", 1, &sized, NULL), PYRUN_OK);
    IS(pyrun_buffer_acquire(py, sized, 0, &one, sizeof one, NULL), PYRUN_EXCEPTION);
    IS(one.data == NULL && one.id == 0, 1);
    IS(pyrun_buffer_acquire(py, frozen, PYRUN_WRITABLE, &one, sizeof one, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_buffer_acquire(py, array, 0, &one, sizeof one - 8, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_buffer_acquire(py, array, 2, &one, sizeof one, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_buffer_acquire(py, array, PYRUN_WRITABLE, &one, sizeof one, NULL), PYRUN_OK);
    IS(one.ndim == 1 && one.shape[0] == 3 && one.strides[0] == 8 && one.itemsize == 8 && one.nbytes == 24, 1);
    IS(one.flags == PYRUN_WRITABLE && !strcmp(one.format, "d"), 1);
    IS(pyrun_buffer_acquire(py, frozen, 0, &two, sizeof two, NULL), PYRUN_OK);
    const char *letters = two.data;
    IS(letters[0] == 'f' && letters[-2] == 'd' && letters[-4] == 'b' && two.strides[0] == -2 && two.flags == 0, 1);
    ((double *)one.data)[1] = 20.0;
    IS(run("1"), PYRUN_BUSY);
    IS(pyrun_start(py, "1", 1, NULL), PYRUN_BUSY);
    IS(pyrun_destroy(py), PYRUN_BUSY);
    copy = one;
    IS(pyrun_buffer_release(py, &one), PYRUN_OK);
    IS(one.data == NULL, 1);
    IS(pyrun_buffer_release(py, &one), PYRUN_BAD_ARGUMENT);
    IS(pyrun_buffer_release(py, &copy), PYRUN_BAD_ARGUMENT);
    IS(run("1"), PYRUN_BUSY);
    IS(pyrun_buffer_release(py, &two), PYRUN_OK);
    IS(number("a.append(1); int(a[1])"), 20);
    pyrun_object_free(array);
    pyrun_object_free(frozen);
    pyrun_object_free(sized);
}

static void another_interpreter(void) {
    pyrun *other;
    pyrun_object *math, *root;
    pyrun_value value = {PYRUN_OBJECT, 0, {0}};
    IS(pyrun_create(NULL, &other, NULL), PYRUN_OK);
    IS(pyrun_import(py, "math", 4, &math, NULL), PYRUN_OK);
    IS(pyrun_getattr(py, math, "sqrt", 4, &root, NULL), PYRUN_OK);
    value.u.o = root;
    IS(pyrun_set_global(other, "x", 1, &value, NULL) == PYRUN_OK, 0);
    IS(pyrun_call(other, root, NULL, 0, NULL, NULL) == PYRUN_OK, 0);
    IS(pyrun_exec(other, "1", 1, NULL), PYRUN_OK);
    pyrun_object_free(math);
    IS(pyrun_destroy(other), PYRUN_OK);
    pyrun_object_free(root);
}

/* Once the run has begun and written something: before, an interrupt has no effect. */
static void *interrupts(void *unused) {
    (void)unused;
    while (!has_written)
        sched_yield();
    pyrun_interrupt(py);
    return NULL;
}

static void on_signal(int number) {
    (void)number;
    errno = 99;
    pyrun_interrupt(py);
    if (errno != 99)
        abort();
}

static void interruption(void) {
    pthread_t thread;
    pyrun_result *result;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_ONSTACK;
    sigaction(SIGUSR1, &action, NULL);
    has_written = 0;
    IS(pthread_create(&thread, NULL, interrupts, NULL), 0);
    IS(pyrun_eval_str(py, "print('!', flush=True)\nwhile True: pass", &result), PYRUN_INTERRUPTED);
    IS(strcmp(pyrun_result_text(result, PYRUN_RESULT_TYPE, NULL), "KeyboardInterrupt"), 0);
    IS(strcmp(pyrun_message(result), "interrupted"), 0);
    pyrun_result_free(result);
    pthread_join(thread, NULL);
    /* What comes while nothing runs is forgotten. */
    pyrun_interrupt(py);
    IS(number("1"), 1);
    raises_signal = 1;
    IS(run("print('!', flush=True)\nwhile True: pass"), PYRUN_INTERRUPTED);
    IS(number("1"), 1);
}

static void background(void) {
    pyrun_result *result;
    IS(pyrun_start(py, "while True: pass", 16, NULL), PYRUN_OK);
    IS(pyrun_poll(py), 0);
    IS(pyrun_take(py, &result), PYRUN_BUSY);
    pyrun_result_free(result);
    IS(run("1"), PYRUN_BUSY);
    IS(pyrun_start(py, "1", 1, NULL), PYRUN_BUSY);
    pyrun_interrupt(py);
    while (pyrun_poll(py) == 0)
        sched_yield();
    IS(run("1"), PYRUN_BUSY);
    IS(pyrun_take(py, &result), PYRUN_INTERRUPTED);
    pyrun_result_free(result);
    output_size = 0;
    IS(pyrun_start(py, "print('there'); 8", 17, NULL), PYRUN_OK);
    while (pyrun_poll(py) == 0)
        sched_yield();
    IS(pyrun_poll(py), 1);
    IS(pyrun_take(py, &result), PYRUN_OK);
    IS(pyrun_result_value(result)->u.i, 8);
    IS(output_size, 6);
    pyrun_result_free(result);
    IS(pyrun_take(py, NULL), PYRUN_BAD_ARGUMENT);
}

static void *on_a_small_stack(void *unused) {
    pyrun *other;
    (void)unused;
    IS(pyrun_create(NULL, &other, NULL), PYRUN_OK);
    IS(pyrun_exec(other, "import json\ndef f(n): return n and f(n - 1)\nf(500)", 50, NULL), PYRUN_OK);
    IS(pyrun_exec(other, "f(10**6)", 8, NULL), PYRUN_EXCEPTION);
    IS(pyrun_destroy(other), PYRUN_OK);
    return NULL;
}

static void small_stacks(void) {
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    IS(pthread_attr_setstacksize(&attributes, 256 << 10), 0);
    IS(pthread_create(&thread, &attributes, on_a_small_stack, NULL), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
}

static void snapshots(void) {
    pyrun_snapshot *snapshot;
    pyrun *other;
    pyrun_result *result;
    pyrun_settings *settings = pyrun_settings_new();
    IS(run("table = {n: n * n for n in range(1000)}"), PYRUN_OK);
    IS(pyrun_snapshot_take(py, &snapshot, NULL), PYRUN_OK);
    IS(pyrun_settings_snapshot(settings, snapshot), PYRUN_OK);
    pyrun_snapshot_free(snapshot);
    IS(pyrun_create(settings, &other, NULL), PYRUN_OK);
    pyrun_settings_free(settings);
    IS(pyrun_eval(other, "table[12]", 9, &result), PYRUN_OK);
    IS(pyrun_result_value(result)->u.i, 144);
    pyrun_result_free(result);
    IS(pyrun_exec(other, "table.clear()", 13, NULL), PYRUN_OK);
    IS(pyrun_reset(other, NULL), PYRUN_OK);
    IS(pyrun_eval(other, "len(table)", 10, &result), PYRUN_OK);
    IS(pyrun_result_value(result)->u.i, 1000);
    pyrun_result_free(result);
    IS(pyrun_destroy(other), PYRUN_OK);
}

static void poisoned(void) {
    pyrun *other;
    IS(pyrun_create(NULL, &other, NULL), PYRUN_OK);
    IS(pyrun_exec(other, "import os; os.abort()", 21, NULL) < 0, 1);
    IS(pyrun_exec(other, "1", 1, NULL), PYRUN_POISONED);
    IS(pyrun_start(other, "1", 1, NULL), PYRUN_POISONED);
    IS(pyrun_destroy(other), PYRUN_OK);
    IS(pyrun_create(NULL, &other, NULL), PYRUN_OK);
    IS(pyrun_start(other, "while True: pass", 16, NULL), PYRUN_OK);
    IS(pyrun_destroy(other), PYRUN_OK);
}

int main(void) {
    pyrun_settings *settings_of_py = pyrun_settings_new();
    IS(pyrun_settings_stdio(settings_of_py, on_write, on_read, &output), PYRUN_OK);
    IS(pyrun_abi_version(), PYRUN_ABI_VERSION);
    IS(pyrun_create(settings_of_py, &py, NULL), PYRUN_OK);
    pyrun_settings_free(settings_of_py);
    nulls();
    settings();
    values();
    failures();
    ended();
    callbacks();
    buffers();
    another_interpreter();
    interruption();
    background();
    small_stacks();
    snapshots();
    poisoned();
    IS(pyrun_destroy(py), PYRUN_OK);
    printf("%d checks\n", checks);
    return 0;
}
