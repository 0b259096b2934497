/* Modules of WebAssembly by pyrun_vp.h: opened from a file, called, their memory, a struct. */
#define _POSIX_C_SOURCE 200809L
#include <pyrun_vp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

/* This source, by `clang --target=wasm32 -Oz -nostdlib -Wl,--no-entry -Wl,--export-dynamic -Wl,--export=__heap_base
 * -Wl,--strip-all`:
 *     #define E __attribute__((visibility("default")))
 *     E int add(int a,int b){return a+b;}
 *     E double mean(const double*p,int n){double s=0;for(int i=0;i<n;i++)s+=p[i];return s/n;}
 *     E int crash(int a){return 100/a;}
 */
static const unsigned char sums[] = {
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x12, 0x03, 0x60,
  0x02, 0x7f, 0x7f, 0x01, 0x7f, 0x60, 0x02, 0x7f, 0x7f, 0x01, 0x7c, 0x60,
  0x01, 0x7f, 0x01, 0x7f, 0x03, 0x04, 0x03, 0x00, 0x01, 0x02, 0x05, 0x03,
  0x01, 0x00, 0x02, 0x06, 0x0f, 0x02, 0x7f, 0x01, 0x41, 0x80, 0x88, 0x04,
  0x0b, 0x7f, 0x00, 0x41, 0x80, 0x88, 0x04, 0x0b, 0x07, 0x2d, 0x05, 0x06,
  0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 0x02, 0x00, 0x03, 0x61, 0x64, 0x64,
  0x00, 0x00, 0x04, 0x6d, 0x65, 0x61, 0x6e, 0x00, 0x01, 0x05, 0x63, 0x72,
  0x61, 0x73, 0x68, 0x00, 0x02, 0x0b, 0x5f, 0x5f, 0x68, 0x65, 0x61, 0x70,
  0x5f, 0x62, 0x61, 0x73, 0x65, 0x03, 0x01, 0x0a, 0x5b, 0x03, 0x07, 0x00,
  0x20, 0x01, 0x20, 0x00, 0x6a, 0x0b, 0x48, 0x02, 0x01, 0x7f, 0x01, 0x7c,
  0x20, 0x01, 0x41, 0x00, 0x20, 0x01, 0x41, 0x00, 0x4a, 0x1b, 0x21, 0x02,
  0x44, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x21, 0x03, 0x03,
  0x7c, 0x02, 0x40, 0x20, 0x02, 0x0d, 0x00, 0x20, 0x03, 0x20, 0x01, 0xb7,
  0xa3, 0x0f, 0x0b, 0x20, 0x02, 0x41, 0x7f, 0x6a, 0x21, 0x02, 0x20, 0x03,
  0x20, 0x00, 0x2b, 0x03, 0x00, 0xa0, 0x21, 0x03, 0x20, 0x00, 0x41, 0x08,
  0x6a, 0x21, 0x00, 0x0c, 0x00, 0x0b, 0x0b, 0x08, 0x00, 0x41, 0xe4, 0x00,
  0x20, 0x00, 0x6d, 0x0b
};

static int64_t address(const void *pointer) { return (int64_t)(intptr_t)pointer; }

static int64_t words(int64_t op, int64_t id, const int64_t *values, int64_t count) {
    return pyrun_vp_request(op, id, address(values), count);
}

static int says(const char *part) {
    char text[512] = "";
    int64_t size = pyrun_vp_fetch(0, PYRUN_VP_TEXT, address(text), sizeof text - 1);
    if (size < 0 || !strstr(text, part)) printf("%s\n", text);
    return size > 0 && strstr(text, part) != NULL;
}

static int64_t open_module(void) {
    char path[] = "/tmp/pyrun-vp-modules-XXXXXX", settings[128];
    int file = mkstemp(path);
    int64_t id;
    IS(write(file, sums, sizeof sums), sizeof sums);
    close(file);
    snprintf(settings, sizeof settings, "module %s\nmemory 1048576\n", path);
    id = pyrun_vp_request(PYRUN_VP_WASM_OPEN, 0, address(settings), (int64_t)strlen(settings));
    unlink(path);
    return id;
}

