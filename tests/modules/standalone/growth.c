/* Memory that the module grows by itself, beside what the host grows. */
#define EXPORT __attribute__((visibility("default")))

EXPORT int pages(void) { return (int)__builtin_wasm_memory_size(0); }
EXPORT int grow(int by) { return (int)__builtin_wasm_memory_grow(0, (unsigned long)by); }
EXPORT int touch_last(void) {
    volatile unsigned char *last = (unsigned char *)(__builtin_wasm_memory_size(0) * 65536 - 1);
    *last = 7;
    return *last;
}
