#!/usr/bin/env bash
# Compiles c/ to operations.wasm.
#
#   operations/build.sh [OUTPUT]            # apt-get install clang lld
#
# CLANG names the compiler; default: clang. The one that made the committed file is in README.md; with it the result is the same
# byte for byte, which a test compares. Integers wrap by unsigned types, not by -fwrapv, and loops keep their pointers: then
# addresses have constant offsets, which an engine need not compute.
set -euo pipefail
cd "$(dirname "$0")"
output=${1:-operations.wasm}
"${CLANG:-clang}" --target=wasm32 -std=c11 -O3 -msimd128 -mbulk-memory -mnontrapping-fptoint -msign-ext -mmutable-globals \
    -ffreestanding -ffp-contract=off -fno-math-errno -fno-ident \
    -mllvm -disable-lsr \
    -Wall -Wextra -Werror -Wno-tautological-compare \
    -nostdlib -Wl,--no-entry -Wl,--strip-all -Wl,--stack-first -Wl,-z,stack-size=65536 \
    -Wl,--export=__heap_base -Wl,--export=__data_end -Wl,--export=__stack_pointer \
    -o "$output" c/*.c
chmod -x "$output"
