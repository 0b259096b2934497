/* Modules of WebAssembly from C: opened, called, their memory, what the host defines, and what a host may do wrong. */
#include <pyrun.h>
#include <string.h>

#include "check.h"

/* The module below is this source, by `clang --target=wasm32 -Oz -nostdlib -Wl,--no-entry -Wl,--export-dynamic
 * -Wl,--export=__heap_base -Wl,--strip-all`:
 *     __attribute__((import_module("host"),import_name("log"))) void host_log(const char *text, int size);
 *     __attribute__((import_module("host"),import_name("ask"))) long long host_ask(int a, double b);
 *     #define E __attribute__((visibility("default")))
 *     E int add(int a,int b){return a+b;}
 *     E double scale(double a,int b){return a*b;}
 *     E double sum(const double*p,int n){double s=0;for(int i=0;i<n;i++)s+=p[i];return s;}
 *     E void hello(void){host_log("hello",5);}
 *     E long long ask(int a){return host_ask(a,0.5);}
 *     E int crash(int a){return 100/a;}
 *     E float mixed(long long a,float b,double c,int d){return (float)(a+b+c+d);}
 */
static const unsigned char module[] = {
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x33, 0x09, 0x60,
  0x02, 0x7f, 0x7f, 0x00, 0x60, 0x02, 0x7f, 0x7c, 0x01, 0x7e, 0x60, 0x02,
  0x7f, 0x7f, 0x01, 0x7f, 0x60, 0x02, 0x7c, 0x7f, 0x01, 0x7c, 0x60, 0x02,
  0x7f, 0x7f, 0x01, 0x7c, 0x60, 0x00, 0x00, 0x60, 0x01, 0x7f, 0x01, 0x7e,
  0x60, 0x01, 0x7f, 0x01, 0x7f, 0x60, 0x04, 0x7e, 0x7d, 0x7c, 0x7f, 0x01,
  0x7d, 0x02, 0x17, 0x02, 0x04, 0x68, 0x6f, 0x73, 0x74, 0x03, 0x6c, 0x6f,
  0x67, 0x00, 0x00, 0x04, 0x68, 0x6f, 0x73, 0x74, 0x03, 0x61, 0x73, 0x6b,
  0x00, 0x01, 0x03, 0x08, 0x07, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
  0x05, 0x03, 0x01, 0x00, 0x02, 0x06, 0x0f, 0x02, 0x7f, 0x01, 0x41, 0x90,
  0x88, 0x04, 0x0b, 0x7f, 0x00, 0x41, 0x90, 0x88, 0x04, 0x0b, 0x07, 0x4a,
  0x09, 0x06, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 0x02, 0x00, 0x03, 0x61,
  0x64, 0x64, 0x00, 0x02, 0x05, 0x73, 0x63, 0x61, 0x6c, 0x65, 0x00, 0x03,
  0x03, 0x73, 0x75, 0x6d, 0x00, 0x04, 0x05, 0x68, 0x65, 0x6c, 0x6c, 0x6f,
  0x00, 0x05, 0x03, 0x61, 0x73, 0x6b, 0x00, 0x06, 0x05, 0x63, 0x72, 0x61,
  0x73, 0x68, 0x00, 0x07, 0x05, 0x6d, 0x69, 0x78, 0x65, 0x64, 0x00, 0x08,
  0x0b, 0x5f, 0x5f, 0x68, 0x65, 0x61, 0x70, 0x5f, 0x62, 0x61, 0x73, 0x65,
  0x03, 0x01, 0x0a, 0x95, 0x01, 0x07, 0x07, 0x00, 0x20, 0x01, 0x20, 0x00,
  0x6a, 0x0b, 0x08, 0x00, 0x20, 0x01, 0xb7, 0x20, 0x00, 0xa2, 0x0b, 0x42,
  0x01, 0x01, 0x7c, 0x20, 0x01, 0x41, 0x00, 0x20, 0x01, 0x41, 0x00, 0x4a,
  0x1b, 0x21, 0x01, 0x44, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
  0x21, 0x02, 0x03, 0x7c, 0x02, 0x40, 0x20, 0x01, 0x0d, 0x00, 0x20, 0x02,
  0x0f, 0x0b, 0x20, 0x01, 0x41, 0x7f, 0x6a, 0x21, 0x01, 0x20, 0x02, 0x20,
  0x00, 0x2b, 0x03, 0x00, 0xa0, 0x21, 0x02, 0x20, 0x00, 0x41, 0x08, 0x6a,
  0x21, 0x00, 0x0c, 0x00, 0x0b, 0x0b, 0x10, 0x00, 0x41, 0x80, 0x88, 0x80,
  0x80, 0x00, 0x41, 0x05, 0x10, 0x80, 0x80, 0x80, 0x80, 0x00, 0x0b, 0x13,
  0x00, 0x20, 0x00, 0x44, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xe0, 0x3f,
  0x10, 0x81, 0x80, 0x80, 0x80, 0x00, 0x0b, 0x08, 0x00, 0x41, 0xe4, 0x00,
  0x20, 0x00, 0x6d, 0x0b, 0x11, 0x00, 0x20, 0x00, 0xb4, 0x20, 0x01, 0x92,
  0xbb, 0x20, 0x02, 0xa0, 0x20, 0x03, 0xb7, 0xa0, 0xb6, 0x0b, 0x0b, 0x0d,
  0x01, 0x00, 0x41, 0x80, 0x08, 0x0b, 0x06, 0x68, 0x65, 0x6c, 0x6c, 0x6f,
  0x00
};

