//! Loops over arrays, several elements at a time.
//!
//! Replaces what compilers of other platforms do: the releases are built without SIMD, and NumPy's kernels walk their arrays by
//! steps that only the caller knows, which no compiler vectorises:
//!
//! ```text
//! while (n-- > 0) { *out = *a + *b; a += a_step; b += b_step; out += out_step; }
//! ```
//!
//! Before such a loop goes one that does the same with 128-bit vectors, for as long as it may, and leaves the rest, at least one
//! iteration, to the loop itself:
//!
//! ```text
//! block $rest
//!   br_if $rest (fewer iterations than a group and one more)
//!   br_if $rest (out_step ≠ size of an element)
//!   block $next                               ;; all in a row
//!     br_if $next (a_step ≠ size or b_step ≠ size)
//!     br_if $next (a store would be seen by a later load of the same vector)
//!     loop  UNROLL vectors; advance; br_if 0 (enough is left)  end
//!     br $rest
//!   end
//!   block $next                               ;; a_step = 0: one value for all of b
//!     …
//!   end
//! end
//! loop  …as it was…  end
//! ```
//!
//! Only loops are taken whose iterations are alike: one straight line of code, one store, of elements as wide as all that is
//! loaded, an exit test that counts, no value carried over but what advances by the same step each time. Since the loop itself
//! runs at least once more, all its locals end as they would have.
//!
//! What could be told apart: an access that traps does so up to a group of elements earlier, and an array that goes past the end
//! of the address space to its start traps. Elements are computed by the same operations, so results are the same to the bit,
//! NaNs included as far as WebAssembly defines them.
//!
//! Invariant: what [`Loop::encode`] writes leaves the operand stack as it was.

mod emit;
mod instructions;
mod look;
mod value;

use std::collections::BTreeMap;

use value::{Id, Lane, Values};

pub(crate) use look::{Look, Seen};

/// How many vectors one iteration handles.
const UNROLL: u32 = 2;

/// A loop that can be done by vectors.
#[derive(Debug)]
pub(crate) struct Loop {
    /// Where the `loop` is in the input.
    at: u64,
    values: Values,
    store: Access,
    /// What is stored.
    stored: Id,
    lane: Lane,
    exit: Exit,
    /// How much each local that changes and keeps its meaning advances in an iteration.
    steps: BTreeMap<u32, Step>,
    /// The ways of doing it: for each step that is only known when the loop runs, what it must be.
    variants: Vec<BTreeMap<u32, i32>>,
    /// Values that are used more than once, each of which gets a local.
    shared: Vec<Id>,
}

impl Loop {
    /// Where the `loop` is in the input.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// How many locals of type v128 [`Loop::encode`] needs.
    pub(crate) fn locals(&self) -> u32 {
        u32::try_from(self.shared.len()).unwrap_or(u32::MAX)
    }
}

/// What memory is accessed by an iteration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Access {
    address: Id,
    offset: u32,
}

/// By how much something advances in each iteration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Constant(i32),
    /// What the local holds, which the loop does not change.
    Local(u32),
}

/// The loop goes on while `position` has not come to `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Exit {
    position: Id,
    end: Id,
    /// By how much `position` advances, not 0.
    step: i32,
    /// Whether what is past the end has to be told from what is before it, and if so, whether as signed numbers.
    ordered: Option<bool>,
}
