//! What tenants start from, what they change, and what the next one can find out.

/// What all tenants start from. `whole` is all of linear memory but its first byte; `order` is a callback that is in the snapshot.
pub const RECIPE: &str = r#"
import atexit, ctypes, decimal, gc, json, locale, mmap, os, random, signal, sys, tempfile, threading, time, uuid, warnings
lib = ctypes.CDLL(None)
words = ctypes.c_uint32
order = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda n: n * 7)
whole = (ctypes.c_ubyte * (lib.emscripten_get_heap_size() - 1)).from_address(1)
"#;

/// Changes of every kind of state. `SECRET` is 32 bytes that each tenant has of its own.
pub const CHANGES: &[&str] = &[
    // Objects, modules, builtins.
    "kept = [SECRET * 100 for _ in range(300)]; text = SECRET.hex(); table = {SECRET: SECRET}",
    "import builtins; builtins.len = lambda x: 7; builtins.SECRET = SECRET",
    "sys.modules['json'] = SECRET; sys.path.insert(0, text := SECRET.hex()); sys.path_hooks.clear(); sys.path_importer_cache.clear()",
    "json.dumps = lambda *a: SECRET.hex(); del os.path",
    "import this_is_not_there",
    "import calendar, csv, sqlite3; db = sqlite3.connect('/tmp/db'); db.execute('create table t (x)'); db.execute('insert into t values (?)', (SECRET,)); db.commit()",
    "import numpy; numpy.random.seed(3); array = numpy.full(100000, SECRET)",
    "class Evil(type(order)): pass\nEvil.secret = SECRET\ndef f(n=SECRET): return f()\nf()",
    // The interpreter's settings.
    "sys.setrecursionlimit(300); sys.setswitchinterval(9); sys.settrace(lambda *a: None); sys.setprofile(lambda *a: None)",
    "sys.addaudithook(lambda *a: None); sys.excepthook = print; sys.displayhook = print; atexit.register(print, SECRET)",
    "gc.disable(); gc.set_threshold(1); gc.callbacks.append(lambda *a: None); gc.collect(); gc.unfreeze()",
    "random.seed(7); random.setstate(random.Random(3).getstate()); uuid._node = 5; tempfile._name_sequence = iter(['a'])",
    "warnings.simplefilter('error'); decimal.getcontext().prec = 3; locale.setlocale(locale.LC_ALL, 'C')",
    "signal.signal(signal.SIGINT, lambda *a: None); signal.signal(signal.SIGTERM, signal.SIG_IGN)",
    "lib.setitimer(0, (ctypes.c_longlong * 4)(0, 0, 10000, 0), None); lib.alarm(20000)",
    "signal.raise_signal(signal.SIGINT)",
    "local = threading.local(); local.x = SECRET; import contextvars; contextvars.ContextVar('x').set(SECRET)",
    "os.environ['TZ'] = 'UTC+3'; lib.tzset(); time.localtime()",
    "1 / 0",
    "raise SystemExit(SECRET)",
    "raise KeyError(SECRET)",
    "compile('(' * 90, 'x', 'eval')",
    "it = iter([SECRET]); gen = (x for x in it); next(gen); coro = (lambda: (yield))()",
    // Files, descriptors, the process.
    "os.environ['SECRET'] = SECRET.hex(); os.putenv('B', SECRET.hex()); os.environ.pop('HOME'); lib.setenv(b'C', b'c', 1)",
    "os.chdir('/tmp'); os.umask(0o77)",
    "open('/tmp/secret', 'wb').write(SECRET * 1000); os.mkdir('/tmp/d'); os.symlink('/tmp/secret', '/tmp/l'); os.chmod('/tmp', 0)",
    "fd = os.open('/tmp/x', os.O_CREAT | os.O_RDWR); os.dup2(fd, 50); os.write(fd, SECRET); os.lseek(fd, 3, 0)",
    "ends = os.pipe(); os.write(ends[1], SECRET); import socket; pair = socket.socketpair(); pair[0].send(SECRET)",
    "os.close(0)",
    "os.dup2(2, 1)",
    "sys.stdout.write(SECRET.hex())",
    "sys.stdout.close()",
    "sys.stderr = None; sys.stdin = None",
    "file = open('/tmp/m', 'w+b'); file.truncate(70000); m = mmap.mmap(file.fileno(), 70000); m[:32] = SECRET; m.flush()",
    "open('/tmp/open', 'wb').write(SECRET); gone = open('/tmp/open', 'rb'); os.unlink('/tmp/open')",
    "os.rename('/home', '/tmp/home')",
    "os.rmdir('/home/pyodide')",
    // Memory, by ctypes.
    "big = bytearray(40 << 20); big[:] = SECRET * ((40 << 20) // 32)",
    "block = lib.malloc(9 << 20); ctypes.memmove(block, SECRET * ((9 << 20) // 32), 9 << 20); lib.free(block)",
    "for size in range(8, 4000, 24):\n    block = lib.malloc(size); ctypes.memmove(block, (SECRET * 200)[:size], size)",
    "one, two = (words.from_address(id(f) + 8).value for f in (len, abs)); a, b = words.from_address(one + 4), words.from_address(two + 4); a.value, b.value = b.value, a.value",
    "words.from_address(id(order) + 40).value ^= 64",
    "import struct; ctypes.memmove(id(SECRET) & ~0xfff, SECRET, 32) if len(SECRET) == 33 else 0; lib.srand(5); lib.strtok(b'a b', b' '); ctypes.set_errno(5)",
    "end = lib.sbrk(0); lib.sbrk(1 << 20); ctypes.memmove(end, SECRET * 1000, 32000)",
    "class Big(ctypes.Structure): _fields_ = [('x', ctypes.c_char * 4096)]\nBig(SECRET)\ncall = ctypes.CFUNCTYPE(ctypes.c_int, Big)(lambda x: 3); call(Big(SECRET))",
    "def deep(n): return SECRET + deep(n - 1) if n else b''\ndeep(200)",
    // The table, by callbacks, symbols, libraries.
    "calls = [ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.c_int] * n)(lambda *a: len(a)) for n in range(12)]; calls[3](1, 2, 3)",
    "found = [getattr(lib, name, None) for name in ('printf', 'malloc', 'PyLong_FromLong', 'emscripten_get_now', 'getenv', 'qsort')]",
    "lib.ffi_closure_free(words.from_address(ctypes.addressof(order)).value) if 0 else 0; del order; gc.collect(); order = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(lambda x: x)",
    "array = (ctypes.c_int * 3)(3, 1, 2); lib.qsort(array, 3, 4, ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))(lambda a, b: a[0] - b[0]))",
    "import _ctypes; handle = _ctypes.dlopen(None, ctypes.RTLD_GLOBAL); _ctypes.dlsym(handle, 'PyObject_Repr')",
];

