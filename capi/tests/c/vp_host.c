/* A host as ChrysaLisp's is, and no more of it than its conventions: a flat table of functions that take and give 64-bit
 * integers, one thread, a standard input that does not block, tasks on stacks of 6 KiB that hand calls to the kernel, whose
 * stack is the thread's own. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pyrun_vp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "vp.h"

/* A task, and the kernel that it hands calls to. */
enum { TASK_STACK = 6 << 10, TASKS = 2 };
static ucontext_t kernel, tasks[TASKS];
static char stacks[TASKS][TASK_STACK] __attribute__((aligned(16)));
static const char *mail[TASKS];
static word answers[TASKS], direct[TASKS], picked_up[TASKS];
static word interpreter, objects[TASKS], released[TASKS];

static void task(int number) {
    /* On this stack the library turns everything away. */
    direct[number] = request(PYRUN_VP_RUN, interpreter, "1", 1);
    if (direct[number] == PYRUN_VP_STACK)
        direct[number] = fetch(1, PYRUN_VP_STATUS, &direct[number], 8);
    if (direct[number] == PYRUN_VP_STACK)
        released[number] = release(objects[number]);
    mail[number] = number == 0 ? "'zero ' * 3" : "[1, 2] * 2";
    swapcontext(&tasks[number], &kernel);
    /* The other task's call has come in between. */
    picked_up[number] = answers[number];
}

static void coroutines(void) {
    static int number; /* getcontext() may return twice */
    for (number = 0; number < TASKS; number++)
        objects[number] = run(interpreter, "object()");
    for (number = 0; number < TASKS; number++) {
        getcontext(&tasks[number]);
        tasks[number].uc_stack.ss_sp = stacks[number];
        tasks[number].uc_stack.ss_size = TASK_STACK;
        tasks[number].uc_link = &kernel;
        makecontext(&tasks[number], (void (*)(void))task, 1, number);
        swapcontext(&kernel, &tasks[number]);
    }
    for (number = 0; number < TASKS; number++) {
        IS(direct[number], PYRUN_VP_STACK);
        IS(released[number], PYRUN_OK);
        answers[number] = run(interpreter, mail[number]);
        IS(answers[number] > 0, 1);
        /* What was released went with that request. */
        IS(request(PYRUN_VP_DROP, objects[number], 0, 0), PYRUN_VP_STALE);
    }
    for (number = 0; number < TASKS; number++)
        swapcontext(&kernel, &tasks[number]);
    IS(has_text(picked_up[0], PYRUN_VP_TEXT, "zero zero zero "), 1);
    word numbers[4];
    IS(fetch(picked_up[1], PYRUN_VP_INT64S, numbers, 32), 32);
    IS(numbers[0] == 1 && numbers[3] == 2, 1);
}

static void results(void) {
    char room[8] = "unused";
    word result = run(interpreter, "print('out'); 'a\\0b'");
    IS(get(result, PYRUN_VP_STATUS), PYRUN_OK);
    IS(get(result, PYRUN_VP_KIND), PYRUN_STR);
    IS(has_text(result, PYRUN_VP_OUTPUT, "out\n"), 1);
    /* The size first, and nothing written. */
    IS(fetch(result, PYRUN_VP_TEXT, 0, 0), 3);
    IS(fetch(result, PYRUN_VP_TEXT, room, 2), 3);
    IS(strcmp(room, "unused"), 0);
    IS(fetch(result, PYRUN_VP_TEXT, room, 3), 3);
    IS(memcmp(room, "a\0bsed", 6), 0);
    IS(fetch(result, 99, room, 8), PYRUN_BAD_ARGUMENT);
    IS(fetch(result, PYRUN_VP_TEXT, room, -1), PYRUN_BAD_ARGUMENT);
    IS(fetch(result, PYRUN_VP_TEXT, 0, 8), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_DROP, result, 0, 0), 0);
    IS(request(PYRUN_VP_DROP, result, 0, 0), PYRUN_VP_STALE);
    IS(fetch(result, PYRUN_VP_TEXT, room, 8), PYRUN_VP_STALE);
    IS(fetch(interpreter, PYRUN_VP_TEXT, room, 8), PYRUN_VP_STALE);
    IS(fetch(12345, PYRUN_VP_TEXT, room, 8), PYRUN_VP_STALE);

    result = run(interpreter, "1 / 0");
    IS(get(result, PYRUN_VP_STATUS), PYRUN_EXCEPTION);
    IS(has_text(result, PYRUN_VP_TYPE, "ZeroDivisionError"), 1);
    IS(has_text(result, PYRUN_VP_TEXT, "division by zero"), 1);
    IS(fetch(result, PYRUN_VP_TRACEBACK, 0, 0) > 50, 1);
    result = run(interpreter, "import sys; sys.exit(4)");
    IS(get(result, PYRUN_VP_STATUS), PYRUN_EXIT);
    IS(get(result, PYRUN_VP_WORD), 4);
    result = run(interpreter, "2.5");
    double number;
    IS(fetch(result, PYRUN_VP_WORD, &number, 8), 8);
    IS(number == 2.5, 1);
    result = run(interpreter, "{'a': [1, 2.5]}");
    IS(has_text(result, PYRUN_VP_TEXT, "{'a': [1, 2.5]}"), 1);
    IS(fetch(result, PYRUN_VP_INT64S, 0, 0), 0);
    IS(request(PYRUN_VP_RUN, interpreter, 0, 5), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_RUN, interpreter, "1", -1), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_RUN, interpreter, "\xff", 1), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_RUN, interpreter + 1000, "1", 1), PYRUN_VP_STALE);
    IS(request(77, interpreter, 0, 0), PYRUN_BAD_ARGUMENT);
}

