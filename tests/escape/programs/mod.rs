//! The corpus: hostile Python programs with what must happen, in tables. The tests run each, and the soak draws from them.
//!
//! All of them are our own. Those after a public report were written from its published cause.

#![allow(dead_code, unreachable_pub, reason = "two tests use it, each a part")]

pub mod classes;
pub mod crashers;
pub mod hostile;
pub mod libraries;
pub mod modules;
pub mod numbers;
pub mod published;
pub mod state;

/// A program, and how it must end.
pub struct Attack {
    /// What it is after: a report, or a place of CPython.
    pub name: &'static str,
    /// The program. [`PRELUDE`] has run before it.
    pub source: &'static str,
    /// How it must end.
    pub ends: Ends,
}

/// How a program must end.
#[derive(Clone, Copy, Debug)]
pub enum Ends {
    /// With this as the value of its last expression.
    Gives(&'static str),
    /// In whatever way that ends the guest alone: a value, an exception, a trap, a limit.
    Anyhow,
}

/// A program that may end in any way but the host's.
const fn anyhow(name: &'static str, source: &'static str) -> Attack {
    Attack { name, source, ends: Ends::Anyhow }
}

/// A program that must give this.
const fn gives(name: &'static str, value: &'static str, source: &'static str) -> Attack {
    Attack { name, source, ends: Ends::Gives(value) }
}

/// Every program of the corpus.
pub fn all() -> impl Iterator<Item = &'static Attack> {
    published::ATTACKS.iter().chain(crashers::ATTACKS).chain(classes::ATTACKS)
}

/// What runs before each. `/ro` and `/rw` are granted folders with a file `f` in each; `/rw` may grow by 64 KiB.
///
/// `Evil` calls `do` from every special method by which C code calls back; `attempt` says which of some calls are refused.
pub const PRELUDE: &str = r#"
import atexit, array, collections, ctypes, functools, gc, io, itertools, json, mmap, operator, os, pickle, random, re, select, signal
import sqlite3, struct, sys, tempfile, threading, time, types, uuid, weakref, zlib
lib = ctypes.CDLL(None)
word = ctypes.c_uint32

class Evil:
    def __init__(self, do=lambda: None, value=0): self.do, self.value = do, value
    def _now(self, *a): self.do(); return self.value
    __index__ = __int__ = __float__ = __len__ = __call__ = __radd__ = __add__ = __getitem__ = __length_hint__ = __bool__ = _now
    def __hash__(self): return 1
    def __eq__(self, other): self.do(); return bool(self.value)
    def __lt__(self, other): self.do(); return True
    def __iter__(self): return self
    def __next__(self):
        self.do()
        if self.value <= 0: raise StopIteration
        self.value -= 1
        return self
    def __repr__(self): self.do(); return 'evil'

def evil(do, value=0): return Evil(do, value)

def attempt(*calls):
    """The positions of those that were not refused."""
    done = []
    for at, call in enumerate(calls):
        try: answer = call()
        except (Exception, SystemExit): continue
        if not (isinstance(answer, int) and answer < 0): done.append(at)
    return done

def nested(open, close, depth, core=''): return open * depth + core + close * depth
def address(of): return ctypes.addressof(of) if isinstance(of, ctypes._SimpleCData) else id(of)
"#;
