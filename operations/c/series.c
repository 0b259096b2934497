/* Running sums, even steps, histograms: see series.inc. */
#include "base.h"

/* Makes `even_step_T`: the i-th of n even steps from start to stop. */
#define EVEN_STEP(T)                                                                                                 \
    static __attribute__((noinline)) T even_step_##T(T start, T stop, usize n, int endpoint, usize i) {              \
        usize parts = endpoint ? n - 1 : n;                                                                          \
        T delta = stop - start, step = delta / (T)parts;                                                             \
        if (parts == 0) return (T)i * delta + start;                                                                 \
        if (endpoint && n > 1 && i == n - 1) return stop;                                                            \
        /* A step too small for its type is multiplied at the end. */                                                \
        return step == 0 ? (T)i / (T)parts * delta + start : (T)i * step + start;                                    \
    }
EVEN_STEP(f64)
EVEN_STEP(f32)

#define X f64
#define U f64
#define SUM f64
#define REAL f64
#define FLOATING 1
#include "series.inc"
#undef X
#undef U
#undef SUM
#undef REAL
#define X f32
#define U f32
#define SUM f32
#define REAL f32
#include "series.inc"
#undef X
#undef U
#undef SUM
#undef REAL
#undef FLOATING
#define FLOATING 0
#define SUM i64
#define REAL f64
#define X i32
#define U u32
#include "series.inc"
#undef X
#undef U
#define X i64
#define U u64
#include "series.inc"
