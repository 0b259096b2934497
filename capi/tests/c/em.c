/* C's functions of a guest of Emscripten's, of an instance and of an interpreter; and exported globals. */
#include <pyrun.h>
#include <string.h>

#include "check.h"
#include "wasm_modules.h"

static int says(pyrun_result *result, const char *part) {
    int found = strstr(pyrun_message(result), part) != NULL;
    if (!found) printf("%s\n", pyrun_message(result));
    pyrun_result_free(result);
    return found;
}

static pyrun_instance *start(const unsigned char *bytes, size_t size) {
    pyrun_wasm *wasm;
    pyrun_instance *instance;
    IS(pyrun_wasm_load(NULL, bytes, size, &wasm, NULL), PYRUN_OK);
    IS(pyrun_instance_create(wasm, NULL, &instance, NULL), PYRUN_OK);
    pyrun_wasm_free(wasm);
    return instance;
}

/* Memory and files, which are the same for an instance and for Python. */
static void memory(pyrun_em *em) {
    char text[] = "hello", back[8] = "";
    uint32_t block, moved, before, again;
    pyrun_result *error;
    IS(pyrun_em_malloc(em, sizeof text, &block, NULL), PYRUN_OK);
    IS(block > 0, 1);
    IS(pyrun_em_write_memory(em, block, text, sizeof text, NULL), PYRUN_OK);
    IS(pyrun_em_realloc(em, block, 4096, &moved, NULL), PYRUN_OK);
    IS(pyrun_em_read_memory(em, moved, back, sizeof text, NULL), PYRUN_OK);
    IS(strcmp(back, text), 0);
    IS(pyrun_em_free(em, moved, NULL), PYRUN_OK);
    IS(pyrun_em_memory_grow(em, 1, &before, NULL), PYRUN_OK);
    IS(pyrun_em_memory_grow(em, 0, &again, NULL), PYRUN_OK);
    IS(again, before + 1);
    IS(pyrun_em_memory_grow(em, 65536, &again, &error), PYRUN_LIMIT);
    IS(says(error, "cannot grow by 65536"), 1);
    IS(again, before + 1);
    IS(pyrun_em_malloc(em, 0xfffffff0u, &block, &error), PYRUN_LIMIT);
    IS(says(error, "no room for 4294967280 bytes"), 1);
    IS(pyrun_em_read_memory(em, 0xfffffff0u, back, 8, &error), PYRUN_BAD_ARGUMENT);
    IS(says(error, "lie outside the memory"), 1);
    IS(pyrun_em_read_memory(em, 0, NULL, 8, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_em_malloc(em, 8, NULL, NULL), PYRUN_BAD_ARGUMENT);
}

static void files(pyrun_em *em) {
    int32_t file;
    size_t count;
    uint64_t position;
    char back[8];
    pyrun_em_file found;
    pyrun_result *error;
    IS(pyrun_em_open_str(em, "/tmp/x", PYRUN_EM_RDONLY, 0, &file, &error), PYRUN_SYSTEM);
    IS(says(error, "cannot open /tmp/x: "), 1);
    IS(pyrun_em_open_str(em, "/tmp/x", PYRUN_EM_RDWR | PYRUN_EM_CREAT | PYRUN_EM_EXCL, 0640, &file, NULL), PYRUN_OK);
    IS(pyrun_em_write(em, file, "hello", 5, &count, NULL), PYRUN_OK);
    IS(count, 5);
    IS(pyrun_em_lseek(em, file, -4, 2, &position, NULL), PYRUN_OK);
    IS(position, 1);
    IS(pyrun_em_read(em, file, back, sizeof back, &count, NULL), PYRUN_OK);
    IS(count, 4);
    IS(memcmp(back, "ello", 4), 0);
    IS(pyrun_em_read(em, file, back, sizeof back, &count, NULL), PYRUN_OK);
    IS(count, 0);
    IS(pyrun_em_lseek(em, file, 0, 3, &position, &error), PYRUN_BAD_ARGUMENT);
    IS(says(error, "SEEK_END"), 1);
    IS(pyrun_em_lseek(em, file, -1, 0, &position, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_em_read(em, file, NULL, 1, &count, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_em_close(em, file, NULL), PYRUN_OK);
    IS(pyrun_em_close(em, file, &error), PYRUN_SYSTEM);
    IS(says(error, "cannot close descriptor"), 1);
    IS(pyrun_em_stat_str(em, "/tmp/x", &found, NULL), PYRUN_OK);
    IS(found.size, 5);
    IS(found.mode, 0100640);
    IS(found.is_folder, 0);
    IS(pyrun_em_stat_str(em, "/tmp", &found, NULL), PYRUN_OK);
    IS(found.is_folder, 1);
    IS(pyrun_em_stat(em, "/tmp", 4, &found, sizeof found - 1, NULL), PYRUN_BAD_ARGUMENT);
    /* What was not granted is not there. */
    IS(pyrun_em_open_str(em, "/etc/passwd", PYRUN_EM_RDONLY, 0, &file, NULL), PYRUN_SYSTEM);
    IS(pyrun_em_stat_str(em, "/../etc/passwd", &found, NULL), PYRUN_SYSTEM);
}

/* A call that threw: its type and message, and its number. */
static int64_t threw(pyrun_result *result, const char *type, const char *message) {
    const pyrun_value *value = pyrun_result_value(result);
    int64_t number = value->kind == PYRUN_INT ? value->u.i : -99;
    IS(pyrun_result_code(result), PYRUN_EXCEPTION);
    IS(strcmp(pyrun_result_text(result, PYRUN_RESULT_TYPE, NULL), type), 0);
    IS(says(result, message), 1);
    return number;
}

static void throwing(pyrun_instance *instance, pyrun_em *em) {
    pyrun_result *result;
    pyrun_value seven = pyrun_int(7);
#ifdef SANITIZED
    (void)instance, (void)em, (void)result, (void)seven, (void)threw;
#else
    IS(pyrun_em_invoke_str(em, "jump", &seven, 1, &result), PYRUN_EXCEPTION);
    IS(threw(result, "longjmp", "a longjmp to a setjmp"), 7);
    IS(pyrun_em_invoke_str(em, "fail", NULL, 0, &result), PYRUN_EXCEPTION);
    IS(threw(result, "std::runtime_error", "it went wrong") > 0, 1);
    IS(pyrun_em_invoke_str(em, "fail_with_number", NULL, 0, &result), PYRUN_EXCEPTION);
    IS(threw(result, "int", "") > 0, 1);
    IS(pyrun_em_invoke_str(em, "fail", NULL, 0, NULL), PYRUN_EXCEPTION);
    /* As an ordinary call it is a trap. */
    IS(pyrun_instance_call_str(instance, "fail", NULL, 0, NULL), PYRUN_CRASHED);
#endif
}

static void exceptions(void) {
    pyrun_instance *instance = start(throws, sizeof throws);
    pyrun_em *em;
    pyrun_result *result;
    pyrun_value seven = pyrun_int(7), large = pyrun_int(1ll << 32), text = pyrun_str("7");
    uint32_t pointer;
    IS(pyrun_em_of_instance(instance, &em, NULL), PYRUN_OK);
    memory(em);
    files(em);
    throwing(instance, em);
    IS(pyrun_em_invoke_str(em, "pointer_to_twice", NULL, 0, &result), PYRUN_OK);
    pointer = (uint32_t)pyrun_result_value(result)->u.i;
    pyrun_result_free(result);
    IS(pyrun_em_invoke_pointer(em, pointer, &seven, 1, &result), PYRUN_OK);
    IS(pyrun_result_value(result)->u.i, 14);
    pyrun_result_free(result);
    IS(pyrun_em_invoke_pointer(em, 99, &seven, 1, &result), PYRUN_CRASHED);
    IS(says(result, "slot 99"), 1);
    IS(pyrun_em_invoke_str(em, "nothing", NULL, 0, &result), PYRUN_MISSING);
    IS(says(result, "does not export nothing"), 1);
    IS(pyrun_em_invoke_str(em, "jump", &large, 1, &result), PYRUN_CONVERT);
    IS(says(result, "argument 1 of jump is 4294967296"), 1);
    IS(pyrun_em_invoke_str(em, "jump", &text, 1, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_em_invoke_str(em, "jump", NULL, 1, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_instance_destroy(instance), PYRUN_OK);
    IS(pyrun_em_malloc(em, 8, &pointer, &result), PYRUN_BAD_ARGUMENT);
    IS(says(result, "the instance is destroyed"), 1);
    pyrun_em_release(em);
    pyrun_em_release(NULL);
    IS(pyrun_em_malloc(NULL, 8, &pointer, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_em_of_instance(NULL, &em, NULL), PYRUN_BAD_ARGUMENT);
    instance = start(arrays, sizeof arrays);
    IS(pyrun_em_of_instance(instance, &em, &result), PYRUN_BAD_ARGUMENT);
    IS(says(result, "is no module of Emscripten's"), 1);
    IS(em == NULL, 1);
    IS(pyrun_instance_destroy(instance), PYRUN_OK);
}

/* CPython is a guest of Emscripten's, too. */
static void python(void) {
    pyrun *py;
    pyrun_em *em;
    pyrun_object *object;
    pyrun_buffer buffer;
    pyrun_result *result;
    pyrun_value value;
    uint32_t block;
    int32_t file;
    IS(pyrun_create(NULL, &py, NULL), PYRUN_OK);
    IS(pyrun_em_of_python(py, &em, NULL), PYRUN_OK);
    memory(em);
    files(em);
    IS(pyrun_eval_str(py, "open('/tmp/x').read()", &result), PYRUN_OK);
    IS(strcmp(pyrun_result_value(result)->u.s.data, "hello"), 0);
    pyrun_result_free(result);
    IS(pyrun_exec_str(py, "open('/tmp/of_python', 'w').write('from Python')", NULL), PYRUN_OK);
    IS(pyrun_em_open_str(em, "/tmp/of_python", PYRUN_EM_RDONLY, 0, &file, NULL), PYRUN_OK);
    IS(pyrun_em_close(em, file, NULL), PYRUN_OK);
    IS(pyrun_em_invoke_str(em, "Py_IsInitialized", NULL, 0, &result), PYRUN_OK);
    IS(pyrun_result_value(result)->u.i, 1);
    pyrun_result_free(result);
    /* Not while memory is lent, or something runs. */
    value = pyrun_bytes("abc", 3);
    IS(pyrun_object_new(py, &value, &object, NULL), PYRUN_OK);
    IS(pyrun_buffer_acquire(py, object, 0, &buffer, sizeof buffer, NULL), PYRUN_OK);
    IS(pyrun_em_malloc(em, 8, &block, NULL), PYRUN_BUSY);
    IS(pyrun_buffer_release(py, &buffer), PYRUN_OK);
    pyrun_object_free(object);
    IS(pyrun_start_str(py, "while True: pass", NULL), PYRUN_OK);
    IS(pyrun_em_malloc(em, 8, &block, NULL), PYRUN_BUSY);
    pyrun_interrupt(py);
    while (pyrun_poll(py) == 0)
        continue;
    IS(pyrun_take(py, NULL), PYRUN_INTERRUPTED);
    IS(pyrun_em_malloc(em, 8, &block, NULL), PYRUN_OK);
    IS(pyrun_destroy(py), PYRUN_OK);
    IS(pyrun_em_malloc(em, 8, &block, &result), PYRUN_BAD_ARGUMENT);
    IS(says(result, "the interpreter is destroyed"), 1);
    pyrun_em_release(em);
    IS(pyrun_em_of_python(NULL, &em, NULL), PYRUN_BAD_ARGUMENT);
}

/* (global (export "level") (mut i32) 3), "big" (mut i64) 0, "small" (mut f32) 0.5, "ratio" f64 2.5 */
static const unsigned char four_globals[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x06, 0x1f, 0x04, 0x7f, 0x01, 0x41, 0x03, 0x0b, 0x7e, 0x01,
    0x42, 0x00, 0x0b, 0x7d, 0x01, 0x43, 0x00, 0x00, 0x00, 0x3f, 0x0b, 0x7c, 0x00, 0x44, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x04, 0x40, 0x0b, 0x07, 0x1f, 0x04, 0x05, 0x6c, 0x65, 0x76, 0x65, 0x6c, 0x03, 0x00, 0x03, 0x62,
    0x69, 0x67, 0x03, 0x01, 0x05, 0x73, 0x6d, 0x61, 0x6c, 0x6c, 0x03, 0x02, 0x05, 0x72, 0x61, 0x74, 0x69, 0x6f,
    0x03, 0x03,
};

static int64_t int_global(pyrun_instance *instance, const char *name) {
    pyrun_result *result;
    int64_t number;
    IS(pyrun_instance_global_str(instance, name, &result), PYRUN_OK);
    IS(pyrun_result_value(result)->kind, PYRUN_INT);
    number = pyrun_result_value(result)->u.i;
    pyrun_result_free(result);
    return number;
}

static double float_global(pyrun_instance *instance, const char *name) {
    pyrun_result *result;
    double number;
    IS(pyrun_instance_global_str(instance, name, &result), PYRUN_OK);
    IS(pyrun_result_value(result)->kind, PYRUN_FLOAT);
    number = pyrun_result_value(result)->u.f;
    pyrun_result_free(result);
    return number;
}

static void globals(void) {
    pyrun_instance *instance = start(four_globals, sizeof four_globals);
    pyrun_result *result;
    IS(int_global(instance, "level"), 3);
    IS(pyrun_instance_set_global_str(instance, "level", pyrun_int(0xffffffff), NULL), PYRUN_OK);
    IS(int_global(instance, "level"), -1);
    IS(pyrun_instance_set_global_str(instance, "big", pyrun_int(-(1ll << 62)), NULL), PYRUN_OK);
    IS(int_global(instance, "big"), -(1ll << 62));
    IS(pyrun_instance_set_global_str(instance, "small", pyrun_float(0.25), NULL), PYRUN_OK);
    IS(float_global(instance, "small") == 0.25, 1);
    IS(float_global(instance, "ratio") == 2.5, 1);
    IS(pyrun_instance_set_global_str(instance, "ratio", pyrun_float(1), &result), PYRUN_BAD_ARGUMENT);
    IS(says(result, "the global ratio is a constant"), 1);
    IS(pyrun_instance_set_global_str(instance, "level", pyrun_int(1ll << 32), &result), PYRUN_CONVERT);
    IS(says(result, "the global level cannot be 4294967296"), 1);
    IS(pyrun_instance_set_global_str(instance, "level", pyrun_float(0.5), NULL), PYRUN_CONVERT);
    IS(pyrun_instance_set_global_str(instance, "level", pyrun_str("x"), NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_instance_global_str(instance, "lev", &result), PYRUN_MISSING);
    IS(says(result, "did you mean \"level\"?"), 1);
    IS(pyrun_instance_set_global(instance, "level", 5, NULL, NULL), PYRUN_BAD_ARGUMENT);
    IS(int_global(instance, "level"), -1);
    IS(pyrun_instance_global(NULL, "level", 5, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_instance_destroy(instance), PYRUN_OK);
}

int main(void) {
    globals();
    exceptions();
    python();
    printf("%d checks\n", checks);
    return 0;
}
