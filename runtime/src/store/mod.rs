//! What lies on the disk: the data folder, the files of releases, and what is packed from them.

pub(crate) mod assets;
pub mod home;
pub(crate) mod module_index;
pub(crate) mod packs;
pub(crate) mod releases;
