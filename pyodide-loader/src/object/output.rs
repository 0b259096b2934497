//! What a program has printed, and its streams, which it may have closed, replaced or taken away.

use pyrun_emscripten_shim::Trap;

use super::api::ObjectApi;
use super::error::RaiseError;
use super::reference::Object;
use super::value::Value;

/// `EIO` and `EPIPE`, with WASI's numbers: nobody takes what is written any more.
const GONE: [i64; 2] = [29, 64];
/// `EBADF`: the descriptor was closed.
const CLOSED: i64 = 8;

/// A stream of the program's, and how CPython opens it.
#[derive(Clone, Copy)]
struct OutputStream {
    name: &'static str,
    descriptor: i64,
    errors: &'static str,
}

const STREAMS: [OutputStream; 2] = [
    OutputStream { name: "stdout", descriptor: 1, errors: "strict" },
    OutputStream { name: "stderr", descriptor: 2, errors: "backslashreplace" },
];

impl ObjectApi<'_> {
    /// Flushes what `print` has left in Python's buffers; an error of the system's is the program's business, once: what a stream takes
    /// no more is dropped, since each later flush would fail for it, of code that has written nothing. A stream that the program has
    /// closed or taken away is made anew, and an error of one that it has put there is dropped, as CPython does behind each statement.
    ///
    /// # Errors
    /// The system's error, or the exception that ends the run.
    pub fn flush(&mut self) -> Result<(), RaiseError> {
        let mut flushed = Ok(());
        for stream in STREAMS {
            match self.flush_stream(stream) {
                Ok(()) => {}
                Err(RaiseError::Raised(exception)) => flushed = flushed.and(self.flush_failed(stream, exception)),
                Err(error) => return Err(error),
            }
            if let Err(RaiseError::Trap(_)) = flushed {
                break;
            }
        }
        flushed
    }

    fn flush_stream(&mut self, stream: OutputStream) -> Result<(), RaiseError> {
        let Some(object) = self.stream(stream)? else { return Ok(self.renew(stream)?) };
        if object.addr() != self.objects().None {
            self.call_method(&object, "flush", &[], &[])?;
        }
        Ok(())
    }

    /// The interpreter's own `sys.stdout` or `sys.stderr`: the module may have been replaced.
    fn stream(&mut self, stream: OutputStream) -> Result<Option<Object>, RaiseError> {
        let name = format!("{}\0", stream.name);
        let object = self.with_bytes(name.as_bytes(), |python, name| python.c(|f| &f.PySys_GetObject, name))?;
        if object == 0 { Ok(None) } else { Ok(Some(self.borrow(object)?)) }
    }

    /// What becomes of an exception of `flush`.
    fn flush_failed(&mut self, stream: OutputStream, exception: Object) -> Result<(), RaiseError> {
        let (system, any) = (self.objects().PyExc_OSError, self.objects().PyExc_Exception);
        let no_stream = [self.objects().PyExc_ValueError, self.objects().PyExc_AttributeError];
        if self.is_of(&exception, system)? {
            match self.errno_of(&exception)? {
                CLOSED => self.renew(stream)?,
                number if GONE.contains(&number) => self.drop_unwritable(stream)?,
                _ => {}
            }
            return Err(RaiseError::Raised(exception));
        }
        if !self.is_of(&exception, any)? {
            // Ctrl-C, or what ends the program.
            return Err(RaiseError::Raised(exception));
        }
        // It is closed, or is nothing that could be flushed.
        if self.is_of(&exception, no_stream[0])? || self.is_of(&exception, no_stream[1])? {
            self.renew(stream)?;
        }
        Ok(())
    }

    fn is_of(&mut self, exception: &Object, class: u32) -> Result<bool, Trap> {
        Ok(self.c(|f| &f.PyErr_GivenExceptionMatches, (exception.addr(), class))? != 0)
    }

    fn errno_of(&mut self, exception: &Object) -> Result<i64, Trap> {
        match self.get_attr(exception, "errno").and_then(|number| self.value(&number)) {
            Ok(Value::Int(number)) => Ok(number),
            Err(RaiseError::Trap(trap)) => Err(trap),
            _ => Ok(0),
        }
    }

    /// Drops what a stream holds that nobody takes any more.
    fn drop_unwritable(&mut self, stream: OutputStream) -> Result<(), Trap> {
        self.caller().env().process.vfs.discard_output(true);
        let dropped = self.flush_stream(stream);
        self.caller().env().process.vfs.discard_output(false);
        match dropped {
            Err(RaiseError::Trap(trap)) => Err(trap),
            _ => Ok(()),
        }
    }

    /// Opens the stream's descriptor once more, as CPython does when it starts; `None` takes the stream's place where that is closed. What a
    /// program has made of Python may not let this happen; then all stays as it is.
    fn renew(&mut self, stream: OutputStream) -> Result<(), Trap> {
        let opened = match self.reopened(stream) {
            Err(RaiseError::Trap(trap)) => return Err(trap),
            Err(_) => {
                let none = self.objects().None;
                self.borrow(none)?
            }
            Ok(object) => object,
        };
        let name = format!("{}\0", stream.name);
        let set =
            self.with_bytes(name.as_bytes(), |python, name| python.c(|f| &f.PySys_SetObject, (name, opened.addr())));
        match set.and_then(|status| self.status(status)) {
            Err(RaiseError::Trap(trap)) => Err(trap),
            _ => Ok(()),
        }
    }

    fn reopened(&mut self, stream: OutputStream) -> Result<Object, RaiseError> {
        let io = self.import("_io")?;
        let arguments = [
            Value::Int(stream.descriptor),
            Value::Str("w".to_owned()),
            Value::Int(-1),
            Value::Str("utf-8".to_owned()),
            Value::Str(stream.errors.to_owned()),
            Value::None,
            Value::Bool(false),
        ];
        let arguments = arguments.iter().map(|value| self.object(value)).collect::<Result<Vec<_>, _>>()?;
        self.call_method(&io, "open", &arguments, &[])
    }
}
