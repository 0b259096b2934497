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

typedef int64_t word;
typedef word (*host_function)(word, word, word, word);

/* The table that an image would be given. */
static void *host_functions[] = {__extension__(void *)pyrun_vp_request, __extension__(void *)pyrun_vp_fetch};

static word call_slot(int slot, word a, word b, word c, word d) {
    host_function function;
    memcpy(&function, &host_functions[slot], sizeof function);
    return function(a, b, c, d);
}
#define request(op, id, a, b) call_slot(0, op, id, (word)(intptr_t)(a), (word)(b))
#define fetch(id, what, at, room) call_slot(1, id, what, (word)(intptr_t)(at), (word)(room))

static int checks;
static void check(int line, const char *what, word found, word expected) {
    checks++;
    if (found != expected) {
        printf("line %d: %s is %lld, not %lld\n", line, what, (long long)found, (long long)expected);
        exit(1);
    }
}
#define IS(expression, expected) check(__LINE__, #expression, (word)(expression), (word)(expected))

static word get(word result, word what) {
    word number = -77;
    IS(fetch(result, what, &number, 8), 8);
    return number;
}

static int has_text(word result, word what, const char *text) {
    char room[512];
    word size = fetch(result, what, room, sizeof room);
    return size == (word)strlen(text) && !memcmp(room, text, (size_t)size);
}

static word run(word py, const char *source) {
    return request(PYRUN_VP_RUN, py, source, strlen(source));
}

/* A task, and the kernel that it hands calls to. */
enum { TASK_STACK = 6 << 10, TASKS = 2 };
static ucontext_t kernel, tasks[TASKS];
static char stacks[TASKS][TASK_STACK] __attribute__((aligned(16)));
static const char *mail[TASKS];
static word answers[TASKS], direct[TASKS], picked_up[TASKS];
static word interpreter;

static void task(int number) {
    /* On this stack the library turns everything away. */
    direct[number] = request(PYRUN_VP_RUN, interpreter, "1", 1);
    if (direct[number] == PYRUN_VP_STACK)
        direct[number] = fetch(1, PYRUN_VP_STATUS, &direct[number], 8);
    mail[number] = number == 0 ? "'zero ' * 3" : "[1, 2] * 2";
    swapcontext(&tasks[number], &kernel);
    /* The other task's call has come in between. */
    picked_up[number] = answers[number];
}

static void coroutines(void) {
    static int number; /* getcontext() may return twice */
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
        answers[number] = run(interpreter, mail[number]);
        IS(answers[number] > 0, 1);
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
    IS(request(PYRUN_VP_VALUE + PYRUN_LIST, interpreter, 0, 0), PYRUN_BAD_ARGUMENT);
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
    /* The guest has no part in the host's standard input, which stays as it was. */
    IS(has_text(run(interpreter, "import sys; repr(sys.stdin.read())"), PYRUN_VP_TEXT, "''"), 1);
    IS(fcntl(0, F_GETFL), flags | O_NONBLOCK);
    word kept = run(other, "5");
    IS(request(PYRUN_VP_CLOSE, other, 0, 0), 0);
    IS(fetch(kept, PYRUN_VP_WORD, 0, 0), PYRUN_VP_STALE);
    IS(request(PYRUN_VP_CLOSE, other, 0, 0), PYRUN_VP_STALE);
    IS(request(PYRUN_VP_CLOSE, interpreter, 0, 0), 0);
    printf("%d checks\n", checks);
    return 0;
}
