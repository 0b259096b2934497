//! Functions of the host that Python code imports and calls.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, TryLockError};
use std::thread::ThreadId;

use pyrun::{Error, HostModule, Interpreter, PyBuffer, Python, Value};

use crate::code::{self, bad};
use crate::convert::{check_nesting, check_text, to_record, to_value};
use crate::result::{ResultOut, give, report};
use crate::stdio::Gate;
use crate::sys::{Arena, Callback, DestroyFn, FunctionFn, In, Out, RawBuffer, Record, SizedOut, UserData};
use crate::view;

/// `pyrun_module`: a name and functions. Interpreters take a copy of the list, and share the functions.
pub(crate) struct Module(Mutex<Functions>);

/// The functions of a module, as an interpreter gets them.
#[derive(Clone)]
pub(crate) struct Functions {
    name: String,
    functions: Vec<(String, Arc<Callback>)>,
}

impl Module {
    fn lock(module: Option<&Self>) -> Result<std::sync::MutexGuard<'_, Functions>, Error> {
        match module.ok_or_else(|| bad("a null pointer to a module"))?.0.try_lock() {
            Ok(functions) => Ok(functions),
            Err(TryLockError::WouldBlock) => Err(Error::Busy),
            Err(TryLockError::Poisoned(_)) => Err(code::poisoned()),
        }
    }

    /// The functions that it has now.
    pub(crate) fn functions(module: Option<&Self>) -> Result<Functions, Error> {
        Self::lock(module).map(|functions| functions.clone())
    }
}

impl Functions {
    /// Makes the module in an interpreter; its functions are called as long as `gate` is open.
    pub(crate) fn register(&self, py: &Interpreter, gate: &Gate) -> Result<(), Error> {
        for (_, function) in &self.functions {
            gate.keep(function.clone())?;
        }
        py.register_module(&self.name, |module| self.define(&module, gate))
    }

    fn define(&self, module: &HostModule, gate: &Gate) {
        for (signature, function) in &self.functions {
            // The gate owns it: what the guest holds does not keep the host's data.
            let (function, gate) = (Arc::downgrade(function), gate.clone());
            module.function_with_values(signature, move |py, arguments| {
                let Some(function) = function.upgrade() else {
                    return Err(Error::raise("RuntimeError", "the host function is gone"));
                };
                Call::make(py, arguments, &gate, &function)
            });
        }
    }
}

/// `pyrun_host_call`: one call of a host function, for as long as the function runs.
pub(crate) struct Call<'py> {
    py: Python<'py>,
    /// Calls are not for other threads; C code could pass one on.
    thread: ThreadId,
    /// The objects behind the arguments, to be asked for their memory.
    arguments: Vec<Value>,
    outcome: RefCell<Result<Value, Error>>,
    /// Memory that the function has asked for.
    lent: RefCell<Vec<PyBuffer>>,
    /// Whether a function of this call is at work: what it runs in Python must not come back here.
    at_work: Cell<bool>,
}

impl<'py> Call<'py> {
    fn make(py: Python<'py>, arguments: Vec<Value>, gate: &Gate, function: &Callback) -> Result<Value, Error> {
        let mut arena = Arena::default();
        arguments.iter().try_for_each(|value| check_nesting(value).and_then(|()| check_text(value)))?;
        let records: Vec<Record> = arguments.iter().map(|value| to_record(value.clone(), &mut arena)).collect();
        let call = Self {
            py,
            thread: std::thread::current().id(),
            arguments,
            outcome: RefCell::new(Ok(Value::None)),
            lent: RefCell::default(),
            at_work: Cell::new(false),
        };
        gate.pass(|| function.call(&records, &call))?;
        call.outcome.into_inner()
    }

    /// Runs `body` for the thread that the function was called on.
    fn enter<R>(call: Option<&Self>, body: impl FnOnce(&Self) -> Result<R, Error>) -> Result<R, Error> {
        let call = call.ok_or_else(|| bad("a null pointer to a call"))?;
        if call.thread != std::thread::current().id() || call.at_work.replace(true) {
            return Err(Error::Busy);
        }
        let done = body(call);
        call.at_work.set(false);
        done
    }

