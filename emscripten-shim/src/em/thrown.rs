//! What a guest threw, as a value.

/// What was thrown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Thrown {
    /// A C++ exception. Its object stays allocated.
    Cpp {
        /// The address of the object.
        object: u32,
        /// Its class, as C++ writes it, as far as it can be told.
        class: Option<String>,
        /// What `what()` says, if it is a `std::exception`.
        message: Option<String>,
    },
    /// A `longjmp` to a `setjmp` that is not among the callers.
    Longjmp {
        /// The address of its `jmp_buf`, if that can be told.
        buffer: Option<u32>,
        /// The value that `setjmp` would have returned, if that can be told.
        value: Option<i32>,
    },
    /// An exception of another language, or the program's own.
    Other,
}
