//! `pyrun releases`: what can be run, and what of it is here.

use pyrun::home::Home;
use pyrun::{DEFAULT_RELEASE, Error, SupportedRelease, supported_releases};

use crate::output::print;
use crate::report::Failure;

/// Prints the list.
pub(crate) fn run() -> Result<(), Failure> {
    let releases = supported_releases(&Home::locate().map_err(Error::from)?);
    let width = releases.iter().map(|release| release.version.len()).max().unwrap_or(0);
    let line = |release: &SupportedRelease| {
        let (major, minor) = release.python;
        format!("{:width$}  Python {major}.{minor}  {}\n", release.version, state(release))
    };
    print(releases.iter().map(line).collect::<String>())
}

fn state(release: &SupportedRelease) -> String {
    let here = match (release.installed, release.packages) {
        (false, _) => release.fetch_command.clone(),
        (true, 0) => "installed, no packages".to_owned(),
        (true, 1) => "installed, 1 package".to_owned(),
        (true, count) => format!("installed, {count} packages"),
    };
    if release.version == DEFAULT_RELEASE { format!("{here} (default)") } else { here }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_here_says_how_it_is_fetched() {
        let releases = supported_releases(&Home::at("/nowhere"));
        let of = |version: &str| releases.iter().find(|release| release.version == version).map(state);
        assert_eq!(of(DEFAULT_RELEASE).as_deref(), Some("./assets-fetch.sh (default)"));
        let other = releases.iter().map(|release| release.version).find(|version| *version != DEFAULT_RELEASE).unwrap();
        assert_eq!(of(other), Some(format!("./assets-fetch.sh --release {other}")));
    }
}
