//! Tests of the translation. Code in the legacy form cannot be run by the engine, so what a hand-written case must give
//! is written next to it, and generated cases are compared with a reference interpreter.

mod bad_input;
mod bulk;
mod engine;
mod eras;
mod exceptions;
mod forward;
mod indices;
mod inline;
mod loops;
mod modern;
mod names;
mod native_stack;
mod polls;
mod property;
mod reference;
mod renumbered;
mod sections;
mod spare_memory;
mod stack_pointer;
mod unchanged;
mod vectorize;