static void calls(void) {
    word ints[] = {3, -4, 5};
    double reals[] = {0.5, 0.25};
    word math = request(PYRUN_VP_IMPORT, interpreter, "math", 4);
    IS(get(math, PYRUN_VP_KIND), PYRUN_OBJECT);
    word sum[] = {math, (word)(intptr_t)"sumprod", 7, PYRUN_INT64S, (word)(intptr_t)ints, 3,
                  PYRUN_INT64S, (word)(intptr_t)ints, 3};
    word result = request(PYRUN_VP_CALL, interpreter, sum, 9);
    IS(get(result, PYRUN_VP_WORD), 50);

    word twice = run(interpreter, "lambda *a: [x * 2 for x in a[0]] + list(a[1:])");
    word half;
    double value = 0.5;
    memcpy(&half, &value, 8);
    word call[] = {twice, 0, 0, PYRUN_FLOAT64S, (word)(intptr_t)reals, 2, PYRUN_FLOAT, half, 0, PYRUN_BOOL, 1, 0};
    result = request(PYRUN_VP_CALL, interpreter, call, 9);
    double floats[3];
    IS(fetch(result, PYRUN_VP_FLOAT64S, floats, 24), 24);
    IS(floats[0] == 1.0 && floats[1] == 0.5 && floats[2] == 0.5, 1);
    result = request(PYRUN_VP_CALL, interpreter, call, 12);
    IS(has_text(result, PYRUN_VP_TEXT, "[1.0, 0.5, 0.5, True]"), 1);
    IS(request(PYRUN_VP_CALL, interpreter, call, 8), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_CALL, interpreter, call, 2), PYRUN_BAD_ARGUMENT);
    call[3] = 500;
    IS(request(PYRUN_VP_CALL, interpreter, call, 9), PYRUN_BAD_ARGUMENT);

    /* A result goes in again; a buffer comes out as numbers. */
    word array = run(interpreter, "import array; array.array('i', [7, 8])");
    word len[] = {run(interpreter, "len"), 0, 0, PYRUN_OBJECT, array, 0};
    IS(get(request(PYRUN_VP_CALL, interpreter, len, 6), PYRUN_VP_WORD), 2);
    IS(fetch(array, PYRUN_VP_INT64S, ints, 24), 16);
    IS(ints[0] == 7 && ints[1] == 8, 1);
    IS(fetch(array, PYRUN_VP_FLOAT64S, reals, 16), 16);
    IS(reals[1] == 8.0, 1);
    /* The same without an address: everything is made first. */
    word name = request(PYRUN_VP_VALUE + PYRUN_STR, interpreter, "hypot", 5);
    word four = request(PYRUN_VP_VALUE + PYRUN_INT, interpreter, 4, 0);
    word hypot[] = {math, name, -1, PYRUN_INT, 3, 0, PYRUN_OBJECT, four, 0};
    IS(has_text(request(PYRUN_VP_CALL, interpreter, hypot, 9), PYRUN_VP_TEXT, "5.0"), 1);
    hypot[1] = four;
    IS(request(PYRUN_VP_CALL, interpreter, hypot, 9), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_VALUE + PYRUN_DATE, interpreter, 0, 0), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_VALUE - 1, interpreter, 0, 0), PYRUN_BAD_ARGUMENT);
    len[4] = interpreter;
    IS(request(PYRUN_VP_CALL, interpreter, len, 6), PYRUN_VP_STALE);
}

