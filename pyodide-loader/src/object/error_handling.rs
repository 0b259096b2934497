//! Exceptions that the host raises in Python, and what Python has raised.

use pyrun_emscripten_shim::Trap;

use super::api::ObjectApi;
use super::error::{BuiltinException, RaiseError};
use super::layout::{self, flags};
use super::reference::Object;
use super::value::Value;

impl ObjectApi<'_> {
    /// The exception that a C function has left. One that left none is a `SystemError`, as CPython has it of a call: a guest
    /// can put such a function into a type.
    pub(super) fn raised(&mut self) -> Result<RaiseError, Trap> {
        match self.c(|f| &f.PyErr_GetRaisedException, ())? {
            0 => Ok(RaiseError::raise("SystemError", "a C function failed without setting an exception")),
            addr => Ok(RaiseError::Raised(Object::owning(addr, self.released()))),
        }
    }

    /// Makes an exception; what comes is an error in any case.
    pub(super) fn new_exception(&mut self, name: &str, message: &str) -> Result<RaiseError, RaiseError> {
        let class = self.class(name)?;
        let text = self.text(message)?;
        let exception = match self.call(&class, &[text], &[]) {
            Err(RaiseError::Raised(refusal)) => self.uninitialised(name, &class, message, refusal)?,
            other => other?,
        };
        let addr = exception.addr();
        let base = self.objects().PyExc_BaseException;
        if self.c(|f| &f.PyErr_GivenExceptionMatches, (addr, base))? == 0 {
            return self.new_exception("TypeError", "exceptions must derive from BaseException");
        }
        Ok(RaiseError::Raised(exception))
    }

    /// An exception of a class whose `__init__` wants more than a message, such as `json.JSONDecodeError`: made by `__new__`
    /// alone, it has the message as its `args`. `refusal` is what the call has raised, and comes back where that fails too.
    fn uninitialised(
        &mut self,
        name: &str,
        class: &Object,
        message: &str,
        refusal: Object,
    ) -> Result<Object, RaiseError> {
        let type_error = self.objects().PyExc_TypeError;
        if self.c(|f| &f.PyErr_GivenExceptionMatches, (refusal.addr(), type_error))? == 0 {
            return Err(RaiseError::Raised(refusal));
        }
        let arguments = [self.borrow(class.addr())?, self.text(message)?];
        let made = self.get_attr(class, "__new__").and_then(|new| self.call(&new, &arguments, &[]));
        let exception = match made {
            Ok(exception) => exception,
            Err(RaiseError::Raised(_)) => return Err(RaiseError::Raised(refusal)),
            Err(other) => return Err(other),
        };
        // Some show only what `__init__` was given: `UnicodeDecodeError`.
        let is_shown = match self.str(&exception) {
            Err(RaiseError::Trap(trap)) => return Err(trap.into()),
            shown => shown.is_ok_and(|shown| shown.contains(message)),
        };
        if is_shown {
            return Ok(exception);
        }
        let text = self.text(message)?;
        match self.get_attr(&exception, "add_note").and_then(|note| self.call(&note, &[text], &[])) {
            Ok(_) => Ok(exception),
            Err(RaiseError::Trap(trap)) => Err(trap.into()),
            // Python 3.10 has no notes, and some exceptions cannot be used at all without `__init__`.
            Err(_) => Err(self.new_exception("RuntimeError", &format!("{name}: {message}"))?),
        }
    }

    fn new_exit(&mut self, status: i32) -> Result<RaiseError, RaiseError> {
        let class = self.class("SystemExit")?;
        let status = self.object(&Value::Int(status.into()))?;
        self.call(&class, &[status], &[]).map(RaiseError::Raised)
    }

    /// Whether it is a class that derives from `BaseException`.
    fn is_exception_class(&mut self, object: &Object) -> Result<bool, Trap> {
        let addr = object.addr();
        self.mem(|mem| {
            let (_, bits) = layout::type_and_flags(mem, addr)?;
            Ok(bits & flags::TYPE != 0 && layout::flags_of_type(mem, addr)? & flags::BASE_EXCEPTION != 0)
        })
    }

    /// A class of exceptions, of `builtins` or of the module that its name begins with. Something else is a `TypeError`, and is
    /// not called: `builtins.exec` would run the message.
    fn class(&mut self, name: &str) -> Result<Object, RaiseError> {
        let class = self.named(name)?;
        match self.is_exception_class(&class)? {
            true => Ok(class),
            false => Err(self.new_exception("TypeError", "exceptions must derive from BaseException")?),
        }
    }

    fn named(&mut self, name: &str) -> Result<Object, RaiseError> {
        match name.rsplit_once('.') {
            Some((module, name)) => {
                let module = self.import(module)?;
                self.get_attr(&module, name)
            }
            None => {
                let builtins = self.c(|f| &f.PyEval_GetBuiltins, ())?;
                let builtins = self.borrow(builtins)?;
                let name = self.text(name)?;
                self.get_item(&builtins, &name)
            }
        }
    }

    /// The exception that an error stands for, made where the host raises.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    pub fn exception(&mut self, error: RaiseError) -> Result<Object, Trap> {
        let made = match error {
            RaiseError::Raised(exception) => return Ok(exception),
            RaiseError::Trap(trap) => return Err(trap),
            RaiseError::RaiseAgain(handle) if self.owns(handle.object()) => {
                return self.borrow(handle.object().addr());
            }
            RaiseError::RaiseAgain(_) => self.new_exception("SystemError", "the exception is another interpreter's"),
            RaiseError::Exit(status) => self.new_exit(status),
            RaiseError::Raise { class, message } => self.new_exception(&class, &message),
            RaiseError::Convert(error) => self.new_exception("ValueError", &error.to_string()),
            RaiseError::HostMemory(over) => self.new_exception("MemoryError", &format!("host memory: {over}")),
        };
        match made {
            Ok(RaiseError::Raised(exception)) | Err(RaiseError::Raised(exception)) => Ok(exception),
            Ok(RaiseError::Trap(trap)) | Err(RaiseError::Trap(trap)) => Err(trap),
            // The class does not exist. `SystemError` is a builtin, so it does.
            Ok(other) | Err(other) => match self.new_exception("SystemError", &other.to_string()) {
                Ok(RaiseError::Raised(exception)) | Err(RaiseError::Raised(exception)) => Ok(exception),
                _ => Err(Trap::bug("exceptions", "SystemError cannot be raised")),
            },
        }
    }

    /// Leaves the error to the guest as the exception of the C function that the host is.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    pub fn set_exception(&mut self, error: RaiseError) -> Result<(), Trap> {
        let exception = self.exception(error)?;
        self.c(|f| &f.PyErr_SetRaisedException, exception.into_addr())
    }

    /// Whether an exception is of a builtin class, such as `KeyboardInterrupt`.
    ///
    /// # Errors
    /// How the guest ended, when it did.
    pub fn exception_is(&mut self, exception: &Object, class: BuiltinException) -> Result<bool, RaiseError> {
        self.check(exception)?;
        let class = match class {
            BuiltinException::SystemExit => self.objects().PyExc_SystemExit,
            BuiltinException::KeyboardInterrupt => self.objects().PyExc_KeyboardInterrupt,
            BuiltinException::MemoryError => self.objects().PyExc_MemoryError,
        };
        Ok(self.c(|f| &f.PyErr_GivenExceptionMatches, (exception.addr(), class))? != 0)
    }

    /// The exit status that a `SystemExit` asks for, and the text that CPython would print for it.
    ///
    /// # Errors
    /// What Python raises meanwhile.
    pub fn exit_status(&mut self, exception: &Object) -> Result<(i32, Option<String>), RaiseError> {
        let code = self.get_attr(exception, "code")?;
        match self.value(&code) {
            Ok(Value::None) => Ok((0, None)),
            Ok(Value::Bool(status)) => Ok((status.into(), None)),
            // As the conversion of a C `long` to an `int` has it.
            Ok(Value::Int(status)) => Ok((status as i32, None)),
            _ => Ok((1, Some(self.str(&code)?))),
        }
    }

    /// Takes the traceback off an exception that comes from ourselves: a `SyntaxError` says by itself where it is.
    pub(super) fn without_traceback(&mut self, error: RaiseError) -> Result<RaiseError, Trap> {
        if let RaiseError::Raised(exception) = &error {
            let none = self.objects().None;
            let addr = exception.addr();
            self.c(|f| &f.PyException_SetTraceback, (addr, none))?;
        }
        Ok(error)
    }
}
