/*
 * pyrun: CPython and the wheels of Pyodide in a sandbox, for C and C++.
 *
 *     pyrun *py;
 *     pyrun_result *result;
 *     if (pyrun_create(NULL, &py, NULL) == PYRUN_OK) {
 *         pyrun_eval(py, "6 * 7", 5, &result);
 *         printf("%lld\n", (long long)pyrun_result_value(result)->u.i);
 *         pyrun_result_free(result);
 *         pyrun_destroy(py);
 *     }
 *
 * Codes. A function that returns `int` returns PYRUN_OK (0), a positive code for what Python code did, or a negative one
 * for what the host did or met. An interpreter is as good as before after every code but PYRUN_POISONED, PYRUN_LIMIT,
 * PYRUN_CRASHED and PYRUN_INTERNAL; after one of these it may answer PYRUN_POISONED to everything but pyrun_destroy().
 *
 * Ownership. What a function gives through a `**` parameter is the caller's, to be freed by the function that is named for
 * it (`pyrun_result_free`, `pyrun_object_free`, ...). It lives on its own: a result outlives other calls and the
 * interpreter. Freeing NULL does nothing. What a function takes it borrows until it returns; nothing that the host passes is
 * kept, but for `user` of pyrun_config.
 *
 * Results and errors. A `pyrun_result **result` is always given a result, whatever the code. A `pyrun_result **error` is
 * given one when the code is not PYRUN_OK, else NULL. Either may be NULL when only the code is of interest. A
 * `pyrun_object **` and its like is given NULL when the code is not PYRUN_OK.
 *
 * Text is UTF-8, passed as a pointer and a number of bytes; it may have zeros in it and needs none behind it. Text that comes
 * from the library has a zero behind it, too. A null pointer is right for no bytes.
 *
 * Pointers. Every pointer is null or valid for what it is declared to point to. A null pointer where something is needed,
 * one that is not aligned, an unknown kind or flag and text that is no UTF-8 are PYRUN_BAD_ARGUMENT. A pointer to
 * what was freed cannot be told from a good one.
 *
 * Threads. Every function may be called from any thread. An interpreter does one thing at a time: what comes in meanwhile,
 * from another thread or from a callback of its own, is PYRUN_BUSY at once, and does nothing. Nobody ever waits for a lock.
 * Different interpreters are independent. A call needs 256 KiB of the calling thread's stack, and more for deep nesting.
 *
 * Signals. The library handles faults of Wasm code (SIGSEGV, SIGBUS, SIGILL, SIGFPE) and passes on to the handler that was
 * there before what is not its own. It touches no other signal, and no standard stream.
 *
 * Callbacks must return: no longjmp() and no C++ exception out of one.
 */
#ifndef PYRUN_H
#define PYRUN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of what is declared here. It changes when something is not there any more or is something else; new functions
 * and new fields at the end of pyrun_config do not change it. */
#define PYRUN_ABI_VERSION 1

/* The library's PYRUN_ABI_VERSION. */
uint32_t pyrun_abi_version(void);

/* ---- Codes ---- */

enum pyrun_code {
    PYRUN_OK = 0,
    PYRUN_EXCEPTION = 1,     /* Python raised an exception; the result's value is the exception object. */
    PYRUN_EXIT = 2,          /* Python code asked for the end of the program: pyrun_result_exit_status(). */
    PYRUN_BAD_ARGUMENT = -1, /* What was passed cannot be meant. Nothing was done. */
    PYRUN_BUSY = -2,         /* The interpreter is at work, or has lent a buffer. Nothing was done. */
    PYRUN_POISONED = -3,     /* It was cut off in the middle of something before. Destroy it and create another. */
    PYRUN_INTERRUPTED = -4,  /* pyrun_interrupt(): the KeyboardInterrupt reached the top. */
    PYRUN_LIMIT = -5,        /* A limit of the host ended the program. (Too much memory is a MemoryError in Python.) */
    PYRUN_MISSING = -6,      /* A file of the release, a package or a folder is not there; the message says how to get it. */
    PYRUN_CONVERT = -7,      /* The value cannot cross; the message names the place in it. */
    PYRUN_CRASHED = -8,      /* The guest's own code trapped. */
    PYRUN_SYSTEM = -9,       /* The operating system refused something, such as a thread. */
    PYRUN_SNAPSHOT = -10,    /* A snapshot cannot be taken now, or does not fit. */
    PYRUN_INTERNAL = -11,    /* A fault of the library's. */
    PYRUN_VP_STACK = -12,    /* pyrun_vp_*: not on the stack that pyrun_vp_init() was called on. Nothing was done. */
    PYRUN_VP_STALE = -13     /* pyrun_vp_*: no such id, or not any more. Nothing was done. */
};

