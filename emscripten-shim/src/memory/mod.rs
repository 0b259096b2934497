//! Where a guest's linear memory comes from: zeros, or the image of one that was frozen.

pub mod store;

pub use store::{MemoryImage, Restoring, allow_spare_memory, set_stack_size, store_from};
