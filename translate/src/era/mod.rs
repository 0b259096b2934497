//! What differs between releases of Emscripten and is made alike: what a module imports that it could define itself.

pub(crate) mod names;
pub(crate) mod rebind;
pub(crate) mod self_contained;