static void background(void) {
    word object = run(interpreter, "object()"), result;
    IS(request(PYRUN_VP_POLL, interpreter, 0, 0), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_START, interpreter, "while True: pass", 16), 0);
    IS(request(PYRUN_VP_POLL, interpreter, 0, 0), 0);
    IS(request(PYRUN_VP_TAKE, interpreter, 0, 0), PYRUN_BUSY);
    IS(run(interpreter, "1"), PYRUN_BUSY);
    IS(fetch(object, PYRUN_VP_TEXT, 0, 0), PYRUN_BUSY);
    IS(get(object, PYRUN_VP_STATUS), PYRUN_OK);
    IS(request(PYRUN_VP_INTERRUPT, interpreter, 0, 0), 0);
    while (request(PYRUN_VP_POLL, interpreter, 0, 0) == 0)
        usleep(1);
    result = request(PYRUN_VP_TAKE, interpreter, 0, 0);
    IS(get(result, PYRUN_VP_STATUS), PYRUN_INTERRUPTED);
    IS(fetch(object, PYRUN_VP_TEXT, 0, 0) > 10, 1);
}

/* Settings are text; why a request was refused is, too. */
static void settings(void) {
    const char *text = "env NAME=a b\nmemory 67108864\n\nfile-bytes 1048576\nfolder /headers /usr/include\nworking-folder /w\n";
    const char *wrong[] = {"colour blue", "memory much", "env X", "folder /x", "working-folder w", "home"};
    word py = request(PYRUN_VP_OPEN, 0, text, strlen(text)), result;
    int i;
    IS(py > 0, 1);
    result = run(py, "import os; [os.environ['NAME'], os.getcwd(), 'stdio.h' in os.listdir('/headers')]");
    IS(has_text(result, PYRUN_VP_TEXT, "['a b', '/w', True]"), 1);
    IS(get(run(py, "bytes(100_000_000)"), PYRUN_VP_STATUS), PYRUN_EXCEPTION);
    IS(request(PYRUN_VP_CLOSE, py, 0, 0), 0);
    for (i = 0; i < 6; i++) {
        char room[512];
        word size;
        IS(request(PYRUN_VP_OPEN, 0, wrong[i], strlen(wrong[i])), PYRUN_BAD_ARGUMENT);
        size = fetch(0, PYRUN_VP_TEXT, room, sizeof room);
        IS(size > 10 && size < (word)sizeof room, 1);
    }
    text = "home /nonexistent";
    IS(request(PYRUN_VP_OPEN, 0, text, strlen(text)), PYRUN_MISSING);
    IS(fetch(0, PYRUN_VP_TEXT, 0, 0) > 20, 1);
    IS(request(PYRUN_VP_DROP, 987654, 0, 0), PYRUN_VP_STALE);
    IS(has_text(0, PYRUN_VP_TEXT, "no such id, or not any more"), 1);
    IS(fetch(0, PYRUN_VP_STATUS, 0, 0), PYRUN_VP_STALE);
}

/* What a value is depends on its type, not on what is in it; what holds others is taken apart. */
static void items(void) {
    word empty = run(interpreter, "[]"), text = run(interpreter, "'[]'"), mixed, inner, none[1];
    IS(get(empty, PYRUN_VP_KIND), PYRUN_LIST);
    IS(get(empty, PYRUN_VP_NUMBERS), PYRUN_INT64S);
    IS(fetch(empty, PYRUN_VP_INT64S, none, 8), 0);
    IS(get(text, PYRUN_VP_NUMBERS), 0);
    IS(get(text, PYRUN_VP_COUNT), 0);
    IS(get(run(interpreter, "[1, 2.5]"), PYRUN_VP_NUMBERS), PYRUN_FLOAT64S);
    IS(get(run(interpreter, "import array; array.array('d')"), PYRUN_VP_NUMBERS), PYRUN_FLOAT64S);
    IS(get(run(interpreter, "[True]"), PYRUN_VP_NUMBERS), 0);
    mixed = run(interpreter, "{'a': [1, 'b'], 2: None}");
    IS(get(mixed, PYRUN_VP_COUNT), 4);
    IS(has_text(request(PYRUN_VP_ITEM, mixed, 0, 0), PYRUN_VP_TEXT, "a"), 1);
    inner = request(PYRUN_VP_ITEM, mixed, 1, 0);
    IS(get(inner, PYRUN_VP_COUNT), 2);
    IS(has_text(request(PYRUN_VP_ITEM, inner, 1, 0), PYRUN_VP_TEXT, "b"), 1);
    IS(get(request(PYRUN_VP_ITEM, mixed, 3, 0), PYRUN_VP_KIND), PYRUN_NONE);
    IS(request(PYRUN_VP_ITEM, mixed, 4, 0), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_ITEM, mixed, -1, 0), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_ITEM, text, 0, 0), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_ITEM, interpreter, 0, 0), PYRUN_VP_STALE);
    /* An empty array is an argument like another. */
    word len[] = {run(interpreter, "len"), 0, 0, PYRUN_INT64S, 0, 0};
    IS(get(request(PYRUN_VP_CALL, interpreter, len, 6), PYRUN_VP_WORD), 0);
    len[3] = PYRUN_FLOAT64S;
    IS(get(request(PYRUN_VP_CALL, interpreter, len, 6), PYRUN_VP_WORD), 0);
}

