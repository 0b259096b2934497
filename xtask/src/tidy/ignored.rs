//! Tests that are not run: each is listed with the reason, so that none goes to sleep unseen.

use syn::visit::{self, Visit};

use super::problem::Problem;
use super::settings::Settings;
use super::size;
use super::sources::Sources;

pub(super) fn check(sources: &Sources, _: &Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (file, parsed) in sources.rust() {
        let mut found = Ignored::default();
        found.visit_file(parsed);
        problems.extend(found.tests.into_iter().map(|(line, name)| {
            let what = format!("the test `{name}` is ignored: let it run, or list it");
            Problem::new(format!("{}:{line}", file.path), format!("{}: {name}", file.path), what)
        }));
    }
    problems
}

/// The ignored tests of a file, with their lines.
#[derive(Default)]
struct Ignored {
    tests: Vec<(usize, String)>,
}

impl<'ast> Visit<'ast> for Ignored {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if function.attrs.iter().any(|attribute| attribute.path().is_ident("ignore")) {
            self.tests.push((size::line_of(&function.sig), function.sig.ident.to_string()));
        }
        visit::visit_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ignored_test_is_found() {
        let code = "#[test] fn runs() {}\nmod tests { #[test]\n#[ignore = \"slow\"]\nfn sleeps() {} }\n";
        let found = check(&Sources::of(&[("a/src/a.rs", code)], vec![]), &Settings::default());
        assert_eq!(
            found.into_iter().map(|p| (p.at, p.key)).collect::<Vec<_>>(),
            [("a/src/a.rs:4".to_owned(), "a/src/a.rs: sleeps".to_owned())]
        );
    }
}
