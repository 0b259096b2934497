/*
 * pyrun for hosts that pass nothing but 64-bit integers.
 *
 * Three functions of at most four integers, for tables of host functions as virtual machines have them (ChrysaLisp).
 * Interpreters, modules and results are ids, each of which is given once, so that one that was dropped is PYRUN_VP_STALE and
 * nothing else. Addresses are integers, too. An exception in Python code is in a result, not in a code: a negative answer means that
 * the request was not done, and pyrun_vp_fetch(0, PYRUN_VP_TEXT, ...) says why.
 *
 * Everything happens on the stack that pyrun_vp_init() was called on, by the thread that owns it. Calls from other stacks
 * (coroutines, which may be small) or threads are PYRUN_VP_STACK, which takes no more stack than a leaf function. The exception is
 * pyrun_vp_release().
 *
 * A host that must not wait starts what takes long (PYRUN_VP_START and its like, PYRUN_VP_OPEN_LATER) and polls. What runs in the
 * background may ask the host something, a call of one of its functions or a line of standard input, and waits for the answer;
 * what a host waits for itself cannot ask: input is empty then, and a function raises a RuntimeError.
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
    PYRUN_VP_CLOSE = 1,     /* id: an interpreter or a module, which goes with its results; what runs is interrupted -> 0 */
    PYRUN_VP_RUN = 2,       /* id: an interpreter; a, b: source and its size -> a result, as pyrun_eval() */
    PYRUN_VP_START = 3,     /* id, a, b: the same, in the background -> 0 */
    PYRUN_VP_POLL = 4,      /* id: an interpreter in which something was started; a: microseconds to wait at most, or 0; b: 0 or
                             * 1 -> 1: done, 0: not yet. With b = 1 also 2 more: it asks something; 4 more: it has printed */
    PYRUN_VP_TAKE = 5,      /* id: an interpreter -> a result; of PYRUN_VP_OPEN_LATER 0, or a code when it could not be opened,
                             * whose id is gone then */
    PYRUN_VP_INTERRUPT = 6, /* id: an interpreter -> 0. What runs has a KeyboardInterrupt; what waits for the host, too.
                             * id: a module -> 0. What runs ends: when it next calls the host, or else where it is a grace period
                             * (setting `grace-ms`) later, and the module can be called no more then */
    PYRUN_VP_IMPORT = 7,    /* id: an interpreter; a, b: a module's name and its size -> a result */
    PYRUN_VP_CALL = 8,      /* id: an interpreter; a, b: words and their number, see below -> a result */
    PYRUN_VP_DROP = 9,      /* id: a result or a snapshot -> 0 */
    PYRUN_VP_ITEM = 10,     /* id: a result; a: an index below its PYRUN_VP_COUNT -> a result: an item of a list, tuple or set, or
                             * a key (2 * n) or value (2 * n + 1) of a dict */
    PYRUN_VP_OPEN_LATER = 11,   /* as PYRUN_VP_OPEN, at once: a thread of the library's starts it. Until PYRUN_VP_TAKE, which says
                                 * how that went, it is PYRUN_BUSY */
    PYRUN_VP_START_CALL = 12,   /* as PYRUN_VP_CALL, in the background -> 0 */
    PYRUN_VP_START_IMPORT = 13, /* as PYRUN_VP_IMPORT, in the background -> 0 */
    PYRUN_VP_GET = 14,      /* id: an interpreter; a, b: three words: a result, and the name of its attribute as for a call; for the
                             * result 0, a variable of __main__ -> a result */
    PYRUN_VP_SET = 15,      /* the same, and three more words: an argument as for a call -> a result, whose status tells */
    PYRUN_VP_ASKED = 16,    /* id: an interpreter whose poll said 2 -> a result: None for a line of standard input, or a tuple of
                             * the number of a function of the host's, a tuple of arguments, and a dict of those by name */
    PYRUN_VP_ANSWER = 17,   /* id: the same; a, b: three words: an argument as for a call, or PYRUN_VP_RAISE -> 0. A line is a
                             * PYRUN_STR with its newline; an empty one is the end of the input */
    PYRUN_VP_PRINTED = 18,  /* id: an interpreter -> a result, the bytes of standard output and error since the last time; 0 if none.
                             * What runs in the background waits when more than 1 MiB is there */
    PYRUN_VP_SNAPSHOT = 19, /* id: an interpreter -> a snapshot of it, for the setting `snapshot`; to be dropped */

    /* Modules other than Python's, and operations on arrays. Below, "text" is two words, address and size, or a PYRUN_STR that was
     * made by PYRUN_VP_VALUE and -1; "value" is three, as an argument of a PYRUN_VP_CALL; so are all values. */
    PYRUN_VP_WASM_OPEN = 32,        /* id: 0; a, b: settings and their size, with one of the lines `module PATH`, `module-bytes ID`
                                     * (a PYRUN_BYTES made by PYRUN_VP_VALUE) and `operations` -> a module: an instance, or
                                     * operations on arrays. PYRUN_VP_CLOSE ends it */
    PYRUN_VP_WASM_OPEN_LATER = 33,  /* the same in the background, as PYRUN_VP_OPEN_LATER */
    PYRUN_VP_WASM_RUN = 34,         /* id: 0; a, b: words: settings as a text, with a line that names the module; values: its
                                     * arguments, each a PYRUN_STR -> a program, which runs in the background. Its result is the
                                     * exit status. PYRUN_VP_CLOSE ends it */
    PYRUN_VP_WASM_TEXT = 35,        /* id: an instance; a: an enum pyrun_wasm_what -> a result, a PYRUN_STR */
    PYRUN_VP_WASM_EXPORTS = 36,     /* id: an instance -> a result, a list of tuples: name, kind, type as pyrun inspect prints it */
    PYRUN_VP_WASM_CALL = 37,        /* id: a module; a, b: words: the name of a function or operation as a text; values -> a result,
                                     * whose status tells of traps and exits. Wrong arguments are a code, and nothing is called */
    PYRUN_VP_WASM_START_CALL = 38,  /* the same in the background -> 0 */
    PYRUN_VP_WASM_READ = 39,        /* id: an instance, or an interpreter; a, b: words: an address in its memory, a number of
                                     * elements, their type: one of the letters b B h H i I q Q f d, as a number, as in Python's
                                     * struct module, or 0 -> a result: numbers, or for 0 bytes */
    PYRUN_VP_WASM_WRITE = 40,       /* the same; an address, a type, a value: numbers, a text, bytes -> how many bytes were written.
                                     * A number that does not fit the type is PYRUN_CONVERT, and nothing is written. For type 0
                                     * elements have 64 bits */
    PYRUN_VP_WASM_MEMORY_SIZE = 41, /* id: an instance -> bytes of its memory */
    PYRUN_VP_WASM_MEMORY_GROW = 42, /* id: an instance; a: pages of 64 KiB -> how many there were */
    PYRUN_VP_WASM_ALLOCATE = 43,    /* id: an instance; a: bytes -> their address, as pyrun_instance_allocate() */
    PYRUN_VP_WASM_RELEASE = 44,     /* id: an instance; a: such an address -> 0 */
    PYRUN_VP_WASM_ARENA = 45,       /* id: an instance; a, b: words: start and end, as pyrun_instance_arena() -> 0 */
    PYRUN_VP_WASM_GLOBAL = 46,      /* id: an instance; a, b: words: a name as a text -> a result: the value of an exported global */
    PYRUN_VP_WASM_SET_GLOBAL = 47,  /* the same, and a value -> 0 */
    PYRUN_VP_WASM_FIELD = 48,       /* id: an instance; a, b: words: a struct's layout and a path as texts, an address, as
                                     * pyrun_instance_field() -> a result */
    PYRUN_VP_WASM_SET_FIELD = 49,   /* the same, and a value -> 0 */

    /* C's functions of a guest of Emscripten's, as pyrun_em_*() has them. id: an instance of such a module, or an interpreter. */
    PYRUN_VP_EM_MALLOC = 64,        /* a: bytes -> their address */
    PYRUN_VP_EM_FREE = 65,          /* a: an address -> 0 */
    PYRUN_VP_EM_REALLOC = 66,       /* a, b: words: address, bytes -> the new address */
    PYRUN_VP_EM_MEMORY_GROW = 67,   /* a: pages -> how many there were */
    PYRUN_VP_EM_OPEN = 68,          /* a, b: words: a path as a text, an enum pyrun_em_flag, the mode of a file that is made ->
                                     * a descriptor */
    PYRUN_VP_EM_READ = 69,          /* a, b: words: descriptor, size -> a result, PYRUN_BYTES; with an address behind these, into the
                                     * guest's memory -> how many bytes */
    PYRUN_VP_EM_WRITE = 70,         /* a, b: words: descriptor, a value (or an address and a size in the guest's memory) -> how many
                                     * bytes were written */
    PYRUN_VP_EM_LSEEK = 71,         /* a, b: words: descriptor, offset, whence -> the position */
    PYRUN_VP_EM_CLOSE = 72,         /* a: a descriptor -> 0 */
    PYRUN_VP_EM_STAT = 73,          /* a, b: words: a path as a text -> a result, a dict: size, mtime, mode, is_folder */
    PYRUN_VP_EM_INVOKE = 74,        /* a, b: words: a function's name as a text, values -> a result. What was thrown is a result with the
                                     * status PYRUN_EXCEPTION: its type, text and word are as pyrun_em_invoke() says */
    PYRUN_VP_EM_INVOKE_POINTER = 75, /* the same with a function pointer, one word, in place of the name */

    PYRUN_VP_VALUE = 256    /* and an enum pyrun_kind or PYRUN_VP_FUNCTION added. id: an interpreter; a, b: as for an argument of a
                             * call, see below -> a result whose value that is. For an id of a module, or 0, it belongs to that one, or to
                             * nobody until it is dropped, and is passed as a PYRUN_OBJECT to requests from 32 on */
};

