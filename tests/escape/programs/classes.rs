//! The classes of 2026: what Wasmtime, Deno and others published, as programs here.
//!
//! | class | here |
//! |---|---|
//! | 1, paths: slashes and links, prefixes of drives, rights of links and renames, writing through a grant for reading | below, `published.rs`, `links.rs`; no path of ours has a drive: names are bytes, and nothing but `/` parts them |
//! | 2, host memory by a size of the guest's | below, `published.rs`, `crossing.rs` |
//! | 3, metering that a call goes around | below: what waits or works in the host is ended by the limit of time as what works in the guest |
//! | 4, a panic of the host's by odd values | below, and `pyodide-loader/tests/arbitrary` with every import |
//! | 5, bytes of the host's in what it writes | below: memory is filled, and only what a call says that it wrote may differ |
//! | 6, code generation | cannot be shown by a program: our Cranelift is pinned, and `cargo xtask pins` compares it with its newest patch |
//! | 7, exceptions: tags of the wrong type, values lost over a call | tags are linked by name and type (`emscripten-shim/src/dylink`); `emscripten-shim/tests/thrown.rs`, `translate/src/tests` |
//! | 8, what a reset leaves | `tenants.rs`, and the soak |
//! | 9, forged artifacts | `runtime/src/cache/tests.rs`, `tests/cli/storage.rs`; the soak damages them under a running process |
//! | 10, the bridge to JavaScript | pyrun has no JavaScript; `published.rs` |
//! | 11, paths in a package's metadata | below: what a wheel's names and records say stays in the guest, and in the guest's own folder |

use super::{Attack, anyhow, gives};

