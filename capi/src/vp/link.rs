//! What a run in the background and the host tell each other: questions and answers, output as it comes.
//!
//! A run asks when it calls a function of the host's ([`Question::Call`]) or reads standard input ([`Question::Line`]), and
//! waits on its own thread until the host has answered. While it waits with a call, the interpreter can be used through it
//! ([`Link::serve`]), so that the host reads arguments and runs more Python code before it answers.
//!
//! The lock is held for a few moves of a pointer or the copy of one write of the guest's, never while Python runs.

use std::io::{self, Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use pyrun::{Error, Python, Value};

/// Limit: bytes of output that wait for the host. A run in the background waits when there are more; of what a request
/// prints that the host waits for itself, the rest is counted and not kept.
const OUTPUT: usize = 1 << 20;

/// What a run wants from the host.
#[derive(Clone, Debug)]
pub(super) enum Question {
    /// A line of standard input.
    Line,
    /// A call of a function of the host's: its number, arguments, and arguments by name.
    Call(i64, Value, Value),
}

/// What is done for the host while a run waits for its answer.
type Job = Box<dyn FnOnce(Python<'_>) + Send>;

#[derive(Default)]
struct State {
    /// Something runs in the background, so the host comes back to ask how it goes.
    background: bool,
    question: Option<Question>,
    answer: Option<Result<Value, Error>>,
    job: Option<Job>,
    /// A job is at work.
    serving: bool,
    /// What waits for an answer is interrupted.
    interrupted: bool,
    /// Output does not wait for the host any more: the run was interrupted, or the interpreter is closed.
    unpaced: bool,
    /// Nobody answers any more.
    closed: bool,
    output: Vec<u8>,
    /// Bytes of output that were not kept.
    lost: u64,
}

/// Shared by the host's side and the run's. Clones are the same link.
#[derive(Clone, Default)]
pub(super) struct Link(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Link {
    /// Whole after every statement, so a panic elsewhere spoils nothing.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Something starts in the background, or has ended.
    pub(super) fn set_background(&self, background: bool) {
        let mut state = self.state();
        state.background = background;
        (state.interrupted, state.unpaced) = (false, false);
        (state.question, state.answer) = (None, None);
    }

    /// Interrupts what the run waits for, if it waits.
    pub(super) fn interrupt(&self) {
        let mut state = self.state();
        state.interrupted = state.question.is_some();
        state.unpaced = true;
        drop(state);
        self.0.changed.notify_all();
    }

    /// Nobody answers any more.
    pub(super) fn close(&self) {
        let mut state = self.state();
        (state.closed, state.unpaced) = (true, true);
        drop(state);
        self.0.changed.notify_all();
    }

    fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// What the run waits for.
    pub(super) fn question(&self) -> Option<Question> {
        self.state().question.clone()
    }

    /// Whether the run waits for an answer to a call, so that [`Link::serve`] has a way in.
    pub(super) fn can_serve(&self) -> bool {
        matches!(self.state().question, Some(Question::Call(..)))
    }

    /// Answers; `false` when nothing was asked.
    pub(super) fn answer(&self, answer: Result<Value, Error>) -> bool {
        let mut state = self.state();
        if state.question.take().is_none() {
            return false;
        }
        state.answer = Some(answer);
        drop(state);
        self.0.changed.notify_all();
        true
    }

    /// Runs `body` in the interpreter of a run that waits for an answer.
    pub(super) fn serve<R: Send + 'static>(
        &self,
        body: impl FnOnce(Python<'_>) -> R + Send + 'static,
    ) -> Result<R, Error> {
        let done = Arc::new(Mutex::new(None));
        let place = done.clone();
        let mut state = self.state();
        if !matches!(state.question, Some(Question::Call(..))) || state.closed {
            return Err(Error::Busy);
        }
        state.job = Some(Box::new(move |py| {
            let result = body(py);
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        }));
        self.0.changed.notify_all();
        while (state.job.is_some() || state.serving) && state.question.is_some() {
            state = self.wait(state);
        }
        state.job = None;
        drop(state);
        let mut result = done.lock().unwrap_or_else(PoisonError::into_inner);
        result.take().ok_or(Error::Busy)
    }

    /// Asks the host, and waits. `py` is the way in meanwhile, if there is one.
    fn ask(&self, question: Question, py: Option<Python<'_>>) -> Result<Value, Error> {
        let mut state = self.state();
        if !state.background || state.serving {
            let why = "the host waits for this run, so it cannot be asked anything: start the run in the background";
            return Err(Error::raise("RuntimeError", why));
        }
        state.question = Some(question);
        loop {
            if state.interrupted || state.closed {
                state.interrupted = false;
                (state.question, state.answer, state.job) = (None, None, None);
                self.0.changed.notify_all();
                return Err(Error::raise("KeyboardInterrupt", ""));
            }
            if let Some(answer) = state.answer.take() {
                return answer;
            }
            state = match (state.job.take(), py) {
                (Some(job), Some(py)) => self.work(state, job, py),
                _ => self.wait(state),
            };
        }
    }

    /// Does a job, with the lock open.
    fn work<'s>(&'s self, mut state: MutexGuard<'s, State>, job: Job, py: Python<'_>) -> MutexGuard<'s, State> {
        state.serving = true;
        drop(state);
        // A panic goes on to whoever called the host function; the flag is for those who wait.
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(py)));
        let mut state = self.state();
        state.serving = false;
        self.0.changed.notify_all();
        if let Err(panic) = done {
            state.question = None;
            drop(state);
            std::panic::resume_unwind(panic);
        }
        state
    }

    /// Calls a function of the host's.
    pub(super) fn call(&self, py: Python<'_>, number: i64, arguments: Value, named: Value) -> Result<Value, Error> {
        self.ask(Question::Call(number, arguments, named), Some(py))
    }

    /// What was printed since the last time; whatever was not kept is told at its end.
    pub(super) fn printed(&self) -> Vec<u8> {
        let mut state = self.state();
        let mut output = std::mem::take(&mut state.output);
        let lost = std::mem::take(&mut state.lost);
        drop(state);
        self.0.changed.notify_all();
        if lost > 0 {
            output.extend_from_slice(format!("\n[pyrun: {lost} more bytes of output were not kept]\n").as_bytes());
        }
        output
    }

    /// Whether something was printed.
    pub(super) fn has_printed(&self) -> bool {
        let state = self.state();
        !state.output.is_empty() || state.lost > 0
    }

    /// Keeps what is printed.
    fn print(&self, mut bytes: &[u8]) {
        let mut state = self.state();
        while !bytes.is_empty() {
            let room = OUTPUT.saturating_sub(state.output.len());
            if room == 0 && state.background && !state.unpaced && !state.serving {
                state = self.wait(state);
                continue;
            }
            let (kept, rest) = bytes.split_at(room.min(bytes.len()));
            state.output.extend_from_slice(kept);
            bytes = rest;
            if room == 0 {
                state.lost = state.lost.saturating_add(bytes.len() as u64);
                return;
            }
        }
    }
}

/// Standard output and error.
pub(super) struct Printer(pub(super) Link);

impl Write for Printer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.print(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Standard input: lines that the host is asked for in the background, else none.
pub(super) struct Lines {
    link: Link,
    /// Of a line, what was not taken yet.
    rest: Vec<u8>,
}

impl Lines {
    pub(super) fn new(link: Link) -> Self {
        Self { link, rest: Vec::new() }
    }
}

impl Read for Lines {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            match self.link.ask(Question::Line, None) {
                Ok(Value::Str(line)) => self.rest = line.into_bytes(),
                Ok(Value::Bytes(line)) => self.rest = line,
                // The guest looks at what interrupts it then, and reads again if nothing does.
                Err(Error::Raise { class, .. }) if class == "KeyboardInterrupt" && !self.link.is_closed() => {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                // No more lines, or no host that could be asked.
                _ => return Ok(0),
            }
        }
        let count = self.rest.len().min(room.len());
        let taken: Vec<u8> = self.rest.drain(..count).collect();
        room.iter_mut().zip(&taken).for_each(|(place, byte)| *place = *byte);
        Ok(count)
    }
}
