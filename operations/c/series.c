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

#define BODY "series.inc"
#include "each_type.inc"
