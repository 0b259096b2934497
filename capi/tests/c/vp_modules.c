/* Modules, operations and C's functions for a host as ChrysaLisp's is: it passes 64-bit integers, and has no addresses but those of
 * the one text or array that a call is about, so that names and rows are made first. The rows of the plan that the class in
 * examples/chrysalisp grew from are each a function here: simple modules, array processing, shared memory, its program in both
 * forms, a program that prints. */
#define _POSIX_C_SOURCE 200809L
#include <pyrun_vp.h>
#include <unistd.h>

#include "vp.h"
#include "wasm_modules.h"

#define ADDRESS(pointer) (word)(intptr_t)(pointer)

/* Results that the host gives back at the end of a row. */
static word made[256];
static int made_count;

static word keep(word id) {
    IS(id > 0 && made_count < 256, 1);
    made[made_count++] = id;
    return id;
}

static void drop_all(void) {
    while (made_count > 0)
        IS(request(PYRUN_VP_DROP, made[--made_count], 0, 0), 0);
}

/* A value without an address of its own: a text, a row of numbers. */
static word text(const char *said) { return keep(request(PYRUN_VP_VALUE + PYRUN_STR, 0, said, strlen(said))); }
static word ints(const int64_t *numbers, int count) {
    return keep(request(PYRUN_VP_VALUE + PYRUN_INT64S, 0, numbers, count));
}
static word floats(const double *numbers, int count) {
    return keep(request(PYRUN_VP_VALUE + PYRUN_FLOAT64S, 0, numbers, count));
}

static int says(const char *part) {
    char why[1024] = "";
    word size = fetch(0, PYRUN_VP_TEXT, why, sizeof why - 1);
    if (size < 0 || !strstr(why, part))
        printf("%s\n", why);
    return size > 0 && strstr(why, part) != NULL;
}

static double real(word result) {
    double number = -77;
    IS(get(result, PYRUN_VP_STATUS), PYRUN_OK);
    IS(get(result, PYRUN_VP_KIND), PYRUN_FLOAT);
    IS(fetch(result, PYRUN_VP_FLOAT64S, &number, 8), 8);
    return number;
}

static word integer(word result) {
    IS(get(result, PYRUN_VP_STATUS), PYRUN_OK);
    IS(get(result, PYRUN_VP_KIND), PYRUN_INT);
    return get(result, PYRUN_VP_WORD);
}

static word open_bytes(const unsigned char *bytes, size_t size, const char *options) {
    char settings[128];
    word file = keep(request(PYRUN_VP_VALUE + PYRUN_BYTES, 0, bytes, size));
    snprintf(settings, sizeof settings, "module-bytes %lld\n%s", (long long)file, options);
    return request(PYRUN_VP_WASM_OPEN, 0, settings, strlen(settings));
}

/* A call of a function with up to four integers. */
static word call(word module, const char *name, int count, word a, word b, word c, word d) {
    word words[] = {text(name), -1, PYRUN_INT, a, 0, PYRUN_INT, b, 0, PYRUN_INT, c, 0, PYRUN_INT, d, 0};
    word result = request(PYRUN_VP_WASM_CALL, module, words, 2 + 3 * count);
    return result > 0 ? keep(result) : result;
}

/* ---- "Simple WASM modules": opened from a file, looked at, called ---- */

