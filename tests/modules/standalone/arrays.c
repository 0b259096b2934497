/* The functions on arrays that a Lisp or C program calls a module for: rows of numbers of each type, in memory that the host fills.
 *
 *     clang --target=wasm32 -Oz -mmutable-globals -nostdlib -fno-builtin -Wl,--no-entry -Wl,--export-dynamic \
 *         -Wl,--export=__heap_base -Wl,--export=__stack_pointer -Wl,--strip-all -o arrays.wasm arrays.c
 */
#define EXPORT __attribute__((visibility("default")))

EXPORT int add(int a, int b) { return (int)((unsigned)a + (unsigned)b); }

/* Of 64-bit integers, as a host without types has them. */
EXPORT long long sum(const long long *items, int count) {
    long long total = 0;
    for (int i = 0; i < count; i++) total += items[i];
    return total;
}
EXPORT double mean(const long long *items, int count) { return (double)sum(items, count) / count; }

/* Of C's int, which has 32 bits. */
EXPORT int sum_array(const int *items, int count) {
    int total = 0;
    for (int i = 0; i < count; i++) total += items[i];
    return total;
}

/* Of doubles. */
EXPORT double average(const double *items, int count) {
    double total = 0;
    for (int i = 0; i < count; i++) total += items[i];
    return total / count;
}
EXPORT double dot_product(const double *a, const double *b, int count) {
    double total = 0;
    for (int i = 0; i < count; i++) total += a[i] * b[i];
    return total;
}
EXPORT void matmul(const double *a, const double *b, double *out, int rows, int inner, int columns) {
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++)
            out[row * columns + column] = 0;
    for (int row = 0; row < rows; row++)
        for (int step = 0; step < inner; step++)
            for (int column = 0; column < columns; column++)
                out[row * columns + column] += a[row * inner + step] * b[step * columns + column];
}

/* In place: what the module writes, the host reads. */
EXPORT void negate(short *items, int count) {
    for (int i = 0; i < count; i++) items[i] = (short)-items[i];
}

EXPORT int crash(int a) { return 100 / a; }

/* Something that takes its time. */
EXPORT long long count_to(long long last) {
    volatile long long count = 0;
    while (count < last) count++;
    return count;
}
