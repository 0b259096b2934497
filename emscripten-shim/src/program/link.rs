//! What each import of a program gets.

use pyrun_translate::{ModuleInfo, WasmSignature};
use wasmer::{Extern, ExternType, Function, FunctionEnv, FunctionType, Imports, Module, Mutability, StoreMut, Type};

use super::error::{ProgramError, UnknownImport};
use crate::Support;
use crate::dylink;
use crate::guest::caller::Caller;
use crate::guest::env::Env;
use crate::guest::signatures::function_type;
use crate::guest::trap::Trap;
use crate::host::report::Refused;
use crate::imports::families;
use crate::imports::table::{Emscripten, HostFunctions};

/// Gives functions that the embedder defines: asked with the store, the module and the name of an import, and its type.
pub type EmbedderImports<'e> =
    Box<dyn FnMut(&mut StoreMut<'_>, &FunctionEnv<Env>, &str, &str, &FunctionType) -> Option<Function> + 'e>;

/// Nothing of the embedder's.
#[must_use]
pub fn nothing_own() -> EmbedderImports<'static> {
    Box::new(|_, _, _, _, _| None)
}

/// The host functions for modules of any series. What Pyodide's newest releases have goes first.
pub const FUNCTIONS: HostFunctions<Env> = HostFunctions::of_any_series(families::ALL, Emscripten::V5);

/// How an import is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Service {
    /// By a host function of this family.
    Host(&'static str, Support),
    /// By the translator.
    Translator,
    /// By a library, if the program loads one that defines it.
    Library,
    /// By nobody: a call refuses, for this reason.
    Refused(&'static str),
    /// A host function of that name has another type.
    OtherType,
}

/// How a program's import of a function is served, before anything is instantiated.
#[must_use]
pub fn service(info: &ModuleInfo, module: &str, name: &str, signature: &WasmSignature) -> Service {
    if module == "env" && name.starts_with("invoke_") {
        return Service::Translator;
    }
    let wanted = function_type(signature);
    for family in families::ALL.iter().flat_map(|set| set.iter()) {
        let same = family.find(module, name).filter(|import| wanted.as_ref().is_some_and(|ty| import.has_type(ty)));
        if let Some(import) = same {
            return Service::Host(family.name, import.support);
        }
    }
    let named = FUNCTIONS.find(module, name, None).is_some();
    match (named, module, info.dylink().is_some()) {
        (true, ..) => Service::OtherType,
        (false, "env", true) if reason(name) == OWN_JAVASCRIPT => Service::Library,
        _ => Service::Refused(reason(name)),
    }
}

/// Why a call of what nobody defines is refused, by its name.
const OWN_JAVASCRIPT: &str =
    "JavaScript that was written for this module defines it; give the instance a host function of this name";

/// The reasons that names tell, by what they begin with.
const REASONS: &[(&[&str], &str)] = &[
    (
        &[
            "emscripten_gl",
            "gl",
            "emscripten_webgl",
            "egl",
            "SDL_",
            "glfw",
            "al",
            "emscripten_set_canvas",
            "emscripten_get_canvas",
        ],
        "it draws or plays in a browser",
    ),
    (
        &[
            "emscripten_set_main_loop",
            "emscripten_request_animation",
            "emscripten_set_",
            "emscripten_get_element",
            "_emscripten_get_last_",
        ],
        "it needs a browser's page and its events",
    ),
    (
        &[
            "emscripten_start_fetch",
            "emscripten_fetch",
            "_emscripten_fetch",
            "emscripten_wget",
            "emscripten_async_wget",
        ],
        "it fetches over the network as a browser does",
    ),
    (&["emscripten_websocket"], "it opens a browser's sockets"),
    (&["_embind_", "_emval_"], "it binds C++ to JavaScript (embind)"),
    (
        &["__pthread", "pthread_", "_emscripten_thread", "_emscripten_init_main_thread", "emscripten_check_blocking"],
        "it needs threads",
    ),
    (
        &["emscripten_sleep", "emscripten_scan_registers", "__asyncjs__", "emscripten_fiber"],
        "it needs Asyncify or stack switching",
    ),
];

/// Names that begin like others and are none of them.
const NOT_GRAPHICS: [&str; 3] = ["alarm", "glob", "alphasort"];

fn reason(name: &str) -> &'static str {
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| name.starts_with(beginning));
    // `gl` and `al` are followed by a capital letter.
    let short = |name: &str| {
        let third = name.as_bytes().get(2);
        (name.starts_with("gl") || name.starts_with("al")) && !third.is_some_and(u8::is_ascii_uppercase)
    };
    if NOT_GRAPHICS.contains(&name) || short(name) && !name.starts_with("glfw") {
        return OWN_JAVASCRIPT;
    }
    REASONS.iter().find(|(beginnings, _)| begins(beginnings)).map_or(OWN_JAVASCRIPT, |(_, why)| why)
}

/// Whether an imported global is an entry of the global offset table, which is a variable of 32 bits.
#[must_use]
pub fn is_offset(module: &str, is_i32_variable: bool) -> bool {
    matches!(module, "GOT.func" | "GOT.mem") && is_i32_variable
}

