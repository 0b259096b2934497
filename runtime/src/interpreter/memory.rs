//! The guest's memory, lent: buffers as typed, shaped, strided views without a copy.
//!
//! A [`Memory`] borrows the interpreter mutably. So while a view lives no guest code runs, the memory does not grow, and
//! nothing else reads or writes it; the borrow checker sees to that. No `unsafe` is needed for views: bytes become
//! elements by `bytemuck`, which checks size and alignment.

use pyrun_emscripten_shim::GuestMem;
use pyrun_pyodide_loader::object::{self as core, BufferInfo, ElementType, Identity};

use crate::error::{ArgumentError, Error};

/// An object's memory, held in place by Python's buffer protocol until this is dropped and the interpreter is used again:
/// a `bytearray` cannot be resized meanwhile. [`Interpreter::memory`](super::Interpreter::memory) shows it.
#[derive(Debug)]
pub struct PyBuffer(core::Buffer);

impl PyBuffer {
    pub(super) fn new(buffer: core::Buffer) -> Self {
        Self(buffer)
    }

    /// Elements along each axis.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.0.info().shape
    }

    /// Bytes from one element to the next along each axis; may be negative or 0.
    #[must_use]
    pub fn strides(&self) -> &[isize] {
        &self.0.info().strides
    }

    /// The `struct` module's code of an element, such as `d`.
    #[must_use]
    pub fn format(&self) -> &str {
        &self.0.info().format
    }

    /// Bytes of an element.
    #[must_use]
    pub fn item_size(&self) -> usize {
        self.0.info().item_size as usize
    }

    /// Where the element at the index of all zeros begins in the bytes that [`Memory::bytes`] gives. It is 0 unless a stride is
    /// negative.
    #[must_use]
    pub fn origin(&self) -> usize {
        let info = self.0.info();
        info.extent().map_or(0, |(low, _)| info.addr.saturating_sub(low) as usize)
    }

    /// Whether its owner forbids writing.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.0.info().read_only
    }

    /// What its elements are.
    #[must_use]
    pub fn element_type(&self) -> ElementType {
        self.0.info().element_type()
    }
}

/// A type whose values lie in guest memory as they lie in the host's.
///
/// The numbers of Rust, little-endian hosts only, and `[f32; 2]` and `[f64; 2]` for complex ones.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an element of Python's buffers",
    note = "elements are `i8` to `i64`, `u8` to `u64`, `f32`, `f64`, and `[f32; 2]` and `[f64; 2]` for complex numbers"
)]
pub trait Element: bytemuck::Pod + sealed::SealedElement {
    /// NumPy's name of the type.
    const DTYPE: &'static str;

    /// Whether elements of this kind are values of the type.
    fn fits(kind: ElementType) -> bool;
}

mod sealed {
    pub trait SealedElement {}
}

macro_rules! elements {
    ($($ty:ty: $dtype:literal => $kind:pat,)*) => {$(
        impl sealed::SealedElement for $ty {}

        impl Element for $ty {
            const DTYPE: &'static str = $dtype;

            fn fits(kind: ElementType) -> bool {
                cfg!(target_endian = "little") && matches!(kind, $kind)
            }
        }
    )*};
}
elements! {
    i8: "int8" => ElementType::Signed(1),
    i16: "int16" => ElementType::Signed(2),
    i32: "int32" => ElementType::Signed(4),
    i64: "int64" => ElementType::Signed(8),
    // A truth value is a byte that is 0 or 1.
    u8: "uint8" => ElementType::Unsigned(1) | ElementType::Bool,
    u16: "uint16" => ElementType::Unsigned(2),
    u32: "uint32" => ElementType::Unsigned(4),
    u64: "uint64" => ElementType::Unsigned(8),
    f32: "float32" => ElementType::Float(4),
    f64: "float64" => ElementType::Float(8),
    [f32; 2]: "complex64" => ElementType::Complex(8),
    [f64; 2]: "complex128" => ElementType::Complex(16),
}

/// All of a guest's memory, for as long as its interpreter is borrowed.
#[derive(Debug)]
pub struct Memory<'py> {
    mem: GuestMem<'py>,
    identity: Identity,
}

impl<'py> Memory<'py> {
    pub(super) fn new(mem: GuestMem<'py>, identity: Identity) -> Self {
        Self { mem, identity }
    }

    pub(super) fn lend(interpreter: &'py mut pyrun_pyodide_loader::Instance) -> Result<Self, Error> {
        let identity = interpreter.python().map_err(Error::from_trap)?.identity();
        Ok(Self { mem: interpreter.memory().map_err(Error::from_trap)?, identity })
    }

