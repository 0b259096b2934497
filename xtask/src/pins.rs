//! `cargo xtask pins`: the engine's crates are pinned to exact versions; are there newer patch releases of their series?
//!
//! Needs the network: cargo itself is asked, by a package that wants any patch release of each series.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::Command;

use crate::paths::repository;

/// Crates that the engine pins to an exact version, and in which its mistakes are mended. A newer one is worth reading about, but
/// only a newer engine brings it.
const BELOW: &[&str] = &["cranelift-codegen"];

/// Prints each pinned crate beside the newest of its series. An error: one that we pin is behind.
pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let ours = pinned(
        &std::fs::read_to_string(repository("Cargo.toml"))?,
        &std::fs::read_to_string(repository("Cargo.lock"))?,
    )?;
    let mut behind = Vec::new();
    for (name, version) in &ours {
        let newest = newest(name, version)?;
        println!("{name} {version}, newest of its series: {newest}");
        match (newest == *version, BELOW.contains(&name.as_str())) {
            (true, _) => {}
            (false, true) => println!("  {name} is pinned by the engine: read what {newest} mends"),
            (false, false) => behind.push(name.as_str()),
        }
    }
    if behind.is_empty() { Ok(()) } else { Err(format!("behind: {}: read what they mend", behind.join(", ")).into()) }
}

/// The crates with an exact version in the workspace's manifest, and those below them.
fn pinned(manifest: &str, lock: &str) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let manifest: toml::Table = toml::from_str(manifest)?;
    let dependencies = manifest.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let dependencies =
        dependencies.and_then(toml::Value::as_table).ok_or("Cargo.toml has no [workspace.dependencies]")?;
    let exact = dependencies.iter().filter_map(|(name, value)| {
        let requirement = value.as_str().or_else(|| value.get("version")?.as_str())?;
        Some((name.clone(), requirement.strip_prefix('=')?.to_owned()))
    });
    let mut pinned: BTreeMap<String, String> = exact.collect();
    let locked = versions(lock)?;
    for name in BELOW {
        let version = locked.get(*name).ok_or_else(|| format!("Cargo.lock has no {name}"))?;
        pinned.insert((*name).to_owned(), version.clone());
    }
    Ok(pinned)
}

/// The versions in a lock file.
fn versions(lock: &str) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let lock: toml::Table = toml::from_str(lock)?;
    let packages = lock.get("package").and_then(toml::Value::as_array).ok_or("a lock file has packages")?;
    let text = |package: &toml::Value, field: &str| Some(package.get(field)?.as_str()?.to_owned());
    Ok(packages.iter().filter_map(|package| Some((text(package, "name")?, text(package, "version")?))).collect())
}

/// The newest patch release of a version's series, that cargo would take. Crates that are pinned by others are looked at one by
/// one, since they do not go together.
fn newest(name: &str, version: &str) -> Result<String, Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("pyrun-pins-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("src"))?;
    std::fs::write(folder.join("src/lib.rs"), "")?;
    let manifest = format!(
        "[package]\nname = \"pins\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n{name} = {{ version = \
         \"~{version}\", default-features = false }}\n"
    );
    std::fs::write(folder.join("Cargo.toml"), manifest)?;
    let found = lock_of(&folder, name);
    std::fs::remove_dir_all(&folder)?;
    found
}

fn lock_of(folder: &Path, name: &str) -> Result<String, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let ran = Command::new(cargo).args(["generate-lockfile", "--quiet"]).current_dir(folder).output()?;
    if !ran.status.success() {
        return Err(format!("{name}: {}", String::from_utf8_lossy(&ran.stderr)).into());
    }
    let versions = versions(&std::fs::read_to_string(folder.join("Cargo.lock"))?)?;
    versions.get(name).cloned().ok_or_else(|| format!("{name} is not in the lock file").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pinned_crates_are_read() {
        let manifest =
            "[workspace.dependencies]\na = \"=1.2.3\"\nb = { version = \"=4.5.6\" }\nc = \"1\"\nd = { path = \"d\" }\n";
        let lock = "[[package]]\nname = \"cranelift-codegen\"\nversion = \"0.1.2\"\n";
        let found: Vec<(String, String)> = pinned(manifest, lock).unwrap().into_iter().collect();
        let expected = [("a", "1.2.3"), ("b", "4.5.6"), ("cranelift-codegen", "0.1.2")];
        assert_eq!(found, expected.map(|(name, version)| (name.to_owned(), version.to_owned())));
        assert!(pinned(manifest, "[[package]]\nname = \"x\"\nversion = \"1.0.0\"\n").is_err());
    }
}
