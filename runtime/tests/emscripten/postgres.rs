//! PostgreSQL: `initdb` makes a cluster by way of `postgres --boot` and `postgres --single`, which then answers queries.
//!
//! `initdb` runs other programs. Its JavaScript gives it functions in the place of `system`, `popen` and `pclose`; here they are
//! host functions in its function table, and each runs `postgres` as a program of its own over the same granted folder.

use std::path::Path;
use std::sync::{Arc, Mutex};

use super::{engine, file, run};
use pyrun::{EmInvoked, HostContext, ModuleProgram};

/// `postgres` over the folder of the cluster.
fn postgres(program: &Path, data: &Path) -> ModuleProgram {
    let environment = [
        ("PGDATA", "/pglite/data"),
        ("HOME", "/home/postgres"),
        ("USER", "postgres"),
        ("LOGNAME", "postgres"),
        ("ICU_DATA", "/pglite/icu"),
        ("TZ", "UTC"),
        ("PATH", "/pglite/bin"),
    ];
    let program = engine().module(program).expect("it can be opened").program().name("/pglite/bin/postgres");
    let program = program.folder(data, "/pglite/data", true).working_folder("/pglite");
    environment.iter().fold(program, |program, (name, value)| program.env(*name, *value))
}

/// The words of a command line of `initdb`'s: quoted as for a shell, up to a redirection.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in command.chars() {
        match (letter, quote) {
            ('<' | '>' | '|' | '&', None) => break,
            (' ' | '\n', None) => words.extend(word.take()),
            ('"' | '\'', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (letter, Some(open)) if letter == open => quote = None,
            (letter, _) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[test]
fn a_cluster_is_made_and_answers_queries() {
    let (Some(initdb), Some(program)) = (file("pglite", "dist/initdb.wasm"), file("pglite", "dist/pglite.wasm")) else {
        return;
    };
    let data = tempfile::tempdir().expect("a folder");
    let exchange = tempfile::tempdir().expect("a folder");
    let mut instance = engine()
        .module(&initdb)
        .expect("it can be opened")
        .instance()
        .folder(data.path(), "/pglite/data", true)
        .folder(exchange.path(), "/exchange", true)
        .env("PGDATA", "/pglite/data")
        .env("HOME", "/home/postgres")
        .env("USER", "postgres")
        .env("TZ", "UTC")
        .start()
        .expect("it starts");
    // Runs what `initdb` asks for, with what it has written as standard input.
    let log = Arc::new(Mutex::new(Vec::<String>::new()));
    let execute = {
        let (program, data, exchange, log) =
            (program.clone(), data.path().to_owned(), exchange.path().to_owned(), log.clone());
        move |command: &str| -> i32 {
            let stdin = std::fs::read_to_string(exchange.join("in")).unwrap_or_default();
            let ended = run(postgres(&program, &data).arguments(&words(command)[1..]), &stdin);
            std::fs::write(exchange.join("out"), &ended.stdout).expect("can be written");
            log.lock().unwrap().push(format!("{command}: {} {}", ended.status, ended.stderr));
            ended.status
        }
    };
    let command = Arc::new(Mutex::new(String::new()));
    // C's streams for both directions, opened before: `popen` only hands them out.
    std::fs::write(exchange.path().join("in"), "").unwrap();
    std::fs::write(exchange.path().join("out"), "").unwrap();
    let mut open = |path: &str, mode: &str| {
        let (path, mode) = (super::string(&mut instance, path), super::string(&mut instance, mode));
        super::call(&mut instance, "fopen", (path, mode))
    };
    let (reader, writer) = (open("/exchange/out", "r"), open("/exchange/in", "w"));
    let mut em = instance.em().unwrap();
    let system = {
        let execute = execute.clone();
        em.add_function(move |context: &mut HostContext<'_>, command: u32| -> pyrun::Result<i32> {
            let command = String::from_utf8_lossy(context.memory()?.c_string(command)?).into_owned();
            Ok(execute(&command))
        })
    };
    let popen = {
        let (execute, command) = (execute.clone(), command.clone());
        em.add_function(move |context: &mut HostContext<'_>, text: u32, mode: u32| -> pyrun::Result<i32> {
            let memory = context.memory()?;
            let text = String::from_utf8_lossy(memory.c_string(text)?).into_owned();
            let reads = memory.c_string(mode)? == b"r";
            *command.lock().unwrap() = if reads { String::new() } else { text.clone() };
            if reads {
                execute(&text);
            }
            Ok(if reads { reader } else { writer })
        })
    };
    let pclose = {
        let (execute, command) = (execute, command.clone());
        em.add_function(move |_: i32| {
            let command = std::mem::take(&mut *command.lock().unwrap());
            if command.is_empty() { 0 } else { execute(&command) }
        })
    };
    for (name, function) in [("pgl_set_system_fn", system), ("pgl_set_popen_fn", popen), ("pgl_set_pclose_fn", pclose)]
    {
        let set = em.invoke(name, (function.unwrap(),)).unwrap();
        assert_eq!(set, EmInvoked::Returned(Vec::new()), "{name}");
    }
    let arguments =
        ["--allow-group-access", "--encoding", "UTF8", "--locale=C.UTF-8", "--locale-provider=libc", "--auth=trust"];
    let status = em.call_main(arguments).unwrap_or_else(|error| panic!("{error}\n{}", log.lock().unwrap().join("\n")));
    assert_eq!(status, 0, "{}", log.lock().unwrap().join("\n"));

    let queries = "create table t (a integer, b text)\n\
                   insert into t values (1, 'one'), (2, 'two')\n\
                   select b, a * 10 as ten from t order by a desc\n";
    let single = postgres(&program, data.path()).arguments(["--single", "-D", "/pglite/data", "postgres"]);
    let ended = run(single, queries);
    assert_eq!(ended.status, 0, "{ended:?}");
    for value in ["b = \"two\"", "ten = \"20\"", "b = \"one\"", "ten = \"10\""] {
        assert!(ended.stdout.contains(value), "{value}: {ended:?}");
    }
}
