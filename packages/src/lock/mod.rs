//! The lock file of a release, `pyodide-lock.json`: which packages it has, what they are called, need and provide.
//!
//! Replaces the lock file half of Pyodide's `src/js/load-package.ts` and `src/js/lockfile.ts`. Left out on purpose: channels,
//! base URLs and `file_name`s that are URLs (a file is found by its name in the data folder, and known by its SHA-256).
//!
//! Invariants: package names are unique in their canonical form and every package is found under it; a file name is one
//! path component. What a package depends on need not exist: that is an error only of who asks for it.

mod parse;

use std::collections::HashMap;

use serde::Deserialize;

use crate::digest::Digest;
use crate::name::canonical_name;

/// What the lock file is called in a release.
pub const LOCK_FILE: &str = "pyodide-lock.json";

/// A checked lock file.
///
/// ```
/// use pyrun_packages::Lock;
/// let sha256 = "0".repeat(64);
/// let text = format!(r#"{{
///   "info": {{"abi_version": "2026_0", "arch": "wasm32", "platform": "emscripten_5_0_3", "python": "3.14.0"}},
///   "packages": {{"pillow": {{"name": "Pillow", "version": "12.2.0", "file_name": "pillow.whl", "install_dir": "site",
///     "sha256": "{sha256}", "package_type": "package", "imports": ["PIL"], "depends": []}}}}
/// }}"#);
/// let lock = Lock::parse(text.as_bytes())?;
/// assert_eq!(lock.package("PILLOW").map(|package| package.version.as_str()), Some("12.2.0"));
/// assert_eq!(lock.package_for_import("PIL.Image").map(|package| package.name.as_str()), Some("Pillow"));
/// # Ok::<(), pyrun_packages::LockError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Lock {
    info: LockInfo,
    packages: Vec<Package>,
    by_name: HashMap<String, usize>,
    /// By import name, which may be dotted; a namespace may be shared.
    by_import: HashMap<String, Vec<usize>>,
    /// The parents of the dotted import names: `google` for `google.protobuf`.
    by_namespace: HashMap<String, Vec<usize>>,
}

/// What a release says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct LockInfo {
    /// The version of the ABI that its binaries share, e.g. `2026_0`.
    pub abi_version: String,
    /// The architecture, `wasm32`.
    pub arch: String,
    /// The Emscripten that it was built with, e.g. `emscripten_5_0_3`.
    pub platform: String,
    /// The version of Python that it was locked for; the interpreter may be a later patch release.
    pub python: String,
}

/// A package of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Package {
    /// Its name as it writes it itself, e.g. `Pillow`.
    pub name: String,
    /// Its name in the canonical form, e.g. `pillow`.
    pub canonical: String,
    /// Its version.
    pub version: String,
    /// The file that it is in; one path component.
    pub file_name: String,
    /// Where it goes.
    pub install_dir: InstallDir,
    /// The digest of its file.
    pub sha256: Digest,
    /// What it is.
    pub package_type: PackageType,
    /// The modules that it provides; a dotted name when it provides a part of a namespace.
    pub imports: Vec<String>,
    /// What it needs, in the canonical form.
    pub depends: Vec<String>,
    /// Whether its tests are a package of their own.
    pub unvendored_tests: bool,
}

/// Where the files of a package go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InstallDir {
    /// Into `site-packages`.
    Site,
    /// Into `/usr/lib`, where shared libraries are looked for.
    Dynlib,
    /// Into the standard library (releases up to 0.29).
    Stdlib,
}

/// What a package is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PackageType {
    /// A Python package.
    Package,
    /// A shared library that others link to.
    SharedLibrary,
    /// A part of the standard library (releases up to 0.29).
    CpythonModule,
}

