//! What cannot be granted, and what to do instead.

/// A grant that cannot be given.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrantError {
    /// The name of an environment variable.
    #[error(
        "{name:?} cannot be the name of an environment variable: use a name that is not empty, without '=' and NUL"
    )]
    VariableName {
        /// The name.
        name: String,
    },
    /// The value of an environment variable.
    #[error("the value of environment variable {name} has a NUL byte in it, which no environment can hold")]
    VariableValue {
        /// The variable's name.
        name: String,
    },
    /// More than a guest can be given in this way.
    #[error("{what} of {bytes} bytes: a guest takes at most {limit}; put what is long into a file")]
    TooLong {
        /// What it is.
        what: &'static str,
        /// Its length.
        bytes: usize,
        /// The most that is taken.
        limit: usize,
    },
    /// A path of the guest that is not absolute, or that no path can be.
    #[error("{path:?} cannot be the guest's path of a {what}: use an absolute path without '..' and NUL, e.g. /data")]
    Path {
        /// What was to be there.
        what: &'static str,
        /// The path.
        path: String,
    },
    /// A folder in the place of something that the guest needs.
    #[error(
        "a folder cannot be shown at {path}, where it would hide {hidden} from the program: show it elsewhere, e.g. at /data"
    )]
    Hides {
        /// The guest's path.
        path: String,
        /// What it would hide.
        hidden: String,
    },
    /// A symbolic link in the guest that leads to something that the guest needs. A snapshot's guest, or a folder that is shown
    /// already, has it.
    #[error(
        "{path} leads to {real} by a symbolic link in the guest, where it would hide or change {hidden}: use another path"
    )]
    Leads {
        /// The guest's path.
        path: String,
        /// Where it leads.
        real: String,
        /// What is there.
        hidden: String,
    },
    /// A folder for writing in which pyrun's own files are, or through which they are found.
    #[error(
        "{path} cannot be granted for writing: {what} is found there ({own}), and who changes that chooses what runs on this \
         machine; grant it read-only, or a folder that holds only what the program may change"
    )]
    Own {
        /// The folder.
        path: String,
        /// What is there.
        what: &'static str,
        /// Its path.
        own: String,
    },
    /// Code of the guest's own, together with [`Sandbox::untrusted`](crate::sandbox::Sandbox::untrusted).
    #[error("a program that nobody has read loads no WebAssembly libraries of its own: leave out one of the two")]
    NativeCode,
    /// The guest's file system has no room for it there.
    #[error("the {what} cannot be at {path} in the guest: {why}")]
    Unplaceable {
        /// What was to be there.
        what: &'static str,
        /// The guest's path.
        path: String,
        /// What the guest's file system says.
        why: &'static str,
    },
    /// An argument of the command line.
    #[error("argument {position} has a NUL byte in it, which no command line can hold")]
    Argument {
        /// Which one, counted from 1.
        position: usize,
    },
}
