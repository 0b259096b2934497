// Python for the host: three functions of 64-bit integers at the end of its table.
//
// The library is loaded when PYRUN_LIB names it ("libpyrun.so.0" is looked for where the system looks). Without it they
// answer that it is missing, pii_python_fetch(0, text) says why, and the host is as it was.

#if !defined(_WIN64)

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int64_t (*python_function)(int64_t, int64_t, int64_t, int64_t);

static python_function python_request, python_fetch;
static int64_t (*python_release)(int64_t);

// PYRUN_MISSING and PYRUN_VP_TEXT of pyrun.h and pyrun_vp.h.
static const int64_t missing = -6, text = 3;

static char reason[512] = "PYRUN_LIB is not set: it names the library, such as /usr/local/lib/libpyrun.so.0";

// To be called by main(), on the thread's own stack: the library serves that one and no other.
void pii_python_init() {
	const char *path = getenv("PYRUN_LIB");
	if (!path) return;
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		snprintf(reason, sizeof reason, "PYRUN_LIB: %s", dlerror());
		return;
	}
	int64_t (*init)() = (int64_t(*)())dlsym(library, "pyrun_vp_init");
	python_function request = (python_function)dlsym(library, "pyrun_vp_request");
	python_function fetch = (python_function)dlsym(library, "pyrun_vp_fetch");
	int64_t (*release)(int64_t) = (int64_t(*)(int64_t))dlsym(library, "pyrun_vp_release");
	if (!init || !request || !fetch || !release) {
		snprintf(reason, sizeof reason, "PYRUN_LIB: %s has no pyrun_vp_release: it is not libpyrun, or an older one", path);
		return;
	}
	if (init() != 0) {
		snprintf(reason, sizeof reason, "pyrun_vp_init() does not know where the stack lies");
		return;
	}
	python_request = request;
	python_fetch = fetch;
	python_release = release;
}

int64_t pii_python_request(int64_t op, int64_t id, int64_t a, int64_t b) {
	return python_request ? python_request(op, id, a, b) : missing;
}

int64_t pii_python_fetch(int64_t id, int64_t what, int64_t buffer, int64_t room) {
	if (python_fetch) return python_fetch(id, what, buffer, room);
	if (id != 0 || what != text) return missing;
	int64_t size = (int64_t)strlen(reason);
	if (size <= room) memcpy((void*)buffer, reason, size);
	return size;
}

// Called on tasks' own stacks, which are small.
int64_t pii_python_release(int64_t id) {
	return python_release ? python_release(id) : missing;
}

#endif
