//! A release's folder, `pyodide-loader/releases/<version>/`: `release.toml` and `assets.tsv`.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::module::MainModule;
use crate::paths::repository;

/// What the runtime needs of a release: main module, standard library, lock file.
pub(super) const FILES: [&str; 3] = ["pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"];

/// Pyodide's loader, from which is read what it does before CPython starts. The runtime has no use for it.
const LOADER: &str = "pyodide.mjs";

/// `pyodide-loader/releases`, or a file in it.
pub(super) fn releases(path: &str) -> PathBuf {
    repository("pyodide-loader/releases").join(path)
}

/// `release.toml`.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReleaseFile {
    pub(super) version: String,
    /// CPython's whole version.
    pub(super) python: String,
    pub(super) era: String,
    pub(super) trampoline: String,
    /// Whether Pyodide's loader makes `lib-dynload`, where CPython looks for extension modules.
    pub(super) dynload_folder: bool,
    /// The version of Emscripten that made it, and of the interface that its wheels are compiled for.
    pub(super) emscripten: String,
    pub(super) wheel_abi: String,
    /// Written by hand and kept.
    pub(super) carriers: Carriers,
    pub(super) files: BTreeMap<String, CoreFile>,
    pub(super) counts: BTreeMap<String, usize>,
    pub(super) basic_sizes: BTreeMap<String, u32>,
    pub(super) data: BTreeMap<String, i32>,
    pub(super) imports: BTreeMap<String, String>,
}

/// The packages of npm and PyPI that carry a release's files, for `assets-fetch.sh`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Carriers {
    /// The core.
    pub(super) npm: String,
    /// The core, and the wheels of the default set.
    #[serde(default)]
    pub(super) pypi: String,
    /// The folder that they are in.
    #[serde(default)]
    pub(super) pypi_folder: String,
}

impl Carriers {
    fn lines(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let all = [("npm", &self.npm), ("pypi", &self.pypi), ("pypi_folder", &self.pypi_folder)];
        all.into_iter().filter(|(_, value)| !value.is_empty())
    }
}

/// A file, as it must be.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct CoreFile {
    pub(super) length: u64,
    pub(super) sha256: String,
}

impl ReleaseFile {
    /// The recorded one.
    pub(super) fn recorded(version: &str) -> Result<Self, Box<dyn Error>> {
        let path = releases(version).join("release.toml");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()).into())
    }

    /// What the files in `folder` say. What they do not say is taken from the recorded one.
    pub(super) fn of(version: &str, folder: &Path, recorded: Option<Self>) -> Result<Self, Box<dyn Error>> {
        let read = |name: &str| read(&folder.join(name));
        let module = MainModule::read(&read(FILES[0])?)?;
        let lock = Lock::read(folder)?;
        let mut files = BTreeMap::new();
        for name in FILES {
            let bytes = read(name)?;
            files.insert(name.to_owned(), CoreFile { length: bytes.len() as u64, sha256: sha256(&bytes) });
        }
        let dynload_folder = match (read(LOADER), &recorded) {
            (Ok(loader), _) => String::from_utf8_lossy(&loader).contains("lib-dynload"),
            (Err(_), Some(recorded)) => recorded.dynload_folder,
            (Err(error), None) => {
                return Err(format!("{error}: what it does before CPython starts has to be known").into());
            }
        };
        let carriers = recorded.map(|recorded| recorded.carriers);
        check_words(&module)?;
        let counts = [
            ("function_imports", module.imports.len()),
            ("got_func", module.got_functions),
            ("got_mem", module.got_data),
            ("exports", module.exports),
        ];
        Ok(Self {
            version: version.to_owned(),
            era: module.era().to_owned(),
            trampoline: module.trampoline()?.to_owned(),
            python: module.python,
            dynload_folder,
            emscripten: lock.info.platform.trim_start_matches("emscripten_").replace('_', "."),
            wheel_abi: lock.info.abi_version,
            carriers: carriers.unwrap_or_else(|| Carriers { npm: format!("pyodide@{version}"), ..Carriers::default() }),
            files,
            counts: counts.map(|(name, count)| (name.to_owned(), count)).into(),
            basic_sizes: module.basic_sizes,
            data: module.data,
            imports: module.imports,
        })
    }

    /// The offset of a tuple's items: a tuple's basic size counts none.
    pub(super) fn tuple_items(&self) -> Result<u32, String> {
        self.basic_sizes.get("tuple").copied().ok_or_else(|| format!("{}: no size of a tuple", self.version))
    }

    /// A core file.
    pub(super) fn file(&self, name: &str) -> Result<&CoreFile, String> {
        self.files.get(name).ok_or_else(|| format!("{}: no {name} in [files]", self.version))
    }

    pub(super) fn to_toml(&self) -> String {
        let mut text = format!(
            "# Pyodide {0}: made by `cargo xtask release {0}`, which keeps [carriers], all that is written by hand.\n\n",
            self.version
        );
        let mut line = |line: std::fmt::Arguments<'_>| {
            // A `String` takes everything.
            let _ = text.write_fmt(line);
            text.push('\n');
        };
        let words = [
            ("version", &self.version),
            ("python", &self.python),
            ("era", &self.era),
            ("trampoline", &self.trampoline),
            ("emscripten", &self.emscripten),
            ("wheel_abi", &self.wheel_abi),
        ];
        words.into_iter().for_each(|(name, value)| line(format_args!("{name} = {value:?}")));
        line(format_args!("dynload_folder = {}", self.dynload_folder));
        line(format_args!("\n# The packages that carry its files.\n[carriers]"));
        self.carriers.lines().for_each(|(name, value)| line(format_args!("{name} = {value:?}")));
        line(format_args!("\n[files]"));
        for (name, file) in &self.files {
            line(format_args!("{name:?} = {{ length = {}, sha256 = {:?} }}", file.length, file.sha256));
        }
        line(format_args!("\n[counts]"));
        self.counts.iter().for_each(|(name, count)| line(format_args!("{name} = {count}")));
        line(format_args!("\n# tp_basicsize; a tuple's items begin there.\n[basic_sizes]"));
        self.basic_sizes.iter().for_each(|(name, size)| line(format_args!("{name} = {size}")));
        line(format_args!("\n# Addresses; before 314 relative to where the data begins.\n[data]"));
        self.data.iter().for_each(|(name, address)| line(format_args!("{name} = {address}")));
        line(format_args!(
            "\n# Types: parameters, a colon, results; i = i32, j = i64, f = f32, d = f64, e = externref.\n[imports]"
        ));
        self.imports.iter().for_each(|(name, ty)| line(format_args!("{name:?} = {ty:?}")));
        text
    }
}

