//! What makes native code of WebAssembly.

use std::fmt;
use std::str::FromStr;

use pyrun_emscripten_shim::memory::set_stack_size;
use wasmer::Engine;
use wasmer::sys::{CompilerConfig, EngineBuilder, Features};
use wasmer_compiler_cranelift::Cranelift;

use crate::error::Error;

/// The guest's native stack, in bytes. CPython's own limit (10 MiB of its C stack) must be hit first: a comparison of two
/// lists that hold each other takes 32 bytes of that and 540 of this for each of 327,000 levels, which is 176 MB.
/// A process that does not go so deep does not have the pages.
const WASM_STACK: usize = 256 << 20;

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

    /// Whether this build has it.
    ///
    /// # Errors
    /// [`Error::NoCompiler`], which says how to get one that has.
    pub(crate) const fn check(self) -> Result<(), Error> {
        match self {
            Self::Llvm if !cfg!(feature = "llvm") => Err(Error::NoCompiler(self)),
            Self::Cranelift | Self::Llvm => Ok(()),
        }
    }

    /// The compiler with its settings, as part of the key of what it makes.
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

/// The engine that guests run on, too: it loads what either compiler makes.
pub(crate) fn cranelift_engine() -> Engine {
    // Artifacts that are mapped and paged in, rather than read and copied.
    let mut compiler = Cranelift::default();
    compiler.experimental_artifact(true);
    let mut engine = engine(compiler);
    set_stack_size(&mut engine, WASM_STACK);
    engine
}

/// An engine that compiles with LLVM.
///
/// # Errors
/// [`Error::NoCompiler`] when this build does not have it.
#[cfg(feature = "llvm")]
pub(crate) fn llvm_engine() -> Result<Engine, Error> {
    let mut compiler = wasmer_compiler_llvm::LLVM::default();
    compiler.experimental_artifact(true);
    // An access whose value nobody uses may then be left out, and with it the trap if it is out of bounds.
    compiler.non_volatile_memops(true);
    let mut engine = engine(compiler);
    pyrun_emscripten_shim::memory::allow_spare_memory(&mut engine);
    Ok(engine)
}

/// An engine that compiles with LLVM, which this build has not.
///
/// # Errors
/// [`Error::NoCompiler`].
#[cfg(not(feature = "llvm"))]
pub(crate) fn llvm_engine() -> Result<Engine, Error> {
    Err(Error::NoCompiler(Compiler::Llvm))
}

fn engine(compiler: impl CompilerConfig + 'static) -> Engine {
    let mut features = Features::new();
    features.exceptions(true);
    EngineBuilder::new(compiler).set_features(Some(features)).engine().into()
}
