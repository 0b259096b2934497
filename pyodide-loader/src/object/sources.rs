//! Sources that the host has run: their code, their names, and their lines for tracebacks.
//!
//! A source without a file name gets one of its own, so that a traceback never shows the lines of another. The lines are
//! in `linecache.cache`, where every release's tracebacks look for any file name.

use std::collections::{HashMap, VecDeque};

use pyrun_emscripten_shim::guest::extensions::{Extension, Reset, Start};

use super::api::ObjectApi;
use super::error::RaiseError;
use super::reference::Object;
use super::value::{Handle, Value};

/// Limit: sources that are remembered with their code, of a guest, so that one that is run again is compiled once.
/// Beyond it all are forgotten.
const MAX_CODES: usize = 64;
/// Limit: sources whose lines tracebacks can show, of a guest. Beyond it the oldest is forgotten.
const MAX_LISTED: usize = 256;
/// Limit: bytes of such sources, of a guest; the newest is kept however long it is. Beyond it the oldest is forgotten.
const MAX_LISTED_BYTES: usize = 4 << 20;
/// The name of a source without one.
pub(super) const UNNAMED: &str = "<exec>";
/// Limit: bytes of a source whose code is remembered. A longer one is compiled each time.
const MAX_REMEMBERED: usize = 4096;

/// The code of one source.
#[derive(Clone, Debug, Default)]
pub(super) struct Codes {
    /// What is before the last expression.
    pub(super) statements: Option<Handle>,
    /// The last expression, when its value is wanted.
    pub(super) expression: Option<Handle>,
}

/// Sources that were compiled before, by their text and the file name that the host gave.
#[derive(Debug, Default)]
pub(crate) struct CodeCache {
    codes: HashMap<(String, Option<String>, i64), Codes>,
    /// The number of the last source that got a name of its own.
    last_number: u32,
    /// The names whose lines are in `linecache`, oldest first, each with its bytes.
    listed: VecDeque<(String, usize)>,
}

impl Extension for CodeCache {
    fn boot() -> Start<Self> {
        Start::Built(Self::default())
    }

    fn restore() -> Start<Self> {
        Start::Built(Self::default())
    }

    fn reset(self) -> Reset<Self> {
        Reset::Rebuilt(Self::default())
    }
}

impl CodeCache {
    pub(super) fn get(&self, source: &str, file: Option<&str>, flags: i64) -> Option<Codes> {
        if self.codes.is_empty() || source.len() > MAX_REMEMBERED {
            return None;
        }
        self.codes.get(&(source.to_owned(), file.map(str::to_owned), flags)).cloned()
    }

    pub(super) fn put(&mut self, source: &str, file: Option<&str>, flags: i64, codes: &Codes) {
        if source.len() > MAX_REMEMBERED {
            return;
        }
        if self.codes.len() >= MAX_CODES {
            self.codes.clear();
        }
        self.codes.insert((source.to_owned(), file.map(str::to_owned), flags), codes.clone());
    }

    /// The next name for a source without a file name: `<exec>`, `<exec-2>`, `<exec-3>`.
    fn next_name(&mut self) -> String {
        self.last_number = self.last_number.wrapping_add(1);
        match self.last_number {
            1 => UNNAMED.to_owned(),
            number => format!("<exec-{number}>"),
        }
    }

    /// Notes that a name's lines are listed; gives the names whose lines are to be dropped.
    fn list(&mut self, name: &str, bytes: usize) -> Vec<String> {
        self.listed.retain(|(listed, _)| listed != name);
        self.listed.push_back((name.to_owned(), bytes));
        let mut total: usize = self.listed.iter().map(|(_, bytes)| bytes).sum();
        let mut dropped = Vec::new();
        while self.listed.len() > MAX_LISTED || (total > MAX_LISTED_BYTES && self.listed.len() > 1) {
            let Some((name, bytes)) = self.listed.pop_front() else { break };
            total -= bytes;
            dropped.push(name);
        }
        dropped
    }
}

