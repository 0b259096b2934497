//! Decoding `ffi_cif` and `ffi_type` from guest memory into a [`CSignature`].
//!
//! Layout of `ffi_cif`: `abi`@0, `nargs`@4, `arg_types`@8, `rtype`@12, `nfixedargs`@24. Of `ffi_type`: `size`@0,
//! `alignment`@4 (u16), `type`@6 (u16), `elements`@8, a null-terminated array.
//!
//! Invariants of a [`CSignature`] that was decoded: at most [`MAX_ARGS`] parameters on the WebAssembly side, alignments
//! are powers of two. Everything in guest memory may be garbage, cyclic or out of bounds; that is an error, never a loop.

use wasmer::Type;

use crate::guest::mem::{Fault, GuestMem, GuestPtr};

/// Limit: parameters of a function, before and after lowering; engines refuse more than 1000. Beyond it
/// [`CifError::Count`].
pub const MAX_ARGS: usize = 1000;

/// Limit: one-element structs inside each other that are unboxed. Deeper ones are taken for a cycle:
/// [`CifError::Nesting`].
const MAX_NESTING: u32 = 100;

/// Bytes of an `ffi_cif`. Checked as a whole, so that no field's address wraps around.
const CIF_SIZE: usize = 28;
/// Bytes of an `ffi_type`.
const TYPE_SIZE: usize = 12;

/// `FFI_TYPE_STRUCT`.
const STRUCT: u16 = 13;

/// Why a `ffi_cif` cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CifError {
    /// It, or a type that it names, lies outside memory.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A complex number: upstream has no marshalling for it either.
    #[error("complex numbers cannot be passed or returned by libffi")]
    Complex,
    /// A type number that does not exist, or `void` as an argument.
    #[error("libffi cannot pass values of type {0}")]
    Type(u16),
    /// An alignment that is not a power of two.
    #[error("a struct type has alignment {0}")]
    Alignment(u16),
    /// Structs of one element nested too deeply, or in a cycle.
    #[error("structs are nested more than {MAX_NESTING} deep")]
    Nesting,
    /// More arguments than a function can have, or more fixed ones than there are.
    #[error("{nargs} arguments, {fixed} of them fixed")]
    Count {
        /// `nargs`.
        nargs: u32,
        /// `nfixedargs`.
        fixed: u32,
    },
    /// Arguments that need more of the C stack than there can be.
    #[error("the arguments do not fit on the C stack")]
    TooLarge,
    /// The function in the table takes or returns something that C cannot.
    #[error("the function has a parameter or result of type {0}")]
    Foreign(Type),
    /// The function in the table returns several values.
    #[error("the function returns {0} values")]
    MultiValue(usize),
}

/// A C type as libffi passes it, after unboxing structs of one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum CType {
    /// `uint8_t`
    U8,
    /// `int8_t`
    S8,
    /// `uint16_t`
    U16,
    /// `int16_t`
    S16,
    /// `uint32_t` or a pointer
    U32,
    /// `int32_t` or `int`
    S32,
    /// `uint64_t`
    U64,
    /// `int64_t`
    S64,
    /// `float`
    F32,
    /// `double`
    F64,
    /// `long double`: 16 bytes, aligned to 8
    LongDouble,
    /// A struct of several elements
    Struct {
        /// Its bytes.
        size: u32,
        /// Its alignment, a power of two.
        align: u32,
    },
}

