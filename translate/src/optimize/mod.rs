//! What makes the code faster, each with a switch of its own.

pub(crate) mod bulk;
pub(crate) mod inline;
pub(crate) mod vectorize;
