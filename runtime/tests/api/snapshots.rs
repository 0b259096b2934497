//! Snapshots, and what starts from them.

use std::collections::HashSet;

use pyrun::stdio::{OnFull, OutputBuffer, Stdio};
use pyrun::{Error, Interpreter, Recipe, Snapshot, Value};

use super::{engine, interpreter};

fn from(snapshot: &Snapshot) -> Interpreter {
    engine().interpreter().snapshot(snapshot).start().expect("it starts")
}

#[track_caller]
fn eval(py: &Interpreter, source: &str) -> Value {
    py.run_python(source).unwrap_or_else(|error| panic!("{source}: {error}"))
}

#[test]
fn the_whole_state_comes_back() {
    let py = interpreter();
    eval(
        &py,
        r#"
import ctypes, io, os, socket, sqlite3, threading
numbers = iter(range(10)); next(numbers)
def generator():
    total = 0
    while True:
        total += yield total
running = generator(); next(running); running.send(5)
open("/tmp/kept", "w").write("text")
file = open("/tmp/open", "w+b"); file.write(b"0123456789"); file.flush(); file.seek(3)
os.unlink("/tmp/open")
reader, writer = os.pipe(); os.write(writer, b"in the pipe")
left, right = socket.socketpair(); left.send(b"on its way")
os.chdir("/tmp")
order = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda n: n * 7)
sine = ctypes.CDLL(None).sin; sine.restype = ctypes.c_double; sine.argtypes = [ctypes.c_double]
database = sqlite3.connect(":memory:"); database.execute("create table t (x)"); database.execute("insert into t values (7)")
big = 2 ** 1000
local = threading.local(); local.x = 5
"#,
    );
    let snapshot = py.snapshot().unwrap();
    // The original goes on, and does not reach into what starts from it.
    eval(&py, "file.write(b'XXX'); file.flush(); next(numbers); big = 0");
    for _ in 0..2 {
        let copy = from(&snapshot);
        for (source, want) in [
            ("next(numbers)", Value::Int(1)),
            ("running.send(6)", Value::Int(11)),
            ("open('/tmp/kept').read()", Value::Str("text".into())),
            ("file.read()", Value::Bytes(b"3456789".to_vec())),
            ("os.read(reader, 100)", Value::Bytes(b"in the pipe".to_vec())),
            ("right.recv(100)", Value::Bytes(b"on its way".to_vec())),
            ("os.getcwd()", Value::Str("/tmp".into())),
            ("order(6)", Value::Int(42)),
            ("sine(0.0)", Value::Float(0.0)),
            ("database.execute('select x + 1 from t').fetchone()[0]", Value::Int(8)),
            ("big == 2 ** 1000", Value::Bool(true)),
            ("local.x", Value::Int(5)),
            // New code, new memory, new callbacks, garbage.
            ("ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(lambda x: x * 2)(2.5)", Value::Float(5.0)),
            ("len(bytearray(200 << 20))", Value::Int(200 << 20)),
            ("import json, decimal, gc; gc.collect(); str(decimal.Decimal(1) / 7)[:6]", Value::Str("0.1428".into())),
        ] {
            assert_eq!(eval(&copy, source), want, "{source}");
        }
    }
}

#[test]
fn libraries_come_back_and_more_are_loaded() {
    let snapshot =
        engine().snapshot(&Recipe::new().packages(["numpy"]).run("import numpy as np; a = np.eye(3) * 2")).unwrap();
    let py = from(&snapshot);
    assert_eq!(eval(&py, "float(np.linalg.inv(a)[1, 1])"), Value::Float(0.5));
    // Not loaded before: NumPy's own random generators, and another package.
    assert_eq!(
        eval(&py, "np.random.default_rng(1).integers(10, size=3).tolist()"),
        eval(&interpreter(), "import numpy as np; np.random.default_rng(1).integers(10, size=3).tolist()")
    );
    assert_eq!(eval(&py, "import regex; regex.findall(r'\\p{Lu}', 'aBcD')"), Value::List(vec!["B".into(), "D".into()]));
    // C++ exceptions and longjmp pass through restored libraries.
    assert_eq!(
        eval(&py, "try: np.zeros(-1)\nexcept ValueError as e: caught = str(e)\ncaught"),
        Value::Str("negative dimensions are not allowed".into())
    );
    // A snapshot of what was restored, and had more libraries loaded.
    let again = from(&py.snapshot().unwrap());
    assert_eq!(eval(&again, "int(a.sum()) + len(regex.findall('x', 'xx'))"), Value::Int(8));
}