impl ObjectApi<'_> {
    /// `linecache.cache`, where tracebacks look for the lines of a source by its file name.
    fn line_cache(&mut self) -> Result<Object, RaiseError> {
        let linecache = self.import("linecache")?;
        self.get_attr(&linecache, "cache")
    }

    /// A name for a source without one. The frozen program may have used the first ones.
    pub(super) fn unlisted_name(&mut self) -> Result<String, RaiseError> {
        let cache = self.line_cache()?;
        loop {
            let name = self.codes()?.next_name();
            let key = self.text(&name)?;
            let known = self.call_method(&cache, "__contains__", &[key], &[])?;
            if !self.is_true(&known)? {
                return Ok(name);
            }
        }
    }

    /// Lets tracebacks show the lines of a source. Those without a file are never looked for on disk, in any release.
    pub(super) fn list_source(&mut self, source: &str, name: &str) -> Result<(), RaiseError> {
        let cache = self.line_cache()?;
        let lines = lines(source).map(|line| Value::Str(format!("{line}\n"))).collect();
        let size = Value::Int(source.len() as i64);
        // Without a time of change the entry is kept whatever is on disk.
        let entry = Value::Tuple(vec![size, Value::None, Value::List(lines), name.into()]);
        let (key, entry) = (self.text(name)?, self.object(&entry)?);
        self.set_item(&cache, &key, &entry)?;
        for name in self.codes()?.list(name, source.len()) {
            let args = [self.text(&name)?, self.object(&Value::None)?];
            self.call_method(&cache, "pop", &args, &[])?;
        }
        Ok(())
    }
}

/// The lines of a source. Python's end with \n, \r\n or \r.
fn lines(source: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(source).filter(|source| !source.is_empty());
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.find(['\n', '\r']) else {
            rest = None;
            return Some(text);
        };
        let (line, after) = text.split_at(end);
        let after = after.strip_prefix("\r\n").or_else(|| after.get(1..)).unwrap_or_default();
        rest = Some(after).filter(|after| !after.is_empty());
        Some(line)
    })
}

#[cfg(test)]
impl CodeCache {
    /// Leaves something in it, for the test of resets.
    pub(crate) fn spoil(&mut self) {
        self.put("1 + 1", None, 0, &Codes::default());
        let name = self.next_name();
        self.list(&name, 5);
    }

    /// Whether it is as a guest begins with it.
    pub(crate) fn is_new(&self) -> bool {
        self.codes.is_empty() && self.listed.is_empty() && self.last_number == 0
    }
}

#[cfg(test)]
mod tests {
    use super::{CodeCache, MAX_LISTED, MAX_LISTED_BYTES, lines};

    #[test]
    fn lines_are_those_of_the_tokenizer() {
        let all = |source| lines(source).collect::<Vec<_>>();
        assert_eq!(all("a\r\nb\rc\n\nd\x0ce\u{2028}f"), ["a", "b", "c", "", "d\x0ce\u{2028}f"]);
        assert_eq!(all("a\n"), ["a"]);
        assert!(all("").is_empty());
    }

    #[test]
    fn each_source_has_a_name_and_the_oldest_lines_go() {
        let mut cache = CodeCache::default();
        assert_eq!([cache.next_name(), cache.next_name(), cache.next_name()], ["<exec>", "<exec-2>", "<exec-3>"]);
        for number in 0..MAX_LISTED {
            assert!(cache.list(&number.to_string(), 1).is_empty());
        }
        assert!(cache.list("7", 1).is_empty(), "it was listed before");
        assert_eq!(cache.list("more", 1), ["0"]);
        let dropped = cache.list("large", MAX_LISTED_BYTES + 1);
        assert_eq!((dropped.len(), cache.listed.len()), (MAX_LISTED, 1));
    }
}
