//! Describing an exception: copying out what there is to know of it.
//!
//! A program chooses how long each text is, how deep the traceback, how many exceptions hang together, and can have the same text in
//! all of them. So everything here is bounded, and takes a time that the description bounds, not the program: milliseconds, but for
//! what a `__str__` of the program's does. What is left out is said where it is missing, and by [`PythonError::truncated`].

use std::collections::{HashMap, VecDeque};

use pyrun_emscripten_shim::Trap;

use super::api::ObjectApi;
use super::error::{PythonError, RaiseError, SyntaxPlace, TracebackFrame};
use super::layout;
use super::reference::Object;
use super::scalars::{self, Cut};
use super::told::{self, Link, Notes};
use super::value::Value;

/// Limit: bytes of one text of a description; of a longer one, the beginning.
const MAX_TEXT: usize = 64 << 10;
/// Limit: bytes of all texts of a description, but for [`PythonError::traceback`]; what does not fit is left out.
const MAX_TEXTS: usize = 512 << 10;
/// Limit: bytes of what Python prints of an exception; of more, the beginning.
pub(super) const MAX_TRACEBACK: usize = 512 << 10;
/// Limit: pieces that `traceback.format_exception` gives, which a program can replace. The rest is left out.
const MAX_PIECES: usize = 10_000;
/// Limit: frames of one exception that are kept; of a deeper recursion, the innermost ones.
const MAX_FRAMES: usize = 100;
/// Limit: frames of one exception that are counted; a traceback can be a ring.
const MAX_COUNTED: usize = 1 << 20;
/// Limit: causes and contexts of one exception that are followed; the rest is left out.
const MAX_CHAIN: usize = 16;
/// Limit: frames of an exception and of all that belong to it, up to which Python's own `traceback` formats them: it takes 0.15 ms for
/// each. Beyond it the text is made here, without the lines of the source.
const MAX_FORMATTED_FRAMES: usize = 200;
/// Limit: exceptions that belong together (causes, contexts, members of groups), and notes of one, for the same.
const MAX_FORMATTED: usize = 100;
/// The end of a text that was cut.
const CUT: &str = "more characters";
/// Limit: notes of an exception, and members of a group, that a text which is made here shows; the rest is counted.
const MAX_SHOWN: usize = 15;

