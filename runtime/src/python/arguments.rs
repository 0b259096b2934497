//! CPython's command line, as far as it must be known before CPython reads it: one reader for all of pyrun.

use std::ffi::{OsStr, OsString};

use pyrun_pyodide_loader::RunTarget;

/// CPython's arguments, read by its own rules: options end at the first argument that is not one; `-c` and `-m` end them
/// too; `-W`, `-X` and `--check-hash-based-pycs` take a value. What is wrong with them is left for CPython to say.
///
/// ```
/// let line = pyrun::CommandLine::parse(&["-OX", "dev", "script.py", "-E"]);
/// assert_eq!((line.script, line.optimize, line.ignores_environment), (Some(2), 1, false));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandLine {
    /// The index of the script's argument; `None` for `-c`, `-m`, standard input, the prompt, or only information.
    pub script: Option<usize>,
    /// The index of the module's name behind `-m`, if that is an argument of its own; the module's arguments follow it.
    pub module: Option<usize>,
    /// How often `-O` is given.
    pub optimize: u32,
    /// Whether `PYTHON*` variables count for nothing: `-E`, `-I`.
    pub ignores_environment: bool,
    /// Whether a person is asked for code: nothing else is to be run, or `-i` is given. It is so when standard input is a
    /// terminal.
    pub prompts: bool,
    /// Whether CPython only says something of itself, and runs nothing: `-V`, `-h`, `--help-env` and their like.
    pub informs: bool,
    /// Where the options end because of what is to be run, if that is an argument of its own.
    target: Option<(usize, TargetKind)>,
    /// Whether `-c` or `-m` is among other letters.
    has_attached: bool,
    /// `-i`
    inspects: bool,
}

/// What an argument says is to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TargetKind {
    /// `-`
    Stdin,
    /// `-c`, with the code behind it.
    Command,
    /// `-m`, with the name behind it.
    Module,
    /// A path.
    Script,
}

impl CommandLine {
    /// Reads the arguments, without `argv[0]`.
    #[must_use]
    pub fn parse<A: AsRef<OsStr>>(python: &[A]) -> Self {
        Self::read(python, |_| {})
    }

    fn read<'a, A: AsRef<OsStr>>(python: &'a [A], option: impl FnMut(&'a OsStr)) -> Self {
        let line = Self::scan(python, option);
        let is_stdin = matches!(line.target, None | Some((_, TargetKind::Stdin)));
        let prompts = line.inspects || is_stdin && line.script.is_none() && !line.has_attached;
        Self { prompts, ..line }
    }

    fn scan<'a, A: AsRef<OsStr>>(python: &'a [A], mut option: impl FnMut(&'a OsStr)) -> Self {
        let mut line = Self::default();
        let mut index = 0;
        while let Some(given) = python.get(index).map(AsRef::as_ref) {
            let arg = given.to_string_lossy();
            let consumed = match &*arg {
                "-" => return Self { target: Some((index, TargetKind::Stdin)), ..line },
                "-c" => return Self { target: Some((index, TargetKind::Command)), ..line },
                "-m" => {
                    return Self { target: Some((index, TargetKind::Module)), module: Some(index + 1), ..line };
                }
                "--" => {
                    line.script = Some(index + 1).filter(|index| *index < python.len());
                    return line;
                }
                "--check-hash-based-pycs" => 2,
                long if long.starts_with("--") => {
                    line.informs |= long == "--version" || long.starts_with("--help");
                    1
                }
                short => match short.strip_prefix('-').map(|letters| line.take(letters)) {
                    Some(Some(consumed)) => consumed,
                    Some(None) => {
                        line.has_attached = true;
                        // The code or the name may follow its letter at once.
                        let last = arg.find(['c', 'm']).and_then(|at| arg.get(at..));
                        line.module = (last == Some("m")).then_some(index + 1);
                        return line;
                    }
                    None => return Self { script: Some(index), target: Some((index, TargetKind::Script)), ..line },
                },
            };
            option(given);
            index += consumed;
        }
        line
    }

    /// The arguments that are options, up to what is to be run, without values that stand by themselves.
    ///
    /// ```
    /// assert_eq!(pyrun::CommandLine::options(&["-X", "dev", "--version", "x.py", "-E"]), ["-X", "--version"]);
    /// ```
    #[must_use]
    pub fn options<A: AsRef<OsStr>>(python: &[A]) -> Vec<&OsStr> {
        let mut options = Vec::new();
        Self::read(python, |option| options.push(option));
        options
    }

    /// Takes an argument of one-letter options: how many arguments it consumes, or `None` when the options end with it.
    fn take(&mut self, letters: &str) -> Option<usize> {
        for (position, letter) in letters.char_indices() {
            match letter {
                'c' | 'm' => return None,
                // The value is the rest of this argument, or the next one.
                'W' | 'X' => return Some(if position + 1 == letters.len() { 2 } else { 1 }),
                'O' => self.optimize += 1,
                'i' => self.inspects = true,
                'V' | 'h' | '?' => self.informs = true,
                'E' | 'I' => self.ignores_environment = true,
                _ => {}
            }
        }
        Some(1)
    }

    /// `sys.flags.optimize` of a program with this value of `PYTHONOPTIMIZE`.
    #[must_use]
    pub fn optimization_level(&self, variable: Option<&str>) -> u32 {
        let variable = variable.filter(|value| !value.is_empty() && !self.ignores_environment);
        // What is no number, or a negative one, means 1.
        let level = variable.map_or(0, |value| value.trim().parse().unwrap_or(1));
        self.optimize.max(level)
    }
}

/// A command line that consists of what is to be run and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plain {
    /// What is to be run.
    pub(crate) target: RunTarget,
    /// `sys.argv`, as CPython has it before it runs something.
    pub(crate) argv: Vec<Vec<u8>>,
}

