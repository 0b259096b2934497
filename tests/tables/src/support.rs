//! `docs/SUPPORT.md`: which imports the releases have, and how well each is supported.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;

use pyrun_emscripten_shim::imports::table::{Bound, Capability};
use pyrun_emscripten_shim::imports::{families, table};
use pyrun_emscripten_shim::{Family, Support};
use pyrun_pyodide_loader::imports::bridge;
use pyrun_pyodide_loader::{KnownRelease, RELEASES};
use pyrun_wasi::preview1;

/// An import of some releases.
struct Row {
    types: BTreeSet<String>,
    /// Indices into [`RELEASES`].
    releases: Vec<usize>,
    known: Known,
}

/// What the tables say of an import.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    support: &'static str,
    needs: Capability,
    bounds: &'static [Bound],
}

impl Known {
    /// What has no row of its own: it takes nothing.
    const fn plain(support: &'static str) -> Self {
        Self { support, needs: Capability::Nothing, bounds: &[Bound::Time] }
    }

    fn of<E>(import: &table::HostImport<E>) -> Self {
        Self { support: level(import.support), needs: import.needs, bounds: import.bounds }
    }

    /// Three cells of a table.
    fn cells(self) -> String {
        let bounds: Vec<&str> = self.bounds.iter().map(|bound| bound.name()).collect();
        format!("{} | {} | {}", self.support, self.needs.name(), bounds.join(", "))
    }
}

/// By family and name.
type Families = BTreeMap<&'static str, BTreeMap<String, Row>>;

const FULL: &str = "full";
const PARTIAL: &str = "partial";
const REFUSED: &str = "refused";
const TRANSLATED: &str = "translator";
const UNKNOWN: &str = "not supplied";

/// The document's text.
pub(crate) fn document() -> Result<String, Box<dyn Error>> {
    let mut text = String::from(
        "# What is supported\n\nOf the imports of each release of Pyodide, of other programs of Emscripten's, and of WASI. Made by `cargo xtask release` from the tables of imports and `pyodide-loader/releases/`.\n\n\
         | release | Python | era | imported functions | of them full | partial | refused | by the translator |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    let mut all = Families::new();
    for (index, release) in RELEASES.iter().enumerate() {
        writeln!(text, "{}", summary(release, &add(&mut all, index, release)?))?;
    }
    text.push_str(
        "\n*Full*: does what the JavaScript glue does, or better. *Partial*: works for what its documentation says, and \
         answers an error for the rest. *Refused*: answers a documented error always, on purpose; of the bridge, that it \
         is not built yet. *By the translator*: is a function of the module before it is compiled.\n\n\
         Types: parameters, a colon, results; i = i32, j = i64, f = f32, d = f64, e = externref.\n\n\
         *Needs*: the one part of the host that the import can reach. *Bounded by*: the [limits](../runtime/src/limits/mod.rs) \
         that bind what a guest takes by it, however often it calls; time binds all, and *time* alone means that nothing lasting \
         is taken. Inodes, file bytes and what a descriptor stands for are charged to host memory, too. Both are part of the row \
         of the import's table, so that an import without them does not compile, and a test calls every import with arbitrary \
         arguments over a host that remembers what it was asked for (`pyodide-loader/tests/arbitrary`).\n",
    );
    for (family, rows) in &all {
        writeln!(
            text,
            "\n## {family}\n\n| import | type | support | needs | bounded by | releases |\n|---|---|---|---|---|---|"
        )?;
        for (name, row) in rows {
            let types: Vec<&str> = row.types.iter().map(String::as_str).collect();
            let releases = spans(&row.releases);
            writeln!(text, "| `{name}` | `{}` | {} | {releases} |", types.join("`, `"), row.known.cells())?;
        }
    }
    others(&mut text)?;
    Ok(text)
}

/// What modules of other kinds than Pyodide's may import besides.
fn others(text: &mut String) -> std::fmt::Result {
    text.push_str(
        "\n# Programs of Emscripten's\n\nThey may import all of the above by the same names and types, and what no release \
         imports: of older series of Emscripten, of newer ones, and what CPython has no use for. `invoke_*` of any type are functions of \
         the module before it is compiled. What is in no table refuses by name when it is called, unless the embedder defines it.\n",
    );
    for family in families::OF_PROGRAMS {
        section(text, family)?;
    }
    text.push_str(
        "\n# WASI preview 1\n\nCommands and reactors, by functions of their own: the files of a program are below its open \
         directories. [WASI.md](WASI.md) has what they answer. MicroPython imports, besides what \
         every program of Emscripten's does, random bytes and clocks of its own (`runtime/src/module/micropython/imports.rs`). \
         A module of no interface imports nothing but what its embedder defines.\n",
    );
    for family in preview1::FAMILIES {
        section(text, family)?;
    }
    Ok(())
}

/// The table of one family.
fn section<E>(text: &mut String, family: &table::Family<E>) -> std::fmt::Result {
    writeln!(text, "\n## {}\n\n| import | type | support | needs | bounded by |\n|---|---|---|---|---|", family.name)?;
    let mut rows: Vec<String> = (family.imports.iter())
        .map(|import| {
            let types = format!("{}:{}", letters(import.params), letters(import.results));
            format!("| `{}.{}` | `{types}` | {} |", family.module, import.name, Known::of(import).cells())
        })
        .collect();
    rows.sort();
    rows.iter().try_for_each(|row| writeln!(text, "{row}"))
}

fn letters(types: &[wasmer_types::Type]) -> String {
    use wasmer_types::Type;
    let letter = |ty: &Type| match ty {
        Type::I32 => 'i',
        Type::I64 => 'j',
        Type::F32 => 'f',
        Type::F64 => 'd',
        Type::ExternRef => 'e',
        _ => '?',
    };
    types.iter().map(letter).collect()
}

/// Adds a release's imports, and counts them by how well they are supported.
fn add(
    all: &mut Families,
    index: usize,
    release: &KnownRelease,
) -> Result<BTreeMap<&'static str, usize>, Box<dyn Error>> {
    let mut counts = BTreeMap::new();
    for (name, ty) in crate::imports(release.version)? {
        let (family, known) = support_of(release, &name);
        *counts.entry(known.support).or_default() += 1;
        let new = || Row { types: BTreeSet::new(), releases: Vec::new(), known };
        let row = all.entry(family).or_default().entry(name).or_insert_with(new);
        row.types.insert(ty);
        row.releases.push(index);
        row.known = known;
    }
    Ok(counts)
}

