/* A module as Emscripten links them, small enough to be read: memory, standard output, `longjmp` and a C++ exception, whose object
 * and class are laid out here as libc++abi lays them out.
 *
 *     clang --target=wasm32 -Oz -nostdlib -fno-builtin -Wl,--no-entry -Wl,--export-dynamic -Wl,--export-table -Wl,--strip-all \
 *         -o throws.wasm throws.c
 */
#define EXPORT __attribute__((visibility("default")))
#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))

IMPORT("env", "__cxa_throw") void cxa_throw(void *object, const void *class, void *destructor);
IMPORT("env", "_emscripten_throw_longjmp") void throw_longjmp(void);
struct text { const char *start; unsigned size; };
IMPORT("wasi_snapshot_preview1", "fd_write") int fd_write(int file, const struct text *texts, int count, unsigned *written);
IMPORT("wasi_snapshot_preview1", "fd_read") int fd_read(int file, const struct text *rooms, int count, unsigned *read);

/* An allocator that only goes on. */
static char heap[1 << 16] __attribute__((aligned(16)));
static unsigned used = 0;
EXPORT void *malloc(unsigned size) {
    unsigned rounded = (size + 31) / 16 * 16;
    if (rounded < size || rounded > sizeof heap - used) return 0;
    char *block = heap + used + 16;
    *(unsigned *)(block - 16) = size;
    used += rounded;
    return block;
}
EXPORT void free(void *block) { (void)block; }
EXPORT void *realloc(void *block, unsigned size) {
    char *from = block, *to = malloc(size);
    if (to && from)
        for (unsigned i = 0; i < size && i < *(unsigned *)(from - 16); i++) to[i] = from[i];
    return to;
}

/* Where Emscripten's longjmp leaves what it throws. */
EXPORT int __THREW__ = 0, __threwValue = 0;
EXPORT void jump(int value) {
    __THREW__ = 1;
    __threwValue = value;
    throw_longjmp();
}

/* std::exception, std::runtime_error, and an object of that whose what() is its third virtual function. */
struct class { const void *table; const char *name; const struct class *base; };
static const struct class exception = {0, "St9exception", 0};
static const struct class runtime_error = {0, "St13runtime_error", &exception};
static const struct class number = {0, "i", 0};
static const char *what(const void *object) { (void)object; return "it went wrong"; }
static void destroy(const void *object) { (void)object; }
static const void *const table[] = {destroy, destroy, what};
static struct { char header[24]; const void *const *table; } thrown = {{0}, table};
EXPORT void fail(void) { cxa_throw(&thrown.table, &runtime_error, 0); }
EXPORT void fail_with_number(void) { cxa_throw(&thrown.table, &number, 0); }

/* A function that is called through its pointer. */
static int twice(int number) { return 2 * number; }
EXPORT int (*pointer_to_twice(void))(int) { return twice; }

EXPORT int say(const char *start, unsigned size) {
    struct text text = {start, size};
    unsigned written = 0;
    return fd_write(1, &text, 1, &written) ? -1 : (int)written;
}

/* Says what it is told, and how many arguments it has. */
EXPORT int main(int count, char **arguments) {
    static char line[64];
    struct text room = {line, sizeof line};
    unsigned size = 0;
    (void)arguments;
    say("name? ", 6);
    if (!fd_read(0, &room, 1, &size) && size) {
        say("hello ", 6);
        say(line, size);
    }
    return count;
}
