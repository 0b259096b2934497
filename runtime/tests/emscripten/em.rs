//! C's functions as components: of an instance, and of a Python interpreter.

use super::module;
use pyrun::{EmException, EmInvoked, Error, ModuleError, WasmValue};

#[test]
fn what_lua_throws_outside_a_protected_call_is_its_end_and_inside_a_value() {
    let Some(module) = module("lua", "dist/glue.wasm") else { return };
    let mut instance = module.instance().start().expect("it starts");
    let mut em = instance.em().expect("Emscripten's");
    let EmInvoked::Returned(values) = em.invoke("luaL_newstate", ()).unwrap() else { panic!("it threw") };
    let state = values[0];
    // Without a protected call Lua panics, and aborts.
    let code = em.new_c_string("error('x')").unwrap();
    assert_eq!(
        em.invoke("luaL_loadstring", vec![state, WasmValue::I32(code.cast_signed())]).unwrap(),
        EmInvoked::Returned(vec![WasmValue::I32(0)])
    );
    let arguments = [state, WasmValue::I32(0), WasmValue::I32(-1), WasmValue::I32(0), WasmValue::I32(0)];
    let error = em.invoke("lua_callk", arguments.as_slice()).unwrap_err();
    assert!(matches!(&error, Error::Crashed(why) if why.contains("abort")), "{error}");
    // Mistakes of the caller are named, and nothing is called.
    let error = em.invoke("lua_nothing", ()).unwrap_err().to_string();
    assert!(error.contains("lua_nothing"), "{error}");
    let error = em.invoke("lua_gettop", ("x".len() as i64, 2)).unwrap_err().to_string();
    assert!(error.contains("takes 1 argument"), "{error}");
}

#[test]
fn a_c_plus_plus_exception_is_a_value_with_its_class_and_message() {
    // A module with WebAssembly's own exceptions, whose C++ library exports what throws.
    let Some(module) = module("webr", "dist/R.wasm") else { return };
    let mut instance = module.instance().start().expect("it starts");
    let mut em = instance.em().expect("Emscripten's");
    let what = em.new_c_string("while testing").unwrap();
    let stack = em.invoke("emscripten_stack_get_current", ()).unwrap();
    match em.invoke("_ZNSt3__220__throw_system_errorEiPKc", (44, what)).unwrap() {
        EmInvoked::Threw(EmException::Cpp { class, message, .. }) => {
            assert_eq!(class.as_deref(), Some("std::system_error"));
            assert!(message.as_deref().is_some_and(|message| message.starts_with("while testing: ")), "{message:?}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(em.invoke("emscripten_stack_get_current", ()).unwrap(), stack);
}

#[test]
fn only_emscripten_s_modules_have_c_functions() {
    let wasm = wat::parse_str("(module (memory (export \"memory\") 1))").unwrap();
    let mut instance = super::engine().module(wasm).unwrap().instance().start().unwrap();
    let error = instance.em().unwrap_err();
    assert!(matches!(error, Error::Module(ModuleError::NoEmscripten { .. })), "{error}");
}
