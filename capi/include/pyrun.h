/*
 * pyrun: CPython and the packages of Pyodide in a sandbox, for C and C++.
 *
 *     pyrun *py;
 *     pyrun_result *result;
 *     if (pyrun_create(NULL, &py, NULL) == PYRUN_OK) {
 *         pyrun_eval_str(py, "6 * 7", &result);
 *         printf("%lld\n", (long long)pyrun_result_value(result)->u.i);
 *         pyrun_result_free(result);
 *         pyrun_destroy(py);
 *     }
 *
 * Codes. A function that returns `int` returns PYRUN_OK (0), a positive code for what Python code did, or a negative one
 * for what the host did or met. An interpreter is as good as before after every code but PYRUN_ENDED, PYRUN_POISONED,
 * PYRUN_LIMIT, PYRUN_CRASHED, PYRUN_TIMED_OUT, PYRUN_KILLED and PYRUN_INTERNAL; after one of these it may
 * answer PYRUN_POISONED to everything but pyrun_destroy().
 * Below, "Errors" names the codes that a function returns besides PYRUN_OK, PYRUN_BAD_ARGUMENT and PYRUN_INTERNAL.
 * "The codes of a run" are PYRUN_EXCEPTION, PYRUN_EXIT, PYRUN_ENDED, PYRUN_BUSY, PYRUN_POISONED, PYRUN_INTERRUPTED,
 * PYRUN_LIMIT, PYRUN_CRASHED, PYRUN_TIMED_OUT (where there is a limit) and PYRUN_KILLED.
 *
 * Ownership. What a function gives through a `**` parameter is the caller's, to be freed by the function that is named for
 * it (`pyrun_result_free`, `pyrun_object_free`, ...). It lives on its own: a result outlives other calls and the
 * interpreter. Freeing NULL does nothing. What a function takes it borrows until it returns: texts, values and settings are
 * copied. Only the functions that the host gives, and the `user` pointers beside them, are kept; where, it says how long.
 *
 * Results and errors. A `pyrun_result **result` is always given a result, whatever the code. A `pyrun_result **error` is
 * given one when the code is not PYRUN_OK, else NULL. Either may be NULL when only the code is of interest. A
 * `pyrun_object **` and its like is given NULL when the code is not PYRUN_OK; a number is left as it is then.
 *
 * Text is UTF-8, passed as a pointer and a number of bytes; it may have zeros in it and needs none behind it. Text that comes
 * from the library has a zero behind it, too. A null pointer is right for no bytes. The functions at the end of this file
 * take text that ends with a zero.
 *
 * Pointers. Every pointer is null or valid for what it is declared to point to. A null pointer where something is needed,
 * one that is not aligned, an unknown kind or flag and text that is not UTF-8 are PYRUN_BAD_ARGUMENT. A pointer to
 * what was freed cannot be told from a good one.
 *
 * Threads. Every function may be called from any thread. An interpreter does one thing at a time: what comes in meanwhile,
 * from another thread or from a callback of its own, is PYRUN_BUSY at once, and does nothing. The same holds for settings
 * and modules. Nobody ever waits for a lock. Different interpreters are independent. A call needs 256 KiB of the calling
 * thread's stack; a value that is nested more deeply than that has room for is PYRUN_CONVERT. In a child of fork() what no call
 * was in goes on, and limits of time and kills hold; an interrupt of an instance that was made before the fork, and has no limit
 * of time, ends only what calls the host.
 *
 * Signals. The library handles faults of Wasm code (SIGSEGV, SIGBUS, SIGILL, SIGFPE) and passes on what is not its own to the
 * other handlers of the process: to the one that was there before, and to one that was installed later (by CPython's faulthandler,
 * a JVM), which it finds when something is created or run, and some milliseconds later when functions are called. It touches no
 * other signal, and no standard stream. Where your process ignores neither SIGPIPE nor SIGXFSZ, a guest that writes to a pipe of
 * yours that nobody reads, or lets a file of a writable folder grow beyond RLIMIT_FSIZE, ends it: ignore them, and the guest gets an
 * error.
 *
 * Callbacks must return. A C++ exception or a longjmp() out of one is undefined behaviour: catch everything inside.
 *
 * Growth. Later versions have more functions, more codes, more kinds and more fields at the end of structures; none of that
 * changes PYRUN_ABI_VERSION. Settings are opaque; a structure that the library fills is passed with its size; one that the
 * library owns is only pointed to. pyrun_value keeps its size.
 */
#ifndef PYRUN_H
#define PYRUN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of what is declared here. It changes when something is not there any more, or is something else. */
#define PYRUN_ABI_VERSION 2

/* The library's PYRUN_ABI_VERSION. */
uint32_t pyrun_abi_version(void);

/* ---- Codes ---- */

enum pyrun_code {
    PYRUN_OK = 0,
    PYRUN_EXCEPTION = 1,     /* Python raised an exception; the result's value is the exception object. */
    PYRUN_EXIT = 2,          /* Python code asked for the end of the program: pyrun_result_exit_status(). */
    PYRUN_ENDED = 3,         /* The program ended at once (os._exit(), a fatal signal to itself), as pyrun_result_exit_status()
                                says. The interpreter is gone: PYRUN_POISONED from now on. */
    PYRUN_BAD_ARGUMENT = -1, /* Invalid argument. Nothing was changed. */
    PYRUN_BUSY = -2,         /* The interpreter is running, or has lent a buffer. Nothing was changed. */
    PYRUN_POISONED = -3,     /* It was cut off in the middle of something before. Destroy it and create another. */
    PYRUN_INTERRUPTED = -4,  /* pyrun_interrupt(): the KeyboardInterrupt reached the top; pyrun_instance_interrupt(). */
    PYRUN_LIMIT = -5,        /* A limit of the host ended the program, or a value does not fit into PYRUN_LIMIT_HOST_MEMORY.
                              * (Too much memory is a MemoryError in Python.) */
    PYRUN_MISSING = -6,      /* A file of the release, a package or a folder is not there; the message says how to get it. */
    PYRUN_CONVERT = -7,      /* The value cannot be converted; the message names the place in it. */
    PYRUN_CRASHED = -8,      /* The interpreter did not start, or its own code trapped; the message says why. */
    PYRUN_SYSTEM = -9,       /* The operating system refused something, such as a thread or a file. */
    PYRUN_SNAPSHOT = -10,    /* A snapshot cannot be taken now, or does not fit. */
    PYRUN_INTERNAL = -11,    /* A bug in the library. */
    PYRUN_VP_STACK = -12,    /* pyrun_vp.h: not on the stack that pyrun_vp_init() was called on. Nothing was changed. */
    PYRUN_TIMED_OUT = -14,   /* A limit of time is over. Either the TimeoutError reached the top, which is the result's value, and
                                the interpreter goes on; or it was stopped: PYRUN_POISONED from now on. */
    PYRUN_KILLED = -15,      /* pyrun_kill(), pyrun_instance_kill(): PYRUN_POISONED from now on. */
    PYRUN_VP_STALE = -13     /* pyrun_vp.h: no such id, or not any more. Nothing was changed. */
};

/* ---- Values ---- */

typedef struct pyrun pyrun;
typedef struct pyrun_settings pyrun_settings;
typedef struct pyrun_module pyrun_module;
typedef struct pyrun_host_call pyrun_host_call;
typedef struct pyrun_engine pyrun_engine;
typedef struct pyrun_snapshot pyrun_snapshot;
typedef struct pyrun_result pyrun_result;
typedef struct pyrun_object pyrun_object;
typedef struct pyrun_operations pyrun_operations;
typedef struct pyrun_array pyrun_array;

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
    PYRUN_FLOAT64S = 19, /* u.d: an argument only; becomes an array.array('d') */
    PYRUN_ARRAY = 20     /* u.a: an argument of pyrun_operations_call() only */
};

/* A value. It owns nothing: what it points to is the host's in an argument, and the result's in a result. Scalars of NumPy
 * come as PYRUN_BOOL, PYRUN_INT, PYRUN_FLOAT and PYRUN_COMPLEX, arrays as PYRUN_OBJECT. */
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
        const pyrun_array *a;
    } u;
};

