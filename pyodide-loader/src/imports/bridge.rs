//! The bridge between Python and host objects: 153 imports that only `import _pyodide_core` uses.
//!
//! They are present, so that the module instantiates, and refuse by name when called. The one exception is the
//! identity map that the constructors make before Python starts; it is an opaque reference that nothing else reads.

use pyrun_emscripten_shim::host::report::Refused;
use pyrun_emscripten_shim::{Caller, Env, Trap, imports};
use wasmer::{AsStoreMut, ExternRef, Function, FunctionEnv, FunctionType};

imports! {
    /// The part of `hiwire` that runs before Python does.
    pub static HIWIRE: "hiwire" in "env" as call {
        Partial "__hiwire_deduplicate_new" => deduplicate_new() -> Option<ExternRef>;
    }
}

/// The constructors intern the map in a table; a null reference stands for it until the bridge is there.
fn deduplicate_new(_caller: &mut Caller<'_>) -> Result<Option<ExternRef>, Trap> {
    Ok(None)
}

/// A function of type `ty` that ends the call with [`Trap::Refused`].
pub fn refusal(store: &mut impl AsStoreMut, env: &FunctionEnv<Env>, name: &str, ty: &FunctionType) -> Function {
    let name = name.to_owned();
    Function::new_with_env(store, env, ty, move |mut env, _args| {
        env.data_mut().process.host.refused(Refused::Import(name.as_bytes()));
        let refused = Trap::Refused {
            import: name.clone(),
            why: "it belongs to the bridge between Python and JavaScript objects, which is not built yet",
        };
        Err(refused.into())
    })
}

/// Whether an import belongs to the bridge.
pub fn is_bridge(module: &str, name: &str) -> bool {
    match module {
        "env" => NAMES.binary_search(&name).is_ok() || NAMES_BEFORE_314.contains(&name),
        // Releases 0.28 and 0.29 create their error sentinel there.
        "sentinel" => true,
        _ => false,
    }
}

/// Further imports of releases before 314.
const NAMES_BEFORE_314: &[&str] = &["JsDoubleProxy_unwrap_helper", "JsvNum_fromDigits", "hiwire_invalid_ref"];

/// The bridge's imports in the releases from 314 on, sorted. `pyodide_js_init` carries JavaScript text and is called by
/// an unused export alone.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "JsArray_count_js", "JsArray_index_js", "JsArray_inplace_repeat_js", "JsArray_repeat_js", "JsArray_reverse_js",
    "JsArray_reversed_iterator", "JsBuffer_DecodeString_js", "JsBuffer_get_info", "JsDoubleProxy_unwrap_js",
    "JsException_new_helper", "JsMap_GetIter_js", "JsMap_clear_js", "JsModule_GetAll_js", "JsObjMap_GetIter_js",
    "JsObjMap_ass_subscript_js", "JsObjMap_contains_js", "JsObjMap_length_js", "JsObjMap_subscript_js",
    "JsProxy_Bool_js", "JsProxy_DelAttr_js", "JsProxy_Dir_js", "JsProxy_GetAsyncIter_js", "JsProxy_GetAttr_js",
    "JsProxy_GetIter_js", "JsProxy_SetAttr_js", "JsProxy_aexit_js", "JsProxy_compute_typeflags", "JsProxy_exit_js",
    "JsProxy_subscript_js", "JsProxy_to_weakref_js", "JsvArray_Check", "JsvArray_Delete", "JsvArray_Extend",
    "JsvArray_Get", "JsvArray_Insert", "JsvArray_New", "JsvArray_Push", "JsvArray_Set", "JsvArray_ShallowCopy",
    "JsvArray_slice", "JsvArray_slice_assign", "JsvAsyncGenerator_Check", "JsvBigInt_fromDigits", "JsvBigInt_fromInt",
    "JsvBuffer_assignFromPtr", "JsvBuffer_assignToPtr", "JsvBuffer_intoFile", "JsvBuffer_readFromFile",
    "JsvBuffer_writeToFile", "JsvError_Check", "JsvError_Throw", "JsvFunction_CallBound", "JsvFunction_Call_OneArg",
    "JsvFunction_Check", "JsvFunction_Construct", "JsvGenerator_Check", "JsvLiteralMap_New", "JsvMap_New",
    "JsvMap_Set", "JsvNoValue_Check", "JsvNum_fromDouble", "JsvNum_fromInt", "JsvNum_toInt", "JsvObject_CallMethod",
    "JsvObject_CallMethod_NoArgs", "JsvObject_CallMethod_OneArg", "JsvObject_CallMethod_TwoArgs", "JsvObject_Entries",
    "JsvObject_Keys", "JsvObject_New", "JsvObject_SetAttr", "JsvObject_Values", "JsvObject_toString",
    "JsvPromise_Check", "JsvPromise_Resolve", "JsvPromise_Syncify_handleError", "JsvSet_Add", "JsvSet_New",
    "JsvUTF8ToString", "Jsv_BigIntToNum", "Jsv_GetError_import", "Jsv_constructorName", "Jsv_equal",
    "Jsv_greater_than", "Jsv_greater_than_equal", "Jsv_less_than", "Jsv_less_than_equal", "Jsv_not_equal",
    "Jsv_to_bool", "Jsv_typeof", "_JsArray_PostProcess_helper", "_JsArray_PushEntry_helper", "_JsObject_Set_js",
    "__hiwire_deduplicate_delete", "__hiwire_deduplicate_get", "__hiwire_deduplicate_set", "_agen_handle_result_js",
    "_pyproxyGen_make_result", "_pyproxy_get_buffer_result", "_python2js_add_to_cache",
    "_python2js_addto_postprocess_list", "_python2js_ascii", "_python2js_buffer_inner", "_python2js_cache_lookup",
    "_python2js_handle_postprocess_list", "_python2js_ucs1", "_python2js_ucs2", "_python2js_ucs4", "array_to_js",
    "can_run_sync_js", "capture_stderr", "create_once_callable", "create_promise_handles", "destroy_jsarray_entries",
    "destroy_proxies", "destroy_proxies_js", "destroy_proxy", "fail_test", "gc_register_proxies",
    "get_async_js_call_done_callback", "get_length_helper", "get_length_string", "get_suspender",
    "handle_next_result_js", "hiwire_invalid_ref_js", "is_comlink_proxy", "js2python_convert",
    "js2python_immutable_js", "js2python_js", "jslib_init_buffers_js", "jslib_init_js", "my_dict_converter",
    "new_error", "proxy_cache_get", "proxy_cache_set", "pyodide_js_init", "pyproxy_AsPyObject", "pyproxy_Check",
    "pyproxy_new", "pyproxy_new_ex", "python2js__default_converter_js", "python2js__eager_converter_js",
    "python2js_custom__create_jscontext", "raw_call_js", "restoreState", "restore_stderr", "saveState",
    "set_pyodide_module", "set_suspender", "syncifyHandler", "throw_no_gil", "wrap_async_generator", "wrap_generator",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Each is an import of some release.
    #[test]
    fn the_names_are_sorted_and_imported() {
        let imports = |release: &crate::KnownRelease| {
            let path = format!("{}/releases/{}/release.toml", env!("CARGO_MANIFEST_DIR"), release.version);
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
        };
        let files: Vec<String> = crate::RELEASES.iter().map(imports).collect();
        assert!(NAMES.is_sorted());
        for name in NAMES.iter().chain(NAMES_BEFORE_314) {
            assert!(files.iter().any(|imports| imports.contains(&format!("\"env.{name}\""))), "{name}");
        }
    }
}