/* The settings of a PYRUN_VP_OPEN: lines of text, each a word and what belongs to it. Without any, the interpreter sees nothing
 * of the machine, and runs the default release from this user's data folder. */
/*   home PATH, cache PATH, release VERSION, package NAME, env NAME=VALUE, folder GUEST-PATH HOST-PATH,
 *   writable-folder GUEST-PATH HOST-PATH, overlay-folder GUEST-PATH HOST-PATH, working-folder GUEST-PATH, deterministic SEED,
 *   allow-native-code, fresh-hash-seed, untrusted (before limits), snapshot ID-OR-NAME (an id of PYRUN_VP_SNAPSHOT, or the
 *   name of one in the data folder); and the limits of enum pyrun_limit in pyrun.h by their names, in small letters and with
 *   hyphens: memory N, file-bytes N and so on */

/* The words of a PYRUN_VP_CALL: the id of a result whose value is called, 0 for __main__; address and size of an attribute's name,
 * or a result that is a str and -1, or 0 and 0 for the value itself; then three words for each argument: an enum pyrun_kind and two
 * words as in pyrun_value: */
/*   PYRUN_NONE 0 0, PYRUN_BOOL i 0, PYRUN_INT i 0, PYRUN_FLOAT bits 0, PYRUN_COMPLEX bits bits, PYRUN_STR address size,
 *   PYRUN_BYTES address size, PYRUN_BIGINT address size (of decimal digits), PYRUN_INT64S address count, PYRUN_FLOAT64S address
 *   count, PYRUN_OBJECT result 0 (any result's value); PYRUN_LIST, PYRUN_TUPLE, PYRUN_SET, PYRUN_FROZENSET and PYRUN_DICT
 *   address count, of words: three for each item, or key, or value */
