//! Which folders of this machine a program sees: those of `--dir`, and the script's.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use pyrun::{FolderMode, Grants, Limits};

use crate::flags::Args;
use crate::report::Failure;
use crate::script::Script;

/// One `--dir`.
#[derive(Debug, PartialEq, Eq)]
struct Grant {
    /// The folder on this machine.
    host: PathBuf,
    /// Where the program sees it; the same path unless given.
    guest: Option<String>,
    /// What the program may do.
    mode: FolderMode,
}

/// How the value of an option should read, and what it names.
fn form_of(option: &str) -> (&'static str, &'static str) {
    match option {
        "--file" => ("it should read FILE[:GUEST][:ro|rw|rw,max=100M], with GUEST an absolute path", "file"),
        _ => ("it should read HOST[:GUEST][:ro|rw|rw,max=100M|overlay], with GUEST an absolute path", "folder"),
    }
}

impl Grant {
    /// Reads `HOST[:GUEST][:MODE]`. `is_folder` says which folders there are: a name may have colons of its own.
    /// `option` is what it stands behind.
    fn parse(option: &str, text: &OsStr, is_folder: impl Fn(&Path) -> bool) -> Result<Self, String> {
        let shown = text.to_string_lossy();
        let (form, thing) = form_of(option);
        let bytes = text.as_bytes();
        let last = bytes.iter().rposition(|byte| *byte == b':');
        let (rest, mode) = match last.map(|at| bytes.split_at(at)) {
            Some((rest, [b':', word @ ..])) => match mode(word) {
                Some(mode) => (rest, mode.map_err(|why| format!("{option} {shown}: {why}"))?),
                None => (bytes, FolderMode::ReadOnly),
            },
            _ => (bytes, FolderMode::ReadOnly),
        };
        let path = |bytes: &[u8]| PathBuf::from(OsStr::from_bytes(bytes));
        let colon = rest.iter().rposition(|byte| *byte == b':');
        let (host, guest) = match colon.map(|at| rest.split_at(at)) {
            Some((host, [b':', guest @ ..])) if guest.starts_with(b"/") && is_folder(&path(host)) => {
                (host, Some(guest))
            }
            _ => (rest, None),
        };
        if host.is_empty() {
            return Err(format!("{option} {shown}: {form}"));
        }
        let host = path(host);
        if !is_folder(&host) {
            let form = if colon.is_some() { format!("; {form}") } else { String::new() };
            return Err(format!("{option} {shown}: there is no such {thing}{form}"));
        }
        let not_text =
            |_| format!("{option} {shown}: a program sees {thing}s only at paths in UTF-8; give it another GUEST");
        let guest = guest.map(|guest| String::from_utf8(guest.to_vec())).transpose().map_err(not_text)?;
        if guest.is_none()
            && [Some(host.clone()), host.canonicalize().ok()].iter().flatten().any(|p| p.to_str().is_none())
        {
            return Err(format!(
                "{option} {shown}: a program sees {thing}s only at paths in UTF-8; show it at another, as HOST:GUEST"
            ));
        }
        Ok(Self { host, guest, mode })
    }

    fn give(&self, grants: Grants) -> Result<Grants, String> {
        let told = |why: String| format!("--dir {}: {why}", self.host.display());
        if self.host.is_relative() {
            std::env::current_dir().map_err(|_| {
                told(
                    "the working folder of this process is gone; go to one that exists, or give an absolute path"
                        .to_owned(),
                )
            })?;
        }
        if self.host.is_file() {
            let real = self.host.canonicalize().map_err(|error| told(error.to_string()))?;
            let named = std::path::absolute(&self.host).map_err(|error| told(error.to_string()))?;
            let guest = self.guest.clone().unwrap_or_else(|| named.to_string_lossy().into_owned());
            return Ok(grants.host_file(&real, &guest, self.mode));
        }
        match &self.guest {
            None => Ok(grants.folder_at_own_path_as(&self.host, self.mode)),
            Some(guest) => {
                let host = self.host.canonicalize().map_err(|error| told(error.to_string()))?;
                Ok(grants.folder_as(&host, guest, self.mode))
            }
        }
    }
}

/// What a word behind the last colon says of the folder, if it is one that does.
fn mode(word: &[u8]) -> Option<Result<FolderMode, String>> {
    let most = match word {
        b"ro" => return Some(Ok(FolderMode::ReadOnly)),
        b"rw" => return Some(Ok(FolderMode::ReadWrite)),
        b"overlay" => return Some(Ok(FolderMode::Overlay)),
        [b'r', b'w', b',', most @ ..] => most,
        _ => return None,
    };
    let size = std::str::from_utf8(most).ok().and_then(|most| most.strip_prefix("max="));
    // In the words of a limit of files.
    let limits = size.and_then(|size| Limits::new().set_text(&format!("files={size}")).ok());
    let limits = limits.filter(|_| size.is_some_and(|size| !size.contains([',', '='])));
    let wrong =
        || "behind rw, there may be `,max=` and a number of bytes, or with K, M, G or T: rw,max=100M".to_owned();
    Some(limits.map(|limits| FolderMode::ReadWriteUpTo(limits.file_bytes)).ok_or_else(wrong))
}

