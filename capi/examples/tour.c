/* A tour of the interface: settings, values, host functions, arrays, iteration, snapshots, limits, errors; then what needs no
 * Python: modules of WebAssembly, operations on arrays; and C's functions of a guest. */
#include <pyrun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the program when a code is not the one that is expected. */
static void expect(const char *what, int code, int expected, pyrun_result *result) {
    if (code == expected)
        return;
    fprintf(stderr, "%s: code %d: %s\n", what, code, pyrun_message(result));
    exit(1);
}

/* ---- Host functions ---- */

/* A table of the host's, which Python code asks. */
typedef struct {
    const char *key;
    int64_t value;
} entry;

static void lookup(void *user, const pyrun_value *arguments, size_t count, pyrun_host_call *call) {
    const entry *table = user;
    (void)count; /* 2, as the signature says */
    if (arguments[0].kind != PYRUN_STR) {
        pyrun_host_call_raise_str(call, "TypeError", "the key must be a str");
        return;
    }
    for (; table->key; table++) {
        if (!strcmp(table->key, arguments[0].u.s.data)) {
            pyrun_value found = pyrun_int(table->value);
            pyrun_host_call_return(call, &found);
            return;
        }
    }
    pyrun_host_call_return(call, &arguments[1]); /* the default */
}

/* Sums an array where it lies. */
static void total(void *user, const pyrun_value *arguments, size_t count, pyrun_host_call *call) {
    pyrun_buffer buffer;
    pyrun_value sum = pyrun_float(0);
    (void)user, (void)arguments, (void)count;
    if (pyrun_host_call_buffer(call, 0, 0, &buffer, sizeof buffer, NULL) != PYRUN_OK || buffer.ndim != 1 ||
        strcmp(buffer.format, "d") || buffer.strides[0] != 8) {
        pyrun_host_call_raise_str(call, "TypeError", "total() takes a row of floats");
        return;
    }
    for (int64_t i = 0; i < buffer.shape[0]; i++)
        sum.u.f += ((const double *)buffer.data)[i];
    pyrun_host_call_return(call, &sum);
}

static void host_functions(pyrun *py) {
    static entry table[] = {{"answer", 42}, {"dozen", 12}, {NULL, 0}};
    pyrun_module *module;
    pyrun_result *result;
    expect("module", pyrun_module_new_str("host", &module, &result), PYRUN_OK, result);
    pyrun_module_function_str(module, "lookup(key, default=0)", lookup, table, NULL, NULL);
    pyrun_module_function_str(module, "total(array, /)", total, NULL, NULL, NULL);
    expect("register", pyrun_register(py, module, &result), PYRUN_OK, result);
    pyrun_module_free(module);

    int code = pyrun_eval_str(py, "import host; host.lookup('answer') + host.lookup('x', default=7)", &result);
    expect("lookup", code, PYRUN_OK, result);
    printf("host functions: %lld\n", (long long)pyrun_result_value(result)->u.i);
    pyrun_result_free(result);

    expect("wrong key", pyrun_eval_str(py, "host.lookup(1)", &result), PYRUN_EXCEPTION, result);
    printf("  and raise: %s: %s\n", pyrun_result_text(result, PYRUN_RESULT_TYPE, NULL), pyrun_message(result));
    pyrun_result_free(result);

    code = pyrun_eval_str(py, "import numpy as np; host.total(np.linspace(0, 1, 5))", &result);
    expect("total", code, PYRUN_OK, result);
    printf("  and see arrays: %.1f\n", pyrun_result_value(result)->u.f);
    pyrun_result_free(result);
}

/* ---- Values and objects ---- */

