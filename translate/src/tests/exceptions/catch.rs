//! `try`, `catch`, `catch_all`, `throw` and `rethrow`.

use super::{Outcome, check, thrown, value};

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
