//! Where the public crates say "a bug of pyrun's", a comment says why no input of a person's leads there.

use syn::visit::{self, Visit};

use super::problem::{Problem, add_up};
use super::settings::Settings;
use super::size;
use super::sources::{File, Sources};

/// The crates that a person calls, or whose arguments a person writes.
const PUBLIC: &[&str] = &["runtime/src/", "cli/src/", "capi/src/"];

/// What such a comment begins with.
const MARK: &str = "// Bug: ";

/// How many lines before it the comment may end.
const DISTANCE: usize = 4;

pub(super) fn check(sources: &Sources, _: &Settings) -> Vec<Problem> {
    let is_public = |file: &File| PUBLIC.iter().any(|folder| file.path.starts_with(folder)) && !file.is_test();
    let of_file = |(file, parsed): (&File, &syn::File)| {
        let mut bugs = Bugs::default();
        bugs.visit_file(parsed);
        let lines: Vec<&str> = file.text.lines().collect();
        let is_told =
            |line: usize| lines[line.saturating_sub(DISTANCE + 1)..line].iter().any(|line| line.contains(MARK));
        let untold = bugs.lines.into_iter().filter(|line| !is_told(*line));
        let what = format!("say in a comment `{MARK}why` that no input leads here, or make an error of its own");
        untold.map(|line| Problem::new(format!("{}:{line}", file.path), &file.path, &what)).collect::<Vec<_>>()
    };
    add_up(sources.rust().filter(|(file, _)| is_public(file)).flat_map(of_file).collect())
}

/// The lines where `Error::Bug` is made.
#[derive(Default)]
struct Bugs {
    lines: Vec<usize>,
}

impl<'ast> Visit<'ast> for Bugs {
    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        let names: Vec<String> = path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if matches!(names.as_slice(), [.., error, bug] if error == "Error" && bug == "Bug") {
            self.lines.push(size::line_of(path));
        }
        visit::visit_expr_path(self, path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_without_its_reason_is_found() {
        let code = "fn f() {\n    g(Error::Bug(x));\n}\nfn h() {\n    // Bug: it was checked above.\n    k(Error::Bug(y))\n}\n\
                    fn m(e: Error) { match e { Error::Bug(_) => {} } }\n";
        let files = [("runtime/src/a.rs", code), ("memfs/src/b.rs", "fn f() { Error::Bug(x) }")];
        let found = check(&Sources::of(&files, vec![]), &Settings::default());
        assert_eq!(
            found.into_iter().map(|p| (p.at, p.amount)).collect::<Vec<_>>(),
            [("runtime/src/a.rs:2".to_owned(), 1)]
        );
    }
}
