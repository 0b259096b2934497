//! Compiling C programs against the library, and running them.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The package's folder.
pub(crate) fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether these programs are on this machine. A test that needs one that is not there is skipped by name.
#[track_caller]
pub(crate) fn has(programs: &[&str]) -> bool {
    let (binutils, compilers): (Vec<&str>, Vec<&str>) =
        programs.iter().partition(|program| matches!(**program, "nm" | "objdump"));
    pyrun_needs::programs("cc", &compilers) && pyrun_needs::programs("binutils", &binutils)
}

pub(crate) const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Werror", "-pedantic"];
pub(crate) const SANITIZERS: &str = "-fsanitize=address,undefined";

/// What a run of a command printed, when it ended well and complained about nothing.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{stdout}{stderr}", output.status);
    assert_eq!(stderr, "", "{command:?}");
    stdout.into_owned()
}

/// A program with sanitizers, watched for leaks. AddressSanitizer must not give threads an alternate signal stack: when a
/// thread ends it unmaps whichever is installed, which is then the engine's, unmapped a moment before. What another thread
/// has mapped there since would go with it.
pub(crate) fn sanitized(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env("ASAN_OPTIONS", "detect_leaks=1:use_sigaltstack=0");
    command
}

/// The library where a machine would have it, in a folder of the test's own.
pub(crate) struct Installed {
    folder: tempfile::TempDir,
}

impl Installed {
    /// Installs the shared library that `cargo test` has built.
    pub(crate) fn shared() -> Self {
        Self::new(std::env::consts::DLL_EXTENSION)
    }

    /// Installs the static library that `cargo test` has built.
    pub(crate) fn archive() -> Self {
        Self::new("a")
    }

    fn new(kind: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let test = std::env::current_exe().expect("this program");
        let built = test.parent().expect("a program lies in a folder").join(format!("libpyrun_capi.{kind}"));
        let only = tempfile::tempdir().expect("a folder");
        std::os::unix::fs::symlink(&built, only.path().join(built.file_name().expect("a name"))).expect("a link");
        let mut install = Command::new(package().join("install.sh"));
        run(install.arg("--prefix").arg(folder.path()).arg("--from").arg(only.path()));
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn shared_library(&self) -> PathBuf {
        self.path().join("lib").join(format!("libpyrun{}", std::env::consts::DLL_SUFFIX))
    }

    /// What `pkg-config` says, or what it would say if it were there.
    fn flags(&self) -> Vec<String> {
        let mut ask = Command::new("pkg-config");
        ask.args(["--cflags", "--libs", "pyrun"]).env("PKG_CONFIG_PATH", self.path().join("lib/pkgconfig"));
        match ask.output() {
            Ok(said) => {
                assert!(said.status.success(), "{ask:?}: {}", String::from_utf8_lossy(&said.stderr));
                String::from_utf8_lossy(&said.stdout).split_whitespace().map(str::to_owned).collect()
            }
            Err(_) => {
                let folder = |name| self.path().join(name).display().to_string();
                vec![format!("-I{}", folder("include")), format!("-L{}", folder("lib")), "-lpyrun".to_owned()]
            }
        }
    }

    /// Compiles a C99 program with these further arguments.
    pub(crate) fn compile<S: AsRef<OsStr>>(&self, source: &str, further: &[S]) -> PathBuf {
        let program = self.path().join("program");
        let mut compiler = Command::new("cc");
        compiler.args(["-std=c99", "-g", "-O1"]).args(WARNINGS).arg(package().join(source)).arg("-o").arg(&program);
        compiler.args(self.flags()).arg("-lpthread").args(further);
        compiler.arg(format!("-Wl,-rpath,{}", self.path().join("lib").display()));
        run(&mut compiler);
        program
    }
}

/// Whether this compiler can make programs that watch themselves, and this machine can run them.
pub(crate) fn has_sanitizers() -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let (source, program) = (folder.path().join("empty.c"), folder.path().join("empty"));
    std::fs::write(&source, "int main(void) { return 0; }").expect("a file");
    let made = Command::new("cc").arg(SANITIZERS).arg(source).arg("-o").arg(&program).output();
    let can = made.is_ok_and(|made| made.status.success())
        && Command::new(program).output().is_ok_and(|ran| ran.status.success());
    if !can {
        pyrun_needs::skip("cc", "the C compiler has no sanitizers; the program runs without");
    }
    can
}