impl Plain {
    /// Reads arguments without `argv[0]`; `None` when there are options. `working_folder` is where a script's relative
    /// path begins.
    pub(crate) fn parse(args: &[OsString], working_folder: &str) -> Option<Self> {
        let bytes = |arg: &OsString| arg.as_encoded_bytes().to_vec();
        let Some(first) = args.first() else {
            return Some(Self { target: RunTarget::Stdin, argv: vec![Vec::new()] });
        };
        let (0, kind) = CommandLine::parse(args).target? else { return None };
        let (target, rest) = match kind {
            TargetKind::Stdin => (RunTarget::Stdin, args.get(1..)?),
            TargetKind::Command => (RunTarget::Command(bytes(args.get(1)?)), args.get(2..)?),
            TargetKind::Module => (RunTarget::Module(bytes(args.get(1)?)), args.get(2..)?),
            TargetKind::Script if first.is_empty() => return None,
            TargetKind::Script => {
                (RunTarget::Script(absolute(first.as_encoded_bytes(), working_folder)), args.get(1..)?)
            }
        };
        let argv = std::iter::once(bytes(first)).chain(rest.iter().map(bytes)).collect();
        Some(Self { target, argv })
    }
}

/// A path as CPython makes it absolute: not normalised.
fn absolute(path: &[u8], working_folder: &str) -> Vec<u8> {
    if path.starts_with(b"/") {
        return path.to_vec();
    }
    [working_folder.as_bytes(), b"/", path].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> CommandLine {
        CommandLine::parse(&line.split_whitespace().collect::<Vec<_>>())
    }

    #[test]
    fn the_script_is_found_by_cpythons_rules() {
        for (line, want) in [
            ("", None),
            ("-c pass x.py", None),
            ("-Ic pass", None),
            ("-m json.tool x.json", None),
            ("- x.py", None),
            ("--", None),
            ("-- x.py", Some(1)),
            ("x.py -c", Some(0)),
            ("-X dev -W error -u x.py", Some(5)),
            ("-Xdev -Werror x.py", Some(2)),
            ("-bW error x.py", Some(2)),
            ("--check-hash-based-pycs never x.py", Some(2)),
            ("-V", None),
        ] {
            assert_eq!(parse(line).script, want, "{line}");
        }
    }

    #[test]
    fn a_person_is_asked_when_nothing_else_is_run() {
        for (line, want) in [
            ("", true),
            ("-q", true),
            ("-", true),
            ("-i x.py", true),
            ("-ic pass", true),
            ("-X dev -u", true),
            ("x.py -i", false),
            ("-c pass", false),
            ("-uc pass", false),
            ("-mpdb", false),
            ("-m pdb", false),
            ("-- x.py", false),
        ] {
            assert_eq!(parse(line).prompts, want, "{line}");
        }
    }

    #[test]
    fn the_module_s_name_is_found() {
        for (line, want) in [
            ("-m pdb x.py", Some(1)),
            ("-X dev -Im pdb", Some(3)),
            ("-mpdb x.py", None),
            ("-cm x", None),
            ("x.py -m pdb", None),
            ("-c pass -m pdb", None),
        ] {
            assert_eq!(parse(line).module, want, "{line}");
        }
    }

    #[test]
    fn the_level_is_the_larger_of_options_and_environment() {
        for (line, variable, want) in [
            ("-c pass", None, 0),
            ("-O x.py -O", None, 1),
            ("-OO -c pass", None, 2),
            ("-O -bO -c -O", None, 2),
            ("-XO -WO -c pass", None, 0),
            ("-X O x.py", None, 0),
            ("-O x.py", Some("2"), 2),
            ("-OO x.py", Some("1"), 2),
            ("x.py", Some(""), 0),
            ("x.py", Some("yes"), 1),
            ("-E x.py", Some("2"), 0),
            ("-OI x.py", Some("2"), 1),
        ] {
            assert_eq!(parse(line).optimization_level(variable), want, "{line} {variable:?}");
        }
    }

    fn plain(line: &[&str]) -> Option<(RunTarget, Vec<String>)> {
        let args: Vec<OsString> = line.iter().map(OsString::from).collect();
        let plain = Plain::parse(&args, "/work")?;
        let argv = plain.argv.into_iter().map(|arg| String::from_utf8(arg).unwrap()).collect();
        Some((plain.target, argv))
    }

    #[test]
    fn what_is_run_and_its_arguments() {
        let argv = |argv: &[&str]| argv.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>();
        let script = |path: &str| RunTarget::Script(path.into());
        for (line, target, want) in [
            (&[][..], RunTarget::Stdin, &[""][..]),
            (&["-", "a"], RunTarget::Stdin, &["-", "a"]),
            (&["-c", "pass", "-O"], RunTarget::Command(b"pass".to_vec()), &["-c", "-O"]),
            (&["-m", "this"], RunTarget::Module(b"this".to_vec()), &["-m"]),
            (&["x.py", "-c"], script("/work/x.py"), &["x.py", "-c"]),
            (&["./x.py"], script("/work/./x.py"), &["./x.py"]),
            (&["../x.py"], script("/work/../x.py"), &["../x.py"]),
            (&["/x.py"], script("/x.py"), &["/x.py"]),
        ] {
            assert_eq!(plain(line), Some((target, argv(want))), "{line:?}");
        }
    }

    #[test]
    fn options_are_cpython_s_to_read() {
        for line in
            [&["-O", "x.py"][..], &["-cpass"], &["-V"], &["-c"], &["-m"], &["--help"], &[""], &["-u", "-c", "1"]]
        {
            assert_eq!(plain(line), None, "{line:?}");
        }
    }
}
