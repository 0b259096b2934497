//! Operations on arrays: what NumPy gives for the same, exact values of functions, mistakes, memory.

mod arrays;
mod by_name;
mod functions;
mod golden;
mod mistakes;
mod support;
