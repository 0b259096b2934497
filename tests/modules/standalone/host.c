/* Functions that the host defines. */
#define EXPORT __attribute__((visibility("default")))
#define HOST(name) __attribute__((import_module("host"), import_name(name)))

HOST("add") int host_add(int a, int b);
HOST("mix") double host_mix(long long a, float b, double c);
HOST("log") void host_log(const char *text, int size);
HOST("fill") void host_fill(unsigned char *buffer, int size);
HOST("fail") int host_fail(int code);

EXPORT int twice(int a) { return host_add(a, a); }
EXPORT double mixed(void) { return host_mix(1ll << 40, 0.5f, 0.25); }
EXPORT void say(void) { host_log("hello", 5); }
EXPORT int filled(void) {
    unsigned char buffer[4];
    host_fill(buffer, sizeof buffer);
    return buffer[0] + buffer[1] + buffer[2] + buffer[3];
}
EXPORT int failing(int code) { return host_fail(code) + 1; }