static void values(pyrun *py) {
    pyrun_value items[] = {pyrun_str("a"), pyrun_int(1), pyrun_str("b"), pyrun_float(2.5)};
    pyrun_value dict = pyrun_dict(items, 2);
    pyrun_object *function, *iterator, *item;
    pyrun_result *result;
    int code = pyrun_eval_object_str(py, "lambda d: sorted(d.items())", &function, &result);
    expect("function", code, PYRUN_OK, result);
    expect("call", pyrun_call(py, function, &dict, 1, NULL, &result), PYRUN_OK, result);
    const pyrun_value *pairs = pyrun_result_value(result);
    printf("values: %d pairs, the last is %s %.1f\n", (int)pairs->u.l.count, pairs->u.l.items[1].u.l.items[0].u.s.data,
           pairs->u.l.items[1].u.l.items[1].u.f);
    pyrun_result_free(result);
    pyrun_object_free(function);

    expect("range", pyrun_eval_object_str(py, "(n * n for n in range(5))", &item, &result), PYRUN_OK, result);
    expect("iter", pyrun_iter(py, item, &iterator, &result), PYRUN_OK, result);
    pyrun_object_free(item);
    printf("iteration:");
    while (pyrun_next(py, iterator, &item, NULL) == PYRUN_OK && item) {
        int64_t number;
        if (pyrun_object_int(py, item, &number, NULL) == PYRUN_OK)
            printf(" %lld", (long long)number);
        pyrun_object_free(item);
    }
    printf("\n");
    pyrun_object_free(iterator);
}

static void arrays(pyrun *py) {
    int64_t numbers[] = {1, 2, 3, 4, 5}, shape[] = {2, 3};
    pyrun_object *numpy, *array;
    pyrun_value argument = pyrun_int64s(numbers, 5);
    pyrun_result *result;
    pyrun_buffer buffer;
    expect("numpy", pyrun_import_str(py, "numpy", &numpy, &result), PYRUN_OK, result);
    expect("sum", pyrun_call_method_str(py, numpy, "sum", &argument, 1, &result), PYRUN_OK, result);
    printf("arrays: twice the sum is %lld\n", 2 * (long long)pyrun_result_value(result)->u.i);
    pyrun_result_free(result);

    /* An array that is filled in place. */
    expect("array", pyrun_array_new(py, 'd', 2, shape, &array, &result), PYRUN_OK, result);
    expect("lend", pyrun_buffer_acquire(py, array, PYRUN_WRITABLE, &buffer, sizeof buffer, &result), PYRUN_OK, result);
    for (int i = 0; i < 6; i++)
        ((double *)buffer.data)[i] = i;
    pyrun_buffer_release(py, &buffer);
    argument = pyrun_of_object(array);
    expect("mean", pyrun_call_method_str(py, numpy, "mean", &argument, 1, &result), PYRUN_OK, result);
    printf("  and the mean %.1f\n", pyrun_result_value(result)->u.f);
    pyrun_result_free(result);
    pyrun_object_free(array);
    pyrun_object_free(numpy);
}

/* ---- Snapshots, limits, errors ---- */

static void snapshots(pyrun *py) {
    pyrun_snapshot *snapshot;
    pyrun_settings *settings = pyrun_settings_new();
    pyrun *other;
    pyrun_result *result;
    expect("table", pyrun_exec_str(py, "table = {n: n * n for n in range(1000)}", &result), PYRUN_OK, result);
    expect("snapshot", pyrun_snapshot_take(py, &snapshot, &result), PYRUN_OK, result);
    pyrun_settings_snapshot(settings, snapshot);
    pyrun_snapshot_free(snapshot);
    expect("start", pyrun_create(settings, &other, &result), PYRUN_OK, result);
    pyrun_settings_free(settings);
    expect("clear", pyrun_exec_str(other, "table.clear()", &result), PYRUN_OK, result);
    expect("reset", pyrun_reset(other, &result), PYRUN_OK, result);
    expect("ask", pyrun_eval_str(other, "table[12]", &result), PYRUN_OK, result);
    printf("snapshots: %lld\n", (long long)pyrun_result_value(result)->u.i);
    pyrun_result_free(result);
    pyrun_destroy(other);
}

