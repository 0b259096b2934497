/* Structs: where the compiler puts fields, and functions that take pointers to them. */
#include <stddef.h>
#include <stdint.h>
#define EXPORT __attribute__((visibility("default")))

struct point { int16_t x, y; };
struct record {
    double x;
    int32_t n;
    uint8_t name[16];
    struct point at[2];
    _Bool on;
    uint64_t big;
    const char *text;
    struct { int8_t tag; float value; } inner;
};

EXPORT int size(void) { return sizeof(struct record); }
EXPORT int alignment(void) { return _Alignof(struct record); }
EXPORT int offset(int field) {
    switch (field) {
    case 0: return offsetof(struct record, x);
    case 1: return offsetof(struct record, n);
    case 2: return offsetof(struct record, name);
    case 3: return offsetof(struct record, at);
    case 4: return offsetof(struct record, on);
    case 5: return offsetof(struct record, big);
    case 6: return offsetof(struct record, text);
    case 7: return offsetof(struct record, inner);
    default: return -1;
    }
}
static struct record one = {1.5, -7, "Ada", {{1, 2}, {3, -4}}, 1, 1ull << 63, "text", {-1, 0.25f}};
EXPORT struct record *make(void) { return &one; }
EXPORT double total(const struct record *record) {
    return record->x + record->n + record->at[0].x + record->at[1].y + record->on + record->inner.value;
}
