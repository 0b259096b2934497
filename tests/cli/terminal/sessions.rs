//! What is typed, and what the screen must show, beside CPython 3.14.

use super::at_prompt::PROMPT;
use super::programs::PROGRAMS;
use super::{Person, screen};

/// A step of a session.
pub(super) enum Step {
    /// Types this.
    Press(&'static str),
    /// Waits until the screen shows this.
    See(&'static str),
    /// Waits until that many lines begin with `>>> `, the cursor behind the last.
    Prompts(usize),
    /// The same of another prompt.
    At(&'static str, usize),
    /// Makes the window so large.
    Resize(u16, u16),
    /// Waits until the program waits.
    Rest,
    /// Waits until keys come one by one and are not shown.
    Raw,
    /// Waits until what is typed is not shown.
    Hidden,
}
use Step::{At, Hidden, Press, Prompts, Raw, Resize, Rest, See};

pub(super) struct Session {
    pub(super) name: &'static str,
    pub(super) arguments: &'static [&'static str],
    pub(super) environment: &'static [(&'static str, &'static str)],
    pub(super) steps: &'static [Step],
    pub(super) status: i32,
}

pub(super) const fn prompt(name: &'static str, steps: &'static [Step]) -> Session {
    Session { name, arguments: &["-q"], environment: &[], steps, status: 0 }
}

pub(super) const fn code(name: &'static str, code: &'static [&'static str], steps: &'static [Step]) -> Session {
    Session { name, arguments: code, environment: &[], steps, status: 0 }
}

pub(super) const BYE: Step = Press("exit()\r");

fn play(session: &Session) {
    let mut person = match screen::recorder() {
        Some(program) => Person::start(&program, session.arguments, session.environment),
        None => Person::pyrun(session.arguments, session.environment),
    };
    for step in session.steps {
        match step {
            Press(keys) => person.press(keys),
            See(words) => person.see(words),
            Prompts(count) => person.see_prompts(">>> ", *count),
            At(prompt, count) => person.see_prompts(prompt, *count),
            Resize(rows, columns) => person.resize(*rows, *columns),
            Rest => person.wait_for_rest(),
            Raw => person.wait_for_modes("single keys", |modes| {
                !modes.local_modes.contains(rustix::termios::LocalModes::ICANON)
            }),
            Hidden => person
                .wait_for_modes("hidden keys", |modes| !modes.local_modes.contains(rustix::termios::LocalModes::ECHO)),
        }
    }
    assert_eq!(person.end().code(), Some(session.status), "{}\n{}", session.name, person.shown());
    screen::compare(session.name, &format!("{}{}", person.shown(), person.colours()));
}

fn play_all(sessions: &[Session]) {
    let only = std::env::var("PYRUN_TERMINAL_ONLY").ok();
    let mut failed = Vec::new();
    for session in sessions.iter().filter(|session| only.as_deref().is_none_or(|only| session.name.contains(only))) {
        if std::panic::catch_unwind(|| play(session)).is_err() {
            failed.push(session.name);
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn the_prompt_is_cpythons_own() {
    play_all(PROMPT);
}

#[test]
fn programs_have_the_terminal() {
    play_all(PROGRAMS);
}

#[test]
fn there_are_enough_sessions() {
    assert!(PROMPT.len() + PROGRAMS.len() >= 40);
}

/// What a line prints is not to be taken for the line itself, as the screen shows what is typed: keys that follow at once would
/// come before the program asks for them.
#[test]
fn what_is_waited_for_is_not_what_was_typed() {
    for session in PROMPT.iter().chain(PROGRAMS) {
        for steps in session.steps.windows(3) {
            let [Press(typed), See(words), Press(_)] = steps else { continue };
            let line = typed.strip_suffix('\r').filter(|line| line != words);
            assert!(line.is_none_or(|line| !line.contains(words)), "{}: {words:?} is seen in {typed:?}", session.name);
        }
    }
}
