/*
 * Sorting: by radix, eight bits at a time from the lowest, which is stable; short arrays by insertion.
 *
 * NaN comes last. Elements become unsigned keys of the same order. For an order of places (`argsort`) equal elements have
 * one key, also 0.0 and -0.0, so that it is the one of NumPy's `kind="stable"`.
 */
#include "base.h"

#define SHORT 64

/* A key, and the place that it comes from. */
typedef struct {
    u64 key, place;
} Placed;

/* A byte that is the same in all keys is left out. */
#define SORT(TYPE, WIDTH, KEY, name)                                                                                 \
    static void name##_short(TYPE *a, usize n) {                                                                     \
        for (usize i = 1; i < n; i++) {                                                                              \
            TYPE moving = a[i];                                                                                      \
            usize j = i;                                                                                             \
            for (; j > 0 && KEY(a[j - 1]) > KEY(moving); j--) a[j] = a[j - 1];                                       \
            a[j] = moving;                                                                                           \
        }                                                                                                            \
    }                                                                                                                \
    /* Sorts a, with room for as many at `other`; the result is at either. */                                        \
    static TYPE *name(TYPE *a, TYPE *other, usize n) {                                                               \
        if (n <= SHORT) {                                                                                            \
            name##_short(a, n);                                                                                      \
            return a;                                                                                                \
        }                                                                                                            \
        static u32 counts[WIDTH][256];                                                                               \
        for (usize i = 0; i < WIDTH * 256; i++) (&counts[0][0])[i] = 0;                                              \
        for (usize i = 0; i < n; i++)                                                                                \
            for (int byte = 0; byte < WIDTH; byte++) counts[byte][KEY(a[i]) >> 8 * byte & 255]++;                    \
        _Pragma("clang loop unroll(disable)") for (int byte = 0; byte < WIDTH; byte++) {                             \
            u32 *count = counts[byte], begin = 0;                                                                    \
            if (count[KEY(a[0]) >> 8 * byte & 255] == n) continue;                                                   \
            for (int i = 0; i < 256; i++) {                                                                          \
                u32 size = count[i];                                                                                 \
                count[i] = begin;                                                                                    \
                begin += size;                                                                                       \
            }                                                                                                        \
            _Pragma("clang loop unroll(disable)") for (usize i = 0; i < n; i++)                                      \
                other[count[KEY(a[i]) >> 8 * byte & 255]++] = a[i];                                                  \
            TYPE *sorted = other;                                                                                    \
            other = a;                                                                                               \
            a = sorted;                                                                                              \
        }                                                                                                            \
        return a;                                                                                                    \
    }
#define ITSELF(x) (x)
#define ITS_KEY(x) ((x).key)
SORT(u64, 8, ITSELF, sort_u64)
SORT(u32, 4, ITSELF, sort_u32)
SORT(Placed, 8, ITS_KEY, sort_placed_8)
SORT(Placed, 4, ITS_KEY, sort_placed_4)

/* The order of integers, and of floating-point numbers by their bits: a negative number is the other way round. */
static inline u32 key_i32(u32 x) { return x ^ 1u << 31; }
static inline u32 from_i32(u32 key) { return key ^ 1u << 31; }
static inline u64 key_i64(u64 x) { return x ^ 1ull << 63; }
static inline u64 from_i64(u64 key) { return key ^ 1ull << 63; }
static inline u32 key_f32(u32 x) { return x ^ ((u32)-(x >> 31) | 1u << 31); }
static inline u32 from_f32(u32 key) { return key ^ ((key >> 31) - 1 | 1u << 31); }
static inline u64 key_f64(u64 x) { return x ^ (-(x >> 63) | 1ull << 63); }
static inline u64 from_f64(u64 key) { return key ^ ((key >> 63) - 1 | 1ull << 63); }
static inline int nan_i32(u32 x) { return x != x; }
static inline int nan_i64(u64 x) { return x != x; }
static inline int nan_f32(u32 x) { return x << 1 > 0xffu << 24; }
static inline int nan_f64(u64 x) { return x << 1 > 0x7ffull << 53; }
static inline int minus_zero_i32(u32 x) { return x != x; }
static inline int minus_zero_i64(u64 x) { return x != x; }
static inline int minus_zero_f32(u32 x) { return x == 1u << 31; }
static inline int minus_zero_f64(u64 x) { return x == 1ull << 63; }

/* Both answer 1, or 0 when there is no memory; then nothing is changed. */
#define SORTS(X, BITS, WIDTH)                                                                                        \
    int EXPORT(sort_##X)(BITS * a, usize n) {                                                                        \
        BITS *room = n > SHORT ? malloc(n * sizeof(BITS)) : 0;                                                       \
        if (n > SHORT && !room) return 0;                                                                            \
        /* What is not NaN comes to the front, in its order. */                                                      \
        usize real = 0;                                                                                              \
        for (usize i = 0; i < n; i++)                                                                                \
            if (!nan_##X(a[i])) {                                                                                    \
                BITS element = a[i];                                                                                 \
                a[i] = a[real];                                                                                      \
                a[real++] = key_##X(element);                                                                        \
            }                                                                                                        \
        BITS *sorted = sort_##BITS(a, room, real);                                                                   \
        for (usize i = 0; i < real; i++) a[i] = from_##X(sorted[i]);                                                 \
        free(room);                                                                                                  \
        return 1;                                                                                                    \
    }                                                                                                                \
    int EXPORT(argsort_##X)(i64 * out, const BITS *a, usize n) {                                                     \
        if (n > ((usize)-1 >> 1) / (2 * sizeof(Placed))) return 0;                                                   \
        Placed *placed = malloc(2 * n * sizeof(Placed));                                                             \
        if (!placed) return 0;                                                                                       \
        for (usize i = 0; i < n; i++) {                                                                              \
            BITS key = key_##X(minus_zero_##X(a[i]) ? 0 : a[i]);                                                     \
            placed[i] = (Placed){nan_##X(a[i]) ? (BITS)-1 : key, i};                                                 \
        }                                                                                                            \
        Placed *sorted = sort_placed_##WIDTH(placed, placed + n, n);                                                 \
        for (usize i = 0; i < n; i++) out[i] = (i64)sorted[i].place;                                                 \
        free(placed);                                                                                                \
        return 1;                                                                                                    \
    }
SORTS(i32, u32, 4)
SORTS(i64, u64, 8)
SORTS(f32, u32, 4)
SORTS(f64, u64, 8)
