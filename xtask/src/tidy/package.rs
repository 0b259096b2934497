//! What a registry asks of a package: metadata, versions of what it depends on, and nothing that it does not use.

use super::problem::Problem;
use super::settings::Settings;
use super::sources::{Dependency, Package, Sources};

/// The fields that each published package has. Documentation is where the registry puts it.
const FIELDS: &[&str] = &["description", "license", "readme", "keywords", "categories", "rust_version"];

pub(super) fn check(sources: &Sources, _: &Settings) -> Vec<Problem> {
    let of_package = |package: &Package| {
        let manifest = format!("{}/Cargo.toml", package.folder);
        let lacks = FIELDS.iter().filter(|field| !package.metadata.contains_key(**field));
        let lacks = lacks.map(|field| (format!("{manifest}: {field}"), format!("the package has no `{field}`")));
        let paths = package.dependencies.iter().filter(|dependency| {
            // What is needed for tests is left out when it has no version.
            dependency.path.is_some() && dependency.req == "*" && dependency.kind.as_deref() != Some("dev")
        });
        let paths = paths.map(|dependency| {
            let what = format!("the dependency {} has a path and no version: a registry wants one", dependency.name);
            (format!("{manifest}: {}", dependency.name), what)
        });
        lacks.chain(paths).map(|(key, what)| Problem::new(&manifest, key, what)).collect::<Vec<_>>()
    };
    sources.published().flat_map(of_package).collect()
}

/// Dependencies that no source of the package names.
pub(super) fn unused(sources: &Sources, _: &Settings) -> Vec<Problem> {
    let of_package = |package: &'_ Package| -> Vec<Problem> {
        let folder = format!("{}/", package.folder);
        let is_own = |path: &str| sources.package_of(path).is_some_and(|owner| owner.name == package.name);
        let texts = |kind: Option<&str>| -> Vec<&str> {
            let begins = match kind {
                Some("build") => format!("{folder}build.rs"),
                Some(_) => folder.clone(),
                None => format!("{folder}src/"),
            };
            let files = sources.files.iter().filter(|file| file.is_rust() && file.path.starts_with(&begins));
            files.filter(|file| is_own(&file.path)).map(|file| file.text.as_str()).collect()
        };
        let unused = package.dependencies.iter().filter(|dependency| {
            // The tests of the command line's package lie elsewhere.
            let is_elsewhere = dependency.kind.as_deref() == Some("dev") && package.folder == "cli";
            let name = import_name(dependency);
            !is_elsewhere
                && dependency.name != package.name
                && !texts(dependency.kind.as_deref()).iter().any(|text| uses(text, &name))
        });
        unused.map(|dependency| unused_problem(package, dependency)).collect()
    };
    sources.packages.iter().flat_map(of_package).collect()
}

fn unused_problem(package: &Package, dependency: &Dependency) -> Problem {
    let (name, kind) = (&dependency.name, dependency.kind.as_deref().unwrap_or("ordinary"));
    Problem::new(
        format!("{}/Cargo.toml", package.folder),
        format!("{}: {name} ({kind})", package.name),
        format!("no source of {} names the {kind} dependency {name}: take it out", package.name),
    )
}

/// The name by which sources know a dependency.
fn import_name(dependency: &Dependency) -> String {
    dependency.rename.as_ref().unwrap_or(&dependency.name).replace('-', "_")
}

fn uses(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + name.len()..].starts_with(is_part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_metadata_and_versions_are_found() {
        let mut good = Package::of("good", vec![Dependency::of("bad", "^0.1.0", Some("bad"))]);
        good.metadata = FIELDS.iter().map(|field| ((*field).to_owned(), "x".to_owned())).collect();
        let mut bad = Package::of("bad", vec![Dependency::of("good", "*", Some("good"))]);
        bad.metadata = good.metadata.clone();
        bad.metadata.remove("license");
        let found: Vec<String> =
            check(&Sources::of(&[], vec![good, bad]), &Settings::default()).into_iter().map(|p| p.key).collect();
        assert_eq!(found, ["bad/Cargo.toml: license", "bad/Cargo.toml: good"]);
    }

    #[test]
    fn a_dependency_that_nothing_names_is_found() {
        let dependencies = ["used-crate", "unused", "part"].map(|name| Dependency::of(name, "1", None));
        let mut package = Package::of("a", dependencies.into());
        package.dependencies.push(Dependency { kind: Some("dev".into()), ..Dependency::of("for_tests", "1", None) });
        let files =
            [("a/src/lib.rs", "use used_crate::X; // apart\n"), ("a/tests/t.rs", "use for_tests::Y; use unused::Z;\n")];
        let found: Vec<String> =
            unused(&Sources::of(&files, vec![package]), &Settings::default()).into_iter().map(|p| p.key).collect();
        assert_eq!(found, ["a: unused (ordinary)", "a: part (ordinary)"]);
    }
}
