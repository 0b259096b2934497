//! Which crate of the workspace may know which: the table `[layers]`, which is DESIGN's. What only tests need is apart.

use super::problem::Problem;
use super::settings::Settings;
use super::sources::{Package, Sources};

pub(super) fn check(sources: &Sources, settings: &Settings) -> Vec<Problem> {
    let is_ours = |name: &str| sources.packages.iter().any(|package| package.name == name);
    let edges = |package: &'_ Package| -> Vec<Problem> {
        let may = settings.layers.get(&package.name);
        let dependencies = package.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"));
        dependencies
            .filter(|dependency| is_ours(&dependency.name) && !may.is_some_and(|may| may.contains(&dependency.name)))
            .map(|dependency| edge(package, &dependency.name))
            .collect()
    };
    sources.packages.iter().flat_map(edges).collect()
}

fn edge(package: &Package, on: &str) -> Problem {
    Problem::new(
        format!("{}/Cargo.toml", package.folder),
        format!("{} -> {on}", package.name),
        format!("{} may not depend on {on}: see [layers] in xtask/tidy.toml", package.name),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sources::Dependency;

    #[test]
    fn an_edge_that_is_not_in_the_table_is_found() {
        let settings: Settings = toml::from_str("[layers]\nup = [\"down\"]\ndown = []\n").unwrap();
        let down = Package::of("down", vec![Dependency::of("up", "1", Some("up"))]);
        let mut up =
            Package::of("up", vec![Dependency::of("down", "1", Some("down")), Dependency::of("serde", "1", None)]);
        let sources = Sources::of(&[], vec![up, down]);
        let keys: Vec<String> = check(&sources, &settings).into_iter().map(|problem| problem.key).collect();
        assert_eq!(keys, ["down -> up"]);
        up = Package::of(
            "up",
            vec![Dependency { kind: Some("dev".into()), ..Dependency::of("other", "1", Some("other")) }],
        );
        let sources = Sources::of(&[], vec![up, Package::of("other", vec![])]);
        assert!(check(&sources, &settings).is_empty(), "what tests need is apart");
    }
}
