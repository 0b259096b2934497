/* Functions of the host that Python calls: arguments, results, exceptions, memory, and what a host may do wrong in one. */
#define _XOPEN_SOURCE 700
#include <pyrun.h>
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <string.h>

static pyrun *py;
static int destroyed;

static void on_destroy(void *user) {
    ++*(int *)user;
}

/* The value of an expression, if it is an int. */
static long long number(const char *source) {
    pyrun_result *result;
    long long value = -1;
    if (pyrun_eval_str(py, source, &result) == PYRUN_OK && pyrun_result_value(result)->kind == PYRUN_INT)
        value = pyrun_result_value(result)->u.i;
    else
        printf("%s: %s\n", source, pyrun_message(result));
    pyrun_result_free(result);
    return value;
}

/* Whether source raises this. */
static int raises(const char *source, const char *class_name, const char *message) {
    pyrun_result *result;
    int code = pyrun_exec_str(py, source, &result);
    int is = code == PYRUN_EXCEPTION && !strcmp(pyrun_result_text(result, PYRUN_RESULT_TYPE, NULL), class_name) &&
             strstr(pyrun_message(result), message) != NULL;
    if (!is)
        printf("%s: %d %s: %s\n", source, code, pyrun_result_text(result, PYRUN_RESULT_TYPE, NULL), pyrun_message(result));
    pyrun_result_free(result);
    return is;
}

static void lookup(void *user, const pyrun_value *arguments, size_t count, pyrun_host_call *call) {
    pyrun_value found = pyrun_int(42);
    (void)user;
    IS(count, 2);
    if (arguments[0].kind != PYRUN_STR)
        pyrun_host_call_raise_str(call, "TypeError", "the key must be a str");
    else if (!strcmp(arguments[0].u.s.data, "answer"))
        IS(pyrun_host_call_return(call, &found), PYRUN_OK);
    else if (arguments[1].kind == PYRUN_NONE)
        pyrun_host_call_raise_str(call, "KeyError", arguments[0].u.s.data);
    else
        IS(pyrun_host_call_return(call, &arguments[1]), PYRUN_OK);
}

static void echo(void *user, const pyrun_value *arguments, size_t count, pyrun_host_call *call) {
    (void)user;
    (void)count;
    pyrun_host_call_return(call, arguments);
}

static void nothing(void *user, const pyrun_value *arguments, size_t count, pyrun_host_call *call) {
    (void)user;
    (void)arguments;
    (void)call;
    IS(count, 0);
}

static void fails(void *user, const pyrun_value *arguments, size_t count, pyrun_host_call *call) {
    (void)user;
    (void)count;
    IS(pyrun_host_call_raise(call, arguments[0].u.s.data, arguments[0].u.s.size, "a message", 9), PYRUN_OK);
}

/* The last answer counts. */
static void twice(void *user, const pyrun_value *arguments, size_t count, pyrun_host_call *call) {
    pyrun_value one = pyrun_int(1), two = pyrun_int(2);
    (void)user;
    (void)arguments;
    (void)count;
    IS(pyrun_host_call_raise_str(call, "ValueError", "not this"), PYRUN_OK);
    IS(pyrun_host_call_return(call, &one), PYRUN_OK);
    IS(pyrun_host_call_return(call, &two), PYRUN_OK);
}

static int code_of_numbers = PYRUN_OK;
static void numbers(void *user, const pyrun_value *arguments, size_t count, pyrun_host_call *call) {
    const double items[] = {0.5, 1.5};
    pyrun_value parts[2], list;
    (void)user;
    (void)count;
    parts[0] = pyrun_float64s(items, 2);
    parts[1] = pyrun_int64s(NULL, 0);
    list = pyrun_tuple(parts, arguments[0].u.i ? 2 : 1);
    IS(pyrun_host_call_return(call, &list), code_of_numbers);
}