/// Everything that draws on entropy: what it is called, and an expression.
const DRAWS: &[(&str, &str)] = &[
    ("random", "random.random()"),
    ("SystemRandom", "random.SystemRandom().random()"),
    ("secrets", "secrets.token_hex(8)"),
    ("os.urandom", "os.urandom(8).hex()"),
    ("uuid4", "str(uuid.uuid4())"),
    ("uuid1", "str(uuid.uuid1())"),
    ("uuid1's node", "uuid.uuid1().node"),
    ("uuid7", "str(uuid.uuid7())"),
    ("tempfile.mktemp", "os.path.basename(tempfile.mktemp())"),
    ("tempfile's names", "next(tempfile._get_candidate_names())"),
    ("numpy.random.rand", "float(np.random.rand())"),
    ("default_rng", "float(np.random.default_rng().random())"),
    ("RandomState", "float(np.random.RandomState().rand())"),
    ("SeedSequence", "str(np.random.SeedSequence().entropy)"),
    ("SQLite", "sqlite3.connect(':memory:').execute('select random()').fetchone()[0]"),
    ("multiprocessing", "multiprocessing.process.current_process().authkey.hex()"),
];

/// Generators of libraries that take long to import.
const SLOW_DRAWS: &[(&str, &str)] = &[
    ("SymPy", "sympy.core.random.rng.random()"),
    ("SymPy's assumptions", "sympy.core.random._assumptions_rng.random()"),
    ("scikit-learn", "float(sklearn.utils.check_random_state(None).rand())"),
    ("SciPy", "float(scipy.stats.norm.rvs())"),
];

/// Starts so many interpreters from one snapshot in which each generator was in use, which is when it would go on alike, and has each
/// draw once.
fn draw_from_forks(packages: &[&str], imports: &str, draws: &[(&str, &str)], forks: usize) {
    let expressions: Vec<&str> = draws.iter().map(|(_, expression)| *expression).collect();
    let draw = format!("[{}]", expressions.join(", "));
    let recipe = Recipe::new().packages(packages).run(&format!("{imports}\n{draw}"));
    let snapshot = engine().snapshot(&recipe).unwrap();
    let pool = engine().pool(&snapshot);
    let mut seen: Vec<HashSet<String>> = vec![HashSet::new(); draws.len()];
    for fork in 0..forks {
        // Started, and taken back to the snapshot.
        let drawn = if fork % 2 == 0 { eval(&from(&snapshot), &draw) } else { eval(&pool.get().unwrap(), &draw) };
        let Value::List(drawn) = drawn else { panic!("no list") };
        for ((value, before), (name, _)) in drawn.iter().zip(&mut seen).zip(draws) {
            assert!(before.insert(format!("{value:?}")), "fork {fork} drew {value:?} again, from {name}");
        }
    }
}

/// How many interpreters draw; more of them: `PYRUN_FORKS=1000000 cargo test --release -p pyrun --test api forks`.
fn forks(default: usize) -> usize {
    std::env::var("PYRUN_FORKS").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn two_hundred_forks_draw_nothing_twice() {
    let imports = "import multiprocessing.process, os, random, secrets, sqlite3, tempfile, uuid\nimport numpy as np";
    draw_from_forks(&["numpy"], imports, DRAWS, forks(200));
}

#[test]
fn forks_of_large_libraries_draw_nothing_twice() {
    let imports = "import scipy.stats, sklearn.utils, sympy.core.random";
    draw_from_forks(&["sympy", "scikit-learn", "scipy"], imports, SLOW_DRAWS, forks(20));
}

#[test]
fn clocks_go_on_and_the_environment_is_new() {
    let py = interpreter();
    eval(&py, "import os, time; before = time.monotonic(), time.time()");
    let snapshot = py.snapshot().unwrap();
    let copy = engine().interpreter().snapshot(&snapshot).env("MARK", "new").start().unwrap();
    let later = "all(now >= then for now, then in zip((time.monotonic(), time.time()), before))";
    assert_eq!(eval(&copy, later), Value::Bool(true));
    assert_eq!(eval(&copy, "os.environ['MARK']"), Value::Str("new".into()));
    assert_eq!(eval(&from(&snapshot), "os.environ.get('MARK')"), Value::None);
}

#[test]
fn nothing_of_the_host_is_in_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    let py = engine().interpreter().folder(folder.path(), "/host", false).start().unwrap();
    eval(&py, "file = open('/host/secret')");
    let refused = py.snapshot().unwrap_err();
    assert!(matches!(refused, Error::Snapshot(_)), "{refused:?}");
    assert!(refused.to_string().contains("/host/secret"), "{refused}");
    eval(&py, "file.close()");
    let copy = from(&py.snapshot().unwrap());
    assert_eq!(eval(&copy, "import os; os.listdir('/host')"), Value::List(Vec::new()));
}

