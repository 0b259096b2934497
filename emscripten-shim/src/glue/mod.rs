//! What the JavaScript beside a module tells of it: the names that were minified, and the data files that go with it.
//!
//! Emscripten makes a module and JavaScript for it together. A host without JavaScript needs none of the code, but two tables
//! in it: which function each minified import and export is, and what files are in a `.data` package. The text is cut
//! into tokens and the tables are found by their shape; nothing of it is run.
//!
//! | table | looks like |
//! |---|---|
//! | imports | `wasmImports={a:_exit,b:_fd_write,…}`, or `asmLibraryArg` before |
//! | exports | `_free=Module["_free"]=wasmExports["tc"]`, and its kin of older releases |
//! | package | `{files:[{filename:"/a",start:0,end:7},…],remote_package_size:7}` |
//!
//! Left out: code that Closure has renamed through (`-O2 --closure 1`), in which no table has names.

mod names;
mod package;
mod tokens;

use pyrun_translate::{ModuleInfo, TrueNames};

pub use package::{DataFile, DataPackage};
use tokens::tokens;

/// Limit: bytes of JavaScript that are looked at.
pub const MAX_GLUE: usize = 64 << 20;

/// What was found in the JavaScript of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glue {
    /// What minified names stand for.
    pub names: TrueNames,
    /// The data packages that it loads, in order.
    pub packages: Vec<DataPackage>,
}

impl Glue {
    /// Looks for the tables. A text without any gives an empty result; one beyond [`MAX_GLUE`] is cut there.
    ///
    /// ```
    /// use pyrun_emscripten_shim::glue::Glue;
    ///
    /// let glue = Glue::read(
    ///     r#"var wasmImports={a:_exit,b:_fd_write}; function assign(wasmExports){
    ///        _free=Module["_free"]=wasmExports["d"];memory=wasmMemory=wasmExports["c"]}"#,
    /// );
    /// assert_eq!(glue.names.imports["b"].module, "wasi_snapshot_preview1");
    /// assert_eq!(glue.names.exports["d"], "free");
    /// assert_eq!(glue.names.exports["c"], "memory");
    /// ```
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut end = text.len().min(MAX_GLUE);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let tokens = tokens(text.get(..end).unwrap_or_default());
        Self { names: names::find(&tokens), packages: package::find(&tokens) }
    }

    /// Whether the table of names has every function that the module imports: with fewer it belongs to another module.
    #[must_use]
    pub fn names_imports_of(&self, module: &ModuleInfo) -> bool {
        module.imports().all(|import| self.names.imports.contains_key(import.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_belongs_to_the_module_whose_imports_it_has() {
        let glue = Glue::read("var wasmImports={a:_exit,b:_fd_write};");
        for (imports, belongs) in [("a", true), ("ab", true), ("", true), ("c", false), ("abc", false)] {
            let list: String = imports.chars().map(|name| format!(r#"(import "a" "{name}" (func))"#)).collect();
            let info = pyrun_translate::inspect(&wat::parse_str(format!("(module {list})")).unwrap()).unwrap();
            assert_eq!(glue.names_imports_of(&info), belongs, "{imports}");
        }
    }
}
