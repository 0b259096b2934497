//! `cargo xtask notices [FILE]`: the licences of what a binary of ours contains.
//!
//! Without a file it writes `docs/third-party-crates.txt`, the crates by name, version and licence, which a test compares. With
//! one it writes the texts there, some 400 KB, which go beside the binaries and are not kept: crates bring them in their
//! archives. What counts is what `pyrun-cli` and `pyrun-capi` are linked with, on any platform, with their default features.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::paths::repository;

/// Where the list is kept.
const LIST: &str = "docs/third-party-crates.txt";
/// The packages that binaries are made of.
const SHIPPED: &[&str] = &["pyrun-cli", "pyrun-capi"];
/// How the names of files with licences begin, in capitals.
const NAMES: &[&str] = &["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];
/// In the texts of licences with this exception.
const LLVM_EXCEPTION: &str = "LLVM Exceptions to the Apache 2.0 License";

/// Writes the list, or the texts to a file.
pub(crate) fn run(file: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let crates = linked(metadata()?);
    match file {
        Some(file) => std::fs::write(file, texts(&crates)?)?,
        None => std::fs::write(repository(LIST), list(&crates))?,
    }
    Ok(())
}

/// What `cargo metadata` prints, as far as it is of interest.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Clone, Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    #[serde(default)]
    authors: Vec<String>,
    source: Option<String>,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Clone, Deserialize)]
struct Target {
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<NodeDependency>,
}

#[derive(Deserialize)]
struct NodeDependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    /// `dev`, `build`; none for an ordinary one.
    kind: Option<String>,
}

fn metadata() -> Result<Metadata, Box<dyn Error>> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["metadata", "--locked", "--format-version", "1"]).current_dir(repository(""));
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The crates of others that are linked, by name and version. What only builds or derives leaves nothing of its own.
fn linked(metadata: Metadata) -> Vec<Package> {
    let packages: BTreeMap<&str, &Package> = metadata.packages.iter().map(|found| (found.id.as_str(), found)).collect();
    let nodes: BTreeMap<&str, &Node> = metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let is_shipped = |package: &&&Package| SHIPPED.contains(&package.name.as_str()) && package.source.is_none();
    let mut left: Vec<&str> = packages.values().filter(is_shipped).map(|package| package.id.as_str()).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = left.pop() {
        let is_macro = packages.get(id).is_some_and(|found| found.targets.iter().any(Target::is_macro));
        if is_macro || !seen.insert(id) {
            continue;
        }
        let dependencies = nodes.get(id).map_or(&[][..], |node| &node.deps);
        let ordinary = dependencies.iter().filter(|found| found.dep_kinds.iter().any(|kind| kind.kind.is_none()));
        left.extend(ordinary.map(|dependency| dependency.pkg.as_str()));
    }
    let of_others = seen.into_iter().filter_map(|id| packages.get(id)).filter(|package| package.source.is_some());
    let mut crates: Vec<Package> = of_others.map(|package| (*package).clone()).collect();
    crates.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    crates
}

impl Target {
    fn is_macro(&self) -> bool {
        self.kind.iter().any(|kind| kind == "proc-macro")
    }
}

impl Package {
    fn licence(&self) -> &str {
        self.license.as_deref().unwrap_or("as its file says")
    }

    /// The texts in its archive, without what is only space at their ends.
    fn texts(&self) -> Result<Vec<String>, Box<dyn Error>> {
        let folder = self.manifest_path.parent().ok_or("a manifest lies in a folder")?;
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
        paths.sort();
        let is_licence = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
            path.is_file() && NAMES.iter().any(|begin| name.starts_with(begin)) && !name.ends_with(".RS")
        };
        let mut texts = Vec::new();
        for path in paths.into_iter().filter(is_licence) {
            let text = String::from_utf8_lossy(&std::fs::read(path)?).replace("\r\n", "\n");
            let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
            texts.push(lines.join("\n").trim_matches('\n').to_owned());
        }
        Ok(texts.into_iter().filter(|text| !text.is_empty()).collect())
    }
}

fn list(crates: &[Package]) -> String {
    let mut text =
        "# The crates that pyrun's binaries are linked with, on any platform. Made by `cargo xtask notices`; \
        `cargo xtask notices FILE` writes the texts of their licences.\n"
            .to_owned();
    for found in crates {
        let _ = writeln!(text, "{} {}: {}", found.name, found.version, found.licence());
    }
    text
}

