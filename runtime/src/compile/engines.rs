//! The engines: what makes native code of WebAssembly, and runs it.

use std::sync::Arc;

use pyrun_emscripten_shim::memory::set_stack_size;
use wasmer::Engine;
use wasmer::sys::{CompilerConfig, EngineBuilder, Features};
use wasmer_compiler_cranelift::Cranelift;

use super::allowance::{Compilation, Poll};
use super::compiler::Compiler;
use crate::error::Error;

/// The guest's native stack, in bytes. CPython's own limit (10 MiB of its C stack) must be hit first: a comparison of two
/// lists that hold each other takes 32 bytes of that and 540 of this for each of 327,000 levels, which is 176 MB.
/// A process that does not go so deep does not have the pages.
const WASM_STACK: usize = 256 << 20;

/// Looks whether this build has a compiler.
///
/// # Errors
/// [`Error::NoCompiler`], which says how to get one that has.
pub(crate) const fn check(compiler: Compiler) -> Result<(), Error> {
    match compiler {
        Compiler::Llvm if !cfg!(feature = "llvm") => Err(Error::NoCompiler(compiler)),
        Compiler::Cranelift | Compiler::Llvm => Ok(()),
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

/// An engine for one compilation with Cranelift, of a module that somebody brings: within what is allowed, and without holding up
/// those who use another engine meanwhile. An engine compiles one module at a time, under a lock.
pub(super) fn bounded_engine(compilation: &Arc<Compilation>) -> Engine {
    let mut compiler = Cranelift::default();
    compiler.experimental_artifact(true);
    compiler.num_threads(compilation.threads());
    compiler.push_middleware(Arc::new(Poll(compilation.clone())));
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

/// Stub for builds without the `llvm` feature; always fails.
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
