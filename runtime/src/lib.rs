//! Placeholder.

mod errno;
mod sys;

pub mod cache;
#[cfg(unix)]
pub mod folder;
pub mod home;
#[cfg(unix)]
pub mod host;
#[cfg(unix)]
pub mod stdio;
