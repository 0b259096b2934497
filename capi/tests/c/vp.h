/* How a host calls that passes integers: by the slots of a table, from which its image takes them. */
#ifndef VP_H
#define VP_H

#include <pyrun_vp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int64_t word;
typedef word (*host_function)(word, word, word, word);

/* The table that an image would be given. */
static void *host_functions[] = {__extension__(void *)pyrun_vp_request, __extension__(void *)pyrun_vp_fetch,
                                 __extension__(void *)pyrun_vp_release};

static word call_slot(int slot, word a, word b, word c, word d) {
    host_function function;
    memcpy(&function, &host_functions[slot], sizeof function);
    return function(a, b, c, d);
}
#define request(op, id, a, b) call_slot(0, op, id, (word)(intptr_t)(a), (word)(b))
/* Its finalisers, which run on any stack. */
static word release(word id) {
    word (*function)(word);
    memcpy(&function, &host_functions[2], sizeof function);
    return function(id);
}
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

/* Waits for what was started, until it asks or has ended. */
static word until_it_says(word py) {
    word said;
    while ((said = request(PYRUN_VP_POLL, py, 1000, 1) & 3) == 0)
        ;
    return said;
}

#endif
