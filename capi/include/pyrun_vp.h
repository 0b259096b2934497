/*
 * pyrun for hosts that pass nothing but 64-bit integers.
 *
 * Two functions of at most four integers, for tables of host functions as virtual machines have them (ChrysaLisp).
 * Interpreters and results are ids, each of which is given once, so that one that was dropped is PYRUN_VP_STALE and nothing
 * else. Addresses are integers, too. An exception in Python code is in a result, not in a code: a negative answer means that
 * the request was not done, and pyrun_vp_fetch(0, PYRUN_VP_TEXT, ...) says why.
 *
 * Everything happens on the stack that pyrun_vp_init() was called on, by the thread that owns it. Calls from other stacks
 * (coroutines, which may be small) or threads are PYRUN_VP_STACK, which takes no more stack than a leaf function.
 *
 * Pointers, text and codes are as pyrun.h has them.
 */
#ifndef PYRUN_VP_H
#define PYRUN_VP_H

#include <pyrun.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Call this first, on the thread's own stack, not on a coroutine's. The only one that does not check where it is. PYRUN_OK, or
 * PYRUN_SYSTEM. */
int64_t pyrun_vp_init(void);

enum pyrun_vp_op {
    PYRUN_VP_OPEN = 0,      /* id: 0; a, b: settings and their size, see below, or 0 and 0 -> a new interpreter */
    PYRUN_VP_CLOSE = 1,     /* id: an interpreter, which goes with its results -> 0 */
    PYRUN_VP_RUN = 2,       /* id: an interpreter; a, b: source and its size -> a result, as pyrun_eval() */
    PYRUN_VP_START = 3,     /* id, a, b: the same, in the background -> 0 */
    PYRUN_VP_POLL = 4,      /* id: an interpreter -> 1: done, 0: not yet */
    PYRUN_VP_TAKE = 5,      /* id: an interpreter -> a result */
    PYRUN_VP_INTERRUPT = 6, /* id: an interpreter -> 0 */
    PYRUN_VP_IMPORT = 7,    /* id: an interpreter; a, b: a module's name and its size -> a result */
    PYRUN_VP_CALL = 8,      /* id: an interpreter; a, b: words and their number, see below -> a result */
    PYRUN_VP_DROP = 9,      /* id: a result -> 0 */
    PYRUN_VP_ITEM = 10,     /* id: a result; a: an index below its PYRUN_VP_COUNT -> a result: an item of a list, tuple or set, or
                             * a key (2 * n) or value (2 * n + 1) of a dict */
    PYRUN_VP_WASM_OPEN = 11,     /* id: 0; a, b: settings with a line `module PATH`, and their size -> an instance of it, which
                                  * PYRUN_VP_CLOSE ends */
    PYRUN_VP_WASM_CALL = 12,     /* id: an instance; a, b: words and their number, see below -> how many results there are */
    PYRUN_VP_WASM_READ = 13,     /* id, a, b: the same; an address in the module's memory, one of the host's, a number of bytes,
                                  * which are copied to the host's -> 0 */
    PYRUN_VP_WASM_WRITE = 14,    /* the other way -> 0 */
    PYRUN_VP_WASM_ALLOCATE = 15, /* id: an instance; a: bytes -> their address, as pyrun_instance_allocate() */
    PYRUN_VP_WASM_RELEASE = 16,  /* id: an instance; a: such an address -> 0 */
    PYRUN_VP_WASM_SIZE = 17,     /* id: an instance -> bytes of memory */
    PYRUN_VP_WASM_GROW = 18,     /* id: an instance; a: pages of 64 KiB -> how many there were */
    PYRUN_VP_WASM_FIELD = 19,    /* id: an instance; a, b: words and their number, see below: a number in a struct -> 0 */
    PYRUN_VP_WASM_SET_FIELD = 20, /* the same, written -> 0 */
    PYRUN_VP_VALUE = 256    /* and an enum pyrun_kind added. id: an interpreter; a, b: as for an argument of a call, see
                             * below -> a result whose value that is */
};

