/* A single element that stands for all. */
#include "broadcast.h"

/* Elements in the buffer. */
#define REPEATED 256

static const void *repeat(u64 *buffer, const void *element, usize size) {
    for (usize i = 0; i < REPEATED; i++)
        if (size == 8)
            buffer[i] = *(const u64 *)element;
        else
            ((u32 *)buffer)[i] = *(const u32 *)element;
    return buffer;
}

void broadcast(Pairs *pairs, void *out, usize out_size, const void *a, usize a_count, const void *b, usize b_count,
               usize size) {
    if (a_count == b_count) {
        pairs(out, a, b, a_count);
        return;
    }
    if (a_count != 1 && b_count != 1) __builtin_trap();
    usize count = a_count == 1 ? b_count : a_count;
    if (count == 0) return;
    u64 buffer[REPEATED];
    const int first = a_count == 1;
    const void *repeated = repeat(buffer, first ? a : b, size);
    for (usize i = 0; i < count; i += REPEATED) {
        usize n = count - i < REPEATED ? count - i : REPEATED;
        void *to = (u8 *)out + i * out_size;
        if (first)
            pairs(to, repeated, (const u8 *)b + i * size, n);
        else
            pairs(to, (const u8 *)a + i * size, repeated, n);
    }
}
