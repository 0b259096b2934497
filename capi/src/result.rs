//! Results: how every entry answers.

use std::error::Error as _;

use pyrun::{Error, PyHandle, PythonError, TimedOut, Value};

use crate::code::{self, bad, catch};
use crate::convert::{check_nesting, check_text, to_record};
use crate::sys::{Arena, Out, RawFrame, Record};

/// A text, where it lies in an arena.
#[derive(Clone, Copy)]
struct Text {
    address: u64,
    size: usize,
}

/// `pyrun_result`: a code, a value and texts, with all that they point to. It is not changed once it is made.
pub(crate) struct Answer {
    code: i32,
    value: Record,
    /// Type, message, traceback, report.
    texts: [Text; 4],
    status: i32,
    /// Where an exception went through, outermost first.
    frames: Box<[RawFrame]>,
    line: u32,
    /// What the records point to.
    _arena: Arena,
}

impl Answer {
    pub(crate) fn new(outcome: Result<Value, Error>) -> Self {
        let outcome = outcome.and_then(|value| check_nesting(&value).and_then(|()| check_text(&value)).map(|()| value));
        match outcome {
            Ok(value) => Self::of(code::OK, Said { value, ..Said::default() }, ""),
            Err(error) => {
                let report = error.report().to_json();
                Self::of(code::of(&error), Said::of(error), &report)
            }
        }
    }

    /// Of a run that has a report in any case, as its value and as its text.
    fn reported(outcome: Result<(), Error>, report: String) -> Self {
        let (code, said) = match outcome {
            Ok(()) => (code::OK, Said::default()),
            Err(error) => (code::of(&error), Said::of(error)),
        };
        let text = report.clone();
        Self::of(code, Said { value: Value::Str(report), ..said }, &text)
    }

    fn of(code: i32, said: Said, report: &str) -> Self {
        let mut arena = Arena::default();
        let frames = said.frames.iter().map(|(file, function, line)| arena.frame(file, function, *line));
        let frames = frames.collect();
        let [class, message, traceback] = &said.texts;
        let mut keep = |text: &str| Text { address: arena.keep(text.as_bytes()), size: text.len() };
        let texts = [keep(class), keep(message), keep(traceback), keep(report)];
        Self {
            code,
            texts,
            status: said.status,
            frames,
            line: said.line,
            value: to_record(said.value, &mut arena),
            _arena: arena,
        }
    }
}

/// What there is to say of a failure.
#[derive(Default)]
pub(crate) struct Said {
    /// The exception, if it is one.
    pub(crate) value: Value,
    /// Type, message, traceback.
    pub(crate) texts: [String; 3],
    /// The exit status.
    pub(crate) status: i32,
    /// File, function, line.
    frames: Vec<(String, String, u32)>,
    line: u32,
}

impl Said {
    pub(crate) fn of(error: Error) -> Self {
        match error {
            Error::Python(error) => Self::exception(*error),
            Error::TimedOut(TimedOut { exception: Some(error), .. }) => Self::exception(*error),
            Error::Interrupted(error) => {
                let mut said = Self::exception(*error);
                let [_, message, _] = &mut said.texts;
                if message.is_empty() {
                    "interrupted".clone_into(message);
                }
                said
            }
            Error::SystemExit { status, message } => {
                let message = message.unwrap_or_else(|| format!("the program asked to exit with status {status}"));
                Self { texts: ["SystemExit".to_owned(), message, String::new()], status, ..Self::default() }
            }
            Error::Ended { status } => {
                let texts = [String::new(), error.to_string(), String::new()];
                Self { texts, status, ..Self::default() }
            }
            error => Self { texts: [String::new(), chain(&error), String::new()], ..Self::default() },
        }
    }

    /// Something that was thrown, of another language than Python.
    pub(crate) fn thrown(value: Value, class: String, message: String) -> Self {
        Self { value, texts: [class, message, String::new()], ..Self::default() }
    }

    fn exception(error: PythonError) -> Self {
        let line = error.line().unwrap_or(0);
        let frames = error.frames.into_iter().map(|frame| (frame.file, frame.function, frame.line));
        Self {
            value: Value::Object(error.object),
            texts: [error.type_name, error.message, error.traceback],
            status: 0,
            frames: frames.collect(),
            line,
        }
    }
}

/// An error and what it came from, in one line.
pub(crate) fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// Where an entry leaves its result.
pub(crate) type ResultOut = Out<Option<Box<Answer>>>;
/// Where an entry leaves an object.
pub(crate) type ObjectOut = Out<Option<Box<PyHandle>>>;

