//! What a release needs of the host and the host of it, as far as one of them does not have it.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use pyrun_pyodide_loader::KnownRelease;
use wasmparser::{Parser, Payload};

use crate::support;

/// Lines for a person.
pub(crate) fn report(version: &str, module: &Path) -> Result<String, Box<dyn Error>> {
    let release = KnownRelease::find(version).ok_or_else(|| format!("{version} is not in the table"))?;
    let imports = crate::imports(version)?;
    let unknown = imports.iter().filter(|(name, _)| support::is_unknown(release, name));
    let unknown: Vec<String> = unknown.map(|(name, ty)| format!("{name} {ty}")).collect();
    let exports = exports(&std::fs::read(module)?)?;
    let called: Vec<String> = host_exports().filter(|name| !exports.contains(*name)).map(str::to_owned).collect();
    let mut text = String::new();
    writeln!(text, "{}", list("imports that nothing supplies", &unknown))?;
    writeln!(
        text,
        "{}",
        list(
            "exports that the host asks for, and that are not there (it asks first for some: compare with the release before)",
            &called
        )
    )?;
    Ok(text)
}

fn list(title: &str, names: &[String]) -> String {
    if names.is_empty() { format!("  {title}: none") } else { format!("  {title}:\n    {}", names.join("\n    ")) }
}

/// What the host calls by name. Some of it only releases of an older era have: the host asks before it calls.
fn host_exports() -> impl Iterator<Item = &'static str> {
    use pyrun_pyodide_loader::{C_FUNCTIONS, C_OBJECTS, boot};
    [pyrun_emscripten_shim::guest::exports::HOST_EXPORTS, boot::HOST_EXPORTS, C_FUNCTIONS, C_OBJECTS]
        .into_iter()
        .flat_map(|names| names.iter().copied())
}

fn exports(module: &[u8]) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let mut names = BTreeSet::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ExportSection(section) = payload? {
            for export in section {
                names.insert(export?.name.to_owned());
            }
        }
    }
    Ok(names)
}
