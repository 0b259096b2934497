//! `pyrun releases`: what can be run, and what of it is here.

use std::io::Write as _;

use pyrun::home::Home;
use pyrun::{DEFAULT_RELEASE, Error, SupportedRelease, supported_releases};

/// Prints the list.
pub(crate) fn run() -> Result<(), Error> {
    let releases = supported_releases(&Home::locate()?);
    let width = releases.iter().map(|release| release.version.len()).max().unwrap_or(0);
    // A closed pipe is no reason to fail.
    let _ = releases.iter().try_for_each(|release| {
        let (major, minor) = release.python;
        writeln!(std::io::stdout(), "{:width$}  Python {major}.{minor}  {}", release.version, state(release))
    });
    Ok(())
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
