//! `readline`, which releases lack: its functions over CPython's own editor of lines, for `cmd`, `pdb`, `code` and programs that import it.

use super::module::{GuestModule, Placement};

/// The module's row.
pub(super) const MODULE: GuestModule = GuestModule {
    name: "readline",
    source: include_str!("readline.py"),
    placement: Placement::Library,
    functions: None,
};
