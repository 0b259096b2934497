//! Where a guest's linear memory comes from: zeros, or the image of one that was frozen.

pub mod image;
pub mod room;
pub mod store;

pub use image::{MemoryImage, Restoring};
pub use room::Room;
pub use store::{
    GuestStore, allow_spare_memory, at_rest, charge_exceptions, instantiate, set_stack_size, store, store_from,
    store_with,
};
