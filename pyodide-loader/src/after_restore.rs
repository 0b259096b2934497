//! What a restored interpreter must not share with the others that start from the same snapshot: its command line,
//! environment, terminal, and everything that was seeded from the system's entropy.
//!
//! The work is Python's (`guest_modules/snapshot/_pyrun_snapshot.py`), compiled before the interpreter is frozen. Its arguments are one block of
//! bytes, so that a start costs a handful of calls.
//!
//! Shared: the hash seed, which is drawn per snapshot and cannot be changed later (interpreters from one snapshot iterate sets of
//! strings in the same order, and code that runs in one can read the seed), and generators that the program made before the snapshot.

use pyrun_emscripten_shim::{Caller, Trap, dylink};

use crate::c_api;
use crate::guest_modules::snapshot as guest_code;
use crate::instance::Instance;

/// What CPython's command line asks to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunTarget {
    /// `-c`: the code as it was given.
    Command(Vec<u8>),
    /// `-m`: the module's name.
    Module(Vec<u8>),
    /// A script, by its absolute path.
    Script(Vec<u8>),
    /// Standard input, or the prompt.
    Stdin,
}

/// A command line as CPython has read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// What to run.
    pub target: RunTarget,
    /// `sys.argv`.
    pub argv: Vec<Vec<u8>>,
    /// `sys.orig_argv`.
    pub orig_argv: Vec<Vec<u8>>,
}

/// What is new in a restored interpreter.
#[derive(Clone, Debug, Default)]
pub struct AfterRestore {
    /// What to run; `None` for an interpreter that the embedder drives, whose arguments stay as they are.
    pub invocation: Option<Invocation>,
    /// Environment variables that are set.
    pub environ: Vec<(Vec<u8>, Vec<u8>)>,
}

impl AfterRestore {
    /// The block that `after_restore` takes apart. Arguments and variables hold no NUL, by the rules of the system.
    fn encode(&self) -> Vec<u8> {
        let mut fields: Vec<&[u8]> = Vec::new();
        let mut command = Vec::new();
        let none = (Vec::new(), Vec::new());
        let (argv, orig_argv) = match &self.invocation {
            Some(Invocation { target, argv, orig_argv }) => {
                let (kind, text): (&str, &[u8]) = match target {
                    // CPython's own parser adds the line's end.
                    RunTarget::Command(text) => {
                        command.extend_from_slice(text);
                        command.push(b'\n');
                        ("command", &command)
                    }
                    RunTarget::Module(name) => ("module", name),
                    RunTarget::Script(path) => ("filename", path),
                    RunTarget::Stdin => ("stdin", b""),
                };
                fields.extend([kind.as_bytes(), text]);
                (argv, orig_argv)
            }
            None => {
                fields.extend([b"".as_slice(), b""]);
                (&none.0, &none.1)
            }
        };
        let counts = [argv.len(), orig_argv.len(), self.environ.len() * 2].map(|count| count.to_string());
        let [argv_count, orig_count, environ_count] = &counts;
        fields.push(argv_count.as_bytes());
        fields.extend(argv.iter().map(Vec::as_slice));
        fields.push(orig_count.as_bytes());
        fields.extend(orig_argv.iter().map(Vec::as_slice));
        fields.push(environ_count.as_bytes());
        fields.extend(self.environ.iter().flat_map(|(name, value)| [name.as_slice(), value]));
        fields.join(&0)
    }
}

impl Instance {
    /// Gives a restored interpreter its own command line, environment and randomness. Nothing may run in it before.
    ///
    /// # Errors
    /// How the guest ended, when it did; [`Trap::Aborted`] when Python raises, which only a program that was frozen with a
    /// changed `sys` or `os` can bring about.
    pub fn after_restore(&mut self, start: &AfterRestore) -> Result<(), Trap> {
        let caller = &mut self.caller();
        let function = guest_code::functions(caller)?.after_restore;
        let config = match start.invocation {
            Some(_) => c_api::call(caller, |c| &c._Py_GetConfig, ())?,
            // Nothing in it changes, and building it takes some hundred allocations.
            None => 0,
        };
        let dict = match config {
            0 => c_api::call(caller, |c| &c.PyDict_New, ())?,
            config => c_api::call(caller, |c| &c._PyConfig_AsDict, config)?,
        };
        let block = c_api::new_bytes(caller, &start.encode())?;
        c_api::set_item(caller, dict, "pyrun", block)?;
        let done = c_api::call(caller, |c| &c.PyObject_CallOneArg, (function, dict))?;
        let status = match config {
            0 => 0,
            config => c_api::call(caller, |c| &c._PyConfig_FromDict, (config, dict))?,
        };
        if done == 0 || status != 0 {
            c_api::call(caller, |c| &c.PyErr_Print, ())?;
            return Err(guest_code::changed("give it a command line, an environment and randomness of its own"));
        }
        for object in [done, block, dict] {
            c_api::call(caller, |c| &c.Py_DecRef, object)?;
        }
        reset_sqlite(caller)
    }
}

/// Makes SQLite seed its generator again, which it otherwise does once.
fn reset_sqlite(caller: &mut Caller<'_>) -> Result<(), Trap> {
    match dylink::main_function(caller, "sqlite3_randomness") {
        Ok(_) => c_api::call(caller, |c| &c.sqlite3_randomness, (0, 0)),
        // The release keeps SQLite elsewhere.
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_says_how_many_follow() {
        let start = AfterRestore {
            invocation: Some(Invocation {
                target: RunTarget::Command(b"pass".to_vec()),
                argv: vec![b"-c".to_vec(), Vec::new()],
                orig_argv: vec![b"pyrun".to_vec()],
            }),
            environ: vec![(b"A".to_vec(), b"1=2".to_vec())],
        };
        assert_eq!(start.encode(), b"command\0pass\n\x002\0-c\0\x001\0pyrun\x002\0A\x001=2");
        assert_eq!(AfterRestore::default().encode(), b"\0\x000\x000\x000");
    }
}
