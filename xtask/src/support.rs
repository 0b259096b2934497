//! `docs/SUPPORT.md`: which imports the releases have, and how well each is supported.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;

use pyrun_emscripten_shim::Support;
use pyrun_pyodide_loader::{KnownRelease, RELEASES};

use crate::abi::{self, Imports};
use crate::repository;

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let path = repository("docs/SUPPORT.md");
    std::fs::write(&path, document()?)?;
    println!("wrote {}", path.display());
    Ok(())
}

/// An import of some releases.
#[derive(Default)]
struct Row {
    types: BTreeSet<String>,
    releases: Vec<&'static str>,
    support: &'static str,
}

fn document() -> Result<String, Box<dyn Error>> {
    let mut text = String::from(
        "# What is supported\n\nMade by `cargo xtask support` from the tables of imports and `abi/`.\n\n\
         | release | Python | era | imported functions | of them full | partial | refused | by the translator |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    let mut families: BTreeMap<String, BTreeMap<String, Row>> = BTreeMap::new();
    for release in RELEASES {
        let abi = abi::recorded(release.version)?;
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (family, name, ty) in entries(&abi) {
            let support = support_of(release, family, name);
            *counts.entry(support).or_default() += 1;
            let row = families.entry(family.to_owned()).or_default().entry(name.to_owned()).or_default();
            row.types.insert(ty.to_owned());
            row.releases.push(release.version);
            row.support = support;
        }
        let count = |support| counts.get(support).copied().unwrap_or(0);
        writeln!(
            text,
            "| {} | {}.{} | {} | {} | {} | {} | {} | {} |",
            release.version,
            release.python.0,
            release.python.1,
            release.era.name(),
            counts.values().sum::<usize>(),
            count(FULL),
            count(PARTIAL),
            count(REFUSED),
            count(TRANSLATED),
        )?;
    }
    text.push_str(
        "\n*Full*: does what the JavaScript glue does, or better. *Partial*: works for what its documentation says, and \
         answers an error for the rest. *Refused*: answers a documented error always, on purpose; of the bridge, that it \
         is not built yet. *By the translator*: is a function of the module before it is compiled.\n\n\
         Types: parameters, a colon, results; i = i32, j = i64, f = f32, d = f64, e = externref.\n",
    );
    for (family, rows) in &families {
        writeln!(text, "\n## {family}\n\n| import | type | support | releases |\n|---|---|---|---|")?;
        for (name, row) in rows {
            let types: Vec<&str> = row.types.iter().map(String::as_str).collect();
            let releases =
                if row.releases.len() == RELEASES.len() { "all".to_owned() } else { row.releases.join(", ") };
            writeln!(text, "| `{name}` | `{}` | {} | {releases} |", types.join("`, `"), row.support)?;
        }
    }
    Ok(text)
}

const FULL: &str = "full";
const PARTIAL: &str = "partial";
const REFUSED: &str = "refused";
const TRANSLATED: &str = "translator";

fn entries(abi: &Imports) -> impl Iterator<Item = (&str, &str, &str)> {
    abi.iter().flat_map(|(family, imports)| {
        imports.iter().map(move |(name, ty)| (family.as_str(), name.as_str(), ty.as_str()))
    })
}

fn support_of(release: &KnownRelease, family: &str, name: &str) -> &'static str {
    let (module, import) = name.split_once('.').unwrap_or(("", name));
    match release.host_functions().find(module, import, None) {
        Some(import) => match import.support {
            Support::Full => FULL,
            Support::Partial => PARTIAL,
            Support::Refused => REFUSED,
        },
        None if family == "invoke" => TRANSLATED,
        None => REFUSED,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_document_is_up_to_date() {
        let found = std::fs::read_to_string(crate::repository("docs/SUPPORT.md")).unwrap_or_default();
        assert!(found == super::document().unwrap(), "docs/SUPPORT.md is not up to date: run `cargo xtask support`");
    }
}
