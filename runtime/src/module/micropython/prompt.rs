//! MicroPython's prompt: it edits lines and shows what is typed by itself, so a terminal must do neither while a line is typed, and
//! both while code runs.

use pyrun_emscripten_shim::process::signal::OnSignal;
use pyrun_emscripten_shim::{Caller, em};
use pyrun_memfs::{Errno, TerminalModes};

use super::exports::{INTERRUPT, call};
use crate::error::Error;

const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;
/// Fields of `struct termios`, with Linux's numbers: `BRKINT | INPCK | ISTRIP | ICRNL | IXON`. MicroPython's Unix port clears these.
const LINE_INPUT: u32 = 0o2 | 0o20 | 0o40 | 0o400 | 0o2000;
/// Keys make signals.
const ISIG: u32 = 1;

/// The terminal behind standard input, if its modes may be set.
struct Terminal {
    /// As it was.
    lines: TerminalModes,
}

impl Terminal {
    fn of(caller: &mut Caller<'_>) -> Option<Self> {
        let lines = caller.env().process.vfs.terminal_modes(0).ok().flatten()?;
        Some(Self { lines })
    }

    /// Each byte comes as it is typed, and nothing is shown. Ctrl-C stays an interrupt.
    fn by_bytes(&self, caller: &mut Caller<'_>) {
        let Self { lines } = self;
        let modes =
            TerminalModes { input: lines.input & !LINE_INPUT, local: lines.local & ISIG, ..*lines }.with_least(1);
        Self::set(caller, modes);
    }

    fn by_lines(&self, caller: &mut Caller<'_>) {
        Self::set(caller, self.lines);
    }

    fn set(caller: &mut Caller<'_>, modes: TerminalModes) {
        // A terminal that is gone has no modes; reading says so.
        let _ = caller.env().process.vfs.set_terminal_modes(0, modes);
    }
}

/// Feeds standard input to the prompt, until its end or until the program ends itself, and gives the status.
pub(super) fn run(caller: &mut Caller<'_>) -> Result<i32, Error> {
    let terminal = Terminal::of(caller);
    call(caller, "mp_js_repl_init", &[])?;
    let ended = feed(caller, terminal.as_ref());
    if let Some(terminal) = &terminal {
        terminal.by_lines(caller);
    }
    ended
}

fn feed(caller: &mut Caller<'_>, terminal: Option<&Terminal>) -> Result<i32, Error> {
    let mut byte = [0];
    loop {
        if let Some(terminal) = terminal {
            terminal.by_bytes(caller);
        }
        let input = match em::read(caller, 0, &mut byte) {
            Ok(0) => CTRL_D,
            Ok(_) => match byte[0] {
                b'\n' => b'\r',
                other => other,
            },
            // The line that was begun is dropped, as at a terminal.
            Err(Errno::Intr) if caller.env().process.signal.take().is_some() => CTRL_C,
            Err(errno) => return Err(Error::file("read", "standard input", errno)),
        };
        // These run what was typed.
        let runs = matches!(input, b'\r' | CTRL_D);
        if let (Some(terminal), true) = (terminal, runs) {
            terminal.by_lines(caller);
        }
        // An interrupt that comes while a key is shown is for the read that follows.
        caller.env().process.on_signal = if runs { OnSignal::Told(INTERRUPT) } else { OnSignal::Asked };
        let ended = call(caller, "mp_js_repl_process_char", &[input.into()])?;
        caller.env().process.on_signal = OnSignal::Asked;
        if ended != 0 {
            // The status is below what says that it is to end.
            return Ok((ended & 0xff).cast_signed());
        }
    }
}
