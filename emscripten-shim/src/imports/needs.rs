//! What an import needs of the host, and what limits what a guest can take by it: two words in its row of the table.
//!
//! A row without them does not compile. `pyodide-loader/tests/arbitrary` calls every import with arbitrary arguments over a host that
//! remembers what it is asked for, and compares with the row; `docs/SUPPORT.md` shows both for every import of every release.

/// The one part of the host that an import can reach, besides the guest's own memory and what pyrun keeps for the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// None: the answer follows from the arguments and from what the guest has done.
    Nothing,
    /// Files and standard streams: those of the guest in memory, and granted folders.
    Files,
    /// Clocks, and waiting for them or for a stream.
    Clocks,
    /// Random bytes.
    Entropy,
    /// The local time zone; UTC unless the embedder gives another. Which offset holds follows from the clock.
    Zone,
    /// Command line and environment variables.
    Environment,
    /// Addresses of names; those of the guest itself alone unless the embedder gives others.
    Names,
    /// Compiling WebAssembly.
    Code,
    /// A line to the embedder, and the notice that the program ends.
    Log,
}

impl Capability {
    /// Whether an import that needs this one may ask for that one. Files have times, and a lock on one can be waited for.
    pub fn covers(self, other: Self) -> bool {
        self == other || matches!((self, other), (Self::Zone | Self::Files, Self::Clocks))
    }

    /// Its name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Files => "files",
            Self::Clocks => "clocks",
            Self::Entropy => "entropy",
            Self::Zone => "time zone",
            Self::Environment => "environment",
            Self::Names => "names",
            Self::Code => "code",
            Self::Log => "log",
        }
    }
}

/// A limit that binds an import: what a guest takes by calling it, however often, is bounded by it. Time binds all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Bound {
    /// Nothing that lasts is taken; the time of a call is that of its arguments, and counts as the guest's.
    Time,
    /// Linear memory.
    Memory,
    /// What the host holds for the guest.
    HostMemory,
    /// Bytes of files; charged to host memory, too.
    FileBytes,
    /// Files, directories and links; charged to host memory, too.
    Inodes,
    /// Open descriptors. What the opened thing itself takes is charged to host memory.
    Descriptors,
    /// Bytes of output, the log included.
    Output,
    /// Host calls inside each other.
    Depth,
    /// Slots of the function table.
    Slots,
    /// Memory and time for compiling.
    Compile,
    /// A fixed number of records, which is no setting: a few megabytes at most.
    Records,
}

impl Bound {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Time,
        Self::Memory,
        Self::HostMemory,
        Self::FileBytes,
        Self::Inodes,
        Self::Descriptors,
        Self::Output,
        Self::Depth,
        Self::Slots,
        Self::Compile,
        Self::Records,
    ];

    /// The names of the embedder's settings for it.
    pub const fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Time => &["wall", "cpu"],
            Self::Memory => &["memory"],
            Self::HostMemory => &["host-memory"],
            Self::FileBytes => &["files"],
            Self::Inodes => &["inodes"],
            Self::Descriptors => &["descriptors"],
            Self::Output => &["output"],
            Self::Depth => &["depth"],
            Self::Slots => &["slots"],
            Self::Compile => &["compile-memory", "compile"],
            Self::Records => &[],
        }
    }

    /// Its name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Memory => "memory",
            Self::HostMemory => "host memory",
            Self::FileBytes => "file bytes",
            Self::Inodes => "inodes",
            Self::Descriptors => "descriptors",
            Self::Output => "output",
            Self::Depth => "call depth",
            Self::Slots => "table slots",
            Self::Compile => "compiling",
            Self::Records => "a fixed number",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Capability;

    #[test]
    fn an_import_may_ask_for_what_it_needs_and_for_a_zone_s_clock() {
        use Capability::{Clocks, Code, Entropy, Environment, Files, Log, Names, Nothing, Zone};
        let all = [Nothing, Files, Clocks, Entropy, Zone, Environment, Names, Code, Log];
        for needed in all {
            let covered: Vec<Capability> = all.into_iter().filter(|other| needed.covers(*other)).collect();
            match needed {
                Zone => assert_eq!(covered, [Clocks, Zone]),
                // Waits for a descriptor have a time.
                Files => assert_eq!(covered, [Files, Clocks]),
                _ => assert_eq!(covered, [needed]),
            }
        }
    }
}
