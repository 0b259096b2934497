//! The name of a public type is defined once in the workspace, so that it says which one is meant.

use std::collections::BTreeMap;

use syn::visit::{self, Visit};

use super::problem::Problem;
use super::settings::Settings;
use super::size;
use super::sources::Sources;

pub(super) fn check(sources: &Sources, _: &Settings) -> Vec<Problem> {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (file, parsed) in sources.published().flat_map(|package| sources.library(package)) {
        let mut types = Types::default();
        types.visit_file(parsed);
        for (line, name) in types.found {
            places.entry(name).or_default().push(format!("{}:{line}", file.path));
        }
    }
    let twice = places.into_iter().filter(|(_, places)| places.len() > 1);
    twice.map(|(name, places)| problem(&name, &places)).collect()
}

fn problem(name: &str, places: &[String]) -> Problem {
    let (last, others) = places.split_last().expect("it is defined");
    let what = format!("`{name}` is also defined in {}: give one of them another name", others.join(", "));
    Problem::new(last, name, what).amount(places.len())
}

/// The public types of a file, with their lines.
#[derive(Default)]
struct Types {
    found: Vec<(usize, String)>,
}

impl Types {
    fn take(&mut self, visibility: &syn::Visibility, name: &syn::Ident) {
        if matches!(visibility, syn::Visibility::Public(_)) {
            self.found.push((size::line_of(name), name.to_string()));
        }
    }
}

impl<'ast> Visit<'ast> for Types {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        match item {
            syn::Item::Struct(item) => self.take(&item.vis, &item.ident),
            syn::Item::Enum(item) => self.take(&item.vis, &item.ident),
            syn::Item::Trait(item) => self.take(&item.vis, &item.ident),
            syn::Item::Type(item) => self.take(&item.vis, &item.ident),
            syn::Item::Union(item) => self.take(&item.vis, &item.ident),
            syn::Item::Mod(item) if item.ident != "tests" => visit::visit_item_mod(self, item),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sources::Package;

    #[test]
    fn a_name_that_two_types_have_is_found() {
        let files = [
            ("a/src/a.rs", "pub struct Place;\npub enum Kind {}\nstruct Own;\n"),
            ("b/src/b.rs", "pub trait Place {}\npub(crate) enum Kind {}\npub struct Own;\n"),
        ];
        let sources = Sources::of(&files, vec![Package::of("a", vec![]), Package::of("b", vec![])]);
        let found: Vec<_> = check(&sources, &Settings::default()).into_iter().map(|p| (p.key, p.at)).collect();
        assert_eq!(found, [("Place".to_owned(), "b/src/b.rs:1".to_owned())]);
    }
}