/* The plan's own example: a scalar of NumPy's is a number. */
static void numpy(void) {
    word np = request(PYRUN_VP_IMPORT, interpreter, "numpy", 5), ints[] = {1, 2, 3, 4, 5}, result;
    word sum[] = {np, (word)(intptr_t)"sum", 3, PYRUN_INT64S, (word)(intptr_t)ints, 5};
    IS(get(np, PYRUN_VP_STATUS), PYRUN_OK);
    result = request(PYRUN_VP_CALL, interpreter, sum, 6);
    IS(get(result, PYRUN_VP_KIND), PYRUN_INT);
    IS(get(result, PYRUN_VP_WORD) * 2, 30);
    result = run(interpreter, "import numpy as np; np.float32(0.5)");
    double number;
    IS(get(result, PYRUN_VP_KIND), PYRUN_FLOAT);
    IS(fetch(result, PYRUN_VP_WORD, &number, 8), 8);
    IS(number == 0.5, 1);
    result = run(interpreter, "np.bool_(True)");
    IS(get(result, PYRUN_VP_KIND), PYRUN_BOOL);
    IS(get(result, PYRUN_VP_WORD), 1);
    IS(get(run(interpreter, "np.array([])"), PYRUN_VP_NUMBERS), PYRUN_FLOAT64S);
    IS(get(run(interpreter, "np.zeros((0, 2), dtype='int32')"), PYRUN_VP_NUMBERS), PYRUN_INT64S);
}