/* ---- Values ---- */

typedef struct pyrun pyrun;
typedef struct pyrun_engine pyrun_engine;
typedef struct pyrun_snapshot pyrun_snapshot;
typedef struct pyrun_result pyrun_result;
typedef struct pyrun_object pyrun_object;

enum pyrun_kind {
    PYRUN_NONE = 0,
    PYRUN_BOOL = 1,      /* u.i: 0 or 1 */
    PYRUN_INT = 2,       /* u.i: an int of 64 bits */
    PYRUN_BIGINT = 3,    /* u.s: a larger one, in decimal */
    PYRUN_FLOAT = 4,     /* u.f */
    PYRUN_COMPLEX = 5,   /* u.c: real and imaginary part */
    PYRUN_STR = 6,       /* u.s: UTF-8 */
    PYRUN_BYTES = 7,     /* u.s */
    PYRUN_LIST = 8,      /* u.l */
    PYRUN_TUPLE = 9,     /* u.l */
    PYRUN_DICT = 10,     /* u.l: key, value, key, value, ...; count is twice the number of entries */
    PYRUN_SET = 11,      /* u.l, in no particular order */
    PYRUN_FROZENSET = 12,
    PYRUN_DATE = 13,     /* u.s: 2026-11-24. This kind and the next three come in results only. */
    PYRUN_TIME = 14,     /* u.s: 12:30:00.5 */
    PYRUN_DATETIME = 15, /* u.s: 2026-11-24T12:30:00, with an offset (+01:00) unless it is naive */
    PYRUN_TIMEDELTA = 16, /* u.s: an ISO 8601 duration: PT1H30M */
    PYRUN_OBJECT = 17,   /* u.o: anything else. In a result it is the result's: pyrun_object_clone() keeps it. */
    PYRUN_INT64S = 18,   /* u.q: an argument only; becomes an array.array('q'), copied once. NumPy takes it as it is. */
    PYRUN_FLOAT64S = 19  /* u.d: an argument only; becomes an array.array('d') */
};

typedef struct pyrun_value pyrun_value;
struct pyrun_value {
    uint32_t kind;  /* enum pyrun_kind */
    uint32_t flags; /* 0 */
    union {
        int64_t i;
        double f;
        double c[2];
        struct { const char *data; uint64_t size; } s;
        struct { const pyrun_value *items; uint64_t count; } l;
        struct { const int64_t *items; uint64_t count; } q;
        struct { const double *items; uint64_t count; } d;
        const pyrun_object *o;
    } u;
};

/* ---- Results ---- */

/* The code that the function returned which gave this. */
int pyrun_result_code(const pyrun_result *result);

/* The value; the result's, as is all that it points to. PYRUN_NONE when there is none. NULL for NULL. */
const pyrun_value *pyrun_result_value(const pyrun_result *result);

enum pyrun_result_what {
    PYRUN_RESULT_TYPE = 0,     /* The exception's class, with its module: json.decoder.JSONDecodeError. Empty if there is none. */
    PYRUN_RESULT_MESSAGE = 1,  /* str(exception), or what the library has to say. */
    PYRUN_RESULT_TRACEBACK = 2 /* What Python prints of it, several lines. */
};

/* A text; the result's. `size` may be NULL. Empty when there is none; NULL for no such text. */
const char *pyrun_result_text(const pyrun_result *result, int what, size_t *size);

/* The exit status of a PYRUN_EXIT; else PYRUN_BAD_ARGUMENT, and `status` is left alone. */
int pyrun_result_exit_status(const pyrun_result *result, int *status);

void pyrun_result_free(pyrun_result *result);

/* ---- Interpreters ---- */

typedef struct { const char *data; size_t size; } pyrun_text;
typedef struct { pyrun_text name, value; } pyrun_pair;

#define PYRUN_FOLDER_WRITABLE 1

typedef struct {
    pyrun_text host;  /* a folder of this machine's */
    pyrun_text guest; /* an absolute path at which Python finds it */
    uint64_t flags;   /* 0, or PYRUN_FOLDER_WRITABLE */
} pyrun_folder;

#define PYRUN_READ_AGAIN (-2)