/* The settings of a PYRUN_VP_OPEN: lines of text, each a word and what belongs to it. Without any, the interpreter sees nothing
 * of the machine, and runs the default release from this user's data folder. */
/*   home PATH, cache PATH, release VERSION, package NAME, env NAME=VALUE, folder GUEST-PATH HOST-PATH,
 *   writable-folder GUEST-PATH HOST-PATH, working-folder GUEST-PATH; and the limits of enum pyrun_limit in pyrun.h by their
 *   names, in small letters and with hyphens: memory N, file-bytes N and so on */

/* The words of a PYRUN_VP_CALL: the id of a result whose value is called; address and size of an attribute's name, or a result
 * that is a str and -1, or 0 and 0 for the value itself; then three words for each argument: an enum pyrun_kind and two
 * words as in pyrun_value: */
/*   PYRUN_NONE 0 0, PYRUN_BOOL i 0, PYRUN_INT i 0, PYRUN_FLOAT bits 0, PYRUN_STR address size, PYRUN_BYTES address size,
 *   PYRUN_INT64S address count, PYRUN_FLOAT64S address count, PYRUN_OBJECT result 0 */

/* The words of a PYRUN_VP_WASM_CALL: address and size of the function's name; where the results go, and for how many there is
 * room; then two words for each argument: PYRUN_INT and the number, or PYRUN_FLOAT and its bits. Results are such pairs, too. Those of a
 * PYRUN_VP_WASM_FIELD: address and size of a layout's description, as pyrun_layout_new() takes it, and of the field's path; the
 * address of the struct; where such a pair goes, or for PYRUN_VP_WASM_SET_FIELD the pair. Here a trap is a code, PYRUN_CRASHED. */

/* Does something; `op` is an enum pyrun_vp_op. An id, an answer as said there, or a negative code. */
int64_t pyrun_vp_request(int64_t op, int64_t id, int64_t a, int64_t b);

enum pyrun_vp_what {
    PYRUN_VP_STATUS = 0,    /* 8 bytes: an enum pyrun_code, as an integer */
    PYRUN_VP_KIND = 1,      /* 8 bytes: an enum pyrun_kind */
    PYRUN_VP_WORD = 2,      /* 8 bytes: the int, or the float's bits, or the truth value, or the exit status */
    PYRUN_VP_TEXT = 3,      /* the value as text (a str itself, bytes, of others what repr says), or an error's message. Of id
                             * 0: why the last request was not done that was not */
    PYRUN_VP_TYPE = 4,      /* the class of an exception */
    PYRUN_VP_TRACEBACK = 5, /* what Python prints of it */
    PYRUN_VP_OUTPUT = 6,    /* what was written to standard output and error until then, at most 1 MiB */
    PYRUN_VP_INT64S = 7,    /* the items of a sequence or a buffer of ints, 8 bytes each, or one int; none if it is something
                             * else */
    PYRUN_VP_FLOAT64S = 8,  /* the same for floats, or for ints taken as floats */
    PYRUN_VP_NUMBERS = 9,   /* 8 bytes: PYRUN_INT64S or PYRUN_FLOAT64S if that part holds all of the value, even if it has no
                             * items; else 0. An empty list or tuple counts as ints. */
    PYRUN_VP_COUNT = 10     /* 8 bytes: how many items PYRUN_VP_ITEM gives; 0 if it is something else */
};

/* A part of a result, copied to `buffer` when all of it fits into `capacity` bytes. Its size in any case, or a negative
 * code. So a host asks with capacity 0, makes room, and asks again; the result stays as it is until it is dropped. */
int64_t pyrun_vp_fetch(int64_t id, int64_t what, int64_t buffer, int64_t capacity);

#ifdef __cplusplus
}
#endif

#endif