static void simple_modules(void) {
    char path[] = "/tmp/pyrun-vp-modules-XXXXXX", settings[128];
    int file = mkstemp(path);
    word module, exports, first, results[2];
    IS(write(file, arrays, sizeof arrays), sizeof arrays);
    close(file);
    snprintf(settings, sizeof settings, "module %s\nmemory 1048576\n", path);
    module = request(PYRUN_VP_WASM_OPEN_LATER, 0, settings, strlen(settings));
    IS(module > 0, 1);
    while (request(PYRUN_VP_POLL, module, 1000, 1) == 0)
        continue;
    IS(request(PYRUN_VP_TAKE, module, 0, 0), 0);
    unlink(path);
    IS(has_text(keep(request(PYRUN_VP_WASM_TEXT, module, PYRUN_WASM_KIND, 0)), PYRUN_VP_TEXT, "standalone"), 1);
    IS(request(PYRUN_VP_WASM_TEXT, module, 9, 0), PYRUN_BAD_ARGUMENT);
    exports = keep(request(PYRUN_VP_WASM_EXPORTS, module, 0, 0));
    IS(get(exports, PYRUN_VP_COUNT), 13);
    first = keep(request(PYRUN_VP_ITEM, exports, 2, 0));
    IS(has_text(first, PYRUN_VP_TEXT, "[add, function, (i32, i32) -> i32]"), 1);
    IS(integer(call(module, "add", 2, 40, 2, 0, 0)), 42);
    IS(integer(call(module, "add", 2, 4294967295ll, 2, 0, 0)), 1);
    /* Mistakes are codes, and nothing is called; a trap is a result. */
    IS(call(module, "add", 2, 4294967296ll, 2, 0, 0), PYRUN_CONVERT);
    IS(says("argument 1 of add is 4294967296"), 1);
    IS(call(module, "add", 1, 1, 0, 0, 0), PYRUN_BAD_ARGUMENT);
    IS(call(module, "ad", 1, 1, 0, 0, 0), PYRUN_MISSING);
    IS(says("did you mean \"add\"?"), 1);
    first = call(module, "crash", 1, 0, 0, 0, 0);
    IS(get(first, PYRUN_VP_STATUS), PYRUN_CRASHED);
    IS(has_text(first, PYRUN_VP_TEXT, "the module trapped: integer divide by zero, in crash"), 1);
    IS(integer(call(module, "add", 2, 1, 2, 0, 0)), 3);
    /* Words that are none of a call. */
    results[0] = 0;
    results[1] = 5;
    IS(request(PYRUN_VP_WASM_CALL, module, results, 1), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_WASM_CALL, module, results, 2), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_WASM_CALL, module, 0, 2), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_RUN, module, "1", 1), PYRUN_VP_STALE);
    /* An interrupt while nothing runs is forgotten. */
    IS(request(PYRUN_VP_INTERRUPT, module, 0, 0), 0);
    IS(integer(call(module, "add", 2, 1, 2, 0, 0)), 3);
    IS(request(50, module, 0, 0), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_WASM_MEMORY_SIZE, module, 0, 0), 131072);
    IS(request(PYRUN_VP_WASM_MEMORY_GROW, module, 1, 0), 2);
    IS(request(PYRUN_VP_WASM_MEMORY_GROW, module, 16, 0), PYRUN_LIMIT);
    IS(request(PYRUN_VP_WASM_MEMORY_GROW, module, -1, 0), PYRUN_BAD_ARGUMENT);
    drop_all();
    IS(request(PYRUN_VP_CLOSE, module, 0, 0), 0);
    IS(request(PYRUN_VP_CLOSE, module, 0, 0), PYRUN_VP_STALE);
    IS(request(PYRUN_VP_WASM_MEMORY_SIZE, module, 0, 0), PYRUN_VP_STALE);
}

/* ---- "Array processing": rows of each type go in, are worked on, and come out ---- */

static word write_row(word module, word at, char type, word row) {
    word words[] = {at, type, PYRUN_OBJECT, row, 0};
    return request(PYRUN_VP_WASM_WRITE, module, words, 5);
}

static word read_row(word module, word at, word count, char type) {
    word words[] = {at, count, type};
    word result = request(PYRUN_VP_WASM_READ, module, words, 3);
    return result > 0 ? keep(result) : result;
}

