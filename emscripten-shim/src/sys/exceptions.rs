//! The exceptions of a store: each is made once, however often it is thrown.
//!
//! The engine makes an object for each `throw`, with a backtrace of the whole stack, and frees it with the store. But WebAssembly cannot
//! tell two exceptions apart that have the same tag and the same values, and C++ and C throw few that differ: their values are addresses,
//! which the allocator hands out again. So a store of ours keeps one object for each that was thrown, as a pool of constants does.
//!
//! Code by Cranelift calls the engine's library through a table of addresses in each instance (`VMBuiltinFunctionsArray`), and
//! [`Exceptions::adopt`] puts two functions of ours into it:
//!
//! | a `throw` of Cranelift's code | the engine | here |
//! |---|---|---|
//! | asks for an exception of the tag | makes one ([`wasmer_vm_alloc_exception`]) | lends the tag's draft ([`alloc_exception`]) |
//! | writes its values into it | | |
//! | has it thrown | unwinds ([`wasmer_vm_throw`]) | throws the object with the draft's tag and values ([`throw_exception`]) |
//!
//! What is thrown again (`throw_ref`) is no draft, and passes. Objects never change once they were thrown, so whoever holds a reference
//! keeps what it stands for: a local, a result, a host function that passes an exception on.
//!
//! The first throws since the guest was at rest have a backtrace, from which an uncaught exception's frames are told. Later objects, or
//! those that are thrown again later, have next to none: they are made by a thread of their own, so that the depth of the guest's stack
//! does not count. All are charged to the guest's account of host memory; the throw that goes beyond it ends the guest with
//! [`Trap::OverHostMemory`].
//!
//! Code by LLVM calls the engine's library directly, and its exceptions are made as the engine makes them. They are freed, as all are,
//! when [`Exceptions::forget`] finds the guest at rest.

mod pool;
mod values;

use std::ptr::{self, NonNull};
use std::sync::{Arc, Mutex, MutexGuard};

use pyrun_memfs::{Budget, OverBudget};
use wasmer::{AsStoreMut, Exception, ExternRef, Tag, Type, Value};
use wasmer_vm::libcalls::{wasmer_vm_alloc_exception, wasmer_vm_read_exnref, wasmer_vm_throw};
use wasmer_vm::{
    StoreObject as _, StoreObjects, VMBuiltinFunctionIndex, VMContext, VMExceptionObj, VMExternObj, VMInstance,
};

use crate::guest::trap::Trap;
use pool::Pool;

/// The engine's number of the exception that says where the [`Exceptions`] of a store are; nothing throws it.
const ANCHOR: u32 = 1;
/// Limit: exceptions that a guest at rest keeps. Beyond it they are freed; those that a program throws again and again stay.
const MOST_AT_REST: usize = 1024;

/// The exceptions of one store. The store owns them.
#[derive(Debug, Default)]
pub(crate) struct Exceptions {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The store's objects; absent until [`Exceptions::keep`] has put them there.
    objects: Option<Objects>,
    pool: Pool,
    /// How many instances have our functions.
    adopted: usize,
    /// Whether a guest at rest may hold references, in a table or a global.
    is_kept: bool,
}

#[derive(Clone, Copy, Debug)]
struct Objects(NonNull<StoreObjects>);

// SAFETY: the pointer is used only while the store is borrowed mutably (`Exceptions::adopt`, `forget`) or runs its guest, which whoever
// has borrowed it mutably called; whichever thread that is, it is alone.
unsafe impl Send for Objects {}

impl Exceptions {
    /// Makes a store keep each exception once, if it is new: if nothing was made in it that goes by the numbers of these.
    pub(crate) fn keep(store: &mut impl AsStoreMut) {
        let this = Arc::new(Self::default());
        let objects = store.objects_mut().as_sys_mut();
        if !VMExternObj::list(objects).is_empty() || !VMExceptionObj::list(objects).is_empty() {
            return;
        }
        let objects = NonNull::from(objects);
        if let Ok(mut state) = this.state.try_lock() {
            state.objects = Some(Objects(objects));
        }
        let address = ptr::from_ref::<Self>(&this).expose_provenance();
        // The store's first reference is how the host finds this, its first exception how our functions do.
        ExternRef::new(store, this);
        let tag = Tag::new(store, vec![Type::I64]);
        let anchor = Exception::new(store, &tag, &[Value::I64(address.cast_signed() as i64)]);
        debug_assert_eq!(anchor.vm_exceptionref().unwrap_sys_ref().to_u32_exnref(), ANCHOR);
    }

