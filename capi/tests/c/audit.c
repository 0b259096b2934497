/* What a guest asks for, what it has used, a hash secret of its own; and the memory of an instance that was stopped. */
#include <string.h>

#include "check.h"
#include <pyrun.h>

/* Exports a memory of one page: (module (memory (export "memory") 1) (func (export "f"))) */
static const unsigned char MEMORY[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x03, 0x02, 0x01, 0x00, 0x05, 0x03, 0x01,
    0x00, 0x01, 0x07, 0x0e, 0x02, 0x06, 'm',  'e',  'm',  'o',  'r',  'y',  0x02, 0x00, 0x01, 'f',  0x00, 0x00, 0x0a, 0x04, 0x01,
    0x02, 0x00, 0x0b,
};

static int lines, refused, passwd, ended;

/* `json` ends with no NUL. */
static int has(const char *json, size_t size, const char *part) {
    size_t length = strlen(part), at;
    for (at = 0; at + length <= size; at++)
        if (memcmp(json + at, part, length) == 0)
            return 1;
    return 0;
}

static void on_decision(void *user, const char *json, size_t size) {
    IS(*(int *)user, 7);
    IS(json[0], '{');
    IS(json[size - 1], '}');
    lines++;
    refused += has(json, size, "\"allowed\":false");
    passwd += has(json, size, "\"value\":\"/etc/passwd\"");
    ended += has(json, size, "\"operation\":\"end\"");
}

static int exec(pyrun *py, const char *source) {
    return pyrun_exec(py, source, strlen(source), NULL);
}

static void audit(void) {
    int user = 7;
    pyrun *py = NULL;
    pyrun_settings *settings = pyrun_settings_new();
    IS(pyrun_settings_audit(NULL, on_decision, &user), PYRUN_BAD_ARGUMENT);
    IS(pyrun_settings_audit(settings, on_decision, &user), PYRUN_OK);
    IS(pyrun_settings_env_str(settings, "LEVEL", "3"), PYRUN_OK);
    IS(pyrun_create(settings, &py, NULL), PYRUN_OK);
    IS(lines >= 1, 1);
    IS(refused, 0);
    IS(exec(py, "open('/etc/passwd')"), PYRUN_EXCEPTION);
    IS(passwd, 1);
    IS(refused, 1);
    IS(ended, 0);
    IS(pyrun_destroy(py), PYRUN_OK);
    IS(ended, 1);
    /* Nobody is told any more. */
    IS(pyrun_settings_audit(settings, NULL, NULL), PYRUN_OK);
    IS(pyrun_create(settings, &py, NULL), PYRUN_OK);
    IS(exec(py, "open('/etc/passwd')"), PYRUN_EXCEPTION);
    IS(pyrun_destroy(py), PYRUN_OK);
    IS(passwd, 1);
    pyrun_settings_free(settings);
}

static void usage(void) {
    pyrun *py = NULL;
    pyrun_result *result = NULL;
    const pyrun_value *text;
    IS(pyrun_usage(NULL, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_create(NULL, &py, NULL), PYRUN_OK);
    IS(pyrun_usage(py, &result), PYRUN_OK);
    text = pyrun_result_value(result);
    IS(text->kind, PYRUN_STR);
    IS(has((const char *)text->u.s.data, text->u.s.size, "\"memory_peak_bytes\":"), 1);
    pyrun_result_free(result);
    IS(pyrun_usage(py, NULL), PYRUN_OK);
    IS(pyrun_destroy(py), PYRUN_OK);
}

static int64_t hash_of(const pyrun_settings *settings) {
    pyrun *py = NULL;
    pyrun_result *result = NULL;
    int64_t hash;
    IS(pyrun_create(settings, &py, NULL), PYRUN_OK);
    IS(pyrun_eval(py, "hash('text') & 0xffffff", 23, &result), PYRUN_OK);
    hash = pyrun_result_value(result)->u.i;
    pyrun_result_free(result);
    IS(pyrun_destroy(py), PYRUN_OK);
    return hash;
}

static void seed(void) {
    pyrun_settings *settings = pyrun_settings_new();
    IS(pyrun_settings_fresh_hash_seed(NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_settings_fresh_hash_seed(settings), PYRUN_OK);
    IS(hash_of(settings) == hash_of(settings), 0);
    pyrun_settings_free(settings);
}

static void stopped(void) {
    char byte = 1;
    uint32_t before;
    pyrun_wasm *wasm = NULL;
    pyrun_instance *instance = NULL;
    pyrun_result *result = NULL;
    IS(pyrun_wasm_load(NULL, MEMORY, sizeof MEMORY, &wasm, NULL), PYRUN_OK);
    IS(pyrun_instance_create(wasm, NULL, &instance, NULL), PYRUN_OK);
    IS(pyrun_instance_write(instance, 8, &byte, 1, NULL), PYRUN_OK);
    IS(pyrun_instance_usage(instance, &result), PYRUN_OK);
    IS(pyrun_result_value(result)->kind, PYRUN_STR);
    pyrun_result_free(result);
    IS(pyrun_instance_usage(NULL, NULL), PYRUN_BAD_ARGUMENT);
    pyrun_instance_kill(instance);
    IS(pyrun_instance_write(instance, 8, &byte, 1, NULL), PYRUN_KILLED);
    IS(pyrun_instance_write(instance, 8, &byte, 1, NULL), PYRUN_POISONED);
    IS(pyrun_instance_memory_grow(instance, 1, &before, NULL), PYRUN_POISONED);
    byte = 0;
    IS(pyrun_instance_read(instance, 8, &byte, 1, NULL), PYRUN_OK);
    IS(byte, 1);
    IS(pyrun_instance_destroy(instance), PYRUN_OK);
    pyrun_wasm_free(wasm);
}

int main(void) {
    audit();
    usage();
    seed();
    stopped();
    printf("told\n");
    return 0;
}
