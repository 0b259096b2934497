//! Reading a lock file: its JSON, and what must be true of each field before anything uses it.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::{InstallDir, Lock, LockError, LockInfo, Package, PackageType, field_error};
use crate::name::canonical_name;

#[derive(Deserialize)]
struct RawLock {
    info: LockInfo,
    packages: BTreeMap<String, RawPackage>,
}

#[derive(Deserialize)]
struct RawPackage {
    name: String,
    version: String,
    file_name: String,
    install_dir: InstallDir,
    sha256: String,
    package_type: PackageType,
    imports: Vec<String>,
    depends: Vec<String>,
    #[serde(default)]
    unvendored_tests: bool,
}

impl Lock {
    /// Reads a lock file. Fields that it does not know are ignored.
    ///
    /// # Errors
    /// [`LockError`] says where the file is damaged.
    pub fn parse(json: &[u8]) -> Result<Self, LockError> {
        let raw: RawLock = serde_json::from_slice(json).map_err(syntax_error)?;
        check_info(&raw.info)?;
        let mut lock = Self {
            info: raw.info,
            packages: Vec::with_capacity(raw.packages.len()),
            by_name: HashMap::with_capacity(raw.packages.len()),
            by_import: HashMap::new(),
            by_namespace: HashMap::new(),
        };
        for (key, package) in raw.packages {
            lock.insert(&key, package.check(&key)?)?;
        }
        Ok(lock)
    }
}

impl RawPackage {
    fn check(self, key: &str) -> Result<Package, LockError> {
        let canonical = canonical_name(&self.name);
        if canonical != canonical_name(key) {
            return Err(field_error(key, "name", &self.name, "which is another name"));
        }
        if !is_file_name(&self.file_name) {
            return Err(field_error(key, "file_name", &self.file_name, "which is not the name of a file"));
        }
        let Ok(sha256) = self.sha256.parse() else {
            return Err(field_error(key, "sha256", &self.sha256, "which is not 64 hexadecimal digits"));
        };
        if let Some(import) = self.imports.iter().find(|import| !is_module_name(import)) {
            return Err(field_error(key, "imports", import, "which is not the name of a module"));
        }
        Ok(Package {
            canonical,
            name: self.name,
            version: self.version,
            file_name: self.file_name,
            install_dir: self.install_dir,
            sha256,
            package_type: self.package_type,
            imports: self.imports,
            depends: self.depends.iter().map(|name| canonical_name(name)).collect(),
            unvendored_tests: self.unvendored_tests,
        })
    }
}

fn check_info(info: &LockInfo) -> Result<(), LockError> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_abi = info.abi_version.split_once('_').is_some_and(|(year, number)| is_number(year) && is_number(number));
    if !is_abi {
        let value = info.abi_version.clone();
        return Err(LockError::Info { field: "abi_version", value, problem: "which is not like 2026_0" });
    }
    if info.arch != "wasm32" {
        let value = info.arch.clone();
        return Err(LockError::Info { field: "arch", value, problem: "but pyrun runs wasm32" });
    }
    Ok(())
}

/// Whether `name` is one component of a path that cannot lead elsewhere on any host.
fn is_file_name(name: &str) -> bool {
    let is_plain = |c: char| !matches!(c, '/' | '\\' | ':') && !c.is_control();
    !name.is_empty() && name.len() <= 255 && !name.starts_with('.') && name.chars().all(is_plain)
}

/// Wider than what an import statement allows: lock files of Pyodide list `matplotlib-inline`.
fn is_module_name(name: &str) -> bool {
    name.len() <= 255 && name.split('.').all(|part| !part.is_empty() && !part.contains(is_never_in_a_name))
}

fn is_never_in_a_name(c: char) -> bool {
    c.is_control() || c.is_whitespace() || matches!(c, '/' | '\\')
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn syntax_error(error: serde_json::Error) -> LockError {
    let text = error.to_string();
    let problem = text.split(" at line ").next().unwrap_or_default().to_owned();
    LockError::Syntax { line: error.line(), column: error.column(), problem }
}
