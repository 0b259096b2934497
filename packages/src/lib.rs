//! Packages: the lock file, wheels, and packs, which hold what a wheel contributes in the form that starts fastest.
//!
//! Replaces Pyodide's `src/js/load-package.ts`, `src/js/lockfile.ts` and `pyodide/_package_loader.py`. Nothing here opens files or
//! sockets: bytes come in, plain data goes out. Left out on purpose: downloading, channels, `pyodide.loadedPackages`.
#![forbid(unsafe_code)]

mod adapted;
mod archive;
mod bytecode;
mod digest;
mod lock;
mod name;
mod pack;
mod resolve;
mod site;
mod wheel;

pub use adapted::adapted_lines;
pub use archive::{ArchiveError, ArchiveProblem, TreeFile};
pub use bytecode::{COMPILE_SCRIPT, CompileReport, CompiledSource, Incomplete, compile_request, parse_compiled};
pub use digest::{Digest, NotADigest};
pub use lock::{InstallDir, LOCK_FILE, Lock, LockError, LockInfo, Package, PackageType};
pub use name::canonical_name;
pub use pack::{PACK_VERSION, PackBuildError, PackBuilder, PackError, PackLayer};
pub use resolve::PackageError;
pub use site::{Optimization, SitePaths};
pub use wheel::{unpack_package, unpack_stdlib};