/* What each value is to a host without types: kind, kind of its numbers, shape, type, text. */
static void conversions(void) {
    static const struct { const char *source; word kind, numbers; const char *dtype, *class, *text; word shape[3]; } table[] = {
        {"None", PYRUN_NONE, 0, "", "NoneType", "None", {-1, 0, 0}},
        {"True", PYRUN_BOOL, 0, "", "bool", "True", {-1, 0, 0}},
        {"2 ** 63", PYRUN_BIGINT, 0, "", "int", "9223372036854775808", {-1, 0, 0}},
        {"1 + 2j", PYRUN_COMPLEX, PYRUN_COMPLEX, "", "complex", "(1+2j)", {-1, 0, 0}},
        {"'[1]'", PYRUN_STR, 0, "", "str", "[1]", {-1, 0, 0}},
        {"b'ab'", PYRUN_BYTES, 0, "", "bytes", "ab", {-1, 0, 0}},
        {"[1, 2]", PYRUN_LIST, PYRUN_INT64S, "", "list", "[1, 2]", {2, -1, 0}},
        {"(1, 2.5)", PYRUN_TUPLE, PYRUN_FLOAT64S, "", "tuple", "(1, 2.5)", {2, -1, 0}},
        {"[2 ** 63]", PYRUN_LIST, 0, "", "list", "[9223372036854775808]", {1, -1, 0}},
        {"{'a': 1}", PYRUN_DICT, 0, "", "dict", "{'a': 1}", {-1, 0, 0}},
        {"{5}", PYRUN_SET, 0, "", "set", "{5}", {-1, 0, 0}},
        {"np.int8(-3)", PYRUN_INT, PYRUN_INT64S, "", "int", "-3", {-1, 0, 0}},
        {"np.uint64(2 ** 63)", PYRUN_BIGINT, 0, "", "int", "9223372036854775808", {-1, 0, 0}},
        {"np.float16(2.5)", PYRUN_FLOAT, PYRUN_FLOAT64S, "", "float", "2.5", {-1, 0, 0}},
        {"np.bool_(0)", PYRUN_BOOL, 0, "", "bool", "False", {-1, 0, 0}},
        {"np.complex64(1j)", PYRUN_COMPLEX, PYRUN_COMPLEX, "", "complex", "1j", {-1, 0, 0}},
        {"np.ones((2, 3), 'int8')", PYRUN_OBJECT, PYRUN_INT64S, "int8", "numpy.ndarray", 0, {2, 3, -1}},
        {"np.ones((2, 3), 'float16').T", PYRUN_OBJECT, PYRUN_FLOAT64S, "float16", "numpy.ndarray", 0, {3, 2, -1}},
        {"np.array([True])", PYRUN_OBJECT, PYRUN_INT64S, "bool", "numpy.ndarray", "array([ True])", {1, -1, 0}},
        {"np.array([1j], 'complex64')", PYRUN_OBJECT, PYRUN_COMPLEX, "complex64", "numpy.ndarray", 0, {1, -1, 0}},
        {"np.array([2 ** 63], 'uint64')", PYRUN_OBJECT, 0, "uint64", "numpy.ndarray", 0, {1, -1, 0}},
        {"np.array(7.0)", PYRUN_OBJECT, PYRUN_FLOAT64S, "float64", "numpy.ndarray", "array(7.)", {-1, 0, 0}},
        {"np.array(['2026'], 'datetime64[Y]')", PYRUN_OBJECT, 0, "", "numpy.ndarray", 0, {-1, 0, 0}},
        {"array.array('d', [1])", PYRUN_OBJECT, PYRUN_FLOAT64S, "d", "array.array", "array('d', [1.0])", {1, -1, 0}},
        {"len", PYRUN_OBJECT, 0, "", "builtin_function_or_method", "<built-in function len>", {-1, 0, 0}},
    };
    size_t i;
    IS(get(run(interpreter, "import numpy as np, array"), PYRUN_VP_STATUS), PYRUN_OK);
    for (i = 0; i < sizeof table / sizeof *table; i++) {
        word result = run(interpreter, table[i].source), shape[3], size, axes = 0;
        /* The row is part of each number, so that a message says which one is wrong. */
        IS(get(result, PYRUN_VP_KIND) * 100 + (word)i, table[i].kind * 100 + (word)i);
        IS(get(result, PYRUN_VP_NUMBERS) * 100 + (word)i, table[i].numbers * 100 + (word)i);
        IS(has_text(result, PYRUN_VP_DTYPE, table[i].dtype) ? 0 : i + 1, 0);
        IS(has_text(result, PYRUN_VP_TYPE, table[i].class) ? 0 : i + 1, 0);
        if (table[i].text)
            IS(has_text(result, PYRUN_VP_TEXT, table[i].text) ? 0 : i + 1, 0);
        while (table[i].shape[axes] >= 0)
            axes++;
        size = fetch(result, PYRUN_VP_SHAPE, shape, sizeof shape);
        IS(size * 100 + (word)i, axes * 800 + (word)i);
        IS(memcmp(shape, table[i].shape, (size_t)size) ? i + 1 : 0, 0);
        IS(fetch(result, PYRUN_VP_SUMMARY, 0, 0) > 3, 1);
        /* Whatever it is, it can be passed. */
        word again[] = {run(interpreter, "lambda x: x"), 0, 0, PYRUN_OBJECT, result, 0};
        IS(get(request(PYRUN_VP_CALL, interpreter, again, 6), PYRUN_VP_KIND), table[i].kind);
    }
}

