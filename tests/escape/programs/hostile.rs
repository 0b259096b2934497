//! Hostile programs without a plan, from a seed: calls by `ctypes` of every function of C's and of the host's with arguments that fit
//! none of them, writes anywhere, changes of all state, programs of the corpus, values and exceptions that are hard to carry out.

use std::fmt::Write as _;
use std::path::Path;

use super::numbers::{Numbers, setting};
use super::{all, state};

/// What the programs are made of.
#[derive(Debug)]
pub struct Hostile {
    /// Functions that `ctypes` finds by name.
    functions: Vec<String>,
    /// Programs of the corpus.
    corpus: Vec<&'static str>,
    /// Only programs of this kind, a number below 100: see [`Hostile::program`].
    plan: Option<u64>,
}

/// Functions that matter most, besides all that the host supplies.
const OFTEN: &[&str] = &[
    "malloc",
    "free",
    "realloc",
    "calloc",
    "memcpy",
    "memmove",
    "memset",
    "strlen",
    "strcpy",
    "qsort",
    "bsearch",
    "open",
    "read",
    "write",
    "close",
    "lseek",
    "ftruncate",
    "fcntl",
    "ioctl",
    "dup2",
    "pipe",
    "poll",
    "select",
    "mmap",
    "munmap",
    "getcwd",
    "chdir",
    "unlink",
    "rename",
    "link",
    "symlink",
    "readlink",
    "stat",
    "fstat",
    "getdents64",
    "readv",
    "writev",
    "socket",
    "bind",
    "connect",
    "accept",
    "send",
    "recv",
    "getaddrinfo",
    "dlopen",
    "dlsym",
    "setitimer",
    "signal",
    "raise",
    "sbrk",
    "emscripten_resize_heap",
    "getentropy",
    "setenv",
    "getenv",
    "putenv",
    "strftime",
    "localtime",
    "mktime",
    "tzset",
    "setlocale",
    "printf",
    "fopen",
    "fread",
    "fwrite",
    "fclose",
    "emscripten_stack_get_current",
    "_emscripten_stack_restore",
    "_emscripten_stack_alloc",
    "PyObject_Repr",
    "PyObject_Call",
    "PyDict_New",
    "PyList_New",
    "PyErr_SetString",
    "PyEval_EvalCode",
    "PyRun_SimpleString",
    "Py_DecRef",
    "Py_IncRef",
    "PyMem_Malloc",
    "PyMem_Free",
    "PyObject_GC_Del",
    "PyGC_Collect",
    "PyThreadState_Get",
    "PyImport_ImportModule",
    "PyBuffer_Release",
];

/// Calls a function, whatever comes of it.
const HELPERS: &str = r#"
def c(name, *a):
    try: return getattr(lib, name)(*a)
    except (Exception, SystemExit): return 0
room = ctypes.create_string_buffer(SECRET * 64, 4096); at = ctypes.addressof(room)
top = lib.emscripten_get_heap_size(); kept = [SECRET] * 9
w, d, q = ctypes.c_uint32, ctypes.c_double, ctypes.c_longlong
"#;

impl Hostile {
    /// With the functions that the tables of imports name.
    pub fn new() -> Self {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/SUPPORT.md"))
            .expect("it is there");
        let imports =
            text.lines().filter_map(|line| line.strip_prefix("| `env.")?.split('`').next()).map(str::to_owned);
        let functions = imports.chain(OFTEN.iter().map(|name| (*name).to_owned())).collect();
        let plan = Some(setting("PYRUN_SOAK_PLAN", u64::MAX)).filter(|plan| *plan < 100);
        Self {
            plan,
            functions,
            corpus: all().map(|attack| attack.source).filter(|source| !source.contains("PLANTED")).collect(),
        }
    }

    /// A program, behind [`PRELUDE`](super::PRELUDE). It ends the guest that runs it, or not; `SECRET` is set.
    pub fn program(&self, numbers: &mut Numbers) -> String {
        let mut source = format!("{HELPERS}random.seed({})\n", numbers.below(1 << 32));
        match self.plan.unwrap_or_else(|| numbers.below(100)) {
            0..55 => self.calls(numbers, &mut source),
            55..75 => changes(numbers, &mut source),
            75..85 => source.push_str(numbers.of_these::<&str>(&self.corpus)),
            85..90 => source.push_str(numbers.of_these::<&str>(FILES)),
            90..97 => source.push_str(numbers.of_these::<&str>(ANSWERS)),
            _ => source.push_str(numbers.of_these::<&str>(ENDLESS)),
        }
        source
    }

    fn calls(&self, numbers: &mut Numbers, source: &mut String) {
        for _ in 0..1 + numbers.below(25) {
            if numbers.once_in(12) {
                let _ = writeln!(
                    source,
                    "ctypes.memset({}, {}, {})",
                    place(numbers),
                    numbers.below(256),
                    1 << numbers.below(14)
                );
                continue;
            }
            let arguments: Vec<String> = (0..numbers.below(8)).map(|_| argument(numbers)).collect();
            let _ = writeln!(source, "c({:?}, {})", numbers.of_these(&self.functions), arguments.join(", "));
        }
    }
}

/// An address: null, in the middle, at the end of memory and beyond, of an object, of code.
fn place(numbers: &mut Numbers) -> String {
    match numbers.below(9) {
        0 => format!("w({})", numbers.below(64)),
        1 => format!("w(top - {})", numbers.below(32)),
        2 => format!("w(top + {})", numbers.below(1 << 20)),
        3 => format!("w({})", numbers.below(1 << 32)),
        4 => format!(
            "id({})",
            numbers.of_these(&["kept", "list", "len", "print", "sys", "c", "type", "None", "kept[0]"])
        ),
        5 => format!("w({})", u32::MAX - numbers.below(64) as u32),
        _ => format!("at + {}", numbers.below(4096)),
    }
}

