//! Landlock: which files this process can still open.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;
use std::time::Duration;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, LandlockStatus, PathBeneath, PathFd, PathFdError,
    RestrictSelfAttr as _, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope,
    make_bitflags,
};

use super::error::SandboxError;
use super::locked::LockedDown;

/// What is handled: all that the newest version has, of which the kernel takes what it knows.
const NEWEST: ABI = ABI::V10;

/// What each version of the interface brought that matters here: without it, the sentence is true.
const BROUGHT: [(u32, &str); 4] = [
    (2, "files can be moved between granted folders only from Linux 5.19 on"),
    (3, "Landlock does not restrict truncating a file, which Linux does from 6.2 on"),
    (5, "Landlock does not restrict what devices are told, which Linux does from 6.10 on; seccomp does"),
    (6, "Landlock does not restrict signals and abstract sockets, which Linux does from 6.12 on; seccomp does"),
];
/// The version from which on all threads are restricted, and not the calling one alone.
const ALL_THREADS: u32 = 8;

/// How often and how long it waits for threads that are ending, such as those that have compiled something.
const ENDING: (u32, Duration) = (20, Duration::from_millis(2));

const READ: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | ReadDir});
/// No devices, sockets or FIFOs are made, and nothing is executed.
const CHANGE: BitFlags<AccessFs> = make_bitflags!(AccessFs::{
    WriteFile | Truncate | RemoveDir | RemoveFile | MakeDir | MakeReg | MakeSym | Refer
});

/// Restricts files to these folders.
pub(super) fn restrict(
    folders: &[(PathBuf, bool)],
    network: bool,
    locked: &mut LockedDown,
) -> Result<(), SandboxError> {
    let others = other_threads();
    let mut rules = folders.iter().map(|(path, writable)| rule(path, *writable)).collect::<Result<Vec<_>, _>>()?;
    rules.extend(terminals());
    let status =
        rules_of(rules, network).map_err(|error| SandboxError::Refused { what: "Landlock", why: error.to_string() })?;
    match status.landlock {
        LandlockStatus::Available { effective_abi, .. } if status.ruleset != RulesetStatus::NotEnforced => {
            let version = effective_abi as u32;
            locked.landlock = Some(version);
            let lacks = BROUGHT.iter().filter(|(brought, _)| version < *brought);
            locked.lacks.extend(lacks.map(|(_, sentence)| (*sentence).to_owned()));
            if version < ALL_THREADS && others > 0 {
                locked.lacks.push(format!(
                    "{others} threads that ran already can still open files (until Linux 7.1): lock down before threads are started"
                ));
            }
        }
        _ => locked.lacks.push(
            "the kernel has no Landlock, or it is switched off: files are not restricted (Linux 5.13 and later have it)"
                .to_owned(),
        ),
    }
    Ok(())
}

fn rules_of(rules: Vec<PathBeneath<PathFd>>, network: bool) -> Result<landlock::RestrictionStatus, RulesetError> {
    let ruleset = Ruleset::default().handle_access(AccessFs::from_all(NEWEST))?.scope(Scope::from_all(NEWEST))?;
    let ruleset = if network { ruleset } else { ruleset.handle_access(AccessNet::from_all(NEWEST))? };
    ruleset.create()?.add_rules(rules.into_iter().map(Ok::<_, RulesetError>))?.all_threads(true)?.restrict_self()
}

fn rule(path: &PathBuf, writable: bool) -> Result<PathBeneath<PathFd>, SandboxError> {
    let opened =
        PathFd::new(path).map_err(|error| SandboxError::Folder { path: path.clone(), source: cause(error) })?;
    let access = if writable { READ | CHANGE } else { READ };
    let for_files = make_bitflags!(AccessFs::{ReadFile | WriteFile | Truncate});
    Ok(PathBeneath::new(opened, if path.is_dir() { access } else { access & for_files }))
}

/// The terminals that this process writes to: they are opened again for that alone, so that who writes to one can be stopped.
fn terminals() -> impl Iterator<Item = PathBeneath<PathFd>> {
    let streams = [rustix::stdio::stdout(), rustix::stdio::stderr()].into_iter();
    let names = streams.filter_map(|stream| rustix::termios::ttyname(stream, Vec::new()).ok());
    let opened = names.filter_map(|name| PathFd::new(OsString::from_vec(name.into_bytes())).ok());
    opened.map(|terminal| PathBeneath::new(terminal, make_bitflags!(AccessFs::{WriteFile})))
}

fn cause(error: PathFdError) -> std::io::Error {
    match error {
        PathFdError::OpenCall { source, .. } => source,
        error => std::io::Error::other(error.to_string()),
    }
}

/// How many threads this process has besides the calling one, once those that are ending have ended.
fn other_threads() -> usize {
    let count = || std::fs::read_dir("/proc/self/task").map_or(0, |tasks| tasks.count().saturating_sub(1));
    let (times, pause) = ENDING;
    let mut others = count();
    for _ in 0..times {
        if others == 0 {
            break;
        }
        std::thread::sleep(pause);
        others = count();
    }
    others
}
