//! What a check finds.

use std::collections::BTreeMap;

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// The file, and the line when there is one.
    pub(super) at: String,
    /// What names it in the list of exceptions; it does not change when lines move.
    pub(super) key: String,
    /// How much of it there is. An exception allows up to a number.
    pub(super) amount: usize,
    /// What is wrong and what to do.
    pub(super) what: String,
}

impl Problem {
    /// A problem of which there is one.
    pub(super) fn new(at: impl Into<String>, key: impl Into<String>, what: impl Into<String>) -> Self {
        Self { at: at.into(), key: key.into(), amount: 1, what: what.into() }
    }

    pub(super) fn amount(self, amount: usize) -> Self {
        Self { amount, ..self }
    }
}

/// Adds up problems with the same key: there is one line in the list for all of them.
pub(super) fn add_up(problems: Vec<Problem>) -> Vec<Problem> {
    let mut sums: BTreeMap<String, Problem> = BTreeMap::new();
    for problem in problems {
        sums.entry(problem.key.clone()).and_modify(|sum| sum.amount += problem.amount).or_insert(problem);
    }
    sums.into_values().collect()
}