/* Sums the memory of an array where it lies, and writes to it. */
static void total(void *user, const pyrun_value *arguments, size_t count, pyrun_host_call *call) {
    pyrun_buffer buffer;
    pyrun_value sum;
    (void)user;
    (void)count;
    (void)arguments;
    IS(pyrun_host_call_buffer(call, 1, 0, &buffer, sizeof buffer, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_host_call_buffer(call, 0, 0, &buffer, 8, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_host_call_buffer(call, 0, 0, NULL, sizeof buffer, NULL), PYRUN_BAD_ARGUMENT);
    if (pyrun_host_call_buffer(call, 0, PYRUN_WRITABLE, &buffer, sizeof buffer, NULL) != PYRUN_OK) {
        pyrun_host_call_raise_str(call, "TypeError", "no memory of floats");
        return;
    }
    IS(buffer.ndim == 1 && !strcmp(buffer.format, "d"), 1);
    double *items = buffer.data;
    int64_t i;
    sum = pyrun_float(0);
    for (i = 0; i < buffer.shape[0]; i++) {
        sum.u.f += items[i];
        items[i] = -items[i];
    }
    pyrun_host_call_return(call, &sum);
}

static pyrun_object *kept;
static void keep(void *user, const pyrun_value *arguments, size_t count, pyrun_host_call *call) {
    (void)user;
    (void)count;
    (void)call;
    IS(arguments[0].kind, PYRUN_OBJECT);
    pyrun_object_free(kept);
    kept = pyrun_object_clone(arguments[0].u.o);
}

static void *from_another_thread(void *call) {
    pyrun_value value = pyrun_int(1);
    IS(pyrun_host_call_return((pyrun_host_call *)call, &value), PYRUN_BUSY);
    IS(pyrun_eval_str(py, "1", NULL), PYRUN_BUSY);
    return NULL;
}

/* Everything that must not be done in a function is a code, and the call goes on. */
static void misuses(void *user, const pyrun_value *arguments, size_t count, pyrun_host_call *call) {
    pthread_t thread;
    pyrun_value value = pyrun_none();
    pyrun_object *object;
    pyrun_module *module = user;
    (void)arguments;
    (void)count;
    IS(pyrun_eval_str(py, "1", NULL), PYRUN_BUSY);
    IS(pyrun_object_new(py, &value, &object, NULL), PYRUN_BUSY);
    IS(pyrun_start_str(py, "1", NULL), PYRUN_BUSY);
    IS(pyrun_register(py, module, NULL), PYRUN_BUSY);
    IS(pyrun_reset(py, NULL), PYRUN_BUSY);
    IS(pyrun_destroy(py), PYRUN_BUSY);
    IS(pyrun_host_call_return(NULL, &value), PYRUN_BAD_ARGUMENT);
    IS(pthread_create(&thread, NULL, from_another_thread, call), 0);
    pthread_join(thread, NULL);
    value = pyrun_int(7);
    IS(pyrun_host_call_return(call, &value), PYRUN_OK);
}

/* What is refused as a result is raised, whether or not the function looks at the code. */
static void refused(void *user, const pyrun_value *arguments, size_t count, pyrun_host_call *call) {
    pyrun_value value = pyrun_none();
    (void)user;
    (void)count;
    if (arguments[0].u.i == 0) {
        IS(pyrun_host_call_return(call, NULL), PYRUN_BAD_ARGUMENT);
    } else if (arguments[0].u.i == 1) {
        value.kind = 1000;
        IS(pyrun_host_call_return(call, &value), PYRUN_BAD_ARGUMENT);
    } else {
        IS(pyrun_host_call_raise(call, "\xff", 1, "", 0), PYRUN_BAD_ARGUMENT);
    }
}

static pyrun *other;
static void elsewhere(void *user, const pyrun_value *arguments, size_t count, pyrun_host_call *call) {
    pyrun_result *result;
    (void)user;
    (void)count;
    IS(pyrun_eval(other, arguments[0].u.s.data, arguments[0].u.s.size, &result), PYRUN_OK);
    pyrun_host_call_return(call, pyrun_result_value(result));
    pyrun_result_free(result);
}

static pyrun_module *make(void) {
    pyrun_module *module;
    pyrun_result *error;
    const char *wrong[] = {"lookup", "f(", "f(a, a)", "f(1)", "1(a)", ""};
    int i;
    IS(pyrun_module_new_str("host", &module, NULL), PYRUN_OK);
    for (i = 0; i < 6; i++) {
        IS(pyrun_module_function_str(module, wrong[i], echo, &destroyed, on_destroy, &error), PYRUN_BAD_ARGUMENT);
        IS(strstr(pyrun_message(error), "signature") != NULL, 1);
        pyrun_result_free(error);
    }
    IS(pyrun_module_function_str(module, "f()", NULL, &destroyed, on_destroy, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_module_function_str(NULL, "f()", echo, &destroyed, on_destroy, NULL), PYRUN_BAD_ARGUMENT);
    IS(destroyed, 0);
    IS(pyrun_module_function_str(module, "lookup(key, default=None)", lookup, &destroyed, on_destroy, NULL), PYRUN_OK);
    IS(pyrun_module_function_str(module, "echo(value, /)", echo, &destroyed, on_destroy, NULL), PYRUN_OK);
    IS(pyrun_module_function_str(module, "nothing()", nothing, NULL, NULL, NULL), PYRUN_OK);
    IS(pyrun_module_function_str(module, "fails(name)", fails, NULL, NULL, NULL), PYRUN_OK);
    IS(pyrun_module_function_str(module, "twice()", twice, NULL, NULL, NULL), PYRUN_OK);
    IS(pyrun_module_function_str(module, "numbers(both=1)", numbers, NULL, NULL, NULL), PYRUN_OK);
    IS(pyrun_module_function_str(module, "total(array)", total, NULL, NULL, NULL), PYRUN_OK);
    IS(pyrun_module_function_str(module, "keep(object)", keep, NULL, NULL, NULL), PYRUN_OK);
    IS(pyrun_module_function_str(module, "misuses()", misuses, module, NULL, NULL), PYRUN_OK);
    IS(pyrun_module_function_str(module, "refused(how)", refused, NULL, NULL, NULL), PYRUN_OK);
    IS(pyrun_module_function_str(module, "elsewhere(source)", elsewhere, NULL, NULL, NULL), PYRUN_OK);
    return module;
}

static void calls(void) {
    pyrun_result *result;
    IS(number("import host; host.lookup('answer')"), 42);
    IS(number("host.lookup('x', default=7)"), 7);
    IS(number("host.lookup(default=8, key='x')"), 8);
    IS(raises("host.lookup('x')", "KeyError", "'x'"), 1);
    IS(raises("host.lookup(5)", "TypeError", "the key must be a str"), 1);
    IS(raises("host.lookup()", "TypeError", "missing 1 required positional argument: 'key'"), 1);
    IS(raises("host.echo(value=1)", "TypeError", "positional-only"), 1);
    IS(number("import inspect; int(str(inspect.signature(host.lookup)) == '(key, default=None)')"), 1);
    IS(number("values = [None, True, -5, 2**70, 1.5, 1-2j, 'h\\0\\u00e4', b'\\xff', (1,), {1: [2]}, {3}, frozenset()];"
              "int([host.echo(v) for v in values] == values)"), 1);
    IS(number("o = object(); int(host.echo(o) is o)"), 1);
    IS(number("int(host.nothing() is None)"), 1);
    IS(number("host.twice()"), 2);
    IS(number("import array; int(host.numbers() == (array.array('d', [0.5, 1.5]), array.array('q')))"), 1);
    IS(number("len(host.numbers(0))"), 1);
    IS(raises("host.echo('\\ud800')", "TypeError", "argument 1"), 1);
    /* A builtin class, one of a module, and what is not a class of exceptions. */
    IS(raises("host.fails('OSError')", "OSError", "a message"), 1);
    IS(raises("import json; json.JSON = ArithmeticError; host.fails('json.JSON')", "ArithmeticError", "a message"), 1);
    IS(raises("host.fails('list')", "TypeError", "BaseException"), 1);
    IS(pyrun_exec_str(py, "host.fails('NoSuchClass')", NULL), PYRUN_EXCEPTION);
    IS(pyrun_exec_str(py, "host.fails('no_such_module.X')", NULL), PYRUN_EXCEPTION);
    IS(pyrun_eval_str(py, "try: host.fails('KeyError')\nexcept KeyError as e: caught = str(e)\ncaught", &result), PYRUN_OK);
    IS(strcmp(pyrun_result_value(result)->u.s.data, "'a message'"), 0);
    pyrun_result_free(result);
    IS(number("a = array.array('d', [1, 2, 4]); int(host.total(a))"), 7);
    IS(number("int(a[2])"), -4);
    IS(raises("host.total(b'12345678')", "TypeError", "no memory"), 1);
    IS(raises("host.total(5)", "TypeError", "no memory"), 1);
    IS(number("a.append(1); len(a)"), 4);
    IS(pyrun_exec_str(py, "host.keep([].append); host.keep(lambda: 5)", NULL), PYRUN_OK);
    IS(pyrun_call(py, kept, NULL, 0, NULL, &result), PYRUN_OK);
    IS(pyrun_result_value(result)->u.i, 5);
    pyrun_result_free(result);
    pyrun_object_free(kept);
    kept = NULL;
}

static void misuse(void) {
    IS(number("host.misuses()"), 7);
    IS(raises("host.refused(0)", "SystemError", "refused"), 1);
    IS(raises("host.refused(1)", "SystemError", "unknown kind"), 1);
    IS(raises("host.refused(2)", "SystemError", "UTF-8"), 1);
    /* Python code that runs while the result is made comes back into the host: refused, and nothing hangs. */
    code_of_numbers = PYRUN_EXCEPTION;
    IS(raises("old = array.array\ndef make(*a): print('x'); host.nothing()\narray.array = make\nhost.numbers()",
              "RuntimeError", "another one runs"), 1);
    code_of_numbers = PYRUN_OK;
    IS(number("array.array = old; len(host.numbers())"), 2);
    /* Another interpreter is as good as ever. */
    IS(pyrun_create(NULL, &other, NULL), PYRUN_OK);
    IS(number("host.elsewhere('6 * 7')"), 42);
    IS(pyrun_destroy(other), PYRUN_OK);
}


static void background(void) {
    pyrun_result *result;
    IS(pyrun_start_str(py, "host.misuses() + host.lookup('answer')", NULL), PYRUN_OK);
    while (pyrun_poll(py) == 0)
        sched_yield();
    IS(pyrun_take(py, &result), PYRUN_OK);
    IS(pyrun_result_value(result)->u.i, 49);
    pyrun_result_free(result);
}

/* Snapshots know functions by their names; who has the same modules in its settings calls them. */
static void snapshots(pyrun_module *module) {
    pyrun_snapshot *snapshot;
    pyrun *first = py, *second;
    pyrun_settings *settings = pyrun_settings_new();
    IS(pyrun_exec_str(py, "found = host.lookup", NULL), PYRUN_OK);
    IS(pyrun_snapshot_take(py, &snapshot, NULL), PYRUN_OK);
    pyrun_settings_snapshot(settings, snapshot);
    pyrun_snapshot_free(snapshot);
    IS(pyrun_create(settings, &second, NULL), PYRUN_OK);
    py = second;
    IS(raises("found('answer')", "RuntimeError", "host.lookup"), 1);
    IS(pyrun_register(py, module, NULL), PYRUN_OK);
    IS(number("found('answer')"), 42);
    IS(pyrun_reset(py, NULL), PYRUN_OK);
    IS(number("found('answer') + host.lookup('x', 1)"), 43);
    IS(pyrun_destroy(py), PYRUN_OK);
    IS(pyrun_settings_module(settings, module), PYRUN_OK);
    IS(pyrun_create(settings, &py, NULL), PYRUN_OK);
    IS(number("found('answer')"), 42);
    IS(pyrun_destroy(py), PYRUN_OK);
    pyrun_settings_free(settings);
    py = first;
}

/* Numbers, items, attributes. */
static void objects(void) {
    pyrun_object *list, *iterator, *item, *text;
    pyrun_result *error;
    int64_t whole = 77;
    double real = 77;
    uint64_t length = 77;
    int truth = 77, i;
    pyrun_value key = pyrun_int(0), arguments[2], entries[4], dict;
    IS(pyrun_eval_object_str(py, "[3, 1.5, 2**80, 'x']", &list, NULL), PYRUN_OK);
    IS(pyrun_object_length(py, list, &length, NULL), PYRUN_OK);
    IS(length, 4);
    IS(pyrun_object_bool(py, list, &truth, NULL), PYRUN_OK);
    IS(truth, 1);
    IS(pyrun_iter(py, list, &iterator, NULL), PYRUN_OK);
    for (i = 0; i < 4; i++) {
        IS(pyrun_next(py, iterator, &item, NULL), PYRUN_OK);
        IS(item != NULL, 1);
        IS(pyrun_object_int(py, item, &whole, &error), i == 0 ? PYRUN_OK : PYRUN_CONVERT);
        pyrun_result_free(error);
        IS(whole, 3);
        if (i != 2)
            IS(pyrun_object_float(py, item, &real, NULL), i == 3 ? PYRUN_CONVERT : PYRUN_OK);
        pyrun_object_free(item);
    }
    IS(real == 1.5, 1);
    IS(pyrun_next(py, iterator, &item, &error), PYRUN_OK);
    IS(item == NULL && error == NULL, 1);
    pyrun_object_free(iterator);
    IS(pyrun_delitem(py, list, &key, NULL), PYRUN_OK);
    IS(pyrun_object_length(py, list, &length, NULL), PYRUN_OK);
    IS(length, 3);
    IS(pyrun_object_length(py, list, NULL, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_hasattr_str(py, list, "append", &truth, NULL), PYRUN_OK);
    IS(truth, 1);
    IS(pyrun_hasattr_str(py, list, "appendix", &truth, NULL), PYRUN_OK);
    IS(truth, 0);
    arguments[0] = pyrun_int(0);
    arguments[1] = pyrun_bool(2);
    IS(pyrun_call_method_str(py, list, "insert", arguments, 2, NULL), PYRUN_OK);
    IS(pyrun_set_global_str(py, "inserted", pyrun_of_object(list), NULL), PYRUN_OK);
    IS(number("int(inserted[0] is True)"), 1);
    IS(pyrun_iter(py, NULL, &iterator, NULL), PYRUN_BAD_ARGUMENT);
    pyrun_object_free(list);
    IS(pyrun_eval_object_str(py, "7", &item, NULL), PYRUN_OK);
    IS(pyrun_iter(py, item, &iterator, NULL), PYRUN_EXCEPTION);
    pyrun_object_free(item);
    IS(pyrun_eval_object_str(py, "[1, 2]", &iterator, NULL), PYRUN_OK);
    IS(pyrun_next(py, iterator, &item, NULL), PYRUN_EXCEPTION);
    pyrun_object_free(iterator);
    IS(pyrun_eval_str(py, "[1 << (4 << 20) - 50] * 2", &error), PYRUN_CONVERT);
    pyrun_result_free(error);
    IS(number("1 + 1"), 2);
    IS(pyrun_eval_object_str(py, "def g():\n  yield 1\n  raise KeyError(2)\ng()", &iterator, NULL), PYRUN_OK);
    IS(pyrun_next(py, iterator, &item, NULL), PYRUN_OK);
    pyrun_object_free(item);
    IS(pyrun_next(py, iterator, &item, NULL), PYRUN_EXCEPTION);
    IS(item == NULL, 1);
    pyrun_object_free(iterator);
    entries[0] = pyrun_str("end");
    entries[1] = pyrun_text("!\0", 2);
    entries[2] = pyrun_str("list");
    arguments[0] = pyrun_complex(1, -2);
    arguments[1] = pyrun_bytes("\xff", 1);
    entries[3] = pyrun_list(arguments, 2);
    dict = pyrun_dict(entries, 2);
    IS(pyrun_set_global_str(py, "d", dict, NULL), PYRUN_OK);
    IS(number("int(d == {'end': '!\\0', 'list': [1-2j, b'\\xff']})"), 1);
    IS(pyrun_eval_object_str(py, "str", &text, NULL), PYRUN_OK);
    IS(pyrun_call_object(py, text, arguments, 1, NULL, &item, NULL), PYRUN_OK);
    pyrun_object_free(item);
    pyrun_object_free(text);
    arguments[0] = pyrun_int64s(NULL, 0);
    arguments[1] = pyrun_float64s(NULL, 0);
    IS(pyrun_object_new(py, &arguments[0], &item, NULL), PYRUN_OK);
    pyrun_object_free(item);
    IS(pyrun_set_global_str(py, "empty", arguments[1], NULL), PYRUN_OK);
    IS(number("int(empty == array.array('d'))"), 1);
}

/* A scalar of NumPy's is a number, an array is an object. */
static void numpy(void) {
    pyrun_object *np;
    pyrun_result *result;
    int64_t ints[] = {1, 2, 3, 4, 5}, whole;
    pyrun_value argument = pyrun_int64s(ints, 5);
    IS(pyrun_import_str(py, "numpy", &np, NULL), PYRUN_OK);
    IS(pyrun_call_method_str(py, np, "sum", &argument, 1, &result), PYRUN_OK);
    IS(pyrun_result_value(result)->kind, PYRUN_INT);
    IS(pyrun_result_value(result)->u.i * 2, 30);
    pyrun_result_free(result);
    IS(pyrun_eval_str(py, "import numpy as np; [np.float32(0.5), np.bool_(1), np.uint64(2**63), np.zeros(2)]", &result),
       PYRUN_OK);
    const pyrun_value *items = pyrun_result_value(result)->u.l.items;
    IS(items[0].kind == PYRUN_FLOAT && items[0].u.f == 0.5, 1);
    IS(items[1].kind == PYRUN_BOOL && items[1].u.i == 1, 1);
    IS(items[2].kind == PYRUN_BIGINT && !strcmp(items[2].u.s.data, "9223372036854775808"), 1);
    IS(items[3].kind, PYRUN_OBJECT);
    pyrun_result_free(result);
    pyrun_object_free(np);
    IS(pyrun_eval_object_str(py, "np.int16(-4)", &np, NULL), PYRUN_OK);
    IS(pyrun_object_int(py, np, &whole, NULL), PYRUN_OK);
    IS(whole, -4);
    pyrun_object_free(np);
    IS(number("x = np.arange(4.0); int(host.total(x[1:]))"), 6);
}

int main(void) {
    pyrun_module *module = make(), *another;
    IS(pyrun_module_new_str("a.b", &another, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_module_new_str("", &another, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_create(NULL, &py, NULL), PYRUN_OK);
    IS(pyrun_register(py, NULL, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_register(py, module, NULL), PYRUN_OK);
    calls();
    misuse();
    background();
    snapshots(module);
    objects();
    numpy();
    /* The data goes with the last that holds it, within that call. */
    pyrun_module_free(module);
    IS(number("host.lookup('answer')"), 42);
    IS(destroyed, 0);
    IS(pyrun_destroy(py), PYRUN_OK);
    IS(destroyed, 2);
    printf("%d checks\n", checks);
    return 0;
}