#[test]
fn host_functions_are_known_by_name() {
    let py = interpreter();
    py.register_module("host", |m| {
        m.function("twice(n, by=2)", |n: i64, by: i64| -> pyrun::Result<i64> { Ok(n * by) })
    })
    .unwrap();
    eval(&py, "from host import twice");
    let copy = from(&py.snapshot().unwrap());
    let missing = copy.run_python("twice(4)").unwrap_err();
    assert!(missing.to_string().contains("host.twice was not given again"), "{missing}");
    copy.register_module("host", |m| {
        m.function("twice(n, by=2)", |n: i64, by: i64| -> pyrun::Result<i64> { Ok(n * by + 1) })
    })
    .unwrap();
    assert_eq!(eval(&copy, "twice(4), twice(4, by=10)"), Value::Tuple(vec![9.into(), 41.into()]));
}

#[test]
fn a_reset_takes_everything_back() {
    let snapshot = engine().snapshot(&Recipe::new().packages(["numpy"]).run("import numpy as np; x = [1]")).unwrap();
    let mut py = from(&snapshot);
    let handle = py.run("x").unwrap().into_handle();
    for round in 0..20 {
        assert_eq!(eval(&py, "x.append(2); np.zeros(5); x"), Value::List(vec![1.into(), 2.into()]), "round {round}");
        eval(&py, "open('/tmp/f', 'w').write('x'); import os; os.chdir('/'); big = bytearray(50 << 20)");
        match round % 5 {
            0 => drop(eval(
                &py,
                "import regex, numpy.random, ctypes; f = ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 3); f()",
            )),
            1 => drop(py.run_python("def f(): f()\nf()").unwrap_err()),
            2 => drop(py.run_python("import sys; sys.exit(3)").unwrap_err()),
            3 => py.register_module("host", |m| m.function("f()", || -> pyrun::Result<i64> { Ok(1) })).unwrap(),
            _ => drop(eval(&py, "del x, np; import gc; gc.collect()")),
        }
        engine().interpreter().snapshot(&snapshot).reset(&mut py).unwrap();
        assert_eq!(
            eval(&py, "import os; os.path.exists('/tmp/f'), os.getcwd(), 'regex' in __import__('sys').modules"),
            Value::Tuple(vec![false.into(), "/home/pyodide".into(), false.into()])
        );
    }
    assert!(py.python().bind(&handle).repr().is_err(), "a handle of a former life is not good");
}