static void array_processing(void) {
    const int64_t numbers[] = {1, 2, 3, 4, 5}, large[] = {1, 1ll << 31}, fixed[] = {3 << 15, -(1 << 16)};
    const double halves[] = {0.5, 1.5, 2.5};
    const word add_up[] = {PYRUN_INT64S, 5};
    word module = open_bytes(arrays, sizeof arrays, ""), at, row, back[5];
    double found[3];
    IS(module > 0, 1);
    at = request(PYRUN_VP_WASM_ALLOCATE, module, 4096, 0);
    IS(at > 0, 1);
    /* The plan's own marshalling: 64-bit integers; then C's int, which has 32. */
    IS(write_row(module, at, 'q', ints(numbers, 5)), 40);
    IS(integer(call(module, "sum", 2, at, 5, 0, 0)), 15);
    IS(real(call(module, "mean", 2, at, 5, 0, 0)) == 3, 1);
    IS(write_row(module, at, 'i', ints(numbers, 5)), 20);
    IS(integer(call(module, "sum_array", 2, at, 5, 0, 0)), 15);
    row = read_row(module, at, 5, 'i');
    IS(get(row, PYRUN_VP_KIND), add_up[0]);
    IS(get(row, PYRUN_VP_NUMBERS), PYRUN_INT64S);
    IS(has_text(row, PYRUN_VP_DTYPE, "int32"), 1);
    IS(get(row, PYRUN_VP_SHAPE), 5);
    IS(fetch(row, PYRUN_VP_INT64S, back, sizeof back), 40);
    IS(memcmp(back, numbers, sizeof back), 0);
    IS(has_text(row, PYRUN_VP_TEXT, "[1, 2, 3, 4, 5]"), 1);
    /* In place, of 16 bits. */
    IS(write_row(module, at, 'h', ints(numbers, 5)), 10);
    IS(get(call(module, "negate", 2, at, 5, 0, 0), PYRUN_VP_KIND), PYRUN_NONE);
    IS(has_text(read_row(module, at, 5, 'h'), PYRUN_VP_TEXT, "[-1, -2, -3, -4, -5]"), 1);
    /* Floats, and fixed-point numbers as floats. */
    IS(write_row(module, at, 'd', floats(halves, 3)), 24);
    IS(real(call(module, "average", 2, at, 3, 0, 0)) == 1.5, 1);
    IS(real(call(module, "dot_product", 3, at, at, 3, 0)) == 8.75, 1);
    IS(fetch(read_row(module, at, 3, 'd'), PYRUN_VP_FLOAT64S, found, sizeof found), 24);
    IS(found[2] == 2.5, 1);
    row = keep(request(PYRUN_VP_VALUE + PYRUN_VP_FIXED64S, 0, fixed, 2));
    IS(write_row(module, at, 'f', row), 8);
    row = read_row(module, at, 2, 'f');
    IS(fetch(row, PYRUN_VP_FIXEDS, back, sizeof back), 16);
    IS(memcmp(back, fixed, sizeof fixed), 0);
    /* A number that does not fit is an error, and nothing is written. */
    IS(write_row(module, at, 'i', ints(large, 2)), PYRUN_CONVERT);
    IS(says("element 1 is 2147483648, which does not fit int32"), 1);
    IS(has_text(read_row(module, at, 2, 'f'), PYRUN_VP_TEXT, "[1.5, -1.0]"), 1);
    IS(write_row(module, at, 'i', floats(halves, 3)), PYRUN_CONVERT);
    IS(write_row(module, at, 'x', ints(large, 2)), PYRUN_BAD_ARGUMENT);
    IS(write_row(module, -1, 'q', ints(large, 2)), PYRUN_BAD_ARGUMENT);
    IS(write_row(module, 131065, 'q', ints(large, 1)), PYRUN_BAD_ARGUMENT);
    IS(says("lie outside the memory"), 1);
    IS(read_row(module, 0, -1, 'q'), PYRUN_BAD_ARGUMENT);
    IS(read_row(module, 0, INT64_MAX, 'q'), PYRUN_BAD_ARGUMENT);
    IS(read_row(module, 0, 131073, 0), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_WASM_RELEASE, module, at, 0), 0);
    IS(request(PYRUN_VP_WASM_RELEASE, module, at, 0), PYRUN_BAD_ARGUMENT);
    drop_all();
    IS(request(PYRUN_VP_CLOSE, module, 0, 0), 0);
}

