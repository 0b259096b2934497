//! State of the layers above in a guest's environment: a map from types to values.
//!
//! The shim never looks at what is in it. It does see to one thing: when an interpreter is reset between two tenants,
//! every extension is visited, and what comes of it is what its type declares ([`Extension::reset`]). A type that
//! declares nothing does not compile, and one that is to be carried over from an image is absent until it is given
//! again, so that nothing of the tenant before can be read by mistake.

use std::any::{Any, TypeId, type_name};

use crate::guest::trap::Trap;

/// A value that a layer above keeps in the environment. None of the answers has a default: each type says all three.
///
/// ```
/// use pyrun_emscripten_shim::guest::extensions::{Extension, Extensions, Reset, Start};
///
/// /// Names that the guest has looked up.
/// #[derive(Default)]
/// struct Names(Vec<String>);
///
/// impl Extension for Names {
///     fn boot() -> Start<Self> {
///         Start::Built(Self::default())
///     }
///     fn restore() -> Start<Self> {
///         Start::Built(Self::default())
///     }
///     fn reset(self) -> Reset<Self> {
///         Reset::Rebuilt(Self::default())
///     }
/// }
///
/// let mut extensions = Extensions::boot().with::<Names>();
/// extensions.get_mut::<Names>()?.0.push("__main__".to_owned());
/// extensions.reset();
/// assert!(extensions.get::<Names>()?.0.is_empty());
/// # Ok::<_, pyrun_emscripten_shim::Trap>(())
/// ```
pub trait Extension: Any + Send + Sized {
    /// What a guest that boots begins with.
    fn boot() -> Start<Self>;

    /// What a guest that starts from a snapshot begins with.
    fn restore() -> Start<Self>;

    /// What becomes of it when the guest goes back to its snapshot, for another tenant.
    fn reset(self) -> Reset<Self>;
}

/// What a guest begins with.
#[derive(Debug)]
pub enum Start<E> {
    /// This.
    Built(E),
    /// What the layer above gives ([`Extensions::give`]): it is made of something that the type does not know, such as the
    /// image. It is absent until then.
    Owed,
}

/// What a reset leaves.
#[derive(Debug)]
pub enum Reset<E> {
    /// A new value. It may take over engine handles of the old one, and nothing that the tenant could write.
    Rebuilt(E),
    /// The value as it is: it holds nothing but data that no guest changes.
    Kept(E),
    /// Nothing: the layer above gives it again from the image ([`Extensions::give`]). It is absent until then.
    Owed,
}

type Value = Box<dyn Any + Send>;

/// One type's entry. `value` is `None` while the layer above owes it.
struct Entry {
    id: TypeId,
    name: &'static str,
    value: Option<Value>,
    reset: fn(Value) -> Option<Value>,
}

/// What a set of extensions is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Event {
    #[default]
    Boot,
    Restore,
}

/// The extensions of one guest, at most one of each type.
///
/// There are few, so an access is a scan that compares type ids and allocates nothing.
#[derive(Default)]
pub struct Extensions {
    event: Event,
    entries: Vec<Entry>,
}

impl std::fmt::Debug for Extensions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.entries.iter().map(|entry| entry.name)).finish()
    }
}

impl Extensions {
    /// Those of a guest that boots; none as yet.
    #[must_use]
    pub fn boot() -> Self {
        Self { event: Event::Boot, entries: Vec::new() }
    }

    /// Those of a guest that starts from a snapshot; none as yet.
    #[must_use]
    pub fn restore() -> Self {
        Self { event: Event::Restore, entries: Vec::new() }
    }

    /// Adds a type, with what it declares for this start. Adding it twice changes nothing.
    #[must_use]
    pub fn with<E: Extension>(mut self) -> Self {
        if self.find::<E>().is_none() {
            let start = match self.event {
                Event::Boot => E::boot(),
                Event::Restore => E::restore(),
            };
            let value = match start {
                Start::Built(value) => Some(Box::new(value) as Value),
                Start::Owed => None,
            };
            self.entries.push(Entry { id: TypeId::of::<E>(), name: type_name::<E>(), value, reset: reset_value::<E> });
        }
        self
    }

    /// Adds a type with the value that it begins with, whatever it declares for this start; or gives another value.
    #[must_use]
    pub fn holding<E: Extension>(self, value: E) -> Self {
        let mut extensions = self.with::<E>();
        if let Some(entry) = extensions.find_mut::<E>() {
            entry.value = Some(Box::new(value));
        }
        extensions
    }

    /// Gives a value that is owed, or another one in the place of what is there.
    ///
    /// # Errors
    /// [`Trap::Bug`] when the type was not added.
    pub fn give<E: Extension>(&mut self, value: E) -> Result<(), Trap> {
        self.find_mut::<E>().ok_or_else(unknown::<E>)?.value = Some(Box::new(value));
        Ok(())
    }

    /// The extension of this type.
    ///
    /// # Errors
    /// [`Trap::Bug`] when the type was not added, or its value is owed.
    pub fn get<E: Extension>(&self) -> Result<&E, Trap> {
        let value = self.find::<E>().ok_or_else(unknown::<E>)?.value.as_deref();
        value.and_then(|value| value.downcast_ref()).ok_or_else(owed::<E>)
    }

    /// As [`Extensions::get`], to be changed.
    ///
    /// # Errors
    /// As [`Extensions::get`].
    pub fn get_mut<E: Extension>(&mut self) -> Result<&mut E, Trap> {
        let value = self.find_mut::<E>().ok_or_else(unknown::<E>)?.value.as_deref_mut();
        value.and_then(|value| value.downcast_mut()).ok_or_else(owed::<E>)
    }

