// Python for the host: two functions of 64-bit integers at the end of its table.
//
// The library is loaded when PYRUN_LIB names it ("libpyrun.so" is looked for where the system looks). Without it both
// answer that it is missing, and the host is as it was.

#if !defined(_WIN64)

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

typedef int64_t (*python_function)(int64_t, int64_t, int64_t, int64_t);

static python_function python_request, python_fetch;

// PYRUN_MISSING of pyrun.h.
static const int64_t missing = -6;

// To be called by main(), on the thread's own stack: the library serves that one and no other.
void pii_python_init() {
	const char *path = getenv("PYRUN_LIB");
	if (!path) return;
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library) return;
	int64_t (*init)() = (int64_t(*)())dlsym(library, "pyrun_vp_init");
	python_function request = (python_function)dlsym(library, "pyrun_vp_request");
	python_function fetch = (python_function)dlsym(library, "pyrun_vp_fetch");
	if (!init || !request || !fetch || init() != 0) return;
	python_request = request;
	python_fetch = fetch;
}

int64_t pii_python_request(int64_t op, int64_t id, int64_t a, int64_t b) {
	return python_request ? python_request(op, id, a, b) : missing;
}

int64_t pii_python_fetch(int64_t id, int64_t what, int64_t buffer, int64_t room) {
	return python_fetch ? python_fetch(id, what, buffer, room) : missing;
}

#endif