/* ---- Results ---- */

/* The code that the function returned which gave this. */
int pyrun_result_code(const pyrun_result *result);

/* The value; the result's, as is all that it points to. PYRUN_NONE if the call gave no value. NULL for NULL. */
const pyrun_value *pyrun_result_value(const pyrun_result *result);

enum pyrun_result_what {
    PYRUN_RESULT_TYPE = 0,     /* The exception's class, with its module: json.decoder.JSONDecodeError. Else empty. */
    PYRUN_RESULT_MESSAGE = 1,  /* str(exception), or what the library has to say. */
    PYRUN_RESULT_TRACEBACK = 2, /* What Python prints of it, several lines. */
    PYRUN_RESULT_REPORT = 3     /* Of a failure: how the run ended, as one line of JSON (docs/REPORT.md). Else empty. */
};

/* A text; the result's. `size` may be NULL. Empty if there is nothing to say; NULL for an unknown `what`. The message of a failure
 * is empty only for an exception without a text. */
const char *pyrun_result_text(const pyrun_result *result, int what, size_t *size);

/* The exit status of a PYRUN_EXIT or PYRUN_ENDED; else PYRUN_BAD_ARGUMENT, and `status` is left alone. */
int pyrun_result_exit_status(const pyrun_result *result, int *status);

/* The line that an exception is about, from 1: where it was raised, or what cannot be compiled (SyntaxError). 0: not known. */
uint32_t pyrun_result_line(const pyrun_result *result);

/* A place that an exception went through. */
typedef struct {
    const char *file;     /* for what pyrun_eval() and its like run: "<exec>", "<exec-2>", ... */
    const char *function; /* its qualified name, "<module>" outside of functions */
    uint32_t line;        /* from 1 */
    uint32_t reserved;
} pyrun_frame;

/* The frames of an exception, outermost first, at most the innermost 100; the result's. NULL behind the last one. */
const pyrun_frame *pyrun_result_frame(const pyrun_result *result, size_t index);

/* Any thread. */
void pyrun_result_free(pyrun_result *result);

/* ---- Settings ----
 *
 * What an engine and an interpreter are made of. New settings grant nothing: no folder, no variable, no stream. A setter copies
 * what it is given and returns PYRUN_OK, PYRUN_BAD_ARGUMENT or PYRUN_BUSY. What it refuses is remembered: pyrun_create() and
 * pyrun_engine_create() fail with the first refusal's message, so the codes of setters may be left unread. Settings may be
 * used for any number of interpreters, and freed at once after that. */

/* NULL only when there is no memory. */
pyrun_settings *pyrun_settings_new(void);
void pyrun_settings_free(pyrun_settings *settings);

/* The data folder, with releases and packages; default: PYRUN_HOME, else this user's. */
int pyrun_settings_home(pyrun_settings *settings, const char *path, size_t size);

/* Where compiled code is kept; default: PYRUN_CACHE, else `cache` in the data folder. */
int pyrun_settings_cache(pyrun_settings *settings, const char *path, size_t size);

/* The release of Pyodide to run, by its version; default: the one that this version of the library was made for. */
int pyrun_settings_release(pyrun_settings *settings, const char *version, size_t size);

/* An engine to share, instead of data folder, cache and release; NULL: none. The settings hold on to it. */
int pyrun_settings_engine(pyrun_settings *settings, const pyrun_engine *engine);

/* A snapshot to start from, of the same engine; NULL: none. The settings hold on to it. */
int pyrun_settings_snapshot(pyrun_settings *settings, const pyrun_snapshot *snapshot);

/* Adds a package of the release, importable with what it depends on. (Packages that are not named are found too when they are
 * imported; naming one says at once when it is missing.) */
int pyrun_settings_package(pyrun_settings *settings, const char *name, size_t size);

/* Adds an environment variable. */
int pyrun_settings_env(pyrun_settings *settings, const char *name, size_t name_size, const char *value,
                       size_t value_size);

#define PYRUN_FOLDER_WRITABLE 1
#define PYRUN_FOLDER_OVERLAY 2

/* Shows a folder of this machine at an absolute path of the guest. `flags` is 0, PYRUN_FOLDER_WRITABLE, or PYRUN_FOLDER_OVERLAY: what is
 * written stays in memory. Of a module pyrun_wasm_run_report() tells what was changed; of an interpreter nothing does. */
int pyrun_settings_folder(pyrun_settings *settings, const char *host, size_t host_size, const char *guest,
                          size_t guest_size, uint32_t flags);

/* Shows a folder for writing, which may become larger than it was by so many bytes; more is an OSError (ENOSPC). */
int pyrun_settings_folder_max(pyrun_settings *settings, const char *host, size_t host_size, const char *guest,
                              size_t guest_size, uint64_t max_bytes);

/* Has all that differs between two runs follow from a seed: clocks, which begin at 2000-01-01T00:00:00Z and move when they are read,
 * random bytes, the hash seed (Python boots), and what comes of them. docs/REPORT.md says what stays as it comes. */
int pyrun_settings_deterministic(pyrun_settings *settings, uint64_t seed);

/* Where the guest starts, an absolute path of its own; made if it is not there. */
int pyrun_settings_working_folder(pyrun_settings *settings, const char *path, size_t size);

/* Lets the guest load WebAssembly libraries that do not come with what is run: of a wheel that it unpacks, of a folder, or that it
 * writes. Without this they are an OSError; libraries of the release's packages need no leave. */
int pyrun_settings_allow_native_code(pyrun_settings *settings);

/* Has interpreters draw a hash secret of their own, which takes 15 to 30 ms more: all that start from one snapshot share its secret, and code
 * can find it out. With a snapshot, starting one is PYRUN_BAD_ARGUMENT. */
int pyrun_settings_fresh_hash_seed(pyrun_settings *settings);

/* Is told of a decision about what a guest asked for: one line of JSON, without its end, which docs/AUDIT.md describes. It is only there
 * until the function returns, and ends with no NUL. */
typedef void (*pyrun_audit)(void *user, const char *json, size_t size);

/* Has each decision told: files of granted folders and paths where nothing is, variables, libraries, addresses, functions of the host, limits
 * that are reached. A decision that comes again is counted. For modules of all kinds. It is called by the thread that runs the guest, in the
 * calls of this library that start, run, reset or destroy it, never by two threads at once for one guest, and never after pyrun_destroy() or
 * pyrun_instance_destroy(). It must not use the guest of which it is told. NULL: nobody is told. */
int pyrun_settings_audit(pyrun_settings *settings, pyrun_audit audit, void *user);

/* For code that nobody has read: limits (512 MiB of memory, a minute, 30 seconds of processor time, 16 MiB of output, 256 MiB of files,
 * 100,000 inodes, 256 descriptors, 512 MiB that the library holds for it; for compiling a module 30 seconds and 1 GiB), clocks that move by
 * milliseconds (there is no other setting for them), a hash seed of the guest's own (Python boots; a chosen snapshot keeps its seed), output
 * that cannot steer a terminal where it goes to one, nothing told of the disk of granted folders, and no libraries of its own:
 * PYRUN_BAD_ARGUMENT with pyrun_settings_allow_native_code(). Limits that are set afterwards count instead. */
int pyrun_settings_untrusted(pyrun_settings *settings);

/* Has this process give up, for good, what it does not need to run what these settings say: on Linux other files than the release, the
 * cache and the folders (Landlock), and running programs, sockets and other processes (seccomp; such calls fail with EPERM). Call it
 * before other threads are started, and after everything is open that is to be open. The value of the result is a text: what this
 * system lacks, a line each; empty if it has all of it. Errors: PYRUN_SYSTEM, PYRUN_MISSING. */
int pyrun_lock_down(const pyrun_settings *settings, uint32_t flags, pyrun_result **result);

#define PYRUN_LOCK_NETWORK 1 /* sockets stay */
#define PYRUN_LOCK_STRICT 2  /* what the system lacks is PYRUN_SYSTEM */