static void limits(void) {
    pyrun_settings *settings = pyrun_settings_new();
    pyrun *small;
    pyrun_result *result;
    pyrun_settings_limit(settings, PYRUN_LIMIT_MEMORY, 64 << 20);
    expect("start", pyrun_create(settings, &small, &result), PYRUN_OK, result);
    pyrun_settings_free(settings);
    expect("too much", pyrun_eval_str(small, "bytes(100_000_000)", &result), PYRUN_EXCEPTION, result);
    printf("limits: %s\n", pyrun_result_text(result, PYRUN_RESULT_TYPE, NULL));
    pyrun_result_free(result);
    /* What runs for too long is interrupted: from any thread, or in a signal handler. */
    expect("start", pyrun_start(small, "while True: pass", 16, &result), PYRUN_OK, result);
    pyrun_interrupt(small);
    while (pyrun_poll(small) == 0)
        continue;
    expect("interrupt", pyrun_take(small, &result), PYRUN_INTERRUPTED, result);
    printf("  and interrupts: %s\n", pyrun_message(result));
    pyrun_result_free(result);
    pyrun_destroy(small);
}

static void errors(pyrun *py) {
    pyrun_result *result;
    const pyrun_frame *frame;
    int status;
    int code = pyrun_eval_str(py, "def half(n):\n    return n / 0\n\nhalf(3)", &result);
    expect("raise", code, PYRUN_EXCEPTION, result);
    printf("errors: %s in line %u:", pyrun_message(result), (unsigned)pyrun_result_line(result));
    for (size_t i = 0; (frame = pyrun_result_frame(result, i)) != NULL; i++)
        printf(" %s:%u", frame->function, (unsigned)frame->line);
    printf("\n");
    pyrun_result_free(result);

    expect("exit", pyrun_eval_str(py, "import sys; sys.exit(3)", &result), PYRUN_EXIT, result);
    if (pyrun_result_exit_status(result, &status) == PYRUN_OK)
        printf("  and exits: %d\n", status);
    pyrun_result_free(result);

    /* A mistake of the host's is a code and a text, too. */
    pyrun_settings *settings = pyrun_settings_new();
    pyrun *none;
    pyrun_settings_folder_str(settings, "/tmp", "not/absolute", 0);
    expect("settings", pyrun_create(settings, &none, &result), PYRUN_BAD_ARGUMENT, result);
    printf("  and mistakes: %s\n", pyrun_message(result));
    pyrun_result_free(result);
    pyrun_settings_free(settings);
}

/* ---- Without Python ---- */

/* (module (memory (export "memory") 1) (global (export "calls") (mut i32) (i32.const 0))
 *   (func (export "half") (param i32) (result f64)
 *     (global.set 0 (i32.add (global.get 0) (i32.const 1)))
 *     (f64.mul (f64.load (local.get 0)) (f64.const 0.5)))) */
static const unsigned char half_module[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7c, 0x03, 0x02,
    0x01, 0x00, 0x05, 0x03, 0x01, 0x00, 0x01, 0x06, 0x06, 0x01, 0x7f, 0x01, 0x41, 0x00, 0x0b, 0x07, 0x19, 0x03,
    0x06, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 0x02, 0x00, 0x05, 0x63, 0x61, 0x6c, 0x6c, 0x73, 0x03, 0x00, 0x04,
    0x68, 0x61, 0x6c, 0x66, 0x00, 0x00, 0x0a, 0x1a, 0x01, 0x18, 0x00, 0x23, 0x00, 0x41, 0x01, 0x6a, 0x24, 0x00,
    0x20, 0x00, 0x2b, 0x03, 0x00, 0x44, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xe0, 0x3f, 0xa2, 0x0b,
};

