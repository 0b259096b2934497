//! Each Rust file begins with `//!` that says what it is.

use super::problem::Problem;
use super::settings::Settings;
use super::sources::Sources;

pub(super) fn check(sources: &Sources, _: &Settings) -> Vec<Problem> {
    let lacks = sources.files.iter().filter(|file| file.is_rust() && !file.text.starts_with("//!"));
    lacks.map(|file| Problem::new(&file.path, &file.path, "begin the file with `//!` and what it is")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_does_not_say_what_it_is_is_found() {
        let files = [("a/src/good.rs", "//! Good.\n"), ("a/src/bad.rs", "/// Bad.\nfn f() {}\n"), ("a/x.md", "# A\n")];
        let found = check(&Sources::of(&files, vec![]), &Settings::default());
        assert_eq!(found.iter().map(|problem| problem.at.as_str()).collect::<Vec<_>>(), ["a/src/bad.rs"]);
    }
}
