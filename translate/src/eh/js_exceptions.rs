//! Exceptions that went through JavaScript.
//!
//! Replaces the `invoke_*` of `library.js`, and the `throw` in `libexceptions.js` and `longjmp`'s `libcore.js`. Before
//! Emscripten compiled C++ exceptions to WebAssembly's, a call that something may be thrown through went to an imported
//! `invoke_SIGNATURE(function, arguments…)`, which called the table's function inside JavaScript's `try`, and what throws
//! was a JavaScript function. Here
//!
//! - each imported `invoke_*` becomes a function of the module, which calls through the table inside a `try_table`; on an
//!   exception it restores the stack pointer, calls `setThrew(1, 0)` and returns 0. Anything else (an exit, an
//!   interrupt, a trap) passes. The types come from the import, so any signature will do;
//! - the imports of the main module that throw become functions that call the import, for the bookkeeping, and
//!   then throw. They are exported, so that libraries call them, and not the host's.
//!
//! The stack pointer is the module's global of that name; a main module that loads no libraries keeps that to itself, and
//! exports functions that read and set it.
//!
//! All of it uses one tag without a value ([`TAG`]): the main module defines it, libraries import it. The host keeps
//! what was thrown, as JavaScript did.
//!
//! A module that is linked with `-sEMULATE_FUNCTION_POINTER_CASTS` has functions of one type in its table, whatever they take, and
//! exports a `dynCall_SIGNATURE` for each signature, which pads or cuts the arguments. JavaScript calls that, and so does an
//! `invoke_SIGNATURE` here, where such a function of the same type is exported.
//!
//! Left out: a function that is called by a signature that is not its own in other modules, which a call from JavaScript would have
//! let pass. The calls that Pyodide generates in its place do not let it pass either.

use wasm_encoder::{BlockType, Catch, EntityType, ExportKind, Function, InstructionSink, TagKind, TagType, ValType};
use wasmparser::{ExternalKind, TypeRef};

use crate::error::{Result, TranslateError};
use crate::module::Module;
use crate::types::val_types;

/// The name of the tag, as an export of the main module and an import of libraries. No C symbol has a colon.
pub const TAG: &str = "pyrun:exception";
/// What the names of the calls to be guarded begin with.
const INVOKE: &str = "invoke_";
/// What the names of the functions begin with that call the table's for JavaScript.
const DYN_CALL: &str = "dynCall_";
/// The functions of the main module's JavaScript that never return, but for the last one, which does when it is given null.
const THROWING: [&str; 5] = ["_emscripten_throw_longjmp", "__cxa_throw", "__cxa_rethrow", "__resumeException", RETHROW];
const RETHROW: &str = "__cxa_rethrow_primary_exception";
/// What tells the caller of an `invoke_*` that something was thrown.
const SET_THREW: &str = "setThrew";
/// The functions that read the stack pointer, and those that set it, by the names of different series.
const STACK_SAVE: [&str; 2] = ["emscripten_stack_get_current", "stackSave"];
const STACK_RESTORE: [&str; 2] = ["_emscripten_stack_restore", "stackRestore"];

/// How the stack pointer is read and set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StackPointer {
    /// A global, by its index.
    Global(u32),
    /// Two functions, by their old indices.
    Functions { save: u32, restore: u32 },
}

/// What the module needs for its exceptions.
#[derive(Debug)]
pub(crate) struct JsExceptions {
    /// The functions that are added, in order.
    pub(crate) lowered: Vec<Lowered>,
    /// The tag's index.
    tag: u32,
    /// The tag's type.
    tag_type: u32,
    /// Whether the tag is imported, and not the module's own.
    pub(crate) imports_tag: bool,
    /// The module's or its imports' `setThrew`, by old index; [`None`] when the import is to be added.
    pub(crate) set_threw: Option<u32>,
    /// The type of `setThrew`.
    pub(crate) set_threw_type: u32,
    /// Whether anything calls through `invoke_*`; a module may throw and catch nothing.
    pub(crate) catches: bool,
    /// [`None`] for a module that catches nothing and has none.
    pub(crate) stack_pointer: Option<StackPointer>,
}

/// A function that takes the place of an imported one.
#[derive(Debug)]
pub(crate) struct Lowered {
    /// The import's position in the import section.
    pub(crate) position: usize,
    /// Its name.
    pub(crate) name: String,
    /// Its type.
    pub(crate) ty: u32,
    params: Vec<ValType>,
    results: Vec<ValType>,
    kind: LoweredKind,
}

/// What an added function does.
#[derive(Debug, Clone, Copy)]
enum LoweredKind {
    /// `invoke_*`: the type of the function that is called, or the function of the module that calls it, by old index.
    Invoke { target: InvokeTarget },
    /// One of [`THROWING`].
    Throw,
}

/// How `invoke_*` calls a function of the table.
#[derive(Debug, Clone, Copy)]
enum InvokeTarget {
    /// By this type.
    Type(u32),
    /// By this function, which takes what `invoke_*` does.
    Function(u32),
}