/* ---- "Memory sharing": bytes and structs that both sides see, and the module's globals ---- */

static void memory_sharing(void) {
    word module = open_bytes(arrays, sizeof arrays, ""), at = request(PYRUN_VP_WASM_ALLOCATE, module, 64, 0);
    word bytes[] = {at, 0, PYRUN_STR, ADDRESS("a\0b"), 3}, field[9], name[5];
    IS(request(PYRUN_VP_WASM_WRITE, module, bytes, 5), 3);
    IS(fetch(read_row(module, at, 3, 0), PYRUN_VP_TEXT, bytes, 24), 3);
    IS(memcmp(bytes, "a\0b", 3), 0);
    field[0] = text("{x: f64, n: [i32; 2], name: [u8; 8]}"), field[1] = -1, field[2] = text("n[1]"), field[3] = -1;
    field[4] = at, field[5] = PYRUN_INT, field[6] = -5, field[7] = 0, field[8] = 0;
    IS(request(PYRUN_VP_WASM_SET_FIELD, module, field, 8), 0);
    IS(integer(keep(request(PYRUN_VP_WASM_FIELD, module, field, 5))), -5);
    field[6] = 1ll << 31;
    IS(request(PYRUN_VP_WASM_SET_FIELD, module, field, 8), PYRUN_CONVERT);
    IS(request(PYRUN_VP_WASM_SET_FIELD, module, field, 7), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_WASM_FIELD, module, field, 9), PYRUN_BAD_ARGUMENT);
    field[2] = text("");
    IS(get(keep(request(PYRUN_VP_WASM_FIELD, module, field, 5)), PYRUN_VP_KIND), PYRUN_DICT);
    name[0] = text("__stack_pointer"), name[1] = -1, name[2] = PYRUN_INT, name[3] = 4096, name[4] = 0;
    IS(integer(keep(request(PYRUN_VP_WASM_GLOBAL, module, name, 2))) > 4096, 1);
    IS(request(PYRUN_VP_WASM_SET_GLOBAL, module, name, 5), 0);
    IS(integer(keep(request(PYRUN_VP_WASM_GLOBAL, module, name, 2))), 4096);
    name[3] = 1ll << 32;
    IS(request(PYRUN_VP_WASM_SET_GLOBAL, module, name, 5), PYRUN_CONVERT);
    name[0] = text("__heap_base");
    IS(request(PYRUN_VP_WASM_SET_GLOBAL, module, name, 5), PYRUN_BAD_ARGUMENT);
    IS(says("the global __heap_base is a constant"), 1);
    drop_all();
    IS(request(PYRUN_VP_CLOSE, module, 0, 0), 0);
}

/* ---- The plan's program: np.sum(data) * 2 and np.mean(data), by Python and by operations ---- */

static void plan_by_python(void) {
    const int64_t data[] = {1, 2, 3, 4, 5};
    word py = request(PYRUN_VP_OPEN, 0, 0, 0), np, result, words[6], prints;
    double mean;
    IS(py > 0, 1);
    np = request(PYRUN_VP_IMPORT, py, "numpy", 5);
    IS(get(np, PYRUN_VP_STATUS), PYRUN_OK);
    words[0] = np, words[1] = request(PYRUN_VP_VALUE + PYRUN_STR, py, "sum", 3), words[2] = -1;
    words[3] = PYRUN_OBJECT, words[4] = request(PYRUN_VP_VALUE + PYRUN_INT64S, py, data, 5), words[5] = 0;
    result = request(PYRUN_VP_CALL, py, words, 6);
    IS(get(result, PYRUN_VP_WORD) * 2, 30);
    words[1] = request(PYRUN_VP_VALUE + PYRUN_STR, py, "mean", 4);
    IS(fetch(request(PYRUN_VP_CALL, py, words, 6), PYRUN_VP_WORD, &mean, 8), 8);
    IS(mean == 3, 1);
    prints = run(py, "import numpy as np\ndata = [1, 2, 3, 4, 5]\nresult = np.sum(data) * 2\nmean_val = np.mean(data)\n"
                     "print(f\"Sum*2: {result}, Mean: {mean_val}\")");
    IS(has_text(prints, PYRUN_VP_OUTPUT, "Sum*2: 30, Mean: 3.0\n"), 1);
    IS(request(PYRUN_VP_CLOSE, py, 0, 0), 0);
}