/* What an interpreter may take; each has a default that bounds it, but for output and time. */
enum pyrun_limit {
    PYRUN_LIMIT_MEMORY = 0,      /* bytes of memory; more is a MemoryError. A bare interpreter takes 30 MiB. 4 GiB */
    PYRUN_LIMIT_CALL_DEPTH = 1,  /* nested calls between Python and host functions; more is a RecursionError. 100 */
    PYRUN_LIMIT_TABLE_SLOTS = 2, /* slots of the function table; more ends the interpreter. 4 Mi */
    PYRUN_LIMIT_FILE_BYTES = 3,  /* bytes of all files in memory; more is an OSError. 1 GiB */
    PYRUN_LIMIT_INODES = 4,      /* files and folders that the guest makes; more is an OSError. A million */
    PYRUN_LIMIT_DESCRIPTORS = 5, /* open descriptors; more is an OSError. 4096 */
    PYRUN_LIMIT_OUTPUT_BYTES = 6, /* bytes written to standard output and error; more is an OSError. No limit */
    /* Of each call of an interpreter or an instance of any kind, of the start of an instance, and of a program: */
    PYRUN_LIMIT_WALL_MS = 7,     /* milliseconds; more is PYRUN_TIMED_OUT, as for pyrun_run(). No limit */
    PYRUN_LIMIT_CPU_MS = 8,      /* milliseconds of processor time; the same. No limit */
    PYRUN_LIMIT_GRACE_MS = 9,    /* milliseconds from the TimeoutError to the end; 0: at once, without one. Code of other kinds
                                  * than Python's is ended when it next calls the host, and that long later where it is. 1000 */
    /* Of compiling a module, or a library of the guest's own; not of what the release has: */
    PYRUN_LIMIT_COMPILE_MEMORY = 10, /* bytes, told from what the module is made of; more is PYRUN_BAD_ARGUMENT. 8 GiB */
    PYRUN_LIMIT_COMPILE_MS = 11, /* milliseconds of processor time. 600000 */
    PYRUN_LIMIT_HOST_MEMORY = 12 /* bytes that the library holds for the guest beside its linear memory: files with all that they take,
                                  * and values and texts while they are copied out, which is PYRUN_LIMIT beyond it. 2 GiB */
};

/* Sets a limit (enum pyrun_limit). PYRUN_BAD_ARGUMENT for one that this library does not have. */
int pyrun_settings_limit(pyrun_settings *settings, int limit, uint64_t value);

/* Takes what the guest writes to descriptor 1 or 2, in the pieces in which it comes. */
typedef void (*pyrun_write)(void *user, int descriptor, const void *data, size_t size);

#define PYRUN_READ_AGAIN (-2)

/* Fills `data` with up to `size` bytes of standard input. The number of bytes; 0: the end of the input; PYRUN_READ_AGAIN:
 * nothing now (an error in Python that says so), any other negative number: an input error. It may block. */
typedef int64_t (*pyrun_read)(void *user, void *data, size_t size);

/* The standard streams, of Python and of modules. Without this call output goes nowhere and input is empty, as with NULL for
 * `write` and for `read`. Both are called in pyrun_*
 * calls by the calling thread and, after pyrun_start(), by a thread of the library's; for one interpreter never by two
 * threads at once, and never after its pyrun_destroy(). */
int pyrun_settings_stdio(pyrun_settings *settings, pyrun_write write, pyrun_read read, void *user);

/* Adds a module of host functions, with the functions that it has now. */
int pyrun_settings_module(pyrun_settings *settings, const pyrun_module *module);

/* ---- Interpreters ---- */

/* Starts an interpreter. `settings` may be NULL. The first start on a machine compiles the release, which takes a while.
 * Errors: PYRUN_MISSING, PYRUN_SYSTEM, PYRUN_SNAPSHOT, PYRUN_BUSY. */
int pyrun_create(const pyrun_settings *settings, pyrun **py, pyrun_result **error);

/* Ends an interpreter and gives its memory back. PYRUN_BUSY, and it goes on, when a call or one of its callbacks is running,
 * or a buffer is lent. What pyrun_start() began is stopped, whatever it does, and its thread ends. Objects and results that are
 * left may still be freed. No other thread may use `py` any more, for pyrun_interrupt() and pyrun_kill() neither. */
int pyrun_destroy(pyrun *py);

/* Raises KeyboardInterrupt in what runs: a call, or what pyrun_start() has begun. While nothing runs it has no effect. Any
 * thread, at any time until pyrun_destroy(); also in a signal handler: one atomic store and one write(2); errno stays. */
void pyrun_interrupt(pyrun *py);

/* What the guest has used up to now, also while it runs: the value is a PYRUN_STR, an object of JSON with the fields of `usage` in
 * docs/REPORT.md. Times are those of programs, and null here. PYRUN_BUSY while it is reset. Any thread, until pyrun_destroy(). */
int pyrun_usage(const pyrun *py, pyrun_result **result);

/* Ends the guest for good, whatever it does: Python code, a loop in C, a wait. No code of the program's runs any more; what runs
 * is PYRUN_KILLED, later calls PYRUN_POISONED. A function of the host that is under way ends by itself. Any thread, until
 * pyrun_destroy(); not in a signal handler. */
void pyrun_kill(pyrun *py);

/* ---- Running ---- */

/* Runs source in __main__. Errors: the codes of a run. */
int pyrun_exec(pyrun *py, const char *source, size_t size, pyrun_result **error);

/* The same, and the value of the last statement, if that is an expression without a semicolon behind it; else PYRUN_NONE.
 * What has no value of its own comes as PYRUN_OBJECT. Errors: the codes of a run, PYRUN_CONVERT. */
int pyrun_eval(pyrun *py, const char *source, size_t size, pyrun_result **result);

/* How a run is limited: milliseconds, 0 for none. When one is over, a TimeoutError is raised in the program, once; when the program
 * has not ended so much later as `grace_ms` says (0: 1000), it is stopped, whatever it does. */
typedef struct pyrun_run_options {
    uint64_t wall_ms;  /* time that may pass */
    uint64_t cpu_ms;   /* processor time of the thread */
    uint64_t grace_ms;
} pyrun_run_options;

/* As pyrun_eval(), for no longer than that. `options_size` is sizeof(pyrun_run_options), which may grow: fill it with zeros first.
 * Errors: the codes of a run, PYRUN_CONVERT, PYRUN_TIMED_OUT. */
int pyrun_run(pyrun *py, const char *source, size_t size, const pyrun_run_options *options, size_t options_size,
              pyrun_result **result);

/* As pyrun_eval(), and the object itself, unconverted. Errors: the codes of a run. */
int pyrun_eval_object(pyrun *py, const char *source, size_t size, pyrun_object **object, pyrun_result **error);

/* Imports a module: "numpy.linalg" is that module, not numpy. Errors: the codes of a run. */
int pyrun_import(pyrun *py, const char *name, size_t size, pyrun_object **module, pyrun_result **error);

/* Sets a variable of __main__. Errors: the codes of a run, PYRUN_CONVERT. */
int pyrun_set_global(pyrun *py, const char *name, size_t size, const pyrun_value *value, pyrun_result **error);

/* For hosts that must not wait. Starts pyrun_eval() on a thread of the library's, and returns. Until pyrun_take() gives its
 * result, all else is PYRUN_BUSY. Errors: PYRUN_BUSY, PYRUN_POISONED, PYRUN_SYSTEM. */
int pyrun_start(pyrun *py, const char *source, size_t size, pyrun_result **error);

/* 1: pyrun_take() has a result; 0: not yet. PYRUN_BAD_ARGUMENT when nothing was started. */
int pyrun_poll(pyrun *py);

/* The result of what was started. PYRUN_BUSY, and nothing is taken, as long as pyrun_poll() is 0; else as pyrun_eval(). */
int pyrun_take(pyrun *py, pyrun_result **result);

