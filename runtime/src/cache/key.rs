//! What an entry depends on, as one hash.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// What is cached; each kind has its own folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub(crate) enum Kind {
    /// A module, translated and compiled to native code.
    Artifact,
    /// Code that was generated for a function type, of which a guest may ask for as many as it likes.
    Helper,
    /// The files of the standard library or of a package, with Python's compiled code.
    Pack,
    /// A started interpreter at rest.
    Snapshot,
    /// What is asked of a lock file at each start.
    Index,
}

impl Kind {
    /// Every kind.
    pub(crate) const ALL: &'static [Self] = &[Self::Artifact, Self::Helper, Self::Pack, Self::Snapshot, Self::Index];

    /// The name of its folder.
    #[must_use]
    pub(crate) const fn folder(self) -> &'static str {
        match self {
            Self::Artifact => "artifacts",
            Self::Helper => "helpers",
            Self::Pack => "packs",
            Self::Snapshot => "snapshots",
            Self::Index => "indexes",
        }
    }
}

/// Everything that the content of an entry depends on.
///
/// For an artifact: the module's SHA-256, and the versions of the translator, of the engine with its compiler and
/// settings, of the form in which it is stored, and [`target_identity`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyParts<'a> {
    /// What it is.
    pub(crate) kind: Kind,
    /// The SHA-256 of what it is made from.
    pub(crate) source: &'a [u8; 32],
    /// What it is made by and for, in a fixed order, e.g. `["translator 3", "wasmer 7.4.2 cranelift", …]`.
    pub(crate) versions: &'a [&'a str],
}

/// The name of an entry: a kind and the hash of its parts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    kind: Kind,
    digest: [u8; 32],
}

impl Key {
    /// The key of these parts. Different parts give different keys: each has its length before it.
    #[must_use]
    pub(crate) fn new(parts: &KeyParts<'_>) -> Self {
        let mut hash = Sha256::new();
        let fields = [parts.kind.folder().as_bytes(), parts.source];
        for field in fields.into_iter().chain(parts.versions.iter().map(|text| text.as_bytes())) {
            hash.update((field.len() as u64).to_le_bytes());
            hash.update(field);
        }
        Self { kind: parts.kind, digest: hash.finalize().into() }
    }

    /// The key of this kind with this digest, which [`Key::digest`] gave.
    pub(crate) const fn from_digest(kind: Kind, digest: [u8; 32]) -> Self {
        Self { kind, digest }
    }

    /// The hash itself.
    pub(crate) const fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// What it is the name of.
    #[must_use]
    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }

    /// The hash, in hexadecimal digits.
    #[must_use]
    pub(crate) fn hex(&self) -> String {
        hex(&self.digest)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.folder(), self.hex())
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The machine that native code is compiled for: the target's triple and the features of its processor that the
/// compiler uses, in a fixed order.
#[must_use]
pub(crate) fn target_identity() -> String {
    let target = wasmer::sys::Target::default();
    let mut features: Vec<String> = target.cpu_features().iter().map(|feature| feature.to_string()).collect();
    features.sort();
    format!("{} {}", target.triple(), features.join(","))
}
