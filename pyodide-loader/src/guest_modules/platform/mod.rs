//! Modules that CPython has on Linux and a release leaves out, in plain Python.

use super::module::GuestModule;

/// The modules' rows.
pub(super) const MODULES: &[GuestModule] = &[
    GuestModule::library("_pyrun_accounts", include_str!("_pyrun_accounts.py")),
    GuestModule::library("_pyrun_structseq", include_str!("_pyrun_structseq.py")),
    GuestModule::package("dbm", include_str!("dbm/__init__.py")),
    GuestModule::library("dbm.dumb", include_str!("dbm/dumb.py")),
    GuestModule::library("dbm.gnu", include_str!("dbm/gnu.py")),
    GuestModule::library("dbm.ndbm", include_str!("dbm/ndbm.py")),
    GuestModule::library("dbm.sqlite3", include_str!("dbm/sqlite3.py")),
    GuestModule::library("grp", include_str!("grp.py")),
    GuestModule::library("pwd", include_str!("pwd.py")),
    GuestModule::library("readline", include_str!("readline.py")).needing("_pyrepl._module_completer"),
    GuestModule::library("resource", include_str!("resource.py")),
    GuestModule::library("syslog", include_str!("syslog.py")),
];
