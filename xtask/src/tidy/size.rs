//! A file has at most 400 lines, a function at most 40. Macros are not looked into, so tables made by one do not count.

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use super::problem::Problem;
use super::settings::Settings;
use super::sources::Sources;

const FILE: usize = 400;
const FUNCTION: usize = 40;

pub(super) fn check(sources: &Sources, _: &Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (file, parsed) in sources.rust() {
        let lines = file.text.lines().count();
        if lines > FILE {
            let what = format!("the file has {lines} lines, more than {FILE}: make two of it");
            problems.push(Problem::new(&file.path, &file.path, what).amount(lines));
        }
        let mut functions = Functions { path: &file.path, owner: String::new(), problems: &mut problems };
        functions.visit_file(parsed);
    }
    problems
}

/// Looks at all functions of a file.
struct Functions<'a> {
    path: &'a str,
    /// The type whose methods are being looked at.
    owner: String,
    problems: &'a mut Vec<Problem>,
}

impl Functions<'_> {
    /// From the signature to the last brace.
    fn measure(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let begin = signature.fn_token.span().start().line;
        let lines = block.brace_token.span.close().end().line + 1 - begin;
        if lines > FUNCTION {
            let name = [self.owner.clone(), signature.ident.to_string()];
            let name = name.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("::");
            let what = format!("`{name}` has {lines} lines, more than {FUNCTION}: make smaller functions of it");
            let key = format!("{}: {name}", self.path);
            self.problems.push(Problem::new(format!("{}:{begin}", self.path), key, what).amount(lines));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        let owner = std::mem::take(&mut self.owner);
        self.measure(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
        self.owner = owner;
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.measure(&function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let owner = std::mem::replace(&mut self.owner, type_name(&item.self_ty));
        visit::visit_item_impl(self, item);
        self.owner = owner;
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        let owner = std::mem::replace(&mut self.owner, item.ident.to_string());
        visit::visit_item_trait(self, item);
        self.owner = owner;
    }
}

/// The last name of a type.
fn type_name(ty: &syn::Type) -> String {
    match ty {
        syn::Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default(),
        syn::Type::Reference(reference) => type_name(&reference.elem),
        _ => String::new(),
    }
}

/// The line where something begins.
pub(super) fn line(span: Span) -> usize {
    span.start().line
}

/// The line where a piece of syntax begins.
pub(super) fn line_of(syntax: &impl syn::spanned::Spanned) -> usize {
    line(syntax.span())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<(String, usize)> {
        let sources = Sources::of(&[("a/src/a.rs", text)], vec![]);
        check(&sources, &Settings::default()).into_iter().map(|problem| (problem.key, problem.amount)).collect()
    }

    #[test]
    fn long_files_and_functions_are_found() {
        let body = "    x();\n".repeat(39);
        assert!(keys(&format!("fn f() {{\n{}}}\n", &body[9..])).is_empty(), "40 lines");
        assert_eq!(keys(&format!("fn f() {{\n{body}}}\n")), [("a/src/a.rs: f".to_owned(), 41)]);
        let method = format!("impl Trait for Type<u8> {{\n/// Doc.\nfn f() {{\n{body}}}\n}}\n");
        assert_eq!(keys(&method), [("a/src/a.rs: Type::f".to_owned(), 41)]);
        assert_eq!(keys(&"\n".repeat(401)), [("a/src/a.rs".to_owned(), 401)]);
    }
}