static word operate(word operations, const char *name, word a, word b) {
    word words[] = {text(name), -1, PYRUN_OBJECT, a, 0, PYRUN_OBJECT, b, 0};
    word result = request(PYRUN_VP_WASM_CALL, operations, words, b ? 8 : 5);
    return result > 0 ? keep(result) : result;
}

static void plan_by_operations(void) {
    const int64_t data[] = {1, 2, 3, 4, 5}, square[] = {1, 2, 3, 4}, column[] = {5, 6};
    const double none[] = {0};
    word operations = request(PYRUN_VP_WASM_OPEN, 0, "operations\nmemory 4194304", 25), row, order[5], matmul[17];
    IS(operations > 0, 1);
    row = ints(data, 5);
    IS(integer(operate(operations, "sum", row, 0)) * 2, 30);
    IS(real(operate(operations, "mean", row, 0)) == 3, 1);
    IS(integer(operate(operations, "dot", row, row)), 55);
    IS(has_text(operate(operations, "cumsum", row, 0), PYRUN_VP_TEXT, "[1, 3, 6, 10, 15]"), 1);
    IS(has_text(operate(operations, "less", row, keep(request(PYRUN_VP_VALUE + PYRUN_INT, 0, 3, 0))), PYRUN_VP_DTYPE, "bool"), 1);
    IS(fetch(operate(operations, "argsort", row, 0), PYRUN_VP_INT64S, order, sizeof order), 40);
    IS(order[4], 4);
    matmul[0] = text("matmul"), matmul[1] = -1;
    matmul[2] = PYRUN_OBJECT, matmul[3] = ints(square, 4), matmul[4] = 0;
    matmul[5] = PYRUN_OBJECT, matmul[6] = ints(column, 2), matmul[7] = 0;
    matmul[8] = matmul[11] = matmul[14] = PYRUN_INT;
    matmul[9] = 2, matmul[12] = 2, matmul[15] = 1, matmul[10] = matmul[13] = matmul[16] = 0;
    IS(has_text(keep(request(PYRUN_VP_WASM_CALL, operations, matmul, 17)), PYRUN_VP_TEXT, "[17, 39]"), 1);
    /* Counts and edges of a histogram. */
    row = operate(operations, "histogram", row, keep(request(PYRUN_VP_VALUE + PYRUN_INT, 0, 2, 0)));
    IS(get(row, PYRUN_VP_COUNT), 2);
    IS(has_text(keep(request(PYRUN_VP_ITEM, row, 0, 0)), PYRUN_VP_TEXT, "[2, 3]"), 1);
    IS(has_text(keep(request(PYRUN_VP_ITEM, row, 1, 0)), PYRUN_VP_TEXT, "[1.0, 3.0, 5.0]"), 1);
    IS(request(PYRUN_VP_ITEM, row, 2, 0), PYRUN_BAD_ARGUMENT);
    /* What cannot be done says why. */
    IS(operate(operations, "summ", row, 0), PYRUN_BAD_ARGUMENT);
    IS(operate(operations, "max", floats(none, 0), 0), PYRUN_BAD_ARGUMENT);
    IS(says("max of an empty array"), 1);
    IS(operate(operations, "sum", text("x"), 0), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_WASM_MEMORY_SIZE, operations, 0, 0), PYRUN_BAD_ARGUMENT);
    row = operate(operations, "exp", floats((double[]){60}, 1), 0);
    IS(fetch(row, PYRUN_VP_FIXEDS, order, 8), PYRUN_CONVERT);
    IS(says("does not fit a fixed-point number"), 1);
    drop_all();
    IS(release(operations), 0);
    IS(operate(operations, "sum", text("x"), 0), PYRUN_VP_STALE);
    drop_all();
}

