//! What stands for a function that nothing defines.

use wasmer::{Function, FunctionType};

use super::linker::Owner;
use super::symbols;
use crate::guest::caller::Caller;
use crate::guest::gate;
use crate::guest::trap::Trap;

/// A function that is defined nowhere yet: resolved at each call, as a later `RTLD_GLOBAL` library may bring it.
///
/// A dynamic host function, so exceptions do not pass through it; the translator binds what a module defines itself,
/// which leaves here only symbols that are really missing.
pub(super) fn stub(caller: &mut Caller<'_>, library: &str, owner: Owner, name: &str, ty: &FunctionType) -> Function {
    let env = caller.env_handle();
    let (library, name) = (library.to_owned(), name.to_owned());
    Function::new_with_env(&mut caller.store(), &env, ty, move |env, args| {
        gate::import(env, |caller| {
            let linker = &caller.env().linker;
            let definition = match owner {
                // What the main module exports under the name of its import would be the import again.
                Owner::Main => linker.library_definition(&name),
                own => linker.global_definition(&name).or_else(|| linker.definition_in(own, &name)),
            };
            let Some(definition) = definition else {
                return Err(Trap::Unresolved { symbol: name.clone(), library: library.clone() }.into());
            };
            let function = symbols::function(caller, &name, &definition)?;
            Ok(caller.call_values(&function, args)?.into_vec())
        })
    })
}
