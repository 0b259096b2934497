//! WebAssembly modules other than Pyodide's: told apart, run, driven.
//!
//! # One door
//!
//! [`Engine::module`](crate::Engine::module) opens a file of any kind and says what it is. No release of Pyodide is needed for
//! kinds other than Python.
//!
//! ```
//! # fn main() -> pyrun::Result<()> {
//! # let wasm = wat::parse_str(r#"(module (import "env" "log" (func (param i32)))
//! #     (func (export "main") (result i32) (i32.const 3)))"#).unwrap();
//! let engine = pyrun::Engine::new(pyrun::Config::new())?;
//! let module = engine.module(wasm)?; // or a path
//! assert_eq!(module.kind(), pyrun::Kind::Standalone);
//! let inspection = module.inspect()?; // imports, exports, memories; prints, and is JSON by `to_json`
//! assert_eq!(inspection.entry.as_deref(), Some("main"));
//! assert_eq!(inspection.imports[0].to_be_defined, ["log: (i32)"]);
//! # Ok(())
//! # }
//! ```
//!
//! A program is run by [`Module::program`](crate::Module::program), with arguments, grants and limits, to an exit status. What has
//! functions to be called is driven by [`Module::instance`](crate::Module::instance).
//!
//! # Calls
//!
//! By name, with arguments that the signature says the types of, or by a Rust type, which is checked once:
//!
//! ```
//! # fn main() -> pyrun::Result<()> {
//! # let wasm = wat::parse_str(r#"(module (func (export "add") (param i32 i32) (result i32)
//! #     (i32.add (local.get 0) (local.get 1))))"#).unwrap();
//! # let engine = pyrun::Engine::new(pyrun::Config::new())?;
//! let mut instance = engine.module(wasm)?.instance().start()?;
//! assert_eq!(instance.call("add", (2, 3))?, [pyrun::WasmValue::I32(5)]);
//! let add = instance.function::<(i32, i32), i32>("add")?;
//! assert_eq!(add.call(&mut instance, (2, 3))?, 5);
//! assert!(instance.call("add", (1_i64 << 40, 3)).is_err()); // does not fit: an error, nothing is cut off
//! # Ok(())
//! # }
//! ```
//!
//! A trap is [`Error::Trap`](crate::Error::Trap): its [`kind`](crate::WasmTrap::kind), and the functions that were active. The
//! instance goes on after it.
//!
//! # Host functions
//!
//! Closures over numbers; with a [`HostContext`](crate::HostContext) first they reach the memory. An error ends the call.
//!
//! ```
//! # fn main() -> pyrun::Result<()> {
//! # let wasm = wat::parse_str(r#"(module (import "env" "roll" (func $roll (param i32) (result i32)))
//! #     (func (export "play") (result i32) (call $roll (i32.const 6))))"#).unwrap();
//! # let engine = pyrun::Engine::new(pyrun::Config::new())?;
//! let roll = |sides: u32| if sides == 0 { Err("a die without sides") } else { Ok(sides) };
//! let mut instance = engine.module(wasm)?.instance().host("env", "roll", roll).start()?;
//! assert_eq!(instance.call("play", ())?, [pyrun::WasmValue::I32(6)]);
//! # Ok(())
//! # }
//! ```
//!
//! # Memory
//!
//! [`ModuleInstance::memory`](crate::ModuleInstance::memory) lends it: bytes, elements, strings, in checked windows. Arrays and
//! structs lie in it:
//!
//! ```
//! # fn main() -> pyrun::Result<()> {
//! # let wasm = wat::parse_str(r#"(module (memory (export "memory") 1) (global (export "__heap_base") i32 (i32.const 1024)))"#).unwrap();
//! # let engine = pyrun::Engine::new(pyrun::Config::new())?;
//! let mut instance = engine.module(wasm)?.instance().start()?;
//! let numbers = instance.new_array(&[1.0, 2.0, 3.0])?; // by the module's malloc, or behind its __heap_base
//! numbers.view_mut(&mut instance)?[1] = 20.0;
//!
//! let layout = pyrun::StructLayout::parse("{x: f64, n: i32, name: [u8; 16]}")?;
//! let record = instance.allocate(layout.size())?;
//! let mut memory = instance.memory()?;
//! layout.write_field(&mut memory, record, "name", "Ada")?;
//! assert_eq!(layout.read_field(&memory, record, "name")?.as_text(), Some("Ada"));
//! # Ok(())
//! # }
//! ```
//!
//! A [`SharedArray`](crate::SharedArray) is seen by the host, the module and a Python interpreter: a NumPy array there.