/* What an interpreter is made of. Zeros are good for everything but struct_size: nothing of the machine is visible then. */
typedef struct {
    uint32_t struct_size; /* sizeof(pyrun_config). Later versions have more fields, and take this one as it is. */
    uint32_t flags;       /* 0 */

    const pyrun_engine *engine;     /* NULL: one of its own */
    const pyrun_snapshot *snapshot; /* NULL: a bare interpreter */
    uint64_t max_memory;            /* bytes; 0: no limit but the guest's address space */
    uint64_t max_depth;             /* of calls between Python and the host; 0: 100 */

    const pyrun_text *packages; /* of the release, importable with what they depend on */
    size_t package_count;
    const pyrun_pair *environ; /* variables */
    size_t environ_count;
    const pyrun_folder *folders;
    size_t folder_count;
    pyrun_text working_folder; /* of the guest's */

    /* Takes what the guest writes to descriptor 1 or 2, in the pieces in which it comes. NULL: it goes nowhere. */
    void (*write)(void *user, int descriptor, const void *data, size_t size);
    /* Fills `data` with up to `size` bytes of standard input. The number; 0 is the end of the input; PYRUN_READ_AGAIN:
     * nothing now (an error in Python that says so), any other negative number: an input error. It may block. NULL: empty. */
    int64_t (*read)(void *user, void *data, size_t size);
    /* Passed to both, which are called in pyrun_* calls by the calling thread and, after pyrun_start(), by a thread
     * of the library's; never by two at once, and never after pyrun_destroy(). */
    void *user;
} pyrun_config;

/* Starts an interpreter. `config` may be NULL. The first start on a machine compiles the release, which takes a while.
 * PYRUN_MISSING, PYRUN_BAD_ARGUMENT, PYRUN_SYSTEM, PYRUN_SNAPSHOT. */
int pyrun_create(const pyrun_config *config, pyrun **py, pyrun_result **error);

/* Ends an interpreter and gives its memory back. PYRUN_BUSY, and it goes on, when a call or one of its callbacks is at work,
 * or a buffer is lent. What pyrun_start() began is interrupted, and its thread ends by itself. Objects and results that are
 * left may still be freed. No other thread may use `py` any more, for pyrun_interrupt() neither. */
int pyrun_destroy(pyrun *py);

/* Raises KeyboardInterrupt in what runs, or in what runs next. Any thread, at any time until pyrun_destroy(); also in a signal
 * handler: one atomic store and one write(2); errno stays. */
void pyrun_interrupt(pyrun *py);

/* ---- Running ---- */

/* Runs source in __main__. PYRUN_EXCEPTION, PYRUN_EXIT, PYRUN_INTERRUPTED and all that ends a guest. */
int pyrun_exec(pyrun *py, const char *source, size_t size, pyrun_result **error);

/* The same, and the value of the last statement, if that is an expression without a semicolon behind it; else PYRUN_NONE.
 * What is no plain value comes as PYRUN_OBJECT. As pyrun_exec(), and PYRUN_CONVERT. */
int pyrun_eval(pyrun *py, const char *source, size_t size, pyrun_result **result);

/* The same, and the object itself, unconverted. As pyrun_exec(). */
int pyrun_eval_object(pyrun *py, const char *source, size_t size, pyrun_object **object, pyrun_result **error);

/* Imports a module: "numpy.linalg" is that module, not numpy. As pyrun_exec(). */
int pyrun_import(pyrun *py, const char *name, size_t size, pyrun_object **module, pyrun_result **error);

/* Sets a variable of __main__. As pyrun_exec(), and PYRUN_CONVERT. */
int pyrun_set_global(pyrun *py, const char *name, size_t size, const pyrun_value *value, pyrun_result **error);

/* For hosts that must not wait. Starts pyrun_eval() on a thread of the library's, and returns. Until pyrun_take() gives its
 * result, all else is PYRUN_BUSY. As pyrun_create(). */
int pyrun_start(pyrun *py, const char *source, size_t size, pyrun_result **error);

/* 1: pyrun_take() has a result; 0: not yet. PYRUN_BAD_ARGUMENT when nothing was started. */
int pyrun_poll(pyrun *py);

/* The result of what was started. PYRUN_BUSY, and nothing is taken, as long as pyrun_poll() is 0; else as pyrun_eval(). */
int pyrun_take(pyrun *py, pyrun_result **result);

/* ---- Objects ----
 *
 * A Python object, which lives until it is freed. Freeing and cloning work from any thread at any time, also after the
 * interpreter is gone. Another interpreter refuses it. All others: as pyrun_exec(). */

/* An object of this value. */
int pyrun_object_new(pyrun *py, const pyrun_value *value, pyrun_object **object, pyrun_result **error);

