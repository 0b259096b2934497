//! Interpreters beside each other.

use pyrun::Value;

use super::{engine, interpreter};

fn is_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn eight_at_once() {
    let threads: Vec<_> = (0..8)
        .map(|n| {
            std::thread::spawn(move || {
                let py = interpreter();
                py.globals().set("n", n).unwrap();
                let source = "import json\njson.loads(json.dumps([sum(i * n for i in range(20_000))] * 3))[2]";
                for _ in 0..5 {
                    assert_eq!(py.run_python(source).unwrap(), Value::Int(199_990_000 * n));
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn from_thread_to_thread() {
    let py = is_send(interpreter());
    py.run_python("x = [1]").unwrap();
    let py = std::thread::spawn(move || {
        py.run_python("x.append(2)").unwrap();
        py
    });
    let py = py.join().unwrap();
    assert_eq!(py.run_python("x").unwrap(), Value::List(vec![1.into(), 2.into()]));
}

#[test]
fn what_is_granted_and_what_is_not() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("in.txt"), "granted").unwrap();
    let py = engine()
        .interpreter()
        .env("NAME", "value")
        .folder(folder.path(), "/data", true)
        .working_folder("/data")
        .start()
        .unwrap();
    assert_eq!(py.run_python("open('in.txt').read()").unwrap(), Value::Str("granted".to_owned()));
    py.run_python("import os\nwith open('out.txt', 'w') as f: f.write(os.environ['NAME'])").unwrap();
    assert_eq!(std::fs::read_to_string(folder.path().join("out.txt")).unwrap(), "value");
    assert_eq!(py.run_python("os.path.exists('/etc/passwd') or 'CARGO' in os.environ").unwrap(), Value::Bool(false));
    assert!(engine().interpreter().packages(["no-such-package"]).start().is_err());
}