/// What a tenant can find out, as text.
pub const DESCRIBE: &str = r#"
def described():
    files = []
    for top in '/tmp', '/home', '/dev', '/proc':
        for folder, names, leaves in os.walk(top):
            for name in sorted(names + leaves):
                path = os.path.join(folder, name)
                try: status = os.lstat(path)
                except OSError: continue
                data = open(path, 'rb').read() if top in ('/tmp', '/home') and os.path.isfile(path) else None
                files.append((path, status.st_mode, status.st_size, data))
    def descriptor(fd):
        try: return fd, os.fstat(fd).st_mode, os.fstat(fd).st_rdev
        except OSError: return None
    mask = os.umask(0); os.umask(mask)
    handlers = [str(signal.getsignal(number)).partition(' at ')[0] for number in range(1, 32)]
    return repr((files, os.listdir('/'), [descriptor(fd) for fd in range(64)], os.getcwd(), mask, sorted(os.environ.items()),
        sorted(sys.modules), sys.path, handlers, signal.getitimer(signal.ITIMER_REAL), gc.isenabled(), gc.get_threshold(),
        gc.callbacks, sys.getrecursionlimit(), sys.getswitchinterval(), sys.gettrace(), warnings.filters, decimal.getcontext().prec,
        locale.setlocale(locale.LC_ALL), time.tzname, len([1, 2]), abs(-3), order(6), sorted(globals()), sorted(vars(__builtins__)),
        lib.emscripten_get_heap_size(), ctypes.get_errno(), lib.getenv(b'C')))
described()
"#;

/// Whether the bytes are anywhere in there.
pub fn finds(haystack: &[u8], needle: &[u8]) -> bool {
    // Of each stretch of the needle's length the last byte tells how far it may be skipped.
    let (mut at, last) = (0, needle.len() - 1);
    let mut skip = [needle.len(); 256];
    for (index, byte) in needle[..last].iter().enumerate() {
        skip[usize::from(*byte)] = last - index;
    }
    while let Some(window) = haystack.get(at..at + needle.len()) {
        if window == needle {
            return true;
        }
        at += skip[usize::from(window[last])];
    }
    false
}