static void modules(void) {
    pyrun_wasm *wasm;
    pyrun_instance *instance;
    pyrun_result *result;
    double number = 84;
    pyrun_value address = pyrun_int(1024), outside = pyrun_int(1 << 30);
    expect("load", pyrun_wasm_load(NULL, half_module, sizeof half_module, &wasm, &result), PYRUN_OK, result);
    expect("instance", pyrun_instance_create(wasm, NULL, &instance, &result), PYRUN_OK, result);
    pyrun_wasm_free(wasm);
    pyrun_instance_write(instance, 1024, &number, sizeof number, NULL);
    expect("half", pyrun_instance_call_str(instance, "half", &address, 1, &result), PYRUN_OK, result);
    printf("modules: %.1f\n", pyrun_result_value(result)->u.f);
    pyrun_result_free(result);
    expect("trap", pyrun_instance_call_str(instance, "half", &outside, 1, &result), PYRUN_CRASHED, result);
    printf("  and traps: %s\n", pyrun_message(result));
    pyrun_result_free(result);
    expect("calls", pyrun_instance_global_str(instance, "calls", &result), PYRUN_OK, result);
    printf("  and globals: %lld\n", (long long)pyrun_result_value(result)->u.i);
    pyrun_result_free(result);
    pyrun_instance_destroy(instance);
}

static void operations(void) {
    double numbers[] = {3, 1, 2};
    pyrun_operations *numeric;
    pyrun_array *sorted;
    pyrun_result *result;
    pyrun_value argument = pyrun_float64s(numbers, 3);
    expect("operations", pyrun_operations_create(NULL, &numeric, &result), PYRUN_OK, result);
    expect("mean", pyrun_operations_call_str(numeric, "mean", &argument, 1, NULL, &result), PYRUN_OK, result);
    printf("operations: the mean is %.1f\n", pyrun_result_value(result)->u.f);
    pyrun_result_free(result);
    /* An array stays where it is until it is read. */
    expect("sort", pyrun_operations_call_str(numeric, "sort", &argument, 1, &sorted, &result), PYRUN_OK, result);
    pyrun_result_free(result);
    pyrun_operations_read(numeric, sorted, numbers, sizeof numbers, NULL);
    printf("  and sorted they are %.0f %.0f %.0f\n", numbers[0], numbers[1], numbers[2]);
    pyrun_operations_array_free(sorted);
    pyrun_operations_free(numeric);
}

/* C's functions of the guest that Python is. */
static void c_functions(pyrun *py) {
    pyrun_em *em;
    pyrun_em_file found;
    pyrun_result *result;
    int32_t file;
    uint32_t block;
    size_t count;
    expect("em", pyrun_em_of_python(py, &em, &result), PYRUN_OK, result);
    expect("malloc", pyrun_em_malloc(em, 64, &block, &result), PYRUN_OK, result);
    pyrun_em_write_memory(em, block, "hello from C", 12, NULL);
    pyrun_em_free(em, block, NULL);
    int code = pyrun_em_open_str(em, "/tmp/note", PYRUN_EM_WRONLY | PYRUN_EM_CREAT, 0644, &file, &result);
    expect("open", code, PYRUN_OK, result);
    pyrun_em_write(em, file, "hello from C", 12, &count, NULL);
    pyrun_em_close(em, file, NULL);
    expect("stat", pyrun_em_stat_str(em, "/tmp/note", &found, &result), PYRUN_OK, result);
    expect("read", pyrun_eval_str(py, "open('/tmp/note').read()", &result), PYRUN_OK, result);
    printf("C's functions: %s, %d bytes\n", pyrun_result_value(result)->u.s.data, (int)found.size);
    pyrun_result_free(result);
    pyrun_em_release(em);
}

int main(void) {
    pyrun *py;
    pyrun_result *result;
    if (pyrun_abi_version() != PYRUN_ABI_VERSION) {
        fprintf(stderr, "another libpyrun than this was compiled for\n");
        return 1;
    }
    pyrun_settings *settings = pyrun_settings_new();
    pyrun_settings_package_str(settings, "numpy");
    pyrun_settings_env_str(settings, "LEVEL", "3");
    int code = pyrun_create(settings, &py, &result);
    pyrun_settings_free(settings);
    expect("start", code, PYRUN_OK, result);

    values(py);
    host_functions(py);
    arrays(py);
    snapshots(py);
    limits();
    errors(py);
    modules();
    operations();
    c_functions(py);
    return pyrun_destroy(py) == PYRUN_OK ? 0 : 1;
}
