//! One hand-written case per construct of legacy exception handling. The expected values follow from the proposal.

use super::engine::{Outcome, run, translated};
use crate::Options;

/// Runs `functions` with the tags `$a (i32)`, `$e ()` and `$two (i32 i64)`, and helpers that throw them.
#[track_caller]
fn check(functions: &str, expected: &[(i32, Outcome)]) {
    let text = format!(
        r#"(module
        (import "env" "log" (func $log (param i32)))
        (tag $a (export "a") (param i32))
        (tag $e (export "e"))
        (tag $two (export "two") (param i32 i64))
        (func $throw_a (param i32) local.get 0 throw $a)
        (func $throw_e throw $e)
        (func $throw_two (param i32 i64) local.get 0 local.get 1 throw $two)
        {functions})"#
    );
    let wasm = wat::parse_str(text).expect("parses");
    let wasm = translated(&wasm, &Options::default());
    for (argument, expected) in expected {
        assert_eq!(run(&wasm, *argument).0, *expected, "run({argument})");
    }
}

fn value(value: i32) -> Outcome {
    Outcome::Value(value)
}

fn thrown(tag: &str, payload: &[i64]) -> Outcome {
    Outcome::Thrown(tag.to_owned(), payload.to_vec())
}

#[test]
fn catch_gets_the_payload() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            try (result i32)
              local.get 0
              if local.get 0 call $throw_a end
              i32.const 7
            catch $a
              i32.const 100
              i32.add
            end)"#,
        &[(0, value(7)), (5, value(105))],
    );
}

#[test]
fn catch_chooses_by_tag() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            try (result i32)
              block
                block
                  block
                    local.get 0
                    br_table 0 1 2 2
                  end
                  i32.const 11 throw $a
                end
                throw $e
              end
              i32.const 3 i64.const 4 throw $two
            catch $e
              i32.const 20
            catch $two
              i32.wrap_i64
              i32.const 10
              i32.mul
              i32.add
            catch $a
            end)"#,
        &[(0, value(11)), (1, value(20)), (2, value(43))],
    );
}

#[test]
fn an_uncaught_tag_passes() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            try (result i32)
              i32.const 3 i64.const -4 call $throw_two
              i32.const 0
            catch $a
            catch $e
              i32.const 1
            end)"#,
        &[(0, thrown("two", &[3]))],
    );
}

#[test]
fn catch_all_gets_every_tag_but_no_trap() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            try (result i32)
              local.get 0
              if
                local.get 0
                i32.const 1
                i32.eq
                if call $throw_e end
                unreachable
              end
              i32.const 0
            catch $a
            catch_all
              i32.const 9
            end)"#,
        &[(0, value(0)), (1, value(9)), (2, Outcome::Trap)],
    );
}

#[test]
fn try_without_catches() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            try (result i32)
              try (result i32)
                i32.const 8
                local.get 0
                br_if 1
                call $throw_a
                i32.const 0
              end
            catch $a
              i32.const 50
              i32.add
            end)"#,
        &[(0, value(58)), (1, value(8))],
    );
}

#[test]
fn rethrow_depth_0() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            try (result i32)
              try (result i32)
                local.get 0 call $throw_a
                i32.const 0
              catch $a
                drop
                rethrow 0
              end
            catch $a
              i32.const 1000
              i32.add
            end)"#,
        &[(5, value(1005))],
    );
}

#[test]
fn rethrow_of_catch_all_keeps_the_payload() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            try
              local.get 0
              if i32.const 3 i64.const 44 call $throw_two end
              local.get 0 call $throw_a
            catch_all
              rethrow 0
            end
            i32.const 0)"#,
        &[(0, thrown("a", &[0])), (1, thrown("two", &[3]))],
    );
}

#[test]
fn rethrow_depth_1_and_2_name_outer_clauses() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            try (result i32)
              try
                i32.const 1 call $throw_a
              catch_all
                try
                  i32.const 2 call $throw_a
                catch $a
                  drop
                  block
                    local.get 0
                    if rethrow 3 end
                    local.get 0
                    i32.eqz
                    br_if 0
                  end
                  try
                    throw $e
                  catch_all
                    rethrow 1
                  end
                end
              end
              i32.const 0
            catch $a
              i32.const 10 i32.mul
            end)"#,
        &[(0, value(20)), (1, value(10))],
    );
}

