/* Functions of each type of parameter and result, for calls that are typed by their signature. */
#define EXPORT __attribute__((visibility("default")))

EXPORT int add(int a, int b) { return (int)((unsigned)a + (unsigned)b); }
EXPORT unsigned half(unsigned a) { return a / 2; }
EXPORT long long add64(long long a, long long b) { return (long long)((unsigned long long)a + (unsigned long long)b); }
EXPORT unsigned long long half64(unsigned long long a) { return a / 2; }
EXPORT float scale(float a, int by) { return a * (float)by; }
EXPORT double mix(int a, long long b, float c, double d) { return (double)a + (double)b + (double)c + d; }
EXPORT void nothing(void) {}

static int counter;
EXPORT int count(void) { return ++counter; }

/* What the plan of ChrysaLisp calls array operations. */
EXPORT double sum(const double *items, int count) {
    double total = 0;
    for (int i = 0; i < count; i++) total += items[i];
    return total;
}
EXPORT long long dot(const int *a, const int *b, int count) {
    long long total = 0;
    for (int i = 0; i < count; i++) total += (long long)a[i] * b[i];
    return total;
}
EXPORT void smooth(double *items, int count) {
    for (int i = 1; i < count; i++) items[i] = (items[i - 1] + items[i]) / 2;
}
EXPORT int text_length(const char *text) {
    int length = 0;
    while (text[length]) length++;
    return length;
}
EXPORT const char *greeting(void) { return "hello from C"; }
EXPORT void upper(char *text, int size) {
    for (int i = 0; i < size; i++)
        if (text[i] >= 'a' && text[i] <= 'z') text[i] -= 32;
}