fn argument(numbers: &mut Numbers) -> String {
    const NUMBERS: &[&str] =
        &["0", "1", "-1", "2**31-1", "w(2**31)", "w(2**32-1)", "64", "4096", "65536", "-2**31", "w(0x80000001)"];
    const TEXTS: &[&str] =
        &["b'/rw/f'", "b'/tmp/x'", "b'/ro/f'", "b'..'", "b''", "b'%n%s%n'", "b'x' * 5000", "b'/dev/stdin'", "SECRET"];
    const WIDE: &[&str] = &["q(-1)", "q(2**62)", "q(0)", "d(float('nan'))", "d(1e300)", "d(-1)", "d(.001)"];
    match numbers.below(10) {
        0..3 => place(numbers),
        3..5 => (*numbers.of_these(NUMBERS)).to_owned(),
        5 => (*numbers.of_these(TEXTS)).to_owned(),
        6 => (*numbers.of_these(WIDE)).to_owned(),
        7 => format!("w({})", 1 << numbers.below(32)),
        // Descriptors and slots of the table.
        8 => format!("{}", numbers.below(12)),
        _ => format!("{}", numbers.below(6000)),
    }
}

fn changes(numbers: &mut Numbers, source: &mut String) {
    for _ in 0..1 + numbers.below(6) {
        source.push_str("try:\n");
        for line in numbers.of_these(state::CHANGES).lines() {
            let _ = writeln!(source, "    {line}");
        }
        source.push_str("except Exception: pass\n");
    }
}

/// What is done to files: many, large, moved between folders, until nothing more can be.
const FILES: &[&str] = &[
    "while True: open('/tmp/%d' % random.randrange(10**6), 'w').write('x' * random.randrange(99999))",
    "while True: os.pipe()",
    "f = open('/tmp/s', 'wb')\nfor n in range(10**6): f.seek(n << 16); f.write(SECRET)",
    "f = open('/rw/f', 'ab')\nwhile True: f.write(SECRET * 99); f.flush()",
    "for n in range(300):\n    try: random.choice((os.rename, os.link, os.symlink, os.replace))(*random.choices(['/rw/f', '/rw/g', '/rw/d/h', '/tmp/f', '/ro/f', '/rw/d', '..'], k=2)); os.mkdir('/rw/d')\n    except OSError: pass",
    "for n in range(300):\n    fd = os.open(random.choice(['/rw/f', '/tmp/f', '/rw/g']), random.choice([os.O_RDWR, os.O_WRONLY | os.O_TRUNC, os.O_APPEND | os.O_WRONLY]) | os.O_CREAT)\n    os.lseek(fd, random.randrange(2**40), 0); os.write(fd, SECRET); os.ftruncate(fd, random.randrange(99999)); os.close(fd)",
    "while True: os.symlink('x' * 4000, '/tmp/%d' % random.randrange(10**6))",
    "while True: print(SECRET.hex() * 999)",
    "while True: os.write(2, SECRET * 99)",
    "m = [mmap.mmap(-1, 1 << 20) for _ in range(500)]",
    "def deep(path):\n    while True: path += '/d'; os.mkdir(path)\ndeep('/tmp')",
];

/// What is hard to carry out of the guest.
const ANSWERS: &[&str] = &[
    "s = 'x' * (1 << 20); [s] * 400",
    "x = []\nfor _ in range(100000): x = [x]\nx",
    "x = []; x.append(x); x",
    "[None] * 5_000_000",
    "words = ctypes.cast(id(kept), ctypes.POINTER(w)); words[2] = 0x0fffffff; kept",
    "s = 'x' * 99; words = ctypes.cast(id(s), ctypes.POINTER(w)); words[2] = 0x7fffffff; s",
    "{n: {n: n} for n in range(99999)}",
    "1 << (1 << 25)",
    "raise ValueError('x' * (8 << 20))",
    "e = None\nfor n in range(3000):\n    new = KeyError(SECRET * 99); new.__cause__ = e; e = new\nraise e",
    "class E(Exception):\n    def __str__(self): raise self\nraise E",
    "class E(Exception):\n    def __str__(self): return 'x' * (9 << 20)\nraise E",
    "raise type('x' * (1 << 20), (Exception,), {'__module__': 7})",
    "raise SystemExit(evil(lambda: 1 / 0))",
    "def f(n): return f(n + 1)\nf(0)",
    "raise ExceptionGroup('x', [ValueError('y' * 9999)] * 999)",
];

/// What never ends by itself.
const ENDLESS: &[&str] = &[
    "while True: pass",
    "sum(range(10**15))",
    "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "signal.signal(signal.SIGINT, signal.SIG_IGN); signal.signal(24, signal.SIG_IGN) if 1 else 0\nwhile True: pass",
    "any(itertools.repeat(0))",
    "re.match('(a|a|a)*b', 'a' * 60)",
    "sqlite3.connect(':memory:').execute('with recursive t(x) as (select 1 union all select x + 1 from t) select sum(x) from t').fetchall()",
    "class A:\n    def __del__(self):\n        while True: pass\nA(); A()",
    "time.sleep(10**6)",
    "10 ** 10 ** 9",
    "[0] * 10**9",
    "s = set(); \nwhile True: s.add(object())",
    "os.read(os.pipe()[0], 1)",
    "threading.Event().wait()",
    "def f():\n    try: yield\n    finally: f2 = f(); next(f2); f2.close()\nx = f(); next(x); x.close()",
    "lib.memset.argtypes = None\nwhile True: lib.memset(at, 1, 4096)",
];