impl CType {
    /// The WebAssembly parameters that carry it.
    pub(super) fn lowered(self) -> &'static [Type] {
        match self {
            Self::U8 | Self::S8 | Self::U16 | Self::S16 | Self::U32 | Self::S32 => &[Type::I32],
            Self::U64 | Self::S64 => &[Type::I64],
            Self::F32 => &[Type::F32],
            Self::F64 => &[Type::F64],
            Self::LongDouble => &[Type::I64, Type::I64],
            Self::Struct { .. } => &[Type::I32],
        }
    }

    /// Size and alignment of the value itself.
    pub(super) fn layout(self) -> (u32, u32) {
        match self {
            Self::U8 | Self::S8 => (1, 1),
            Self::U16 | Self::S16 => (2, 2),
            Self::U32 | Self::S32 | Self::F32 => (4, 4),
            Self::U64 | Self::S64 | Self::F64 => (8, 8),
            Self::LongDouble => (16, 8),
            Self::Struct { size, align } => (size, align),
        }
    }

    /// Whether a function returns it through a hidden first pointer.
    pub(super) fn by_pointer(self) -> bool {
        matches!(self, Self::LongDouble | Self::Struct { .. })
    }

    /// All integers that travel as `i32` made one, and all that travel as `i64`: a closure treats them alike.
    fn merged(self) -> Self {
        match self {
            Self::U8 | Self::S8 | Self::U16 | Self::S16 | Self::U32 | Self::S32 => Self::U32,
            Self::U64 | Self::S64 => Self::U64,
            other => other,
        }
    }
}

/// What libffi knows of a function: the types of its arguments and of its result.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct CSignature {
    /// The result; `None` for `void`.
    pub result: Option<CType>,
    /// Arguments before the ellipsis.
    pub fixed: Vec<CType>,
    /// Arguments in place of the ellipsis.
    pub variadic: Vec<CType>,
}

impl CSignature {
    /// Decodes the `ffi_cif` at `cif`.
    ///
    /// # Errors
    /// [`CifError`]: it says what is wrong with it.
    pub fn decode(mem: &GuestMem<'_>, cif: u32) -> Result<Self, CifError> {
        mem.bytes(cif, CIF_SIZE)?;
        let word = |offset| mem.read(GuestPtr::<u32>::new(cif).field::<u32>(offset));
        let (nargs, types, rtype, fixed) = (word(4)?, word(8)?, word(12)?, word(24)?);
        if nargs as usize > MAX_ARGS || fixed > nargs {
            return Err(CifError::Count { nargs, fixed });
        }
        let argument = |index| {
            let ptr = mem.read(GuestPtr::<u32>::new(types).at(index))?;
            decode_type(mem, ptr)?.ok_or(CifError::Type(0))
        };
        let signature = Self {
            result: decode_type(mem, rtype)?,
            fixed: (0..fixed).map(argument).collect::<Result<_, _>>()?,
            variadic: (fixed..nargs).map(argument).collect::<Result<_, _>>()?,
        };
        if signature.parameters().len() > MAX_ARGS {
            return Err(CifError::Count { nargs, fixed });
        }
        Ok(signature)
    }

    /// Whether the result goes through a hidden first pointer.
    pub(super) fn returns_by_pointer(&self) -> bool {
        self.result.is_some_and(CType::by_pointer)
    }

    /// Arguments of both kinds.
    pub(super) fn nargs(&self) -> usize {
        self.fixed.len() + self.variadic.len()
    }

    /// The WebAssembly parameters of a C function of this type.
    pub(super) fn parameters(&self) -> Vec<Type> {
        let hidden = self.returns_by_pointer().then_some(Type::I32);
        let ellipsis = (!self.variadic.is_empty()).then_some(Type::I32);
        let fixed = self.fixed.iter().flat_map(|arg| arg.lowered()).copied();
        hidden.into_iter().chain(fixed).chain(ellipsis).collect()
    }

    /// The WebAssembly result of a C function of this type.
    pub(super) fn results(&self) -> Option<Type> {
        self.result.filter(|result| !result.by_pointer()).and_then(|result| result.lowered().first().copied())
    }

    /// The signature with every integer type replaced by the widest that a closure passes in the same way. Variadic
    /// arguments keep their width only where it changes where they lie.
    pub(super) fn for_closure(&self) -> Self {
        Self {
            result: self.result.map(CType::merged),
            fixed: self.fixed.iter().map(|arg| arg.merged()).collect(),
            variadic: self.variadic.clone(),
        }
    }
}