/* ---- Programs, in the background: they print, and are told a line ---- */

static void programs(void) {
    char settings[64];
    word file = request(PYRUN_VP_VALUE + PYRUN_BYTES, 0, throws, sizeof throws), program, result, words[8];
    word line[] = {PYRUN_STR, ADDRESS("Ada\n"), 4};
    snprintf(settings, sizeof settings, "module-bytes %lld", (long long)file);
    words[0] = text(settings), words[1] = -1;
    words[2] = words[5] = PYRUN_STR, words[3] = words[6] = ADDRESS("x"), words[4] = words[7] = 1;
    program = request(PYRUN_VP_WASM_RUN, 0, words, 8);
    IS(program > 0, 1);
    IS(until_it_says(program), 2);
    IS(has_text(keep(request(PYRUN_VP_PRINTED, program, 0, 0)), PYRUN_VP_TEXT, "name? "), 1);
    IS(get(keep(request(PYRUN_VP_ASKED, program, 0, 0)), PYRUN_VP_KIND), PYRUN_NONE);
    IS(request(PYRUN_VP_TAKE, program, 0, 0), PYRUN_BUSY);
    IS(request(PYRUN_VP_ANSWER, program, line, 3), 0);
    IS(until_it_says(program), 1);
    result = keep(request(PYRUN_VP_TAKE, program, 0, 0));
    IS(integer(result), 3);
    IS(has_text(result, PYRUN_VP_OUTPUT, "hello Ada\n"), 1);
    IS(request(PYRUN_VP_TAKE, program, 0, 0), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_WASM_MEMORY_SIZE, program, 0, 0), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_DROP, file, 0, 0), 0);
    drop_all();
    IS(request(PYRUN_VP_CLOSE, program, 0, 0), 0);
    IS(request(PYRUN_VP_WASM_RUN, 0, words, 8), PYRUN_VP_STALE);
}

/* A call in the background: the host goes on. */
static void background(void) {
    word module = open_bytes(arrays, sizeof arrays, ""), words[] = {text("count_to"), -1, PYRUN_INT, 30000000, 0};
    IS(request(PYRUN_VP_POLL, module, 0, 0), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_WASM_START_CALL, module, words, 5), 0);
    IS(request(PYRUN_VP_POLL, module, 0, 0), 0);
    IS(request(PYRUN_VP_WASM_START_CALL, module, words, 5), PYRUN_BUSY);
    IS(request(PYRUN_VP_WASM_MEMORY_SIZE, module, 0, 0), PYRUN_BUSY);
    IS(request(PYRUN_VP_TAKE, module, 0, 0), PYRUN_BUSY);
    while (request(PYRUN_VP_POLL, module, 1000, 0) == 0)
        continue;
    IS(integer(keep(request(PYRUN_VP_TAKE, module, 0, 0))), 30000000);
    IS(request(PYRUN_VP_WASM_MEMORY_SIZE, module, 0, 0), 131072);
    /* One that is closed while it works goes when it has ended; a mistake is told when it is taken. */
    words[0] = text("nothing");
    IS(request(PYRUN_VP_WASM_START_CALL, module, words, 5), 0);
    while (request(PYRUN_VP_POLL, module, 1000, 0) == 0)
        continue;
    IS(request(PYRUN_VP_TAKE, module, 0, 0), PYRUN_MISSING);
    words[0] = text("count_to");
    IS(request(PYRUN_VP_WASM_START_CALL, module, words, 5), 0);
    drop_all();
    IS(request(PYRUN_VP_CLOSE, module, 0, 0), 0);
}

/* ---- C's functions, of a module and of Python ---- */