static int logged, asked, destroyed;
static pyrun_instance *inside;

static int host_log(void *user, pyrun_import_call *call, const pyrun_word *arguments, size_t count, pyrun_word *results,
                    size_t room) {
    size_t size;
    const uint8_t *memory = pyrun_import_memory(call, &size);
    (void)results;
    IS(count, 2);
    IS(room, 0);
    IS(size >= arguments[0].u32 + arguments[1].u32, 1);
    IS(memcmp(memory + arguments[0].u32, "hello", arguments[1].u32), 0);
    logged += *(int *)user;
    return 0;
}

static int host_ask(void *user, pyrun_import_call *call, const pyrun_word *arguments, size_t count, pyrun_word *results,
                    size_t room) {
    uint64_t size;
    (void)user;
    IS(count, 2);
    IS(room, 1);
    IS(arguments[1].f64 == 0.5, 1);
    asked++;
    /* The instance is at work. */
    IS(pyrun_instance_memory_size(inside, &size, NULL), PYRUN_BUSY);
    IS(pyrun_instance_destroy(inside), PYRUN_BUSY);
    if (arguments[0].i32 == 7) {
        IS(pyrun_import_fail_str(call, "no luck"), PYRUN_OK);
        return 0;
    }
    if (arguments[0].i32 == 8) return 5;
    results[0].i64 = (int64_t)arguments[0].i32 << 40;
    return 0;
}

static void gone(void *user) { destroyed += *(int *)user; }

static int says(pyrun_result *error, const char *part) {
    int found = strstr(pyrun_message(error), part) != NULL;
    if (!found) printf("%s\n", pyrun_message(error));
    pyrun_result_free(error);
    return found;
}

static int64_t number(pyrun_result *result) {
    const pyrun_value *value = pyrun_result_value(result);
    int64_t found = value->kind == PYRUN_INT ? value->u.i : -999;
    pyrun_result_free(result);
    return found;
}