static void calls(int64_t id) {
    int64_t results[2];
    int64_t add[] = {address("add"), 3, address(results), 1, PYRUN_INT, 40, PYRUN_INT, 2};
    int64_t crash[] = {address("crash"), 5, address(results), 1, PYRUN_INT, 0};
    IS(words(PYRUN_VP_WASM_CALL, id, add, 8), 1);
    IS(results[0], PYRUN_INT);
    IS(results[1], 42);
    add[5] = 1ll << 32;
    IS(words(PYRUN_VP_WASM_CALL, id, add, 8), PYRUN_CONVERT);
    IS(says("argument 1 of add is 4294967296"), 1);
    IS(words(PYRUN_VP_WASM_CALL, id, add, 7), PYRUN_BAD_ARGUMENT);
    IS(words(PYRUN_VP_WASM_CALL, id, add, 3), PYRUN_BAD_ARGUMENT);
    add[3] = 0;
    IS(words(PYRUN_VP_WASM_CALL, id, add, 8), PYRUN_BAD_ARGUMENT);
    IS(words(PYRUN_VP_WASM_CALL, id, crash, 6), PYRUN_CRASHED);
    IS(says("integer divide by zero, in crash"), 1);
    IS(words(PYRUN_VP_WASM_CALL, id + 100, add, 8), PYRUN_VP_STALE);
}

static void memory(int64_t id) {
    const double numbers[] = {1, 2, 6};
    double back[3];
    int64_t results[2], size = pyrun_vp_request(PYRUN_VP_WASM_SIZE, id, 0, 0);
    int64_t at = pyrun_vp_request(PYRUN_VP_WASM_ALLOCATE, id, sizeof numbers, 0);
    int64_t copy[] = {at, address(numbers), sizeof numbers}, copy_back[] = {at, address(back), sizeof back};
    int64_t mean[] = {address("mean"), 4, address(results), 1, PYRUN_INT, at, PYRUN_INT, 3};
    const char *layout = "{x: f64, n: [i32; 2]}";
    int64_t set[] = {address(layout), (int64_t)strlen(layout), address("n[1]"), 4, 0, PYRUN_INT, -5};
    int64_t get[] = {address(layout), (int64_t)strlen(layout), address("n[1]"), 4, 0, address(results)};
    IS(at > 0, 1);
    IS(words(PYRUN_VP_WASM_WRITE, id, copy, 3), 0);
    IS(words(PYRUN_VP_WASM_READ, id, copy_back, 3), 0);
    IS(memcmp(numbers, back, sizeof back), 0);
    IS(words(PYRUN_VP_WASM_CALL, id, mean, 8), 1);
    IS(results[0], PYRUN_FLOAT);
    memcpy(back, &results[1], 8);
    IS(back[0] == 3, 1);
    set[4] = get[4] = at;
    IS(words(PYRUN_VP_WASM_SET_FIELD, id, set, 7), 0);
    IS(words(PYRUN_VP_WASM_FIELD, id, get, 6), 0);
    IS(results[0], PYRUN_INT);
    IS(results[1], -5);
    set[6] = 1ll << 31;
    IS(words(PYRUN_VP_WASM_SET_FIELD, id, set, 7), PYRUN_CONVERT);
    IS(words(PYRUN_VP_WASM_FIELD, id, get, 5), PYRUN_BAD_ARGUMENT);
    copy[0] = size - 1;
    IS(words(PYRUN_VP_WASM_WRITE, id, copy, 3), PYRUN_BAD_ARGUMENT);
    IS(says("lie outside the memory"), 1);
    copy[0] = -1;
    IS(words(PYRUN_VP_WASM_WRITE, id, copy, 3), PYRUN_BAD_ARGUMENT);
    IS(pyrun_vp_request(PYRUN_VP_WASM_GROW, id, 1, 0), size / 65536);
    IS(pyrun_vp_request(PYRUN_VP_WASM_SIZE, id, 0, 0), size + 65536);
    IS(pyrun_vp_request(PYRUN_VP_WASM_GROW, id, 16, 0), PYRUN_LIMIT);
    IS(pyrun_vp_request(PYRUN_VP_WASM_RELEASE, id, at, 0), 0);
    IS(pyrun_vp_request(PYRUN_VP_WASM_RELEASE, id, at, 0), PYRUN_BAD_ARGUMENT);
}

int main(void) {
    int64_t id;
    IS(pyrun_vp_init(), PYRUN_OK);
    IS(pyrun_vp_request(PYRUN_VP_WASM_OPEN, 0, address("memory 1"), 8), PYRUN_BAD_ARGUMENT);
    IS(says("no line `module PATH`"), 1);
    IS(pyrun_vp_request(PYRUN_VP_WASM_OPEN, 0, address("module /nowhere"), 15), PYRUN_MISSING);
    id = open_module();
    IS(id > 0, 1);
    calls(id);
    memory(id);
    IS(pyrun_vp_request(PYRUN_VP_CLOSE, id, 0, 0), 0);
    IS(pyrun_vp_request(PYRUN_VP_CLOSE, id, 0, 0), PYRUN_VP_STALE);
    IS(pyrun_vp_request(PYRUN_VP_WASM_SIZE, id, 0, 0), PYRUN_VP_STALE);
    printf("%d checks\n", checks);
    return 0;
}