/// `pyodide-lock.json`, as far as it is of use here.
#[derive(Deserialize)]
struct Lock {
    info: LockInfo,
    packages: BTreeMap<String, LockPackage>,
}

#[derive(Deserialize)]
struct LockInfo {
    abi_version: String,
    platform: String,
}

#[derive(Deserialize)]
struct LockPackage {
    file_name: String,
    sha256: String,
    depends: Vec<String>,
}

impl Lock {
    /// Reads a release's lock file, which somebody else wrote: what is not plain would mean something else in a table, in source
    /// code or as a path.
    fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let lock: Self = serde_json::from_slice(&read(&folder.join(FILES[2]))?)?;
        word("abi_version", &lock.info.abi_version)?;
        word("platform", &lock.info.platform)?;
        for (name, package) in &lock.packages {
            word("the name of a package", name)?;
            word("a file name", &package.file_name)?;
            package.depends.iter().try_for_each(|name| word("a dependency", name))?;
            if package.sha256.is_empty() || !package.sha256.chars().all(|c| c.is_ascii_hexdigit()) {
                return Err(format!("the lock file's sha256 of {name} is {:?}", package.sha256).into());
            }
        }
        Ok(lock)
    }
}

/// Looks at what the main module says.
fn check_words(module: &MainModule) -> Result<(), String> {
    word("the Python version", &module.python)?;
    module.imports.keys().try_for_each(|name| word("the name of an import", name))
}

/// Refuses what is not a word of ASCII letters, digits and a few signs, or begins with a period.
fn word(what: &str, text: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.+~!$:".contains(c);
    if text.is_empty() || text.starts_with('.') || !text.chars().all(plain) {
        return Err(format!("{what} in the release's files is {text:?}, which is no plain name"));
    }
    Ok(())
}

