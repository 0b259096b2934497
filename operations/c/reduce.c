/* Sums, means, extremes: see reduce.inc. */
#include "base.h"

/* Eight partial sums added up. */
#define eight_f64(r)                                                                                                 \
    (((r[0][0] + r[0][1]) + (r[1][0] + r[1][1])) + ((r[2][0] + r[2][1]) + (r[3][0] + r[3][1])))
#define eight_f32(r)                                                                                                 \
    (((r[0][0] + r[0][1]) + (r[0][2] + r[0][3])) + ((r[1][0] + r[1][1]) + (r[1][2] + r[1][3])))

#define X f64
#define U f64
#define SUM f64
#define REAL f64
#define FLOATING 1
#include "reduce.inc"
#undef X
#undef U
#undef SUM
#undef REAL
#define X f32
#define U f32
#define SUM f32
#define REAL f32
#include "reduce.inc"
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
#include "reduce.inc"
#undef X
#undef U
#define X i64
#define U u64
#include "reduce.inc"