/// A type after unboxing; `None` is `void`, which an empty struct is too.
fn decode_type(mem: &GuestMem<'_>, mut ptr: u32) -> Result<Option<CType>, CifError> {
    for _ in 0..MAX_NESTING {
        mem.bytes(ptr, TYPE_SIZE)?;
        let at = GuestPtr::<u32>::new(ptr);
        let id = mem.read(at.field::<u16>(6))?;
        if id != STRUCT {
            return scalar(id);
        }
        let elements = GuestPtr::<u32>::new(mem.read(at.field::<u32>(8))?);
        let first = mem.read(elements)?;
        if first == 0 {
            return Ok(None);
        }
        if mem.read(elements.at(1))? != 0 {
            let align = mem.read(at.field::<u16>(4))?;
            if !align.is_power_of_two() {
                return Err(CifError::Alignment(align));
            }
            return Ok(Some(CType::Struct { size: mem.read(at)?, align: align.into() }));
        }
        ptr = first;
    }
    Err(CifError::Nesting)
}

fn scalar(id: u16) -> Result<Option<CType>, CifError> {
    Ok(Some(match id {
        0 => return Ok(None),
        1 | 10 => CType::S32,
        2 => CType::F32,
        3 => CType::F64,
        4 => CType::LongDouble,
        5 => CType::U8,
        6 => CType::S8,
        7 => CType::U16,
        8 => CType::S16,
        9 | 14 => CType::U32,
        11 => CType::U64,
        12 => CType::S64,
        15 => return Err(CifError::Complex),
        other => return Err(CifError::Type(other)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Memory with a `ffi_type` at 64 of this id, and a `ffi_cif` at 0 that returns it and takes nothing.
    fn returning(id: u16) -> [u8; 128] {
        let mut heap = [0; 128];
        heap[12] = 64;
        heap[70..72].copy_from_slice(&id.to_le_bytes());
        heap
    }

    fn decode(heap: &mut [u8]) -> Result<CSignature, CifError> {
        CSignature::decode(&GuestMem::new(heap), 0)
    }

    #[test]
    fn scalars() {
        assert_eq!(decode(&mut returning(0)).unwrap().result, None);
        assert_eq!(decode(&mut returning(1)).unwrap().result, Some(CType::S32));
        assert_eq!(decode(&mut returning(14)).unwrap().result, Some(CType::U32));
        assert_eq!(decode(&mut returning(15)), Err(CifError::Complex));
        assert_eq!(decode(&mut returning(16)), Err(CifError::Type(16)));
    }

    #[test]
    fn a_struct_that_contains_only_itself_is_refused() {
        let mut heap = returning(STRUCT);
        heap[72] = 80;
        heap[80] = 64;
        assert_eq!(decode(&mut heap), Err(CifError::Nesting));
    }

    #[test]
    fn an_empty_struct_is_void() {
        let mut heap = returning(STRUCT);
        heap[72] = 80;
        assert_eq!(decode(&mut heap).unwrap().result, None);
    }

    #[test]
    fn counts_are_bounded() {
        let mut heap = returning(0);
        heap[24] = 1;
        assert!(matches!(decode(&mut heap), Err(CifError::Count { .. })));
        heap[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(decode(&mut heap), Err(CifError::Count { .. })));
    }

    #[test]
    fn addresses_outside_memory_are_faults() {
        let mut heap = [0; 16];
        assert!(matches!(decode(&mut heap), Err(CifError::Fault(_))));
        let mut heap = returning(0);
        heap[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(decode(&mut heap), Err(CifError::Fault(_))));
    }

    #[test]
    fn lowering() {
        let signature = CSignature {
            result: Some(CType::Struct { size: 8, align: 4 }),
            fixed: vec![CType::LongDouble, CType::S8],
            variadic: vec![CType::F64],
        };
        assert_eq!(signature.parameters(), [Type::I32, Type::I64, Type::I64, Type::I32, Type::I32]);
        assert_eq!(signature.results(), None);
    }
}
