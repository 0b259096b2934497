//! Traps: what stopped a module's code, and where it was.

use std::fmt;

use wasmer_types::{FrameInfo, TrapCode};

/// Limit: frames that a trap remembers, innermost first. A stack overflow has hundreds of thousands.
const MOST_FRAMES: usize = 64;
/// Frames that the message names.
const SHOWN_FRAMES: usize = 8;

/// Why a module's code stopped: what WebAssembly forbids, or an exception that nothing caught.
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// # let wasm = wat::parse_str(r#"(module (func $half (export "half") (param i32) (result i32)
/// #     (i32.div_s (i32.const 1) (local.get 0))))"#).unwrap();
/// # let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let mut instance = engine.module(wasm)?.instance().start()?;
/// let Err(pyrun::Error::Trap(trap)) = instance.call("half", (0,)) else { panic!("it returned") };
/// assert_eq!(trap.kind, pyrun::TrapKind::DivisionByZero);
/// assert_eq!(trap.frames[0].function.as_deref(), Some("half"));
/// assert_eq!(trap.to_string(), "the module trapped: integer divide by zero, in half");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WasmTrap {
    /// What happened.
    pub kind: TrapKind,
    /// The calls that were active, innermost first, up to 64.
    pub frames: Vec<WasmFrame>,
}

/// What made a module's code stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TrapKind {
    /// The instruction `unreachable`: a failed assertion, a panic, `abort`.
    Unreachable,
    /// An access beyond the end of memory.
    MemoryOutOfBounds,
    /// An access beyond the end of a table: an invalid function pointer.
    TableOutOfBounds,
    /// A call through a table's empty slot: a null function pointer.
    IndirectCallToNull,
    /// A call through a table of a function of another type.
    IndirectCallType,
    /// A quotient that its type cannot hold.
    IntegerOverflow,
    /// A division by zero.
    DivisionByZero,
    /// A float that cannot become an integer.
    ConversionToInteger,
    /// Calls nested too deeply for the native stack, which is the same for every guest of a process.
    StackOverflow,
    /// An atomic access that is not aligned.
    UnalignedAtomic,
    /// An exception that nothing caught.
    UncaughtException,
    /// Another one; the engine's text is all there is.
    Other,
}

impl TrapKind {
    const fn text(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable code was reached",
            Self::MemoryOutOfBounds => "memory access out of bounds",
            Self::TableOutOfBounds => "table access out of bounds",
            Self::IndirectCallToNull => "call of a null function pointer",
            Self::IndirectCallType => "indirect call of a function of another type",
            Self::IntegerOverflow => "integer overflow",
            Self::DivisionByZero => "integer divide by zero",
            Self::ConversionToInteger => "invalid conversion to integer",
            Self::StackOverflow => "calls nested too deeply for the stack, which is 256 MiB for every guest",
            Self::UnalignedAtomic => "unaligned atomic access",
            Self::UncaughtException => "an exception that nothing caught",
            Self::Other => "it cannot go on",
        }
    }

    pub(super) const fn of(code: TrapCode) -> Self {
        match code {
            TrapCode::UnreachableCodeReached => Self::Unreachable,
            TrapCode::HeapAccessOutOfBounds | TrapCode::HeapMisaligned => Self::MemoryOutOfBounds,
            TrapCode::TableAccessOutOfBounds => Self::TableOutOfBounds,
            TrapCode::IndirectCallToNull => Self::IndirectCallToNull,
            TrapCode::BadSignature => Self::IndirectCallType,
            TrapCode::IntegerOverflow => Self::IntegerOverflow,
            TrapCode::IntegerDivisionByZero => Self::DivisionByZero,
            TrapCode::BadConversionToInteger => Self::ConversionToInteger,
            TrapCode::StackOverflow => Self::StackOverflow,
            TrapCode::UnalignedAtomic => Self::UnalignedAtomic,
            TrapCode::UncaughtException => Self::UncaughtException,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for TrapKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// One call that was active.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WasmFrame {
    /// The function's name, when the module has it: from its name section, or an export. It is the module's own text.
    pub function: Option<String>,
    /// Its index in the module.
    pub index: u32,
}

impl WasmFrame {
    fn of(frame: &FrameInfo) -> Self {
        Self { function: frame.function_name().map(str::to_owned), index: frame.func_index() }
    }
}

impl fmt::Display for WasmFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.function {
            // A name is whatever the module says: none of it may act on a terminal.
            Some(name) => name.escape_debug().fmt(f),
            None => write!(f, "function {}", self.index),
        }
    }
}

impl fmt::Display for WasmTrap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the module trapped: {}", self.kind)?;
        for (index, frame) in self.frames.iter().take(SHOWN_FRAMES).enumerate() {
            write!(f, ", {} {frame}", if index == 0 { "in" } else { "called by" })?;
        }
        if self.frames.len() > SHOWN_FRAMES {
            f.write_str(", …")?;
        }
        Ok(())
    }
}

impl std::error::Error for WasmTrap {}

impl WasmTrap {
    pub(super) fn new(kind: TrapKind, frames: &[FrameInfo]) -> Self {
        Self { kind, frames: frames.iter().take(MOST_FRAMES).map(WasmFrame::of).collect() }
    }
}
