//! The names of a module whose own were minified: read from the JavaScript that was made with it, or from a file of names. The
//! JavaScript is text here: nothing of it is run.

use std::fmt;

use pyrun_emscripten_shim::glue::Glue;
use pyrun_translate::{TranslateError, TrueImport, TrueNames, inspect, with_true_names};

use crate::error::Error;
use crate::module::error::ModuleError;

/// Limit: bytes of a file of names.
pub(super) const MAX_NAMES: usize = 8 << 20;
/// Limit: characters of a line that a message shows.
const SHOWN_LINE: usize = 200;

/// What the minified names of a module stand for.
///
/// `Display` writes them as a file of names, which [`ModuleNames::parse`] reads again: a line for each, `import a env.exit` or
/// `export b free`; lines that begin with `#` are comments.
///
/// ```
/// let names = pyrun::ModuleNames::from_javascript(
///     r#"var wasmImports={a:_exit}; _free=Module["_free"]=wasmExports["b"]"#,
/// );
/// let text = names.to_string();
/// assert_eq!(text, "import a env.exit\nexport b free\n");
/// assert_eq!(pyrun::ModuleNames::parse(&text)?, names);
/// # Ok::<(), pyrun::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleNames(TrueNames);

impl ModuleNames {
    /// Looks for the tables of names in the JavaScript that Emscripten made with a module. Of JavaScript without any, or whose
    /// tables an optimiser has renamed, too, nothing comes.
    #[must_use]
    pub fn from_javascript(text: &str) -> Self {
        Self(Glue::read(text).names)
    }

    /// Reads a file of names, of at most 8 MiB.
    ///
    /// # Errors
    /// [`Error::Module`], which names the line that is no name.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_NAMES {
            return Err(ModuleError::TooManyNames { bytes: text.len(), limit: MAX_NAMES }.into());
        }
        let mut names = TrueNames::default();
        for (number, line) in (1..).zip(text.lines()) {
            // One word more than the longest that there is: what follows is of no use.
            let words: Vec<&str> = line.split_whitespace().take(4).collect();
            let wrong = || ModuleError::Names { line: number, text: line.chars().take(SHOWN_LINE).collect() };
            match words.as_slice() {
                [] => {}
                [first, ..] if first.starts_with('#') => {}
                ["import", short, meant] => {
                    let (module, name) = meant.split_once('.').ok_or_else(wrong)?;
                    let import = TrueImport { module: module.to_owned(), name: name.to_owned() };
                    names.imports.insert((*short).to_owned(), import);
                }
                ["export", short, name] => {
                    names.exports.insert((*short).to_owned(), (*name).to_owned());
                }
                _ => return Err(wrong().into()),
            }
        }
        Ok(Self(names))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.imports.is_empty() && self.0.exports.is_empty()
    }

    /// Puts them into a module.
    pub(super) fn put_into(&self, wasm: &[u8]) -> Result<Vec<u8>, TranslateError> {
        with_true_names(wasm, &self.0)
    }

    /// Whether every import of a module is among them.
    pub(super) fn covers(&self, wasm: &[u8]) -> bool {
        inspect(wasm).is_ok_and(|info| info.imports().all(|import| self.0.imports.contains_key(import.name)))
    }
}

impl fmt::Display for ModuleNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (short, import) in &self.0.imports {
            writeln!(f, "import {short} {}.{}", import.module, import.name)?;
        }
        for (short, name) in &self.0.exports {
            writeln!(f, "export {short} {name}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_no_name_is_named() {
        for (text, line) in [("import a", 1), ("\n# x\nexport a b c", 3), ("import a exit", 1), ("rename a b", 1)] {
            let error = ModuleNames::parse(text).unwrap_err().to_string();
            assert!(error.contains(&format!("line {line}")), "{error}");
        }
        assert!(ModuleNames::parse("# nothing\n").unwrap().is_empty());
    }
}
