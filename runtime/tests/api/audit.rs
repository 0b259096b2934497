//! What is told of decisions: to whom, and until when.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pyrun::{AuditEvent, DEFAULT_RELEASE, Error, Grants, InterpreterBuilder, Permission, Recipe, RunOptions};

use super::engine;

/// What was told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<AuditEvent>>>);

impl Told {
    fn sink(&self) -> impl FnMut(&AuditEvent) + Send + 'static {
        let told = self.0.clone();
        move |event| told.lock().unwrap().push(event.clone())
    }

    fn short(&self) -> Vec<String> {
        let sign = |event: &AuditEvent| if event.allowed { '+' } else { '-' };
        let short = |event: &AuditEvent| {
            format!("{}{} {} {}", sign(event), event.permission.name(), event.operation, event.value)
        };
        self.0.lock().unwrap().iter().map(short).collect()
    }

    /// How often this has come, as it was told last.
    fn count(&self, wanted: &str) -> Option<u64> {
        let short = self.short();
        let last = short.iter().rposition(|short| short == wanted)?;
        self.0.lock().unwrap().get(last).map(|event| event.count)
    }

    #[track_caller]
    fn has(&self, wanted: &str) {
        assert!(self.count(wanted).is_some(), "{wanted} is not among {:#?}", self.short());
    }

    fn is_over(&self) -> bool {
        self.short().last().is_some_and(|last| last == "+audit end ")
    }
}

const PROBE: &str = "try: open('/etc/passwd')\nexcept OSError: pass";

#[test]
fn two_tenants_of_a_pool() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), "text").unwrap();
    let pool = engine().pool(&engine().snapshot(&Recipe::new().run("import json")).unwrap());
    let mut before: Option<Told> = None;
    // The first one is started, the others are reset to what they have.
    for tenant in 0..4 {
        let told = Told::default();
        let sink = told.sink();
        let py = pool.get_with(|builder| Ok(builder.folder(folder.path(), "/data", false).audit(sink))).unwrap();
        if let Some(before) = &before {
            assert!(before.is_over(), "the tenant before has ended: {:#?}", before.short());
        }
        let left = before.as_ref().map(|before| before.short().len());
        py.run(&format!("open('/data/a').read()\ntry: open('/etc/{tenant}')\nexcept OSError: pass")).unwrap();
        told.has(&format!("+snapshot restore {DEFAULT_RELEASE}"));
        told.has("+read open /data/a");
        told.has(&format!("-read open /etc/{tenant}"));
        for other in (0..4).filter(|other| *other != tenant) {
            assert_eq!(told.count(&format!("-read open /etc/{other}")), None);
        }
        assert_eq!(before.as_ref().map(|before| before.short().len()), left, "nothing is told to the one before");
        assert!(!told.is_over());
        drop(py);
        assert!(told.is_over(), "{:#?}", told.short());
        before = Some(told);
    }
    // One who does not want to know.
    let left = before.as_ref().unwrap().short().len();
    pool.get().unwrap().run(PROBE).unwrap();
    assert_eq!(before.unwrap().short().len(), left);
}

#[test]
fn what_the_embedder_does_with_its_files_is_not_told() {
    for booted in [false, true] {
        let told = Told::default();
        let builder = engine().interpreter().file("/in/a", "text").working_folder("/work").audit(told.sink());
        let builder = if booted { builder.without_snapshot() } else { builder };
        let py = builder.start().unwrap();
        py.write_file("/in/b", "text").unwrap();
        py.read_file("/in/a").unwrap();
        assert!(py.read_file("/etc/none").is_err());
        let told_of = |told: &Told| told.short().iter().filter(|line| line.contains(" /")).cloned().collect::<Vec<_>>();
        assert_eq!(told_of(&told), [""; 0]);
        py.run(PROBE).unwrap();
        assert_eq!(told_of(&told), ["-read open /etc/passwd"]);
    }
}

#[test]
fn functions_of_the_host() {
    let told = Told::default();
    let builder = engine().interpreter().audit(told.sink());
    let builder = builder.module("host.deep", |m| m.function("double", |n: i64| n * 2)).unwrap();
    let py = builder.start().unwrap();
    told.has("+host register host.deep.double");
    assert_eq!(told.count("+host call host.deep.double"), None);
    py.run("import host.deep\nfor n in range(25): host.deep.double(n)").unwrap();
    assert_eq!(told.count("+host call host.deep.double"), Some(10));
    py.register_module("more", |m| m.function("fails", || -> pyrun::Result<()> { Err(Error::raise("OSError", "no")) }))
        .unwrap();
    py.run("import more\ntry: more.fails()\nexcept OSError: pass").unwrap();
    told.has("+host call more.fails");
    drop(py);
    assert_eq!(told.count("+host call host.deep.double"), Some(25), "told at the end");
    assert!(told.is_over());
}