/* ---- Host functions ----
 *
 * A module of functions of the host that Python code imports:
 *
 *     static void lookup(void *user, const pyrun_value *arguments, size_t count, pyrun_host_call *call) {
 *         if (arguments[0].kind != PYRUN_STR)
 *             pyrun_host_call_raise_str(call, "TypeError", "the key must be a str");
 *         else { pyrun_value found = find(user, arguments[0].u.s.data); pyrun_host_call_return(call, &found); }
 *     }
 *     pyrun_module_new_str("host", &module, NULL);
 *     pyrun_module_function_str(module, "lookup(key, default=0)", lookup, table, NULL, NULL);
 *     pyrun_register(py, module, NULL);
 *
 * A function is called by the thread that runs the interpreter: the one that called pyrun_eval() or its like, or a thread of the
 * library's after pyrun_start(). For one interpreter never two at once, and never after its pyrun_destroy(); a module that
 * several interpreters share is called from all their threads.
 *
 * While a function runs, its interpreter is PYRUN_BUSY to it, for pyrun_destroy() too. It may use other interpreters, clone
 * and free objects, and call pyrun_interrupt(). */

/* A function of the host. `arguments` are one for each parameter, defaults filled in, with what they point to good until
 * the function returns; pyrun_object_clone() keeps an object. It answers by pyrun_host_call_return() or
 * pyrun_host_call_raise(); the last answer counts, and without one the result is None. `call` is good until it returns. */
typedef void (*pyrun_host_function)(void *user, const pyrun_value *arguments, size_t count, pyrun_host_call *call);

/* Told once when `user` is not needed any more: the module is freed, the settings that have it are, and the interpreters that
 * have it are destroyed. By the thread that does the last of these, inside that call. */
typedef void (*pyrun_destroy_user)(void *user);

/* A module without functions yet; `name` is an identifier. One that Python code has imported already under this name is
 * replaced for later imports. */
int pyrun_module_new(const char *name, size_t size, pyrun_module **module, pyrun_result **error);

/* Adds a function. `signature` is its name and parameters as Python writes them: "lookup(key, /, default=None, *, strict=False)";
 * defaults are expressions, evaluated once for each interpreter. `destroy` may be NULL. If the code is not PYRUN_OK,
 * `destroy` is not called. Errors: PYRUN_BUSY. */
int pyrun_module_function(pyrun_module *module, const char *signature, size_t size, pyrun_host_function function,
                          void *user, pyrun_destroy_user destroy, pyrun_result **error);

/* Interpreters and settings that have its functions keep them. */
void pyrun_module_free(pyrun_module *module);

/* Makes the module importable in an interpreter; it is made again by pyrun_reset(). An interpreter that starts from a snapshot
 * with host functions needs the same modules (here or in its settings) before it calls them. Errors: the codes of a run. */
int pyrun_register(pyrun *py, const pyrun_module *module, pyrun_result **error);

/* The result of a host function; copied. PYRUN_BUSY on another thread than the function's. A value that is refused (a code other
 * than PYRUN_OK and PYRUN_BUSY) makes the call raise a SystemError that says so, or what Python raised when it was made. */
int pyrun_host_call_return(pyrun_host_call *call, const pyrun_value *value);

/* Makes the call raise an exception. `class_name` is a builtin ("KeyError") or has its module before it
 * ("decimal.InvalidOperation"); it is called with the message alone. Where it wants more than that ("json.JSONDecodeError"), the
 * exception has the message and no attributes of the class's own. As pyrun_host_call_return(). */
int pyrun_host_call_raise(pyrun_host_call *call, const char *class_name, size_t class_size, const char *message,
                          size_t message_size);

/* ---- Objects ----
 *
 * A Python object, which lives until it is freed. Freeing and cloning work from any thread at any time, also after the
 * interpreter is gone. Another interpreter refuses it. Errors of all others: the codes of a run, PYRUN_CONVERT. */

/* An object of this value. */
int pyrun_object_new(pyrun *py, const pyrun_value *value, pyrun_object **object, pyrun_result **error);

/* Its value, copied out. */
int pyrun_object_value(pyrun *py, const pyrun_object *object, pyrun_result **result);

/* An int, or what can be an index (NumPy's integers). PYRUN_CONVERT for others, and beyond 64 bits. */
int pyrun_object_int(pyrun *py, const pyrun_object *object, int64_t *number, pyrun_result **error);

/* A float, or what float() takes but text. PYRUN_CONVERT for others. */
int pyrun_object_float(pyrun *py, const pyrun_object *object, double *number, pyrun_result **error);

/* bool(object): 0 or 1. */
int pyrun_object_bool(pyrun *py, const pyrun_object *object, int *truth, pyrun_result **error);

/* len(object). */
int pyrun_object_length(pyrun *py, const pyrun_object *object, uint64_t *length, pyrun_result **error);

enum pyrun_object_what { PYRUN_OBJECT_STR = 0, PYRUN_OBJECT_REPR = 1, PYRUN_OBJECT_TYPE = 2 };

/* str(object), repr(object) or the name of its type, as a PYRUN_STR. */
int pyrun_object_text(pyrun *py, const pyrun_object *object, int what, pyrun_result **result);

/* Another reference to the same object. NULL for NULL. */
pyrun_object *pyrun_object_clone(const pyrun_object *object);
void pyrun_object_free(pyrun_object *object);

int pyrun_getattr(pyrun *py, const pyrun_object *object, const char *name, size_t size, pyrun_object **attribute,
                  pyrun_result **error);
/* 0 or 1. An exception other than AttributeError is PYRUN_EXCEPTION. */
int pyrun_hasattr(pyrun *py, const pyrun_object *object, const char *name, size_t size, int *has,
                  pyrun_result **error);
int pyrun_setattr(pyrun *py, const pyrun_object *object, const char *name, size_t size, const pyrun_value *value,
                  pyrun_result **error);
int pyrun_getitem(pyrun *py, const pyrun_object *object, const pyrun_value *key, pyrun_object **item,
                  pyrun_result **error);
int pyrun_setitem(pyrun *py, const pyrun_object *object, const pyrun_value *key, const pyrun_value *value,
                  pyrun_result **error);
int pyrun_delitem(pyrun *py, const pyrun_object *object, const pyrun_value *key, pyrun_result **error);

/* iter(object). */
int pyrun_iter(pyrun *py, const pyrun_object *object, pyrun_object **iterator, pyrun_result **error);

/* next(iterator). PYRUN_OK with a NULL item behind the last one. */
int pyrun_next(pyrun *py, const pyrun_object *iterator, pyrun_object **item, pyrun_result **error);

/* callee(*arguments, **named), converted. `named` is a PYRUN_DICT, or NULL. */
int pyrun_call(pyrun *py, const pyrun_object *callee, const pyrun_value *arguments, size_t count,
               const pyrun_value *named, pyrun_result **result);

/* The same, and the object itself, unconverted. */
int pyrun_call_object(pyrun *py, const pyrun_object *callee, const pyrun_value *arguments, size_t count,
                      const pyrun_value *named, pyrun_object **object, pyrun_result **error);

/* object.name(*arguments, **named), converted. */
int pyrun_call_method(pyrun *py, const pyrun_object *object, const char *name, size_t size,
                      const pyrun_value *arguments, size_t count, const pyrun_value *named, pyrun_result **result);

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

/* Lends the memory; fills `buffer`, whose `data` is good until it is released. `size` is sizeof(pyrun_buffer). Nothing may be
 * written to it unless `flags` has PYRUN_WRITABLE. PYRUN_EXCEPTION with a TypeError when the object has no memory to lend;
 * PYRUN_BAD_ARGUMENT when it is read-only and `flags` has PYRUN_WRITABLE. Errors: the codes of a run. */
int pyrun_buffer_acquire(pyrun *py, const pyrun_object *object, uint32_t flags, pyrun_buffer *buffer, size_t size,
                         pyrun_result **error);

/* Gives it back and empties `buffer`. PYRUN_BAD_ARGUMENT when it is not lent, or not any more. */
int pyrun_buffer_release(pyrun *py, pyrun_buffer *buffer);

/* For a host function: lends the memory of the argument with this number, from 0. `data` is good until the function returns;
 * there is nothing to release. Errors: as pyrun_buffer_acquire(). */
int pyrun_host_call_buffer(pyrun_host_call *call, size_t argument, uint32_t flags, pyrun_buffer *buffer, size_t size,
                           pyrun_result **error);