    /// The elements of a buffer, to be read. Several views may live at once.
    ///
    /// # Errors
    /// [`Error::BadArgument`]: the elements are no `T`, are not aligned for it, or lie outside memory; the buffer is of
    /// another interpreter.
    pub fn view<T: Element>(&self, buffer: &PyBuffer) -> Result<View<'_, T>, Error> {
        let layout = self.layout::<T>(buffer)?;
        let bytes = self.mem.bytes(layout.low, layout.bytes).map_err(outside)?;
        // No elements may lie anywhere: Python gives an address that is not aligned for none.
        let elements = match bytes {
            [] => &[],
            bytes => bytemuck::try_cast_slice(bytes).map_err(|_| bad("the elements are not aligned"))?,
        };
        Ok(View { elements, layout })
    }

    /// The elements of a buffer, to be written to. No other view of this memory lives meanwhile.
    ///
    /// # Errors
    /// As [`Memory::view`]; also when the buffer is read-only, or two of its elements are one and the same.
    pub fn view_mut<T: Element>(&mut self, buffer: &PyBuffer) -> Result<ViewMut<'_, T>, Error> {
        let layout = self.layout::<T>(buffer)?;
        let info = buffer.0.info();
        if info.read_only {
            return Err(bad("the buffer is read-only"));
        }
        if !info.is_disjoint() {
            return Err(bad("elements of the buffer overlap, so they cannot be written to"));
        }
        let bytes = self.mem.bytes_mut(layout.low, layout.bytes).map_err(outside)?;
        let elements = match bytes {
            [] => &mut [],
            bytes => bytemuck::try_cast_slice_mut(bytes).map_err(|_| bad("the elements are not aligned"))?,
        };
        Ok(ViewMut { elements, layout })
    }

    /// The bytes that a buffer's elements lie in, whatever these are: from the first byte of the lowest element to the last one
    /// of the highest.
    ///
    /// # Errors
    /// [`Error::BadArgument`]: they lie outside memory; the buffer is of another interpreter.
    ///
    /// ```
    /// # let (mut py, _) = pyrun::doc::interpreter();
    /// let buffer = py.run("memoryview(b'abcdef')[::-2]")?.buffer()?;
    /// assert_eq!(py.memory()?.bytes(&buffer)?, b"bcdef");
    /// assert_eq!((buffer.origin(), buffer.strides()), (4, &[-2][..]));
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    pub fn bytes(&self, buffer: &PyBuffer) -> Result<&[u8], Error> {
        let (low, count) = self.extent(buffer)?;
        self.mem.bytes(low, count).map_err(outside)
    }

    /// The same, to be written to.
    ///
    /// # Errors
    /// As [`Memory::bytes`]; also when the buffer is read-only.
    pub fn bytes_mut(&mut self, buffer: &PyBuffer) -> Result<&mut [u8], Error> {
        let (low, count) = self.extent(buffer)?;
        if buffer.is_read_only() {
            return Err(bad("the buffer is read-only"));
        }
        self.mem.bytes_mut(low, count).map_err(outside)
    }

    fn extent(&self, buffer: &PyBuffer) -> Result<(u32, usize), Error> {
        if !buffer.0.belongs_to(&self.identity) {
            return Err(bad("the buffer belongs to another interpreter"));
        }
        buffer.0.info().extent().ok_or_else(|| bad("the buffer lies outside the guest's memory"))
    }

    fn layout<T: Element>(&self, buffer: &PyBuffer) -> Result<Layout, Error> {
        if !buffer.0.belongs_to(&self.identity) {
            return Err(bad("the buffer belongs to another interpreter"));
        }
        Layout::new::<T>(buffer.0.info())
    }
}

fn bad(why: &'static str) -> Error {
    ArgumentError::Buffer(why).into()
}

fn outside<E>(_: E) -> Error {
    bad("the buffer lies outside the guest's memory")
}

/// Limit: bytes of the elements of a view, each counted: as many as lie in the largest memory. A stride of 0 makes any number of
/// elements of one. Beyond it [`Error::BadArgument`].
const MAX_VIEW: usize = 4 << 30;

/// Where elements lie in the row of elements that holds them all.
#[derive(Clone, Debug)]
struct Layout {
    /// Lowest address.
    low: u32,
    /// From there to the end of the highest element.
    bytes: usize,
    /// The element at the index of all zeros.
    origin: usize,
    shape: Vec<usize>,
    /// In elements.
    strides: Vec<isize>,
    contiguous: bool,
}

impl Layout {
    fn new<T: Element>(info: &BufferInfo) -> Result<Self, Error> {
        if !T::fits(info.element_type()) || info.item_size as usize != size_of::<T>() {
            let (format, found) = (info.format.clone(), info.element_type().to_string());
            return Err(ArgumentError::ElementType { format, found, wanted: T::DTYPE }.into());
        }
        let outside = || bad("the buffer lies outside the guest's memory");
        let (low, bytes) = info.extent().ok_or_else(outside)?;
        let elements = info.elements().ok_or_else(outside)?;
        if elements.saturating_mul(size_of::<T>()) > MAX_VIEW {
            return Err(bad(
                "the buffer has more elements than the guest's memory can hold, some of them in one place",
            ));
        }
        let size = size_of::<T>() as isize;
        let used = info.shape.iter().zip(&info.strides).filter(|(count, _)| **count > 1);
        if used.clone().any(|(_, stride)| stride % size != 0) {
            return Err(bad("the elements are not aligned to each other"));
        }
        Ok(Self {
            low,
            bytes,
            origin: info.addr.saturating_sub(low) as usize / size_of::<T>(),
            shape: info.shape.clone(),
            strides: info.strides.iter().map(|stride| stride / size).collect(),
            contiguous: info.is_contiguous(),
        })
    }

