//! All import families of the shim. The families of the layers above (CPython, Pyodide) are theirs.

use crate::imports::table::Family;
use crate::{dylink, exceptions, exit, heap, libffi, promise, syscall, time, wasi};

/// Every family that the shim supplies.
///
/// ```
/// use pyrun_emscripten_shim::{FAMILIES, imports};
/// assert!(imports::find(&[FAMILIES], "env", "__syscall_openat").is_some());
/// assert!(imports::find(&[FAMILIES], "env", "openat").is_none());
/// ```
pub static FAMILIES: &[&Family] = &[
    &wasi::CLOCKS,
    &wasi::ENVIRONMENT,
    &wasi::FILES,
    &wasi::EXIT,
    &syscall::descriptors::DESCRIPTORS,
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

/// What releases before 314 import besides, or otherwise. It is to be looked for first.
pub static BEFORE_314: &[&Family] = &[&dylink::DYLINK_BEFORE_314, &syscall::poll::SELECT];

/// What releases before 0.28 import besides: later ones have it inside the module. It is to be looked for first.
pub static BEFORE_0_28: &[&Family] = &[
    &exceptions::EXCEPTIONS,
    &exceptions::MATCHING,
    &exit::OLD_EXIT,
    &syscall::names::SYMLINK,
    &time::OLD_CLOCKS,
    &time::strftime::STRFTIME,
    &wasi::GETENTROPY,
];

/// What releases from 315 on import besides, some of it in the place of what others do: it is to be looked for first.
pub static FROM_315: &[&Family] = &[
    &syscall::identity::IDENTITY_315,
    &syscall::names::LINKS_315,
    &syscall::poll::PIPE_315,
    &syscall::poll::POLL_315,
    &syscall::socket::SHUTDOWN,
    &time::CALENDAR_315,
];