/* A new, uninitialised NumPy array; its contents are unspecified. `format` is one of b B h H i I q Q f d, `shape` has
 * `ndim` sizes. NumPy must be importable. Errors: the codes of a run. */
int pyrun_array_new(pyrun *py, uint32_t format, uint32_t ndim, const int64_t *shape, pyrun_object **array,
                    pyrun_result **error);

/* ---- Operations on arrays ----
 *
 * Without Python, by a module of the library's, with NumPy's rules:
 *
 *     pyrun_operations *operations;
 *     pyrun_operations_create(NULL, &operations, NULL);
 *     int64_t data[] = {1, 2, 3, 4, 5};
 *     pyrun_value argument = pyrun_int64s(data, 5);
 *     pyrun_operations_call_str(operations, "sum", &argument, 1, NULL, &result);
 *     printf("%lld\n", (long long)pyrun_result_value(result)->u.i);
 *
 * An array stays in the module's memory, so that no call copies it. Operations do one thing at a time, as interpreters do. */

/* Of settings only the engine, or data folder and cache, and PYRUN_LIMIT_MEMORY are looked at; NULL: the defaults. No release is
 * needed. Errors: PYRUN_MISSING, PYRUN_BUSY. */
int pyrun_operations_create(const pyrun_settings *settings, pyrun_operations **operations, pyrun_result **error);

/* Arrays that are left may still be freed. No call may be running. */
void pyrun_operations_free(pyrun_operations *operations);

/* Copies elements into an array. `format` is one of d (double), f (float), q (int64_t), i (int32_t) and ? (a byte of 0 or 1).
 * Errors: PYRUN_BUSY, PYRUN_LIMIT when there is no memory. */
int pyrun_operations_array(pyrun_operations *operations, uint32_t format, const void *elements, size_t count,
                           pyrun_array **array, pyrun_result **error);

/* Copies an array's elements out, to a place of `capacity` bytes. PYRUN_BAD_ARGUMENT when it has more, or is of other
 * operations. Errors: PYRUN_BUSY. */
int pyrun_operations_read(pyrun_operations *operations, const pyrun_array *array, void *elements, size_t capacity,
                          pyrun_result **error);

/* Calls the operation of this name. Arguments are PYRUN_ARRAY, PYRUN_INT64S, PYRUN_FLOAT64S, PYRUN_INT and PYRUN_FLOAT: */
/*   an array: sum, mean, min, max, argmin, argmax, abs, sqrt, exp, log, sin, cos, cumsum, sort, argsort
 *   two arrays or numbers: add, sub, mul, div, floor_divide, remainder, equal, not_equal, less, less_equal, greater,
 *     greater_equal, dot
 *   var ARRAY [DDOF], scale ARRAY FACTOR, axpy FACTOR ARRAY ARRAY, clip ARRAY LOW HIGH, where CONDITION ARRAY ARRAY,
 *   linspace START STOP COUNT [ENDPOINT], histogram ARRAY BINS [LOW HIGH], matmul ARRAY ARRAY ROWS INNER COLUMNS,
 *   transpose ARRAY ROWS COLUMNS */
/* A number is the result's value. An array goes to `array`; if that is NULL, the value is a list of its elements. A histogram is
 * a tuple of two lists: counts, edges. Errors: PYRUN_BUSY, PYRUN_LIMIT when there is no memory. */
int pyrun_operations_call(pyrun_operations *operations, const char *name, size_t size, const pyrun_value *arguments,
                          size_t count, pyrun_array **array, pyrun_result **result);

/* The number of elements; 0 for NULL. The format as above; 0 for NULL. */
uint64_t pyrun_operations_array_count(const pyrun_array *array);
uint32_t pyrun_operations_array_format(const pyrun_array *array);
void pyrun_operations_array_free(pyrun_array *array);

/* ---- Engines and snapshots ---- */

/* What interpreters share: a release, its compiled code and the cache, as data folder, cache and release of the settings say
 * (the rest of them is not looked at; NULL: the defaults). Interpreters and snapshots outlive it. Errors: PYRUN_MISSING when
 * the data folder or a file of the release is not there; PYRUN_BUSY. */
int pyrun_engine_create(const pyrun_settings *settings, pyrun_engine **engine, pyrun_result **error);
void pyrun_engine_free(pyrun_engine *engine);

/* An interpreter's whole state, from which others start in no time (pyrun_settings_snapshot); this one goes on. Both need the
 * same engine. Errors: PYRUN_BUSY, PYRUN_POISONED, PYRUN_SNAPSHOT when it holds something of the host's open. */
int pyrun_snapshot_take(pyrun *py, pyrun_snapshot **snapshot, pyrun_result **error);
void pyrun_snapshot_free(pyrun_snapshot *snapshot);

/* Takes an interpreter back to the snapshot that it was started from; that costs what it has changed. Objects that it had are
 * of no use any more: free them. PYRUN_BAD_ARGUMENT when it was not started from one. Errors: as pyrun_create(). */
int pyrun_reset(pyrun *py, pyrun_result **error);

/* ---- Modules of WebAssembly ----
 *
 * Files other than a release's: programs, and modules whose functions are called and whose memory is read and written. No release
 * is needed. A module of a kind that cannot run here is opened, too, and refused when it is to run; the message says what
 * would do. Errors of all: PYRUN_MISSING for a file, an export or a host function that is not there, PYRUN_CONVERT for a value
 * that does not fit its type, PYRUN_CRASHED for a trap (what happened and where is in the message), PYRUN_EXCEPTION when a host
 * function failed, PYRUN_LIMIT when memory cannot grow, PYRUN_BUSY when the instance is at work. An instance goes on after each. */

typedef struct pyrun_wasm pyrun_wasm;
typedef struct pyrun_instance pyrun_instance;
typedef struct pyrun_function pyrun_function;
typedef struct pyrun_layout pyrun_layout;
typedef struct pyrun_import_call pyrun_import_call;

/* Opens a file; nothing is compiled yet. Of `settings`, which may be NULL, only data folder, cache and engine are looked at. */
int pyrun_wasm_open(const pyrun_settings *settings, const char *path, size_t size, pyrun_wasm **wasm,
                    pyrun_result **error);
/* The same with the bytes themselves, which are copied. */
int pyrun_wasm_load(const pyrun_settings *settings, const void *bytes, size_t size, pyrun_wasm **wasm,
                    pyrun_result **error);
/* Instances outlive it. */
void pyrun_wasm_free(pyrun_wasm *wasm);

enum pyrun_wasm_what {
    PYRUN_WASM_KIND = 0,        /* "standalone", "wasi-command", "emscripten-main", "component", "not-wasm", ... */
    PYRUN_WASM_DESCRIPTION = 1, /* in words; for what cannot run, with the reason and what to do */
    PYRUN_WASM_JSON = 2         /* imports, exports, memories, and whether it would run, as JSON */
};

/* What a module is, as a PYRUN_STR (enum pyrun_wasm_what). */
int pyrun_wasm_text(const pyrun_wasm *wasm, int what, pyrun_result **result);

/* Runs a program to its end. Arguments are PYRUN_STRs, without the program's own name. Folders, variables, limits and streams are
 * those of `settings`, which may be NULL. PYRUN_TIMED_OUT when a limit of time ended it. */
int pyrun_wasm_run(const pyrun_wasm *wasm, const pyrun_settings *settings, const pyrun_value *arguments, size_t count,
                   int *status, pyrun_result **error);

/* The same, and `report` gets a PYRUN_STR in any case: how the program ended, what it has used and changed, as one line of JSON
 * (docs/REPORT.md). The code, the message and PYRUN_RESULT_REPORT of `report` are those of a failure, if it is one. */
int pyrun_wasm_run_report(const pyrun_wasm *wasm, const pyrun_settings *settings, const pyrun_value *arguments, size_t count,
                          int *status, pyrun_result **report);

/* Interrupts the programs of this module that pyrun_wasm_run() runs on other threads: each ends with the status 130, unless it
 * handles the signal 2. pyrun_wasm_kill() ends them with PYRUN_KILLED. Any thread until pyrun_wasm_free(); not in a signal
 * handler. While none runs they have no effect. */
