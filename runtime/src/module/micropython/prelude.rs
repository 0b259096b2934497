//! What is put in order in MicroPython before the program's own code runs, in Python.
//!
//! Of the port's own there are a module `js` without attributes, an `input` that asks a keyboard which is always at rest, so that it
//! never returns, a `time.sleep` in which no exception comes, and a command line without anything.

/// Has `import js` refuse, as under CPython, and `input` read standard input; has a sleep end by the exception of an interrupt, which
/// MicroPython raises where code jumps back; puts the command line and the script's folder in their places. The names that it takes are
/// gone when it is done.
const PRELUDE: &str = "\
def prepare(argv, folder):
    import builtins, sys
    real, patched = builtins.__import__, []
    def pyrun_import(name, *rest):
        if name == 'js':
            raise ImportError(
                \"No module named 'js': what imports it needs JavaScript or a browser, and pyrun has neither\")
        module = real(name, *rest)
        if name == 'time' and module not in patched:
            patched.append(module)
            pyrun_patch(module)
        return module
    def pyrun_patch(time):
        sleep_ms, ticks, elapsed = time.sleep_ms, time.ticks_ms, time.ticks_diff
        def pyrun_sleep_ms(ms):
            if not isinstance(ms, int):
                return sleep_ms(ms)
            while ms > 0:
                start = ticks()
                sleep_ms(min(ms, 50))
                ms -= elapsed(ticks(), start)
        def pyrun_sleep(seconds):
            pyrun_sleep_ms(int(seconds * 1000) if isinstance(seconds, (int, float)) else seconds)
        time.sleep, time.sleep_ms = pyrun_sleep, pyrun_sleep_ms
    def pyrun_input(prompt=''):
        print(prompt, end='')
        line = sys.stdin.readline()
        if not line:
            raise EOFError('EOF when reading a line')
        return line[:-1] if line[-1] == '\\n' else line
    builtins.__import__ = pyrun_import
    builtins.input = pyrun_input
    sys.argv.extend(argv)
    if folder is not None:
        sys.path[0] = folder
";

/// What a line of a traceback has that is of a function of [`PRELUDE`]'s.
pub(super) const OWN_FRAME: &str = ", in pyrun_";

/// The source to be run first.
pub(super) fn source(arguments: &[std::ffi::OsString], folder: Option<&str>) -> String {
    let argv: Vec<String> = arguments.iter().map(|argument| literal(&argument.to_string_lossy())).collect();
    // As CPython has it without a script.
    let argv = if argv.is_empty() { "''".to_owned() } else { argv.join(", ") };
    let folder = folder.map_or_else(|| "None".to_owned(), literal);
    format!("{PRELUDE}prepare([{argv}], {folder})\ndel prepare\n")
}

/// A text as Python writes it.
fn literal(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '\'' | '\\' => format!("\\{c}"),
            c if c.is_ascii_control() => format!("\\x{:02x}", u32::from(c)),
            c => c.to_string(),
        })
        .collect();
    format!("'{escaped}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_written_so_that_they_stay_texts() {
        for (text, expected) in [
            ("", "''"),
            ("a'); import js #", "'a\\'); import js #'"),
            ("\\'", "'\\\\\\''"),
            ("\n\0\u{7f}", "'\\x0a\\x00\\x7f'"),
            ("é\u{2028}", "'é\u{2028}'"),
        ] {
            assert_eq!(literal(text), expected, "{text:?}");
        }
        assert!(source(&[], None).contains("prepare([''], None)"));
        assert!(source(&["a".into(), "b".into()], Some("/s")).contains("prepare(['a', 'b'], '/s')"));
    }
}
