//! The buffer protocol: objects whose memory the host reads and writes in place. Replaces `PyProxy.getBuffer`.

use std::sync::Arc;

use pyrun_emscripten_shim::guest::mem::CStr;
use pyrun_emscripten_shim::{GuestMem, GuestPtr, Trap};

use super::api::ObjectApi;
use super::error::RaiseError;
use super::reference::{Identity, Object, Release, Released};

/// `PyBUF_FORMAT | PyBUF_STRIDES`: any layout but one with pointers in it.
const STRIDED: i32 = 0x0004 | 0x0018;
/// `PyBUF_WRITABLE`.
const WRITABLE: i32 = 0x0001;
/// Bytes of a `Py_buffer`.
const VIEW: u32 = 44;
/// Limit: dimensions of a buffer (`PyBUF_MAX_NDIM`); what is said of more is not read.
const MAX_DIMENSIONS: u32 = 64;

/// What the elements of a buffer are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ElementType {
    /// A signed integer of so many bytes.
    Signed(u32),
    /// An unsigned integer, or plain bytes.
    Unsigned(u32),
    /// A floating-point number.
    Float(u32),
    /// A complex number: two floating-point numbers, so many bytes together.
    Complex(u32),
    /// A truth value of one byte.
    Bool,
    /// Something else, such as a record.
    Other,
}

/// NumPy's name of it, such as `int32`.
impl std::fmt::Display for ElementType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, bytes) = match self {
            Self::Signed(bytes) => ("int", bytes),
            Self::Unsigned(bytes) => ("uint", bytes),
            Self::Float(bytes) => ("float", bytes),
            Self::Complex(bytes) => ("complex", bytes),
            Self::Bool => return f.write_str("bool"),
            Self::Other => return f.write_str("no numbers of a known type"),
        };
        write!(f, "{kind}{}", bytes * 8)
    }
}

impl ElementType {
    /// By the `struct` module's code and the item size. Codes for the other byte order are [`ElementType::Other`].
    ///
    /// ```
    /// use pyrun_pyodide_loader::object::ElementType;
    /// assert_eq!(ElementType::of("<d", 8), ElementType::Float(8));
    /// assert_eq!(ElementType::of(">d", 8), ElementType::Other);
    /// ```
    pub fn of(format: &str, item_size: u32) -> Self {
        let code = format.strip_prefix(['@', '=', '<', '|']).unwrap_or(format);
        match (code, item_size) {
            ("b" | "h" | "i" | "l" | "q" | "n", 1 | 2 | 4 | 8) => Self::Signed(item_size),
            ("B" | "H" | "I" | "L" | "Q" | "N" | "P" | "c", 1 | 2 | 4 | 8) => Self::Unsigned(item_size),
            ("e", 2) | ("f", 4) | ("d", 8) => Self::Float(item_size),
            ("Zf", 8) | ("Zd", 16) => Self::Complex(item_size),
            ("?", 1) => Self::Bool,
            // One byte has no order.
            (">b" | "!b", 1) => Self::Signed(1),
            (">B" | "!B", 1) => Self::Unsigned(1),
            _ => Self::Other,
        }
    }
}

/// Where a buffer's elements are, copied from its `Py_buffer`. The guest wrote it, so it proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BufferInfo {
    /// Address of the element at the index of all zeros.
    pub addr: u32,
    /// Bytes of an element.
    pub item_size: u32,
    /// Whether it must not be written to.
    pub read_only: bool,
    /// The `struct` module's code of an element.
    pub format: String,
    /// Elements along each axis.
    pub shape: Vec<usize>,
    /// Bytes from one element to the next along each axis; may be negative.
    pub strides: Vec<isize>,
}

impl BufferInfo {
    /// What the elements are.
    pub fn element_type(&self) -> ElementType {
        ElementType::of(&self.format, self.item_size)
    }