/// The licences of all crates, each text once.
fn texts(crates: &[Package]) -> Result<String, Box<dyn Error>> {
    let mut texts: Vec<String> = Vec::new();
    let mut heads = Vec::new();
    let mut number = |text: String| match texts.iter().position(|known| *known == text) {
        Some(index) => index + 1,
        None => {
            texts.push(text);
            texts.len()
        }
    };
    let own = crates.iter().map(Package::texts).collect::<Result<Vec<_>, _>>()?;
    let exception = with_exception(crates, &own);
    for (found, own) in crates.iter().zip(&own) {
        let mut head = format!("{} {}\n    licence: {}\n", found.name, found.version, found.licence());
        let numbers: Vec<usize> = match own.is_empty() {
            false => own.iter().map(|text| number(text.clone())).collect(),
            true => {
                // Its archive has no text: the licence's own, and those who wrote it.
                let authors = found.authors.join(", ");
                let authors = if authors.is_empty() { format!("the authors of {}", found.name) } else { authors };
                let _ = writeln!(head, "    copyright: {authors}");
                let standard = standard(found, exception.as_deref())?;
                standard.into_iter().map(&mut number).collect()
            }
        };
        let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
        let _ = writeln!(head, "    texts: {}", numbers.join(", "));
        heads.push(head);
    }
    let mut all = format!(
        "Third-party notices of pyrun\n\nThis program contains the crates below, and Rust's standard library (MIT or Apache-2.0). \
         The texts of their licences follow, by number.\n\n{}",
        heads.join("\n")
    );
    for (index, text) in texts.iter().enumerate() {
        let _ = write!(all, "\n{}\nText {}\n\n{text}\n", "=".repeat(80), index + 1);
    }
    Ok(all)
}

/// The text with the LLVM exception, of a crate that brings it.
fn with_exception(crates: &[Package], own: &[Vec<String>]) -> Option<String> {
    let by_apache = crates.iter().zip(own).filter(|(found, _)| found.licence() == "Apache-2.0 WITH LLVM-exception");
    by_apache.flat_map(|(_, texts)| texts).find(|text| text.contains(LLVM_EXCEPTION)).cloned()
}

/// The texts of the licence that a crate's manifest names: of a choice, the one that we take.
fn standard(found: &Package, exception: Option<&str>) -> Result<Vec<String>, Box<dyn Error>> {
    let licence = found.licence();
    let ours = |name: &str| std::fs::read_to_string(repository(name)).map(|text| text.trim_end().to_owned());
    if licence.split([' ', '/', '(', ')']).any(|name| name == "MIT") {
        // Without our own line of copyright.
        let text = ours("LICENSE-MIT")?;
        let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with("Copyright")).collect();
        return Ok(vec![kept.join("\n").trim().to_owned()]);
    }
    match (licence, exception) {
        ("Apache-2.0", _) => Ok(vec![ours("LICENSE-APACHE")?]),
        ("Apache-2.0 WITH LLVM-exception", Some(text)) => Ok(vec![text.to_owned()]),
        _ => Err(format!("{} {}: no text for its licence, {licence}", found.name, found.version).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_current() {
        let made = list(&linked(metadata().unwrap()));
        let kept = std::fs::read_to_string(repository(LIST)).unwrap_or_default();
        let differs = made.lines().zip(kept.lines()).find(|(made, kept)| made != kept);
        assert!(
            made == kept,
            "what we depend on has changed: run `cargo xtask notices`; first difference: {differs:?}"
        );
    }

    #[test]
    fn every_crate_has_a_text() {
        let crates = linked(metadata().unwrap());
        let all = texts(&crates).unwrap();
        assert_eq!(all.matches("\n    texts: ").count(), crates.len());
        assert!(!all.contains("    texts: \n"), "a crate has no text");
        for words in ["wasmer 7", "LLVM Exceptions", "Permission is hereby granted, free of charge"] {
            assert!(all.contains(words), "{words}");
        }
    }

    #[test]
    fn what_is_linked_counts() {
        let package = |name: &str, kind: &str, is_ours: bool| {
            let source = if is_ours { "null" } else { "\"registry\"" };
            format!(
                r#"{{"id":"{name}","name":"{name}","version":"1.0.0","license":"MIT","source":{source},"manifest_path":"/x/Cargo.toml","targets":[{{"kind":["{kind}"]}}]}}"#
            )
        };
        let packages = [
            package("pyrun-cli", "bin", true),
            package("pyrun", "lib", true),
            package("linked", "lib", false),
            package("below", "lib", false),
            package("for-tests", "lib", false),
            package("builds", "lib", false),
            package("derives", "proc-macro", false),
            package("for-derives", "lib", false),
        ];
        let node = |id: &str, deps: &[(&str, &str)]| {
            let deps: Vec<String> =
                deps.iter().map(|(id, kind)| format!(r#"{{"pkg":"{id}","dep_kinds":[{{"kind":{kind}}}]}}"#)).collect();
            format!(r#"{{"id":"{id}","deps":[{}]}}"#, deps.join(","))
        };
        let nodes = [
            node("pyrun-cli", &[("pyrun", "null"), ("for-tests", "\"dev\"")]),
            node("pyrun", &[("linked", "null"), ("builds", "\"build\""), ("derives", "null")]),
            node("linked", &[("below", "null"), ("pyrun", "null")]),
            node("derives", &[("for-derives", "null")]),
        ];
        let text = format!(r#"{{"packages":[{}],"resolve":{{"nodes":[{}]}}}}"#, packages.join(","), nodes.join(","));
        let found = linked(serde_json::from_str(&text).unwrap());
        let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(names, ["below", "linked"]);
        assert!(list(&found).ends_with("\nbelow 1.0.0: MIT\nlinked 1.0.0: MIT\n"));
    }
}
