//! `unsafe` stands in modules named `sys` alone, and each crate's root denies or forbids it elsewhere.

use syn::visit::{self, Visit};

use super::problem::{Problem, add_up};
use super::settings::Settings;
use super::size;
use super::sources::{Package, Sources};

pub(super) fn check(sources: &Sources, _: &Settings) -> Vec<Problem> {
    let mut problems: Vec<Problem> = sources.packages.iter().filter_map(|package| root(sources, package)).collect();
    for (file, parsed) in sources.rust().filter(|(file, _)| !is_sys(&file.path)) {
        let mut found = Unsafe::default();
        found.visit_file(parsed);
        problems.extend(found.lines.into_iter().map(|line| {
            let what = "`unsafe` belongs into a `sys` module, with a proof";
            Problem::new(format!("{}:{line}", file.path), &file.path, what)
        }));
    }
    add_up(problems)
}

/// Whether a file is, or lies in, a module named `sys`.
fn is_sys(path: &str) -> bool {
    path.split('/').any(|part| part == "sys" || part == "sys.rs")
}

/// The root of a package, if it lets unsafe code in.
fn root(sources: &Sources, package: &Package) -> Option<Problem> {
    let is_root = |path: &str| {
        ["lib.rs", "main.rs"].map(|name| format!("{}/src/{name}", package.folder)).contains(&path.to_owned())
    };
    let (file, _) = sources.rust().find(|(file, parsed)| is_root(&file.path) && !has_lint(parsed))?;
    let what =
        "put `#![forbid(unsafe_code)]` at the crate's root, or `#![deny(unsafe_code)]` with `#[allow]` at its `sys`";
    Some(Problem::new(&file.path, format!("{}: root", file.path), what))
}

fn has_lint(root: &syn::File) -> bool {
    root.attrs.iter().any(|attribute| {
        let is_level = ["deny", "forbid"].iter().any(|level| attribute.path().is_ident(level));
        let lint = attribute.meta.require_list().map(|list| list.tokens.to_string()).unwrap_or_default();
        is_level && lint.contains("unsafe_code")
    })
}

/// The lines with the word.
#[derive(Default)]
struct Unsafe {
    lines: Vec<usize>,
}

impl<'ast> Visit<'ast> for Unsafe {
    fn visit_expr_unsafe(&mut self, block: &'ast syn::ExprUnsafe) {
        self.lines.push(size::line_of(&block.unsafe_token));
        visit::visit_expr_unsafe(self, block);
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.lines.extend(signature.unsafety.iter().map(size::line_of));
        visit::visit_signature(self, signature);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.lines.extend(item.unsafety.iter().map(size::line_of));
        visit::visit_item_impl(self, item);
    }

    fn visit_item_foreign_mod(&mut self, item: &'ast syn::ItemForeignMod) {
        self.lines.extend(item.unsafety.iter().map(size::line_of));
        visit::visit_item_foreign_mod(self, item);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        // `no_mangle` says only that a name is not to be used twice, and stands where the function does.
        if attribute.path().is_ident("unsafe")
            && !attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "no_mangle")
        {
            self.lines.push(size::line_of(attribute));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(files: &[(&str, &str)]) -> Vec<(String, usize)> {
        let sources = Sources::of(files, vec![Package::of("a", vec![])]);
        check(&sources, &Settings::default()).into_iter().map(|problem| (problem.key, problem.amount)).collect()
    }

    #[test]
    fn unsafe_code_outside_sys_is_found() {
        let root = ("a/src/lib.rs", "#![deny(unsafe_code)]\n");
        let code = "unsafe fn f() {}\nfn g() { unsafe { f() } }\nunsafe impl Send for S {}\n";
        assert_eq!(keys(&[root, ("a/src/x.rs", code)]), [("a/src/x.rs".to_owned(), 3)]);
        assert!(keys(&[root, ("a/src/sys/x.rs", code), ("a/src/sys.rs", code)]).is_empty());
    }

    #[test]
    fn a_root_that_lets_unsafe_code_in_is_found() {
        assert_eq!(keys(&[("a/src/lib.rs", "#![warn(missing_docs)]\n")]), [("a/src/lib.rs: root".to_owned(), 1)]);
        assert!(keys(&[("a/src/lib.rs", "#![forbid(unsafe_code)]\n")]).is_empty());
    }
}
