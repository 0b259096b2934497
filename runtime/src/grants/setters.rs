//! The setters of what may be granted, for every type that starts a guest.

/// The setters of what may be granted, written once. The type that has them has a method `granted(&mut self) -> &mut Grants`.
macro_rules! grant_setters {
    () => {
        /// Sets an environment variable. The name must not be empty or contain `=`.
        pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.granted().environment.push((name.into(), value.into()));
            self
        }

        /// As [`env`](Self::env), for the program alone: of what CPython and its C library read while they start (`LANG`, `PYTHON…`)
        /// the interpreter takes no notice, so that it need not start for it.
        pub fn env_for_program(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            let granted = self.granted();
            granted.late_variables.push(granted.environment.len());
            granted.environment.push((name.into(), value.into()));
            self
        }

        /// Makes packages of the release importable, with what they depend on. Packages that are not named are found too when
        /// they are imported; naming them says at once when one is missing.
        pub fn packages<S: AsRef<str>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
            self.granted().packages.extend(names.into_iter().map(|name| name.as_ref().to_owned()));
            self
        }

        /// Makes a folder of the host visible at `guest`, an absolute path that hides nothing of Python's own. A folder may
        /// be shown inside another one: in any order, the inner one counts there. Of two at the same path the later one
        /// counts.
        ///
        /// ```
        /// # fn main() -> pyrun::Result<()> {
        /// let work = tempfile::tempdir().unwrap();
        /// std::fs::create_dir(work.path().join("out")).unwrap();
        /// let engine = pyrun::Engine::new(pyrun::Config::new())?;
        /// let builder = engine.interpreter().folder(&work.path().join("out"), "/work/out", true);
        /// let py = builder.folder(work.path(), "/work", false).start()?;
        /// py.run_python("open('/work/out/x', 'w').close()")?;
        /// assert!(py.run_python("open('/work/x', 'w')").unwrap_err().to_string().contains("Read-only file system"));
        /// # Ok(())
        /// # }
        /// ```
        pub fn folder(self, host: &std::path::Path, guest: &str, writable: bool) -> Self {
            let mode = if writable { crate::FolderMode::ReadWrite } else { crate::FolderMode::ReadOnly };
            self.folder_as(host, guest, mode)
        }

        /// As [`folder`](Self::folder), with what the guest may do in it.
        pub fn folder_as(mut self, host: &std::path::Path, guest: &str, mode: crate::FolderMode) -> Self {
            self.granted().add(host, guest, mode, crate::grants::Standing::Asked);
            self
        }

        /// Makes a folder of the host visible at its own path: the absolute one that `host` means, with its links as they
        /// are, and also where those lead, unless it would hide something of Python's own there.
        pub fn folder_at_own_path(self, host: &std::path::Path, writable: bool) -> Self {
            let mode = if writable { crate::FolderMode::ReadWrite } else { crate::FolderMode::ReadOnly };
            self.folder_at_own_path_as(host, mode)
        }

        /// As [`folder_at_own_path`](Self::folder_at_own_path), with what the guest may do in it.
        pub fn folder_at_own_path_as(mut self, host: &std::path::Path, mode: crate::FolderMode) -> Self {
            self.granted().add_at_own_path(host, mode);
            self
        }

        /// Makes a single file of the host visible at `guest`, an absolute path: what else lies in its folder is not. Its name can be
        /// neither moved nor removed. [`FolderMode::Overlay`](crate::FolderMode::Overlay) is for folders.
        ///
        /// ```
        /// # fn main() -> pyrun::Result<()> {
        /// use pyrun::FolderMode;
        /// let work = tempfile::tempdir().unwrap();
        /// let log = work.path().join("log");
        /// std::fs::write(&log, "one\n").unwrap();
        /// let engine = pyrun::Engine::new(pyrun::Config::new())?;
        /// let py = engine.interpreter().host_file(&log, "/var/log/it", FolderMode::ReadWrite).start()?;
        /// py.run_python("open('/var/log/it', 'a').write('two\\n')")?;
        /// assert_eq!(std::fs::read_to_string(&log).unwrap(), "one\ntwo\n");
        /// assert!(py.run_python("import os; os.remove('/var/log/it')").is_err());
        /// # Ok(())
        /// # }
        /// ```
        pub fn host_file(mut self, host: &std::path::Path, guest: &str, mode: crate::FolderMode) -> Self {
            self.granted().add_file(host, guest, mode);
            self
        }

        /// Writes what the guest has changed in overlays ([`FolderMode::Overlay`](crate::FolderMode::Overlay)) to `out` at its end: as
        /// a tar archive in the form of a layer of a container image (OCI), with the paths of the guest. A file `.wh.NAME` says that
        /// `NAME` is gone, `.wh..wh..opq` that a folder has nothing of what it had. `out` is called on the thread that the guest ran
        /// on. Why it is not whole, if it is not, stands in [`Changes::export_error`](crate::Changes::export_error).
        pub fn export_changes(mut self, out: impl std::io::Write + Send + 'static) -> Self {
            self.granted().export = Some(Box::new(out));
            self
        }

        /// Has `each` called with every decision about what the guest asks for and a grant is needed for: files of granted folders and
        /// paths where nothing is, variables, standard input, libraries, addresses, the embedder's functions, limits that are reached. The
        /// same decision again is counted, and told by powers of ten; see [`AuditEvent`](crate::AuditEvent), and docs/AUDIT.md for what
        /// is told. It is called on the thread that the guest runs on, which waits for it: it must not enter the guest. One that panics
        /// is not called again. The last event is `end`, of [`Permission::Audit`](crate::Permission::Audit), when the guest is gone.
        ///
        /// Each decision is a `tracing` event, too: target `pyrun::audit`, level `debug`, with the names of the guest in its fields. Where
        /// neither is wanted when the guest starts, nothing is noted.
        ///
        /// ```
        /// # fn main() -> pyrun::Result<()> {
        /// use std::sync::mpsc;
        /// let data = tempfile::tempdir().unwrap();
        /// std::fs::write(data.path().join("a.csv"), "1,2").unwrap();
        /// let (sender, events) = mpsc::channel();
        /// let engine = pyrun::Engine::new(pyrun::Config::new())?;
        /// let builder = engine.interpreter().folder(data.path(), "/data", false);
        /// let py = builder.audit(move |event| drop(sender.send(event.clone()))).start()?;
        /// py.run_python("open('/data/a.csv').read()")?;
        /// let read = events.iter().find(|event| event.operation == "open").unwrap();
        /// assert_eq!((read.value.as_str(), read.allowed), ("/data/a.csv", true));
        /// assert!(py.run_python("open('/data/b.csv', 'w')").is_err());
        /// let write = events.iter().find(|event| event.permission == pyrun::Permission::Write).unwrap();
        /// assert_eq!((write.value.as_str(), write.allowed), ("/data/b.csv", false));
        /// # Ok(())
        /// # }
        /// ```
        pub fn audit(mut self, each: impl FnMut(&crate::AuditEvent) + Send + 'static) -> Self {
            self.granted().audit = Some(Box::new(each));
            self
        }

        /// Makes a script's folder visible, read-only, at its own path, unless a granted folder covers it.
        pub fn script_folder(mut self, folder: &std::path::Path) -> Self {
            self.granted().add_script_folder(folder);
            self
        }

        /// Puts a file into the guest's file system, at an absolute path; folders on the way are made. At `/dev/fd/N` it is a
        /// file without a name that descriptor `N` has open.
        ///
        /// ```
        /// # fn main() -> pyrun::Result<()> {
        /// let engine = pyrun::Engine::new(pyrun::Config::new())?;
        /// let py = engine.interpreter().file("/in/a.csv", "1,2\n").start()?;
        /// assert_eq!(py.eval::<String>("open('/in/a.csv').read()")?, "1,2\n");
        /// # Ok(())
        /// # }
        /// ```
        pub fn file(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
            self.granted().files.push((path.to_owned(), bytes.into()));
            self
        }

        /// The working folder, an absolute path of the guest; made when it is not there.
        pub fn working_folder(mut self, guest: &str) -> Self {
            self.granted().working_folder = Some(guest.to_owned());
            self
        }

        /// Lets the guest load WebAssembly libraries (`dlopen`, `ctypes.CDLL`, extension modules) that do not come with what is
        /// run: of a wheel that it unpacks, of a granted folder, or that it writes. Refused by default, with `OSError`; libraries of
        /// the release's packages need no leave. Such a library is checked for its size and shape and is compiled for this
        /// guest alone. See [the guide](crate::guide::untrusted).
        ///
        /// ```
        /// # fn main() -> pyrun::Result<()> {
        /// let engine = pyrun::Engine::new(pyrun::Config::new())?;
        /// let library: &[u8] = b"\0asm\x01\0\0\0\0\x0f\x08dylink.0\x01\x04\0\0\0\0";
        /// let py = engine.interpreter().file("/tmp/own.so", library).start()?;
        /// let refused = py.run_python("import ctypes; ctypes.CDLL('/tmp/own.so')").unwrap_err();
        /// assert!(refused.to_string().contains("--allow-native"), "{refused}");
        /// let py = engine.interpreter().file("/tmp/own.so", library).allow_native_code().start()?;
        /// py.run_python("import ctypes; ctypes.CDLL('/tmp/own.so');")?;
        /// # Ok(())
        /// # }
        /// ```
        pub fn allow_native_code(mut self) -> Self {
            self.granted().native_code = true;
            self
        }

        /// Has all that differs between two runs follow from a seed, so that they print the same: the clocks, random bytes, the hash
        /// seed, and what comes of them (`random`, NumPy's generators, `uuid`, names of temporary files).
        ///
        /// The clocks begin at 2000-01-01T00:00:00Z and move by 10 microseconds each time one is read; a sleep moves them by its
        /// length and takes no time. Python boots, so that its hash seed is drawn from the seed; from a given snapshot it has the
        /// snapshot's. Of a granted folder, listings are in the order of the names, inode numbers in the order in which they are met,
        /// and a file that was changed since the start is from then. What comes from outside stays as it comes: input, arguments, the
        /// contents of folders, limits of time. Nothing drawn is a secret.
        ///
        /// ```
        /// # fn main() -> pyrun::Result<()> {
        /// let engine = pyrun::Engine::new(pyrun::Config::new())?;
        /// let draw = |seed| -> pyrun::Result<(i64, f64)> {
        ///     let py = engine.interpreter().deterministic(seed).start()?;
        ///     py.eval("import random, time; random.getrandbits(32), time.time()")
        /// };
        /// assert_eq!(draw(1)?, draw(1)?);
        /// assert_ne!(draw(1)?.0, draw(2)?.0);
        /// assert_eq!(draw(1)?.1.floor(), 946_684_800.0);
        /// # Ok(())
        /// # }
        /// ```
        pub fn deterministic(mut self, seed: u64) -> Self {
            self.granted().machine = Some(crate::host::deterministic::Machine::new(seed));
            self
        }

        /// Where standard input comes from, and output and error go to. Nowhere by default.
        ///
        /// ```
        /// # fn main() -> pyrun::Result<()> {
        /// use pyrun::stdio::{OnFull, OutputBuffer, Stdio};
        /// let output = OutputBuffer::new(1 << 20, OnFull::Fail);
        /// let stdio = Stdio::discard().stdout(output.clone());
        /// let engine = pyrun::Engine::new(pyrun::Config::new())?;
        /// let py = engine.interpreter().stdio(stdio).start()?;
        /// py.run_python("print('hello')")?;
        /// assert_eq!(output.take(), b"hello\n");
        /// # Ok(())
        /// # }
        /// ```
        pub fn stdio(mut self, stdio: crate::grants::stdio::Stdio) -> Self {
            self.granted().stdio = stdio;
            self
        }
    };
}
pub(crate) use grant_setters;

