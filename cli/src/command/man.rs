//! `pyrun man`: the manual page.

use std::io::{self, Write};

use clap_mangen::Man;

use crate::flags::Command;
use crate::output::print_bytes;
use crate::report::{Failure, written};

/// Prints the page.
pub(crate) fn run() -> Result<(), Failure> {
    let mut page = Vec::new();
    written(write_page(&mut page))?;
    print_bytes(&page)
}

/// pyrun's own page, and a section for each command's options.
fn write_page(page: &mut dyn Write) -> io::Result<()> {
    // The footer has the version; there is no option for it, since `-V` is CPython's.
    let mut table = Command::table().version(env!("CARGO_PKG_VERSION")).disable_version_flag(true);
    table.build();
    let own = Man::new(table.clone());
    own.render_title(page)?;
    own.render_name_section(page)?;
    own.render_synopsis_section(page)?;
    own.render_description_section(page)?;
    own.render_options_section(page)?;
    own.render_extra_section(page)?;
    for command in leaves(&table) {
        let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
        writeln!(page, ".SH \"COMMAND: {name}\"")?;
        Man::new(command.clone()).render_description_section(page)?;
        Man::new(command.clone()).render_options_section(page)?;
    }
    Ok(())
}

/// The commands, and the commands of those.
fn leaves(command: &clap::Command) -> Vec<&clap::Command> {
    command.get_subcommands().flat_map(|sub| std::iter::once(sub).chain(leaves(sub))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The long options of a command and of those below it.
    fn options(command: &clap::Command) -> Vec<String> {
        let own = command.get_arguments().filter_map(|arg| arg.get_long());
        let below = command.get_subcommands().flat_map(options);
        own.map(|name| format!("--{name}")).chain(below).collect()
    }

    #[test]
    fn each_option_is_in_the_page_and_in_the_completions() {
        let mut page = Vec::new();
        write_page(&mut page).unwrap();
        let page = String::from_utf8(page).unwrap().replace("\\-", "-");
        let mut script = Vec::new();
        clap_complete::generate(clap_complete::Shell::Bash, &mut Command::table(), "pyrun", &mut script);
        let script = String::from_utf8(script).unwrap();
        let options = options(&Command::table());
        assert!(options.len() > 10, "{options:?}");
        for option in &options {
            assert!(page.contains(option), "{option} is not in the manual page");
            assert!(script.contains(option), "{option} is not in the completions");
        }
        for name in ["snapshot", "precompile", "releases", "completions", "man"] {
            assert!(page.contains(&format!("COMMAND: pyrun {name}")), "{name}: {page}");
            assert!(script.contains(name), "{name}");
        }
        assert!(page.contains(&format!("pyrun {}", env!("CARGO_PKG_VERSION"))), "no version in the footer: {page}");
        assert!(!page.contains("(1)\n"), "names a page that there is not: {page}");
    }
}