/* Arguments of every kind, by name, in each other; attributes and variables. */
static void arguments(void) {
    word repr = run(interpreter, "repr"), result, ints[] = {1, 2}, fixed[] = {0x8000, -0x18000}, bits;
    double half = 0.5;
    memcpy(&bits, &half, 8);
    word inner[] = {PYRUN_INT, 1, 0, PYRUN_STR, (word)(intptr_t)"a", 1};
    word outer[] = {PYRUN_STR, (word)(intptr_t)"k", 1, PYRUN_LIST, (word)(intptr_t)inner, 6};
    struct { word words[3]; const char *text; } table[] = {
        {{PYRUN_NONE, 0, 0}, "None"},
        {{PYRUN_BOOL, 0, 0}, "False"},
        {{PYRUN_BIGINT, (word)(intptr_t)"-9223372036854775809", 20}, "-9223372036854775809"},
        {{PYRUN_FLOAT, bits, 0}, "0.5"},
        {{PYRUN_COMPLEX, bits, bits}, "(0.5+0.5j)"},
        {{PYRUN_BYTES, (word)(intptr_t)"\xff", 1}, "b'\\xff'"},
        {{PYRUN_INT64S, (word)(intptr_t)ints, 2}, "array('q', [1, 2])"},
        {{PYRUN_VP_FIXED64S, (word)(intptr_t)fixed, 2}, "array('d', [0.5, -1.5])"},
        {{PYRUN_LIST, (word)(intptr_t)inner, 6}, "[1, 'a']"},
        {{PYRUN_TUPLE, (word)(intptr_t)inner, 6}, "(1, 'a')"},
        {{PYRUN_DICT, (word)(intptr_t)outer, 6}, "{'k': [1, 'a']}"},
        {{PYRUN_SET, (word)(intptr_t)inner, 3}, "{1}"},
        {{PYRUN_LIST, 0, 0}, "[]"},
        {{PYRUN_VP_FUNCTION, 7, 0}, "<function 7 of the host>"},
    };
    size_t i;
    for (i = 0; i < sizeof table / sizeof *table; i++) {
        word *w = table[i].words, call[] = {repr, 0, 0, w[0], w[1], w[2]};
        IS(has_text(request(PYRUN_VP_CALL, interpreter, call, 6), PYRUN_VP_TEXT, table[i].text) ? 0 : i + 1, 0);
        result = request(PYRUN_VP_VALUE + w[0], interpreter, w[1], w[2]);
        word passed[] = {repr, 0, 0, PYRUN_OBJECT, result, 0};
        IS(has_text(request(PYRUN_VP_CALL, interpreter, passed, 6), PYRUN_VP_TEXT, table[i].text) ? 0 : i + 1, 0);
    }
    word wrong[] = {repr, 0, 0, PYRUN_LIST, (word)(intptr_t)inner, 4};
    IS(request(PYRUN_VP_CALL, interpreter, wrong, 6), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_CALL, interpreter, wrong, 5), PYRUN_BAD_ARGUMENT);
    wrong[3] = PYRUN_VP_NAMED, wrong[4] = (word)(intptr_t)"x", wrong[5] = 1;
    IS(request(PYRUN_VP_CALL, interpreter, wrong, 6), PYRUN_BAD_ARGUMENT);
    word named[] = {run(interpreter, "dict"), 0, 0, PYRUN_VP_NAMED, (word)(intptr_t)"x", 1, PYRUN_INT, 3, 0};
    IS(has_text(request(PYRUN_VP_CALL, interpreter, named, 9), PYRUN_VP_TEXT, "{'x': 3}"), 1);
    word set[] = {0, (word)(intptr_t)"level", 5, PYRUN_INT, 9, 0};
    IS(get(request(PYRUN_VP_SET, interpreter, set, 6), PYRUN_VP_STATUS), PYRUN_OK);
    IS(get(request(PYRUN_VP_GET, interpreter, set, 3), PYRUN_VP_WORD), 9);
    set[1] = (word)(intptr_t)"nobody", set[2] = 6;
    IS(get(request(PYRUN_VP_GET, interpreter, set, 3), PYRUN_VP_STATUS), PYRUN_EXCEPTION);
    IS(request(PYRUN_VP_SET, interpreter, set, 5), PYRUN_BAD_ARGUMENT);
}

