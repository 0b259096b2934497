//! Which packages a program is about to import, as far as its text tells.
//!
//! Importing NumPy takes longer than all the rest of a start. So a program whose text has `import numpy` at the left margin
//! starts from a snapshot in which NumPy was preloaded: `sys.modules` does not have it, the program's own
//! import statement brings it in, at once. A guess that is wrong costs nothing but the memory that is mapped.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use pyrun_pyodide_loader::RunTarget;

use crate::engine::Engine;
use crate::grants::Grants;

/// Limit: bytes of a script that are looked at; imports behind them are not preloaded.
const MAX_TEXT: u64 = 1 << 20;

/// The modules of the release's packages that the program imports, sorted. None when variables are granted:
/// packages look at the environment when they are imported.
pub(super) fn modules(engine: &Engine, grants: &Grants, target: &RunTarget) -> Vec<String> {
    if !grants.environment.is_empty() {
        return Vec::new();
    }
    let text = match target {
        RunTarget::Command(text) => text.clone(),
        RunTarget::Script(path) => read(grants, path).unwrap_or_default(),
        RunTarget::Module(_) | RunTarget::Stdin => return Vec::new(),
    };
    engine.importable(imported(&String::from_utf8_lossy(&text)))
}

fn read(grants: &Grants, path: &[u8]) -> Option<Vec<u8>> {
    let path = grants.host_path(Path::new(std::str::from_utf8(path).ok()?))?;
    let mut text = Vec::new();
    std::fs::File::open(path).ok()?.take(MAX_TEXT).read_to_end(&mut text).ok()?;
    Some(text)
}

/// The top-level names that import statements at the left margin name. Text in a string may look like one; then it is
/// taken for one.
fn imported(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for statement in text.lines().filter(|line| !line.starts_with([' ', '\t'])).flat_map(|line| line.split(';')) {
        let mut words = statement.split_whitespace();
        match words.next() {
            Some("import") => {
                let rest: Vec<&str> = words.collect();
                let modules = rest.join(" ");
                names.extend(modules.split(',').filter_map(|module| top_level(module.trim())));
            }
            Some("from") => names.extend(words.next().and_then(top_level)),
            _ => {}
        }
    }
    names
}

/// The package of `a.b as c`; none of a relative import.
fn top_level(module: &str) -> Option<String> {
    let name = module.split([' ', '.', '#']).next()?;
    let is_name = |c: char| c == '_' || c.is_alphanumeric();
    (!name.is_empty() && name.chars().all(is_name)).then(|| name.to_owned())
}

/// Whether a file beside the program has the name of a module that was preloaded. It comes first in `sys.path`, so the
/// program would get that one, and so would the packages.
pub(super) fn is_shadowed(grants: &Grants, target: &RunTarget, preloaded: &[String]) -> bool {
    let folder = match target {
        RunTarget::Script(path) => std::str::from_utf8(path).ok().and_then(|path| Path::new(path).parent()),
        _ => Some(Path::new(grants.start_folder())),
    };
    let Some(folder) = folder.and_then(|folder| grants.host_path(folder)) else {
        return false;
    };
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let stem = name.split('.').next().unwrap_or_default();
        preloaded.binary_search_by(|module| module.as_str().cmp(stem)).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::imported;

    #[test]
    fn imports_at_the_margin() {
        for (text, want) in [
            ("import numpy", &["numpy"][..]),
            ("import numpy as np, pandas.api; x = 1; from scipy.linalg import inv", &["numpy", "pandas", "scipy"]),
            ("if x:\n    import numpy\n", &[]),
            ("from . import a\nfrom .b import c", &[]),
            ("import a#b\nimport os,sys", &["a", "os", "sys"]),
            ("importlib.import_module('x')\nimportant = 1\nfrom", &[]),
            ("import", &[]),
        ] {
            assert_eq!(imported(text).into_iter().collect::<Vec<_>>(), want, "{text:?}");
        }
    }
}
