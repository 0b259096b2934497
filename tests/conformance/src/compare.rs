//! Holding a module's outcomes against those recorded.

use std::collections::BTreeMap;

use crate::expected::{Module, Worse};
use crate::outcome::{Outcome, Outcomes};

/// How a module compares.
#[derive(Default)]
pub(crate) struct Verdict {
    /// Tests recorded under Node.
    pub total: usize,
    /// Those that are worse, known or not.
    pub worse: usize,
    /// Those that are better, a line each.
    pub better: Vec<String>,
    /// Those that a person has given a reason for.
    pub known: usize,
    /// What fails the run, a line each.
    pub wrong: Vec<String>,
}

impl Verdict {
    pub(crate) fn new(module: &str, node: &Module, pyrun: &Outcomes, known: &BTreeMap<&str, Worse<'_>>) -> Self {
        let mut verdict = Self { total: node.total(), ..Self::default() };
        for (test, told) in pyrun {
            let before = node.outcome(test);
            let line =
                || format!("{module}/{test}: {}, under Node {}: {}", told.outcome.word(), before.word(), told.why);
            match (told.outcome < before, known.get(test.as_str())) {
                (true, None) => {
                    verdict.worse += 1;
                    verdict.wrong.push(line());
                }
                (true, Some(_)) => {
                    verdict.worse += 1;
                    verdict.known += 1;
                }
                (false, Some(known)) if !known.unsteady => {
                    let reason = known.reason;
                    verdict.wrong.push(format!("{module}/{test}: not worse than under Node: strike it off ({reason})"));
                }
                (false, _) if told.outcome > before => verdict.better.push(line()),
                (false, _) => {}
            }
        }
        verdict.count_missing(module, node, pyrun);
        verdict
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.total += other.total;
        self.worse += other.worse;
        self.better.extend(other.better);
        self.known += other.known;
        self.wrong.extend(other.wrong);
    }

    /// Tests that passed under Node and that pyrun has not come to.
    fn count_missing(&mut self, module: &str, node: &Module, pyrun: &Outcomes) {
        // `setUpClass (test.test_x.C)`, `<after C.test_x>`.
        let is_fixture = |name: &str| {
            name.starts_with('<') || (name.starts_with("setUp") || name.starts_with("tearDown")) && name.contains(" (")
        };
        let unnamed = |name: &&String| node.outcome(name) == Outcome::Passed && !is_fixture(name);
        let missing = node.passed.saturating_sub(pyrun.keys().filter(unnamed).count());
        if missing > 0 {
            self.worse += missing;
            self.wrong.push(format!("{module}: {missing} tests that pass under Node were not run"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Told;

    fn outcomes(of: &[(&str, Outcome)]) -> Outcomes {
        let told = |outcome| Told { outcome, why: String::new() };
        of.iter().map(|&(name, outcome)| (name.to_owned(), told(outcome))).collect()
    }

    fn verdict(pyrun: &[(&str, Outcome)], known: &[(&'static str, bool)]) -> Verdict {
        let node = Module::new(&outcomes(&[
            ("A.passes", Outcome::Passed),
            ("A.fails", Outcome::Failed),
            ("A.dies", Outcome::Died),
            ("A.skips", Outcome::Skipped),
        ]));
        let known = known.iter().map(|&(name, unsteady)| (name, Worse { reason: "why", unsteady })).collect();
        Verdict::new("m", &node, &outcomes(pyrun), &known)
    }

    const EQUAL: [(&str, Outcome); 4] = [
        ("A.passes", Outcome::Passed),
        ("A.fails", Outcome::Failed),
        ("A.dies", Outcome::Died),
        ("A.skips", Outcome::Skipped),
    ];

    #[test]
    fn equal_is_not_worse() {
        let verdict = verdict(&EQUAL, &[]);
        assert_eq!((verdict.total, verdict.worse, verdict.better.len(), verdict.wrong.len()), (4, 0, 0, 0));
    }

    #[test]
    fn better_is_counted() {
        let mut pyrun = EQUAL;
        pyrun[1].1 = Outcome::Passed;
        pyrun[2].1 = Outcome::Failed;
        let verdict = verdict(&pyrun, &[]);
        assert_eq!((verdict.worse, verdict.better.len(), verdict.wrong.len()), (0, 2, 0));
    }

    #[test]
    fn worse_fails_unless_it_is_known() {
        for (place, outcome) in [(0, Outcome::Skipped), (1, Outcome::Died), (3, Outcome::Failed)] {
            let mut pyrun = EQUAL;
            pyrun[place].1 = outcome;
            let unknown = verdict(&pyrun, &[]);
            assert_eq!((unknown.worse, unknown.known, unknown.wrong.len()), (1, 0, 1));
            let known = verdict(&pyrun, &[(pyrun[place].0, false)]);
            assert_eq!((known.worse, known.known, known.wrong.len()), (1, 1, 0));
        }
    }

    #[test]
    fn known_to_be_worse_and_is_not() {
        assert_eq!(verdict(&EQUAL, &[("A.passes", false)]).wrong.len(), 1);
        assert_eq!(verdict(&EQUAL, &[("A.passes", true)]).wrong.len(), 0);
    }

    #[test]
    fn nothing_is_worse_than_a_module_that_cannot_be_imported() {
        let node = Module::new(&outcomes(&[("<module>", Outcome::Failed)]));
        let pyrun = outcomes(&[("A.passes", Outcome::Passed), ("A.fails", Outcome::Failed), ("A.dies", Outcome::Died)]);
        let verdict = Verdict::new("m", &node, &pyrun, &BTreeMap::new());
        assert_eq!((verdict.total, verdict.worse, verdict.wrong.len()), (1, 0, 0));
    }

    #[test]
    fn a_function_that_is_skipped_with_all_parameters_is_recorded_once() {
        let skipped = [("test_x[0]", Outcome::Skipped), ("test_x[1]", Outcome::Skipped), ("test_x", Outcome::Passed)];
        let node = Module::new(&outcomes(&skipped));
        assert_eq!((node.skipped.len(), node.skipped_functions["test_x"], node.total()), (0, 2, 3));
        let same = Verdict::new("m", &node, &outcomes(&skipped), &BTreeMap::new());
        assert_eq!((same.worse, same.better.len(), same.wrong.len()), (0, 0, 0));
        let passed = skipped.map(|(name, _)| (name, Outcome::Passed));
        assert_eq!(Verdict::new("m", &node, &outcomes(&passed), &BTreeMap::new()).better.len(), 2);
        let failed = skipped.map(|(name, _)| (name, Outcome::Failed));
        assert_eq!(Verdict::new("m", &node, &outcomes(&failed), &BTreeMap::new()).wrong.len(), 3);
    }

    #[test]
    fn a_test_that_is_not_run_is_worse() {
        let verdict = verdict(&EQUAL[1..], &[]);
        assert_eq!((verdict.worse, verdict.wrong.len()), (1, 1));
    }
}
