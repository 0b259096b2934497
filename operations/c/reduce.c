/* Sums, means, extremes: see reduce.inc. */
#include "base.h"

/* Eight partial sums added up. */
#define eight_f64(r)                                                                                                 \
    (((r[0][0] + r[0][1]) + (r[1][0] + r[1][1])) + ((r[2][0] + r[2][1]) + (r[3][0] + r[3][1])))
#define eight_f32(r)                                                                                                 \
    (((r[0][0] + r[0][1]) + (r[0][2] + r[0][3])) + ((r[1][0] + r[1][1]) + (r[1][2] + r[1][3])))

#define BODY "reduce.inc"
#include "each_type.inc"