/// All folders that the program sees, and where it starts.
pub(crate) fn granted(args: &Args, script: Option<&Script>) -> Result<Grants, Failure> {
    let mut grants = Grants::new();
    for text in &args.dirs {
        let is_shown = |path: &Path| path.is_dir() || path.is_file();
        let grant = Grant::parse("--dir", text, is_shown).map_err(Failure::Usage)?;
        grants = grant.give(grants).map_err(Failure::Usage)?;
    }
    for text in &args.files {
        let grant = Grant::parse("--file", text, Path::is_file).map_err(Failure::Usage)?;
        grants = grant.give(grants).map_err(Failure::Usage)?;
    }
    let folders = script.map(Script::folders).unwrap_or_default();
    grants = folders.iter().fold(grants, |grants, folder| grants.script_folder(folder));
    let Ok(working) = std::env::current_dir() else { return Ok(grants) };
    // A script that is named from here is looked for from here.
    let is_named_from_here = script.is_some_and(Script::is_relative);
    let is_visible = grants.guest_path(&working).as_deref() == Some(working.as_path());
    Ok(match working.to_str() {
        Some(text) if is_visible || is_named_from_here => grants.working_folder(text),
        _ => grants,
    })
}

/// A folder as the value of `--dir`, in a shell.
pub(crate) fn spelled(folder: &Path) -> String {
    if std::env::current_dir().is_ok_and(|working| working == folder) {
        return ".".to_owned();
    }
    let text = folder.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+=@%,:".contains(c);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Grant, String> {
        let folders = [".", "/a", "a", "a:b", "a:/b", "/x:rw", "/x:y:/z", "/x:/z"];
        Grant::parse("--dir", OsStr::new(text), |path| folders.iter().any(|folder| Path::new(folder) == path))
    }

    #[test]
    fn grants_are_read() {
        use FolderMode::{Overlay, ReadOnly, ReadWrite, ReadWriteUpTo};
        for (text, host, guest, mode) in [
            (".", ".", None, ReadOnly),
            ("/a:rw", "/a", None, ReadWrite),
            ("a:/b:ro", "a", Some("/b"), ReadOnly),
            ("a:/b:rw", "a", Some("/b"), ReadWrite),
            ("a:/b:rw,max=100M", "a", Some("/b"), ReadWriteUpTo(100 << 20)),
            ("/a:rw,max=0", "/a", None, ReadWriteUpTo(0)),
            ("/a:rw,max=1.5K", "/a", None, ReadWriteUpTo(1536)),
            ("/a:overlay", "/a", None, Overlay),
            ("a:/b:overlay", "a", Some("/b"), Overlay),
            // Folders with colons.
            ("a:b", "a:b", None, ReadOnly),
            ("a:b:rw", "a:b", None, ReadWrite),
            ("a:b:/g:rw", "a:b", Some("/g"), ReadWrite),
            ("/x:rw:ro", "/x:rw", None, ReadOnly),
            ("/x:y:/z", "/x:y:/z", None, ReadOnly),
            ("/x:y:/z:/g", "/x:y:/z", Some("/g"), ReadOnly),
            ("a:/b:/g", "a:/b", Some("/g"), ReadOnly),
        ] {
            let want = Grant { host: host.into(), guest: guest.map(str::to_owned), mode };
            assert_eq!(parse(text), Ok(want), "{text}");
        }
        for wrong in ["", ":rw", ":", "::", ":/x", "b:c", "a:c", "b", "a:/b:rx", "a:/b:ro:rw", "a:c:rw", "a:overlay:ro"]
        {
            let said = parse(wrong).unwrap_err();
            assert!(said.starts_with(&format!("--dir {wrong}: ")), "{wrong}: {said}");
            assert_eq!(said.contains("HOST[:GUEST][:ro|rw"), wrong.is_empty() || wrong.contains(':'), "{said}");
        }
        for wrong in
            ["a:rw,", "a:rw,max", "a:rw,max=", "a:rw,max=x", "a:rw,max=1M,wall=1s", "a:rw,min=1M", "a:/b:rw,max=-1"]
        {
            assert!(parse(wrong).unwrap_err().contains("rw,max=100M"), "{wrong}");
        }
    }

    #[test]
    fn what_is_not_utf_8_is_not_changed_silently() {
        let odd = OsStr::from_bytes(b"a\xff");
        let is_odd = |path: &Path| path == Path::new(odd);
        assert!(Grant::parse("--dir", odd, is_odd).unwrap_err().contains("UTF-8"));
        let elsewhere = Grant::parse("--dir", OsStr::from_bytes(b"a\xff:/g"), is_odd).unwrap();
        assert_eq!((elsewhere.host.as_path(), elsewhere.guest.as_deref()), (Path::new(odd), Some("/g")));
        assert!(Grant::parse("--dir", OsStr::from_bytes(b"a\xff:/g\xff"), is_odd).unwrap_err().contains("UTF-8"));
    }

    #[test]
    fn a_folder_is_spelled_for_a_shell() {
        assert_eq!(spelled(Path::new("/a/b-c.d")), "/a/b-c.d");
        assert_eq!(spelled(Path::new("/a b")), "'/a b'");
        assert_eq!(spelled(Path::new("/it's")), "'/it'\\''s'");
        assert_eq!(spelled(&std::env::current_dir().unwrap()), ".");
    }
}
