//! A package of the release that a program asked for in vain.

use std::fmt;

/// A package of the release that was to be imported and could not be had: see [`Outcome::missing_packages`](crate::Outcome).
///
/// `Display` says why, for the person: it may name files of this machine. The program is told what CPython says of any module that is not
/// there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingPackage {
    /// The module.
    pub module: String,
    /// Names of the packages that it is in; empty where the release's lock file cannot be read.
    pub packages: Vec<String>,
    /// The command that fetches packages whose names follow it, with commas between, where that is all that is missing.
    pub fetch: Option<String>,
    /// Why.
    pub why: String,
}

impl fmt::Display for MissingPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.module, self.why)
    }
}
