//! What a program of each kind can try with paths against the folders that it was granted, in one table: links, `..`, renaming and
//! linking, folders to be read, slashes at the end. Whatever it answers, nothing outside is read or changed.

use pyrun::{ModuleInstance, WasmValue};

use super::wat;
use super::world::World;

/// A folder that was granted and a name in it. An absolute name is one of the whole tree.
type At = (&'static str, &'static str);

/// What is tried.
#[derive(Clone, Copy, Debug)]
enum Try {
    Read(At),
    Create(At),
    Truncate(At),
    MakeFolder(At),
    RemoveFolder(At),
    Unlink(At),
    Rename(At, At),
    Link(At, At),
    /// A link to what is last in the first path, if that is a link.
    LinkFollowing(At, At),
    /// The text of a link, and where it is made.
    Symlink(&'static str, At),
    Times(At),
    Status(At),
}

/// The kinds: each takes its calls from the host as any program of the kind does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Wasi,
    Emscripten,
}

const WASI: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_remove_directory" (func $rmdir (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_rename" (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_link" (func $link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_symlink" (func $symlink (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_filestat_set_times"
        (func $times (param i32 i32 i32 i32 i64 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_filestat_get" (func $status (param i32 i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1) (func (export "_initialize"))
    (export "open" (func $open)) (export "read" (func $read)) (export "mkdir" (func $mkdir)) (export "rmdir" (func $rmdir))
    (export "unlink" (func $unlink)) (export "rename" (func $rename)) (export "link" (func $link))
    (export "symlink" (func $symlink)) (export "times" (func $times)) (export "status" (func $status)))"#;

const EMSCRIPTEN: &str = r#"(module
    (import "env" "__syscall_openat" (func $open (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "env" "__syscall_mkdirat" (func $mkdir (param i32 i32 i32) (result i32)))
    (import "env" "__syscall_unlinkat" (func $unlink (param i32 i32 i32) (result i32)))
    (import "env" "__syscall_renameat" (func $rename (param i32 i32 i32 i32) (result i32)))
    (import "env" "__syscall_linkat" (func $link (param i32 i32 i32 i32 i32) (result i32)))
    (import "env" "__syscall_symlinkat" (func $symlink (param i32 i32 i32) (result i32)))
    (import "env" "__syscall_utimensat" (func $times (param i32 i32 i32 i32) (result i32)))
    (import "env" "__syscall_stat64" (func $status (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (export "open" (func $open)) (export "read" (func $read)) (export "mkdir" (func $mkdir))
    (export "unlink" (func $unlink)) (export "rename" (func $rename)) (export "link" (func $link))
    (export "symlink" (func $symlink)) (export "times" (func $times)) (export "status" (func $status)))"#;

/// Where paths, answers and what was read lie in the program's memory.
const FIRST: u32 = 1024;
const SECOND: u32 = 2048;
const ANSWER: u32 = 64;
const BUFFER: u32 = 4096;

struct Guest {
    kind: Kind,
    instance: ModuleInstance,
}

impl Guest {
    fn new(kind: Kind, world: &World) -> Self {
        let module = wat(if kind == Kind::Wasi { WASI } else { EMSCRIPTEN });
        Self { kind, instance: module.instance().grants(world.grants()).start().unwrap() }
    }

    fn call(&mut self, name: &str, arguments: &[i64]) -> i32 {
        let results = self.instance.call(name, arguments).unwrap_or_else(|error| panic!("{name}: {error}"));
        let Some(WasmValue::I32(result)) = results.first() else { panic!("{name}: {results:?}") };
        *result
    }

    /// The first arguments that say where a path is: WASI's a directory, an address and a length, Emscripten's the working
    /// directory and an address.
    fn at(&mut self, place: u32, (folder, name): At) -> Vec<i64> {
        let whole = if name.starts_with('/') { name.to_owned() } else { format!("/{folder}/{name}") };
        let text = if self.kind == Kind::Wasi { name } else { &whole };
        self.instance.memory().unwrap().write(place, format!("{text}\0").as_bytes()).unwrap();
        let directory = if folder == "ro" { 4 } else { 5 };
        match self.kind {
            Kind::Wasi => vec![directory, place.into(), text.len() as i64],
            Kind::Emscripten => vec![-100, place.into()],
        }
    }

    /// Opens a file and gives what is in it.
    fn open(&mut self, at: At, creates: bool, truncates: bool) -> Result<String, i32> {
        let path = self.at(FIRST, at);
        let writes = creates || truncates;
        let fd = match self.kind {
            Kind::Wasi => {
                let flags = i64::from(creates) | (i64::from(truncates) << 3);
                let rights = if writes { 2 | 64 } else { 2 };
                let arguments = [path[0], 1, path[1], path[2], flags, rights, 0, 0, ANSWER.into()];
                match self.call("open", &arguments) {
                    0 => self.word(ANSWER),
                    errno => return Err(errno),
                }
            }
            Kind::Emscripten => {
                let flags = (i64::from(writes) << 1) | (i64::from(creates) << 6) | (i64::from(truncates) << 9);
                // The mode of what is created is behind the last argument.
                self.instance.memory().unwrap().write(ANSWER, &[0o644_u32]).unwrap();
                match self.call("open", &[path[0], path[1], flags, ANSWER.into()]) {
                    fd @ 0.. => fd.cast_unsigned(),
                    errno => return Err(-errno),
                }
            }
        };
        let mut memory = self.instance.memory().unwrap();
        memory.write(ANSWER, &[BUFFER, 64]).unwrap();
        match self.call("read", &[fd.into(), ANSWER.into(), 1, (ANSWER + 16).into()]) {
            0 => {}
            errno => return Err(errno),
        }
        let length = self.word(ANSWER + 16) as usize;
        let bytes = self.instance.memory().unwrap().read::<u8>(BUFFER, length).unwrap();
        Ok(String::from_utf8(bytes).unwrap())
    }

    fn word(&mut self, at: u32) -> u32 {
        self.instance.memory().unwrap().read::<u32>(at, 1).unwrap()[0]
    }

    /// Tries it: what was read, or the errno, as a name.
    fn attempt(&mut self, attempt: Try) -> String {
        let (name, arguments): (&str, Vec<i64>) = match attempt {
            Try::Read(at) => return said(self.open(at, false, false)),
            Try::Create(at) => return said(self.open(at, true, false)),
            Try::Truncate(at) => return said(self.open(at, false, true)),
            Try::MakeFolder(at) => ("mkdir", self.with(at, &[], &[0o755])),
            Try::RemoveFolder(at) if self.kind == Kind::Wasi => ("rmdir", self.at(FIRST, at)),
            Try::RemoveFolder(at) => ("unlink", self.with(at, &[], &[0x200])),
            Try::Unlink(at) => ("unlink", self.with(at, &[], &[0])),
            Try::Rename(old, new) => ("rename", [self.at(FIRST, old), self.at(SECOND, new)].concat()),
            Try::Link(old, new) => ("link", self.link(old, new, false)),
            Try::LinkFollowing(old, new) => ("link", self.link(old, new, true)),
            Try::Symlink(text, at) => ("symlink", self.symlink(text, at)),
            Try::Times(at) if self.kind == Kind::Wasi => {
                let path = self.at(FIRST, at);
                ("times", vec![path[0], 1, path[1], path[2], 0, 0, 2])
            }
            Try::Times(at) => ("times", self.with(at, &[], &[0, 0])),
            Try::Status(at) if self.kind == Kind::Wasi => {
                let path = self.at(FIRST, at);
                ("status", vec![path[0], 1, path[1], path[2], BUFFER.into()])
            }
            Try::Status(at) => {
                let path = self.at(FIRST, at);
                ("status", vec![path[1], BUFFER.into()])
            }
        };
        match self.call(name, &arguments) {
            0 => "ok".to_owned(),
            errno => said(Err(errno.abs())),
        }
    }

    /// A path, and what only WASI's or only Emscripten's call has after it.
    fn with(&mut self, at: At, of_wasi: &[i64], of_emscripten: &[i64]) -> Vec<i64> {
        let more = if self.kind == Kind::Wasi { of_wasi } else { of_emscripten };
        [self.at(FIRST, at), more.to_vec()].concat()
    }

    fn link(&mut self, old: At, new: At, follows: bool) -> Vec<i64> {
        let (old, new) = (self.at(FIRST, old), self.at(SECOND, new));
        match self.kind {
            Kind::Wasi => [vec![old[0], follows.into()], old[1..].to_vec(), new].concat(),
            Kind::Emscripten => [old, new, vec![i64::from(follows) << 10]].concat(),
        }
    }

    fn symlink(&mut self, text: &str, at: At) -> Vec<i64> {
        self.instance.memory().unwrap().write(SECOND, format!("{text}\0").as_bytes()).unwrap();
        let path = self.at(FIRST, at);
        match self.kind {
            Kind::Wasi => [vec![SECOND.into(), text.len() as i64], path].concat(),
            Kind::Emscripten => [vec![SECOND.into()], path].concat(),
        }
    }
}

/// What was read in quotes, or the errno by its name.
fn said(outcome: Result<String, i32>) -> String {
    let errno = match outcome {
        Ok(text) => return format!("{text:?}"),
        Err(errno) => errno,
    };
    let names = [
        (2, "EACCES"),
        (20, "EEXIST"),
        (28, "EINVAL"),
        (31, "EISDIR"),
        (32, "ELOOP"),
        (44, "ENOENT"),
        (54, "ENOTDIR"),
        (63, "EPERM"),
        (69, "EROFS"),
        (75, "EXDEV"),
        (76, "ENOTCAPABLE"),
    ];
    names.iter().find(|(known, _)| *known == errno).map_or_else(|| errno.to_string(), |(_, name)| (*name).to_owned())
}

const RO: &str = "ro";
const RW: &str = "rw";

/// What is tried, what a WASI program gets, and what one of Emscripten's does. To the latter, which has a tree of its own, `..`
/// and absolute paths are paths of that; to the former they lead out of the folder.
const TRIES: &[(Try, &str, &str)] = &[
    // Without an attack: the calls do what they say.
    (Try::Read((RO, "file")), "\"read\"", "\"read\""),
    (Try::Read((RW, "inside/../file")), "\"write\"", "\"write\""),
    (Try::Create((RW, "new")), "\"\"", "\"\""),
    (Try::Rename((RW, "file"), (RW, "folder/file")), "ok", "ok"),
    (Try::Link((RW, "file"), (RW, "new")), "ok", "ok"),
    (Try::Symlink("file", (RW, "new")), "ok", "ok"),
    (Try::Times((RW, "file")), "ok", "ok"),
    (Try::Status((RW, "folder/")), "ok", "ok"),
    // Out by a path.
    (Try::Read((RW, "/etc/passwd")), "ENOTCAPABLE", "ENOENT"),
    (Try::Read((RW, "../etc/passwd")), "ENOTCAPABLE", "ENOENT"),
    (Try::Read((RW, "../../etc/passwd")), "ENOTCAPABLE", "ENOENT"),
    (Try::Read((RW, "../outside/secret")), "ENOTCAPABLE", "ENOENT"),
    (Try::Read((RW, "folder/../../outside/secret")), "ENOTCAPABLE", "ENOENT"),
    (Try::Create((RW, "../outside/new")), "ENOTCAPABLE", "ENOENT"),
    (Try::MakeFolder((RW, "../outside/new")), "ENOTCAPABLE", "ENOENT"),
    (Try::RemoveFolder((RW, "../ro/folder")), "ENOTCAPABLE", "EROFS"),
    (Try::Unlink((RW, "../ro/file")), "ENOTCAPABLE", "EROFS"),
    (Try::Rename((RW, "file"), (RW, "../ro/new")), "ENOTCAPABLE", "EXDEV"),
    (Try::Rename((RW, "../ro/file"), (RW, "new")), "ENOTCAPABLE", "EXDEV"),
    (Try::Link((RW, "../ro/file"), (RW, "new")), "ENOTCAPABLE", "EXDEV"),
    // Out by a link of the host's.
    (Try::Read((RW, "upwards/secret")), "ENOTCAPABLE", "ENOENT"),
    (Try::Read((RW, "absolute/passwd")), "ENOTCAPABLE", "ENOENT"),
    (Try::Read((RW, "upwards/../outside/secret")), "ENOTCAPABLE", "ENOENT"),
    (Try::Create((RW, "dangling")), "ENOTCAPABLE", "ENOENT"),
    (Try::Create((RW, "upwards/new")), "ENOTCAPABLE", "ENOENT"),
    (Try::Truncate((RW, "upwards/secret")), "ENOTCAPABLE", "ENOENT"),
    (Try::MakeFolder((RW, "upwards/new")), "ENOTCAPABLE", "ENOENT"),
    (Try::Unlink((RW, "upwards/secret")), "ENOTCAPABLE", "ENOENT"),
    (Try::Rename((RW, "upwards/secret"), (RW, "new")), "ENOTCAPABLE", "ENOENT"),
    (Try::Rename((RW, "file"), (RW, "upwards/new")), "ENOTCAPABLE", "ENOENT"),
    (Try::Link((RW, "upwards/secret"), (RW, "new")), "ENOTCAPABLE", "ENOENT"),
    (Try::LinkFollowing((RW, "upwards/secret"), (RW, "new")), "ENOTCAPABLE", "ENOENT"),
    (Try::LinkFollowing((RW, "dangling"), (RW, "new")), "ENOTCAPABLE", "ENOENT"),
    (Try::Link((RW, "file"), (RW, "upwards/new")), "ENOTCAPABLE", "ENOENT"),
    (Try::Symlink("file", (RW, "upwards/new")), "ENOTCAPABLE", "ENOENT"),
    (Try::Times((RW, "upwards/secret")), "ENOTCAPABLE", "ENOENT"),
    (Try::Status((RW, "upwards/secret")), "ENOTCAPABLE", "ENOENT"),
    // Out by a link of the program's own.
    (Try::Symlink("/etc", (RW, "new")), "ENOTCAPABLE", "EPERM"),
    (Try::Symlink("../../etc", (RW, "new")), "EPERM", "EPERM"),
    // A folder that is to be read.
    (Try::Create((RO, "new")), "EROFS", "EROFS"),
    (Try::Create((RO, "file")), "EROFS", "EROFS"),
    (Try::Truncate((RO, "file")), "EROFS", "EROFS"),
    (Try::MakeFolder((RO, "new")), "EROFS", "EROFS"),
    (Try::RemoveFolder((RO, "folder")), "EROFS", "EROFS"),
    (Try::Unlink((RO, "file")), "EROFS", "EROFS"),
    (Try::Rename((RO, "file"), (RO, "new")), "EROFS", "EROFS"),
    (Try::Rename((RO, "file"), (RW, "new")), "EXDEV", "EXDEV"),
    (Try::Rename((RW, "file"), (RO, "new")), "EXDEV", "EXDEV"),
    (Try::Rename((RW, "file"), (RO, "file")), "EXDEV", "EXDEV"),
    (Try::Link((RO, "file"), (RW, "new")), "EXDEV", "EXDEV"),
    (Try::Link((RW, "file"), (RO, "new")), "EROFS", "EROFS"),
    (Try::Symlink("file", (RO, "new")), "EROFS", "EROFS"),
    (Try::Times((RO, "file")), "EROFS", "EROFS"),
    // A slash at the end.
    (Try::Read((RW, "file/")), "ENOTDIR", "ENOTDIR"),
    (Try::Read((RW, "file/.")), "ENOTDIR", "ENOTDIR"),
    (Try::Create((RW, "new/")), "EISDIR", "EISDIR"),
    (Try::Create((RW, "file/")), "EISDIR", "EISDIR"),
    (Try::Create((RW, "dangling/")), "EISDIR", "EISDIR"),
    (Try::Truncate((RW, "file/")), "ENOTDIR", "ENOTDIR"),
    (Try::Unlink((RW, "file/")), "ENOTDIR", "ENOTDIR"),
    (Try::Unlink((RW, "inside/")), "ENOTDIR", "ENOTDIR"),
    (Try::RemoveFolder((RW, "inside/")), "ENOTDIR", "ENOTDIR"),
    (Try::RemoveFolder((RW, "folder/.")), "EINVAL", "EINVAL"),
    (Try::Rename((RW, "file/"), (RW, "new")), "ENOTDIR", "ENOTDIR"),
    (Try::Rename((RW, "file"), (RW, "new/")), "ENOTDIR", "ENOTDIR"),
    (Try::Link((RW, "file"), (RW, "new/")), "ENOENT", "ENOENT"),
    (Try::Link((RW, "file/"), (RW, "new")), "ENOTDIR", "ENOTDIR"),
    (Try::Symlink("file", (RW, "new/")), "ENOENT", "ENOENT"),
    (Try::Status((RW, "file/")), "ENOTDIR", "ENOTDIR"),
    (Try::Status((RW, "upwards/")), "ENOTCAPABLE", "ENOENT"),
];

#[test]
fn paths_lead_nowhere_else_whatever_the_kind() {
    let mut wrong = Vec::new();
    for (attempt, of_wasi, of_emscripten) in TRIES {
        for (kind, wanted) in [(Kind::Wasi, of_wasi), (Kind::Emscripten, of_emscripten)] {
            let world = World::new();
            let before = [world.listing("ro"), world.listing("outside")];
            let got = Guest::new(kind, &world).attempt(*attempt);
            assert!(!got.contains("outside") && !got.contains("root:"), "{attempt:?} of {kind:?} read {got}");
            assert_eq!([world.listing("ro"), world.listing("outside")], before, "{attempt:?} of {kind:?}");
            assert_eq!(world.listing(".").len(), 3, "{attempt:?} of {kind:?} made something beside the folders");
            if got != **wanted {
                wrong.push(format!("{attempt:?} of {kind:?}: {got}, not {wanted}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
