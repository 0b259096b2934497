//! The records of `pyrun.h`, word for word.

use pyrun::{AnyArray, Error, PyHandle};

use super::{Plain, elements};
use crate::code::bad;

macro_rules! kinds {
    ($($name:ident = $number:literal,)*) => {
        /// `pyrun_kind`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        pub(crate) enum Kind {
            $($name = $number,)*
        }

        impl Kind {
            pub(crate) fn of(number: u32) -> Result<Self, Error> {
                match number {
                    $($number => Ok(Self::$name),)*
                    other => Err(bad(format!("a value of the unknown kind {other}"))),
                }
            }
        }
    };
}
kinds! {
    None = 0,
    Bool = 1,
    Int = 2,
    BigInt = 3,
    Float = 4,
    Complex = 5,
    Str = 6,
    Bytes = 7,
    List = 8,
    Tuple = 9,
    Dict = 10,
    Set = 11,
    FrozenSet = 12,
    Date = 13,
    Time = 14,
    DateTime = 15,
    TimeDelta = 16,
    Object = 17,
    Int64s = 18,
    Float64s = 19,
    Array = 20,
}

/// `pyrun_value`. The union's members are numbers, pairs of numbers, and pointers with a length, all of which fill words.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Record {
    pub(super) kind: u32,
    pub(super) flags: u32,
    pub(super) first: u64,
    pub(super) second: u64,
}

const _: () = assert!(size_of::<usize>() == 8, "a pointer fills a word of a record");

// SAFETY: integers, for which any bits will do, and no padding.
unsafe impl Plain for Record {}

impl Record {
    pub(super) fn new(kind: Kind, first: u64, second: u64) -> Self {
        Self { kind: kind as u32, flags: 0, first, second }
    }

    pub(crate) fn kind(&self) -> Result<Kind, Error> {
        match self.flags {
            0 => Kind::of(self.kind),
            _ => Err(bad("the flags of a value are not 0")),
        }
    }

    pub(crate) fn int(&self) -> i64 {
        self.first.cast_signed()
    }

    pub(crate) fn floats(&self) -> (f64, f64) {
        (f64::from_bits(self.first), f64::from_bits(self.second))
    }

    /// The elements that the two words point to.
    pub(crate) fn slice<T: Plain>(&self) -> Result<&[T], Error> {
        let address = usize::try_from(self.first).map_err(|_| bad("no address"))?;
        let count = usize::try_from(self.second).map_err(|_| bad("no length"))?;
        // SAFETY: a record is lent by C code, with the promise of the header that the pointer is null or valid for the
        // length beside it as long as the record is; or it is one of an `Arena`, whose memory lives as long as its records.
        unsafe { elements(std::ptr::with_exposed_provenance(address), count) }
    }

    /// The object that the first word points to.
    pub(crate) fn object(&self) -> Result<&PyHandle, Error> {
        let object: *const PyHandle = self.pointer("no object")?;
        // SAFETY: not null and aligned; C code promises, for values of this kind, that the pointer came from this library
        // and was not freed. It gives out `pyrun_object` pointers of boxed `PyHandle`s only, and never writes to those.
        Ok(unsafe { &*object })
    }

    /// The array of operations that the first word points to.
    pub(crate) fn array(&self) -> Result<&AnyArray, Error> {
        let array: *const AnyArray = self.pointer("no array")?;
        // SAFETY: as above: `pyrun_array` pointers are of boxed `AnyArray`s only.
        Ok(unsafe { &*array })
    }

    /// The first word as a pointer that is not null and aligned.
    fn pointer<T>(&self, missing: &'static str) -> Result<*const T, Error> {
        let address = usize::try_from(self.first).map_err(|_| bad("no address"))?;
        let pointer: *const T = std::ptr::with_exposed_provenance(address);
        match pointer.is_null() || !pointer.is_aligned() {
            true => Err(bad(missing)),
            false => Ok(pointer),
        }
    }
}

/// `pyrun_buffer`.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct RawBuffer {
    pub(crate) data: *mut u8,
    pub(crate) nbytes: u64,
    pub(crate) id: u64,
    pub(crate) itemsize: u32,
    pub(crate) ndim: u32,
    pub(crate) flags: u32,
    reserved: u32,
    pub(crate) format: [u8; 16],
    pub(crate) shape: [i64; 8],
    pub(crate) strides: [i64; 8],
}

impl RawBuffer {
    /// Lends nothing.
    pub(crate) const EMPTY: Self = Self {
        data: std::ptr::null_mut(),
        nbytes: 0,
        id: 0,
        itemsize: 0,
        ndim: 0,
        flags: 0,
        reserved: 0,
        format: [0; 16],
        shape: [0; 8],
        strides: [0; 8],
    };
}
// SAFETY: a raw pointer, integers and arrays of them; any bits will do.
unsafe impl Plain for RawBuffer {}

/// `pyrun_em_file`.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct RawFile {
    pub(crate) size: u64,
    pub(crate) mtime: i64,
    pub(crate) mode: u32,
    pub(crate) is_folder: u32,
}
// SAFETY: integers; any bits will do.
unsafe impl Plain for RawFile {}

/// `pyrun_frame`: a result's, which C code only reads.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct RawFrame {
    /// Addresses of texts with a zero behind them.
    pub(super) file: u64,
    pub(super) function: u64,
    pub(super) line: u32,
    pub(super) reserved: u32,
}
