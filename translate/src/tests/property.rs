//! Random programs mean the same before and after the translation.

use proptest::collection::vec;
use proptest::prelude::{any, prop_assert_eq, prop_assume, proptest};

use super::engine::{Outcome, run, translated};
use super::reference::{End, interpret};
use crate::generator::legacy::{TAG_NAMES, encode};
use crate::generator::program::Program;
use crate::{Options, Polls, translate};

proptest! {
    #[test]
    fn translated_programs_mean_the_same(bytes in vec(any::<u8>(), 0..1200), argument in any::<i32>(), inline in any::<bool>(), polls in proptest::sample::select(vec![Polls::Nowhere, Polls::SilentLoops, Polls::Everywhere]), stack_checks in any::<bool>()) {
        let program = Program::generate(&bytes);
        let (end, mut log) = interpret(&program, argument);
        prop_assume!(end != End::OutOfSteps);
        // Nearly all functions without exception handling are small enough for this.
        let options = Options { inline_limit: inline.then_some(400), polls, ..Options::default() };
        let mut wasm = translated(&encode(&program), &options);
        if stack_checks {
            let options = Options { stack_checks, ..Options::default() };
            wasm = translate(&wasm, &options).expect("translates once more").wasm;
        }
        let expected = match end {
            End::Value(value) => Outcome::Value(i32::try_from(value).expect("an i32")),
            End::Thrown((tag, mut payload)) => {
                if tag == TAG_NAMES.len() - 1 {
                    log.extend(payload.iter().rev().map(|value| i32::try_from(*value).expect("small")));
                }
                payload.truncate(1);
                Outcome::Thrown(TAG_NAMES[tag].to_owned(), payload)
            }
            End::Trap | End::OutOfSteps => Outcome::Trap,
        };
        prop_assert_eq!(run(&wasm, argument), (expected, log));
    }
}
