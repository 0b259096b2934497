;; A guest with what the shim asks of a main module, and functions of many types for libffi to call.
(module
  (import "env" "ffi_call_js" (func $ffi_call (param i32 i32 i32 i32)))
  (import "env" "ffi_closure_alloc_js" (func $closure_alloc (param i32 i32) (result i32)))
  (import "env" "ffi_closure_free_js" (func $closure_free (param i32)))
  (import "env" "ffi_prep_closure_loc_js" (func $prep (param i32 i32 i32 i32 i32) (result i32)))

  (memory (export "memory") 4)
  (table (export "__indirect_function_table") 64 funcref)
  (global $sp (export "__stack_pointer") (mut i32) (i32.const 65536))
  (global $brk (mut i32) (i32.const 131072))
  ;; One freed block, so that a closure's address comes back.
  (global $freed (mut i32) (i32.const 0))
  (tag $thrown (param i32))

  (func $malloc (export "malloc") (param $size i32) (result i32)
    (local $block i32)
    (if (global.get $freed)
      (then
        (local.set $block (global.get $freed))
        (global.set $freed (i32.const 0))
        (return (local.get $block))))
    (local.set $block (global.get $brk))
    (global.set $brk (i32.and
      (i32.add (i32.add (global.get $brk) (local.get $size)) (i32.const 15)) (i32.const -16)))
    (local.get $block))
  (func (export "calloc") (param i32 i32) (result i32)
    (call $malloc (i32.mul (local.get 0) (local.get 1))))
  (func (export "free") (param i32) (global.set $freed (local.get 0)))
  (func (export "emscripten_builtin_memalign") (param i32 i32) (result i32)
    (call $malloc (local.get 1)))
  (func (export "_emscripten_stack_alloc") (param i32) (result i32)
    (global.set $sp (i32.and (i32.sub (global.get $sp) (local.get 0)) (i32.const -16)))
    (global.get $sp))
  (func (export "_emscripten_stack_restore") (param i32) (global.set $sp (local.get 0)))
  (func (export "emscripten_stack_get_current") (result i32) (global.get $sp))

  (func (export "ffi_call") (param i32 i32 i32 i32)
    (call $ffi_call (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "closure_alloc") (param i32 i32) (result i32)
    (call $closure_alloc (local.get 0) (local.get 1)))
  (func (export "closure_free") (param i32) (call $closure_free (local.get 0)))
  (func (export "prep_closure") (param i32 i32 i32 i32 i32) (result i32)
    (call $prep (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)))
  ;; Calls libffi and catches what the callee throws; 0 when it returns.
  (func (export "ffi_call_caught") (param i32 i32 i32 i32) (result i32)
    (block $caught (result i32)
      (try_table (catch $thrown $caught)
        (call $ffi_call (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
      (i32.const 0)))

  (elem (i32.const 1) func
    $mix $second $sum_struct $make_struct $long_double $sum_varargs $throw $void $twice $float
    $on_mix $on_struct $on_varargs $on_throw $recurse $pair $on_long_double $same_i32 $same_i64 $same_f32 $same_f64)

  ;; 1: each narrow integer gets its own decimal places; the sum of the signed ones shows sign extension.
  (func $mix (param $u8 i32) (param $s8 i32) (param $u16 i32) (param $s16 i32) (param $s64 i64)
    (param $f32 f32) (param $f64 f64) (result f64)
    (f64.add
      (f64.add
        (f64.add (f64.convert_i32_s (local.get $u8)) (f64.convert_i32_s (local.get $s8)))
        (f64.add (f64.convert_i32_s (local.get $u16)) (f64.convert_i32_s (local.get $s16))))
      (f64.add
        (f64.convert_i64_s (local.get $s64))
        (f64.add (f64.promote_f32 (local.get $f32)) (local.get $f64)))))
  ;; 2
  (func $second (param i32 i32) (result i32) (local.get 1))
  ;; 3: a struct {i32; i64; i32} by pointer; spoils its copy.
  (func $sum_struct (param $s i32) (result i64)
    (local $sum i64)
    (local.set $sum (i64.add (i64.load offset=8 (local.get $s))
      (i64.extend_i32_s (i32.add (i32.load (local.get $s)) (i32.load offset=16 (local.get $s))))))
    (i64.store offset=8 (local.get $s) (i64.const -1))
    (local.get $sum))
  ;; 4: returns {x, x + 1} through the hidden pointer.
  (func $make_struct (param $out i32) (param $x i32)
    (i32.store (local.get $out) (local.get $x))
    (i32.store offset=4 (local.get $out) (i32.add (local.get $x) (i32.const 1))))
  ;; 5: swaps the halves of a long double.
  (func $long_double (param $out i32) (param i64 i64)
    (i64.store (local.get $out) (local.get 2))
    (i64.store offset=8 (local.get $out) (local.get 1)))
  ;; 6: f(n, double, int, double, struct {int, int}): n + all of them.
  (func $sum_varargs (param $n i32) (param $va i32) (result f64)
    (local $s i32)
    (local.set $s (i32.load offset=24 (local.get $va)))
    (f64.add
      (f64.add
        (f64.add (f64.convert_i32_s (local.get $n)) (f64.load (local.get $va)))
        (f64.add (f64.convert_i32_s (i32.load offset=8 (local.get $va)))
                 (f64.load offset=16 (local.get $va))))
      (f64.convert_i32_s (i32.add (i32.load (local.get $s)) (i32.load offset=4 (local.get $s))))))
  ;; 7
  (func $throw (param i32) (result i32) (throw $thrown (local.get 0)))
  ;; 8
  (func $void)
  ;; 9
  (func $twice (param i64) (result i64) (i64.mul (local.get 0) (i64.const 2)))
  ;; 10
  (func $float (param f32) (result f32) (f32.mul (local.get 0) (f32.const 0.5)))

  ;; Callbacks of closures: (cif, ret, args, user_data).
  ;; 11: (int8, int64, float, double) → double
  (func $on_mix (param $cif i32) (param $ret i32) (param $args i32) (param $data i32)
    (f64.store (local.get $ret)
      (f64.add
        (f64.add
          (f64.convert_i32_s (i32.load8_s (i32.load (local.get $args))))
          (f64.convert_i64_s (i64.load (i32.load offset=4 (local.get $args)))))
        (f64.add
          (f64.promote_f32 (f32.load (i32.load offset=8 (local.get $args))))
          (f64.add
            (f64.load (i32.load offset=12 (local.get $args)))
            (f64.convert_i32_s (local.get $data)))))))
  ;; 12: ({int, int}) → {int, int}, swapped; spoils its argument.
  (func $on_struct (param $cif i32) (param $ret i32) (param $args i32) (param $data i32)
    (local $s i32)
    (local.set $s (i32.load (local.get $args)))
    (i32.store (local.get $ret) (i32.load offset=4 (local.get $s)))
    (i32.store offset=4 (local.get $ret) (i32.load (local.get $s)))
    (i32.store (local.get $s) (i32.const -1)))
  ;; 13: (int, ..., double, int, {int, int}) → uint8: writes one byte only
  (func $on_varargs (param $cif i32) (param $ret i32) (param $args i32) (param $data i32)
    (local $s i32)
    (local.set $s (i32.load offset=12 (local.get $args)))
    (i32.store8 (local.get $ret)
      (i32.add
        (i32.add (i32.load (i32.load (local.get $args)))
                 (i32.trunc_f64_s (f64.load (i32.load offset=4 (local.get $args)))))
        (i32.add (i32.load (i32.load offset=8 (local.get $args)))
                 (i32.add (i32.load (local.get $s)) (i32.load offset=4 (local.get $s)))))))
  ;; 14
  (func $on_throw (param i32 i32 i32 i32) (throw $thrown (local.get 3)))
  ;; 15: calls itself through libffi n times; the cif is at 8, the argument array at 16.
  (func $recurse (param $n i32) (result i32)
    (local $frame i32)
    (if (i32.eqz (local.get $n)) (then (return (i32.const 0))))
    (global.set $sp (i32.sub (global.get $sp) (i32.const 16)))
    (local.set $frame (global.get $sp))
    (i32.store (local.get $frame) (i32.sub (local.get $n) (i32.const 1)))
    (i32.store offset=4 (local.get $frame) (local.get $frame))
    (call $ffi_call (i32.load (i32.const 8)) (i32.const 15)
      (i32.add (local.get $frame) (i32.const 8)) (i32.add (local.get $frame) (i32.const 4)))
    (global.set $sp (i32.add (local.get $frame) (i32.const 16)))
    (i32.add (i32.load offset=8 (local.get $frame)) (i32.const 1)))
  ;; 16
  (func $pair (result i32 i32) (i32.const 1) (i32.const 2))
  ;; 17: long double → long double, halves swapped
  (func $on_long_double (param $cif i32) (param $ret i32) (param $args i32) (param $data i32)
    (local $value i32)
    (local.set $value (i32.load (local.get $args)))
    (i64.store (local.get $ret) (i64.load offset=8 (local.get $value)))
    (i64.store offset=8 (local.get $ret) (i64.load (local.get $value))))

  ;; 18 to 21: give what they take
  (func $same_i32 (param i32) (result i32) (local.get 0))
  (func $same_i64 (param i64) (result i64) (local.get 0))
  (func $same_f32 (param f32) (result f32) (local.get 0))
  (func $same_f64 (param f64) (result f64) (local.get 0))

  ;; Direct calls of a closure's slot, as compiled C makes them.
  (type $mix_type (func (param i32 i64 f32 f64) (result f64)))
  (func (export "call_mix") (param i32 i64 f32 f64) (param $slot i32) (result f64)
    (call_indirect (type $mix_type)
      (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get $slot)))
  (func (export "call_struct") (param $out i32) (param $s i32) (param $slot i32)
    (call_indirect (param i32 i32) (local.get $out) (local.get $s) (local.get $slot)))
  (func (export "call_varargs") (param i32) (param $va i32) (param $slot i32) (result i32)
    (call_indirect (param i32 i32) (result i32) (local.get 0) (local.get $va) (local.get $slot)))
  (func (export "call_long_double") (param $out i32) (param i64 i64) (param $slot i32)
    (call_indirect (param i32 i64 i64)
      (local.get $out) (local.get 1) (local.get 2) (local.get $slot)))
  (func (export "call_caught") (param $slot i32) (result i32)
    (local $saved i32)
    (local.set $saved (global.get $sp))
    (block $caught (result i32)
      (try_table (catch $thrown $caught)
        (call_indirect (local.get $slot)))
      (return (i32.const 0)))
    (global.set $sp (local.get $saved))))