    /// The place of an element.
    fn place(&self, index: &[usize]) -> Option<usize> {
        if index.len() != self.shape.len() {
            return None;
        }
        let axes = index.iter().zip(&self.shape).zip(&self.strides);
        let mut offsets = axes.map(|((index, size), stride)| (index < size).then(|| *index as isize * stride));
        let offset = offsets.try_fold(0, |sum, offset| Some(sum + offset?))?;
        self.origin.checked_add_signed(offset)
    }

    /// Calls `visit` with the place of each element, the last axis fastest. `axis` and what follows it are gone through, from
    /// `offset` on.
    fn each(&self, axis: usize, offset: isize, visit: &mut impl FnMut(usize)) {
        let (Some(size), Some(stride)) = (self.shape.get(axis), self.strides.get(axis)) else {
            return visit(self.origin.saturating_add_signed(offset));
        };
        let mut offset = offset;
        for _ in 0..*size {
            self.each(axis + 1, offset, visit);
            offset = offset.wrapping_add(*stride);
        }
    }
}

/// Elements in guest memory, to be read.
#[derive(Clone, Debug)]
pub struct View<'m, T> {
    elements: &'m [T],
    layout: Layout,
}

impl<'m, T: Element> View<'m, T> {
    /// Elements along each axis.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.layout.shape
    }

    /// Elements from one to the next along each axis; may be negative or 0.
    #[must_use]
    pub fn strides(&self) -> &[isize] {
        &self.layout.strides
    }

    /// The elements one behind the other, when they lie so (in C's order).
    #[must_use]
    pub fn as_slice(&self) -> Option<&'m [T]> {
        self.layout.contiguous.then_some(self.elements)
    }

    /// One element; `None` when there is no such index.
    #[must_use]
    pub fn get(&self, index: &[usize]) -> Option<T> {
        self.elements.get(self.layout.place(index)?).copied()
    }

    /// The elements in C's order, copied.
    #[must_use]
    pub fn to_vec(&self) -> Vec<T> {
        match self.as_slice() {
            Some(elements) => elements.to_vec(),
            None => {
                let mut elements = Vec::with_capacity(self.layout.shape.iter().product());
                self.layout.each(0, 0, &mut |place| elements.extend(self.elements.get(place)));
                elements
            }
        }
    }

    /// The same as an `ndarray` view.
    #[cfg(feature = "ndarray")]
    #[must_use]
    pub fn as_ndarray(&self) -> Option<ndarray::ArrayViewD<'m, T>> {
        use ndarray::ShapeBuilder as _;
        let (shape, strides, flipped) = self.layout.upright();
        let mut view = ndarray::ArrayViewD::from_shape(shape.strides(strides), self.elements).ok()?;
        flipped.into_iter().for_each(|axis| view.invert_axis(ndarray::Axis(axis)));
        Some(view)
    }
}

#[cfg(feature = "ndarray")]
impl Layout {
    /// Shape and strides with all strides positive, and the axes that must be turned round then. The first element is then
    /// the lowest one, at which the elements begin.
    fn upright(&self) -> (ndarray::IxDyn, ndarray::IxDyn, Vec<usize>) {
        let strides: Vec<usize> = self.strides.iter().map(|stride| stride.unsigned_abs()).collect();
        let flipped = (0..).zip(&self.strides).filter(|(_, stride)| **stride < 0).map(|(axis, _)| axis).collect();
        (ndarray::IxDyn(&self.shape), ndarray::IxDyn(&strides), flipped)
    }
}

/// Elements in guest memory, to be written to.
#[derive(Debug)]
pub struct ViewMut<'m, T> {
    elements: &'m mut [T],
    layout: Layout,
}

impl<'m, T: Element> ViewMut<'m, T> {
    /// Elements along each axis.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.layout.shape
    }

    /// The elements one behind the other, when they lie so (in C's order).
    #[must_use]
    pub fn as_mut_slice(&mut self) -> Option<&mut [T]> {
        self.layout.contiguous.then_some(&mut *self.elements)
    }

    /// One element; `None` when there is no such index.
    #[must_use]
    pub fn get_mut(&mut self, index: &[usize]) -> Option<&mut T> {
        self.elements.get_mut(self.layout.place(index)?)
    }

    /// The same as an `ndarray` view.
    #[cfg(feature = "ndarray")]
    #[must_use]
    pub fn into_ndarray(self) -> Option<ndarray::ArrayViewMutD<'m, T>> {
        use ndarray::ShapeBuilder as _;
        let (shape, strides, flipped) = self.layout.upright();
        let mut view = ndarray::ArrayViewMutD::from_shape(shape.strides(strides), self.elements).ok()?;
        flipped.into_iter().for_each(|axis| view.invert_axis(ndarray::Axis(axis)));
        Some(view)
    }
}