    /// The number of elements; `None` when it is more than there can be.
    pub fn elements(&self) -> Option<usize> {
        self.shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size))
    }

    /// The bytes of memory that the elements lie in: the lowest address, and the number of bytes to the end of the highest
    /// element. `None` when they cannot all be in a guest's memory.
    pub fn extent(&self) -> Option<(u32, usize)> {
        if self.shape.contains(&0) {
            return Some((self.addr, 0));
        }
        let (mut low, mut high) = (i64::from(self.addr), i64::from(self.addr));
        for (size, stride) in self.shape.iter().zip(&self.strides) {
            let last = i64::try_from(*size).ok()?.checked_sub(1)?;
            let span = last.checked_mul(i64::try_from(*stride).ok()?)?;
            match span < 0 {
                true => low = low.checked_add(span)?,
                false => high = high.checked_add(span)?,
            }
        }
        let end = high.checked_add(self.item_size.into())?;
        Some((u32::try_from(low).ok()?, usize::try_from(end.checked_sub(low)?).ok()?))
    }

    /// Whether no two elements share a byte, as far as the strides tell by themselves.
    pub fn is_disjoint(&self) -> bool {
        let axes = self.shape.iter().zip(&self.strides).filter(|(size, _)| **size > 1);
        let mut axes: Vec<(usize, usize)> = axes.map(|(size, stride)| (stride.unsigned_abs(), *size)).collect();
        axes.sort_unstable();
        let mut reach = self.item_size as usize;
        for (stride, size) in axes {
            if stride < reach {
                return false;
            }
            let Some(next) = stride.checked_mul(size - 1).and_then(|span| span.checked_add(reach)) else {
                return false;
            };
            reach = next;
        }
        true
    }

    /// Whether the elements lie one behind the other, the last axis fastest.
    pub fn is_contiguous(&self) -> bool {
        let mut expected = self.item_size as usize;
        for (size, stride) in self.shape.iter().zip(&self.strides).rev() {
            if *size > 1 && usize::try_from(*stride) != Ok(expected) {
                return false;
            }
            expected = expected.saturating_mul(*size);
        }
        true
    }
}

/// An object's memory, held in place by the buffer protocol until this is dropped (and the interpreter is entered again).
#[derive(Debug)]
pub struct Buffer {
    /// Address of the `Py_buffer`.
    view: u32,
    info: BufferInfo,
    released: Arc<Released>,
}

impl Buffer {
    /// Where its elements are.
    pub fn info(&self) -> &BufferInfo {
        &self.info
    }

    /// Whether it is a buffer of this interpreter.
    pub fn belongs_to(&self, interpreter: &Identity) -> bool {
        Arc::ptr_eq(&self.released, &interpreter.0)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.released.push(Release::Buffer(self.view));
    }
}