void pyrun_wasm_interrupt(const pyrun_wasm *wasm);
void pyrun_wasm_kill(const pyrun_wasm *wasm);

/* A number of WebAssembly. Which member counts says the type of the function. */
typedef union {
    int32_t i32;
    uint32_t u32;
    int64_t i64;
    uint64_t u64;
    float f32;
    double f64;
} pyrun_word;

/* A function of the host's that a module imports. `arguments` are of the types of the import; the function fills `results`, which
 * are 0 before. 0: it has done its work; another number, or pyrun_import_fail(): the call ends with PYRUN_EXCEPTION. */
typedef int (*pyrun_import_function)(void *user, pyrun_import_call *call, const pyrun_word *arguments, size_t count,
                                     pyrun_word *results, size_t room);

/* Defines a function for the instances that are created from now on. `destroy`, if it is not NULL, is called with `user` when the
 * module and all its instances are gone. */
int pyrun_wasm_import(pyrun_wasm *wasm, const char *module, size_t module_size, const char *name, size_t name_size,
                      pyrun_import_function function, void *user, pyrun_destroy_user destroy, pyrun_result **error);

/* For a host function: the memory of the module that calls, until the function returns. NULL when it has none. */
uint8_t *pyrun_import_memory(const pyrun_import_call *call, size_t *size);
/* For a host function: what its failure says. */
int pyrun_import_fail(pyrun_import_call *call, const char *message, size_t size);

/* Makes an instance, and runs what the module runs at its start. The limits of `settings` bound it. */
int pyrun_instance_create(const pyrun_wasm *wasm, const pyrun_settings *settings, pyrun_instance **instance,
                          pyrun_result **error);
/* PYRUN_BUSY, and it goes on, when a call is running. */
int pyrun_instance_destroy(pyrun_instance *instance);

/* Interrupts the call that runs, which ends with PYRUN_INTERRUPTED: when it waits, or next calls the host, and the instance can be
 * used on; or where it is when it has not done so PYRUN_LIMIT_GRACE_MS later, or imports no functions, and the instance is
 * PYRUN_POISONED. A module of Emscripten's may handle the signal 2 instead. While no call runs it has no effect. Any thread, at any
 * time until pyrun_instance_destroy(); also in a signal handler: errno stays. */
void pyrun_instance_interrupt(pyrun_instance *instance);

/* What the instance has used up to now: as pyrun_usage(). Any thread, until pyrun_instance_destroy(). */
int pyrun_instance_usage(const pyrun_instance *instance, pyrun_result **result);

/* Ends the instance for good, whatever it does: what runs is PYRUN_KILLED, later calls PYRUN_POISONED. Its memory can still be
 * read, and not written. A function of the host's that is under way ends by itself. Any thread, until pyrun_instance_destroy(); not in a signal
 * handler. */
void pyrun_instance_kill(pyrun_instance *instance);

/* Calls a function by its name. Arguments are PYRUN_INT, PYRUN_BIGINT, PYRUN_BOOL, PYRUN_FLOAT, or 16 PYRUN_BYTES for a vector,
 * each checked against the signature: an i32 takes -2^31 to 2^32 - 1, an i64 -2^63 to 2^64 - 1. The value is PYRUN_NONE, a number, or
 * a PYRUN_TUPLE of several; integers come signed. */
int pyrun_instance_call(pyrun_instance *instance, const char *name, size_t size, const pyrun_value *arguments,
                        size_t count, pyrun_result **result);

/* A function to be called often: looked up once. Free it before or after the instance. */
int pyrun_instance_function(pyrun_instance *instance, const char *name, size_t size, pyrun_function **function,
                            pyrun_result **error);
/* Calls it. Only the number of arguments is checked. `results` has room for `room` words that are initialised; it must not overlap
 * the arguments. PYRUN_BAD_ARGUMENT when the function is another instance's. */
int pyrun_function_call(pyrun_instance *instance, const pyrun_function *function, const pyrun_word *arguments,
                        size_t count, pyrun_word *results, size_t room, pyrun_result **error);
void pyrun_function_free(pyrun_function *function);

/* The value of an exported global, typed: PYRUN_INT for an i32 or i64, which comes signed, PYRUN_FLOAT for an f32 or f64, 16
 * PYRUN_BYTES for a vector. */
int pyrun_instance_global(pyrun_instance *instance, const char *name, size_t size, pyrun_result **result);
/* Assigns to one; the value is checked against its type, as an argument is. PYRUN_BAD_ARGUMENT when it is constant. */
int pyrun_instance_set_global(pyrun_instance *instance, const char *name, size_t size, const pyrun_value *value,
                              pyrun_result **error);

/* Bytes of memory, and more of it: so many pages of 64 KiB; `before` is the number of pages that there were. */
int pyrun_instance_memory_size(pyrun_instance *instance, uint64_t *size, pyrun_result **error);
int pyrun_instance_memory_grow(pyrun_instance *instance, uint32_t pages, uint32_t *before, pyrun_result **error);

/* Copies bytes out of memory and into it. PYRUN_BAD_ARGUMENT, and nothing is copied, when one of them lies outside. */
int pyrun_instance_read(pyrun_instance *instance, uint32_t address, void *data, size_t size, pyrun_result **error);
int pyrun_instance_write(pyrun_instance *instance, uint32_t address, const void *data, size_t size,
                         pyrun_result **error);

/* Room in memory, 16 bytes aligned: by the module's own `malloc` and `free`, else behind its exported `__heap_base`, else from the
 * arena, which is memory that the module does not use and is named before anything is allocated. */
int pyrun_instance_allocate(pyrun_instance *instance, uint32_t bytes, uint32_t *address, pyrun_result **error);
int pyrun_instance_release(pyrun_instance *instance, uint32_t address, pyrun_result **error);
int pyrun_instance_arena(pyrun_instance *instance, uint32_t start, uint32_t end, pyrun_result **error);

/* The layout of a C struct, from a description such as {"x": f64, "n": i32, "name": [u8; 16], "at": [{"x": i16, "y": i16}; 2]}.
 * Types are i8 to i64, u8 to u64, f32, f64, bool and ptr. */
int pyrun_layout_new(const char *text, size_t size, pyrun_layout **layout, pyrun_result **error);
void pyrun_layout_free(pyrun_layout *layout);
/* Bytes of such a struct; 0 for NULL. */
uint32_t pyrun_layout_size(const pyrun_layout *layout);

/* A field of a struct in memory, by a path such as at[1].y; the whole struct, a PYRUN_DICT, for no path. An array of u8 is
 * PYRUN_BYTES, others are a PYRUN_LIST. */
int pyrun_instance_field(pyrun_instance *instance, const pyrun_layout *layout, uint32_t address, const char *path,
                         size_t size, pyrun_result **result);
/* Writes a field: numbers, text or bytes for an array of u8, PYRUN_INT64S or PYRUN_FLOAT64S for other arrays. */
int pyrun_instance_set_field(pyrun_instance *instance, const pyrun_layout *layout, uint32_t address, const char *path,
                             size_t size, const pyrun_value *value, pyrun_result **error);

/* ---- C's functions of a guest of Emscripten's ----
 *
 * What JavaScript has as Module._malloc, FS.open and ccall: C's memory and files in the guest, and calls whose exceptions are values.
 * Of an instance of Emscripten's, and of a Python interpreter, whose guest is one, too:
 *
 *     pyrun_em_of_python(py, &em, NULL);
 *     pyrun_em_open_str(em, "/tmp/x", PYRUN_EM_WRONLY | PYRUN_EM_CREAT, 0644, &file, NULL);
 *     pyrun_em_write(em, file, "hello", 5, &count, NULL);
 *     pyrun_em_close(em, file, NULL);
 *     pyrun_em_release(em);
 *     pyrun_exec_str(py, "print(open('/tmp/x').read())", NULL);
 *
 * Addresses, descriptors and paths are the guest's; what it does not see is not there. Errors of all: PYRUN_BUSY when the instance
 * or interpreter is at work, or has lent a buffer; PYRUN_MISSING for a function that the module does not export; PYRUN_SYSTEM for
 * what C would tell by errno (the message has it in words); PYRUN_LIMIT when there is no memory; PYRUN_CRASHED and PYRUN_EXIT when
 * the guest ended meanwhile, after which an interpreter is PYRUN_POISONED. */

