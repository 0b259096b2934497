//! Host functions: the tables of them, and the macro that makes the tables.

pub mod families;
pub mod table;

pub use families::FAMILIES;
pub use table::{Family, Import, Support, find, type_matches};