impl ObjectApi<'_> {
    /// Copies out what there is to know of an exception. What cannot be told is left out: this does not fail for a bad
    /// `__str__`. What is too much is left out, too ([`PythonError::truncated`]).
    ///
    /// # Errors
    /// How the guest ended, when it did.
    pub fn describe(&mut self, exception: Object) -> Result<PythonError, Trap> {
        let account = self.caller().env().process.host_memory.clone();
        let room = account.charge((MAX_TEXTS + MAX_TRACEBACK) as u64);
        let texts = if room.is_ok() { MAX_TEXTS } else { MAX_TEXTS.min(account.free() as usize / 4) };
        let is_large = room.is_err() || self.is_large(&exception)?;
        let mut telling = Telling { python: self, seen: Vec::new(), left: texts, cut: room.is_err(), is_large };
        let formatted = if is_large { None } else { telling.formatted(&exception)? };
        telling.left = texts;
        let (mut info, text) = telling.chain(exception)?;
        info.traceback = match formatted {
            Some(formatted) => formatted,
            None if is_large => telling.shortened(text),
            None => info.to_string() + "\n",
        };
        info.truncated |= telling.cut;
        Ok(info)
    }

    /// The class and the text of the exception at an address, which stays whose it is; within the same bounds.
    pub(crate) fn class_and_text(&mut self, addr: u32) -> Result<(String, String), Trap> {
        let exception = self.borrow(addr)?;
        let mut telling = Telling { python: self, seen: Vec::new(), left: MAX_TEXTS, cut: false, is_large: false };
        let class = known(telling.type_name(&exception))?.unwrap_or_else(|| "<unknown>".to_owned());
        let text = known(telling.message(&exception))?.unwrap_or_else(|| "<exception str() failed>".to_owned());
        Ok((class, text))
    }

    /// Whether an exception and what belongs to it are too much for Python's own `traceback`.
    fn is_large(&mut self, exception: &Object) -> Result<bool, Trap> {
        let (mut left, mut frames) = (vec![self.borrow(exception.addr())?], 0);
        let mut seen = Vec::new();
        while let Some(exception) = left.pop() {
            if seen.contains(&exception.addr()) {
                continue;
            }
            seen.push(exception.addr());
            let members = self.members(&exception)?;
            frames += self.traceback(&exception)?.map_or(0, |(_, _, count)| count);
            let notes = self.notes(&exception)?.map_or(0, |(_, count)| count);
            let all = seen.len() + left.len() + members.len();
            if frames > MAX_FORMATTED_FRAMES || all > MAX_FORMATTED || notes > MAX_FORMATTED {
                return Ok(true);
            }
            for addr in members {
                left.push(self.borrow(addr)?);
            }
            left.extend(self.linked(&exception)?.into_iter().flatten());
        }
        Ok(false)
    }

    /// Its cause and its context.
    fn linked(&mut self, exception: &Object) -> Result<[Option<Object>; 2], Trap> {
        let cause = self.c(|f| &f.PyException_GetCause, exception.addr())?;
        let cause = (cause != 0).then(|| Object::owning(cause, self.released()));
        let context = self.c(|f| &f.PyException_GetContext, exception.addr())?;
        Ok([cause, (context != 0).then(|| Object::owning(context, self.released()))])
    }

    /// Its traceback, which holds the rest: the addresses of the innermost parts, outermost first, and how many there are in all.
    fn traceback(&mut self, exception: &Object) -> Result<Option<(Object, VecDeque<u32>, usize)>, Trap> {
        let first = self.c(|f| &f.PyException_GetTraceback, exception.addr())?;
        if first == 0 {
            return Ok(None);
        }
        let first = Object::owning(first, self.released());
        let (none, addr) = (self.objects().None, first.addr());
        let (tail, count) = self.mem(|mem| Ok(layout::traceback_tail(mem, addr, none, (MAX_FRAMES, MAX_COUNTED))))?;
        Ok(Some((first, tail, count)))
    }

    /// The addresses of the members of a group of exceptions; of any other exception none.
    fn members(&mut self, exception: &Object) -> Result<Vec<u32>, Trap> {
        let addr = exception.addr();
        if !self.mem(|mem| layout::is_exception_group(mem, addr))? {
            return Ok(Vec::new());
        }
        match known(self.get_attr(exception, "exceptions"))? {
            Some(members) => self.first_items(&members, MAX_FORMATTED + 1),
            None => Ok(Vec::new()),
        }
    }

    /// The list of its notes, and how many there are.
    fn notes(&mut self, exception: &Object) -> Result<Option<(Object, usize)>, Trap> {
        let name = match self.name("__notes__") {
            Ok(name) => name,
            Err(RaiseError::Trap(trap)) => return Err(trap),
            Err(_) => return Ok(None),
        };
        let notes = self.c(|f| &f.PyObject_GetAttr, (exception.addr(), name.object().addr()))?;
        if notes == 0 {
            self.c(|f| &f.PyErr_Clear, ())?;
            return Ok(None);
        }
        let notes = Object::owning(notes, self.released());
        let addr = notes.addr();
        let count = self.mem(|mem| match layout::is_list_or_tuple(mem, addr)? {
            true => layout::items_size(mem, addr).map(|size| size / 4),
            false => Ok(0),
        })?;
        Ok(Some((notes, count)))
    }

    /// The addresses of the first items of a list or tuple.
    fn first_items(&mut self, object: &Object, most: usize) -> Result<Vec<u32>, Trap> {
        let (addr, offset) = (object.addr(), self.tuple_items_offset());
        self.mem(|mem| layout::first_items(mem, addr, offset, most))
    }
}

/// A description that is being made.
struct Telling<'p, 'a> {
    python: &'p mut ObjectApi<'a>,
    /// The exceptions that are told already.
    seen: Vec<u32>,
    /// Bytes of text that may still be copied.
    left: usize,
    /// Something was left out of a text, or of the chain.
    cut: bool,
    /// The text of the whole is made here.
    is_large: bool,
}

impl Telling<'_, '_> {
    /// A text as far as there is room for it; what is missing is said at its end.
    fn text(&mut self, object: &Object) -> Result<String, Trap> {
        let (addr, most) = (object.addr(), MAX_TEXT.min(self.left));
        let cut = self.python.mem(|mem| {
            // A guest can give something else where a text is due (`traceback.format_exception = …`).
            match layout::type_and_flags(mem, addr)?.1 & layout::flags::UNICODE {
                0 => Ok(Cut::default()),
                _ => layout::text(mem, addr).map(|text| scalars::beginning(&text, most)),
            }
        })?;
        Ok(self.keep(cut))
    }

