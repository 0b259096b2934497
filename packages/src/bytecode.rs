//! Compiling the sources of packs: the program that does it in a guest, its input and its output.
//!
//! Bytecode must come from the very interpreter that will run it, so it is compiled in a guest. That guest runs nothing but
//! this program and sees nothing but the packs.

/// The program, for `-I -S -c`. Its argument is the level of optimisation, a number. It reads from stdin what
/// [`compile_request`] gives and writes to stdout what [`parse_compiled`] takes; lines of progress go to stderr
/// ([`CompileReport`]).
pub const COMPILE_SCRIPT: &str = include_str!("compile_pack.py");

/// The input of the program: the absolute paths of the sources to compile.
pub fn compile_request(sources: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<u8> {
    let mut request = Vec::new();
    for source in sources {
        request.extend_from_slice(source.as_ref().as_bytes());
        request.push(0);
    }
    request
}

/// A source's path, and its `.pyc` file; `None` when it does not compile.
pub type CompiledSource<'a> = (&'a str, Option<&'a [u8]>);

/// The output of the program is cut off or damaged: it did not run to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the compiled bytecode is incomplete")]
pub struct Incomplete;

/// Reads the output of the program.
///
/// # Errors
/// [`Incomplete`] unless all is there.
pub fn parse_compiled(mut output: &[u8]) -> Result<Vec<CompiledSource<'_>>, Incomplete> {
    let mut compiled = Vec::new();
    loop {
        let (path_len, pyc_len) = (take_len(&mut output)?, take_len(&mut output)?);
        if path_len == 0 {
            return if output.is_empty() && pyc_len == 0 { Ok(compiled) } else { Err(Incomplete) };
        }
        let path = output.split_off(..path_len).ok_or(Incomplete)?;
        let pyc = output.split_off(..pyc_len).ok_or(Incomplete)?;
        compiled.push((std::str::from_utf8(path).map_err(|_| Incomplete)?, Some(pyc).filter(|pyc| !pyc.is_empty())));
    }
}

fn take_len(output: &mut &[u8]) -> Result<usize, Incomplete> {
    let (len, rest) = output.split_first_chunk::<4>().ok_or(Incomplete)?;
    *output = rest;
    usize::try_from(u32::from_le_bytes(*len)).map_err(|_| Incomplete)
}

/// A line that the program writes to stderr.
///
/// ```
/// use pyrun_packages::CompileReport;
/// assert_eq!(CompileReport::parse("16/585"), Some(CompileReport::Progress { done: 16, total: 585 }));
/// let bad = CompileReport::parse("! /lib/x.py: SyntaxError: invalid syntax");
/// assert_eq!(bad, Some(CompileReport::Skipped("/lib/x.py: SyntaxError: invalid syntax")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompileReport<'a> {
    /// So many of the sources are done.
    Progress {
        /// How many are done.
        done: usize,
        /// Of how many.
        total: usize,
    },
    /// A source does not compile: its path and why.
    Skipped(&'a str),
}

impl<'a> CompileReport<'a> {
    /// Reads a line; `None` for any other line.
    #[must_use]
    pub fn parse(line: &'a str) -> Option<Self> {
        if let Some(why) = line.strip_prefix("! ") {
            return Some(Self::Skipped(why));
        }
        let (done, total) = line.trim_end().split_once('/')?;
        Some(Self::Progress { done: done.parse().ok()?, total: total.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::{COMPILE_SCRIPT, CompileReport, Incomplete, compile_request, parse_compiled};

    fn record(path: &str, pyc: &[u8]) -> Vec<u8> {
        let len = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
        [&len(path.as_bytes())[..], &len(pyc), path.as_bytes(), pyc].concat()
    }

    #[test]
    fn all_records_are_read_and_none_may_lack() {
        let output = [record("/a.py", b"code"), record("/bad.py", b""), record("", b"")].concat();
        assert_eq!(parse_compiled(&output), Ok(vec![("/a.py", Some(&b"code"[..])), ("/bad.py", None)]));
        for end in 0..output.len() {
            assert_eq!(parse_compiled(output.get(..end).unwrap()), Err(Incomplete), "cut at {end}");
        }
        assert_eq!(parse_compiled(&[&output[..], b"x"].concat()), Err(Incomplete));
        assert_eq!(parse_compiled(&[0xff; 64]), Err(Incomplete));
    }

    #[test]
    fn a_request_ends_each_path_with_a_zero() {
        assert_eq!(compile_request(["/a.py", "/b c.py"]), b"/a.py\0/b c.py\0");
    }

    #[test]
    fn progress_and_skipped_sources_are_told_apart() {
        assert_eq!(CompileReport::parse("0/5"), Some(CompileReport::Progress { done: 0, total: 5 }));
        assert_eq!(CompileReport::parse("16/585\n"), Some(CompileReport::Progress { done: 16, total: 585 }));
        assert_eq!(CompileReport::parse("! /a.py: 1/2"), Some(CompileReport::Skipped("/a.py: 1/2")));
        for other in ["", "16", "16/", "/585", "a/5", "1/2/3", "!/a.py", " ! /a.py"] {
            assert_eq!(CompileReport::parse(other), None, "{other:?}");
        }
    }

    /// The program in the host's Python, which the test needs as `python3`. In the guest it runs whenever a pack is made.
    #[test]
    fn the_program_compiles_what_it_can() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let files: [(&str, &[u8]); 4] = [
            ("good.py", b"# -*- coding: latin-1 -*-\nx = '\xe4'\n"),
            ("bad.py", b"def (:\n"),
            ("warns.py", b"x = '\\d'\n"),
            ("zero.py", b"x = '\0'"),
        ];
        for (name, text) in files {
            std::fs::write(path(name), text).unwrap();
        }
        let names = files.iter().map(|(name, _)| *name).chain(["gone.py"]);
        std::fs::write(path("request"), compile_request(names.map(path))).unwrap();
        let mut command = std::process::Command::new("python3");
        command.args(["-I", "-S", "-c", COMPILE_SCRIPT, "0"]).stdin(std::fs::File::open(path("request")).unwrap());
        let run = command.output().expect("the test needs python3 in PATH");
        assert!(run.status.success(), "{run:?}");

        let compiled = parse_compiled(&run.stdout).unwrap();
        let did_compile: Vec<_> = compiled.iter().map(|(_, pyc)| pyc.is_some()).collect();
        assert_eq!(did_compile, [true, false, true, false, false]);
        let pyc = compiled.first().unwrap().1.unwrap();
        assert!(pyc.windows(7).any(|window| window == b"good.py"), "the code object knows its file");

        let stderr = String::from_utf8(run.stderr).unwrap();
        let reports: Vec<_> = stderr.lines().map(|line| CompileReport::parse(line).expect(line)).collect();
        assert_eq!(reports.first(), Some(&CompileReport::Progress { done: 0, total: 5 }));
        assert_eq!(reports.last(), Some(&CompileReport::Progress { done: 5, total: 5 }));
        assert_eq!(reports.iter().filter(|report| matches!(report, CompileReport::Skipped(_))).count(), 3);
    }
}