/// A lock file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// It is not JSON, is cut off, or lacks a field.
    #[error("{LOCK_FILE} is damaged at line {line}, column {column} ({problem}): fetch it again")]
    Syntax {
        /// The line, from 1 on.
        line: usize,
        /// The column, from 1 on.
        column: usize,
        /// What is wrong there.
        problem: String,
    },
    /// A field of a package has a value that cannot be right.
    #[error("{LOCK_FILE} is damaged: package '{package}' has {field} '{value}', {problem}: fetch it again")]
    Field {
        /// The key of the package.
        package: String,
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A field of the release's description has a value that cannot be right.
    #[error("{LOCK_FILE} is damaged: {field} is '{value}', {problem}: fetch it again")]
    Info {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl Lock {
    fn insert(&mut self, key: &str, package: Package) -> Result<(), LockError> {
        let index = self.packages.len();
        if self.by_name.insert(package.canonical.clone(), index).is_some() {
            return Err(field_error(key, "name", &package.name, "which another package has, too"));
        }
        for import in &package.imports {
            self.by_import.entry(import.clone()).or_default().push(index);
            for parent in parents(import) {
                let sharing = self.by_namespace.entry(parent.to_owned()).or_default();
                if sharing.last() != Some(&index) {
                    sharing.push(index);
                }
            }
        }
        self.packages.push(package);
        Ok(())
    }

    /// What the release says about itself.
    #[must_use]
    pub fn info(&self) -> &LockInfo {
        &self.info
    }

    /// All packages, by name.
    #[must_use]
    pub fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// The package called `name`, however it is written.
    #[must_use]
    pub fn package(&self, name: &str) -> Option<&Package> {
        self.by_name.get(&canonical_name(name)).and_then(|&index| self.packages.get(index))
    }

    /// The packages that make `import module` find something that it would not find without them: those that provide
    /// `module` itself or, if none does, those that provide a part of the namespace `module`.
    ///
    /// A module below one that a package provides is not asked for here: the package has it, or nobody has.
    pub fn packages_for_module(&self, module: &str) -> impl Iterator<Item = &Package> {
        let found = self.by_import.get(module).or_else(|| self.by_namespace.get(module));
        found.into_iter().flatten().filter_map(|&index| self.packages.get(index))
    }

    /// The package that provides the module `name`, which may be dotted: the nearest of `name`, its parents, and what lies
    /// in the namespace `name`. Of several, the first by name.
    #[must_use]
    pub fn package_for_import(&self, name: &str) -> Option<&Package> {
        let nearest = std::iter::once(name).chain(parents(name)).find(|name| self.by_import.contains_key(*name));
        self.packages_for_module(nearest.unwrap_or(name)).next()
    }
}

fn field_error(package: &str, field: &'static str, value: &str, problem: &'static str) -> LockError {
    LockError::Field { package: package.to_owned(), field, value: value.chars().take(100).collect(), problem }
}

/// `a.b.c` gives `a.b` and `a`.
fn parents(name: &str) -> impl Iterator<Item = &str> {
    name.rmatch_indices('.').filter_map(|(dot, _)| name.get(..dot))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Lock, LockError};

    pub(crate) fn package(name: &str, imports: &[&str], depends: &[&str]) -> String {
        let list = |names: &[&str]| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(",");
        format!(
            r#""{name}": {{"name": "{name}", "version": "1.0", "file_name": "{name}.whl", "install_dir": "site", "sha256": "{}",
              "package_type": "package", "imports": [{}], "depends": [{}], "some_future_field": {{}}}}"#,
            "0".repeat(64),
            list(imports),
            list(depends)
        )
    }

    pub(crate) fn lock_text(packages: &[String]) -> String {
        let info = r#"{"abi_version": "2026_0", "arch": "wasm32", "platform": "emscripten_5_0_3", "python": "3.14.0"}"#;
        format!("{{\"info\": {info},\n\"packages\": {{\n{}\n}}}}", packages.join(",\n"))
    }

    pub(crate) fn lock(packages: &[String]) -> Lock {
        Lock::parse(lock_text(packages).as_bytes()).unwrap()
    }

    fn error_of(text: &str) -> LockError {
        Lock::parse(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_namespace_may_be_shared() {
        let lock = lock(&[
            package("google-auth", &["google.auth"], &[]),
            package("protobuf", &["google.protobuf", "google._upb"], &[]),
            package("numpy", &["numpy"], &[]),
        ]);
        let names = |module| lock.packages_for_module(module).map(|p| p.name.as_str()).collect::<Vec<_>>();
        assert_eq!(names("google"), ["google-auth", "protobuf"]);
        assert_eq!(names("google.protobuf"), ["protobuf"]);
        assert_eq!(names("google.protobuf.message"), [""; 0]);
        assert_eq!(names("numpy.linalg"), [""; 0]);
        let first = |module| lock.package_for_import(module).map(|p| p.name.as_str());
        assert_eq!(first("google.protobuf.message"), Some("protobuf"));
        assert_eq!(first("numpy.linalg"), Some("numpy"));
        assert_eq!(first("google"), Some("google-auth"));
        assert_eq!(first("google.cloud"), None);
        assert_eq!(first(""), None);
        assert_eq!(first("..."), None);
    }

    #[test]
    fn damage_is_located() {
        let text = lock_text(&[package("numpy", &["numpy"], &[])]);
        let cut = text.get(..text.len() - 3).unwrap();
        let message = error_of(cut).to_string();
        assert!(message.starts_with("pyodide-lock.json is damaged at line 4, column "), "{message}");
        assert!(message.ends_with(": fetch it again"), "{message}");
        assert!(matches!(error_of(""), LockError::Syntax { line: 1, column: 0, .. }));
        let message = error_of(&text.replace("\"version\"", "\"varsion\"")).to_string();
        assert!(message.contains("missing field `version`"), "{message}");
        let message = error_of(&text.replace("\"site\"", "\"moon\"")).to_string();
        assert!(message.contains("unknown variant `moon`"), "{message}");
    }

    #[test]
    fn no_cut_and_no_flipped_byte_panics() {
        let text = lock_text(&[package("numpy", &["numpy"], &["a"]), package("a", &["a.b"], &[])]);
        for end in 0..text.len() {
            assert!(Lock::parse(text.as_bytes().get(..end).unwrap()).is_err(), "{end}");
        }
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            *bytes.get_mut(at).unwrap() ^= 0x24;
            let _ = Lock::parse(&bytes);
        }
    }

    #[test]
    fn values_are_checked() {
        let text = lock_text(&[package("numpy", &["numpy"], &[])]);
        for (from, to, field) in [
            ("\"numpy.whl\"", "\"../numpy.whl\"", "file_name '../numpy.whl'"),
            ("\"numpy.whl\"", "\"\"", "file_name ''"),
            ("\"numpy.whl\"", "\"c:x\"", "file_name 'c:x'"),
            ("\"name\": \"numpy\"", "\"name\": \"pandas\"", "name 'pandas'"),
            ("0000\"", "000\"", "sha256 '000"),
            ("[\"numpy\"]", "[\"num py\"]", "imports 'num py'"),
            ("\"numpy.whl\"", "\"a\\\\b\"", "file_name 'a\\b'"),
            ("\"numpy.whl\"", "\"a/b\"", "file_name 'a/b'"),
            ("\"numpy.whl\"", "\".hidden\"", "file_name '.hidden'"),
            ("\"numpy.whl\"", "\"a\\u0007\"", "file_name 'a"),
            ("\"numpy.whl\"", &format!("\"{}\"", "x".repeat(256)), "file_name 'xxx"),
            ("[\"numpy\"]", "[\"num..py\"]", "imports 'num..py'"),
            ("[\"numpy\"]", "[\"\"]", "imports ''"),
            ("[\"numpy\"]", "[\"num/py\"]", "imports 'num/py'"),
            ("[\"numpy\"]", "[\"num\\\\py\"]", "imports 'num\\py'"),
            ("[\"numpy\"]", &format!("[\"{}\"]", "x".repeat(256)), "imports 'xxx"),
            ("2026_0", "2026", "abi_version is '2026'"),
            ("2026_0", "2026_", "abi_version is '2026_'"),
            ("2026_0", "_0", "abi_version is '_0'"),
            ("2026_0", "2026_x", "abi_version is '2026_x'"),
            ("2026_0", "x_0", "abi_version is 'x_0'"),
            ("2026_0", "2026_0_1", "abi_version is '2026_0_1'"),
            ("wasm32", "wasm64", "arch is 'wasm64'"),
        ] {
            let message = error_of(&text.replace(from, to)).to_string();
            assert!(message.contains(field), "{message}");
        }
        for (from, to) in [("\"numpy.whl\"", "x".repeat(255)), ("[\"numpy\"]", "x".repeat(255))] {
            let list = from.starts_with('[');
            let to = if list { format!("[\"{to}\"]") } else { format!("\"{to}\"") };
            Lock::parse(text.replace(from, &to).as_bytes()).expect("as long as it may be");
        }
        let twice = lock_text(&[package("a-b", &[], &[]), package("a_b", &[], &[])]);
        assert!(error_of(&twice).to_string().contains("another package has"));
    }
}
