//! How other series of Emscripten ask, and `dlopen` that calls back.

use pyrun_emscripten_shim::Trap;
use pyrun_emscripten_shim::imports::families::{ALL, FAMILIES};
use pyrun_emscripten_shim::imports::table::{Emscripten, HostFunctions};
use wasmer::{AsStoreMut as _, FunctionType, Type, Value};

use super::{Guest, MAIN, NAME, ONE_SLOT, answer};

static OF_RELEASES: &[&[&pyrun_emscripten_shim::Family]] = &[FAMILIES];

#[test]
fn messages_before_314_begin_with_a_capital() {
    for (version, begins) in [
        (Emscripten::V3, "Could not load dynamic lib: /tmp/none.so"),
        (Emscripten::V4, "Could not load dynamic lib: /tmp/none.so"),
        (Emscripten::V5, "could not load dynamic lib: /tmp/none.so"),
    ] {
        let mut guest = Guest::new();
        guest.env.as_mut(&mut guest.store).host_functions = HostFunctions::new(OF_RELEASES, version);
        let error = guest.open("/tmp/none.so", 0).unwrap_err();
        assert!(error.starts_with(begins), "{error}");
    }
}

#[test]
fn the_first_series_ask_for_symbols_by_name_alone() {
    let mut guest = Guest::new();
    guest.library("/tmp/b.so", ONE_SLOT, &answer(21));
    let b = guest.open("/tmp/b.so", 0).unwrap();
    let slot = guest.symbol(b, "answer");
    assert_ne!(slot, 0);
    guest.env.as_mut(&mut guest.store).host_functions = HostFunctions::of_any_series(ALL, Emscripten::V5);
    let mut call = |name: &str, args: &[u32], results: &[Type]| {
        let ty = FunctionType::new(vec![Type::I32; args.len()], results);
        let import = guest.env.as_ref(&guest.store).host_functions.find("env", name, Some(&ty)).unwrap();
        assert!(import.has_type(&ty), "{name}");
        let function = (import.define)(&mut guest.store.as_store_mut(), &guest.env);
        let args: Vec<Value> = args.iter().map(|arg| Value::I32(arg.cast_signed())).collect();
        function.call(&mut guest.store, &args).unwrap().first().map(|value| value.unwrap_i32().cast_unsigned())
    };
    assert_eq!(call("_dlinit", &[1024], &[]), None);
    assert_eq!(call("_dlsym_js", &[b, NAME], &[Type::I32]), Some(slot));
}

#[test]
fn a_dlopen_in_the_background_has_called_back_when_it_returns() {
    // Slots 2 and 3: what is called with the record and the data, and notes which it was.
    let main = MAIN
        .replace("(table (export \"__indirect_function_table\") 2", "(table (export \"__indirect_function_table\") 5")
        .replace("(elem (i32.const 1) $own)", "(elem (i32.const 1) $own $good $bad)")
        .replace(
            "(func $own",
            r#"(func $note (param i32 i32 i32) (i32.store (i32.const 64) (local.get 0))
              (i32.store (i32.const 68) (local.get 1)) (i32.store (i32.const 72) (local.get 2)))
            (func $good (param i32 i32) (call $note (i32.const 1) (local.get 0) (local.get 1)))
            (func $bad (param i32 i32) (call $note (i32.const 2) (local.get 0) (local.get 1)))
            (func $own"#,
        );
    let mut guest = Guest::of(&main);
    guest.library("/tmp/b.so", ONE_SLOT, &answer(21));
    for (path, noted) in [("/tmp/b.so", 1), ("/tmp/none.so", 2)] {
        let dso = guest.record(path, 0);
        guest.import("_emscripten_dlopen_js", &[dso, 2, 3, 55]).unwrap();
        assert_eq!(guest.words(64), [noted, dso, 55], "{path}");
        let null = guest.import("_emscripten_dlopen_js", &[dso, 4, 4, 55]);
        assert!(matches!(null, Err(Trap::Aborted(why)) if why.contains("null function")), "{path}");
    }
}
