//! The compilers by name.

use std::fmt;
use std::str::FromStr;

/// The engine that runs modules, with its version: `wasmer 7.4.2`.
pub const ENGINE: &str = "wasmer 7.4.2";

/// A compiler of WebAssembly to native code.
///
/// What either makes is kept in the cache and loaded by every build of pyrun, and modules by one call those by the other. A
/// start uses LLVM's code of a module if the cache has it, else Cranelift's, and compiles with Cranelift what is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compiler {
    /// Compiles in seconds. In every build.
    Cranelift,
    /// Takes minutes and gives faster code. In builds with the Cargo feature `llvm` only.
    Llvm,
}

impl Compiler {
    /// The one that gives the fastest code, of those that this build has.
    #[must_use]
    pub const fn best() -> Self {
        if cfg!(feature = "llvm") { Self::Llvm } else { Self::Cranelift }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cranelift => "cranelift",
            Self::Llvm => "llvm",
        }
    }

    /// The compiler with its settings, behind [`ENGINE`], as part of the key of what it makes.
    pub(crate) const fn identity(self) -> &'static str {
        match self {
            Self::Cranelift => "wasmer 7.4.2 cranelift speed elf",
            Self::Llvm => "wasmer 7.4.2 llvm 22 aggressive nonvolatile elf, spare memory 1, passes 1",
        }
    }
}

impl fmt::Display for Compiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Compiler {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = [Self::Cranelift, Self::Llvm];
        known.into_iter().find(|compiler| compiler.name() == name).ok_or_else(|| format!("there is no compiler {name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compiled_is_known_by_the_engine() {
        for compiler in [Compiler::Cranelift, Compiler::Llvm] {
            assert!(compiler.identity().starts_with(&format!("{ENGINE} {compiler} ")), "{compiler}");
        }
    }
}
