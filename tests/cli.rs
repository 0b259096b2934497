//! The command line, as a person meets it.

use std::process::{Command, Output};

fn pyrun(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pyrun")).args(args).output().expect("pyrun runs")
}

#[test]
fn a_program_from_the_command_line_runs() {
    let output = pyrun(&["-c", "print(6 * 7)"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "42\n");
    assert_eq!(output.status.code(), Some(0));
}
