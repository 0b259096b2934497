//! The screens that CPython has left, in files beside this one.

use std::path::PathBuf;

/// The program that is run to record screens, if they are to be.
pub(super) fn recorder() -> Option<String> {
    std::env::var("PYRUN_TERMINAL_RECORD").ok()
}

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../tests/cli/terminal/screens", &format!("{name}.txt")].iter().collect()
}

/// Compares a screen with the recorded one, or records it.
#[track_caller]
pub(super) fn compare(name: &str, shown: &str) {
    // The number of EIO, which is another one in the guest.
    let shown = shown.replace("can't use pyrepl: (29, ", "can't use pyrepl: (5, ");
    if recorder().is_some() {
        std::fs::create_dir_all(file(name).parent().unwrap()).unwrap();
        std::fs::write(file(name), &shown).unwrap();
        return;
    }
    let recorded = std::fs::read_to_string(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(shown, recorded, "{name}: what CPython shows is on the right:\n{shown}\n--\n{recorded}");
}
