//! A started interpreter, driven through CPython's exported C API.

use pyrun_emscripten_shim::guest::gate::Gate;
use pyrun_emscripten_shim::{Caller, Env, GuestMem, Trap};
use wasmer::{FunctionEnv, Store};

use crate::c_api::{self, CApi, Objects};
use crate::guest_modules::finder::{self, PackageSource};
use crate::guest_modules::{signals, zone};
use crate::imports::cpython::SignalHold;
use crate::object::ObjectApi;

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With this status; the interpreter is still there.
    Status(i32),
    /// It called `exit`, with this status; the interpreter is finalised.
    Exited(i32),
    /// By a `KeyboardInterrupt` that nobody caught.
    Interrupted,
}

/// CPython after the end of its `main`, ready to run what the command line said.
pub struct Instance {
    store: Store,
    env: FunctionEnv<Env>,
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").finish_non_exhaustive()
    }
}

impl Instance {
    pub(crate) fn new(store: Store, env: FunctionEnv<Env>) -> Self {
        Self { store, env }
    }

    /// A way into the guest.
    pub fn caller(&mut self) -> Caller<'_> {
        Caller::from_store(&self.env, &mut self.store)
    }

    /// What stops it.
    pub fn gate(&mut self) -> Gate {
        self.env.as_ref(&self.store).gate.clone()
    }

    /// A way to its objects.
    ///
    /// # Errors
    /// As [`ObjectApi::enter`].
    pub fn python(&mut self) -> Result<ObjectApi<'_>, Trap> {
        ObjectApi::enter(self.caller())
    }

    /// The guest's memory. The instance stays borrowed, so no guest code runs in the meantime.
    ///
    /// # Errors
    /// [`Trap::Bug`] before the main module is instantiated.
    pub fn memory(&mut self) -> Result<GuestMem<'_>, Trap> {
        pyrun_emscripten_shim::guest::caller::memory(&self.env, &mut self.store)
    }

    /// Makes packages appear when they are imported, and gives `signal` and `time` what they have on Linux.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    pub fn import_packages(&mut self, packages: Box<dyn PackageSource>) -> Result<(), Trap> {
        finder::install(&mut self.caller(), packages)?;
        signals::install(&mut self.caller())?;
        zone::install(&mut self.caller())
    }

    /// From now on signals reach the program. Until this is called they wait: an exception that a handler raises would end the start in
    /// the middle, in code that is not the program's. To be called once all is in place, after each boot, restore and reset.
    ///
    /// # Errors
    /// [`Trap::Bug`], when there is no such state.
    pub fn let_signals_through(&mut self) -> Result<(), Trap> {
        self.caller().env().extensions.get_mut::<SignalHold>()?.0 = false;
        Ok(())
    }

    /// Runs what the command line said, as CPython's own `main` does. Call [`Instance::finalize`] next.
    ///
    /// # Errors
    /// Every [`Trap`] but [`Trap::Exit`], which is an [`Ending`].
    pub fn run_main(&mut self) -> Result<Ending, Trap> {
        match c_api::call(&mut self.caller(), |c| &c.run_main, ()) {
            Ok(0) => Ok(Ending::Status(0)),
            Ok(_) if self.was_interrupted()? => Ok(Ending::Interrupted),
            Ok(status) => Ok(Ending::Status(status)),
            Err(Trap::Exit(status)) => Ok(Ending::Exited(status)),
            Err(trap) => Err(trap),
        }
    }

    /// `Py_FinalizeEx`: atexit functions, destructors, flushing. Gives the process's exit status: that of `ending`, or
    /// 120 when flushing fails, as CPython has it.
    ///
    /// # Errors
    /// As [`Instance::run_main`].
    pub fn finalize(&mut self, ending: Ending) -> Result<i32, Trap> {
        let status = match ending {
            Ending::Exited(status) => return Ok(status),
            Ending::Status(status) => status,
            Ending::Interrupted => 130,
        };
        match c_api::call(&mut self.caller(), |c| &c.Py_FinalizeEx, ()) {
            Ok(outcome) if outcome < 0 => Ok(120),
            Ok(_) => Ok(status),
            Err(Trap::Exit(status)) => Ok(status),
            Err(trap) => Err(trap),
        }
    }

    /// Runs Python source in `__main__`; an exception is printed to the guest's standard error.
    ///
    /// # Errors
    /// How the guest ended, when it did. `Ok(false)` says that an exception was printed.
    pub fn run_simple_string(&mut self, source: &str) -> Result<bool, Trap> {
        let outcome: i32 = c_api::call_with_text(&mut self.caller(), |c| &c.PyRun_SimpleString, source)?;
        Ok(outcome == 0)
    }

    /// The path of the `FileNotFoundError` that ended the program, if that is how it ended. Ask before the interpreter
    /// is finalised.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    pub fn missing_file(&mut self) -> Result<Option<String>, Trap> {
        let caller = &mut self.caller();
        let Some(exception) = last_exception(caller)? else { return Ok(None) };
        if !is_instance(caller, exception, |known| known.PyExc_FileNotFoundError)? {
            return Ok(None);
        }
        let Some(filename) = attribute(caller, exception, "filename")? else { return Ok(None) };
        let path = c_api::text(caller, filename)?;
        c_api::call(caller, |c| &c.Py_DecRef, filename)?;
        Ok(path)
    }

    /// The names of the modules that were not found, of the exception that ended the program and of those that led to it. Ask before the
    /// interpreter is finalised.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    pub fn missing_modules(&mut self) -> Result<Vec<String>, Trap> {
        let caller = &mut self.caller();
        let mut names = Vec::new();
        let Some(mut exception) = last_exception(caller)? else { return Ok(names) };
        c_api::call(caller, |c| &c.Py_IncRef, exception)?;
        let none = CApi::of(caller)?.objects(caller)?.None;
        for _ in 0..MOST_CAUSES {
            if is_instance(caller, exception, |known| known.PyExc_ModuleNotFoundError)?
                && let Some(name) = attribute(caller, exception, "name")?
            {
                names.extend(c_api::text(caller, name)?);
                c_api::call(caller, |c| &c.Py_DecRef, name)?;
            }
            let cause = attribute(caller, exception, "__cause__")?.filter(|cause| *cause != none);
            let next = match cause {
                Some(cause) => Some(cause),
                None => attribute(caller, exception, "__context__")?.filter(|context| *context != none),
            };
            c_api::call(caller, |c| &c.Py_DecRef, exception)?;
            match next {
                Some(next) => exception = next,
                None => return Ok(names),
            }
        }
        c_api::call(caller, |c| &c.Py_DecRef, exception)?;
        Ok(names)
    }

    /// The class and the text of the exception that ended the program, if one did. Ask before the interpreter is finalised. The text is
    /// asked of the exception, whose `__str__` may be the program's own.
    ///
    /// # Errors
    /// As [`Instance::run_main`].
    pub fn last_exception(&mut self) -> Result<Option<(String, String)>, Trap> {
        let Some(exception) = last_exception(&mut self.caller())? else { return Ok(None) };
        self.python()?.class_and_text(exception).map(Some)
    }

    /// Whether an exception has ended the program.
    ///
    /// # Errors
    /// As [`Instance::run_main`].
    pub fn has_raised(&mut self) -> Result<bool, Trap> {
        Ok(last_exception(&mut self.caller())?.is_some())
    }

    /// Whether the uncaught exception that ended the program is a `KeyboardInterrupt`.
    fn was_interrupted(&mut self) -> Result<bool, Trap> {
        let caller = &mut self.caller();
        match last_exception(caller)? {
            Some(exception) => is_instance(caller, exception, |known| known.PyExc_KeyboardInterrupt),
            None => Ok(false),
        }
    }
}

/// Limit: exceptions that led to each other and are looked at.
const MOST_CAUSES: usize = 16;

/// `sys.last_exc`, borrowed.
fn last_exception(caller: &mut Caller<'_>) -> Result<Option<u32>, Trap> {
    let exception: u32 = c_api::call_with_text(caller, |c| &c.PySys_GetObject, "last_exc")?;
    Ok((exception != 0).then_some(exception))
}

/// A new reference to an attribute; `None` where it cannot be had.
fn attribute(caller: &mut Caller<'_>, object: u32, name: &str) -> Result<Option<u32>, Trap> {
    let name = c_api::c_string(caller, name)?;
    let found = c_api::call(caller, |c| &c.PyObject_GetAttrString, (object, name))?;
    caller.free(name)?;
    if found == 0 {
        c_api::call(caller, |c| &c.PyErr_Clear, ())?;
    }
    Ok((found != 0).then_some(found))
}

fn is_instance(caller: &mut Caller<'_>, exception: u32, class: fn(&Objects) -> u32) -> Result<bool, Trap> {
    let class = class(CApi::of(caller)?.objects(caller)?);
    Ok(c_api::call(caller, |c| &c.PyErr_GivenExceptionMatches, (exception, class))? != 0)
}