static void c_functions(word guest) {
    word path = text("/tmp/vp"), words[8], file, at, back;
    at = request(PYRUN_VP_EM_MALLOC, guest, 64, 0);
    IS(at > 0, 1);
    words[0] = at, words[1] = 128;
    at = request(PYRUN_VP_EM_REALLOC, guest, words, 2);
    IS(at > 0, 1);
    IS(request(PYRUN_VP_EM_MEMORY_GROW, guest, 1, 0) > 0, 1);
    words[0] = path, words[1] = -1, words[2] = PYRUN_EM_RDWR | PYRUN_EM_CREAT, words[3] = 0644;
    file = request(PYRUN_VP_EM_OPEN, guest, words, 4);
    IS(file > 2, 1);
    words[0] = file, words[1] = PYRUN_STR, words[2] = ADDRESS("hello"), words[3] = 5;
    IS(request(PYRUN_VP_EM_WRITE, guest, words, 4), 5);
    words[1] = -4, words[2] = 2;
    IS(request(PYRUN_VP_EM_LSEEK, guest, words, 3), 1);
    /* Into the guest's memory, and from there; then to the host. */
    words[1] = 64, words[2] = at;
    IS(request(PYRUN_VP_EM_READ, guest, words, 3), 4);
    IS(has_text(read_row(guest, at, 4, 0), PYRUN_VP_TEXT, "ello"), 1);
    words[1] = at, words[2] = 4;
    IS(request(PYRUN_VP_EM_WRITE, guest, words, 3), 4);
    words[1] = 0, words[2] = 0;
    IS(request(PYRUN_VP_EM_LSEEK, guest, words, 3), 0);
    words[1] = 64;
    back = keep(request(PYRUN_VP_EM_READ, guest, words, 2));
    IS(get(back, PYRUN_VP_KIND), PYRUN_BYTES);
    IS(has_text(back, PYRUN_VP_TEXT, "helloello"), 1);
    IS(request(PYRUN_VP_EM_CLOSE, guest, file, 0), 0);
    IS(request(PYRUN_VP_EM_CLOSE, guest, file, 0), PYRUN_SYSTEM);
    IS(says("cannot close descriptor"), 1);
    words[0] = path, words[1] = -1;
    back = keep(request(PYRUN_VP_EM_STAT, guest, words, 2));
    IS(get(back, PYRUN_VP_COUNT), 8);
    IS(get(keep(request(PYRUN_VP_ITEM, back, 1, 0)), PYRUN_VP_WORD), 9);
    words[0] = text("/etc/passwd");
    IS(request(PYRUN_VP_EM_STAT, guest, words, 2), PYRUN_SYSTEM);
    words[2] = PYRUN_EM_RDONLY, words[3] = 0;
    IS(request(PYRUN_VP_EM_OPEN, guest, words, 4), PYRUN_SYSTEM);
    IS(request(PYRUN_VP_EM_OPEN, guest, words, 3), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_EM_MALLOC, guest, -1, 0), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_EM_MALLOC, guest, 0xfffffff0ll, 0), PYRUN_LIMIT);
    IS(request(PYRUN_VP_EM_FREE, guest, at, 0), 0);
    drop_all();
}

static void exceptions(void) {
    word module = open_bytes(throws, sizeof throws, ""), words[] = {text("jump"), -1, PYRUN_INT, 7, 0}, result;
    c_functions(module);
#ifndef SANITIZED
    words[0] = text("jump");
    result = keep(request(PYRUN_VP_EM_INVOKE, module, words, 5));
    IS(get(result, PYRUN_VP_STATUS), PYRUN_EXCEPTION);
    IS(has_text(result, PYRUN_VP_TYPE, "longjmp"), 1);
    IS(get(result, PYRUN_VP_WORD), 7);
    words[0] = text("fail");
    result = keep(request(PYRUN_VP_EM_INVOKE, module, words, 2));
    IS(has_text(result, PYRUN_VP_TYPE, "std::runtime_error"), 1);
    IS(has_text(result, PYRUN_VP_TEXT, "it went wrong"), 1);
#endif
    words[0] = text("pointer_to_twice");
    result = keep(request(PYRUN_VP_EM_INVOKE, module, words, 2));
    words[1] = integer(result);
    IS(integer(keep(request(PYRUN_VP_EM_INVOKE_POINTER, module, words + 1, 4))), 14);
    words[0] = text("nobody"), words[1] = -1;
    IS(request(PYRUN_VP_EM_INVOKE, module, words, 2), PYRUN_MISSING);
    drop_all();
    IS(request(PYRUN_VP_CLOSE, module, 0, 0), 0);
    module = open_bytes(arrays, sizeof arrays, "");
    IS(request(PYRUN_VP_EM_MALLOC, module, 8, 0), PYRUN_BAD_ARGUMENT);
    IS(says("is no module of Emscripten's"), 1);
    IS(request(PYRUN_VP_CLOSE, module, 0, 0), 0);
    drop_all();
}