typedef struct pyrun_em pyrun_em;

/* PYRUN_BAD_ARGUMENT when the module is not one of Emscripten's. */
int pyrun_em_of_instance(pyrun_instance *instance, pyrun_em **em, pyrun_result **error);
int pyrun_em_of_python(pyrun *py, pyrun_em **em, pyrun_result **error);
/* Gives it back, before or after the end of what it is of; after that end every function is PYRUN_BAD_ARGUMENT. */
void pyrun_em_release(pyrun_em *em);

/* Those of C. An address that malloc did not give damages the guest, as it would in C, and nothing else. When realloc fails, the
 * block is as it was. */
int pyrun_em_malloc(pyrun_em *em, uint32_t bytes, uint32_t *address, pyrun_result **error);
int pyrun_em_free(pyrun_em *em, uint32_t address, pyrun_result **error);
int pyrun_em_realloc(pyrun_em *em, uint32_t address, uint32_t bytes, uint32_t *moved, pyrun_result **error);

/* So many pages of 64 KiB more; `before` is the number of pages that there were. */
int pyrun_em_memory_grow(pyrun_em *em, uint32_t pages, uint32_t *before, pyrun_result **error);

/* Copies bytes out of memory and into it. PYRUN_BAD_ARGUMENT, and nothing is copied, when one of them lies outside. */
int pyrun_em_read_memory(pyrun_em *em, uint32_t address, void *data, size_t size, pyrun_result **error);
int pyrun_em_write_memory(pyrun_em *em, uint32_t address, const void *data, size_t size, pyrun_result **error);

/* What `flags` of pyrun_em_open() is made of, as Emscripten's C library has it. */
enum pyrun_em_flag {
    PYRUN_EM_RDONLY = 0,
    PYRUN_EM_WRONLY = 01,
    PYRUN_EM_RDWR = 02,
    PYRUN_EM_CREAT = 0100,
    PYRUN_EM_EXCL = 0200,
    PYRUN_EM_TRUNC = 01000,
    PYRUN_EM_APPEND = 02000
};

/* Opens a file; `mode` has the permissions of one that is made. */
int pyrun_em_open(pyrun_em *em, const char *path, size_t size, uint32_t flags, uint32_t mode, int32_t *descriptor,
                  pyrun_result **error);
/* Reads up to `size` bytes; `count` is how many, 0 at the end. It may be fewer, also of a file. */
int pyrun_em_read(pyrun_em *em, int32_t descriptor, void *data, size_t size, size_t *count, pyrun_result **error);
int pyrun_em_write(pyrun_em *em, int32_t descriptor, const void *data, size_t size, size_t *count,
                   pyrun_result **error);
/* `whence` is 0 (from the beginning), 1 (from where it is) or 2 (from the end). */
int pyrun_em_lseek(pyrun_em *em, int32_t descriptor, int64_t offset, int whence, uint64_t *position,
                   pyrun_result **error);
int pyrun_em_close(pyrun_em *em, int32_t descriptor, pyrun_result **error);

typedef struct {
    uint64_t size;      /* bytes */
    int64_t mtime;      /* the last change, in seconds since 1970 */
    uint32_t mode;      /* kind and permissions, as C has them */
    uint32_t is_folder; /* 0 or 1 */
} pyrun_em_file;

/* What there is to know of a file; links are followed. `file_size` is sizeof(pyrun_em_file). */
int pyrun_em_stat(pyrun_em *em, const char *path, size_t size, pyrun_em_file *file, size_t file_size,
                  pyrun_result **error);

/* Calls an exported function, as pyrun_instance_call() does. What it throws and nothing in the guest catches is PYRUN_EXCEPTION, and
 * the guest goes on, its stack as it was before: the result's type is the class of a C++ exception as C++ writes it
 * ("std::runtime_error"), or "longjmp", or empty for what cannot be told; its message what the exception's what() says; its
 * value a PYRUN_INT, the address of the C++ object, or the value of the longjmp; PYRUN_NONE where that cannot be told. */
int pyrun_em_invoke(pyrun_em *em, const char *name, size_t size, const pyrun_value *arguments, size_t count,
                    pyrun_result **result);
/* The same for a function pointer of the guest's. PYRUN_CRASHED when it leads to no function. */
int pyrun_em_invoke_pointer(pyrun_em *em, uint32_t function, const pyrun_value *arguments, size_t count,
                            pyrun_result **result);

/* ---- Conveniences: not in the library, but in this file ---- */

/* Values as arguments. What a pointer leads to must live as long as the value is used. */
static inline pyrun_value pyrun_value_of(uint32_t kind) {
    pyrun_value value;
    value.kind = kind;
    value.flags = 0;
    value.u.s.data = NULL;
    value.u.s.size = 0;
    return value;
}
static inline pyrun_value pyrun_none(void) { return pyrun_value_of(PYRUN_NONE); }
static inline pyrun_value pyrun_bool(int truth) {
    pyrun_value value = pyrun_value_of(PYRUN_BOOL);
    value.u.i = truth != 0;
    return value;
}
static inline pyrun_value pyrun_int(int64_t number) {
    pyrun_value value = pyrun_value_of(PYRUN_INT);
    value.u.i = number;
    return value;
}
static inline pyrun_value pyrun_float(double number) {
    pyrun_value value = pyrun_value_of(PYRUN_FLOAT);
    value.u.f = number;
    return value;
}
static inline pyrun_value pyrun_complex(double real, double imaginary) {
    pyrun_value value = pyrun_value_of(PYRUN_COMPLEX);
    value.u.c[0] = real;
    value.u.c[1] = imaginary;
    return value;
}
/* Text of so many bytes. */
static inline pyrun_value pyrun_text(const char *text, size_t size) {
    pyrun_value value = pyrun_value_of(PYRUN_STR);
    value.u.s.data = text;
    value.u.s.size = size;
    return value;
}
/* Text that ends with a zero. */
static inline pyrun_value pyrun_str(const char *text) { return pyrun_text(text, text ? strlen(text) : 0); }
static inline pyrun_value pyrun_bytes(const void *data, size_t size) {
    pyrun_value value = pyrun_value_of(PYRUN_BYTES);
    value.u.s.data = (const char *)data;
    value.u.s.size = size;
    return value;
}
static inline pyrun_value pyrun_items(uint32_t kind, const pyrun_value *items, size_t count) {
    pyrun_value value = pyrun_value_of(kind);
    value.u.l.items = items;
    value.u.l.count = count;
    return value;
}
static inline pyrun_value pyrun_list(const pyrun_value *items, size_t count) {
    return pyrun_items(PYRUN_LIST, items, count);
}
static inline pyrun_value pyrun_tuple(const pyrun_value *items, size_t count) {
    return pyrun_items(PYRUN_TUPLE, items, count);
}
/* So many entries: twice as many items, keys and values in turn. */
static inline pyrun_value pyrun_dict(const pyrun_value *items, size_t entries) {
    return pyrun_items(PYRUN_DICT, items, entries * 2);
}
static inline pyrun_value pyrun_of_object(const pyrun_object *object) {
    pyrun_value value = pyrun_value_of(PYRUN_OBJECT);
    value.u.o = object;
    return value;
}
static inline pyrun_value pyrun_int64s(const int64_t *items, size_t count) {
    pyrun_value value = pyrun_value_of(PYRUN_INT64S);
    value.u.q.items = items;
    value.u.q.count = count;
    return value;
}
static inline pyrun_value pyrun_float64s(const double *items, size_t count) {
    pyrun_value value = pyrun_value_of(PYRUN_FLOAT64S);
    value.u.d.items = items;
    value.u.d.count = count;
    return value;
}