#[test]
fn rethrow_after_a_nested_try_that_caught_again() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            try
              i32.const 77 throw $a
            catch $a
              drop
              try
                i32.const 78 throw $a
              catch $a
                call $log
              end
              rethrow 0
            end
            i32.const 0)"#,
        &[(0, thrown("a", &[77]))],
    );
}

#[test]
fn throw_in_a_handler_leaves_the_try() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            try (result i32)
              try (result i32)
                call $throw_e
                i32.const 0
              catch $e
                i32.const 5 throw $a
              catch $a
                drop i32.const 666
              catch_all
                i32.const 667
              end
            catch $a
            end)"#,
        &[(0, value(5))],
    );
}

#[test]
fn delegate_skips_the_middle() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            try $outer (result i32)
              try (result i32)
                try (result i32)
                  i32.const 1 call $throw_a
                  i32.const 2
                delegate 1
              catch_all
                i32.const 666
              end
            catch $a
              i32.const 40
              i32.add
            end)"#,
        &[(0, value(41))],
    );
}

#[test]
fn delegate_0_is_the_enclosing_try() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            try (result i32)
              try (result i32)
                local.get 0 call $throw_a
                i32.const 2
              delegate 0
            catch $a
              i32.const 1
              i32.add
            end)"#,
        &[(0, value(1))],
    );
}

#[test]
fn delegate_to_the_caller() {
    check(
        r#"(func $inner (param i32) (result i32)
            try (result i32)
              try (result i32)
                local.get 0
                if local.get 0 call $throw_a end
                i32.const 31
                local.get 0
                i32.eqz
                br_if 2
                drop
                i32.const 2
              delegate 1
            catch_all
              i32.const 666
            end
            i32.const 1 i32.add)
          (func (export "run") (param i32) (result i32)
            try (result i32)
              local.get 0 call $inner
            catch $a
              i32.const 300 i32.add
            end)"#,
        &[(0, value(31)), (5, value(305))],
    );
}

#[test]
fn delegate_to_a_block_goes_to_the_try_around_it() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            try (result i32)
              try (result i32)
                block (result i32)
                  try (result i32)
                    try (result i32)
                      local.get 0 call $throw_a
                      i32.const 2
                    delegate 1
                  catch_all
                    i32.const 666
                  end
                end
              catch $a
                i32.const 10 i32.add
              end
            catch_all
              i32.const 667
            end)"#,
        &[(0, value(10))],
    );
}

#[test]
fn delegate_in_a_handler_does_not_reach_its_own_try() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            try (result i32)
              try (result i32)
                throw $e
              catch_all
                try (result i32)
                  try (result i32)
                    local.get 0 throw $a
                  delegate 1
                catch_all
                  i32.const 666
                end
              end
            catch $a
              i32.const 60 i32.add
            end)"#,
        &[(1, value(61))],
    );
}

#[test]
fn delegate_to_a_delegate() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            try $far (result i32)
              try $near (result i32)
                try $relay (result i32)
                  try (result i32)
                    try (result i32)
                      local.get 0 throw $a
                    delegate $relay
                  catch_all
                    i32.const 666
                  end
                delegate $far
              catch_all
                i32.const 667
              end
            catch $a
              i32.const 70 i32.add
            end)"#,
        &[(1, value(71))],
    );
}

#[test]
fn several_delegates_to_one_try_and_a_second_tag() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            try $far (param) (result i32)
              try
                try
                  local.get 0
                  if call $throw_e end
                delegate $far
                try
                  i32.const 6 call $throw_a
                delegate $far
              catch_all
                i32.const 666 call $log
              end
              i32.const 1
            catch $a
            catch $e
              i32.const 2
            end)"#,
        &[(0, value(6)), (1, value(2))],
    );
}

#[test]
fn block_parameters_and_several_results() {
    check(
        r#"(func $pair (param i32) (result i32 i64)
            i32.const 2
            i64.const 30
            try (param i32 i64) (result i32 i64)
              local.get 0
              if local.get 0 i64.const 9 call $throw_two end
            catch $two
            catch $a
              i64.const 0
            end)
          (func (export "run") (param i32) (result i32)
            local.get 0 call $pair
            i32.wrap_i64
            i32.add)"#,
        &[(0, value(32)), (4, value(13))],
    );
}

