//! Values, objects and exceptions.
//!
//! # Four ways to run a source
//!
//! | method | gives |
//! |---|---|
//! | [`eval::<T>`](crate::Interpreter::eval) | the value as a Rust type |
//! | [`run_python`](crate::Interpreter::run_python) | the value as a [`Value`](crate::Value), whatever it is |
//! | [`run`](crate::Interpreter::run) | the object itself, not converted |
//! | [`run_with`](crate::Interpreter::run_with) | the same, with a file name, other variables or `await` |
//!
//! The value is that of the last statement, if it is an expression without a semicolon behind it.
//!
//! ```
//! # let (py, _) = pyrun::doc::interpreter();
//! use std::collections::HashMap;
//! use pyrun::{FromPython, IntoPython, Value};
//!
//! // Rust's own types, in both directions.
//! let ages: HashMap<String, u32> = py.eval("{'Ada': 36, 'Alan': 41}")?;
//! assert_eq!(ages["Ada"], 36);
//! py.globals().set("names", vec!["b", "a"])?;
//! assert_eq!(py.eval::<Vec<String>>("sorted(names)")?, ["a", "b"]);
//!
//! // A struct is a dict there; an object with these attributes is taken, too.
//! #[derive(FromPython, IntoPython, PartialEq, Debug)]
//! struct Point { x: f64, y: f64 }
//! let point = py.object(Point { x: 1.0, y: 2.0 })?;
//! assert_eq!(point.repr()?, "{'x': 1.0, 'y': 2.0}");
//! assert_eq!(py.eval::<Point>("import types; types.SimpleNamespace(x=3, y=4)")?, Point { x: 3.0, y: 4.0 });
//!
//! // An error says where in the value it is.
//! let error = py.eval::<Vec<i64>>("[1, 'two']").unwrap_err();
//! assert_eq!(error.to_string(), "at [1]: expected int, found str");
//!
//! // What is known only at run time.
//! assert_eq!(py.run_python("(1, None)")?, Value::Tuple(vec![Value::Int(1), Value::None]));
//! # Ok::<(), pyrun::Error>(())
//! ```
//!
//! Types of `serde` cross by [`PyObject::deserialize`](crate::PyObject::deserialize) and [`to_value`](crate::to_value).
//!
//! # Objects, and what borrows what
//!
//! A [`PyObject`](crate::PyObject) borrows the interpreter, so it cannot outlive it, and many can be there at once. A
//! [`PyHandle`](crate::PyHandle) is the same object without the borrow: it can be kept in a struct and sent to another thread, and
//! [`Python::bind`](crate::Python::bind) makes a `PyObject` of it again.
//!
//! | what | needs |
//! |---|---|
//! | running, calling, converting | `&Interpreter`; the object lives as long as that borrow |
//! | [`Interpreter::memory`](crate::Interpreter::memory) | `&mut Interpreter`: no `PyObject` may be alive, keep handles or buffers |
//! | [`Interpreter::start`](crate::Interpreter::start), `run_python_async` | `&mut Interpreter` |
//! | another thread | move the interpreter: it is `Send`, not `Sync` |
//!
//! ```
//! # let (mut py, _) = pyrun::doc::interpreter();
//! let list = py.run("[3, 1, 2]")?;
//! list.call_method("sort", ())?;
//! let first: i64 = list.item(0)?.extract()?;
//! let list = list.into_handle(); // The borrow ends here,
//! py.start("len('in the background')")?; // so that this may begin.
//! py.take()?;
//! assert_eq!((first, py.python().bind(&list).len()?), (1, 3));
//! # Ok::<(), pyrun::Error>(())
//! ```
//!
//! # Exceptions
//!
//! ```
//! # let (py, _) = pyrun::doc::interpreter();
//! use pyrun::{Error, RunOptions};
//! let options = RunOptions::new().file("plugin.py");
//! match py.run_with("def f():\n    return {}['key']\nf()", &options) {
//!     Err(Error::Python(error)) => {
//!         assert_eq!((error.type_name.as_str(), error.message.as_str()), ("KeyError", "'key'"));
//!         assert_eq!(error.line_in("plugin.py"), Some(2));
//!         assert!(error.traceback.contains("in f"));
//!     }
//!     other => panic!("{other:?}"),
//! }
//! // `sys.exit` ends nothing; the interpreter goes on.
//! assert!(matches!(py.run("import sys; sys.exit(3)"), Err(Error::SystemExit { status: 3, .. })));
//! # Ok::<(), pyrun::Error>(())
//! ```
//!
//! After [`Error::Poisoned`](crate::Error::Poisoned) and errors that end the guest, such as
//! [`Error::Crashed`](crate::Error::Crashed), start another interpreter;
//! [`is_poisoned`](crate::Interpreter::is_poisoned) tells.