impl InvokeTarget {
    /// Calls with the arguments of the `invoke_*`, so many with the slot, which comes first.
    fn call(self, code: &mut InstructionSink<'_>, count: u32) {
        let first = u32::from(matches!(self, Self::Type(_)));
        for argument in first..count {
            code.local_get(argument);
        }
        match self {
            Self::Type(ty) => code.local_get(0).call_indirect(0, ty),
            Self::Function(function) => code.call(function),
        };
    }
}

impl Lowered {
    /// The function of the module that its body calls for it, by old index.
    pub(crate) fn calls(&self) -> Option<u32> {
        match self.kind {
            LoweredKind::Invoke { target: InvokeTarget::Function(function) } => Some(function),
            _ => None,
        }
    }

    /// Whether the import stays, beside the function that takes its place.
    pub(crate) fn keeps_import(&self) -> bool {
        matches!(self.kind, LoweredKind::Throw)
    }
}

/// Decides what to do; `None` for a module that has no such imports. Adds the types that are needed.
pub(crate) fn plan(module: &mut Module<'_>) -> Result<Option<JsExceptions>> {
    let is_library = module.imports.iter().any(|import| matches!(import.ty, TypeRef::Memory(_)));
    let mut lowered = Vec::new();
    for (position, import) in module.imports.iter().enumerate() {
        let (TypeRef::Func(ty) | TypeRef::FuncExact(ty)) = import.ty else { continue };
        let invoke = import.name.starts_with(INVOKE);
        if import.module != "env" || !invoke && (is_library || !THROWING.contains(&import.name)) {
            continue;
        }
        let function = module.types.function(ty, 0)?;
        let (params, results) = (val_types(function.params(), 0)?, val_types(function.results(), 0)?);
        let kind = match params.split_first() {
            Some((ValType::I32, arguments)) if invoke => LoweredKind::Invoke {
                target: match dyn_call(module, import.name, ty) {
                    Some(function) => InvokeTarget::Function(function),
                    None => InvokeTarget::Type(module.types.function_type(arguments, &results)),
                },
            },
            _ if invoke => return Err(TranslateError::malformed(0, format!("{} takes no function", import.name))),
            _ => LoweredKind::Throw,
        };
        lowered.push(Lowered { position, name: import.name.to_owned(), ty, params, results, kind });
    }
    if lowered.is_empty() { Ok(None) } else { complete(module, lowered, is_library).map(Some) }
}

/// The exported function that does without exceptions what an `invoke_*` of this type does with them.
fn dyn_call(module: &Module<'_>, invoke: &str, ty: u32) -> Option<u32> {
    let name = format!("{DYN_CALL}{}", invoke.strip_prefix(INVOKE)?);
    let function = module.exported_function(&name)?;
    let found = module.function_types.get(usize::try_from(function).ok()?)?;
    module.types.same(ty, *found).then_some(function)
}

fn complete(module: &mut Module<'_>, lowered: Vec<Lowered>, is_library: bool) -> Result<JsExceptions> {
    if is_library && module.tags.is_some() {
        // The imported tag would come before them.
        return Err(TranslateError::unsupported(0, "a library with tags of its own and JavaScript's exceptions"));
    }
    let catches = lowered.iter().any(|lowered| matches!(lowered.kind, LoweredKind::Invoke { .. }));
    let stack_pointer = stack_pointer(module);
    if catches && stack_pointer.is_none() {
        return Err(TranslateError::unsupported(0, "a module with invoke_* that has no stack pointer"));
    }
    Ok(JsExceptions {
        catches,
        lowered,
        tag: u32::try_from(module.tag_types.len()).unwrap_or(u32::MAX),
        tag_type: module.types.function_type(&[], &[]),
        imports_tag: is_library,
        set_threw: set_threw(module),
        set_threw_type: module.types.function_type(&[ValType::I32; 2], &[]),
        stack_pointer,
    })
}

/// The stack pointer, imported or exported, or the exported functions in its place.
fn stack_pointer(module: &Module<'_>) -> Option<StackPointer> {
    let function = |names: [&str; 2]| names.iter().find_map(|name| module.exported_function(name));
    let functions = || Some(StackPointer::Functions { save: function(STACK_SAVE)?, restore: function(STACK_RESTORE)? });
    stack_global(module).map(StackPointer::Global).or_else(functions)
}

/// The index of the stack pointer, imported or exported.
fn stack_global(module: &Module<'_>) -> Option<u32> {
    let imported = module.imports.iter().filter(|import| matches!(import.ty, TypeRef::Global(_)));
    let imported = imported.zip(0..).find(|(import, _)| import.name == "__stack_pointer").map(|(_, index)| index);
    let is_export =
        |export: &&wasmparser::Export<'_>| export.kind == ExternalKind::Global && export.name == "__stack_pointer";
    imported.or_else(|| module.exports.iter().find(is_export).map(|export| export.index))
}