static void of_python(void) {
    word py = request(PYRUN_VP_OPEN, 0, 0, 0), kept;
    c_functions(py);
    IS(has_text(run(py, "open('/tmp/vp').read()"), PYRUN_VP_TEXT, "helloello"), 1);
    /* What an interpreter's memory gives goes with it. */
    kept = request(PYRUN_VP_WASM_READ, py, ((word[]){1024, 4, 0}), 3);
    IS(get(kept, PYRUN_VP_STATUS), 0);
    IS(request(PYRUN_VP_CLOSE, py, 0, 0), 0);
    IS(fetch(kept, PYRUN_VP_STATUS, 0, 0), PYRUN_VP_STALE);
    IS(request(PYRUN_VP_EM_MALLOC, py, 8, 0), PYRUN_VP_STALE);
}

static void refusals(void) {
    const char *wrong[] = {"memory 1", "module /nowhere\nmodule /nowhere", "module-bytes x", "operations\ncolour blue",
                           "operations\nsnapshot x"};
    char settings[64];
    word id, owner;
    int i;
    for (i = 0; i < 5; i++) {
        IS(request(PYRUN_VP_WASM_OPEN, 0, wrong[i], strlen(wrong[i])), PYRUN_BAD_ARGUMENT);
        IS(request(PYRUN_VP_WASM_OPEN_LATER, 0, wrong[i], strlen(wrong[i])), PYRUN_BAD_ARGUMENT);
    }
    IS(request(PYRUN_VP_WASM_OPEN, 0, "module /nowhere", 15), PYRUN_MISSING);
    IS(says("cannot read /nowhere"), 1);
    IS(request(PYRUN_VP_WASM_OPEN, 0, "module-bytes 1", 14), PYRUN_VP_STALE);
    /* In the background the reason comes when it is taken, and the id is gone. */
    id = request(PYRUN_VP_WASM_OPEN_LATER, 0, "module /nowhere", 15);
    IS(id > 0, 1);
    while (request(PYRUN_VP_POLL, id, 1000, 1) == 0)
        continue;
    IS(request(PYRUN_VP_TAKE, id, 0, 0), PYRUN_MISSING);
    IS(says("cannot read /nowhere"), 1);
    IS(request(PYRUN_VP_TAKE, id, 0, 0), PYRUN_VP_STALE);
    owner = request(PYRUN_VP_VALUE + PYRUN_BYTES, 0, "PK\3\4", 4);
    snprintf(settings, sizeof settings, "module-bytes %lld", (long long)owner);
    IS(request(PYRUN_VP_WASM_OPEN, 0, settings, strlen(settings)), PYRUN_BAD_ARGUMENT);
    IS(says("a zip archive"), 1);
    IS(release(owner), 0);
    IS(request(PYRUN_VP_DROP, owner, 0, 0), PYRUN_VP_STALE);
    IS(request(PYRUN_VP_VALUE + PYRUN_DATE, 0, 0, 0), PYRUN_BAD_ARGUMENT);
}

int main(void) {
    IS(request(PYRUN_VP_WASM_OPEN, 0, "operations", 10), PYRUN_VP_STACK);
    IS(pyrun_vp_init(), PYRUN_OK);
    simple_modules();
    array_processing();
    memory_sharing();
    plan_by_python();
    plan_by_operations();
    programs();
    background();
    exceptions();
    of_python();
    refusals();
    printf("%d checks\n", checks);
    return 0;
}
