//! Exception handling: the legacy form, and the one by way of JavaScript, become `try_table` and `throw_ref`.

pub(crate) mod js_exceptions;
pub(crate) mod plan;
pub(crate) mod rewrite;
