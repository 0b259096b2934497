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
//! the loops that may go around without an access: a fifth of those of the default release's main module, which grows by 0.2 %.
//!
//! Invariant: indices of all kinds keep their meaning.

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, Function, Instruction, MemArg, MemorySection, MemoryType, Module, SectionId};
use wasmparser::{FunctionBody, MemorySectionReader, Operator, OperatorsReader, Parser, TypeRef};

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
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let operator = operators.read()?;
            let loops = matches!(operator, Operator::Loop { .. });
            let here = match places {
                Polls::Everywhere => loops || calls(&operator),
                Polls::SilentLoops => loops && is_silent(&operators)?,
                Polls::Nowhere => false,
            };
            if here {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether a loop may go around without an access to memory, as far as can be told by following it from its head, where these operators
/// begin, up to the first place at which it takes one of two ways inside. Code that is called may have none.
fn is_silent(operators: &OperatorsReader<'_>) -> Result<bool> {
    let mut operators = operators.clone();
    // What was entered inside the loop: whether it is a loop itself.
    let mut entered: Vec<bool> = Vec::new();
    while !operators.eof() {
        let operator = operators.read()?;
        match &operator {
            Operator::Block { .. } | Operator::TryTable { .. } => entered.push(false),
            Operator::Loop { .. } => entered.push(true),
            // It is left, or ended by what is no return to its head.
            Operator::Return | Operator::Unreachable | Operator::Throw { .. } | Operator::ThrowRef => return Ok(false),
            Operator::End if entered.pop().is_none() => return Ok(false),
            Operator::If { .. } | Operator::Try { .. } => return Ok(true),
            access if accesses(access) => return Ok(false),
            _ => {}
        }
        let targets = targets(&operator)?;
        if targets.iter().any(|target| stays_inside(&entered, *target)) {
            return Ok(true);
        }
        // All ways lead out, or to the head of another loop, which is looked at by itself.
        if !targets.is_empty() && matches!(operator, Operator::Br { .. } | Operator::BrTable { .. }) {
            return Ok(false);
        }
    }
    Ok(false)
}

/// Where a branch may go: how many of what is entered are left.
fn targets(operator: &Operator<'_>) -> Result<Vec<u32>> {
    Ok(match operator {
        Operator::Br { relative_depth }
        | Operator::BrIf { relative_depth }
        | Operator::BrOnNull { relative_depth }
        | Operator::BrOnNonNull { relative_depth } => vec![*relative_depth],
        Operator::BrTable { targets } => {
            let mut all: Vec<u32> = targets.targets().collect::<core::result::Result<_, _>>()?;
            all.push(targets.default());
            all
        }
        _ => Vec::new(),
    })
}

/// Whether a branch leads to the loop's own head, or past code of it.
fn stays_inside(entered: &[bool], target: u32) -> bool {
    let target = target as usize;
    match entered.len().checked_sub(target + 1).and_then(|at| entered.get(at)) {
        Some(is_loop) => !is_loop,
        None => target == entered.len(),
    }
}

/// Whether an instruction reads or writes memory whatever its operands are.
fn accesses(operator: &Operator<'_>) -> bool {
    let name = format!("{operator:?}");
    // `I32Load8U`, `V128Store`, `I64AtomicRmwAdd`: all have a place in memory. Copies and fills may have a length of zero.
    name.contains("memarg:")
}

/// Whether an instruction goes to a function.
fn calls(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Call { .. }
            | Operator::CallIndirect { .. }
            | Operator::CallRef { .. }
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::ReturnCallRef { .. }
    )
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
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let operator = operators.read()?;
            let here = matches!(operator, Operator::Loop { .. })
                && (self.places == Polls::Everywhere
                    || is_silent(&operators).map_err(|_| Error::UserError("a malformed body"))?);
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
