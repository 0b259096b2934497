//! Polls: places at which code that never ends can be ended.
//!
//! A host ends a guest by taking its memory away: the next access faults, and the engine makes a trap of that. Code that makes no
//! access does not notice. [`with_polls`] gives it one, a load of the first byte of memory, at the head of every loop and at the
//! beginning of every function that calls others: no code runs for long without passing one.
//!
//! The load is atomic. A plain one could be taken out by a compiler, which sees that nobody uses what it gives, or merged with
//! another; on the machines that there are it is an ordinary load. The byte is read and dropped, so nothing that the module can
//! see changes.
//!
//! A module whose first memory may begin with no page, or has 64-bit addresses, polls a memory of its own of one page, which is
//! added behind the others and cannot grow.
//!
//! Code of releases has accesses nearly everywhere, and polls in all of its loops would cost up to a tenth of the time. Not all of it
//! has: `while (size < needed) size *= 2` never ends where `size` overflows to zero, and touches nothing. [`Polls::SilentLoops`] are
//! the loops that may go around with neither an access nor a call: 509 of the 12,525 of the default release's main module.
//!
//! Invariant: indices of all kinds keep their meaning.

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, Function, Instruction, MemArg, MemorySection, MemoryType, Module, SectionId};
use wasmparser::{FunctionBody, MemorySectionReader, Operator, Parser, TypeRef};

mod silent;

use silent::{calls, silent_loops};

use crate::error::{Result, TranslateError};
use crate::module::Module as Input;
use crate::options::Polls;

/// The memory that is added, if one is.
const OWN: MemoryType =
    MemoryType { minimum: 1, maximum: Some(1), memory64: false, shared: false, page_size_log2: None };

/// Puts polls into a module; the same bytes when it has nothing to poll in.
///
/// # Errors
/// The module is malformed.
pub(crate) fn with_polls(wasm: Vec<u8>, places: Polls) -> Result<Vec<u8>> {
    let input = Input::read(&wasm)?;
    if !needs_polls(&input, places)? {
        return Ok(wasm);
    }
    let mut polls = Insert::of(&input, places)?;
    let mut module = Module::new();
    let result = polls.parse_core_module(&mut module, Parser::new(0), &wasm);
    result.map_err(|error| TranslateError::reencode(0, error))?;
    Ok(module.finish())
}

/// Whether any function has a place for one.
fn needs_polls(module: &Input<'_>, places: Polls) -> Result<bool> {
    for body in &module.code {
        if places == Polls::SilentLoops && silent_loops(body)?.contains(&true) {
            return Ok(true);
        }
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let operator = operators.read()?;
            if places == Polls::Everywhere && (matches!(operator, Operator::Loop { .. }) || calls(&operator)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The steps over the module.
struct Insert {
    /// The memory that is polled.
    memory: u32,
    /// Whether it is still to be added.
    adds: bool,
    places: Polls,
}

impl Insert {
    fn of(module: &Input<'_>, places: Polls) -> Result<Self> {
        let imported = module.imports.iter().filter_map(|import| match import.ty {
            TypeRef::Memory(memory) => Some(Ok(memory)),
            _ => None,
        });
        let defined = module.memories.clone().into_iter().flatten();
        let (mut first, mut count) = (None, 0_u32);
        for memory in imported.chain(defined) {
            let memory = memory?;
            first.get_or_insert(memory);
            count = count.saturating_add(1);
        }
        Ok(match first {
            Some(memory) if memory.initial > 0 && !memory.memory64 => Self { memory: 0, adds: false, places },
            _ => Self { memory: count, adds: true, places },
        })
    }

    fn poll(&self, function: &mut Function) {
        let byte = MemArg { offset: 0, align: 0, memory_index: self.memory };
        function.instruction(&Instruction::I32Const(0));
        function.instruction(&Instruction::I32AtomicLoad8U(byte));
        function.instruction(&Instruction::Drop);
    }
}

impl Reencode for Insert {
    type Error = &'static str;

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> core::result::Result<(), Error<Self::Error>> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        let mut all = body.get_operators_reader()?.into_iter();
        if self.places == Polls::Everywhere && all.any(|operator| operator.is_ok_and(|operator| calls(&operator))) {
            self.poll(&mut function);
        }
        let mut silent = match self.places {
            Polls::Everywhere => Vec::new(),
            _ => silent_loops(&body).map_err(|_| Error::UserError("a malformed body"))?,
        }
        .into_iter();
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let operator = operators.read()?;
            let here = matches!(operator, Operator::Loop { .. }) && silent.next().unwrap_or(true);
            let instruction = self.instruction(operator)?;
            function.instruction(&instruction);
            if here {
                self.poll(&mut function);
            }
        }
        code.function(&function);
        Ok(())
    }

    fn parse_memory_section(
        &mut self,
        memories: &mut MemorySection,
        section: MemorySectionReader<'_>,
    ) -> core::result::Result<(), Error<Self::Error>> {
        utils::parse_memory_section(self, memories, section)?;
        if std::mem::take(&mut self.adds) {
            memories.memory(OWN);
        }
        Ok(())
    }

    /// Adds the memory to a module that defines none.
    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        _after: Option<SectionId>,
        before: Option<SectionId>,
    ) -> core::result::Result<(), Error<Self::Error>> {
        let comes_later = |section: SectionId| {
            matches!(
                section,
                SectionId::Tag
                    | SectionId::Global
                    | SectionId::Export
                    | SectionId::Start
                    | SectionId::Element
                    | SectionId::DataCount
                    | SectionId::Code
                    | SectionId::Data
            )
        };
        if before.is_none_or(comes_later) && std::mem::take(&mut self.adds) {
            let mut memories = MemorySection::new();
            memories.memory(OWN);
            module.section(&memories);
        }
        Ok(())
    }
}
