//! `delegate`.

use super::{check, value};
use crate::Options;

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

/// They are counted, in several functions too.
#[test]
fn delegates_are_counted() {
    let function = |count: usize| format!("(func {})", "try nop delegate 0 ".repeat(count));
    for counts in [&[0, 0][..], &[1], &[2, 1], &[1, 0, 3]] {
        let text = format!("(module {})", counts.iter().map(|count| function(*count)).collect::<String>());
        let wasm = wat::parse_str(&text).expect("parses");
        let translated = crate::translate(&wasm, &Options::default()).expect("translates");
        assert_eq!(translated.counts.delegates as usize, counts.iter().sum::<usize>(), "{text}");
        assert_eq!((translated.counts.tries, translated.counts.delegate_jumps), (translated.counts.delegates, 0));
    }
}
