//! What compiling costs, told from counts: upper bounds of what Cranelift was seen to take of functions that are made to be slow.
//!
//! `cargo test -p pyrun-translate --lib -- --ignored what_compiling_costs --nocapture` prints what is taken beside what is said here.

/// What of a function decides how much it costs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shape {
    pub(super) locals: u64,
    pub(super) operators: u64,
    pub(super) calls: u64,
    pub(super) blocks: u64,
    /// The sum of the depths of its blocks.
    pub(super) depths: u64,
    /// The sum of how many loops each loop is in.
    pub(super) loop_depths: u64,
    pub(super) targets: u64,
}

/// The cost of a part of a module.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// Microseconds of processor time, about, of a machine of 2024.
    pub(super) work: u64,
    /// Bytes while it is compiled.
    pub(super) memory: u64,
    /// Bytes until the module is complete.
    pub(super) kept: u64,
}

impl Cost {
    /// Of a function: each operator becomes several instructions, each call a relocation with names besides; a local is looked at in
    /// every block; a loop, in all loops that it is in.
    pub(super) fn of_function(shape: &Shape) -> Self {
        let Shape { operators, calls, locals, blocks, depths, loop_depths, targets, .. } = *shape;
        let merges = locals.saturating_mul(blocks);
        Self {
            work: sum([
                150,
                operators.saturating_mul(6),
                calls.saturating_mul(12),
                merges / 2,
                loop_depths.saturating_mul(2),
                depths / 128,
                targets / 2,
            ]),
            memory: sum([
                operators.saturating_mul(600),
                calls.saturating_mul(1100),
                merges.saturating_mul(34),
                targets.saturating_mul(64),
            ]),
            kept: sum([5500, operators.saturating_mul(60), calls.saturating_mul(1400), targets.saturating_mul(8)]),
        }
    }

    /// Of a type: one function that calls others of it, which has all its values at once.
    pub(super) fn of_type(values: u64) -> Self {
        let work = 120 + values.saturating_mul(values) / 16;
        Self { work, memory: 0, kept: 2000 + values.saturating_mul(40) }
    }

    /// Of what the compiler keeps several copies of: the file, of which the translation is one, and names.
    pub(super) const fn of_bytes(bytes: u64, copies: u64) -> Self {
        Self { work: 0, memory: 0, kept: bytes.saturating_mul(copies) }
    }

    /// Of an import: one function that the host is called through.
    pub(super) const fn of_import() -> Self {
        Self { work: 120, memory: 0, kept: 4000 }
    }
}

fn sum<const N: usize>(parts: [u64; N]) -> u64 {
    parts.into_iter().fold(0, u64::saturating_add)
}
