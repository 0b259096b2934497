//! Arrays, and where room for them comes from.

use pyrun::{Config, Engine, Error, Limits, ModuleError, SharedArray};

use super::{c, start};

#[test]
fn arrays_lie_where_the_module_sees_them() {
    let Some(module) = c("calls") else { return };
    let mut instance = module.instance().start().unwrap();
    let numbers = instance.new_array(&[1.0, 2.5, -0.5]).unwrap();
    assert_eq!(instance.call("sum", (numbers.address(), numbers.len())).unwrap()[0].as_float(), Some(3.0));
    let (a, b) = (instance.new_array(&[1_i32, 2, 3]).unwrap(), instance.new_array(&[4_i32, 5, 6]).unwrap());
    assert_eq!(instance.call("dot", (a.address(), b.address(), 3)).unwrap()[0].as_signed(), Some(32));
    instance.call("smooth", (numbers.address(), numbers.len())).unwrap();
    assert_eq!(numbers.to_vec(&mut instance).unwrap(), [1.0, 1.75, 0.625]);
    let text = instance.new_array(b"Ada \0").unwrap();
    instance.call("upper", (text.address(), text.len())).unwrap();
    assert_eq!(instance.memory().unwrap().c_string(text.address()).unwrap(), b"ADA ");
    let greeting = instance.call("greeting", ()).unwrap()[0].as_unsigned().unwrap() as u32;
    assert_eq!(instance.memory().unwrap().c_string(greeting).unwrap(), b"hello from C");
    for address in [numbers.address(), a.address(), b.address(), text.address()] {
        assert_eq!(address % 16, 0);
        instance.free(address).unwrap();
        assert!(matches!(instance.free(address), Err(Error::Module(ModuleError::NotAllocated { .. }))));
    }
}

