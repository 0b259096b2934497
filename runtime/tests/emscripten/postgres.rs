//! PostgreSQL: `initdb` makes a cluster by way of `postgres --boot` and `postgres --single`, which then answers queries.
//!
//! `initdb` runs other programs. Its JavaScript gives it functions in the place of `system`, `popen` and `pclose`; here they are
//! host functions in its function table, and each runs `postgres` as a program of its own over the same granted folder.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use super::{engine, file, run};
use pyrun::stdio::{OnFull, OutputBuffer, Stdio};
use pyrun::{EmInvoked, HostContext, ModuleInstance, ModuleProgram};

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

/// A machine's part of a cluster: the program, the folder of the cluster, and that through which the programs speak.
struct Machine {
    program: PathBuf,
    data: TempDir,
    exchange: TempDir,
    log: Mutex<Vec<String>>,
    /// Bytes of what `initdb` has written that programs have had.
    taken: Mutex<usize>,
    /// What `popen` is to run once its standard input has been written.
    command: Mutex<String>,
}

impl Machine {
    /// Runs what `initdb` asks for, with what it has written as standard input.
    fn execute(&self, command: &str) -> i32 {
        let written = std::fs::read_to_string(self.exchange.path().join("in")).expect("text");
        let taken = std::mem::replace(&mut *self.taken.lock().unwrap(), written.len());
        // The collations of the system are what the program `locale` lists, which is not there.
        let stdin = written[taken..].replace("SELECT pg_import_system_collations('pg_catalog');", "");
        let ended = run(postgres(&self.program, self.data.path()).arguments(&words(command)[1..]), &stdin);
        std::fs::write(self.exchange.path().join("out"), &ended.stdout).expect("can be written");
        self.log.lock().unwrap().push(format!("{command}: {} {}", ended.status, ended.stderr));
        ended.status
    }

    fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }
}

/// `initdb`, started; it reads its templates from the files of `postgres`, whose package lies beside it under its own name.
fn started(initdb: &Path, machine: &Machine, written: &OutputBuffer) -> ModuleInstance {
    let beside = tempfile::tempdir().expect("a folder");
    // It looks for itself in `PATH`, so it goes by the name that it has in the package.
    let module = beside.path().join("initdb");
    std::fs::copy(initdb, &module).expect("can be copied");
    for extension in ["js", "data"] {
        std::fs::copy(machine.program.with_extension(extension), module.with_extension(extension))
            .expect("can be copied");
    }
    engine()
        .module(&module)
        .expect("it can be opened")
        .instance()
        .folder(machine.data.path(), "/pglite/data", true)
        .folder(machine.exchange.path(), "/exchange", true)
        .env("PGDATA", "/pglite/data")
        .env("HOME", "/home/postgres")
        .env("USER", "postgres")
        .env("TZ", "UTC")
        .env("PATH", "/pglite/bin")
        .stdio(Stdio::discard().stdout(written.clone()).stderr(written.clone()))
        .start()
        .expect("it starts")
}

/// Gives `initdb` what its JavaScript does in the place of `system`, `popen` and `pclose`.
fn give_processes(instance: &mut ModuleInstance, machine: &Arc<Machine>) {
    // C's streams for both directions, opened before: `popen` only hands them out.
    std::fs::write(machine.exchange.path().join("in"), "").unwrap();
    std::fs::write(machine.exchange.path().join("out"), "").unwrap();
    let mut open = |path: &str, mode: &str| {
        let (path, mode) = (super::string(instance, path), super::string(instance, mode));
        super::call(instance, "fopen", (path, mode))
    };
    let (reader, writer) = (open("/exchange/out", "r"), open("/exchange/in", "w"));
    let mut em = instance.em().unwrap();
    let of_system = machine.clone();
    let system = em.add_function(move |context: &mut HostContext<'_>, command: u32| -> pyrun::Result<i32> {
        let command = String::from_utf8_lossy(context.memory()?.c_string(command)?).into_owned();
        Ok(of_system.execute(&command))
    });
    let of_popen = machine.clone();
    let popen = em.add_function(move |context: &mut HostContext<'_>, text: u32, mode: u32| -> pyrun::Result<i32> {
        let memory = context.memory()?;
        let text = String::from_utf8_lossy(memory.c_string(text)?).into_owned();
        let reads = memory.c_string(mode)? == b"r";
        *of_popen.command.lock().unwrap() = if reads { String::new() } else { text.clone() };
        if reads {
            of_popen.execute(&text);
        }
        Ok(if reads { reader } else { writer })
    });
    let of_pclose = machine.clone();
    let pclose = em.add_function(move |_: i32| {
        let command = std::mem::take(&mut *of_pclose.command.lock().unwrap());
        if command.is_empty() { 0 } else { of_pclose.execute(&command) }
    });
    for (name, function) in [("pgl_set_system_fn", system), ("pgl_set_popen_fn", popen), ("pgl_set_pclose_fn", pclose)]
    {
        let set = em.invoke(name, (function.unwrap(),)).unwrap();
        assert_eq!(set, EmInvoked::Returned(Vec::new()), "{name}");
    }
}

#[test]
fn a_cluster_is_made_and_answers_queries() {
    let (Some(initdb), Some(program)) = (file("pglite", "dist/initdb.wasm"), file("pglite", "dist/pglite.wasm")) else {
        return;
    };
    let folder = || tempfile::tempdir().expect("a folder");
    let (log, taken, command) = (Mutex::default(), Mutex::default(), Mutex::default());
    let machine = Arc::new(Machine { program, data: folder(), exchange: folder(), log, taken, command });
    let written = OutputBuffer::new(1 << 20, OnFull::Drop);
    let mut instance = started(&initdb, &machine, &written);
    give_processes(&mut instance, &machine);
    let arguments =
        ["--allow-group-access", "--encoding", "UTF8", "--locale=C.UTF-8", "--locale-provider=libc", "--auth=trust"];
    let status = instance.em().unwrap().call_main(arguments);
    let written = String::from_utf8_lossy(&written.take()).into_owned();
    let status = status.unwrap_or_else(|error| panic!("{error}\n{written}\n{}", machine.log()));
    assert_eq!(status, 0, "{written}\n{}", machine.log());

    let queries = "create table t (a integer, b text)\n\
                   insert into t values (1, 'one'), (2, 'two')\n\
                   select b, a * 10 as ten from t order by a desc\n";
    let single =
        postgres(&machine.program, machine.data.path()).arguments(["--single", "-D", "/pglite/data", "postgres"]);
    let ended = run(single, queries);
    assert_eq!(ended.status, 0, "{ended:?}");
    for value in ["b = \"two\"", "ten = \"20\"", "b = \"one\"", "ten = \"10\""] {
        assert!(ended.stdout.contains(value), "{value}: {ended:?}");
    }
}
