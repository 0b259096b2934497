//! What compiling a module may take that somebody brings, and what ends it.
//!
//! Memory is told from what the module is made of (`pyrun_translate::ModuleSize`) and bounded before anything is compiled: by
//! [`Limits::compile_memory`], and by how many functions are compiled at a time. Processor time is measured, on the threads that compile,
//! at the beginning and the end of each function; and between functions, and while a function is read, it is looked whether the run is
//! to end for which it is compiled. The longest that this can be late is a function, whose work is bounded
//! (`Bounds::function_work`).
//!
//! **For a count of what a run takes**: [`Allowance::spent`] has the processor time and the most memory of all compilations of one
//! allowance, whose clones share it. A run makes one allowance for all that it compiles.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ThreadId;
use std::time::Duration;

use pyrun_memfs::Budget;
use pyrun_translate::ModuleSize;
use wasmer::sys::wasmparser::Operator;
use wasmer::sys::{FunctionMiddleware, MiddlewareError, MiddlewareReaderState, ModuleMiddleware};
use wasmer_types::LocalFunctionIndex;

use crate::audit::Audit;
use crate::error::Error;
use crate::host::{InterruptHandle, SIGINT};
use crate::limits::{LimitTooLow, Limits};
use crate::module::ModuleError;
use crate::sys::ThreadClock;

/// How many operators of a function are read between two looks at what ends the compilation.
const OPERATORS: u32 = 1024;

/// What compiling may take, for one run. Clones share what was spent.
#[derive(Clone, Debug)]
pub(crate) struct Allowance {
    memory: u64,
    time: Option<Duration>,
    interrupt: Option<InterruptHandle>,
    spent: Arc<Spent>,
}

/// What compiling has taken.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    /// Nanoseconds of processor time, of all threads.
    time: AtomicU64,
    /// The most bytes that a compilation was said to take.
    memory: AtomicU64,
}

impl Spent {
    /// Processor time of all compilations.
    pub(crate) fn time(&self) -> Duration {
        Duration::from_nanos(self.time.load(Ordering::Relaxed))
    }

    /// Bytes that the largest compilation was said to take: an upper bound.
    pub(crate) fn memory(&self) -> u64 {
        self.memory.load(Ordering::Relaxed)
    }
}

impl Allowance {
    /// What these limits allow, until `interrupt` ends the run.
    pub(crate) fn new(limits: &Limits, interrupt: &InterruptHandle) -> Self {
        Self { interrupt: Some(interrupt.clone()), ..Self::by(limits) }
    }

    /// What these limits allow, where nothing ends it.
    pub(crate) fn by(limits: &Limits) -> Self {
        let Limits { compile_memory, compile_time, .. } = *limits;
        Self { memory: compile_memory, time: compile_time, interrupt: None, spent: Arc::default() }
    }

    /// Who is told what the guest may load, if somebody is.
    pub(crate) fn audit(&self) -> Option<&Arc<Audit>> {
        self.interrupt.as_ref()?.account().audit()
    }

    /// What the code is charged to that a guest loads by itself.
    pub(crate) fn host_memory(&self) -> Option<Budget> {
        self.interrupt.as_ref().map(|interrupt| interrupt.account().host_memory())
    }

    /// What was spent.
    pub(crate) fn spent(&self) -> &Spent {
        &self.spent
    }

    /// Begins a compilation of a module of this size, if there is memory for it.
    ///
    /// # Errors
    /// [`Error::LimitTooLow`]
    pub(super) fn begin(&self, size: &ModuleSize) -> Result<Arc<Compilation>, Error> {
        let (all, one) = (size.memory, size.function_memory.max(1));
        let needed = all.saturating_add(one);
        LimitTooLow::check("compile-memory", self.memory, needed)?;
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let fit = usize::try_from((self.memory - all) / one).unwrap_or(usize::MAX);
        let threads = NonZero::new(fit.min(cores)).unwrap_or(NonZero::<usize>::MIN);
        let most = all.saturating_add(one.saturating_mul(threads.get() as u64));
        self.spent.memory.fetch_max(most, Ordering::Relaxed);
        let (began, ended) = (Mutex::default(), AtomicU8::new(GOES_ON));
        Ok(Arc::new(Compilation { allowance: self.clone(), threads, began, ended, since: self.spent.time() }))
    }
}

