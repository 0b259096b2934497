//! The manifest of an entry and the record of its last verification.
//!
//! ```text
//! pyrun-cache 1            ── magic and version of this form
//! key <kind>/<hex>
//! payload <hex> <length>
//! info <length>
//! <info bytes>
//! <32 bytes: SHA-256 of everything above>
//! ```

use std::fs::Metadata;

use sha2::{Digest as _, Sha256};

use super::key::{Key, hex};

/// The version of the manifest's form.
const MAGIC: &str = "pyrun-cache 1";
/// Limit: bytes of a manifest that is read; a longer one is damaged. The sidecar bytes are small.
pub(super) const MAX_MANIFEST: u64 = 64 << 20;

/// What an entry says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) sha256: String,
    pub(super) length: u64,
    pub(super) info: Vec<u8>,
}

impl Manifest {
    pub(super) fn of(payload: &[u8], info: &[u8]) -> Self {
        Self { sha256: hex(&Sha256::digest(payload)), length: payload.len() as u64, info: info.to_vec() }
    }

    pub(super) fn payload_name(&self) -> String {
        format!("{}.bin", self.sha256)
    }

    pub(super) fn encode(&self, key: &Key) -> Vec<u8> {
        let mut bytes =
            format!("{MAGIC}\nkey {key}\npayload {} {}\ninfo {}\n", self.sha256, self.length, self.info.len())
                .into_bytes();
        bytes.extend_from_slice(&self.info);
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        bytes
    }

    /// Reads a manifest; `None` when it is damaged or another key's.
    pub(super) fn decode(bytes: &[u8], key: &Key) -> Option<Self> {
        let (body, digest) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
        if Sha256::digest(body)[..] != *digest {
            return None;
        }
        let mut lines = body.splitn(5, |&byte| byte == b'\n');
        let mut line = || std::str::from_utf8(lines.next()?).ok();
        if line()? != MAGIC || line()?.strip_prefix("key ")? != key.to_string() {
            return None;
        }
        let (sha256, length) = line()?.strip_prefix("payload ")?.split_once(' ')?;
        let info_length: usize = line()?.strip_prefix("info ")?.parse().ok()?;
        let info = lines.next()?;
        let is_hash = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_hash && info.len() == info_length).then_some(())?;
        Some(Self { sha256: sha256.to_owned(), length: length.parse().ok()?, info: info.to_vec() })
    }
}

/// The payload file as it was when its hash was right, as text. Compared whole.
#[cfg(unix)]
pub(super) fn fingerprint(metadata: &Metadata, boot: &str) -> String {
    use std::os::unix::fs::MetadataExt as _;
    format!(
        "verified 1\nboot {boot}\nfile {} {} {}\nmtime {}.{:09}\nctime {}.{:09}\n",
        metadata.dev(),
        metadata.ino(),
        metadata.size(),
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ctime(),
        metadata.ctime_nsec()
    )
}

/// The payload file as it was when its hash was right, as text. Compared whole.
#[cfg(not(unix))]
pub(super) fn fingerprint(metadata: &Metadata, boot: &str) -> String {
    let changed = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    format!("verified 1\nboot {boot}\nfile {}\nmtime {changed:?}\n", metadata.len())
}

/// What names the present boot of the machine; empty where that is not known, so that only the file's own data counts.
pub(super) fn boot_identity() -> String {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    text.trim().to_owned()
}