/// Answers with a result in any case.
pub(crate) fn answer(mut result: ResultOut, body: impl FnOnce() -> Result<Value, Error>) -> i32 {
    let outcome = catch(body);
    if result.is_null() {
        return outcome.map_or_else(|error| code::of(&error), |_| code::OK);
    }
    let answer = catch(|| Ok(Answer::new(outcome))).unwrap_or_else(|error| Answer::new(Err(error)));
    let code = answer.code;
    result.put(Some(Box::new(answer)));
    code
}

/// Answers with a report in any case.
pub(crate) fn answer_reported(
    mut result: ResultOut,
    body: impl FnOnce() -> Result<(Result<(), Error>, String), Error>,
) -> i32 {
    let (outcome, report) = catch(body).unwrap_or_else(|error| {
        let report = error.report().to_json();
        (Err(error), report)
    });
    if result.is_null() {
        return outcome.map_or_else(|error| code::of(&error), |()| code::OK);
    }
    let answer = catch(|| Ok(Answer::reported(outcome, report))).unwrap_or_else(|error| Answer::new(Err(error)));
    let code = answer.code;
    result.put(Some(Box::new(answer)));
    code
}

/// As [`answer`], for what may also end with something that was thrown: a value and what there is to say of it, with
/// `PYRUN_EXCEPTION`.
pub(crate) fn answer_or_thrown(
    mut result: ResultOut,
    body: impl FnOnce() -> Result<Result<Value, Said>, Error>,
) -> i32 {
    match catch(body) {
        Ok(Ok(value)) => answer(result, || Ok(value)),
        Ok(Err(said)) => {
            if let Ok(thrown) = catch(|| Ok(Answer::of(code::EXCEPTION, said, ""))) {
                result.put(Some(Box::new(thrown)));
            }
            code::EXCEPTION
        }
        Err(error) => answer(result, || Err(error)),
    }
}

/// Answers with a code, and with a result only when there is something to say about a failure.
pub(crate) fn report(mut result: ResultOut, body: impl FnOnce() -> Result<(), Error>) -> i32 {
    match catch(body) {
        Ok(()) => {
            result.put(None);
            code::OK
        }
        Err(error) => answer(result, || Err(error)),
    }
}

/// As [`report`], with what the body makes in a box of its own.
pub(crate) fn give<T>(mut out: Out<Option<Box<T>>>, result: ResultOut, body: impl FnOnce() -> Result<T, Error>) -> i32 {
    out.put(None);
    report(result, || {
        if out.is_null() {
            return Err(no_place());
        }
        out.put(Some(Box::new(body()?)));
        Ok(())
    })
}

/// As [`give`], for what may be none.
pub(crate) fn give_some<T>(
    mut out: Out<Option<Box<T>>>,
    result: ResultOut,
    body: impl FnOnce() -> Result<Option<T>, Error>,
) -> i32 {
    out.put(None);
    report(result, || {
        if out.is_null() {
            return Err(no_place());
        }
        out.put(body()?.map(Box::new));
        Ok(())
    })
}

/// As [`give`], for a number, which is left alone after an error.
pub(crate) fn give_number<T>(mut out: Out<T>, result: ResultOut, body: impl FnOnce() -> Result<T, Error>) -> i32 {
    report(result, || {
        if out.is_null() {
            return Err(no_place());
        }
        out.put(body()?);
        Ok(())
    })
}

fn no_place() -> Error {
    bad("a null pointer where the result is to be put")
}

pub(crate) fn code(result: Option<&Answer>) -> i32 {
    result.map_or(code::BAD_ARGUMENT, |result| result.code)
}

pub(crate) fn value(result: Option<&Answer>) -> Option<&Record> {
    result.map(|result| &result.value)
}

pub(crate) fn text(result: Option<&Answer>, what: i32, mut size: Out<usize>) -> *const u8 {
    let text = usize::try_from(what).ok().and_then(|what| result?.texts.get(what));
    let text = text.copied().unwrap_or(Text { address: 0, size: 0 });
    size.put(text.size);
    std::ptr::with_exposed_provenance(text.address as usize)
}

pub(crate) fn exit_status(result: Option<&Answer>, mut status: Out<i32>) -> i32 {
    match result {
        Some(result) if matches!(result.code, code::EXIT | code::ENDED) => {
            status.put(result.status);
            code::OK
        }
        _ => code::BAD_ARGUMENT,
    }
}

pub(crate) fn frame(result: Option<&Answer>, index: usize) -> Option<&RawFrame> {
    result?.frames.get(index)
}

pub(crate) fn line_of(result: Option<&Answer>) -> u32 {
    result.map_or(0, |result| result.line)
}

pub(crate) fn free(result: Option<Box<Answer>>) {
    // Handles in it only queue their addresses.
    code::drop_caught(result);
}
