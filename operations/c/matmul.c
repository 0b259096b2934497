/* Matrices: the product (see matmul.inc), the transpose. */
#include "base.h"

/* The blocks that are packed: ROWS x INNER vectors stay in the second cache, INNER x 2 in the first one. */
#define ROWS 64
#define INNER 256
#define COLUMNS 256
static u64 matmul_rows[2 * ROWS * INNER] __attribute__((aligned(64)));
static u64 matmul_columns[INNER * COLUMNS] __attribute__((aligned(64)));

/* Integers wrap, so they are unsigned here. */
#define X f64
#include "matmul.inc"
#undef X
#define X f32
#include "matmul.inc"
#undef X
#define X u64
#include "matmul.inc"
#undef X
#define X u32
#include "matmul.inc"
#undef X

#define MATMUL(name, X)                                                                                              \
    void EXPORT(matmul_##name)(X * out, const X *a, const X *b, usize rows, usize inner, usize columns) {            \
        product_##X(out, a, b, rows, inner, columns);                                                                 \
    }
MATMUL(f64, f64)
MATMUL(f32, f32)
MATMUL(i64, u64)
MATMUL(i32, u32)

/* In squares, so that what is read and what is written stays in the cache. out must not overlap a. */
#define SIDE 16
#define TRANSPOSE(X)                                                                                                 \
    static void transpose_##X(X *out, const X *a, usize rows, usize columns) {                                       \
        for (usize i = 0; i < rows; i += SIDE)                                                                       \
            for (usize j = 0; j < columns; j += SIDE)                                                                \
                for (usize jj = j; jj < columns && jj < j + SIDE; jj++)                                              \
                    for (usize ii = i; ii < rows && ii < i + SIDE; ii++)                                             \
                        out[jj * rows + ii] = a[ii * columns + jj];                                                  \
    }
TRANSPOSE(u64)
TRANSPOSE(u32)

void EXPORT(transpose_f64)(u64 *out, const u64 *a, usize rows, usize columns) { transpose_u64(out, a, rows, columns); }
void EXPORT(transpose_i64)(u64 *out, const u64 *a, usize rows, usize columns) { transpose_u64(out, a, rows, columns); }
void EXPORT(transpose_f32)(u32 *out, const u32 *a, usize rows, usize columns) { transpose_u32(out, a, rows, columns); }
void EXPORT(transpose_i32)(u32 *out, const u32 *a, usize rows, usize columns) { transpose_u32(out, a, rows, columns); }