impl ObjectApi<'_> {
    /// Borrows an object's memory by the buffer protocol.
    ///
    /// # Errors
    /// `TypeError` when it has no buffer, `BufferError` when it refuses such a one.
    pub fn buffer(&mut self, object: &Object, writable: bool) -> Result<Buffer, RaiseError> {
        self.check(object)?;
        let view = self.caller().malloc(VIEW)?;
        if view == 0 {
            return Err(self.no_memory());
        }
        let flags = if writable { STRIDED | WRITABLE } else { STRIDED };
        if self.c(|f| &f.PyObject_GetBuffer, (object.addr(), view, flags))? < 0 {
            let error = self.raised()?;
            self.caller().free(view)?;
            return Err(error);
        }
        let info = self.mem(|mem| read_view(mem, view));
        match info {
            Ok(info) => Ok(Buffer { view, info, released: self.released().clone() }),
            Err(trap) => {
                self.release_buffer(view)?;
                Err(trap.into())
            }
        }
    }

    /// As [`ObjectApi::buffer`]; `None` for an object that lends nothing, or not in this form.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    pub fn try_buffer(&mut self, object: &Object) -> Result<Option<Buffer>, RaiseError> {
        match self.buffer(object, false) {
            Ok(buffer) => Ok(Some(buffer)),
            Err(RaiseError::Raised(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn release_buffer(&mut self, view: u32) -> Result<(), Trap> {
        self.c(|f| &f.PyBuffer_Release, view)?;
        self.caller().free(view)
    }
}

/// Field numbers of a `Py_buffer`, each a word.
mod field {
    pub(super) const BUF: u32 = 0;
    pub(super) const LEN: u32 = 2;
    pub(super) const ITEM_SIZE: u32 = 3;
    pub(super) const READ_ONLY: u32 = 4;
    pub(super) const DIMENSIONS: u32 = 5;
    pub(super) const FORMAT: u32 = 6;
    pub(super) const SHAPE: u32 = 7;
    pub(super) const STRIDES: u32 = 8;
}

fn read_view(mem: &GuestMem<'_>, view: u32) -> Result<BufferInfo, pyrun_emscripten_shim::Fault> {
    let words = GuestPtr::<u32>::new(view);
    let word = |index: u32| mem.read(words.at(index));
    let item_size = word(field::ITEM_SIZE)?;
    let dimensions = word(field::DIMENSIONS)?.min(MAX_DIMENSIONS);
    let format = match word(field::FORMAT)? {
        0 => "B".to_owned(),
        text => String::from_utf8_lossy(mem.c_str(GuestPtr::<CStr>::new(text))?).into_owned(),
    };
    let array = |index: u32| -> Result<Option<Vec<i32>>, pyrun_emscripten_shim::Fault> {
        match word(index)? {
            0 => Ok(None),
            first => {
                let first = GuestPtr::<i32>::new(first);
                (0..dimensions).map(|axis| mem.read(first.at(axis))).collect::<Result<_, _>>().map(Some)
            }
        }
    };
    let shape = match array(field::SHAPE)? {
        Some(shape) => shape.into_iter().map(|size| usize::try_from(size).unwrap_or(0)).collect(),
        // Without a shape it is a row of elements.
        None if dimensions == 0 => Vec::new(),
        None => vec![word(field::LEN)?.checked_div(item_size).unwrap_or(0) as usize],
    };
    let strides = match array(field::STRIDES)? {
        Some(strides) => strides.into_iter().map(|stride| stride as isize).collect(),
        None => contiguous_strides(&shape, item_size),
    };
    let read_only = word(field::READ_ONLY)? != 0;
    Ok(BufferInfo { addr: word(field::BUF)?, item_size, read_only, format, shape, strides })
}

/// The strides of elements that lie one behind the other.
fn contiguous_strides(shape: &[usize], item_size: u32) -> Vec<isize> {
    let mut strides = vec![0; shape.len()];
    let mut stride = item_size as isize;
    for (slot, size) in strides.iter_mut().zip(shape).rev() {
        *slot = stride;
        stride = stride.saturating_mul(isize::try_from(*size).unwrap_or(isize::MAX));
    }
    strides
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(addr: u32, shape: &[usize], strides: &[isize]) -> BufferInfo {
        BufferInfo {
            addr,
            item_size: 8,
            read_only: false,
            format: "d".to_owned(),
            shape: shape.to_vec(),
            strides: strides.to_vec(),
        }
    }

    #[test]
    fn where_the_elements_are() {
        assert_eq!(info(100, &[], &[]).extent(), Some((100, 8)));
        assert_eq!(info(100, &[3], &[8]).extent(), Some((100, 24)));
        assert_eq!(info(100, &[3], &[-8]).extent(), Some((84, 24)));
        assert_eq!(info(100, &[2, 3], &[-24, 8]).extent(), Some((76, 48)));
        assert_eq!(info(100, &[0, 3], &[8, 8]).extent(), Some((100, 0)));
        assert_eq!(info(8, &[3], &[-8]).extent(), None);
        assert_eq!(info(8, &[usize::MAX, usize::MAX], &[isize::MAX, isize::MAX]).extent(), None);
    }

    #[test]
    fn overlapping_elements_are_noticed() {
        assert!(info(0, &[2, 3], &[24, 8]).is_disjoint());
        assert!(info(0, &[2, 3], &[8, 16]).is_disjoint());
        assert!(info(0, &[2, 3], &[-24, 8]).is_disjoint());
        assert!(!info(0, &[2, 3], &[8, 8]).is_disjoint());
        assert!(!info(0, &[5], &[0]).is_disjoint());
        assert!(!info(0, &[5], &[4]).is_disjoint());
        assert!(info(0, &[1, 1], &[0, 0]).is_disjoint());
    }

    #[test]
    fn contiguous_is_row_by_row() {
        assert!(info(0, &[2, 3], &[24, 8]).is_contiguous());
        assert!(!info(0, &[2, 3], &[8, 16]).is_contiguous());
        assert!(info(0, &[1, 3], &[999, 8]).is_contiguous());
        assert_eq!(contiguous_strides(&[2, 3], 8), [24, 8]);
    }
}