/// Everything that the module imports, and the symbols whose offsets are to be resolved when it is there.
pub(super) fn imports(
    caller: &mut Caller<'_>,
    module: &Module,
    info: &ModuleInfo,
    own: &mut EmbedderImports<'_>,
) -> Result<(Imports, Vec<String>), ProgramError> {
    let (mut imports, mut offsets, mut unknown) = (Imports::new(), Vec::new(), Vec::new());
    for import in module.imports() {
        let (from, name) = (import.module(), import.name());
        let value = match import.ty() {
            ExternType::Function(ty) => function(caller, info, own, from, name, ty).map(Extern::Function),
            ExternType::Global(ty) if is_offset(from, ty.ty == Type::I32 && ty.mutability == Mutability::Var) => {
                offsets.push(name.to_owned());
                let (env, mut store) = caller.env_and_store();
                Ok(Extern::Global(env.linker.offset(&mut store, name)))
            }
            ExternType::Global(_) => Err("a global"),
            ExternType::Memory(_) => Err("a memory"),
            ExternType::Table(_) => Err("a table"),
            ExternType::Tag(_) => Err("an exception tag"),
        };
        match value {
            Ok(value) => imports.define(from, name, value),
            Err(why) => unknown.push(UnknownImport { name: format!("{from}.{name}"), why: why.to_owned() }),
        }
    }
    if unknown.is_empty() { Ok((imports, offsets)) } else { Err(ProgramError::UnknownImports(unknown)) }
}

/// A function: the embedder's, the host's, a library's that is looked for when it is called, or one that refuses.
fn function(
    caller: &mut Caller<'_>,
    info: &ModuleInfo,
    own: &mut EmbedderImports<'_>,
    module: &str,
    name: &str,
    ty: &FunctionType,
) -> Result<Function, &'static str> {
    const OTHER_TYPE: &str = "a function that has another type in every known series of Emscripten";
    let env = caller.env_handle();
    if let Some(function) = own(&mut caller.store(), &env, module, name, ty) {
        return if function.ty(&caller.store()) == *ty { Ok(function) } else { Err("a host function of another type") };
    }
    let functions = caller.env().host_functions;
    if let Some(known) = functions.find(module, name, Some(ty)) {
        return if known.has_type(ty) { Ok((known.define)(&mut caller.store(), &env)) } else { Err(OTHER_TYPE) };
    }
    let why = reason(name);
    if module == "env" && info.dylink().is_some() && why == OWN_JAVASCRIPT {
        return Ok(dylink::main_stub(caller, name, ty));
    }
    let import = name.to_owned();
    Ok(Function::new_with_env(&mut caller.store(), &env, ty, move |mut env, _args| {
        env.data_mut().process.host.refused(Refused::Import(import.as_bytes()));
        Err(Trap::Refused { import: import.clone(), why }.into())
    }))
}

/// Gives the offsets their addresses as far as the module defines them itself. The others are null until a library comes.
pub(super) fn resolve(caller: &mut Caller<'_>, offsets: &[String]) -> Result<(), Trap> {
    offsets.iter().try_for_each(|symbol| dylink::resolve_own(caller, symbol))
}

#[cfg(test)]
mod tests {
    use pyrun_translate::ValueType;

    use super::*;

    fn signature(params: &[ValueType], results: &[ValueType]) -> WasmSignature {
        WasmSignature { params: params.to_vec(), results: results.to_vec() }
    }

    #[test]
    fn what_serves_an_import_shows_in_its_name_and_type() {
        use ValueType::{F64, I32, I64};
        let info = ModuleInfo::default();
        let of = |name: &str, params: &[ValueType], results: &[ValueType]| {
            service(&info, "env", name, &signature(params, results))
        };
        assert_eq!(of("invoke_iii", &[I32; 3], &[I32]), Service::Translator);
        assert_eq!(of("_localtime_js", &[I64, I32], &[]), Service::Host("time", Support::Full));
        assert_eq!(of("_localtime_js", &[I32, I32], &[]), Service::Host("calendars by address", Support::Full));
        assert_eq!(of("_localtime_js", &[I32; 3], &[]), Service::Host("legalised calendars", Support::Full));
        assert_eq!(of("_localtime_js", &[F64], &[]), Service::OtherType);
        assert_eq!(of("system", &[I32], &[I32]), Service::Host("exit of programs", Support::Refused));
        assert!(matches!(of("emscripten_glClear", &[I32], &[]), Service::Refused(why) if why.contains("browser")));
        assert!(matches!(of("_embind_register_void", &[I32; 2], &[]), Service::Refused(why) if why.contains("embind")));
        assert!(matches!(of("alGetError", &[], &[I32]), Service::Refused(why) if why.contains("browser")));
        for name in ["all_done", "glob", "global_thing", "js_get_iter"] {
            assert_eq!(of(name, &[], &[]), Service::Refused(OWN_JAVASCRIPT), "{name}");
        }
    }
}
