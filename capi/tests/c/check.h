/* What the test programs share. */
#include <stdio.h>
#include <stdlib.h>

static int checks;

static void check(int line, const char *what, long long found, long long expected) {
    checks++;
    if (found != expected) {
        printf("line %d: %s is %lld, not %lld\n", line, what, found, expected);
        exit(1);
    }
}
#define IS(expression, expected) check(__LINE__, #expression, (long long)(expression), (long long)(expected))