static void opening(pyrun_wasm **wasm) {
    pyrun_result *result;
    IS(pyrun_wasm_load(NULL, module, sizeof module, wasm, NULL), PYRUN_OK);
    IS(pyrun_wasm_text(*wasm, PYRUN_WASM_KIND, &result), PYRUN_OK);
    IS(strcmp(pyrun_result_value(result)->u.s.data, "standalone"), 0);
    pyrun_result_free(result);
    IS(pyrun_wasm_text(*wasm, PYRUN_WASM_JSON, &result), PYRUN_OK);
    IS(strstr(pyrun_result_value(result)->u.s.data, "\"log: (i32, i32)\"") != NULL, 1);
    pyrun_result_free(result);
    IS(pyrun_wasm_text(*wasm, 9, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_wasm_text(NULL, 0, NULL), PYRUN_BAD_ARGUMENT);
}

static void calls(pyrun_instance *instance) {
    pyrun_result *result;
    pyrun_value two[] = {pyrun_int(40), pyrun_int(2)};
    IS(pyrun_instance_call_str(instance, "add", two, 2, &result), PYRUN_OK);
    IS(number(result), 42);
    two[0] = pyrun_int(4294967295u);
    IS(pyrun_instance_call_str(instance, "add", two, 2, &result), PYRUN_OK);
    IS(number(result), 1);
    two[0] = pyrun_int(4294967296);
    IS(pyrun_instance_call_str(instance, "add", two, 2, &result), PYRUN_CONVERT);
    IS(says(result, "argument 1 of add is 4294967296, but an i32 takes"), 1);
    IS(pyrun_instance_call_str(instance, "add", two, 1, &result), PYRUN_BAD_ARGUMENT);
    IS(says(result, "add takes 2 arguments, not 1"), 1);
    IS(pyrun_instance_call_str(instance, "Add", NULL, 0, &result), PYRUN_MISSING);
    IS(says(result, "did you mean \"add\"?"), 1);
    two[0] = pyrun_str("x");
    IS(pyrun_instance_call_str(instance, "add", two, 2, NULL), PYRUN_BAD_ARGUMENT);
    two[0] = pyrun_int(0);
    IS(pyrun_instance_call_str(instance, "crash", two, 1, &result), PYRUN_CRASHED);
    IS(says(result, "integer divide by zero, in crash"), 1);
    IS(pyrun_instance_call_str(instance, "hello", NULL, 0, &result), PYRUN_OK);
    IS(pyrun_result_value(result)->kind, PYRUN_NONE);
    pyrun_result_free(result);
    IS(logged, 3);
    two[0] = pyrun_int(1);
    IS(pyrun_instance_call_str(instance, "ask", two, 1, &result), PYRUN_OK);
    IS(number(result), 1ll << 40);
    two[0] = pyrun_int(7);
    IS(pyrun_instance_call_str(instance, "ask", two, 1, &result), PYRUN_EXCEPTION);
    IS(says(result, "host.ask: no luck"), 1);
    two[0] = pyrun_int(8);
    IS(pyrun_instance_call_str(instance, "ask", two, 1, &result), PYRUN_EXCEPTION);
    IS(says(result, "the host function failed with 5"), 1);
    IS(asked, 3);
}

static void functions(pyrun_wasm *wasm, pyrun_instance *instance) {
    pyrun_function *add, *scale, *mixed;
    pyrun_instance *other;
    pyrun_result *error;
    pyrun_word arguments[4], result[2];
    IS(pyrun_instance_function_str(instance, "add", &add, NULL), PYRUN_OK);
    arguments[0].i32 = -1;
    arguments[1].i32 = 3;
    result[0].u64 = result[1].u64 = 99;
    IS(pyrun_function_call(instance, add, arguments, 2, result, 2, NULL), PYRUN_OK);
    IS(result[0].i32, 2);
    IS(result[1].u64, 99);
    IS(pyrun_function_call(instance, add, arguments, 1, result, 1, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_function_call(instance, add, arguments, 2, result, 0, &error), PYRUN_BAD_ARGUMENT);
    IS(says(error, "takes 2 words and gives 1"), 1);
    IS(pyrun_function_call(instance, NULL, arguments, 2, result, 1, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_instance_function_str(instance, "scale", &scale, NULL), PYRUN_OK);
    arguments[0].f64 = 1.5;
    arguments[1].i32 = 4;
    IS(pyrun_function_call(instance, scale, arguments, 2, result, 1, NULL), PYRUN_OK);
    IS(result[0].f64 == 6, 1);
    /* A signature without a way of its own. */
    IS(pyrun_instance_function_str(instance, "mixed", &mixed, NULL), PYRUN_OK);
    arguments[0].i64 = 1;
    arguments[1].f32 = 0.5f;
    arguments[2].f64 = 0.25;
    arguments[3].i32 = 2;
    IS(pyrun_function_call(instance, mixed, arguments, 4, result, 1, NULL), PYRUN_OK);
    IS(result[0].f32 == 3.75f, 1);
    IS(pyrun_instance_create(wasm, NULL, &other, NULL), PYRUN_OK);
    IS(pyrun_function_call(other, mixed, arguments, 4, result, 1, &error), PYRUN_BAD_ARGUMENT);
    IS(says(error, "another instance"), 1);
    IS(pyrun_instance_destroy(other), PYRUN_OK);
    pyrun_function_free(add);
    pyrun_function_free(scale);
    pyrun_function_free(mixed);
    pyrun_function_free(NULL);
}

static void memory(pyrun_instance *instance) {
    const double numbers[] = {1, 2.5, -0.5};
    double back[3];
    uint32_t address, before, record;
    uint64_t size, larger;
    pyrun_result *result;
    pyrun_layout *layout;
    pyrun_value arguments[2];
    IS(pyrun_instance_allocate(instance, sizeof numbers, &address, NULL), PYRUN_OK);
    IS(address % 16, 0);
    IS(pyrun_instance_write(instance, address, numbers, sizeof numbers, NULL), PYRUN_OK);
    IS(pyrun_instance_read(instance, address, back, sizeof back, NULL), PYRUN_OK);
    IS(memcmp(numbers, back, sizeof back), 0);
    arguments[0] = pyrun_int(address);
    arguments[1] = pyrun_int(3);
    IS(pyrun_instance_call_str(instance, "sum", arguments, 2, &result), PYRUN_OK);
    IS(pyrun_result_value(result)->u.f == 3, 1);
    pyrun_result_free(result);
    IS(pyrun_instance_memory_size(instance, &size, NULL), PYRUN_OK);
    IS(pyrun_instance_memory_grow(instance, 2, &before, NULL), PYRUN_OK);
    IS(before, size / 65536);
    IS(pyrun_instance_memory_size(instance, &larger, NULL), PYRUN_OK);
    IS(larger, size + 131072);
    IS(pyrun_instance_memory_grow(instance, 65536, &before, &result), PYRUN_LIMIT);
    IS(says(result, "cannot grow by 65536"), 1);
    IS(pyrun_instance_read(instance, (uint32_t)larger - 1, back, 2, &result), PYRUN_BAD_ARGUMENT);
    IS(says(result, "lie outside the memory"), 1);
    IS(pyrun_instance_write(instance, 0xffffffff, back, 8, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_instance_read(instance, 0, NULL, 1, NULL), PYRUN_BAD_ARGUMENT);

    IS(pyrun_layout_new_str("{x: f64, n: i32, name: [u8; 16], at: [i16; 2]}", &layout, NULL), PYRUN_OK);
    IS(pyrun_layout_size(layout), 32);
    IS(pyrun_instance_allocate(instance, pyrun_layout_size(layout), &record, NULL), PYRUN_OK);
    IS(pyrun_instance_set_field_str(instance, layout, record, "n", pyrun_int(-7), NULL), PYRUN_OK);
    IS(pyrun_instance_set_field_str(instance, layout, record, "name", pyrun_str("Ada"), NULL), PYRUN_OK);
    IS(pyrun_instance_set_field_str(instance, layout, record, "at[1]", pyrun_int(40000), &result), PYRUN_CONVERT);
    IS(says(result, "40000 does not fit i16"), 1);
    IS(pyrun_instance_field_str(instance, layout, record, "n", &result), PYRUN_OK);
    IS(number(result), -7);
    IS(pyrun_instance_field_str(instance, layout, record, "", &result), PYRUN_OK);
    IS(pyrun_result_value(result)->kind, PYRUN_DICT);
    IS(pyrun_result_value(result)->u.l.count, 8);
    IS(memcmp(pyrun_result_value(result)->u.l.items[5].u.s.data, "Ada\0\0", 5), 0);
    pyrun_result_free(result);
    IS(pyrun_layout_new_str("{x: f6}", NULL, NULL), PYRUN_BAD_ARGUMENT);
    pyrun_layout_free(layout);
    IS(pyrun_instance_release(instance, record, NULL), PYRUN_OK);
    IS(pyrun_instance_release(instance, record, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_instance_arena(instance, 0, 16, NULL), PYRUN_BAD_ARGUMENT);
}

/* (module (func (export "main") (result i32) (i32.const 3))) */
static const unsigned char exits[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f, 3, 2, 1, 0, 7, 8, 1, 4, 'm', 'a', 'i',
                                      'n', 0, 0, 10, 6, 1, 4, 0, 0x41, 3, 0x0b};

static void refusals(void) {
    pyrun_wasm *wasm;
    pyrun_instance *instance;
    pyrun_result *error;
    pyrun_value argument = pyrun_str("a");
    int status = 9;
    IS(pyrun_wasm_open_str(NULL, "/nowhere.wasm", &wasm, &error), PYRUN_MISSING);
    IS(says(error, "cannot read /nowhere.wasm"), 1);
    IS(pyrun_wasm_load(NULL, "PK\3\4", 4, &wasm, NULL), PYRUN_OK);
    IS(pyrun_instance_create(wasm, NULL, &instance, &error), PYRUN_BAD_ARGUMENT);
    IS(says(error, "a zip archive"), 1);
    IS(pyrun_wasm_run(wasm, NULL, &argument, 1, &status, NULL), PYRUN_BAD_ARGUMENT);
    IS(status, 9);
    IS(pyrun_wasm_run_report(wasm, NULL, NULL, 0, &status, &error), PYRUN_BAD_ARGUMENT);
    IS(strstr(pyrun_result_text(error, PYRUN_RESULT_REPORT, NULL), "\"version\":1") != NULL, 1);
    IS(says(error, "a zip archive"), 1);
    pyrun_wasm_free(wasm);
    IS(pyrun_wasm_load(NULL, exits, sizeof exits, &wasm, NULL), PYRUN_OK);
    IS(pyrun_wasm_run_report(wasm, NULL, NULL, 0, &status, &error), PYRUN_OK);
    IS(status, 3);
    IS(strstr(pyrun_result_value(error)->u.s.data, "\"status\":3") != NULL, 1);
    pyrun_result_free(error);
    pyrun_wasm_free(wasm);
    IS(pyrun_wasm_load(NULL, module, sizeof module, &wasm, NULL), PYRUN_OK);
    IS(pyrun_instance_create(wasm, NULL, &instance, &error), PYRUN_MISSING);
    IS(says(error, "imports host.log, host.ask, which nobody defines"), 1);
    IS(pyrun_wasm_import_str(wasm, "host", "log", NULL, NULL, NULL, NULL), PYRUN_BAD_ARGUMENT);
    pyrun_wasm_free(wasm);
    pyrun_wasm_free(NULL);
    IS(pyrun_instance_destroy(NULL), PYRUN_OK);
}

int main(void) {
    pyrun_wasm *wasm;
    pyrun_instance *instance;
    int one = 1, three = 3;
    opening(&wasm);
    IS(pyrun_wasm_import_str(wasm, "host", "log", host_log, &three, gone, NULL), PYRUN_OK);
    IS(pyrun_wasm_import_str(wasm, "host", "ask", host_ask, &one, gone, NULL), PYRUN_OK);
    IS(pyrun_instance_create(wasm, NULL, &instance, NULL), PYRUN_OK);
    inside = instance;
    calls(instance);
    functions(wasm, instance);
    memory(instance);
    pyrun_wasm_free(wasm);
    IS(destroyed, 0);
    IS(pyrun_instance_destroy(instance), PYRUN_OK);
    IS(destroyed, 4);
    refusals();
    printf("%d checks\n", checks);
    return 0;
}
