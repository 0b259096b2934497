//! A test that returns early says so by `pyrun_needs::skip`, which fails in CI when the test must run there.
//!
//! In a function with `#[test]`, a `return` (those of closures and inner functions apart) stands in a statement that calls a
//! *gate*: `pyrun_needs::skip`, or a function of the same package whose body calls a gate.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};

use super::problem::Problem;
use super::settings::Settings;
use super::size;
use super::sources::{File, Sources};

/// The functions by which a test may end early. The last starts the test again in a process of its own.
const GATES: &[&str] = &["skip", "programs", "is_alone"];

pub(super) fn check(sources: &Sources, _: &Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    let package = |file: &File| sources.package_of(&file.path).map_or("", |package| package.folder.as_str()).to_owned();
    let folders: BTreeSet<String> = sources.rust().map(|(file, _)| package(file)).collect();
    for folder in folders {
        let files: Vec<(&File, &syn::File)> = sources.rust().filter(|(file, _)| package(file) == folder).collect();
        let gates = gates(&files);
        for (file, parsed) in files {
            let mut found = Tests { gates: &gates, early: Vec::new() };
            found.visit_file(parsed);
            problems.extend(found.early.into_iter().map(|(line, name)| {
                let what = format!("the test `{name}` returns early: say so by `pyrun_needs::skip`");
                Problem::new(format!("{}:{line}", file.path), format!("{}: {name}", file.path), what)
            }));
        }
    }
    problems
}

/// The names of a package's gates: from those that there are always, until no function is added.
fn gates(files: &[(&File, &syn::File)]) -> BTreeSet<String> {
    let mut functions = Functions::default();
    files.iter().for_each(|(_, parsed)| functions.visit_file(parsed));
    let mut gates: BTreeSet<String> = GATES.iter().map(|name| (*name).to_owned()).collect();
    loop {
        let more = functions.found.iter().filter(|(name, calls)| !gates.contains(name) && !calls.is_disjoint(&gates));
        let more: Vec<String> = more.map(|(name, _)| name.clone()).collect();
        if more.is_empty() {
            return gates;
        }
        gates.extend(more);
    }
}

/// The functions of a file that are no tests, with the names of what each calls.
#[derive(Default)]
struct Functions {
    found: Vec<(String, BTreeSet<String>)>,
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if !is_test(&function.attrs) {
            let mut calls = Calls::default();
            calls.visit_block(&function.block);
            self.found.push((function.sig.ident.to_string(), calls.names));
        }
        visit::visit_item_fn(self, function);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let syn::Type::Path(owner) = &*item.self_ty else { return };
        let Some(owner) = owner.path.segments.last() else { return };
        for inner in &item.items {
            if let syn::ImplItem::Fn(function) = inner {
                let mut calls = Calls::default();
                calls.visit_block(&function.block);
                self.found.push((format!("{}::{}", owner.ident, function.sig.ident), calls.names));
            }
        }
    }
}

/// The names of what is called: of a function the last part of its path, of a type's the type as well.
#[derive(Default)]
struct Calls {
    names: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Calls {
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(path) = &*call.func
            && let Some(last) = path.path.segments.last()
        {
            let owner = path.path.segments.iter().rev().nth(1).map(|owner| owner.ident.to_string());
            let owner = owner.filter(|owner| owner.starts_with(char::is_uppercase));
            self.names.insert(owner.map_or(last.ident.to_string(), |owner| format!("{owner}::{}", last.ident)));
        }
        visit::visit_expr_call(self, call);
    }
}

/// The returns of a statement that end the function which it stands in.
#[derive(Default)]
struct Returns {
    found: bool,
}

impl<'ast> Visit<'ast> for Returns {
    fn visit_expr_return(&mut self, _: &'ast syn::ExprReturn) {
        self.found = true;
    }

    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}

    fn visit_item(&mut self, _: &'ast syn::Item) {}

    fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}
}

struct Tests<'g> {
    gates: &'g BTreeSet<String>,
    early: Vec<(usize, String)>,
}

impl<'ast> Visit<'ast> for Tests<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if is_test(&function.attrs) {
            let is_early = |statement: &syn::Stmt| {
                let (mut returns, mut calls) = (Returns::default(), Calls::default());
                returns.visit_stmt(statement);
                calls.visit_stmt(statement);
                returns.found && calls.names.is_disjoint(self.gates)
            };
            if function.block.stmts.iter().any(is_early) {
                self.early.push((size::line_of(&function.sig), function.sig.ident.to_string()));
            }
        }
        visit::visit_item_fn(self, function);
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("test"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sources::Package;

    #[test]
    fn a_test_that_returns_early_without_a_gate_is_found() {
        let code = "fn has() -> bool { if x() { return true; } pyrun_needs::skip(\"cc\", \"none\"); false }\n\
            fn more() -> Option<u8> { has().then_some(1) }\nfn other() -> bool { false }\n\
            struct S; struct T; impl S { fn new() -> Option<S> { support::has().then_some(S) } } impl T { fn new() -> Option<T> { None } }\n\
            #[test] fn made() { let Some(_) = S::new() else { return }; }\n#[test] fn unmade() { let Some(_) = T::new() else { return }; }\n\
            #[test] fn good() { if !has() { return; } }\n#[test] fn deep() { let Some(_) = more() else { return }; }\n\
            #[test] fn inner() { let x = || { return 1; }; fn y() { return; } }\n\
            #[test] fn bad() {\nif !other() { return; }\n}\n#[test] fn worse() { let Ok(_) = start() else { return }; }\n";
        let files = [("a/tests/t.rs", code), ("b/tests/t.rs", "#[test] fn far() { if !has() { return; } }")];
        let packages = vec![Package::of("a", vec![]), Package::of("b", vec![])];
        let found: Vec<String> =
            check(&Sources::of(&files, packages), &Settings::default()).into_iter().map(|p| p.key).collect();
        assert_eq!(found, ["a/tests/t.rs: unmade", "a/tests/t.rs: bad", "a/tests/t.rs: worse", "b/tests/t.rs: far"]);
    }
}