    fn keep(&mut self, Cut { text, left_out }: Cut) -> String {
        self.left = self.left.saturating_sub(text.len());
        if left_out == 0 {
            return text;
        }
        self.cut = true;
        format!("{text}... {left_out} {CUT}")
    }

    /// What `traceback.format_exception` makes of it.
    fn formatted(&mut self, exception: &Object) -> Result<Option<String>, Trap> {
        let text = self.format_exception(exception);
        known(text)
    }

    fn format_exception(&mut self, exception: &Object) -> Result<String, RaiseError> {
        let module = self.python.import("traceback")?;
        let exception = self.python.borrow(exception.addr())?;
        let lines = self.python.call_method(&module, "format_exception", &[exception], &[])?;
        let mut text = String::new();
        let iterator = self.python.iter(&lines)?;
        self.left = MAX_TRACEBACK;
        let mut pieces = 0;
        while let Some(line) = self.python.next(&iterator)? {
            pieces += 1;
            if self.left == 0 || pieces > MAX_PIECES {
                text.push_str("\n... more lines\n");
                self.cut = true;
                break;
            }
            let line = self.text(&line)?;
            text.push_str(&line);
            // What was cut has lost its end.
            if line.ends_with(CUT) {
                text.push('\n');
            }
            // A long line gives back as it goes.
            self.python.collect()?;
        }
        Ok(text)
    }

    /// One exception and what led to it. The second part is the text of all of them, when that is made here.
    fn chain(&mut self, exception: Object) -> Result<(PythonError, String), Trap> {
        self.seen.push(exception.addr());
        let type_name = known(self.type_name(&exception))?.unwrap_or_else(|| "<unknown>".to_owned());
        let message = known(self.message(&exception))?.unwrap_or_else(|| "<exception str() failed>".to_owned());
        // It is in the last line of the text, too.
        self.left = self.left.saturating_sub(type_name.len() + message.len());
        let (frames, left_out) = self.frames(&exception)?;
        let syntax = match type_name.as_str() {
            "SyntaxError" | "IndentationError" | "TabError" => known(self.syntax_place(&exception))?,
            _ => None,
        };
        let [cause, context] = self.python.linked(&exception)?;
        let (cause, cause_text) = self.link(cause)?;
        let (context, context_text) = self.link(context)?;
        let mut error = PythonError {
            type_name,
            message,
            traceback: String::new(),
            frames,
            frames_left_out: left_out,
            syntax,
            cause,
            context,
            truncated: false,
            object: exception.into(),
        };
        error.truncated =
            left_out > 0 || [&error.cause, &error.context].into_iter().flatten().any(|link| link.truncated);
        error.traceback = error.to_string() + "\n";
        let mut text = String::new();
        if self.is_large {
            let links = [Link { text: cause_text, is_cause: true }, Link { text: context_text, is_cause: false }];
            text = self.all_of(&error, links)?;
        }
        Ok((error, text))
    }

    /// The text of an exception and of what led to it.
    fn all_of(&mut self, error: &PythonError, links: [Link; 2]) -> Result<String, Trap> {
        let object = error.object.object();
        let is_suppressed = known(self.python.get_attr(object, "__suppress_context__"))?;
        let is_suppressed = is_suppressed.is_some_and(|truth| truth.addr() == self.python.objects().True);
        let mut notes = Notes::default();
        if let Some((list, count)) = self.python.notes(object)? {
            for addr in self.python.first_items(&list, MAX_SHOWN)? {
                let note = self.python.borrow(addr)?;
                notes.shown.push(self.text(&note)?);
            }
            notes.left_out = count.saturating_sub(notes.shown.len());
        }
        let members = self.python.members(object)?;
        let mut shown = Vec::new();
        for addr in members.iter().take(MAX_SHOWN) {
            let member = self.python.borrow(*addr)?;
            let name = known(self.type_name(&member))?.unwrap_or_default();
            let message = known(self.message(&member))?.unwrap_or_default();
            shown.push(told::one_line(&name, &message));
        }
        let members = Notes { left_out: members.len() - shown.len(), shown };
        // Of members only their last lines are shown.
        self.cut |= notes.left_out > 0 || members.left_out > 0 || !members.shown.is_empty();
        Ok(told::text(error, links, is_suppressed, &notes, &members))
    }