/// The programs.
pub const ATTACKS: &[Attack] = &[
    gives(
        "class 1: rights of links and renames between two grants",
        "([], 'of the host')",
        r#"
tried = attempt(lambda: os.link('/ro/f', '/rw/x'), lambda: os.rename('/ro/f', '/rw/x'), lambda: os.rename('/rw/f', '/ro/x'), lambda: os.replace('/rw/f', '/ro/f'),
    lambda: os.symlink('/ro/f', '/rw/x'), lambda: os.symlink('C:\\x', '/ro/x'), lambda: os.link('/rw/f', '/tmp/x'))
repr((tried, open('/ro/f').read()))"#,
    ),
    gives(
        "class 1: backslashes, drives and streams are names as others",
        "True",
        r#"
names = ['C:', 'C:\\x', '\\\\?\\x', 'f:stream', 'a\\..\\..\\b', 'NUL', 'con', '..\\f']
for name in names: open('/rw/' + name, 'w').close()
made = set(names) <= set(os.listdir('/rw'))
for name in names: os.unlink('/rw/' + name)
made"#,
    ),
    anyhow(
        "class 2: a listing, a vector and a path of many parts",
        r#"
os.makedirs('/tmp/' + 'd/' * 500, exist_ok=True)
for n in range(3000): open('/tmp/%d' % n, 'w').close()
kept = [os.scandir('/tmp') for _ in range(200)]
for it in kept: next(it)
vector = (word * 20000)(*[ctypes.addressof(ctypes.create_string_buffer(8)), 8] * 10000)
lib.writev(os.open('/tmp/v', os.O_CREAT | os.O_RDWR), vector, 10000)
try: os.stat('/tmp/' + '../tmp/' * 600)
except OSError: pass"#,
    ),
    anyhow("class 3: waits in the host", "select.select([0], [], [], 10**6)"),
    anyhow("class 3: waits for a pipe that nobody writes to", "os.read(os.pipe()[0], 1)"),
    anyhow(
        "class 3: sleeps again and again",
        "while True:\n    try: time.sleep(0.001)\n    except BaseException: pass",
    ),
    anyhow(
        "class 3: works in the host again and again",
        "room = ctypes.create_string_buffer(1 << 20)\nwhile True: lib.getentropy(room, 256)",
    ),
    anyhow(
        "class 3: one large copy in the host",
        "big = bytearray(40 << 20)\nwhile True: os.write(os.open('/tmp/big', os.O_CREAT | os.O_WRONLY | os.O_TRUNC), big)",
    ),
    anyhow(
        "class 4: times before the epoch, without end, and not a number",
        r#"
open('/tmp/t', 'w').close()
for t in (-1, -2**31, -2**63 + 1, 2**63 - 1, 2**40, 0):
    for call in (lambda: os.utime('/tmp/t', ns=(t, t)), lambda: os.utime('/rw/f', ns=(t, t)), lambda: time.gmtime(t), lambda: time.localtime(t), lambda: time.ctime(t), lambda: os.stat('/tmp/t').st_mtime):
        try: call()
        except (OSError, OverflowError, ValueError): pass
for t in (float('nan'), float('inf'), -1.0, 1e300, -0.0):
    for call in (lambda: time.sleep(min(t, 0.01) if t == t else t), lambda: signal.setitimer(signal.ITIMER_REAL, t), lambda: select.select([], [], [], min(t, 0.01)), lambda: lib._setitimer_js(0, ctypes.c_double(t)), lambda: lib.emscripten_thread_sleep(ctypes.c_double(min(t, 1.0)))):
        try: call()
        except Exception: pass
signal.setitimer(signal.ITIMER_REAL, 0)"#,
    ),
    anyhow(
        "class 4: odd numbers for every call on a descriptor",
        r#"
for fd in (-1, 0, 1, 2, 3, 2**31 - 1, -2**31, 63, 64):
    for name in ('close', 'fsync', 'dup', 'isatty', 'fchdir', 'fdatasync', 'ttyname', 'lseek', 'ftruncate', 'fcntl', 'ioctl', 'listen', 'accept', 'shutdown', 'fallocate', 'posix_fadvise', 'dup2', 'flock'):
        if (name, fd) in (('close', 1), ('close', 2)): continue
        try: getattr(lib, name)(fd, *random.choices([0, -1, 1, 2**31 - 1, -2**31], k=3))
        except (Exception, SystemExit): pass"#,
    ),
    gives(
        "class 5: what the host writes, and nothing beside it",
        "[]",
        r#"
open('/tmp/entry', 'w').close()
def leaves(call, size, known):
    """Whether bytes that the call has no words for are written, and not zero."""
    one, two = (ctypes.create_string_buffer(bytes([fill]) * size, size) for fill in (0x55, 0xaa))
    call(one); call(two)
    return [at for at in range(size) if one.raw[at] != two.raw[at] and (one.raw[at], two.raw[at]) != (0x55, 0xaa) and at not in known]
def entries(room):
    fd = os.open('/tmp', os.O_DIRECTORY)
    lib.__syscall_getdents64(fd, room, 2800)
    os.close(fd)
bad = leaves(entries, 2800, ()) + leaves(lambda room: lib.__syscall_stat64(b'/tmp/entry', room), 256, ())
bad += leaves(lambda room: lib.__syscall_statfs64(b'/tmp', 64, room), 64, ()) + leaves(lambda room: lib.uname(room), 400, ())
bad += leaves(lambda room: lib.getsockname(__import__('socket').socket().fileno(), room, ctypes.byref(word(128))), 128, ())
repr(bad)"#,
    ),
    anyhow(
        "class 7: exceptions of C's and of the host's, mixed",
        r#"
jump = ctypes.create_string_buffer(512)
back = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda a, b: lib.longjmp(jump, 1))
lib.qsort((ctypes.c_int * 8)(*range(8)), 8, 4, back)"#,
    ),
    gives(
        "class 11: a wheel whose names lead elsewhere",
        "True",
        r#"
import zipfile, importlib.metadata
names = ['../../../../rw/owned', '/rw/owned', 'x-1.dist-info/../../../rw/owned', 'x-1.data/data/../../../rw/owned', 'x.py']
with zipfile.ZipFile('/tmp/x-1-py3-none-any.whl', 'w') as wheel:
    for name in names: wheel.writestr(name, 'owned')
    wheel.writestr('x-1.dist-info/METADATA', 'Metadata-Version: 2.1\nName: x\nVersion: 1\n')
    wheel.writestr('x-1.dist-info/RECORD', '../../../rw/f,,\n/ro/f,,\n')
    wheel.writestr('x-1.dist-info/entry_points.txt', '[console_scripts]\n../../rw/owned = x:y\n')
    wheel.writestr('evil.pth', 'import os; os.system("id")\n')
zipfile.ZipFile('/tmp/x-1-py3-none-any.whl').extractall('/tmp/site')
sys.path.insert(0, '/tmp/site')
[str(file.locate()) for file in importlib.metadata.files('x')], importlib.metadata.entry_points()
not os.path.exists('/rw/owned') and open('/ro/f').read() == 'of the host'"#,
    ),
];
