#!/bin/sh
# How far the worst programs of docs/SECURITY.md get beyond their limits: the most memory that the process has had, beside that of a
# program which does nothing under the same start. Prints a table for docs/SECURITY.md.
#
#     tests/escape/overrun.sh target/release/pyrun
#
# The last column is what is over: peak, less the limit, less what the empty program takes; negative where all of the limit was not used.
set -eu
pyrun=${1:-target/release/pyrun}

# The peak of resident memory of a command, in KiB.
peak() {
    python3 - "$@" <<'PY'
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
print(used.ru_maxrss, os.waitstatus_to_exitcode(status))
PY
}

# shellcheck disable=SC2046
set -- $(peak "$pyrun" -c pass)
empty=$1
printf 'A program that does nothing: %d MiB.\n\n' $((empty / 1024))
printf '| limit | program | ends with | peak | over |\n|---|---|---|---|---|\n'

# LIMIT, its size in MiB, what it is, the program.
row() {
    # shellcheck disable=SC2046
    peaked=$(peak "$pyrun" --limit "$1" -c "$4")
    kib=${peaked% *}
    printf '| `%s` | %s | %s | %d MiB | %d MiB |\n' "$1" "$3" "${peaked#* }" $((kib / 1024)) $(((kib - empty) / 1024 - $2))
}

row memory=256M 256 'one large object' 'x = bytes(1 << 30)'
row memory=256M 256 'many small objects' 'x = []
while True: x.append([0])'
row memory=256M 256 'an array that grows' 'b = bytearray()
while True: b.extend(bytes(1 << 20))'
row files=64M 64 'a file of a byte in each 64 KiB (H6)' "f = open('/tmp/f', 'wb', 0)
for n in range(10**7): f.seek(n << 16); f.write(b'x')"
row files=64M 64 'many files of 33 KiB' "for n in range(10**6): open(f'/tmp/{n}', 'wb', 0).write(bytes(33 << 10))"
row host_memory=64M 64 'one large file' "f = open('/tmp/f', 'wb')
while True: f.write(bytes(1 << 20))"
row host_memory=64M 64 'directories with long names' "import os
for n in range(10**7): os.mkdir(f'/tmp/{n:0>255}')"
row host_memory=64M 64 'pipes, full' "import os
while True:
    r, w = os.pipe(); os.set_blocking(w, False); os.write(w, bytes(65536))"
row host_memory=64M 64 'calls nested by callbacks of ctypes, deep in each (H3)' "import ctypes, json, sys
sys.setrecursionlimit(10**6)
F = ctypes.CFUNCTYPE(ctypes.c_int)
def nest():
    try: json.loads('[' * 10**5)
    except RecursionError: pass
    F(nest)()
    return 0
nest()"
row output=16M 16 'output without end' "import sys
while True: sys.stdout.write('x' * 10**6)"