const GOES_ON: u8 = 0;
const INTERRUPTED: u8 = 1;
const KILLED: u8 = 2;
const TOO_LONG: u8 = 3;

/// One compilation, which several threads do together.
#[derive(Debug)]
pub(super) struct Compilation {
    allowance: Allowance,
    threads: NonZero<usize>,
    /// What each thread's clock showed when it was last read.
    began: Mutex<HashMap<ThreadId, Duration>>,
    ended: AtomicU8,
    /// What had been spent before it.
    since: Duration,
}

impl Compilation {
    /// How many threads there is memory for.
    pub(super) fn threads(&self) -> NonZero<usize> {
        self.threads
    }

    /// Counts what this thread has taken since its last function, if `counts`, and looks whether the compilation goes on.
    fn measure(&self, counts: bool) -> bool {
        if let Ok(now) = ThreadClock::of_this_thread().and_then(ThreadClock::now) {
            let mut began = self.began.lock().unwrap_or_else(PoisonError::into_inner);
            let before = began.insert(std::thread::current().id(), now);
            if let Some(before) = before.filter(|_| counts) {
                let taken = u64::try_from(now.saturating_sub(before).as_nanos()).unwrap_or(u64::MAX);
                self.allowance.spent.time.fetch_add(taken, Ordering::Relaxed);
            }
        }
        self.goes_on()
    }

    /// A function, or one of the engine's own, is done.
    pub(super) fn step(&self) -> bool {
        self.measure(true)
    }

    fn goes_on(&self) -> bool {
        if self.ended.load(Ordering::Relaxed) != GOES_ON {
            return false;
        }
        let Allowance { interrupt, time, spent, .. } = &self.allowance;
        let taken = || spent.time().saturating_sub(self.since);
        let why = match interrupt {
            Some(handle) if handle.is_killed() => KILLED,
            Some(handle) if handle.ends_waits() => INTERRUPTED,
            _ if time.is_some_and(|most| taken() > most) => TOO_LONG,
            _ => return true,
        };
        // The first reason is the one that is told.
        let _ = self.ended.compare_exchange(GOES_ON, why, Ordering::Relaxed, Ordering::Relaxed);
        false
    }

    /// Why it was ended, if it was.
    pub(super) fn ended(&self, what: &str) -> Option<Error> {
        let Allowance { interrupt, time, .. } = &self.allowance;
        match self.ended.load(Ordering::Relaxed) {
            INTERRUPTED => {
                // Who runs in the guest is to see it, too.
                let pending = interrupt.as_ref().map(InterruptHandle::pending);
                let signal = pending.and_then(|pending| pending.take().inspect(|signal| pending.raise(*signal)));
                Some(Error::Signal { signal: signal.unwrap_or(SIGINT) })
            }
            KILLED => Some(Error::Killed),
            TOO_LONG => {
                let limit = time.unwrap_or_default();
                Some(ModuleError::CompileTime { module: what.to_owned(), limit }.into())
            }
            _ => None,
        }
    }
}

/// The way to each function: the engine asks for this before it reads one.
#[derive(Debug)]
pub(super) struct Poll(pub(super) Arc<Compilation>);

impl ModuleMiddleware for Poll {
    fn generate_function_middleware<'a>(&self, _: LocalFunctionIndex) -> Box<dyn FunctionMiddleware<'a> + 'a> {
        self.0.measure(false);
        Box::new(PollFunction { compilation: self.0.clone(), left: 0 })
    }
}

/// A function that is being read.
#[derive(Debug)]
struct PollFunction {
    compilation: Arc<Compilation>,
    /// Operators until the next look.
    left: u32,
}

impl<'a> FunctionMiddleware<'a> for PollFunction {
    fn feed(&mut self, operator: Operator<'a>, state: &mut MiddlewareReaderState<'a>) -> Result<(), MiddlewareError> {
        if self.left == 0 {
            if !self.compilation.goes_on() {
                return Err(MiddlewareError::new("pyrun", "the compilation was ended"));
            }
            self.left = OPERATORS;
        }
        self.left -= 1;
        state.push_operator(operator);
        Ok(())
    }
}
