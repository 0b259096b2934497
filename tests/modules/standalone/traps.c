/* Each way in which a module's code can stop, below a function or two, so that the frames can be looked at. */
#define EXPORT __attribute__((visibility("default")))
#define NOINLINE __attribute__((noinline))

NOINLINE static void fail(int really) { if (really) __builtin_trap(); }
EXPORT void unreachable(int really) { fail(really); __asm__ volatile(""); }
EXPORT int divide(int a, int b) { return a / b; }
EXPORT int load(unsigned address) { return *(volatile int *)address; }
EXPORT void store(unsigned address) { *(volatile int *)address = 1; }
EXPORT int convert(double value) { return __builtin_wasm_trunc_s_i32_f64(value); }

/* A frame that the compiler cannot leave out. */
NOINLINE EXPORT int deep(int n) {
    volatile char room[64];
    room[n & 63] = 1;
    return deep(n + 1) + room[0];
}

/* With a large frame, below which a function traps. */
NOINLINE static void touch(volatile char *room, int traps) { room[traps & 63] = 1; if (traps) __builtin_trap(); }
EXPORT int framed(int traps) {
    volatile char room[4096];
    touch(room, traps);
    return room[traps & 63];
}

typedef int (*binary)(int, int);
typedef int (*unary)(int);
static int one(int a) { return a + 1; }
static volatile unary functions[] = {one, 0};
EXPORT int call_null(void) { return functions[1](1); }
EXPORT int call_other_type(void) { return ((binary)(void *)functions[0])(1, 2); }
EXPORT int call_beyond(void) { return ((unary)99999)(1); }