#[test]
fn snapshots_and_limits() {
    let told = Told::default();
    let py = engine().interpreter().audit(told.sink()).start().unwrap();
    drop(py.snapshot().unwrap());
    told.has(&format!("+snapshot take {DEFAULT_RELEASE}"));
    let options = RunOptions::new().timeout(Duration::from_millis(50));
    assert!(matches!(py.run_with("while True: pass", &options), Err(Error::TimedOut(_))));
    told.has("-limit reach wall");
    drop(py);

    let told = Told::default();
    let py = engine().interpreter().memory_limit(256 << 20).audit(told.sink()).start().unwrap();
    assert!(py.run_python("bytearray(512 << 20);").is_err());
    drop(py);
    told.has("-limit reach memory");
}

#[test]
fn one_that_is_killed() {
    let told = Told::default();
    let py = engine().interpreter().audit(told.sink()).start().unwrap();
    py.run(PROBE).unwrap();
    py.interrupt_handle().kill();
    assert!(py.run_python("1").is_err());
    told.has("-read open /etc/passwd");
    assert!(told.is_over(), "{:#?}", told.short());
}

/// Whoever is told may ask what was used, and end the guest.
#[test]
fn a_callback_may_use_the_handle() {
    let handle: Arc<std::sync::OnceLock<pyrun::InterruptHandle>> = Arc::default();
    let (known, asked) = (handle.clone(), Arc::new(Mutex::new(Vec::new())));
    let told = asked.clone();
    let builder = engine().interpreter().audit(move |event| {
        let Some(handle) = known.get() else { return };
        assert!(handle.usage().host_calls > 0);
        told.lock().unwrap().push(event.permission);
        if event.value == "/kill/me" {
            handle.kill();
        }
    });
    let py = builder.start().unwrap();
    handle.set(py.interrupt_handle()).unwrap();
    let options = RunOptions::new().timeout(Duration::from_millis(50));
    assert!(matches!(py.run_with("while True: pass", &options), Err(Error::TimedOut(_))));
    assert!(matches!(py.run_python("open('/kill/me')"), Err(Error::Killed)));
    drop(py);
    assert_eq!(*asked.lock().unwrap(), [Permission::Limit, Permission::Read, Permission::Audit]);
}

#[test]
fn a_callback_that_panics_harms_nobody() {
    let calls = Arc::new(Mutex::new(0));
    let counted = calls.clone();
    let builder = engine().interpreter().env("A", "1").audit(move |_| {
        *counted.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += 1;
        panic!("the embedder's fault");
    });
    let py = builder.start().unwrap();
    py.run(PROBE).unwrap();
    drop(py);
    assert_eq!(*calls.lock().unwrap_or_else(std::sync::PoisonError::into_inner), 1);
}

#[test]
fn grants_have_it_for_whatever_is_given_them() {
    let wat = |text: &str| wat::parse_str(text).unwrap();
    let host = wat(r#"(module (import "env" "log" (func $log (param i32)))
        (func (export "go") (call $log (i32.const 1)) (call $log (i32.const 2))))"#);
    for by_values in [false, true] {
        let told = Told::default();
        let builder = engine().module(host.clone()).unwrap().instance().grants(Grants::new().audit(told.sink()));
        let builder = match by_values {
            true => builder.host_values("env", "log", |_, _| Ok::<_, String>(vec![])),
            false => builder.host("env", "log", |_: i32| ()),
        };
        let mut instance = builder.start().unwrap();
        instance.call("go", ()).unwrap();
        told.has("+host call env.log");
        drop(instance);
        assert_eq!((told.count("+host call env.log"), told.is_over()), (Some(2), true), "{:#?}", told.short());
    }
    let told = Told::default();
    let program = engine().program().grants(Grants::new().audit(told.sink())).args(["-c", PROBE]);
    program.run().unwrap();
    told.has("-read open /etc/passwd");
    assert!(told.is_over());
}

/// What is read is told with all that a person needs, and JSON is made of it that has no character which steers a terminal.
#[test]
fn names_that_the_guest_chooses() {
    let told = Told::default();
    let py: InterpreterBuilder = engine().interpreter().audit(told.sink());
    let py = py.start().unwrap();
    let code = r"
for name in [b'/x/\xff\\', '/x/\x1b[2J\u202e\x9b', '/x/' + 'long/' * 800]:
    try: open(name)
    except OSError: pass";
    py.run(code).unwrap();
    told.has("-read open /x/\\xff\\\\");
    let events = told.0.lock().unwrap();
    let escapes = events.iter().find(|event| event.value.contains('\u{1b}')).unwrap();
    assert_eq!(escapes.permission, Permission::Read);
    let json = escapes.to_json();
    assert!(json.contains(r"\u001b[2J\u202e\u009b") && json.is_ascii(), "{json}");
    assert!(events.iter().all(|event| event.value.len() <= 4096 + 3 && !event.to_json().contains('\n')));
}