/* Its value, copied out. */
int pyrun_object_value(pyrun *py, const pyrun_object *object, pyrun_result **result);

enum pyrun_object_what { PYRUN_OBJECT_STR = 0, PYRUN_OBJECT_REPR = 1, PYRUN_OBJECT_TYPE = 2 };

/* str(object), repr(object) or the name of its type, as a PYRUN_STR. */
int pyrun_object_text(pyrun *py, const pyrun_object *object, int what, pyrun_result **result);

/* Another reference to the same object. NULL for NULL. */
pyrun_object *pyrun_object_clone(const pyrun_object *object);
void pyrun_object_free(pyrun_object *object);

int pyrun_getattr(pyrun *py, const pyrun_object *object, const char *name, size_t size, pyrun_object **attribute,
                  pyrun_result **error);
int pyrun_setattr(pyrun *py, const pyrun_object *object, const char *name, size_t size, const pyrun_value *value,
                  pyrun_result **error);
int pyrun_getitem(pyrun *py, const pyrun_object *object, const pyrun_value *key, pyrun_object **item,
                  pyrun_result **error);
int pyrun_setitem(pyrun *py, const pyrun_object *object, const pyrun_value *key, const pyrun_value *value,
                  pyrun_result **error);

/* callee(*arguments, **named). `named` is a PYRUN_DICT, or NULL. */
int pyrun_call(pyrun *py, const pyrun_object *callee, const pyrun_value *arguments, size_t count,
               const pyrun_value *named, pyrun_result **result);

/* callee(*arguments), and the object itself, unconverted. */
int pyrun_call_object(pyrun *py, const pyrun_object *callee, const pyrun_value *arguments, size_t count,
                      pyrun_object **object, pyrun_result **error);

/* ---- Buffers ----
 *
 * The memory of an array, bytes or another object with the buffer protocol, where it is. While one is lent, all that runs Python
 * code is PYRUN_BUSY; several may be lent at once. */

#define PYRUN_WRITABLE 1

typedef struct {
    void *data;         /* the element at the index of all zeros */
    uint64_t nbytes;    /* of all elements together */
    uint64_t id;        /* the library's */
    uint32_t itemsize;  /* bytes */
    uint32_t ndim;      /* 0 to 8 */
    uint32_t flags;     /* PYRUN_WRITABLE if its owner allows that */
    uint32_t reserved;
    char format[16];    /* as Python's struct module writes it: "d" */
    int64_t shape[8];   /* elements along each axis */
    int64_t strides[8]; /* bytes from one element to the next; may be negative or 0 */
} pyrun_buffer;

/* Lends the memory; fills `buffer`, whose `data` is good until it is released. Nothing may be written to it unless `flags` has
 * PYRUN_WRITABLE. PYRUN_EXCEPTION with a TypeError when the object has no memory to lend; PYRUN_BAD_ARGUMENT when it is
 * read-only and `flags` has PYRUN_WRITABLE. */
int pyrun_buffer_acquire(pyrun *py, const pyrun_object *object, uint32_t flags, pyrun_buffer *buffer,
                         pyrun_result **error);

/* Gives it back and empties `buffer`. PYRUN_BAD_ARGUMENT when it is not lent, or not any more. */
int pyrun_buffer_release(pyrun *py, pyrun_buffer *buffer);

/* A new NumPy array for the host to fill; what is in it is not said. `format` is one of b B h H i I q Q f d, `shape` has
 * `ndim` sizes. NumPy must be importable. */
int pyrun_array_new(pyrun *py, uint32_t format, uint32_t ndim, const int64_t *shape, pyrun_object **array,
                    pyrun_result **error);

/* ---- Engines and snapshots ---- */

/* What interpreters share: a release, its compiled code and the cache. `home` is the data folder; empty: this user's, as the
 * environment says. Interpreters and snapshots outlive it. PYRUN_MISSING. */
int pyrun_engine_create(const char *home, size_t size, pyrun_engine **engine, pyrun_result **error);
void pyrun_engine_free(pyrun_engine *engine);

/* An interpreter's whole state, from which others start in no time (pyrun_config); this one goes on. Both need the same
 * engine. PYRUN_SNAPSHOT when it holds something of the host's open. */
int pyrun_snapshot_take(pyrun *py, pyrun_snapshot **snapshot, pyrun_result **error);
void pyrun_snapshot_free(pyrun_snapshot *snapshot);

/* Takes an interpreter back to the snapshot that it was started from; that costs what it has changed. Objects that it had are
 * of no use any more, but to be freed. PYRUN_BAD_ARGUMENT when it was not started from one. */
