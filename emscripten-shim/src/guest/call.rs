//! Calls into the guest, counted.

use wasmer::{Function, FunctionEnvMut, TypedFunction, Value, WasmTypeList};

use crate::guest::caller::Caller;
use crate::guest::env::Env;
use crate::guest::nested_stacks::least_for;
use crate::guest::trap::Trap;

/// Limit: bytes of native stack that must be left for a call that is nested. Beyond it [`Trap::TooDeep`]: the host's own code
/// between two calls, an import's or a conversion's, must fit.
const LEAST_STACK: usize = 128 << 10;
/// Calls that may be nested before the stack is looked at. Programs that do not go deeper pay nothing for it.
const SHALLOW: u32 = 8;

impl Caller<'_> {
    /// Calls a guest function, counting how deeply guest and host are nested.
    ///
    /// # Errors
    /// [`Trap::TooDeep`], [`Trap::Stopped`], or how the guest ended.
    pub fn call<Args: WasmTypeList, Rets: WasmTypeList>(
        &mut self,
        function: &TypedFunction<Args, Rets>,
        args: Args,
    ) -> Result<Rets, Trap>
    where
        TypedFunction<Args, Rets>: GuestCall<Args, Rets>,
    {
        self.enter()?;
        let result = function.call_guest(self.engine_env(), args);
        self.leave()?;
        result.map_err(Trap::Guest)
    }

    /// As [`Caller::call`], for a function whose signature is known only at run time.
    ///
    /// # Errors
    /// As [`Caller::call`]; [`Trap::Guest`] also when the arguments do not fit the signature.
    pub fn call_values(&mut self, function: &Function, args: &[Value]) -> Result<Box<[Value]>, Trap> {
        self.enter()?;
        let result = function.call(self.engine_env(), args);
        self.leave()?;
        result.map_err(Trap::Guest)
    }

    fn enter(&mut self) -> Result<(), Trap> {
        let env = self.env();
        let limit = env.process.limits.depth;
        if env.thread.depth() >= SHALLOW && env.thread.stack_left().is_some_and(|left| left < LEAST_STACK) {
            return Err(Trap::TooDeep(env.thread.depth()));
        }
        let Some(stack) = env.thread.next_stack(&env.process.host_memory) else {
            return Err(Trap::TooDeep(env.thread.depth()));
        };
        if !env.thread.enter(limit) {
            env.gate.meet_depth(limit);
            return Err(Trap::TooDeep(limit));
        }
        env.gate.set_next_stack(stack);
        // Last: from here on the guest's thread is in the guest.
        let gone_in = env.gate.enter_guest();
        if gone_in.is_err() {
            env.thread.leave();
        }
        gone_in
    }

    /// Comes out of the guest; [`Trap::Stopped`] when it was stopped meanwhile, however the call has ended.
    fn leave(&mut self) -> Result<(), Trap> {
        let env = self.env();
        env.thread.leave();
        env.gate.leave_guest()
    }

    /// Whether less than `bytes` of the native stack are left. Where that is not known, or few calls are nested, none are missed.
    pub fn lacks_stack(&mut self, bytes: usize) -> bool {
        let thread = &mut self.env().thread;
        thread.depth() >= SHALLOW && thread.stack_left().is_some_and(|left| left < bytes)
    }

    /// Bytes of the native stack that are left; `None` when that is not known.
    pub fn stack_left(&mut self) -> Option<usize> {
        self.env().thread.stack_left()
    }

    /// Notes that the guest has met its limit of calls inside each other: who refuses a call before it is too deep says so.
    pub fn meet_depth(&self) {
        let env = self.env_ref();
        env.gate.meet_depth(env.process.limits.depth);
    }

    /// How many calls between guest and host may still be nested into the present one.
    pub fn depth_left(&self) -> u32 {
        let env = self.env_ref();
        env.process.limits.depth.saturating_sub(env.thread.depth())
    }

    /// Whether the account of host memory has too little left for the stacks of so many more calls.
    pub fn lacks_stacks_for(&self, calls: u32) -> bool {
        self.env_ref().process.host_memory.shortage(least_for(calls)) > 0
    }

    /// Runs `body`, whose panics end here. Calls of the guest that a panic has cut off are no longer counted as active.
    ///
    /// # Errors
    /// What the panic carried.
    pub fn catch_panic<R>(&mut self, body: impl FnOnce(&mut Self) -> R) -> std::thread::Result<R> {
        let depth = self.env_ref().thread.depth();
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| body(self)));
        self.env().thread.unwind_to(depth);
        result
    }

    /// Allocates guest memory with the guest's own `malloc`; 0 when it has none left.
    ///
    /// # Errors
    /// As [`Caller::call`]; [`Trap::MissingExport`] when the module exports no `malloc`.
    pub fn malloc(&mut self, bytes: u32) -> Result<u32, Trap> {
        let malloc = self.guest()?.malloc()?.clone();
        self.call(&malloc, bytes)
    }

    /// Frees what [`Caller::malloc`] gave.
    ///
    /// # Errors
    /// As [`Caller::call`]; [`Trap::MissingExport`] when the module exports no `free`.
    pub fn free(&mut self, addr: u32) -> Result<(), Trap> {
        let free = self.guest()?.free()?.clone();
        self.call(&free, addr)
    }
}

/// Calling a [`TypedFunction`] whatever its signature is: wasmer defines `call` once per arity.
pub trait GuestCall<Args, Rets> {
    /// Calls it.
    ///
    /// # Errors
    /// How the guest ended.
    fn call_guest(&self, store: &mut FunctionEnvMut<'_, Env>, args: Args) -> Result<Rets, wasmer::RuntimeError>;
}

macro_rules! guest_calls {
    ($(($($arg:ident: $ty:ident),*))*) => {$(
        impl<$($ty: wasmer::FromToNativeWasmType,)* Rets: WasmTypeList> GuestCall<($($ty,)*), Rets>
            for TypedFunction<($($ty,)*), Rets>
        {
            fn call_guest(
                &self,
                store: &mut FunctionEnvMut<'_, Env>,
                ($($arg,)*): ($($ty,)*),
            ) -> Result<Rets, wasmer::RuntimeError> {
                self.call(store, $($arg),*)
            }
        }
    )*};
}
guest_calls! {
    () (a: A, b: B) (a: A, b: B, c: C) (a: A, b: B, c: C, d: D) (a: A, b: B, c: C, d: D, e: E)
    (a: A, b: B, c: C, d: D, e: E, f: F)
}

// One argument has no tuple around it in wasmer. A blanket implementation would overlap with the tuples'.
macro_rules! guest_calls_of_one {
    ($($ty:ty),*) => {$(
        impl<Rets: WasmTypeList> GuestCall<$ty, Rets> for TypedFunction<$ty, Rets> {
            fn call_guest(
                &self,
                store: &mut FunctionEnvMut<'_, Env>,
                arg: $ty,
            ) -> Result<Rets, wasmer::RuntimeError> {
                self.call(store, arg)
            }
        }
    )*};
}
guest_calls_of_one!(i32, u32, i64, u64, f32, f64, Option<wasmer::ExternRef>);
