//! A package reads nothing outside of itself, or it could not be built from its archive.

use quote::ToTokens as _;
use syn::visit::{self, Visit};

use super::problem::Problem;
use super::settings::Settings;
use super::sources::{File, Sources};
use super::{links, size};

pub(super) fn check(sources: &Sources, _: &Settings) -> Vec<Problem> {
    sources.rust().flat_map(|(file, parsed)| of_file(sources, file, parsed)).collect()
}

fn of_file(sources: &Sources, file: &File, parsed: &syn::File) -> Vec<Problem> {
    let mut found = Paths::default();
    found.visit_file(parsed);
    let package = sources.package_of(&file.path);
    let is_published = package.is_some_and(|package| package.is_published);
    let inside = package.map_or_else(|| "tests/".to_owned(), |package| format!("{}/", package.folder));
    let problem = |line: usize, path: &str, what: String| {
        Problem::new(format!("{}:{line}", file.path), format!("{}: {path}", file.path), what)
    };
    let mut problems = Vec::new();
    for (line, path) in &found.modules {
        if !links::join(&file.path, path).starts_with(&inside) || !(file.is_test() || inside == "tests/") {
            let what = format!("`#[path = {path:?}]`: a module lies where its name says, but for tests of one package");
            problems.push(problem(*line, path, what));
        }
    }
    for (line, path) in found.included.iter().filter(|_| is_published) {
        if !links::join(&file.path, path).starts_with(&inside) {
            problems.push(problem(
                *line,
                path,
                format!("{path:?} is not in the package: a published package reads only itself"),
            ));
        }
    }
    problems
}

/// Paths that the compiler is told, with their lines.
#[derive(Default)]
struct Paths {
    modules: Vec<(usize, String)>,
    included: Vec<(usize, String)>,
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("path")) {
            if let Some(path) = literal(&attribute.meta.to_token_stream().to_string()) {
                self.modules.push((size::line_of(attribute), path));
            }
        }
        visit::visit_item_mod(self, item);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let name = call.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        if ["include", "include_str", "include_bytes"].contains(&name.as_str()) {
            self.included.extend(literal(&call.tokens.to_string()).map(|path| (size::line_of(call), path)));
        }
        visit::visit_macro(self, call);
    }
}

/// The first text literal of some tokens.
fn literal(tokens: &str) -> Option<String> {
    tokens.split('"').nth(1).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sources::Package;

    #[test]
    fn what_lies_outside_of_a_package_is_found() {
        let files = [
            (
                "a/src/lib.rs",
                "#[path = \"x.rs\"] mod y;\n#[doc = include_str!(\"../README.md\")]\n#[doc = include_str!(\"../../README.md\")]\nmod z {}\n",
            ),
            ("a/src/b/c.rs", "fn f() { include_bytes!(\"../../../data\"); include_str!(\"../text\"); }\n"),
            (
                "a/tests/t/main.rs",
                "#[path = \"../common.rs\"] mod common;\n#[path = \"../../../b/tests/x.rs\"] mod x;\n",
            ),
        ];
        let sources = Sources::of(&files, vec![Package::of("a", vec![])]);
        let found: Vec<String> = check(&sources, &Settings::default()).into_iter().map(|p| p.key).collect();
        let expected = [
            "a/src/lib.rs: x.rs",
            "a/src/lib.rs: ../../README.md",
            "a/src/b/c.rs: ../../../data",
            "a/tests/t/main.rs: ../../../b/tests/x.rs",
        ];
        assert_eq!(found, expected);
    }
}