/* Python calls the host's functions, and asks for lines; the host may run more of Python before it answers. */
static void questions(void) {
    word function[] = {0, (word)(intptr_t)"host", 4, PYRUN_VP_FUNCTION, 42, 0}, asked, named;
    word number[] = {PYRUN_INT, 10, 0}, line[] = {PYRUN_STR, (word)(intptr_t)"Ada\n", 4};
    word raise[] = {PYRUN_VP_RAISE, (word)(intptr_t)"no", 2}, end[] = {PYRUN_STR, 0, 0};
    IS(get(request(PYRUN_VP_SET, interpreter, function, 6), PYRUN_VP_STATUS), PYRUN_OK);
    /* Not while the host waits. */
    IS(has_text(run(interpreter, "host()"), PYRUN_VP_TYPE, "RuntimeError"), 1);
    IS(has_text(run(interpreter, "input()"), PYRUN_VP_TYPE, "EOFError"), 1);
    IS(request(PYRUN_VP_ANSWER, interpreter, number, 3), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_ASKED, interpreter, 0, 0), PYRUN_BAD_ARGUMENT);
    const char *source = "host([1, 2], object(), key='x') + 1";
    IS(request(PYRUN_VP_START, interpreter, source, strlen(source)), 0);
    IS(until_it_says(interpreter), 2);
    asked = request(PYRUN_VP_ASKED, interpreter, 0, 0);
    IS(get(request(PYRUN_VP_ITEM, asked, 0, 0), PYRUN_VP_WORD), 42);
    named = request(PYRUN_VP_ITEM, asked, 2, 0);
    IS(has_text(named, PYRUN_VP_TEXT, "{'key': 'x'}"), 1);
    IS(get(run(interpreter, "level + 1"), PYRUN_VP_WORD), 10);
    IS(has_text(run(interpreter, "host()"), PYRUN_VP_TYPE, "RuntimeError"), 1);
    IS(request(PYRUN_VP_START, interpreter, "1", 1), PYRUN_BUSY);
    IS(request(PYRUN_VP_TAKE, interpreter, 0, 0), PYRUN_BUSY);
    IS(request(PYRUN_VP_ANSWER, interpreter, number, 2), PYRUN_BAD_ARGUMENT);
    IS(request(PYRUN_VP_ANSWER, interpreter, number, 3), 0);
    IS(until_it_says(interpreter), 1);
    IS(get(request(PYRUN_VP_TAKE, interpreter, 0, 0), PYRUN_VP_WORD), 11);
    /* An error; a line, then the end; an interrupt of a wait. */
    word call[] = {0, (word)(intptr_t)"host", 4, PYRUN_INT, 1, 0};
    IS(request(PYRUN_VP_START_CALL, interpreter, call, 6), 0);
    IS(until_it_says(interpreter), 2);
    IS(request(PYRUN_VP_ANSWER, interpreter, raise, 3), 0);
    IS(until_it_says(interpreter), 1);
    asked = request(PYRUN_VP_TAKE, interpreter, 0, 0);
    IS(has_text(asked, PYRUN_VP_TYPE, "RuntimeError"), 1);
    IS(has_text(asked, PYRUN_VP_TEXT, "no"), 1);
    source = "import sys; [input('who? '), sys.stdin.read()]";
    IS(request(PYRUN_VP_START, interpreter, source, strlen(source)), 0);
    IS(until_it_says(interpreter), 2);
    asked = request(PYRUN_VP_PRINTED, interpreter, 0, 0);
    IS(has_text(asked, PYRUN_VP_TEXT, "who? "), 1);
    IS(request(PYRUN_VP_PRINTED, interpreter, 0, 0), 0);
    IS(get(request(PYRUN_VP_ASKED, interpreter, 0, 0), PYRUN_VP_KIND), PYRUN_NONE);
    IS(request(PYRUN_VP_ANSWER, interpreter, line, 3), 0);
    IS(until_it_says(interpreter), 2);
    IS(request(PYRUN_VP_ANSWER, interpreter, end, 3), 0);
    IS(until_it_says(interpreter), 1);
    IS(has_text(request(PYRUN_VP_TAKE, interpreter, 0, 0), PYRUN_VP_TEXT, "['Ada', '']"), 1);
    const char *waits[] = {"input()", "host()"};
    int i;
    for (i = 0; i < 2; i++) {
        IS(request(PYRUN_VP_START, interpreter, waits[i], strlen(waits[i])), 0);
        IS(until_it_says(interpreter), 2);
        IS(request(PYRUN_VP_INTERRUPT, interpreter, 0, 0), 0);
        while (request(PYRUN_VP_POLL, interpreter, 1000, 0) == 0)
            ;
        asked = request(PYRUN_VP_TAKE, interpreter, 0, 0);
        IS(has_text(asked, PYRUN_VP_TYPE, "KeyboardInterrupt"), 1);
    }
    /* Imports and calls that fail before they begin. */
    IS(request(PYRUN_VP_START_IMPORT, interpreter, "nowhere", 7), 0);
    IS(until_it_says(interpreter), 1);
    IS(has_text(request(PYRUN_VP_TAKE, interpreter, 0, 0), PYRUN_VP_TYPE, "ModuleNotFoundError"), 1);
    call[1] = (word)(intptr_t)"nobody", call[2] = 6;
    IS(request(PYRUN_VP_START_CALL, interpreter, call, 6), 0);
    IS(until_it_says(interpreter), 1);
    IS(has_text(request(PYRUN_VP_TAKE, interpreter, 0, 0), PYRUN_VP_TYPE, "AttributeError"), 1);
}