#[test]
fn a_pool_gives_clean_ones() {
    let snapshot = engine().snapshot(&Recipe::new().run("count = 0")).unwrap();
    let pool = engine().pool(&snapshot);
    for _ in 0..50 {
        let py = pool.get().unwrap();
        assert_eq!(eval(&py, "count += 1; count"), Value::Int(1));
    }
    // Several at once, from several threads.
    let threads: Vec<_> = (0..4)
        .map(|n| {
            let pool = pool.clone();
            std::thread::spawn(move || {
                for _ in 0..20 {
                    let py = pool.get().unwrap();
                    py.globals().set("n", n).unwrap();
                    assert_eq!(eval(&py, "count += n + 1; count"), Value::Int(n + 1));
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    // One that ended badly is not given out again.
    {
        let py = pool.get().unwrap();
        assert!(py.run_python("import os; os._exit(1)").is_err());
    }
    assert_eq!(eval(&pool.get().unwrap(), "count"), Value::Int(0));
}

#[test]
fn only_one_s_own_snapshot_resets() {
    let snapshot = engine().snapshot(&Recipe::new().run("a = 1")).unwrap();
    let mut booted = engine().interpreter().without_snapshot().start().unwrap();
    let refused = engine().interpreter().snapshot(&snapshot).reset(&mut booted).unwrap_err();
    assert!(matches!(refused, Error::BadArgument(_)), "{refused:?}");
    assert_eq!(eval(&booted, "1 + 1"), Value::Int(2), "it is as good as before");
}

#[test]
fn a_recipe_that_breaks_what_a_start_needs_is_its_own_mistake() {
    for code in [
        "import sys; sys.stdin.close()",
        "import random; random.seed = None",
        "import os; os.fsdecode = None",
        "import sys, random; sys.modules['random'] = 1",
        "import sys; sys.settrace(lambda *a: 1 / 0)",
        "import sys; sys.path = None",
        "import gc; gc.freeze = None",
    ] {
        let error = match engine().snapshot(&Recipe::new().run(code)) {
            Ok(snapshot) => engine().interpreter().snapshot(&snapshot).start().map(drop).err(),
            Err(error) => Some(error),
        };
        assert!(matches!(&error, None | Some(Error::Snapshot(_))), "{code}: {error:?}");
    }
}

#[test]
fn names_of_snapshots_are_plain_and_their_files_are_files() {
    let home = tempfile::tempdir().unwrap();
    let releases = pyrun::home::Home::locate().unwrap();
    std::os::unix::fs::symlink(releases.path().join("releases"), home.path().join("releases")).unwrap();
    let own = pyrun::home::Home::at(home.path()).with_cache(releases.cache_path());
    let engine = pyrun::Engine::new(pyrun::Config::new().home(own)).unwrap();
    for name in ["", ".a", "a/b", "a\n", "\u{1b}[31m", &"a".repeat(201)] {
        let error = engine.create_snapshot(name, &Recipe::new()).unwrap_err();
        assert!(matches!(error, Error::BadArgument(_)), "{name:?}: {error:?}");
    }
    let folder = home.path().join("snapshots").join(engine.release());
    std::fs::create_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.join("endless.json")).unwrap();
    std::fs::create_dir(folder.join("folder.json")).unwrap();
    std::fs::write(folder.join("\u{1b}[31m.json"), "{}").unwrap();
    for name in ["endless", "folder"] {
        assert!(matches!(engine.named_snapshot(name), Err(Error::System { .. })), "{name}");
    }
    assert_eq!(engine.snapshot_names().unwrap(), ["endless", "folder"]);
}

/// Whatever buffer of Python's or C's it was left in.
#[test]
fn what_was_printed_before_belongs_to_who_printed_it() {
    let own = [
        ("print('W', end='')", "W"),
        (
            "import sys; sys.stdout.write('W'); sys.stdout.reconfigure(line_buffering=False); sys.stdout.write('X')",
            "WX",
        ),
        ("other = open(1, 'w', closefd=False); other.write('W')", "W"),
        ("import os; other = os.fdopen(os.dup(1), 'wb'); other.write(b'W')", "W"),
        ("import ctypes; ctypes.CDLL(None).printf(b'W')", "W"),
        (
            "import io, sys; sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, 'w', closefd=False))); print('W')",
            "W\n",
        ),
    ];
    for (code, wanted) in own {
        let [recipes, live, copies] = [(); 3].map(|()| OutputBuffer::new(100, OnFull::Fail));
        let run = format!("{code}\n# {:?}", std::time::Instant::now());
        let to = |buffer: &OutputBuffer| Stdio::discard().stdout(buffer.clone());
        let snapshot = engine().snapshot_with(&Recipe::new().run(&run), to(&recipes)).unwrap();
        assert_eq!(recipes.take(), wanted.as_bytes(), "{code}");
        let py = engine().interpreter().stdio(to(&live)).start().unwrap();
        eval(&py, code);
        let of_live = py.snapshot().unwrap();
        assert_eq!(live.take(), wanted.as_bytes(), "{code}");
        for snapshot in [snapshot, of_live] {
            let copy = engine().interpreter().snapshot(&snapshot).stdio(to(&copies)).start().unwrap();
            eval(
                &copy,
                "import gc, sys, ctypes; sys.stdout.flush(); other = None; gc.collect(); ctypes.CDLL(None).fflush(0)",
            );
            assert_eq!(copies.take(), b"", "{code}");
        }
    }
}

#[test]
fn a_hash_secret_is_shared_by_a_snapshot_and_by_nobody_else() {
    let hash = |builder: pyrun::InterpreterBuilder| builder.start().unwrap().eval::<i64>("hash('text')").unwrap();
    let of = |name: &str| {
        let snapshot = engine().snapshot(&Recipe::new().tenant(name)).unwrap();
        hash(engine().interpreter().snapshot(&snapshot))
    };
    let all = [of("Ada"), of("Grace"), hash(engine().interpreter()), hash(engine().interpreter().fresh_hash_seed())];
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len(), "{all:?}");
    assert_eq!(of("Ada"), all[0]);
    assert_eq!(hash(engine().interpreter()), all[2]);
    let snapshot = engine().snapshot(&Recipe::new()).unwrap();
    let refused = engine().interpreter().snapshot(&snapshot).fresh_hash_seed().start().unwrap_err();
    assert!(refused.to_string().contains("Recipe::tenant"), "{refused}");
    let program = engine().program().args(["-c", "pass"]).snapshot(&snapshot).fresh_hash_seed();
    assert!(matches!(program.run(), Err(Error::BadArgument(_))));
}
