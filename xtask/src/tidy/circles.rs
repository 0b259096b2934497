//! Circles of files that import each other, within a crate. Those of today are listed; none may come, and none may grow.
//!
//! A file knows another when a path of its code leads there: `use`, or a path that begins with `crate`, `super`, `self` or a
//! module that a `use` names. Re-exports are followed to where the thing is defined and count for nothing themselves. Code for
//! tests is left out.

use std::collections::BTreeSet;

use super::problem::Problem;
use super::settings::Settings;
use super::sources::{Package, Sources};

mod graph;
mod modules;

use graph::{Edges, circles};
use modules::Modules;

pub(super) fn check(sources: &Sources, _: &Settings) -> Vec<Problem> {
    sources.packages.iter().flat_map(|package| of_package(sources, package)).collect()
}

/// A problem for each file of a circle. Its amount is the number of files in the circle, so that it cannot grow unseen.
fn of_package(sources: &Sources, package: &Package) -> Vec<Problem> {
    let modules = Modules::new(package, sources.library(package));
    let edges = modules.edges();
    let circles = circles(&edges);
    circles.iter().flat_map(|circle| circle.iter().map(|file| problem(file, circle, &edges))).collect()
}

fn problem(file: &str, circle: &BTreeSet<String>, edges: &Edges) -> Problem {
    let known = edges[file].iter().filter(|(other, _)| circle.contains(*other));
    let known: Vec<String> = known.map(|(other, path)| format!("{other} (`{path}`)")).collect();
    let what = format!(
        "the file is in a circle of {} that import each other; here it knows {}: move what both need below both",
        circle.len(),
        known.join(", ")
    );
    Problem::new(file, file, what).amount(circle.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<(String, usize)> {
        let sources = Sources::of(files, vec![Package::of("a", vec![])]);
        check(&sources, &Settings::default()).into_iter().map(|problem| (problem.key, problem.amount)).collect()
    }

    fn circle_of(names: &[&str]) -> Vec<(String, usize)> {
        names.iter().map(|name| (format!("a/src/{name}.rs"), names.len())).collect()
    }

    const ROOT: (&str, &str) = ("a/src/lib.rs", "mod one; mod two; mod three;\npub use one::One;\n");

    #[test]
    fn a_circle_is_found() {
        let files = [
            ROOT,
            ("a/src/one.rs", "use crate::two::Two; pub struct One(Two);"),
            ("a/src/two.rs", "use crate::three; pub struct Two; fn f() { three::go() }"),
            ("a/src/three.rs", "pub fn go() { super::one::f(); }"),
        ];
        assert_eq!(found(&files), circle_of(&["one", "three", "two"]));
    }

    #[test]
    fn a_re_export_leads_to_the_definition() {
        let two = ("a/src/two.rs", "pub fn f() { let _: crate::One; }");
        assert!(found(&[ROOT, ("a/src/one.rs", "pub struct One;"), two]).is_empty());
        assert_eq!(
            found(&[ROOT, ("a/src/one.rs", "use crate::two::f; pub struct One;"), two]),
            circle_of(&["one", "two"])
        );
    }

    #[test]
    fn tests_and_naming_a_module_are_no_edges() {
        let files = [
            ROOT,
            ("a/src/one.rs", "use crate::two::f; pub struct One;"),
            ("a/src/two.rs", "pub fn f() {}\n#[cfg(test)] mod tests { use crate::one::One; }"),
        ];
        assert!(found(&files).is_empty());
    }

    #[test]
    fn what_a_macro_is_given_counts() {
        let files = [
            ROOT,
            ("a/src/one.rs", "use crate::two::f; pub struct One;"),
            ("a/src/two.rs", "pub fn f() { table!(x => crate::one::One) }"),
        ];
        assert_eq!(found(&files), circle_of(&["one", "two"]));
    }
}
