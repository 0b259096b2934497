//! The same random operations on memfs and on a folder of the host's file system: same results, same errors by name.
//!
//! Linux is the oracle. Permissions are off (a test that runs as root sees none), `..` only follows a name and links say
//! only names, so nothing can leave the host's folder. 300 cases of up to 60 operations by default; `PYRUN_MEMFS_CASES`
//! says how many on demand (30000 makes a million operations).
#![cfg(target_os = "linux")]

#[path = "../common/mod.rs"]
mod common;
mod host;
mod memory;
mod operation;
mod times;

use std::hash::Hasher;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use host::Host;
use memory::Memory;
use operation::{Operation, Outcome};

/// Open files that a case can hold.
pub(crate) const SLOTS: usize = 6;

/// A time that no operation sets, in seconds.
pub(crate) const LONG_AGO: i64 = 1_000_000;

/// Tells contents apart.
pub(crate) fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// One side of the comparison.
pub(crate) trait Side {
    fn apply(&mut self, operation: &Operation) -> Outcome;
    /// Every name below the base directory with what `lstat` says of it, and what is in it, sorted.
    fn tree(&mut self) -> Vec<String>;
}

fn compare(operations: &[Operation]) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut host = Host::new(folder.path());
    let mut memory = Memory::new();
    for (index, operation) in operations.iter().enumerate() {
        let (theirs, ours) = (host.apply(operation), memory.apply(operation));
        prop_assert_eq!(&ours, &theirs, "operation {}: {:?} (left: memfs, right: Linux)", index, operation);
    }
    prop_assert_eq!(memory.tree(), host.tree(), "the trees at the end (left: memfs, right: Linux)");
    Ok(())
}

#[test]
fn does_what_linux_does() {
    let cases = std::env::var("PYRUN_MEMFS_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(300);
    let config = Config { cases, source_file: Some(file!()), ..Config::default() };
    let outcome = TestRunner::new(config).run(&operation::case(), |operations| compare(&operations));
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