    /// Those of a store that [`Exceptions::keep`] was called for.
    fn of(objects: &StoreObjects) -> Option<&Arc<Self>> {
        VMExternObj::list(objects).first()?.as_ref().downcast_ref::<Arc<Self>>()
    }

    /// A guest begins, of which nothing runs yet: what another has thrown is freed, and what it throws is charged to this account.
    pub(crate) fn begin(store: &mut impl AsStoreMut, account: &Budget) {
        Self::forget(store);
        if let Some(mut state) = Self::of(store.objects_mut().as_sys()).and_then(|this| this.state()) {
            state.pool.charge(account.empty_charge());
        }
    }

    /// Puts our functions into the instances that were made since.
    pub(crate) fn adopt(store: &mut impl AsStoreMut) {
        let objects = store.objects_mut().as_sys_mut();
        let Some(mut state) = Self::of(objects).and_then(|this| this.state()) else { return };
        let instances = VMInstance::list(objects);
        for instance in instances.iter().skip(state.adopted) {
            let module = instance.module_ref();
            let references = module.tables.values().any(|table| table.ty == Type::ExceptionRef)
                || module.globals.values().any(|global| global.ty == Type::ExceptionRef);
            // A start function runs while nobody has said that the guest does.
            state.is_kept |= references || module.start_function.is_some();
            replace_functions(instance);
        }
        state.adopted = instances.len();
    }

    /// A guest is at rest: its exceptions are freed, when there are many.
    #[inline]
    pub(crate) fn at_rest(store: &mut impl AsStoreMut) {
        let objects = store.objects_mut().as_sys();
        match VMExceptionObj::list(objects).len() {
            // Nothing was thrown yet.
            0..=1 => {}
            2..=MOST_AT_REST => Self::rest(objects),
            _ => Self::forget(store),
        }
    }

    #[cold]
    fn rest(objects: &StoreObjects) {
        if let Some(mut state) = Self::of(objects).and_then(|this| this.state()) {
            state.pool.rest();
        }
    }

    /// Frees the exceptions of a guest at rest: nothing in it can hold one then, but for tables and globals of references.
    #[cold]
    pub(crate) fn forget(store: &mut impl AsStoreMut) {
        let objects = store.objects_mut().as_sys_mut();
        let Some(this) = Self::of(objects).cloned() else { return };
        let Some(mut state) = this.state().filter(|state| !state.is_kept) else { return };
        state.pool.clear();
        VMExceptionObj::list_mut(objects).truncate(ANCHOR as usize);
    }

    /// `None` once a panic of ours has left it as it was: the engine goes on as it would without us.
    fn state(&self) -> Option<MutexGuard<'_, State>> {
        self.state.try_lock().ok()
    }
}

/// Puts our functions into an instance, whose table must hold the engine's.
fn replace_functions(instance: &VMInstance) {
    let slot = |index: VMBuiltinFunctionIndex| {
        let offset = instance.vmoffsets().vmctx_builtin_function(index) as usize;
        // SAFETY: the engine has allocated the context of each instance with room for what its offsets say, of which the table of
        // functions is a part: one address for each index, aligned as such.
        unsafe { instance.vmctx_ptr().cast::<u8>().add(offset).cast::<usize>() }
    };
    let functions = [
        (
            slot(VMBuiltinFunctionIndex::get_imported_alloc_exception_index()),
            wasmer_vm_alloc_exception as *const () as usize,
            alloc_exception as *const () as usize,
        ),
        (
            slot(VMBuiltinFunctionIndex::get_imported_throw_index()),
            wasmer_vm_throw as *const () as usize,
            throw_exception as *const () as usize,
        ),
    ];
    // SAFETY: as above, the slots are there, and the engine has filled the table when it made the instance. The store is borrowed
    // mutably, so no code of the instance runs and reads it.
    unsafe {
        if !functions.iter().all(|(slot, engine, _)| **slot == *engine) {
            tracing::warn!(
                "the engine's functions are not where they were expected: it keeps each exception that is thrown"
            );
            return;
        }
        for (slot, _, own) in functions {
            *slot = own;
        }
    }
}