    /// Does with each extension what its type declares for a reset. [`snapshot::reset`](crate::snapshot::reset) calls it.
    pub fn reset(&mut self) {
        for entry in &mut self.entries {
            entry.value = entry.value.take().and_then(entry.reset);
        }
    }

    /// That nothing is owed any more: to be asked when a guest has been started, restored or reset.
    ///
    /// # Errors
    /// [`Trap::Bug`] with the type that is owed.
    pub fn check_complete(&self) -> Result<(), Trap> {
        match self.entries.iter().find(|entry| entry.value.is_none()) {
            Some(entry) => Err(Trap::bug("extensions", format!("{} was not given", entry.name))),
            None => Ok(()),
        }
    }

    fn find<E: Extension>(&self) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == TypeId::of::<E>())
    }

    fn find_mut<E: Extension>(&mut self) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.id == TypeId::of::<E>())
    }
}

/// [`Extension::reset`] of a value whose type the caller does not know.
fn reset_value<E: Extension>(value: Value) -> Option<Value> {
    match value.downcast::<E>().ok()?.reset() {
        Reset::Rebuilt(value) | Reset::Kept(value) => Some(Box::new(value)),
        Reset::Owed => None,
    }
}

#[cold]
fn unknown<E>() -> Trap {
    Trap::bug("extensions", format!("this guest has no {}", type_name::<E>()))
}

#[cold]
fn owed<E>() -> Trap {
    Trap::bug("extensions", format!("{} was not given", type_name::<E>()))
}

#[cfg(test)]
mod tests {
    use super::{Extension, Extensions, Reset, Start};

    /// Built from nothing each time.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct Scratch(u32);

    impl Extension for Scratch {
        fn boot() -> Start<Self> {
            Start::Built(Self(1))
        }
        fn restore() -> Start<Self> {
            Start::Built(Self(2))
        }
        fn reset(self) -> Reset<Self> {
            Reset::Rebuilt(Self(3))
        }
    }

    /// Data of the engine's.
    #[derive(Debug, PartialEq, Eq)]
    struct Fixed(&'static str);

    impl Extension for Fixed {
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

    /// What an image holds.
    #[derive(Debug, PartialEq, Eq)]
    struct Carried(Vec<u8>);

    impl Extension for Carried {
        fn boot() -> Start<Self> {
            Start::Built(Self(Vec::new()))
        }
        fn restore() -> Start<Self> {
            Start::Owed
        }
        fn reset(self) -> Reset<Self> {
            Reset::Owed
        }
    }

    fn add(extensions: Extensions) -> Extensions {
        extensions.with::<Scratch>().with::<Fixed>().with::<Carried>()
    }

    #[test]
    fn each_start_makes_what_the_types_declare() {
        let mut booted = add(Extensions::boot());
        assert_eq!(booted.get::<Scratch>().unwrap(), &Scratch(1));
        assert_eq!(booted.get::<Carried>().unwrap(), &Carried(Vec::new()));
        assert!(booted.get::<Fixed>().is_err());
        assert!(booted.check_complete().unwrap_err().to_string().contains("Fixed"));
        booted.give(Fixed("314")).unwrap();
        booted.check_complete().unwrap();

        let held = Extensions::restore().holding(Carried(vec![5])).holding(Scratch(6));
        held.check_complete().unwrap();
        assert_eq!(held.get::<Carried>().unwrap(), &Carried(vec![5]));
        assert_eq!(held.get::<Scratch>().unwrap(), &Scratch(6));

        let restored = add(Extensions::restore());
        assert_eq!(restored.get::<Scratch>().unwrap(), &Scratch(2));
        assert!(restored.get::<Carried>().is_err());
    }

    #[test]
    fn a_reset_leaves_nothing_of_the_tenant_before() {
        let mut extensions = add(Extensions::restore());
        extensions.give(Fixed("314")).unwrap();
        extensions.give(Carried(b"image".to_vec())).unwrap();
        extensions.get_mut::<Scratch>().unwrap().0 = 77;
        extensions.get_mut::<Carried>().unwrap().0 = b"secret".to_vec();

        extensions.reset();
        assert_eq!(extensions.get::<Scratch>().unwrap(), &Scratch(3));
        assert_eq!(extensions.get::<Fixed>().unwrap(), &Fixed("314"));
        assert!(extensions.get_mut::<Carried>().is_err(), "absent, not old");
        assert!(extensions.check_complete().unwrap_err().to_string().contains("Carried"));
        extensions.give(Carried(b"image".to_vec())).unwrap();
        extensions.check_complete().unwrap();
        assert_eq!(extensions.get::<Carried>().unwrap(), &Carried(b"image".to_vec()));

        // What is owed stays so, however often.
        extensions.reset();
        extensions.reset();
        assert!(extensions.get::<Carried>().is_err());
    }

    #[test]
    fn a_type_is_added_before_it_is_used_and_once() {
        let mut extensions = Extensions::boot().with::<Scratch>();
        assert!(extensions.get::<Fixed>().is_err());
        assert!(extensions.get_mut::<Fixed>().is_err());
        assert!(extensions.give(Fixed("314")).is_err());
        extensions.give(Scratch(9)).unwrap();
        let extensions = extensions.with::<Scratch>();
        assert_eq!(extensions.get::<Scratch>().unwrap(), &Scratch(9));
        assert_eq!(format!("{extensions:?}").matches("Scratch").count(), 1);
    }
}