/* Nothing that is printed is lost: a run waits for the host, and what cannot wait says what was left out. */
static void output(void) {
    word total = 0, said, result;
    static char room[2 << 20];
    const char *source = "for n in range(300): print('x' * 9999)";
    IS(request(PYRUN_VP_START, interpreter, source, strlen(source)), 0);
    do {
        said = request(PYRUN_VP_POLL, interpreter, 1000, 1);
        if (said & 4 && (result = request(PYRUN_VP_PRINTED, interpreter, 0, 0)) > 0) {
            total += fetch(result, PYRUN_VP_TEXT, 0, 0);
            request(PYRUN_VP_DROP, result, 0, 0);
        }
    } while (!(said & 1));
    total += fetch(request(PYRUN_VP_TAKE, interpreter, 0, 0), PYRUN_VP_OUTPUT, 0, 0);
    IS(total, 3000000);
    result = run(interpreter, source);
    total = fetch(result, PYRUN_VP_OUTPUT, room, sizeof room);
    IS(total > 1 << 20 && total < (1 << 20) + 100, 1);
    room[total] = 0;
    IS(strstr(room, "\n[pyrun: 1951424 more bytes of output were not kept]\n") != 0, 1);
}

/* An interpreter that starts in the background, one from a snapshot, one that is only let go. */
static void opens(void) {
    const char *text = "home /nonexistent";
    char setting[64];
    word py = request(PYRUN_VP_OPEN_LATER, 0, text, strlen(text)), snapshot, other;
    IS(py > 0, 1);
    IS(run(py, "1"), PYRUN_BUSY);
    while (request(PYRUN_VP_POLL, py, 1000, 0) == 0)
        ;
    IS(request(PYRUN_VP_TAKE, py, 0, 0), PYRUN_MISSING);
    IS(fetch(0, PYRUN_VP_TEXT, 0, 0) > 20, 1);
    IS(run(py, "1"), PYRUN_VP_STALE);
    IS(request(PYRUN_VP_OPEN_LATER, 0, "colour blue", 11), PYRUN_BAD_ARGUMENT);
    py = request(PYRUN_VP_OPEN_LATER, 0, 0, 0);
    while (request(PYRUN_VP_POLL, py, 1000, 1) == 0)
        ;
    IS(request(PYRUN_VP_TAKE, py, 0, 0), 0);
    IS(get(run(py, "x = 5; x"), PYRUN_VP_WORD), 5);
    snapshot = request(PYRUN_VP_SNAPSHOT, py, 0, 0);
    IS(snapshot > 0, 1);
    snprintf(setting, sizeof setting, "snapshot %lld", (long long)snapshot);
    other = request(PYRUN_VP_OPEN, 0, setting, strlen(setting));
    IS(get(run(other, "x + 1"), PYRUN_VP_WORD), 6);
    IS(release(snapshot), 0);
    IS(release(other), 0);
    IS(release(0), PYRUN_BUSY);
    IS(run(other, "1"), PYRUN_VP_STALE);
    IS(request(PYRUN_VP_OPEN, 0, setting, strlen(setting)), PYRUN_VP_STALE);
    /* Closed while it starts, while it runs, and while it waits for the host. */
    IS(request(PYRUN_VP_CLOSE, request(PYRUN_VP_OPEN_LATER, 0, 0, 0), 0, 0), 0);
    IS(request(PYRUN_VP_START, py, "input()", 7), 0);
    IS(until_it_says(py), 2);
    IS(request(PYRUN_VP_CLOSE, py, 0, 0), 0);
}

int main(void) {
    int flags = fcntl(0, F_GETFL);
    IS(fcntl(0, F_SETFL, flags | O_NONBLOCK), 0);
    IS(request(PYRUN_VP_OPEN, 0, 0, 0), PYRUN_VP_STACK);
    IS(pyrun_vp_init(), 0);
    interpreter = request(PYRUN_VP_OPEN, 0, 0, 0);
    IS(interpreter > 0, 1);
    word other = request(PYRUN_VP_OPEN, 0, 0, 0);
    IS(run(interpreter, "x = 1") > 0, 1);
    IS(get(run(other, "x"), PYRUN_VP_STATUS), PYRUN_EXCEPTION);
    coroutines();
    results();
    calls();
    background();
    settings();
    items();
    numpy();
    conversions();
    arguments();
    questions();
    opens();
    /* The guest has no part in the host's standard input, which stays as it was. */
    IS(has_text(run(interpreter, "import sys; repr(sys.stdin.read())"), PYRUN_VP_TEXT, "''"), 1);
    IS(fcntl(0, F_GETFL), flags | O_NONBLOCK);
    output();
    word kept = run(other, "5");
    IS(request(PYRUN_VP_CLOSE, other, 0, 0), 0);
    IS(fetch(kept, PYRUN_VP_WORD, 0, 0), PYRUN_VP_STALE);
    IS(request(PYRUN_VP_CLOSE, other, 0, 0), PYRUN_VP_STALE);
    IS(request(PYRUN_VP_CLOSE, interpreter, 0, 0), 0);
    printf("%d checks\n", checks);
    return 0;
}
