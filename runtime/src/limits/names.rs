//! The names of the limits: the one table from which the command line, settings, messages, reports and the audit have them.

use std::time::Duration;

use pyrun_emscripten_shim::process::limits::GuestLimits;

use super::{Limits, MOST_DESCRIPTORS};

/// What a limit is an amount of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    Bytes,
    /// Milliseconds, where it is a number.
    Time,
    /// A time that may be none.
    Grace,
    Count,
}

/// The name of [`Limits::memory`].
pub(crate) const MEMORY: &str = "memory";
/// The name of [`Limits::call_depth`].
pub(crate) const DEPTH: &str = "depth";
/// The name of [`Limits::table_slots`].
pub(crate) const SLOTS: &str = "slots";
/// The name of [`Limits::file_bytes`].
pub(crate) const FILES: &str = "files";
/// The name of [`Limits::inodes`].
pub(crate) const INODES: &str = "inodes";
/// The name of [`Limits::descriptors`].
pub(crate) const DESCRIPTORS: &str = "descriptors";
/// The name of [`Limits::output_bytes`].
pub(crate) const OUTPUT: &str = "output";
/// The name of [`Limits::wall`].
pub(crate) const WALL: &str = "wall";
/// The name of [`Limits::cpu`].
pub(crate) const CPU: &str = "cpu";
/// The name of [`Limits::compile_memory`].
pub(crate) const COMPILE_MEMORY: &str = "compile-memory";
/// The name of [`Limits::compile_time`].
pub(crate) const COMPILE: &str = "compile";
/// The name of [`Limits::host_memory`].
pub(crate) const HOST_MEMORY: &str = "host-memory";
/// What bounds the growth of a granted folder (`rw,max=SIZE`), which no setting of [`Limits`] is.
pub(crate) const FOLDER_BYTES: &str = "folder-bytes";

/// A limit as text names it.
pub(super) struct Named {
    pub(super) name: &'static str,
    /// What it was called before, with its unit; taken where a name is read.
    pub(super) with_unit: &'static str,
    pub(super) amount: Amount,
    /// Sets it from a number; `None` when the number is too large for it.
    pub(super) set: fn(Limits, u64) -> Option<Limits>,
    /// Lifts it as far as it can be; `None` where a number must be given.
    pub(super) lift: Option<fn(Limits) -> Limits>,
}

/// The limits. Their order is that of `enum pyrun_limit` in `pyrun.h`, so a new one comes last.
pub(super) const NAMED: &[Named] = &[
    Named {
        name: MEMORY,
        with_unit: MEMORY,
        amount: Amount::Bytes,
        set: |limits, value| Some(limits.memory(value)),
        lift: Some(|limits| limits.memory(GuestLimits::default().memory)),
    },
    Named {
        name: DEPTH,
        with_unit: "call-depth",
        amount: Amount::Count,
        set: |limits, value| Some(limits.call_depth(small(value)?)),
        lift: None,
    },
    Named {
        name: SLOTS,
        with_unit: "table-slots",
        amount: Amount::Count,
        set: |limits, value| Some(limits.table_slots(small(value)?)),
        lift: None,
    },
    Named {
        name: FILES,
        with_unit: "file-bytes",
        amount: Amount::Bytes,
        set: |limits, value| Some(limits.file_bytes(value)),
        lift: Some(|limits| limits.file_bytes(u64::MAX)),
    },
    Named {
        name: INODES,
        with_unit: INODES,
        amount: Amount::Count,
        set: |limits, value| Some(limits.inodes(small(value)?)),
        lift: Some(|limits| limits.inodes(u32::MAX)),
    },
    Named {
        name: DESCRIPTORS,
        with_unit: DESCRIPTORS,
        amount: Amount::Count,
        set: |limits, value| Some(limits.descriptors(small(value)?)),
        lift: Some(|limits| limits.descriptors(MOST_DESCRIPTORS)),
    },
    Named {
        name: OUTPUT,
        with_unit: "output-bytes",
        amount: Amount::Bytes,
        set: |limits, value| Some(limits.output_bytes(value)),
        lift: Some(|limits| Limits { output_bytes: None, ..limits }),
    },
    Named {
        name: WALL,
        with_unit: "wall-ms",
        amount: Amount::Time,
        set: |limits, value| Some(limits.wall(Duration::from_millis(value))),
        lift: Some(|limits| Limits { wall: None, ..limits }),
    },
    Named {
        name: CPU,
        with_unit: "cpu-ms",
        amount: Amount::Time,
        set: |limits, value| Some(limits.cpu(Duration::from_millis(value))),
        lift: Some(|limits| Limits { cpu: None, ..limits }),
    },
    Named {
        name: "grace",
        with_unit: "grace-ms",
        amount: Amount::Grace,
        set: |limits, value| Some(limits.grace(Duration::from_millis(value))),
        lift: None,
    },
    Named {
        name: COMPILE_MEMORY,
        with_unit: COMPILE_MEMORY,
        amount: Amount::Bytes,
        set: |limits, value| Some(limits.compile_memory(value)),
        lift: Some(|limits| limits.compile_memory(u64::MAX)),
    },
    Named {
        name: COMPILE,
        with_unit: "compile-ms",
        amount: Amount::Time,
        set: |limits, value| Some(limits.compile_time(Duration::from_millis(value))),
        lift: Some(|limits| Limits { compile_time: None, ..limits }),
    },
    Named {
        name: HOST_MEMORY,
        with_unit: HOST_MEMORY,
        amount: Amount::Bytes,
        set: |limits, value| Some(limits.host_memory(value)),
        lift: Some(|limits| limits.host_memory(u64::MAX)),
    },
];

fn small(value: u64) -> Option<u32> {
    u32::try_from(value).ok()
}

/// The limit of a name, in which `_` is `-`; and whether it was named with its unit.
pub(super) fn find(name: &str) -> Option<(&'static Named, bool)> {
    let name = name.replace('_', "-");
    let named = NAMED.iter().find(|named| named.name == name || named.with_unit == name)?;
    Some((named, named.name != name))
}

/// Whether the amount of a limit is a number of things, and not of bytes.
pub(crate) fn is_count(name: &str) -> bool {
    find(name).is_some_and(|(named, _)| named.amount == Amount::Count)
}

/// An amount of a limit for a person: bytes with the unit in which they are a whole number, as text sets them.
pub(crate) fn amount_text(name: &str, amount: u64) -> String {
    let units = [(40, 'T'), (30, 'G'), (20, 'M'), (10, 'K')];
    let whole = units.into_iter().find(|(shift, _)| amount >> shift > 0 && amount.trailing_zeros() >= *shift);
    match whole.filter(|_| !is_count(name)) {
        Some((shift, unit)) => format!("{}{unit}", amount >> shift),
        None => amount.to_string(),
    }
}

/// An amount that is needed, for a person: bytes of a mebibyte and more rounded up to whole ones.
pub(crate) fn needed_text(name: &str, amount: u64) -> String {
    match amount {
        0x10_0000.. if !is_count(name) => format!("{}M", amount.div_ceil(1 << 20)),
        _ => amount_text(name, amount),
    }
}