/// The index of `setThrew`, imported or exported.
fn set_threw(module: &Module<'_>) -> Option<u32> {
    let functions =
        module.imports.iter().filter(|import| matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)));
    let imported = functions.zip(0..).find(|(import, _)| import.name == SET_THREW).map(|(_, index)| index);
    imported.or_else(|| module.exported_function(SET_THREW))
}

impl JsExceptions {
    /// The tag, as it is imported or defined.
    pub(crate) fn tag_type(&self) -> TagType {
        TagType { kind: TagKind::Exception, func_type_idx: self.tag_type }
    }

    /// What a library has to import besides: the tag.
    pub(crate) fn tag_import(&self) -> Option<(&'static str, &'static str, EntityType)> {
        self.imports_tag.then(|| ("env", TAG, EntityType::Tag(self.tag_type())))
    }

    /// What the main module exports: the tag, and by their indices the functions that throw.
    pub(crate) fn exports(&self, functions: impl Iterator<Item = u32>) -> Vec<(&str, ExportKind, u32)> {
        if self.imports_tag {
            return Vec::new();
        }
        let throwing = self.lowered.iter().zip(functions).filter(|(lowered, _)| lowered.keeps_import());
        let throwing = throwing.map(|(lowered, index)| (lowered.name.as_str(), ExportKind::Func, index));
        throwing.chain([(TAG, ExportKind::Tag, self.tag)]).collect()
    }

    /// The body of a function that was added: `other` is the new index of what it replaces, when that stays, or of the function
    /// that it calls ([`Lowered::calls`]), `set_threw` that of `setThrew`, and `stack` has new indices, too.
    pub(crate) fn body(
        &self,
        lowered: &Lowered,
        other: u32,
        set_threw: u32,
        stack: Option<StackPointer>,
    ) -> Result<Function> {
        match (lowered.kind, stack) {
            (LoweredKind::Invoke { target }, Some(stack)) => {
                let target = match target {
                    InvokeTarget::Type(ty) => InvokeTarget::Type(ty),
                    InvokeTarget::Function(_) => InvokeTarget::Function(other),
                };
                self.invoke(lowered, target, set_threw, stack)
            }
            (LoweredKind::Invoke { .. }, None) => {
                Err(TranslateError::unsupported(0, "invoke_* without a stack pointer"))
            }
            (LoweredKind::Throw, _) => Ok(self.throw(lowered, other)),
        }
    }

    /// ```text
    /// sp = __stack_pointer
    /// block
    ///   return (try_table (catch $tag 0) table[index](arguments…))     ;; or dynCall(index, arguments…)
    /// end
    /// __stack_pointer = sp;  setThrew(1, 0);  return 0
    /// ```
    fn invoke(&self, lowered: &Lowered, target: InvokeTarget, set_threw: u32, stack: StackPointer) -> Result<Function> {
        let result = match lowered.results.as_slice() {
            [] => BlockType::Empty,
            [one] => BlockType::Result(*one),
            _ => return Err(TranslateError::unsupported(0, format!("{} with several results", lowered.name))),
        };
        let count = u32::try_from(lowered.params.len()).unwrap_or(u32::MAX);
        let saved = count;
        let mut body = Function::new([(1, ValType::I32)]);
        let mut code = body.instructions();
        match stack {
            StackPointer::Global(global) => code.global_get(global),
            StackPointer::Functions { save, .. } => code.call(save),
        };
        code.local_set(saved);
        code.block(BlockType::Empty);
        code.try_table(result, [Catch::One { tag: self.tag, label: 0 }]);
        target.call(&mut code, count);
        code.end().return_().end();
        code.local_get(saved);
        match stack {
            StackPointer::Global(global) => code.global_set(global),
            StackPointer::Functions { restore, .. } => code.call(restore),
        };
        code.i32_const(1).i32_const(0).call(set_threw);
        if let Some(ty) = lowered.results.first() {
            zero(&mut code, *ty)
                .ok_or_else(|| TranslateError::unsupported(0, format!("{} gives {ty:?}", lowered.name)))?;
        }
        code.end();
        Ok(body)
    }

    /// The host's part, then `throw`.
    fn throw(&self, lowered: &Lowered, import: u32) -> Function {
        let mut body = Function::new([]);
        let mut code = body.instructions();
        if lowered.name == RETHROW {
            code.local_get(0).i32_eqz().if_(BlockType::Empty).return_().end();
        }
        for (argument, _) in (0..).zip(&lowered.params) {
            code.local_get(argument);
        }
        code.call(import).throw(self.tag).end();
        body
    }
}

/// Puts a zero of this type; `None` for a type that has none.
fn zero(code: &mut InstructionSink<'_>, ty: ValType) -> Option<()> {
    match ty {
        ValType::I32 => code.i32_const(0),
        ValType::I64 => code.i64_const(0),
        ValType::F32 => code.f32_const(0.0.into()),
        ValType::F64 => code.f64_const(0.0.into()),
        ValType::V128 => code.v128_const(0),
        ValType::Ref(_) => return None,
    };
    Some(())
}
