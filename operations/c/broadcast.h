/* Two operands of one length, or one of them a single element that stands for all. */
#ifndef BROADCAST_H
#define BROADCAST_H
#include "base.h"

/* What is done to n pairs of elements, which lie side by side in two arrays. */
typedef void Pairs(void *out, const void *a, const void *b, usize n);

/* Calls `pairs` for all elements: one that stands for all is repeated in a buffer. Counts that do not fit are a trap. */
void broadcast(Pairs *pairs, void *out, usize out_size, const void *a, usize a_count, const void *b, usize b_count,
               usize size);

#endif
