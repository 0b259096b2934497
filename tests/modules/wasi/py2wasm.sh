#!/bin/bash
# Makes a WASI program of a Python script with py2wasm, and a WASI SDK for it of Debian's packages (bookworm):
#   apt-get install clang-16 lld-16 libclang-rt-16-dev-wasm32 wasi-libc patchelf; Python 3.11 with venv
#   tests/modules/wasi/py2wasm.sh SCRIPT.py OUTPUT.wasm
#   pyrun OUTPUT.wasm
# Debian's wasi-libc is older than what py2wasm expects, so three things that it does not have are made here: declarations of POSIX
# threads, of which it has the types, those of `dlopen`, and a `dlopen` that finds nothing. py2wasm's LTO is left out: its library
# is made by another clang. Takes two minutes and 300 MB in a folder that goes at the end.
set -euo pipefail
script=$(realpath "$1")
output=$(realpath -m "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sdk=$work/sdk
mkdir -p "$sdk"/{bin,include,share/wasi-sysroot/{lib,include}}
ln -s /usr/lib/wasm32-wasi "$sdk/share/wasi-sysroot/lib/"
ln -s /usr/include/wasm32-wasi "$sdk/share/wasi-sysroot/include/"

cat >"$sdk/include/pthread.h" <<'C'
#pragma once
#define __NEED_time_t
#define __NEED_struct_timespec
#define __NEED_pthread_t
#define __NEED_pthread_key_t
#define __NEED_pthread_once_t
#define __NEED_pthread_mutexattr_t
#define __NEED_pthread_condattr_t
#define __NEED_pthread_mutex_t
#define __NEED_pthread_cond_t
#include <bits/alltypes.h>
pthread_t pthread_self(void);
int pthread_mutex_init(pthread_mutex_t *, const pthread_mutexattr_t *);
int pthread_mutex_destroy(pthread_mutex_t *);
int pthread_mutex_lock(pthread_mutex_t *);
int pthread_mutex_unlock(pthread_mutex_t *);
int pthread_cond_init(pthread_cond_t *, const pthread_condattr_t *);
int pthread_cond_destroy(pthread_cond_t *);
int pthread_cond_signal(pthread_cond_t *);
int pthread_cond_wait(pthread_cond_t *, pthread_mutex_t *);
int pthread_cond_timedwait(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
C
cat >"$sdk/include/dlfcn.h" <<'C'
#pragma once
#define RTLD_LAZY 1
#define RTLD_NOW 2
#define RTLD_GLOBAL 256
#define RTLD_LOCAL 0
#define RTLD_DEFAULT ((void *)0)
typedef struct { const char *dli_fname; void *dli_fbase; const char *dli_sname; void *dli_saddr; } Dl_info;
void *dlopen(const char *, int);
void *dlsym(void *, const char *);
int dlclose(void *);
char *dlerror(void);
int dladdr(const void *, Dl_info *);
C
cat >"$sdk/dl.c" <<'C'
#include <dlfcn.h>
void *dlopen(const char *name, int mode) { return 0; }
void *dlsym(void *library, const char *name) { return 0; }
int dlclose(void *library) { return 0; }
char *dlerror(void) { return "there are no libraries"; }
int dladdr(const void *address, Dl_info *info) { return 0; }
C
cat >"$sdk/bin/clang" <<SH
#!/bin/bash
arguments=() links=$sdk/dl.o
for argument in "\$@"; do
    case "\$argument" in
    -flto*) ;;
    -c | -E | -S | --version | -v | -dumpversion) links= arguments+=("\$argument") ;;
    *) arguments+=("\$argument") ;;
    esac
done
exec clang-16 "\${arguments[@]}" --sysroot=$sdk/share/wasi-sysroot -isystem $sdk/include \$links
SH
chmod +x "$sdk/bin/clang"
for tool in llvm-ar llvm-ranlib wasm-ld; do
    ln -s "/usr/lib/llvm-16/bin/$tool" "$sdk/bin/"
done
"$sdk/bin/clang" --target=wasm32-wasi -O1 -c "$sdk/dl.c" -o "$sdk/dl.o"

python3.11 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet py2wasm==2.6.3
cp "$script" "$work/program.py"
cd "$work"
WASI_SDK_DIR=$sdk "$work/venv/bin/py2wasm" program.py -o program.wasm
mv program.wasm "$output"