#[test]
fn arrays_of_every_element_type() {
    let mut instance =
        start(r#"(module (memory (export "memory") 1) (global (export "__heap_base") i32 (i32.const 64)))"#);
    macro_rules! check {
        ($($ty:ty: $values:expr;)*) => {$({
            let values: [$ty; 3] = $values;
            let array = instance.new_array(&values).unwrap();
            assert_eq!(array.view(&mut instance).unwrap(), values);
            assert_eq!(instance.memory().unwrap().read::<$ty>(array.address(), 3).unwrap(), values);
            array.free(&mut instance).unwrap();
        })*};
    }
    check! {
        i8: [i8::MIN, 0, i8::MAX]; i16: [i16::MIN, 0, i16::MAX]; i32: [i32::MIN, 0, i32::MAX]; i64: [i64::MIN, 0, i64::MAX];
        u8: [0, 1, u8::MAX]; u16: [0, 1, u16::MAX]; u32: [0, 1, u32::MAX]; u64: [0, 1, u64::MAX];
        f32: [f32::MIN, -0.0, f32::INFINITY]; f64: [f64::MIN, -0.0, f64::INFINITY];
    }
}

#[test]
fn a_modules_own_malloc_is_called() {
    let Some(module) = c("allocator") else { return };
    let mut instance = module.instance().start().unwrap();
    let arrays: Vec<_> = (0..3).map(|_| instance.new_array(&[1_u8]).unwrap()).collect();
    assert_eq!(instance.call("blocks", ()).unwrap()[0].as_unsigned(), Some(3));
    assert!(arrays.iter().all(|array| array.address() % 16 == 0), "its own blocks are aligned to 8 only");
    for array in arrays {
        array.free(&mut instance).unwrap();
    }
    assert_eq!(instance.call("blocks", ()).unwrap()[0].as_unsigned(), Some(0));
    assert!(matches!(instance.allocate(1 << 30), Err(Error::Module(ModuleError::NoRoom { .. }))));
}

#[test]
fn without_any_allocator_the_caller_names_an_arena() {
    let mut instance = start(r#"(module (memory (export "memory") 1))"#);
    let error = instance.allocate(1).unwrap_err().to_string();
    assert!(error.contains("name it with `ModuleInstance::use_arena`"), "{error}");
    assert!(instance.use_arena(0..65_537).is_err(), "beyond the end");
    instance.use_arena(1000..1100).unwrap();
    let array = instance.new_array(&[1_u32; 16]).unwrap();
    assert!(array.address() >= 1000 && array.address() + 64 <= 1100);
    assert!(matches!(instance.allocate(64), Err(Error::Module(ModuleError::NoRoom { bytes: 64 }))), "it does not grow");
    assert!(matches!(instance.use_arena(0..100), Err(Error::Module(ModuleError::AllocatorChosen))));
}

#[test]
fn behind_the_heap_base_memory_grows_as_needed() {
    let text = r#"(module (memory (export "memory") 1) (global (export "__heap_base") i32 (i32.const 65000))
        (func (export "grow") (result i32) (memory.grow (i32.const 1))))"#;
    let mut instance = super::wat(text).instance().limits(Limits::new().memory(6 << 16)).start().unwrap();
    let small = instance.allocate(16).unwrap();
    assert!((65_000..65_536).contains(&small));
    instance.call("grow", ()).unwrap();
    // What the module has grown by is the module's.
    let large = instance.allocate(100_000).unwrap();
    assert_eq!(large, 2 << 16);
    assert!(instance.allocate(200_000).is_err(), "the limit");
    assert!(instance.allocate_array::<f64>(usize::MAX / 2).is_err());
}

#[test]
fn an_array_of_another_instance_is_refused() {
    let text = r#"(module (memory (export "memory") 1) (global (export "__heap_base") i32 (i32.const 64)))"#;
    let (mut one, mut two) = (start(text), start(text));
    let array = one.new_array(&[1_i32]).unwrap();
    assert!(matches!(array.view(&mut two), Err(Error::Module(ModuleError::OtherInstance))));
    assert!(array.free(&mut two).is_err() && array.free(&mut one).is_ok());
    assert!(one.array_at::<f64>(4, 1).is_err(), "not aligned");
    assert!(one.array_at::<f64>(65_536, 0).is_ok() && one.array_at::<f64>(65_536, 1).is_err());
}

/// Host, module and Python see one array; each copy is counted.
#[test]
fn one_array_for_the_host_the_module_and_python() {
    let Some(module) = c("calls") else { return };
    let mut instance = module.instance().start().unwrap();
    let python = Engine::new(Config::new()).unwrap();
    let mut py = python.interpreter().start().expect("a release is installed");
    let mut shared = SharedArray::<f64>::new(&mut instance, 4).unwrap();
    py.globals().set("shared", shared.python(&py).unwrap()).unwrap();
    shared.view_mut(&mut instance).unwrap().copy_from_slice(&[1.0, 2.0, 3.0, 4.0]);
    assert_eq!(py.eval::<f64>("float(sum(shared))").unwrap(), 0.0, "nothing was copied yet");
    shared.to_python(&mut instance, &mut py).unwrap();
    assert_eq!(py.eval::<f64>("float(sum(shared))").unwrap(), 10.0);
    py.run_python("shared[0] = 10.0").unwrap();
    shared.from_python(&mut instance, &mut py).unwrap();
    assert_eq!(instance.call("sum", (shared.address(), shared.len())).unwrap()[0].as_float(), Some(19.0));
    assert_eq!(shared.copies(), 2);
    assert_eq!(py.eval::<String>("type(shared).__name__").unwrap(), "ndarray");
    assert!(py.eval::<bool>("shared.base is not None").unwrap(), "a view, no copy of Python's own");
    let mut none = SharedArray::<i32>::new(&mut instance, 0).unwrap();
    none.to_python(&mut instance, &mut py).unwrap();
    none.from_python(&mut instance, &mut py).unwrap();
}
