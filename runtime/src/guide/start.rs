//! The first program, and what it needs.
//!
//! # Dependencies
//!
//! ```toml
//! [dependencies]
//! pyrun = "0.1"
//!
//! # Without this, a debug build compiles Python's modules for minutes instead of seconds: the compiler is a dependency, too.
//! [profile.dev.package."*"]
//! opt-level = 3
//! ```
//!
//! From a checkout it is `pyrun = { path = "…/runtime" }`. Rust 1.95 or newer is needed, and a C compiler as linker. The
//! first build compiles the WebAssembly engine and takes minutes; later ones take seconds.
//!
//! | feature | brings |
//! |---|---|
//! | `ndarray` | views of guest memory as `ndarray` views |
//! | `jiff` | dates, times and durations of `jiff` |
//! | `num-bigint`, `uuid`, `serde_json` | `BigInt`, `Uuid`, `serde_json::Value` as values |
//! | `llvm` | code by LLVM, which is faster; it must be installed |
//!
//! # The files of a release
//!
//! Python itself is no part of the crate: a *release* of Pyodide lies in a data folder. `./assets-fetch.sh` of the repository
//! fetches one, checks each file by SHA-256 and puts it there:
//!
//! ```text
//! ~/.local/share/pyrun/            or $PYRUN_HOME; see pyrun::home::Home::locate
//!     releases/<version>/          the main module, the standard library, the lock file
//!     releases/<version>/wheels/   the packages
//!     cache/                       compiled code and snapshots, made when first needed
//! ```
//!
//! Without a release no interpreter starts, and the error says which command fetches it. A program that wants to know at once
//! names the release, and [`Engine::new`](crate::Engine::new) fails: `Config::new().release(pyrun::DEFAULT_RELEASE)`.
//!
//! # A program
//!
//! An [`Engine`](crate::Engine) is made once and shared: it holds the release and its compiled code. An
//! [`Interpreter`](crate::Interpreter) is one Python, and starting one takes milliseconds, but for the very first time,
//! when the release is compiled (about 10 s on two cores).
//!
//! ```
//! # fn main() -> pyrun::Result<()> {
//! let engine = pyrun::Engine::new(pyrun::Config::new())?;
//! let py = engine.interpreter().start()?;
//! let primes: Vec<u32> = py.eval("[n for n in range(2, 20) if all(n % d for d in range(2, n))]")?;
//! assert_eq!(primes, [2, 3, 5, 7, 11, 13, 17, 19]);
//! # Ok(())
//! # }
//! ```
//!
//! To run a script as the command `python` does, with `sys.argv`, an exit status and so on, there is
//! [`Engine::program`](crate::Engine::program).
//!
//! # Shipping
//!
//! A program that is installed elsewhere brings the folder `releases/<version>` with those wheels that it uses and what they
//! depend on (`./assets-fetch.sh --wheels numpy,pandas` fetches just these), and says where it is:
//!
//! ```no_run
//! # fn main() -> pyrun::Result<()> {
//! let home = pyrun::home::Home::at("/opt/shop/python").with_cache("/var/cache/shop");
//! let engine = pyrun::Engine::new(pyrun::Config::new().home(home))?;
//! # Ok(())
//! # }
//! ```
//!
//! The cache must be writable for whoever runs the program, and only for them: it holds native code. To have it ready before the
//! first start, call [`Engine::precompile`](crate::Engine::precompile) when the program is installed, on that machine. Show a
//! person what takes long with [`Config::progress`](crate::Config::progress).
//! `docs/THIRD-PARTY.md` has the licences of what a release contains.