int pyrun_reset(pyrun *py, pyrun_result **error);

/* ---- For hosts that pass nothing but 64-bit integers ----
 *
 * Two functions of at most four integers, for tables of host functions as virtual machines have them (ChrysaLisp).
 * Interpreters and results are ids, each of which is given once, so that one that was dropped is PYRUN_VP_STALE and nothing
 * else. Addresses are integers, too. What Python code does wrong is in a result, not in a code: a negative answer means that a
 * request was not done.
 *
 * Everything happens on the stack that pyrun_vp_init() was called on, by the thread that owns it. Calls from other stacks
 * (coroutines, which may be small) or threads are PYRUN_VP_STACK, which takes no more stack than a leaf function. */

/* Call this first, on the thread's own stack, not on a coroutine's. The only one that does not check where it is. PYRUN_OK, or
 * PYRUN_SYSTEM. */
int64_t pyrun_vp_init(void);

enum pyrun_vp_op {
    PYRUN_VP_OPEN = 0,      /* -> a new interpreter; id, a and b are 0. It sees nothing of the machine. */
    PYRUN_VP_CLOSE = 1,     /* id: an interpreter, which goes with its results. PYRUN_BUSY as for pyrun_destroy(). */
    PYRUN_VP_RUN = 2,       /* id: an interpreter; a, b: source and its size -> a result, as pyrun_eval(). */
    PYRUN_VP_START = 3,     /* id, a, b: the same, in the background -> 0 */
    PYRUN_VP_POLL = 4,      /* id: an interpreter -> 1: done, 0: not yet */
    PYRUN_VP_TAKE = 5,      /* id: an interpreter -> a result */
    PYRUN_VP_INTERRUPT = 6, /* id: an interpreter -> 0 */
    PYRUN_VP_IMPORT = 7,    /* id: an interpreter; a, b: a module's name and its size -> a result */
    PYRUN_VP_CALL = 8,      /* id: an interpreter; a, b: words and their number, see below -> a result */
    PYRUN_VP_DROP = 9,      /* id: a result -> 0 */
    PYRUN_VP_VALUE = 256    /* and an enum pyrun_kind added. id: an interpreter; a, b: as for an argument of a call, see
                             * below -> a result whose value that is */
};

/* The words of a PYRUN_VP_CALL: the id of a result whose value is called; address and size of an attribute's name, or a result
 * that is a str and -1, or 0 and 0 for the value itself; then three words for each argument: an enum pyrun_kind and two
 * words as in pyrun_value: */
/*   PYRUN_NONE 0 0, PYRUN_BOOL i 0, PYRUN_INT i 0, PYRUN_FLOAT bits 0, PYRUN_STR address size, PYRUN_BYTES address size,
 *   PYRUN_INT64S address count, PYRUN_FLOAT64S address count, PYRUN_OBJECT result 0 */

/* Does something; `op` is an enum pyrun_vp_op. An id, an answer as said there, or a negative code. */
int64_t pyrun_vp_request(int64_t op, int64_t id, int64_t a, int64_t b);

enum pyrun_vp_what {
    PYRUN_VP_STATUS = 0,    /* 8 bytes: an enum pyrun_code, as an integer */
    PYRUN_VP_KIND = 1,      /* 8 bytes: an enum pyrun_kind */
    PYRUN_VP_WORD = 2,      /* 8 bytes: the int, or the float's bits, or the truth value, or the exit status */
    PYRUN_VP_TEXT = 3,      /* the value as text (a str itself, bytes, of others what repr says), or an error's message */
    PYRUN_VP_TYPE = 4,      /* the class of an exception */
    PYRUN_VP_TRACEBACK = 5, /* what Python prints of it */
    PYRUN_VP_OUTPUT = 6,    /* what was written to standard output and error until then, at most 1 MiB */
    PYRUN_VP_INT64S = 7,    /* the items of a sequence or a buffer of ints, 8 bytes each, or one int; none if it is something
                             * else */
    PYRUN_VP_FLOAT64S = 8   /* the same for floats, or for ints taken as floats */
};

/* A part of a result, copied to `buffer` when all of it fits into `capacity` bytes. Its size in any case, or a negative
 * code. So a host asks with capacity 0, makes room, and asks again; the result stays as it is until it is dropped. */
int64_t pyrun_vp_fetch(int64_t id, int64_t what, int64_t buffer, int64_t capacity);

#ifdef __cplusplus
}
#endif

#endif
