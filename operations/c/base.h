/*
 * Types, vectors and names that every file shares.
 *
 * The sources compile for WebAssembly, and natively for comparison. Vectors are those of the compiler, 16 bytes wide, so
 * that both do the same in the same order. An element type X gives its own forms of the functions by including a `.inc`
 * file with `X` defined: `NAME(sum)` is `sum_f64` then. Integers wrap, so that arithmetic is done with `U`, the unsigned type of
 * the same size (of a floating-point type that itself).
 */
#ifndef BASE_H
#define BASE_H

typedef int i32;
typedef long long i64;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef float f32;
typedef double f64;
typedef unsigned char u8;
typedef unsigned short u16;
typedef __SIZE_TYPE__ usize;

#define VECTOR __attribute__((vector_size(16)))
typedef i32 i32_v VECTOR;
typedef i64 i64_v VECTOR;
typedef f32 f32_v VECTOR;
typedef f64 f64_v VECTOR;
typedef u32 u32_v VECTOR;
typedef u64 u64_v VECTOR;
/* The same where they lie in an array, which is aligned to its elements only. */
typedef i32 i32_u __attribute__((vector_size(16), aligned(4), may_alias));
typedef i64 i64_u __attribute__((vector_size(16), aligned(8), may_alias));
typedef f32 f32_u __attribute__((vector_size(16), aligned(4), may_alias));
typedef f64 f64_u __attribute__((vector_size(16), aligned(8), may_alias));
typedef u32 u32_u __attribute__((vector_size(16), aligned(4), may_alias));
typedef u64 u64_u __attribute__((vector_size(16), aligned(8), may_alias));

#ifdef __wasm__
#define EXPORT(name) __attribute__((export_name(#name))) name
#else
#define EXPORT(name) name
#endif

#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)
/* The form of a name for the element type, and the vector of that type as a value and in memory. */
#define NAME(name) PASTE(name, X)
#define VEC PASTE(X, v)
#define VEC_U PASTE(X, u)
#define EXPORT_X(name) EXPORT_(NAME(name))
#define EXPORT_(name) EXPORT(name)

#define LANES(type) ((usize)(16 / sizeof(type)))

/* Loops over elements. The result may be one of the operands, but not overlap one otherwise, so that a vector of results
 * never reaches what is still to be read. */
#define ELEMENTWISE _Pragma("clang loop vectorize(assume_safety) interleave_count(2)")

/* b < a ? b : a and a < b ? b : a in each lane: of two, a where one is NaN. */
static inline f64_v lower_f64(f64_v a, f64_v b) {
#if defined(__wasm__)
    return __builtin_wasm_pmin_f64x2(a, b);
#elif defined(__SSE2__)
    return __builtin_ia32_minpd(b, a);
#else
    return (f64_v){b[0] < a[0] ? b[0] : a[0], b[1] < a[1] ? b[1] : a[1]};
#endif
}

static inline f64_v upper_f64(f64_v a, f64_v b) {
#if defined(__wasm__)
    return __builtin_wasm_pmax_f64x2(a, b);
#elif defined(__SSE2__)
    return __builtin_ia32_maxpd(b, a);
#else
    return (f64_v){a[0] < b[0] ? b[0] : a[0], a[1] < b[1] ? b[1] : a[1]};
#endif
}

static inline f32_v lower_f32(f32_v a, f32_v b) {
#if defined(__wasm__)
    return __builtin_wasm_pmin_f32x4(a, b);
#elif defined(__SSE2__)
    return __builtin_ia32_minps(b, a);
#else
    for (int i = 0; i < 4; i++) a[i] = b[i] < a[i] ? b[i] : a[i];
    return a;
#endif
}

static inline f32_v upper_f32(f32_v a, f32_v b) {
#if defined(__wasm__)
    return __builtin_wasm_pmax_f32x4(a, b);
#elif defined(__SSE2__)
    return __builtin_ia32_maxps(b, a);
#else
    for (int i = 0; i < 4; i++) a[i] = a[i] < b[i] ? b[i] : a[i];
    return a;
#endif
}

static inline i32_v lower_i32(i32_v a, i32_v b) { return __builtin_elementwise_min(a, b); }
static inline i32_v upper_i32(i32_v a, i32_v b) { return __builtin_elementwise_max(a, b); }
static inline i64_v lower_i64(i64_v a, i64_v b) {
    i64_v less = b < a;
    return (b & less) | (a & ~less);
}
static inline i64_v upper_i64(i64_v a, i64_v b) {
    i64_v less = a < b;
    return (b & less) | (a & ~less);
}

/* Whether any bit of a mask is set. */
static inline int any_bit(i64_v mask) {
#ifdef __wasm__
    return __builtin_wasm_any_true_v128((__attribute__((vector_size(16))) char)mask);
#else
    return (mask[0] | mask[1]) != 0;
#endif
}

/* Memory of the module's own, of the host's when compiled natively. */
void *malloc(usize size);
void free(void *block);
void *memcpy(void *target, const void *source, usize size);

#endif