enum pyrun_vp_word {
    PYRUN_VP_NAMED = 32,   /* not an argument but the name of the next one: address and size, or a result and -1 */
    PYRUN_VP_RAISE = 33,   /* for an answer alone: the host function raises a RuntimeError with this text, as a name is passed */
    PYRUN_VP_FIXED64S = 35, /* address and count of fixed-point numbers of 64 bits with 16 bits behind the point; becomes what
                             * PYRUN_FLOAT64S becomes */
    PYRUN_VP_FUNCTION = 34 /* a number of the host's choice, and 0: a Python function that asks the host when it is called */
};

/* Does something; `op` is an enum pyrun_vp_op. An id, an answer as said there, or a negative code. */
int64_t pyrun_vp_request(int64_t op, int64_t id, int64_t a, int64_t b);

enum pyrun_vp_what {
    PYRUN_VP_STATUS = 0,    /* 8 bytes: an enum pyrun_code, as an integer */
    PYRUN_VP_KIND = 1,      /* 8 bytes: an enum pyrun_kind */
    PYRUN_VP_WORD = 2,      /* 8 bytes: the int, or the float's bits, or the truth value, or the exit status */
    PYRUN_VP_TEXT = 3,      /* the value as text (a str itself, bytes, of others what repr says), or an error's message. Of id
                             * 0: why the last request was not done that was not */
    PYRUN_VP_TYPE = 4,      /* the class of an exception, or of the value: "int", "numpy.ndarray" */
    PYRUN_VP_TRACEBACK = 5, /* what Python prints of it */
    PYRUN_VP_OUTPUT = 6,    /* what was written to standard output and error until then and not taken by PYRUN_VP_PRINTED. Of a
                             * request that the host waited for, at most 1 MiB; a last line says how much more there was */
    PYRUN_VP_INT64S = 7,    /* the items of a sequence or a buffer of ints, 8 bytes each, or one int; none if it is something
                             * else */
    PYRUN_VP_FLOAT64S = 8,  /* the same for floats, or for ints taken as floats; for complex numbers real and imaginary parts in
                             * turn */
    PYRUN_VP_NUMBERS = 9,   /* 8 bytes: PYRUN_INT64S or PYRUN_FLOAT64S if that part holds all of the value, even if it has no
                             * items; PYRUN_COMPLEX if PYRUN_VP_FLOAT64S does, with two for each; else 0. An empty list or tuple
                             * counts as ints, an array by its type. */
    PYRUN_VP_COUNT = 10,    /* 8 bytes: how many items PYRUN_VP_ITEM gives; 0 if it is something else */
    PYRUN_VP_SHAPE = 11,    /* 8 bytes for each axis of an array: its size. Of a list or tuple its length, of a number none */
    PYRUN_VP_DTYPE = 12,    /* an array's type of elements as NumPy names it: "float32"; without NumPy as the struct module does.
                             * Empty for what is no array */
    PYRUN_VP_SUMMARY = 13,  /* the class of the value and what repr says, in one line of not much more than 120 characters */
    PYRUN_VP_FIXEDS = 14    /* the numbers as fixed-point numbers of 64 bits with 16 bits behind the point, 8 bytes each, rounded.
                             * PYRUN_CONVERT when one does not fit */
};

/* A part of a result, copied to `buffer` when all of it fits into `capacity` bytes. Its size in any case, or a negative
 * code. So a host asks with capacity 0, makes room, and asks again; the result stays as it is until it is dropped. */
int64_t pyrun_vp_fetch(int64_t id, int64_t what, int64_t buffer, int64_t capacity);

/* For finalisers, on any stack of the thread that called pyrun_vp_init(): the next request drops this result or snapshot, or closes
 * this interpreter or module. PYRUN_OK, or PYRUN_BUSY when 65536 are noted since the last request; then it is kept until its interpreter is closed. */
int64_t pyrun_vp_release(int64_t id);

#ifdef __cplusplus
}
#endif

#endif