    /// As [`Call::enter`], for an answer. One that is refused is what the call raises, so that it is not overlooked.
    fn settle(call: Option<&Self>, body: impl FnOnce(&Self) -> Result<Result<Value, Error>, Error>) -> i32 {
        let settled = code::catch(|| {
            Self::enter(call, |call| {
                let (outcome, code) = match body(call) {
                    Ok(outcome) => (outcome, code::OK),
                    Err(error) => {
                        let code = code::of(&error);
                        (Err(raised(error)), code)
                    }
                };
                *call.outcome.borrow_mut() = outcome;
                Ok(code)
            })
        });
        settled.unwrap_or_else(|error| code::of(&error))
    }
}

/// What an answer that is refused is to Python.
fn raised(error: Error) -> Error {
    match error {
        Error::Python(_) | Error::Interrupted(_) | Error::SystemExit { .. } => error,
        other => Error::raise("SystemError", format!("the host function's result was refused: {other}")),
    }
}

pub(crate) fn new(name: In<u8>, size: usize, module: Out<Option<Box<Module>>>, error: ResultOut) -> i32 {
    give(module, error, || {
        let name = name.text(size)?;
        let is_name = |part: &str| {
            part.starts_with(|first: char| first.is_alphabetic() || first == '_')
                && part.chars().all(|other| other.is_alphanumeric() || other == '_')
        };
        match is_name(name) {
            true => Ok(Module(Mutex::new(Functions { name: name.to_owned(), functions: Vec::new() }))),
            false => Err(bad(format!("{name:?} is not the name of a module: an identifier without dots"))),
        }
    })
}

pub(crate) fn function(
    module: Option<&Module>,
    signature: In<u8>,
    size: usize,
    function: Option<FunctionFn>,
    user: UserData,
    destroy: Option<DestroyFn>,
    error: ResultOut,
) -> i32 {
    report(error, || {
        let mut module = Module::lock(module)?;
        let signature = signature.text(size)?;
        let function = function.ok_or_else(|| bad("a null pointer to a function"))?;
        HostModule::check_signature(signature)?;
        // From here on nothing fails: a function that is refused does not take `user`.
        let callback = Arc::new(Callback::new(function, user, destroy));
        module.functions.push((signature.to_owned(), callback));
        Ok(())
    })
}

pub(crate) fn free(module: Option<Box<Module>>) {
    if let Some(mut functions) = module.as_deref().and_then(|module| Module::lock(Some(module)).ok()) {
        // The host is told while all else is whole.
        code::drop_caught(std::mem::take(&mut functions.functions));
    }
    code::drop_caught(module);
}

pub(crate) fn host_return(call: Option<&Call<'_>>, value: Option<&Record>) -> i32 {
    Call::settle(call, |call| {
        let value = value.ok_or_else(|| bad("a null pointer to a value"))?;
        to_value(call.py, value).map(Ok)
    })
}

pub(crate) fn host_raise(
    call: Option<&Call<'_>>,
    class: In<u8>,
    class_size: usize,
    message: In<u8>,
    message_size: usize,
) -> i32 {
    Call::settle(call, |_| Ok(Err(Error::raise(class.text(class_size)?, message.text(message_size)?))))
}

pub(crate) fn host_buffer(
    call: Option<&Call<'_>>,
    argument: usize,
    flags: u32,
    mut buffer: SizedOut<RawBuffer>,
    size: usize,
    error: ResultOut,
) -> i32 {
    report(error, || {
        let mut buffer = buffer.of_size(size)?;
        buffer.put(RawBuffer::EMPTY);
        Call::enter(call, |call| {
            let object = match call.arguments.get(argument) {
                Some(Value::Object(handle)) => call.py.bind(handle),
                Some(other) => call.py.object(other.clone())?,
                None => return Err(bad(format!("there is no argument {argument}"))),
            };
            let lent = object.buffer()?;
            buffer.put(call.py.with_memory(|memory| view::locate(&lent, memory, flags))??);
            call.lent.borrow_mut().push(lent);
            Ok(())
        })
    })
}
