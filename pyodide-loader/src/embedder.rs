//! What the embedder keeps with a guest. The loader never looks at it.

use std::any::Any;
use std::sync::Arc;

use pyrun_emscripten_shim::Trap;
use pyrun_emscripten_shim::guest::extensions::{Extension, Reset, Start};

use crate::instance::Instance;

/// Something of the embedder's, which it finds again wherever the guest has called it.
#[derive(Default)]
pub struct Embedder(pub Option<Arc<dyn Any + Send + Sync>>);

impl std::fmt::Debug for Embedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Embedder").field(&self.0.is_some()).finish()
    }
}

impl Extension for Embedder {
    fn boot() -> Start<Self> {
        Start::Built(Self::default())
    }

    fn restore() -> Start<Self> {
        Start::Built(Self::default())
    }

    fn reset(self) -> Reset<Self> {
        // It may be about the tenant before.
        Reset::Rebuilt(Self::default())
    }
}

impl Instance {
    /// Keeps something with the guest, until it is reset.
    ///
    /// # Errors
    /// [`Trap::Bug`] when the guest was made without [`Embedder`].
    pub fn keep(&mut self, kept: Arc<dyn Any + Send + Sync>) -> Result<(), Trap> {
        self.caller().env().extensions.give(Embedder(Some(kept)))
    }
}
