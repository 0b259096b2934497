//! Which release a guest is of, in its environment.

use pyrun_emscripten_shim::Trap;
use pyrun_emscripten_shim::guest::extensions::{Extension, Extensions, Reset, Start};

use crate::release::KnownRelease;

/// The release that the guest is of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GuestRelease(pub(crate) &'static KnownRelease);

impl Extension for GuestRelease {
    fn boot() -> Start<Self> {
        Start::Owed
    }

    fn restore() -> Start<Self> {
        Start::Owed
    }

    fn reset(self) -> Reset<Self> {
        Reset::Kept(self)
    }
}

/// The release that the guest is of.
pub(crate) fn of(extensions: &Extensions) -> Result<&'static KnownRelease, Trap> {
    Ok(extensions.get::<GuestRelease>()?.0)
}
