//! Arrays and data frames.
//!
//! NumPy and pandas are packages of the release, found when they are imported. Naming them
//! ([`packages`](crate::InterpreterBuilder::packages)) says at once when one is missing.
//!
//! # With a copy
//!
//! ```
//! # let (py, _) = pyrun::doc::interpreter();
//! let matrix = py.array(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[2, 3])?;
//! let sums: Vec<f64> = matrix.call_method_with("sum", (), [("axis", 0)])?.to_vec()?;
//! assert_eq!(sums, [5.0, 7.0, 9.0]);
//! # Ok::<(), pyrun::Error>(())
//! ```
//!
//! [`PyObject::to_vec`](crate::PyObject::to_vec) wants elements of just that type;
//! [`extract::<Vec<T>>`](crate::PyObject::extract) converts them, and takes any iterable.
//!
//! # Without a copy
//!
//! A buffer ([`PyObject::buffer`](crate::PyObject::buffer)) keeps the array where it is. [`Interpreter::memory`](
//! crate::Interpreter::memory) then lends the guest's memory as typed views with shape and strides. It borrows the interpreter
//! mutably, so nothing runs meanwhile; a host function has [`Python::with_memory`](crate::Python::with_memory).
//!
//! ```
//! # let (mut py, _) = pyrun::doc::interpreter();
//! let array = py.run("import array; samples = array.array('d', [1, 2, 3]); samples")?;
//! let buffer = array.buffer()?; // `array` is not used from here on: its borrow of `py` has ended.
//! for sample in py.memory()?.view_mut::<f64>(&buffer)?.as_mut_slice().unwrap() {
//!     *sample *= 10.0;
//! }
//! assert_eq!(py.eval::<f64>("sum(samples)")?, 60.0);
//! # Ok::<(), pyrun::Error>(())
//! ```
//!
//! The element type must be the array's: `f64` for `float64`, `u8` for `uint8` and so on, else
//! [`Error::BadArgument`](crate::Error::BadArgument). A view of a transposed or sliced array has strides;
//! `as_slice` is `None` then, and `to_vec` copies in C's order. With the feature `ndarray`, `as_ndarray` gives a view of that crate.
//! [`Python::array_new`](crate::Python::array_new) makes an array for the host to fill.
//!
//! # Integers
//!
//! The guest is a 32-bit program, so NumPy's default integer is `int32`: `np.arange(3)` is `i32` to `to_vec` and to views.
//! `np.arange(3, dtype=np.int64)` is `i64`, and `extract::<Vec<i64>>` converts either.
//!
//! # Data frames
//!
//! Columns are arrays, so a frame is a `dict` of them:
//!
//! ```
//! # let (py, _) = pyrun::doc::interpreter();
//! let columns = py.run("{}")?;
//! columns.set_item("price", py.array(&[2.5, 4.0], &[2])?)?;
//! columns.set_item("name", vec!["tea", "coffee"])?;
//! let frame = py.pyimport("pandas")?.attr("DataFrame")?.call((columns,))?;
//! py.globals().set("frame", frame)?;
//! let dear = py.run("frame.query('price > 3')")?; // looks at the variables of its caller, so it needs one in Python
//! let prices: Vec<f64> = dear.item("price")?.call_method("to_numpy", ())?.to_vec()?;
//! let names: Vec<String> = dear.item("name")?.call_method("tolist", ())?.extract()?;
//! assert_eq!((prices, names), (vec![4.0], vec!["coffee".to_owned()]));
//! # Ok::<(), pyrun::Error>(())
//! ```
