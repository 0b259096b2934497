//! `try` between other blocks: parameters, results, branches, loops, dead code, locals.

use super::{check, thrown, value};

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