#[test]
fn parameters_with_rethrow_and_delegate() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            i32.const 5
            try $outer (param i32) (result i32)
              try (param i32) (result i32)
                i64.const 3
                try (param i32 i64) (result i32)
                  drop
                  local.get 0
                  if i32.const 8 call $throw_a end
                delegate $outer
              catch_all
                i32.const 666
              end
            catch $a
              call $log
              try (result i32)
                rethrow 1
              catch $a
              end
            end)"#,
        &[(0, value(5)), (1, value(8))],
    );
}

#[test]
fn branches_out_of_bodies_and_handlers() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            block $end (result i32)
              try $t (result i32)
                i32.const 1
                local.get 0
                i32.eqz
                br_if $end
                drop
                i32.const 2
                local.get 0
                i32.const 1
                i32.eq
                br_if $t
                drop
                local.get 0 call $throw_a
                unreachable
              catch $a
                local.get 0
                i32.const 2
                i32.eq
                br_if $t
                drop
                i32.const 4
                br $end
              end
              i32.const 10
              i32.add
            end)"#,
        &[(0, value(1)), (1, value(12)), (2, value(12)), (3, value(4))],
    );
}

#[test]
fn branch_table_through_shifted_labels() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            block $c
              block $b
                try $t
                  block $a
                    try $u
                      local.get 0
                      br_table $u $a $t $b $c
                    catch_all
                      throw $e
                    end
                    i32.const 1 return
                  end
                  i32.const 2 return
                catch $e
                  i32.const 666 return
                end
                i32.const 3 return
              end
              i32.const 4 return
            end
            i32.const 5)"#,
        &[(0, value(1)), (1, value(2)), (2, value(3)), (3, value(4)), (4, value(5)), (9, value(5))],
    );
}

#[test]
fn loops_inside_and_around() {
    check(
        r#"(func (export "run") (param i32) (result i32) (local $n i32)
            loop $again (result i32)
              try (result i32)
                loop $count
                  local.get $n
                  i32.const 1
                  i32.add
                  local.tee $n
                  i32.const 10
                  i32.rem_u
                  br_if $count
                end
                local.get $n
                local.get 0
                i32.lt_u
                if local.get $n call $throw_a end
                local.get $n
              catch $a
                drop
                br $again
              end
            end)"#,
        &[(0, value(10)), (35, value(40))],
    );
}

#[test]
fn dead_code_stays_valid() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            try (result i32)
              i32.const 4 throw $a
              i32.add
              drop
            catch $a
              return
              try (param i32) (result i32 i64)
                unreachable
              catch $two
                br 0
              catch_all
                rethrow 0
              end
              drop
            end
            i32.const 1
            br 0
            try (result i32)
              try $d (result i32)
                try (result i32)
                  unreachable
                  i32.mul
                delegate 1
              catch $a
                rethrow 0
              end
            delegate 0)"#,
        &[(0, value(4))],
    );
}

#[test]
fn locals_and_parameters_keep_their_places() {
    check(
        r#"(func (export "run") (param i32) (result i32) (local i64 i32 i32 f64)
            local.get 0 local.set 2
            i32.const 9 local.set 3
            try
              try
                i32.const 1 call $throw_a
              catch_all
                rethrow 0
              end
            catch $a
              local.get 2 i32.add local.set 2
            end
            local.get 2 local.get 3 i32.add)"#,
        &[(20, value(30))],
    );
}

#[test]
fn recursion_through_handlers() {
    check(
        r#"(func $down (export "run") (param i32) (result i32)
            local.get 0
            i32.eqz
            if i32.const 0 throw $a end
            try (result i32)
              local.get 0 i32.const 1 i32.sub call $down
            catch $a
              i32.const 1
              i32.add
              local.set 0
              local.get 0
              throw $a
            end)"#,
        &[(0, thrown("a", &[0])), (6, thrown("a", &[6]))],
    );
}

#[test]
fn both_forms_in_one_function() {
    check(
        r#"(func (export "run") (param i32) (result i32)
            block $got (result i32)
              try (result i32)
                try_table (result i32) (catch $a $got)
                  local.get 0 call $throw_a
                  i32.const 0
                end
              catch_all
                i32.const 666
              end
            end)"#,
        &[(5, value(5))],
    );
}
