//! Settings as lines of text.

use pyrun::{Error, FolderMode, Limits};

use super::{Chosen, some};
use crate::code::bad;

impl Chosen {
    /// Settings as lines of text: a word, and what belongs to it after a space. `pyrun_vp.h` lists the words.
    pub(crate) fn from_lines(text: &str) -> Result<Self, Error> {
        let mut chosen = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            chosen.add_line(word, rest.trim())?;
        }
        Ok(chosen)
    }

    fn add_line(&mut self, word: &str, rest: &str) -> Result<(), Error> {
        let split = |by, what: &str| rest.split_once(by).ok_or_else(|| bad(format!("{word} is followed by {what}")));
        let number = || rest.parse::<u64>().map_err(|_| bad(format!("{word} is followed by a number, not {rest:?}")));
        match word {
            "home" => self.home = Some(some(rest, "the data folder")?.into()),
            "cache" => self.cache = Some(some(rest, "the cache folder")?.into()),
            "release" => self.release = Some(some(rest, "the release")?.to_owned()),
            "snapshot" => self.snapshot_name = Some(some(rest, "the name of a snapshot")?.to_owned()),
            "package" => self.packages.push(some(rest, "the name of a package")?.to_owned()),
            "env" => {
                let (name, value) = split('=', "NAME=VALUE")?;
                self.add_env(name, value)?;
            }
            "folder" | "writable-folder" | "overlay-folder" => {
                let (guest, host) = split(' ', "the guest's path and the host's")?;
                let mode = match word {
                    "folder" => FolderMode::ReadOnly,
                    "writable-folder" => FolderMode::ReadWrite,
                    _ => FolderMode::Overlay,
                };
                self.add_folder(host.trim(), guest, mode)?;
            }
            "deterministic" => self.deterministic = Some(number()?),
            "working-folder" => self.set_working_folder(rest)?,
            "fresh-hash-seed" if rest.is_empty() => self.fresh_hash_seed = true,
            "allow-native-code" if rest.is_empty() => self.native_code = true,
            "untrusted" if rest.is_empty() => self.set_untrusted(),
            _ if Limits::is_name(word) => self.set_limit(word, number()?)?,
            _ => return Err(bad(format!("there is no setting {word:?}"))),
        }
        Ok(())
    }
}
