//! What the host holds of one guest, and the ways into it.

pub mod call;
pub mod caller;
mod check_table;
pub mod env;
pub mod exports;
pub mod extensions;
mod frozen_table;
pub mod gate;
pub mod import;
pub mod mem;
pub mod native_stack;
pub(crate) mod nested_stacks;
pub mod scratch;
mod scratch_stack;
pub mod signals;
pub mod signatures;
pub mod slots;
pub mod table;
pub mod thread;
pub mod trap;
