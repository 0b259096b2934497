/*
 * The module's memory: blocks one after the other from the end of its data, each behind a header of 16 bytes.
 *
 * The first free block that is large enough is taken, and what is left of it stays free. Free blocks that touch become one
 * when they are met. Blocks are aligned to 16 bytes. Not compiled natively.
 */
#include "base.h"

#define PAGE 65536
#define ALIGNMENT 16

extern u8 __heap_base;

/* What stands before a block. The size includes it. */
typedef struct {
    usize size;
    usize in_use;
    usize unused[2];
} Header;

/* The first header, where the heap ends, and below which nothing is free. */
static Header *heap, *heap_end, *first_free;

static Header *after(Header *block) { return (Header *)((u8 *)block + block->size); }

/* Makes room at the end, in pages. */
static int grow(usize size) {
    if (!heap) {
        usize begin = ((usize)&__heap_base + ALIGNMENT - 1) & ~(usize)(ALIGNMENT - 1);
        heap = heap_end = first_free = (Header *)begin;
        usize have = __builtin_wasm_memory_size(0) * PAGE - begin;
        if (have >= sizeof(Header)) {
            heap->size = have & ~(usize)(ALIGNMENT - 1);
            heap->in_use = 0;
            heap_end = after(heap);
            if (heap->size >= size) return 1;
        }
    }
    usize pages = (size + PAGE - 1) / PAGE;
    if (__builtin_wasm_memory_grow(0, pages) == (usize)-1) return 0;
    /* All up to the end of the memory, also what others have made it grow by. */
    heap_end->size = __builtin_wasm_memory_size(0) * PAGE - (usize)heap_end;
    heap_end->in_use = 0;
    heap_end = after(heap_end);
    return 1;
}

/* A block of so many bytes; null when there is no memory, or the size is out of range. */
void *EXPORT(malloc)(usize size) {
    if (size > 0x7fff0000) return 0;
    size = ((size + ALIGNMENT - 1) & ~(usize)(ALIGNMENT - 1)) + sizeof(Header);
    for (;;) {
        int passed = 0;
        for (Header *block = first_free; block && block != heap_end; block = after(block)) {
            if (block->in_use) continue;
            while (after(block) != heap_end && !after(block)->in_use) block->size += after(block)->size;
            if (!passed) first_free = block;
            passed = 1;
            if (block->size < size) continue;
            if (block->size - size >= 2 * sizeof(Header)) {
                Header *rest = (Header *)((u8 *)block + size);
                rest->size = block->size - size;
                rest->in_use = 0;
                block->size = size;
            }
            block->in_use = 1;
            return block + 1;
        }
        if (!grow(size)) return 0;
    }
}

/* Gives a block back. Null is right. */
void EXPORT(free)(void *block) {
    if (!block) return;
    Header *header = (Header *)block - 1;
    if (header->in_use != 1 || header < heap || header >= heap_end) __builtin_trap();
    header->in_use = 0;
    if (header < first_free) first_free = header;
}