static inline pyrun_value pyrun_of_array(const pyrun_array *array) {
    pyrun_value value = pyrun_value_of(PYRUN_ARRAY);
    value.u.a = array;
    return value;
}

/* The functions above for text that ends with a zero. */
static inline size_t pyrun_strlen(const char *text) { return text ? strlen(text) : 0; }
static inline int pyrun_operations_call_str(pyrun_operations *operations, const char *name, const pyrun_value *arguments,
                                            size_t count, pyrun_array **array, pyrun_result **result) {
    return pyrun_operations_call(operations, name, pyrun_strlen(name), arguments, count, array, result);
}
static inline int pyrun_exec_str(pyrun *py, const char *source, pyrun_result **error) {
    return pyrun_exec(py, source, pyrun_strlen(source), error);
}
static inline int pyrun_eval_str(pyrun *py, const char *source, pyrun_result **result) {
    return pyrun_eval(py, source, pyrun_strlen(source), result);
}
static inline int pyrun_eval_object_str(pyrun *py, const char *source, pyrun_object **object, pyrun_result **error) {
    return pyrun_eval_object(py, source, pyrun_strlen(source), object, error);
}
static inline int pyrun_start_str(pyrun *py, const char *source, pyrun_result **error) {
    return pyrun_start(py, source, pyrun_strlen(source), error);
}
static inline int pyrun_import_str(pyrun *py, const char *name, pyrun_object **module, pyrun_result **error) {
    return pyrun_import(py, name, pyrun_strlen(name), module, error);
}
static inline int pyrun_set_global_str(pyrun *py, const char *name, pyrun_value value, pyrun_result **error) {
    return pyrun_set_global(py, name, pyrun_strlen(name), &value, error);
}
static inline int pyrun_getattr_str(pyrun *py, const pyrun_object *object, const char *name, pyrun_object **attribute,
                                    pyrun_result **error) {
    return pyrun_getattr(py, object, name, pyrun_strlen(name), attribute, error);
}
static inline int pyrun_hasattr_str(pyrun *py, const pyrun_object *object, const char *name, int *has,
                                    pyrun_result **error) {
    return pyrun_hasattr(py, object, name, pyrun_strlen(name), has, error);
}
static inline int pyrun_setattr_str(pyrun *py, const pyrun_object *object, const char *name, pyrun_value value,
                                    pyrun_result **error) {
    return pyrun_setattr(py, object, name, pyrun_strlen(name), &value, error);
}
static inline int pyrun_call_method_str(pyrun *py, const pyrun_object *object, const char *name,
                                        const pyrun_value *arguments, size_t count, pyrun_result **result) {
    return pyrun_call_method(py, object, name, pyrun_strlen(name), arguments, count, NULL, result);
}
static inline int pyrun_settings_home_str(pyrun_settings *settings, const char *path) {
    return pyrun_settings_home(settings, path, pyrun_strlen(path));
}
static inline int pyrun_settings_cache_str(pyrun_settings *settings, const char *path) {
    return pyrun_settings_cache(settings, path, pyrun_strlen(path));
}
static inline int pyrun_settings_release_str(pyrun_settings *settings, const char *version) {
    return pyrun_settings_release(settings, version, pyrun_strlen(version));
}
static inline int pyrun_settings_package_str(pyrun_settings *settings, const char *name) {
    return pyrun_settings_package(settings, name, pyrun_strlen(name));
}
static inline int pyrun_settings_env_str(pyrun_settings *settings, const char *name, const char *value) {
    return pyrun_settings_env(settings, name, pyrun_strlen(name), value, pyrun_strlen(value));
}
static inline int pyrun_settings_folder_str(pyrun_settings *settings, const char *host, const char *guest,
                                            uint32_t flags) {
    return pyrun_settings_folder(settings, host, pyrun_strlen(host), guest, pyrun_strlen(guest), flags);
}
static inline int pyrun_settings_working_folder_str(pyrun_settings *settings, const char *path) {
    return pyrun_settings_working_folder(settings, path, pyrun_strlen(path));
}
static inline int pyrun_module_new_str(const char *name, pyrun_module **module, pyrun_result **error) {
    return pyrun_module_new(name, pyrun_strlen(name), module, error);
}
static inline int pyrun_module_function_str(pyrun_module *module, const char *signature, pyrun_host_function function,
                                            void *user, pyrun_destroy_user destroy, pyrun_result **error) {
    return pyrun_module_function(module, signature, pyrun_strlen(signature), function, user, destroy, error);
}
static inline int pyrun_host_call_raise_str(pyrun_host_call *call, const char *class_name, const char *message) {
    return pyrun_host_call_raise(call, class_name, pyrun_strlen(class_name), message, pyrun_strlen(message));
}

static inline int pyrun_wasm_open_str(const pyrun_settings *settings, const char *path, pyrun_wasm **wasm,
                                      pyrun_result **error) {
    return pyrun_wasm_open(settings, path, pyrun_strlen(path), wasm, error);
}
static inline int pyrun_wasm_import_str(pyrun_wasm *wasm, const char *module, const char *name,
                                        pyrun_import_function function, void *user, pyrun_destroy_user destroy,
                                        pyrun_result **error) {
    return pyrun_wasm_import(wasm, module, pyrun_strlen(module), name, pyrun_strlen(name), function, user, destroy,
                             error);
}
static inline int pyrun_import_fail_str(pyrun_import_call *call, const char *message) {
    return pyrun_import_fail(call, message, pyrun_strlen(message));
}
static inline int pyrun_instance_call_str(pyrun_instance *instance, const char *name, const pyrun_value *arguments,
                                          size_t count, pyrun_result **result) {
    return pyrun_instance_call(instance, name, pyrun_strlen(name), arguments, count, result);
}
static inline int pyrun_instance_function_str(pyrun_instance *instance, const char *name, pyrun_function **function,
                                              pyrun_result **error) {
    return pyrun_instance_function(instance, name, pyrun_strlen(name), function, error);
}
static inline int pyrun_layout_new_str(const char *text, pyrun_layout **layout, pyrun_result **error) {
    return pyrun_layout_new(text, pyrun_strlen(text), layout, error);
}
static inline int pyrun_instance_field_str(pyrun_instance *instance, const pyrun_layout *layout, uint32_t address,
                                           const char *path, pyrun_result **result) {
    return pyrun_instance_field(instance, layout, address, path, pyrun_strlen(path), result);
}
static inline int pyrun_instance_set_field_str(pyrun_instance *instance, const pyrun_layout *layout, uint32_t address,
                                               const char *path, pyrun_value value, pyrun_result **error) {
    return pyrun_instance_set_field(instance, layout, address, path, pyrun_strlen(path), &value, error);
}

static inline int pyrun_instance_global_str(pyrun_instance *instance, const char *name, pyrun_result **result) {
    return pyrun_instance_global(instance, name, pyrun_strlen(name), result);
}
static inline int pyrun_instance_set_global_str(pyrun_instance *instance, const char *name, pyrun_value value,
                                                pyrun_result **error) {
    return pyrun_instance_set_global(instance, name, pyrun_strlen(name), &value, error);
}
static inline int pyrun_em_open_str(pyrun_em *em, const char *path, uint32_t flags, uint32_t mode, int32_t *descriptor,
                                    pyrun_result **error) {
    return pyrun_em_open(em, path, pyrun_strlen(path), flags, mode, descriptor, error);
}
static inline int pyrun_em_stat_str(pyrun_em *em, const char *path, pyrun_em_file *file, pyrun_result **error) {
    return pyrun_em_stat(em, path, pyrun_strlen(path), file, sizeof *file, error);
}
static inline int pyrun_em_invoke_str(pyrun_em *em, const char *name, const pyrun_value *arguments, size_t count,
                                      pyrun_result **result) {
    return pyrun_em_invoke(em, name, pyrun_strlen(name), arguments, count, result);
}

/* The message of a result, never NULL: for printing. */
static inline const char *pyrun_message(const pyrun_result *result) {
    const char *text = pyrun_result_text(result, PYRUN_RESULT_MESSAGE, NULL);
    return text ? text : "";
}

#ifdef __cplusplus
}
#endif

#endif