fn summary(release: &KnownRelease, counts: &BTreeMap<&str, usize>) -> String {
    let count = |support| counts.get(support).copied().unwrap_or(0);
    let (major, minor) = release.python;
    format!(
        "| {} | {major}.{minor} | {} | {} | {} | {} | {} | {} |",
        release.version,
        release.era.name(),
        counts.values().sum::<usize>(),
        count(FULL),
        count(PARTIAL),
        count(REFUSED),
        count(TRANSLATED),
    )
}

/// The family of a release's import, and how well it is supported.
pub(crate) fn support_of(release: &KnownRelease, name: &str) -> (&'static str, Known) {
    let (module, name) = name.split_once('.').unwrap_or(("", name));
    let found = |family: &'static Family| Some((family, family.find(module, name)?));
    match release.host_functions().families().find_map(found) {
        Some((_, import)) if bridge::HIWIRE.find(module, name).is_some() => ("bridge", Known::of(import)),
        Some((family, import)) => (family.name, Known::of(import)),
        None if name.starts_with("invoke_") => ("invoke", Known::plain(TRANSLATED)),
        // Carries JavaScript text and is called by an unused export alone.
        None if name == "pyodide_js_init" => ("build artefact", Known::plain(REFUSED)),
        None if bridge::is_bridge(module, name) => ("bridge", Known::plain(REFUSED)),
        None => ("unknown", Known::plain(UNKNOWN)),
    }
}

/// Whether a release cannot start, because nothing supplies this import.
pub(crate) fn is_unknown(release: &KnownRelease, name: &str) -> bool {
    support_of(release, name).1.support == UNKNOWN
}

fn level(support: Support) -> &'static str {
    match support {
        Support::Full => FULL,
        Support::Partial => PARTIAL,
        Support::Refused => REFUSED,
    }
}

/// `all`, `0.28.3 to 0.29.5`, `from 314.0.3`, …
fn spans(indices: &[usize]) -> String {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for &index in indices {
        match spans.last_mut() {
            Some((_, end)) if *end + 1 == index => *end = index,
            _ => spans.push((index, index)),
        }
    }
    let last = RELEASES.len() - 1;
    let version = |index: usize| RELEASES[index].version;
    let span = |&(begin, end): &(usize, usize)| match (begin, end) {
        (0, end) if end == last => "all".to_owned(),
        (begin, end) if begin == end => version(begin).to_owned(),
        (0, end) => format!("up to {}", version(end)),
        (begin, end) if end == last => format!("from {}", version(begin)),
        (begin, end) => format!("{} to {}", version(begin), version(end)),
    };
    spans.iter().map(span).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_in_a_row_are_a_span() {
        let last = RELEASES.len() - 1;
        let version = |index: usize| RELEASES[index].version;
        assert_eq!(spans(&(0..=last).collect::<Vec<_>>()), "all");
        assert_eq!(spans(&[0, 1]), format!("up to {}", version(1)));
        assert_eq!(spans(&[last - 1, last]), format!("from {}", version(last - 1)));
        assert_eq!(spans(&[0, 2, 3]), format!("{}, {} to {}", version(0), version(2), version(3)));
    }

    #[test]
    fn an_import_has_its_family() {
        let oldest = &RELEASES[0];
        assert_eq!(support_of(oldest, "env.__syscall_openat").0, "descriptors");
        let family = |name| (support_of(oldest, name).0, support_of(oldest, name).1.support);
        assert_eq!(family("env.invoke_viii"), ("invoke", TRANSLATED));
        assert_eq!(family("env.JsProxy_GetAttr_js"), ("bridge", REFUSED));
        assert_eq!(family("env.brand_new"), ("unknown", UNKNOWN));
        assert!(is_unknown(oldest, "env.brand_new"));
    }
    /// What nothing supplies has no row, and so no capability and no limit.
    #[test]
    fn every_import_of_every_release_has_a_row() {
        for release in RELEASES {
            for (name, _) in crate::imports(release.version).unwrap() {
                assert!(!is_unknown(release, &name), "{}: {name}", release.version);
            }
        }
    }
}
