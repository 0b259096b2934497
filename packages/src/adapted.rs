//! Lines of packages that are about JavaScript's platform, and are another here. All else is as the package has it.

/// A line of a file, as it is in the package, and what it becomes.
const LINES: &[(&str, &str, &str)] = &[
    // Drawing in a page of a browser. CPython without a display takes this one: figures can be saved, and `show()` warns.
    ("matplotlib/mpl-data/matplotlibrc", "#backend: webagg", "#backend: agg"),
    ("matplotlib/mpl-data/matplotlibrc", "#backend: module://matplotlib_pyodide.wasm_backend", "#backend: agg"),
    // Pyodide's package is imported before any program there.
    ("threadpoolctl.py", "        elif \"pyodide\" in sys.modules:", "        elif sys.platform == \"emscripten\":"),
];

/// All of them as one text: packs are made from it, too.
pub fn adapted_lines() -> String {
    LINES.iter().flat_map(|(path, line, other)| [*path, *line, *other]).collect::<Vec<_>>().join("\0")
}

/// Changes those lines of the file that is at `path` in its package.
pub(super) fn adapt(text: &mut Vec<u8>, path: &str) {
    for (_, line, other) in LINES.iter().filter(|(of, ..)| *of == path) {
        if let Some(at) = whole_line(text, line.as_bytes()) {
            text.splice(at..at + line.len(), other.bytes());
        }
    }
}

/// Where a line is.
fn whole_line(text: &[u8], line: &[u8]) -> Option<usize> {
    let mut begin = 0;
    for found in text.split(|byte| *byte == b'\n') {
        if found.strip_suffix(b"\r").unwrap_or(found) == line {
            return Some(begin);
        }
        begin += found.len() + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapted(path: &str, text: &str) -> String {
        let mut text = text.as_bytes().to_vec();
        adapt(&mut text, path);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn whole_lines_of_these_files_alone() {
        let rc = "matplotlib/mpl-data/matplotlibrc";
        assert_eq!(adapted(rc, "##\n#backend: webagg\r\n#x: 1\n"), "##\n#backend: agg\r\n#x: 1\n");
        assert_eq!(adapted(rc, "#backend: module://matplotlib_pyodide.wasm_backend"), "#backend: agg");
        for other in ["#backend: webagg # why", " #backend: webagg", "#backend: qtagg", ""] {
            assert_eq!(adapted(rc, other), other);
        }
        assert_eq!(adapted("mine/matplotlibrc", "#backend: webagg"), "#backend: webagg");
        let control = "        elif \"pyodide\" in sys.modules:\n            pass\n";
        assert_eq!(
            adapted("threadpoolctl.py", control),
            "        elif sys.platform == \"emscripten\":\n            pass\n"
        );
    }
}
