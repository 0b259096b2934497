/* The operations' C, compiled natively and timed: prints a name and the nanoseconds of a call, a line for each. */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

double sum_f64(const double *a, size_t n);
float sum_f32(const float *a, size_t n);
double max_f64(const double *a, size_t n);
double dot_f64(const double *a, const double *b, size_t n);
void add_f64(double *out, const double *a, size_t a_count, const double *b, size_t b_count);
void exp_f64(double *out, const double *a, size_t n);
void sin_f64(double *out, const double *a, size_t n);
int sort_f64(double *a, size_t n);
void cumsum_f64(double *out, const double *a, size_t n);
void matmul_f64(double *out, const double *a, const double *b, size_t rows, size_t inner, size_t columns);
void matmul_f32(float *out, const float *a, const float *b, size_t rows, size_t inner, size_t columns);

enum { COUNT = 10000, SIDE = 256, ROUNDS = 15 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* The least time of a call in ROUNDS rounds of `calls`. */
#define TIME(name, calls, CALL)                                                                                      \
    do {                                                                                                             \
        double least = 1e300;                                                                                        \
        for (int round = 0; round < ROUNDS; round++) {                                                               \
            double begin = now();                                                                                    \
            for (int call = 0; call < (calls); call++) CALL;                                                         \
            double taken = (now() - begin) / (calls);                                                                \
            least = taken < least ? taken : least;                                                                   \
        }                                                                                                            \
        printf("%s %.1f\n", name, least);                                                                            \
    } while (0)

int main(void) {
    static double a[SIDE * SIDE], b[SIDE * SIDE], out[SIDE * SIDE];
    static float a32[SIDE * SIDE], b32[SIDE * SIDE], out32[SIDE * SIDE];
    volatile double kept;
    for (int i = 0; i < SIDE * SIDE; i++) {
        a[i] = (double)((i * 7919) % 10007) / 10007.0;
        b[i] = (double)((i * 104729) % 10009) / 10009.0;
        a32[i] = (float)a[i];
        b32[i] = (float)b[i];
    }
    TIME("sum_f64", 2000, kept = sum_f64(a, COUNT));
    TIME("sum_f32", 2000, kept = sum_f32(a32, COUNT));
    TIME("max_f64", 2000, kept = max_f64(a, COUNT));
    TIME("dot_f64", 2000, kept = dot_f64(a, b, COUNT));
    TIME("add_f64", 1000, add_f64(out, a, COUNT, b, COUNT));
    TIME("exp_f64", 100, exp_f64(out, a, COUNT));
    TIME("sin_f64", 100, sin_f64(out, a, COUNT));
    TIME("cumsum_f64", 1000, cumsum_f64(out, a, COUNT));
    TIME("sort_f64", 20, (add_f64(out, a, COUNT, b, COUNT), sort_f64(out, COUNT)));
    TIME("matmul_f64", 3, matmul_f64(out, a, b, SIDE, SIDE, SIDE));
    TIME("matmul_f32", 3, matmul_f32(out32, a32, b32, SIDE, SIDE, SIDE));
    (void)kept;
    return 0;
}