/// The setters of what starts a guest: each grant, and grants and limits as a whole. Besides `granted`, the type has a method
/// `limited(&mut self) -> &mut Limits`.
macro_rules! guest_setters {
    () => {
        crate::grants::grant_setters!();

        /// What the guest may see of the host, in place of what was granted before. A [`Sandbox`](crate::sandbox::Sandbox) stays.
        pub fn grants(mut self, grants: Grants) -> Self {
            self.granted().replace_with(grants);
            self
        }

        /// Runs it as code that nobody has read: limits and precautions in one word. Limits that are set afterwards count instead.
        ///
        /// ```
        /// # fn main() -> pyrun::Result<()> {
        /// use pyrun::sandbox::Sandbox;
        /// let engine = pyrun::Engine::new(pyrun::Config::new())?;
        /// let py = engine.interpreter().sandbox(&Sandbox::untrusted()).start()?;
        /// assert_eq!(py.eval::<i64>("import time; time.monotonic_ns() % 1_000_000")?, 0);
        /// # Ok(())
        /// # }
        /// ```
        pub fn sandbox(mut self, sandbox: &crate::sandbox::Sandbox) -> Self {
            self.granted().care = sandbox.care;
            *self.limited() = sandbox.limits.clone();
            self
        }

        /// What the guest may take of the host.
        pub fn limits(mut self, limits: Limits) -> Self {
            *self.limited() = limits;
            self
        }
    };
}
pub(crate) use guest_setters;
