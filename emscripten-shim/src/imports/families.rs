//! All import families of the shim. The families of the layers above (CPython, Pyodide) are theirs.

use crate::imports::table::Family;
use crate::{dylink, exceptions, exit, guest::env::Env, heap, libffi, promise, syscall, time, wasi};

/// Every family that the shim supplies. Those that are for some series of Emscripten come first, since some of them do
/// otherwise what others do.
///
/// ```
/// use pyrun_emscripten_shim::imports::families::FAMILIES;
/// use pyrun_emscripten_shim::imports::table::{Emscripten, HostFunctions};
/// static SETS: &[&[&pyrun_emscripten_shim::Family]] = &[FAMILIES];
/// let functions = HostFunctions::new(SETS, Emscripten::V5);
/// assert!(functions.find("env", "__syscall_openat", None).is_some());
/// assert!(functions.find("env", "openat", None).is_none());
/// // Only modules of Emscripten 3.1 ask the host to throw.
/// assert!(functions.find("env", "__cxa_throw", None).is_none());
/// ```
pub static FAMILIES: &[&Family<Env>] = &[
    &exceptions::EXCEPTIONS,
    &exceptions::MATCHING,
    &exit::OLD_EXIT,
    &syscall::names::SYMLINK,
    &time::OLD_CLOCKS,
    &time::strftime::STRFTIME,
    &wasi::GETENTROPY,
    &dylink::OLD_DYLINK,
    &syscall::poll::SELECT,
    &syscall::identity::GROUP_IDENTITY,
    &syscall::names::LINKS,
    &syscall::poll::PIPE_WITH_FLAGS,
    &syscall::poll::POLL_NONBLOCKING,
    &syscall::socket::SHUTDOWN,
    &time::FALLIBLE_CALENDAR,
    &wasi::CLOCKS,
    &wasi::ENVIRONMENT,
    &wasi::FILES,
    &wasi::EXIT,
    &syscall::descriptors::DESCRIPTORS,
    &syscall::descriptors::FCNTL,
    &syscall::metadata::METADATA,
    &syscall::names::NAMES,
    &syscall::size::SIZE,
    &syscall::poll::POLL,
    &syscall::poll::PIPE,
    &syscall::identity::IDENTITY,
    &syscall::socket::SOCKETS,
    &syscall::netdb::NETDB,
    &exit::EXIT,
    &promise::PROMISES,
    &heap::HEAP,
    &heap::MAPPINGS,
    &time::TIME,
    &time::TIMERS,
    &time::SLEEP,
    &dylink::DYLINK,
    &libffi::LIBFFI,
];

/// What programs import that no release of Pyodide does: of older series, of newer ones, and what those have no use for.
pub static OF_PROGRAMS: &[&Family<Env>] = &[
    &time::by_address::BY_ADDRESS,
    &time::strptime::STRPTIME,
    &syscall::identity::PLAIN_IDENTITY,
    &syscall::legalised::LEGALISED,
    &syscall::legalised::NARROW,
    &syscall::legalised::LEGALISED_WASI,
    &syscall::legalised::LEGALISED_CALLS,
    &syscall::embedded::EMBEDDED_FILES,
    &exit::PROGRAM_EXIT,
    &exceptions::SECOND_RESULT,
    &dylink::FIRST_DYLINK,
    &heap::COPIES,
];

/// Every family that a program of Emscripten's may import from; see [`HostFunctions::of_any_series`].
///
/// [`HostFunctions::of_any_series`]: crate::imports::table::HostFunctions::of_any_series
pub static ALL: &[&[&Family<Env>]] = &[FAMILIES, OF_PROGRAMS];