    /// The text, not longer than it may be.
    fn shortened(&mut self, text: String) -> String {
        if text.len() <= MAX_TRACEBACK {
            return text;
        }
        self.cut = true;
        told::shortened(&text, MAX_TRACEBACK)
    }

    /// A cause or context.
    fn link(&mut self, exception: Option<Object>) -> Result<(Option<Box<PythonError>>, Option<String>), Trap> {
        let Some(exception) = exception.filter(|exception| !self.seen.contains(&exception.addr())) else {
            return Ok((None, None));
        };
        if self.seen.len() >= MAX_CHAIN {
            self.cut = true;
            return Ok((None, Some("... more exceptions\n".to_owned())));
        }
        let (error, text) = self.chain(exception)?;
        Ok((Some(Box::new(error)), Some(text)))
    }

    fn message(&mut self, exception: &Object) -> Result<String, RaiseError> {
        let text = self.python.str_object(exception)?;
        Ok(self.text(&text)?)
    }

    fn type_name(&mut self, exception: &Object) -> Result<String, RaiseError> {
        let (module, name) = self.python.type_parts(exception)?;
        let name = self.text(&name)?;
        match module {
            Some(module) => {
                let module = self.text(&module)?;
                Ok(told::type_name(&module, name))
            }
            None => Ok(name),
        }
    }

    /// What a `SyntaxError` says of itself.
    fn syntax_place(&mut self, exception: &Object) -> Result<SyntaxPlace, RaiseError> {
        let file = self.python.get_attr(exception, "filename")?;
        let file = self.text(&file)?;
        let number = |python: &mut ObjectApi<'_>, name| {
            let number = python.get_attr(exception, name)?;
            number_of(python, &number)
        };
        Ok(SyntaxPlace { file, line: number(self.python, "lineno")?, column: number(self.python, "offset")? })
    }

    /// Where an exception went through, outermost first; of a deep recursion the innermost part. How many are left out.
    fn frames(&mut self, exception: &Object) -> Result<(Vec<TracebackFrame>, usize), Trap> {
        let Some((_whole, tail, count)) = self.python.traceback(exception)? else { return Ok((Vec::new(), 0)) };
        let left_out = count - tail.len();
        // Frames of one function share its names, and so do their copies' costs.
        let mut codes = HashMap::new();
        let mut frames = Vec::with_capacity(tail.len());
        for addr in tail {
            let traceback = self.python.borrow(addr)?;
            frames.extend(known(self.frame(&traceback, &mut codes))?);
            self.python.collect()?;
        }
        Ok((frames, left_out))
    }

    fn frame(
        &mut self,
        traceback: &Object,
        codes: &mut HashMap<u32, (String, String)>,
    ) -> Result<TracebackFrame, RaiseError> {
        let frame = self.python.get_attr(traceback, "tb_frame")?;
        let code = self.python.get_attr(&frame, "f_code")?;
        let line = self.python.get_attr(traceback, "tb_lineno")?;
        let line = number_of(self.python, &line)?;
        if let Some((file, function)) = codes.get(&code.addr()) {
            let (file, function) = (file.clone(), function.clone());
            let size = file.len() + function.len();
            if size <= self.left {
                self.left -= size;
                return Ok(TracebackFrame { file, line, function });
            }
        }
        let file = self.python.get_attr(&code, "co_filename")?;
        let function = self.python.get_attr(&code, "co_qualname")?;
        let (file, function) = (self.text(&file)?, self.text(&function)?);
        codes.insert(code.addr(), (file.clone(), function.clone()));
        Ok(TracebackFrame { file, line, function })
    }
}

/// A line or column; 0 for something else.
fn number_of(python: &mut ObjectApi<'_>, number: &Object) -> Result<u32, RaiseError> {
    Ok(match python.value(number) {
        Ok(Value::Int(number)) => u32::try_from(number).unwrap_or(0),
        Err(RaiseError::Trap(trap)) => return Err(trap.into()),
        _ => 0,
    })
}

/// What a description can do without: an exception inside is dropped, an ending of the guest is not.
fn known<T>(result: Result<T, RaiseError>) -> Result<Option<T>, Trap> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(RaiseError::Trap(trap)) => Err(trap),
        Err(_) => Ok(None),
    }
}
