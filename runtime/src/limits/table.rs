//! The one table of limits by name, from which command lines, settings and C set them.

use std::time::Duration;

use pyrun_emscripten_shim::process::limits::GuestLimits;

use super::names::{
    COMPILE, COMPILE_MEMORY, CPU, DEPTH, DESCRIPTORS, FILES, HOST_MEMORY, INODES, MEMORY, OUTPUT, SLOTS, WALL,
};
use super::{LimitNotSet, Limits, MOST_DESCRIPTORS};

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

/// A limit as text names it.
pub(super) struct Named {
    pub(super) name: &'static str,
    /// What it was called before, with its unit; taken where a name is read.
    pub(super) with_unit: &'static str,
    pub(super) amount: Amount,
    /// Sets it from a number; `None` when the number is too large for it.
    pub(super) set: fn(Limits, u64) -> Option<Limits>,
    /// What it is, as a number; `None` where it is not set.
    pub(super) get: fn(&Limits) -> Option<u64>,
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
        get: |limits| Some(limits.memory),
        lift: Some(|limits| limits.memory(GuestLimits::default().memory)),
    },
    Named {
        name: DEPTH,
        with_unit: "call-depth",
        amount: Amount::Count,
        set: |limits, value| Some(limits.call_depth(small(value)?)),
        get: |limits| limits.call_depth.map(u64::from),
        lift: None,
    },
    Named {
        name: SLOTS,
        with_unit: "table-slots",
        amount: Amount::Count,
        set: |limits, value| Some(limits.table_slots(small(value)?)),
        get: |limits| Some(limits.table_slots.into()),
        lift: None,
    },
    Named {
        name: FILES,
        with_unit: "file-bytes",
        amount: Amount::Bytes,
        set: |limits, value| Some(limits.file_bytes(value)),
        get: |limits| Some(limits.file_bytes),
        lift: Some(|limits| limits.file_bytes(u64::MAX)),
    },
    Named {
        name: INODES,
        with_unit: INODES,
        amount: Amount::Count,
        set: |limits, value| Some(limits.inodes(small(value)?)),
        get: |limits| Some(limits.inodes.into()),
        lift: Some(|limits| limits.inodes(u32::MAX)),
    },
    Named {
        name: DESCRIPTORS,
        with_unit: DESCRIPTORS,
        amount: Amount::Count,
        set: |limits, value| Some(limits.descriptors(small(value)?)),
        get: |limits| Some(limits.descriptors.into()),
        lift: Some(|limits| limits.descriptors(MOST_DESCRIPTORS)),
    },
    Named {
        name: OUTPUT,
        with_unit: "output-bytes",
        amount: Amount::Bytes,
        set: |limits, value| Some(limits.output_bytes(value)),
        get: |limits| limits.output_bytes,
        lift: Some(|limits| Limits { output_bytes: None, ..limits }),
    },
    Named {
        name: WALL,
        with_unit: "wall-ms",
        amount: Amount::Time,
        set: |limits, value| Some(limits.wall(Duration::from_millis(value))),
        get: |limits| limits.wall.map(millis),
        lift: Some(|limits| Limits { wall: None, ..limits }),
    },
    Named {
        name: CPU,
        with_unit: "cpu-ms",
        amount: Amount::Time,
        set: |limits, value| Some(limits.cpu(Duration::from_millis(value))),
        get: |limits| limits.cpu.map(millis),
        lift: Some(|limits| Limits { cpu: None, ..limits }),
    },
    Named {
        name: "grace",
        with_unit: "grace-ms",
        amount: Amount::Grace,
        set: |limits, value| Some(limits.grace(Duration::from_millis(value))),
        get: |limits| limits.grace.map(millis),
        lift: None,
    },
    Named {
        name: COMPILE_MEMORY,
        with_unit: COMPILE_MEMORY,
        amount: Amount::Bytes,
        set: |limits, value| Some(limits.compile_memory(value)),
        get: |limits| Some(limits.compile_memory),
        lift: Some(|limits| limits.compile_memory(u64::MAX)),
    },
    Named {
        name: COMPILE,
        with_unit: "compile-ms",
        amount: Amount::Time,
        set: |limits, value| Some(limits.compile_time(Duration::from_millis(value))),
        get: |limits| limits.compile_time.map(millis),
        lift: Some(|limits| Limits { compile_time: None, ..limits }),
    },
    Named {
        name: HOST_MEMORY,
        with_unit: HOST_MEMORY,
        amount: Amount::Bytes,
        set: |limits, value| Some(limits.host_memory(value)),
        get: |limits| Some(limits.host_memory),
        lift: Some(|limits| limits.host_memory(u64::MAX)),
    },
];

/// Milliseconds, which times are set in. One that is longer than a number of them says is as good as none.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn small(value: u64) -> Option<u32> {
    u32::try_from(value).ok()
}

/// The limit of a name, in which `_` is `-`; and whether it was named with its unit.
pub(super) fn find(name: &str) -> Option<(&'static Named, bool)> {
    let name = name.replace('_', "-");
    let named = NAMED.iter().find(|named| named.name == name || named.with_unit == name)?;
    Some((named, named.name != name))
}

impl Limits {
    /// The names of the limits, for text such as a command line or a file of settings. Messages, reports and the audit call them so, too.
    /// A name keeps its place.
    pub fn names() -> impl ExactSizeIterator<Item = &'static str> {
        NAMED.iter().map(|named| named.name)
    }

    /// Sets the limit of one of [`Limits::names`]: a number of bytes, of milliseconds, or of things. Names with their unit (`file-bytes`,
    /// `output-bytes`, `wall-ms`, `cpu-ms`, `grace-ms`, `compile-ms`, `call-depth`, `table-slots`) are taken as well, and `_` is `-`.
    ///
    /// # Errors
    /// [`LimitNotSet`]: there is no such limit, or the value does not fit it.
    ///
    /// ```
    /// let limits = pyrun::Limits::new().set("descriptors", 64)?.set("wall", 500)?;
    /// assert_eq!((limits.descriptors, limits.wall.unwrap().as_millis()), (64, 500));
    /// # Ok::<(), pyrun::LimitNotSet>(())
    /// ```
    pub fn set(self, name: &str, value: u64) -> Result<Self, LimitNotSet> {
        match find(name) {
            Some((named, _)) => {
                (named.set)(self, value).ok_or(LimitNotSet::TooLarge { limit: named.name, given: value })
            }
            None => Err(LimitNotSet::Unknown(name.to_owned())),
        }
    }

    /// Whether [`Limits::set`] knows a name.
    #[must_use]
    pub fn is_name(name: &str) -> bool {
        find(name).is_some()
    }
}
