//! Emscripten's promises: numbers that a C program resolves.
//!
//! Replaces `libpromise.js`, as far as `emscripten_dlopen_promise` needs it. Left out on purpose: `then` and its
//! combinators, which this era's modules do not import; nothing runs when a promise settles, but the embedder can look.

use crate::guest::caller::Caller;
use crate::guest::trap::Trap;
use crate::process::promises::Promise;

crate::imports! {
    /// Promises.
    pub static PROMISES: "promises" in "env" as call {
        Full(Nothing, Records) "emscripten_promise_create" => create() -> u32;
        Full(Nothing, Time) "emscripten_promise_resolve" => resolve(id: u32, kind: i32, value: u32);
        Full(Nothing, Time) "emscripten_promise_destroy" => destroy(id: u32);
    }
}

fn create(caller: &mut Caller<'_>) -> Result<u32, Trap> {
    let created = caller.env().process.promises.create();
    created.ok_or_else(|| Trap::Aborted("too many promises".to_owned()))
}

/// `kind`: 0 fulfil with `value`, 1 follow the promise `value`, 2 the same and destroy that, 3 reject.
fn resolve(caller: &mut Caller<'_>, id: u32, kind: i32, value: u32) -> Result<(), Trap> {
    let promises = &mut caller.env().process.promises;
    match kind {
        0 => promises.settle(id, Promise::Fulfilled(value)),
        1 => promises.settle(id, Promise::Follows(value)),
        2 => {
            let now = promises.get(value).unwrap_or(Promise::Pending);
            promises.settle(id, now);
            promises.destroy(value);
        }
        3 => promises.settle(id, Promise::Rejected(value)),
        _ => return Err(Trap::Aborted(format!("invalid promise result {kind}"))),
    }
    Ok(())
}

fn destroy(caller: &mut Caller<'_>, id: u32) -> Result<(), Trap> {
    caller.env().process.promises.destroy(id);
    Ok(())
}