/// `assets.tsv`: every file of the release, for `assets-fetch.sh`. A package's file is of the default set when it lies in
/// `folder` (or in `wheels` there), or when the manifest of before says so of the same bytes; the size of others is unknown.
pub(super) fn manifest(release: &ReleaseFile, folder: &Path, before: &str) -> Result<String, Box<dyn Error>> {
    let mut text = "# sha256\tsize\tkind\tfile\tpackage\tdepends (generated by `cargo xtask release`)\n".to_owned();
    for name in FILES {
        let file = release.file(name)?;
        writeln!(text, "{}\t{}\tcore\t{name}\t-\t-", file.sha256, file.length)?;
    }
    let lock = Lock::read(folder)?;
    let known = sizes(before);
    let mut rows = Vec::new();
    for (key, package) in &lock.packages {
        let size = match size_in(folder, package)? {
            Some(size) => Some(size.to_string()),
            None => known.get(package.sha256.as_str()).map(|size| (*size).to_owned()),
        };
        rows.push((size.is_none(), key, package, size));
    }
    rows.sort_by_key(|(extra, key, ..)| (*extra, *key));
    for (extra, key, package, size) in rows {
        let kind = if extra { "extra" } else { "wheel" };
        let depends = if package.depends.is_empty() { "-".to_owned() } else { package.depends.join(",") };
        let (sha256, size) = (&package.sha256, size.as_deref().unwrap_or("-"));
        writeln!(text, "{sha256}\t{size}\t{kind}\t{}\t{key}\t{depends}", package.file_name)?;
    }
    Ok(text)
}

/// The sizes of the default set in a manifest, by SHA-256.
fn sizes(manifest: &str) -> BTreeMap<&str, &str> {
    let rows = manifest.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    rows.filter_map(|row| (row.get(2) == Some(&"wheel")).then(|| (row[0], row[1]))).collect()
}

/// The size of a package's file, if it is there; another file under its name is an error.
fn size_in(folder: &Path, package: &LockPackage) -> Result<Option<usize>, Box<dyn Error>> {
    for path in [folder.join("wheels").join(&package.file_name), folder.join(&package.file_name)] {
        if path.is_file() {
            let bytes = read(&path)?;
            if sha256(&bytes) != package.sha256 {
                return Err(format!("{} is not the file of the lock", path.display()).into());
            }
            return Ok(Some(bytes.len()));
        }
    }
    Ok(None)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"{"info": {"abi_version": "2026_0", "platform": "emscripten_5_0_3"}, "packages": {
        "b": {"file_name": "b.whl", "sha256": "22", "depends": ["a", "c"]},
        "c": {"file_name": "c.whl", "sha256": "33", "depends": []},
        "a": {"file_name": "a.whl", "sha256": "11", "depends": []}}}"#;

    #[test]
    fn a_lock_file_that_would_mean_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let read = |from: &str, to: &str| {
            std::fs::write(folder.path().join(FILES[2]), LOCK.replace(from, to)).unwrap();
            Lock::read(folder.path()).map(drop).map_err(|error| error.to_string())
        };
        assert_eq!(read("", ""), Ok(()));
        for (from, to) in [
            ("emscripten_5_0_3", "emscripten_5, module: CoreFile { } /* */"),
            ("2026_0", "2026\\u0001"),
            ("b.whl", "../../b.whl"),
            ("b.whl", "/b.whl"),
            ("b.whl", ".whl"),
            ("b.whl", "b.whl\\t5\\tcore"),
            ("\"22\"", "\"22\\n33\""),
            ("\"22\"", "\"\""),
            ("[\"a\", \"c\"]", "[\"a,c\"]"),
            ("\"c\": {", "\"c\\t\": {"),
        ] {
            assert!(read(from, to).is_err(), "{from} -> {to}");
        }
    }

    #[test]
    fn a_manifest_keeps_the_default_set() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILES[2]), LOCK).unwrap();
        let mut release = ReleaseFile::recorded("314.0.3").unwrap();
        release.files.values_mut().for_each(|file| *file = CoreFile { length: 1, sha256: "00".to_owned() });
        let before = "# sha256\n22\t7\twheel\tb.whl\tb\t-\n99\t8\twheel\tc.whl\tc\t-\n";
        let rows = manifest(&release, folder.path(), before).unwrap();
        let packages: Vec<&str> = rows.lines().skip(4).collect();
        assert_eq!(
            packages,
            ["22\t7\twheel\tb.whl\tb\ta,c", "11\t-\textra\ta.whl\ta\t-", "33\t-\textra\tc.whl\tc\t-"],
            "a file with other bytes than before is not of the default set"
        );
        std::fs::write(folder.path().join("a.whl"), "other").unwrap();
        let refused = manifest(&release, folder.path(), before).unwrap_err().to_string();
        assert!(refused.ends_with("a.whl is not the file of the lock"), "{refused}");
    }
}