/// What a throw in Cranelift's code begins with, in place of [`wasmer_vm_alloc_exception`].
///
/// # Safety
/// As that: called by the code of an instance, with its context and the index of one of its tags. The instance is one that
/// [`Exceptions::adopt`] has seen.
unsafe extern "C-unwind" fn alloc_exception(context: *mut VMContext, tag: u32) -> u32 {
    // SAFETY: the caller's promises are those that are asked for.
    match unsafe { draft(context, tag) } {
        Ok(Some(number)) => number,
        // SAFETY: the caller's promises are those that are asked for.
        Ok(None) => unsafe { wasmer_vm_alloc_exception(context, tag) },
        // SAFETY: as in `throw_exception`.
        Err(over) => unsafe { wasmer_vm::raise_user_trap(Box::new(Trap::OverHostMemory(over))) },
    }
}

/// What it ends with, and a `throw_ref`, in place of [`wasmer_vm_throw`].
///
/// # Safety
/// As that: called by the code of an instance, with its context and a number of an exception, or 0. The instance is one that
/// [`Exceptions::adopt`] has seen.
unsafe extern "C-unwind" fn throw_exception(context: *mut VMContext, number: u32) -> ! {
    // SAFETY: the caller's promises are those that are asked for.
    match unsafe { thrown(context, number) } {
        // SAFETY: the caller's promises are those that are asked for; the number is that of an object of the same store.
        Ok(number) => unsafe { wasmer_vm_throw(context, number) },
        // SAFETY: code of an instance runs, which the engine has called, as it does with traps of its own library; the only value in
        // this frame has moved, and nothing in it is left to be dropped.
        Err(over) => unsafe { wasmer_vm::raise_user_trap(Box::new(Trap::OverHostMemory(over))) },
    }
}

/// The exceptions of the store that an instance is in.
///
/// # Safety
/// The context is of an instance that [`Exceptions::adopt`] has seen, and whose store lives for `'a`.
unsafe fn of_context<'a>(context: *mut VMContext) -> &'a Exceptions {
    // SAFETY: `adopt` has found ours as the store's first reference, where nobody but `keep` puts it, which saw to it that there was no
    // exception: so the first one is the anchor, which is never freed (`forget` leaves it), and whose one value is the address of what
    // the store owns from then on. It is within an `Arc`, and shared by all who use it.
    unsafe {
        let values = wasmer_vm_read_exnref(context, ANCHOR);
        &*ptr::with_exposed_provenance::<Exceptions>((*values).u64 as usize)
    }
}

/// The number of the draft of a tag; `None` when the engine is to make an exception.
///
/// # Safety
/// As [`alloc_exception`].
unsafe fn draft(context: *mut VMContext, tag: u32) -> Result<Option<u32>, OverBudget> {
    // SAFETY: the caller's promises are those that are asked for. The code that runs is the store's.
    let Some(mut state) = unsafe { of_context(context) }.state() else { return Ok(None) };
    let Some(objects) = state.objects else { return Ok(None) };
    let place = (context.addr(), tag);
    if let Some(draft) = state.pool.lend(place.0, tag) {
        return Ok(Some(draft));
    }
    // SAFETY: the caller's promises are those that are asked for.
    let made = unsafe { wasmer_vm_alloc_exception(context, tag) };
    // SAFETY: the store's code runs and has called this; nobody else uses the objects until it goes on, since the engine's function has
    // returned, and `state` shows that no other of ours does.
    state.pool.add(unsafe { &mut *objects.0.as_ptr() }, place, made)?;
    Ok(state.pool.lend(place.0, tag))
}

/// The number of what is to be thrown: that of the object with the draft's values, if it is the draft; else the same.
///
/// # Safety
/// As [`throw_exception`].
unsafe fn thrown(context: *mut VMContext, number: u32) -> Result<u32, OverBudget> {
    // SAFETY: the caller's promises are those that are asked for. The code that runs is the store's.
    let Some(mut state) = unsafe { of_context(context) }.state() else { return Ok(number) };
    let Some(objects) = state.objects else { return Ok(number) };
    // SAFETY: as in `draft`.
    state.pool.constant(unsafe { &mut *objects.0.as_ptr() }, number)
}
