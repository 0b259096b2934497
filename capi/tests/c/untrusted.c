/* Code that nobody has read, and a process that gives up what it does not need for it. */
#include <string.h>

#include "check.h"
#include <pyrun.h>

static int exec(pyrun *py, const char *source) {
    return pyrun_exec(py, source, strlen(source), NULL);
}

int main(void) {
    pyrun *py = NULL;
    pyrun_result *result = NULL;
    const pyrun_value *lacks;
    FILE *file;
    pyrun_settings *settings = pyrun_settings_new();
    pyrun_settings *native = pyrun_settings_new();

    /* Before there are threads. */
    IS(pyrun_lock_down(settings, 4, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_lock_down(settings, 0, &result), PYRUN_OK);
    lacks = pyrun_result_value(result);
    IS(lacks->kind, PYRUN_STR);
    file = fopen("/etc/passwd", "r");
    /* Where the system has all of it. */
    IS(file == NULL, lacks->u.s.size == 0);
    if (file)
        fclose(file);
    pyrun_result_free(result);

    IS(pyrun_settings_untrusted(NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_settings_untrusted(settings), PYRUN_OK);
    IS(pyrun_create(settings, &py, NULL), PYRUN_OK);
    IS(exec(py, "import time; assert time.monotonic_ns() % 1000000 == 0"), PYRUN_OK);
    IS(exec(py, "bytes(600 << 20)"), PYRUN_EXCEPTION);
    IS(exec(py, "bytes(100 << 20)"), PYRUN_OK);
    IS(pyrun_destroy(py), PYRUN_OK);

    /* A limit that is set afterwards counts. */
    IS(pyrun_settings_limit(settings, PYRUN_LIMIT_MEMORY, 80 << 20), PYRUN_OK);
    IS(pyrun_create(settings, &py, NULL), PYRUN_OK);
    IS(exec(py, "bytes(100 << 20)"), PYRUN_EXCEPTION);
    IS(pyrun_destroy(py), PYRUN_OK);

    /* Code of its own is not for it. */
    IS(pyrun_settings_untrusted(native), PYRUN_OK);
    IS(pyrun_settings_allow_native_code(native), PYRUN_OK);
    IS(pyrun_create(native, &py, NULL), PYRUN_BAD_ARGUMENT);
    pyrun_settings_free(native);

    IS(pyrun_create(settings, &py, NULL), PYRUN_OK);
    IS(exec(py, "import json; assert json.loads('[1]') == [1]"), PYRUN_OK);
    IS(pyrun_destroy(py), PYRUN_OK);
    pyrun_settings_free(settings);
    printf("locked down\n");
    return 0;
}
