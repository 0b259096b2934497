//! What the loader keeps in a guest's environment: the list of its extensions.
//!
//! Each lies next to the code that uses it, and says itself what boot, restoring and a reset do with it. They are added
//! here, those that are asked for most often first.

use pyrun_emscripten_shim::guest::extensions::Extensions;

use crate::c_api::CApi;
use crate::embedder::Embedder;
use crate::guest_modules::finder::Packages;
use crate::guest_modules::snapshot::SnapshotCode;
use crate::guest_release::GuestRelease;
use crate::imports::cpython::SignalHold;
use crate::object::{CodeCache, Functions, ObjectState};
use crate::release::KnownRelease;
use crate::trampoline::ArityTable;

/// The extensions of a guest that boots.
#[must_use]
pub fn boot(release: &'static KnownRelease) -> Extensions {
    add(Extensions::boot(), release)
}

/// The extensions of a guest that starts from a snapshot. What the image holds is to be given.
#[must_use]
pub fn restore(release: &'static KnownRelease) -> Extensions {
    add(Extensions::restore(), release)
}

fn add(extensions: Extensions, release: &'static KnownRelease) -> Extensions {
    extensions
        .with::<ObjectState>()
        .with::<CApi>()
        .with::<Functions>()
        .with::<SignalHold>()
        .with::<CodeCache>()
        .with::<ArityTable>()
        .with::<Packages>()
        .with::<SnapshotCode>()
        .with::<Embedder>()
        .holding(GuestRelease(release))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::function::FunctionsImage;
    use crate::release::RELEASES;

    /// The extensions that exist. One that is added must be added to the tests below, too.
    const COUNT: usize = 10;

    /// What the image holds, as restoring and a reset give it.
    fn give_what_is_owed(extensions: &mut Extensions) {
        extensions.give(Functions::from_image(&FunctionsImage::default())).unwrap();
        extensions.give(Packages::default()).unwrap();
        extensions.give(SnapshotCode::default()).unwrap();
    }

    #[test]
    fn a_boot_owes_nothing_and_restoring_what_the_image_holds() {
        boot(&RELEASES[0]).check_complete().unwrap();
        let mut restored = restore(&RELEASES[0]);
        assert!(restored.get::<Functions>().is_err() && restored.get::<Packages>().is_err());
        assert!(restored.get::<SnapshotCode>().is_err());
        give_what_is_owed(&mut restored);
        restored.check_complete().unwrap();
    }

    #[test]
    fn a_reset_leaves_nothing_of_the_tenant_before() {
        let names = format!("{:?}", boot(&RELEASES[0]));
        assert_eq!(names.split(", ").count(), COUNT, "an extension without a test: {names}");

        let mut extensions = restore(&RELEASES[0]);
        give_what_is_owed(&mut extensions);
        extensions.get_mut::<ObjectState>().unwrap().spoil();
        extensions.get_mut::<CApi>().unwrap().spoil();
        extensions.get_mut::<Functions>().unwrap().spoil();
        extensions.get_mut::<SignalHold>().unwrap().0 = false;
        extensions.get_mut::<CodeCache>().unwrap().spoil();
        extensions.get_mut::<Packages>().unwrap().spoil();
        extensions.get_mut::<SnapshotCode>().unwrap().spoil();
        extensions.get_mut::<Embedder>().unwrap().0 = Some(std::sync::Arc::new("secret"));

        extensions.reset();
        assert!(extensions.get::<ObjectState>().unwrap().is_new());
        assert!(extensions.get::<CApi>().unwrap().is_new());
        // Until the next tenant is ready.
        assert!(extensions.get::<SignalHold>().unwrap().0);
        assert!(extensions.get::<CodeCache>().unwrap().is_new());
        assert!(extensions.get::<Embedder>().unwrap().0.is_none());
        // The image's, to be given again.
        assert!(extensions.get::<Functions>().is_err());
        assert!(extensions.get::<Packages>().is_err());
        assert!(extensions.get::<SnapshotCode>().is_err());
        give_what_is_owed(&mut extensions);
        assert!(extensions.get::<Functions>().unwrap().is_new());
        // No guest changes these: the release, and the helper instance of the trampoline.
        assert_eq!(crate::guest_release::of(&extensions).unwrap().version, RELEASES[0].version);
        extensions.get::<ArityTable>().unwrap();
        extensions.check_complete().unwrap();
    }
}
