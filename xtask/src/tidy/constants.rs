//! Constants that are limits say so, and there is no state outside of structs.

use quote::ToTokens as _;
use syn::visit::{self, Visit};

use super::problem::{Problem, add_up};
use super::settings::Settings;
use super::size;
use super::sources::Sources;

/// Parts of the names of constants that bound what a guest can have or do.
const LIMITS: &[&str] = &["MAX", "MOST", "LIMIT", "KEPT", "DEPTH"];

/// Types by which a static changes.
const CHANGING: &[&str] = &["Atomic", "Mutex", "RwLock", "Once", "Lazy", "Cell", "Condvar"];

/// A constant that is a limit says `/// Limit:` and of what, in which unit, and what happens at it.
pub(super) fn limits(sources: &Sources, _: &Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (file, parsed) in sources.published().flat_map(|package| sources.library(package)) {
        let mut found = Items::default();
        found.visit_file(parsed);
        problems.extend(found.limits.into_iter().map(|(line, name)| {
            let what = format!("`{name}` is a limit: begin its documentation with `Limit:`, of what and in which unit");
            Problem::new(format!("{}:{line}", file.path), format!("{}: {name}", file.path), what)
        }));
    }
    problems
}

/// State is in structs that are passed, never in a static or a thread's own variable.
pub(super) fn statics(sources: &Sources, _: &Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (file, parsed) in sources.published().flat_map(|package| sources.library(package)) {
        let mut found = Items::default();
        found.visit_file(parsed);
        problems.extend(found.statics.into_iter().map(|(line, name)| {
            let what = format!("`{name}` is state outside of a struct: pass it");
            Problem::new(format!("{}:{line}", file.path), format!("{}: {name}", file.path), what)
        }));
    }
    add_up(problems)
}

/// What is found in a file, by line and name.
#[derive(Default)]
struct Items {
    limits: Vec<(usize, String)>,
    statics: Vec<(usize, String)>,
}

impl<'ast> Visit<'ast> for Items {
    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        let name = item.ident.to_string();
        let is_number = matches!(&*item.ty, syn::Type::Path(path) if is_integer(&path.path));
        let is_limit = name.split('_').any(|part| LIMITS.contains(&part));
        if is_number && is_limit && !first_line(&item.attrs).starts_with("Limit:") {
            self.limits.push((size::line_of(&item.ident), name));
        }
        visit::visit_item_const(self, item);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        let ty = item.ty.to_token_stream().to_string();
        let changes =
            CHANGING.iter().any(|name| ty.split(' ').any(|word| word.starts_with(name) || word.ends_with(name)));
        if changes || matches!(item.mutability, syn::StaticMutability::Mut(_)) {
            self.statics.push((size::line_of(&item.ident), item.ident.to_string()));
        }
        visit::visit_item_static(self, item);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if call.path.segments.last().is_some_and(|last| last.ident == "thread_local") {
            self.statics.push((size::line_of(&call.path), "thread_local".to_owned()));
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.ident != "tests" {
            visit::visit_item_mod(self, item);
        }
    }
}

fn is_integer(path: &syn::Path) -> bool {
    ["u8", "u16", "u32", "u64", "usize", "i32", "i64"].iter().any(|name| path.is_ident(name))
}

/// The first line of an item's documentation.
fn first_line(attributes: &[syn::Attribute]) -> String {
    let document = attributes.iter().find(|attribute| attribute.path().is_ident("doc"));
    let value = document.and_then(|attribute| match &attribute.meta.require_name_value().ok()?.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    });
    value.unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sources::Package;

    fn sources(text: &str) -> Sources {
        Sources::of(&[("a/src/a.rs", text)], vec![Package::of("a", vec![])])
    }

    #[test]
    fn a_limit_that_does_not_say_so_is_found() {
        let text = "/// Limit: libraries, in all.\nconst MAX_A: u32 = 1;\n/// At most.\nconst MOST_B: usize = 1;\n\
                    const MAXIMAL: u8 = 1;\nconst MAX_NAME: &str = \"\";\nmod tests { const MAX_C: u8 = 1; }\n";
        let found: Vec<String> = limits(&sources(text), &Settings::default()).into_iter().map(|p| p.key).collect();
        assert_eq!(found, ["a/src/a.rs: MOST_B"]);
    }

    #[test]
    fn state_outside_of_structs_is_found() {
        let text = "static A: AtomicU32 = AtomicU32::new(0);\nstatic B: [u8; 4] = [0; 4];\n\
                    fn f() { static C: std::sync::OnceLock<u8> = std::sync::OnceLock::new(); }\n\
                    thread_local! { static D: u8 = 0; }\nstatic mut E: u8 = 0;\n";
        let found: Vec<String> = statics(&sources(text), &Settings::default()).into_iter().map(|p| p.key).collect();
        assert_eq!(found, ["A", "C", "E", "thread_local"].map(|name| format!("a/src/a.rs: {name}")));
    }
}
