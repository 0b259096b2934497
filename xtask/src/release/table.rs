//! `pyodide-loader/src/release/table.rs`, made from the folders.

use std::error::Error;
use std::fmt::Write as _;

use super::folder::{FILES, ReleaseFile, releases};

/// Where it is in the repository.
pub(super) const PATH: &str = "pyodide-loader/src/release/table.rs";

/// The recorded releases, oldest first.
pub(super) fn versions() -> Result<Vec<String>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(releases(""))? {
        let entry = entry?;
        if entry.path().join("release.toml").is_file() {
            found.push(entry.file_name().into_string().map_err(|name| format!("{}", name.display()))?);
        }
    }
    found.sort_by_key(|version| order(version));
    Ok(found)
}

/// Orders versions as semantic versioning does: a pre-release comes before its release.
pub(super) fn order(version: &str) -> (Vec<u64>, bool, Vec<(u64, String)>) {
    let (numbers, before) = version.split_once('-').unwrap_or((version, ""));
    let numbers = numbers.split('.').map(|part| part.parse().unwrap_or(0)).collect();
    let part = |part: &str| part.parse().map_or_else(|_| (u64::MAX, part.to_owned()), |number| (number, String::new()));
    (numbers, before.is_empty(), before.split('.').map(part).collect())
}

/// The text of the table.
pub(super) fn generate() -> Result<String, Box<dyn Error>> {
    let default = std::fs::read_to_string(releases("default"))?;
    let versions = versions()?;
    if !versions.iter().any(|version| version == default.trim()) {
        return Err(format!("releases/default names {}, of which there is no folder", default.trim()).into());
    }
    let mut text = format!(
        "//! The releases that are supported. Made from `releases/` by `cargo xtask release`: not to be edited.\n\n\
         use pyrun_emscripten_shim::imports::table::Emscripten;\n\n\
         use super::{{CoreFile, Era, KnownRelease, Trampoline}};\n\n\
         /// The release that is used when none is named: the one that `releases/default` says.\n\
         pub const DEFAULT_RELEASE: &str = {:?};\n\n\
         /// The releases that are supported, oldest first.\n\
         pub const RELEASES: &[KnownRelease] = &[\n",
        default.trim()
    );
    for version in versions {
        text.push_str(&row(&ReleaseFile::recorded(&version)?)?);
    }
    text.push_str("];\n");
    Ok(text)
}

fn row(release: &ReleaseFile) -> Result<String, Box<dyn Error>> {
    let mut numbers = release.python.split('.');
    let (major, minor) = (numbers.next().unwrap_or("0"), numbers.next().unwrap_or("0"));
    let mut text = format!(
        "    KnownRelease {{\n        version: {:?},\n        era: Era::{},\n        python: ({major}, {minor}),\n        \
         has_dynload_folder: {},\n        trampoline: Trampoline::{},\n        tuple_items: {},\n        \
         emscripten: Emscripten::V{},\n",
        release.version,
        camel_case(&release.era),
        release.dynload_folder,
        camel_case(&release.trampoline),
        release.tuple_items()?,
        release.emscripten.split('.').next().unwrap_or("0"),
    );
    for (field, name) in ["module", "stdlib", "lock"].into_iter().zip(FILES) {
        let file = release.file(name)?;
        let (length, sha256) = (grouped(file.length), &file.sha256);
        let line = format!("        {field}: CoreFile {{ length: {length}, sha256: {sha256:?} }},");
        // As rustfmt has it.
        if line.len() <= 120 {
            writeln!(text, "{line}")?;
        } else {
            writeln!(
                text,
                "        {field}: CoreFile {{\n            length: {length},\n            sha256: {sha256:?},\n        }},"
            )?;
        }
    }
    text.push_str("    },\n");
    Ok(text)
}

/// `self-contained` as `SelfContained`.
fn camel_case(name: &str) -> String {
    let word = |word: &str| word.get(..1).unwrap_or("").to_uppercase() + word.get(1..).unwrap_or("");
    name.split('-').map(word).collect()
}

/// `9_598_218`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_order() {
        let sorted = ["0.9.0", "0.26.4", "314.0.0-alpha.2", "314.0.0-alpha.10", "314.0.0", "314.0.3"];
        let mut versions = sorted;
        versions.reverse();
        versions.sort_by_key(|version| order(version));
        assert_eq!(versions, sorted);
    }

    #[test]
    fn numbers_and_names_are_as_rust_has_them() {
        assert_eq!((grouped(7), grouped(1_000), grouped(9_598_218)), ("7".into(), "1_000".into(), "9_598_218".into()));
        assert_eq!(camel_case("self-contained"), "SelfContained");
    }
}
