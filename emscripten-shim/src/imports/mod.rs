//! Host functions: the tables of them, and the macros that make the tables.

pub mod families;
mod macros;
pub mod needs;
pub mod table;
