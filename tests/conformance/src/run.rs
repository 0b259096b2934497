//! Running one module's tests to the end, in as many processes as that takes.

use std::io::{BufRead, BufReader, Read};
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use crate::host::Host;
use crate::outcome::{Line, Outcome, Outcomes, Told};
use crate::suite::Suite;

/// How much of the end of what a process wrote to standard error is kept: it says why the process died.
const LAST_WORDS: usize = 300;

/// The name of what happens before a module's tests are known: its import.
const IMPORT: &str = "<module>";

/// Runs modules of a suite on one host.
pub(crate) struct Runner<'a> {
    pub suite: &'a Suite,
    pub host: &'a Host,
    /// For how long a process may say nothing before it is ended.
    pub silence: Duration,
}

impl Runner<'_> {
    /// The outcome of each test of a module. A process that dies costs the test that it died in; another one goes on
    /// behind it.
    pub(crate) fn run(&self, module: &str, left_out: &[&str]) -> std::io::Result<Outcomes> {
        let mut outcomes = Outcomes::new();
        let mut from = 0;
        loop {
            let mut command = self.host.command(self.suite);
            command.arg(&self.suite.driver).arg(&self.suite.folder).arg(self.suite.import_name(module));
            command.arg(from.to_string()).args(left_out);
            let (heard, death) = self.process(command)?;
            from += heard.started;
            outcomes.extend(heard.outcomes);
            let Some(why) = death else { return Ok(outcomes) };
            let name = heard.current.or_else(|| heard.last.map(|name| format!("<after {name}>")));
            outcomes.insert(name.unwrap_or_else(|| IMPORT.to_owned()), Told { outcome: Outcome::Died, why });
            if heard.started == 0 {
                return Ok(outcomes);
            }
        }
    }

    /// Runs one process; says what killed it if it did not come to its end.
    fn process(&self, mut command: Command) -> std::io::Result<(Heard, Option<String>)> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        std::thread::scope(|scope| {
            let (sender, lines) = channel();
            scope.spawn(move || stdout.map(|pipe| read_lines(pipe, &sender)));
            let words = scope.spawn(move || stderr.map_or_else(String::new, last_words));
            let mut heard = Heard::default();
            let end = heard.listen(&lines, self.silence);
            if end == Some(RecvTimeoutError::Timeout) {
                child.kill()?;
            }
            let status = child.wait()?;
            let words = words.join().unwrap_or_default();
            let death = end.map(|end| match end {
                RecvTimeoutError::Timeout => format!("said nothing for {} s", self.silence.as_secs()),
                RecvTimeoutError::Disconnected => format!("{status}: {words}"),
            });
            Ok((heard, death))
        })
    }
}

/// What one process has said.
#[derive(Default)]
struct Heard {
    outcomes: Outcomes,
    /// How many tests it has begun.
    started: usize,
    /// The test that it is in.
    current: Option<String>,
    /// The last one that it was in.
    last: Option<String>,
}

impl Heard {
    /// Takes lines until the process says that it is done, or why there are no more.
    fn listen(&mut self, lines: &Receiver<Line>, silence: Duration) -> Option<RecvTimeoutError> {
        loop {
            match lines.recv_timeout(silence) {
                Ok(Line::Done) => return None,
                Ok(Line::Loaded) => self.current = None,
                Ok(Line::Start { test }) => {
                    self.started += usize::from(test != IMPORT);
                    self.last = Some(test.clone());
                    self.current = Some(test);
                }
                Ok(Line::End { test, outcome, why }) => {
                    self.current.take_if(|current| *current == test);
                    self.outcomes.insert(test, Told { outcome, why });
                }
                Err(end) => return Some(end),
            }
        }
    }
}

fn read_lines(stdout: ChildStdout, sender: &Sender<Line>) {
    for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
        // When the process is being ended, nobody listens any more; it must be able to write all the same.
        let _ = Line::parse(&line).map(|line| sender.send(line));
    }
}

/// The end of what is written to a pipe, in one line.
fn last_words(mut pipe: impl Read) -> String {
    let (mut kept, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(length @ 1..) = pipe.read(&mut buffer) {
        kept.extend_from_slice(&buffer[..length]);
        kept.drain(..kept.len().saturating_sub(LAST_WORDS));
    }
    String::from_utf8_lossy(&kept).trim().replace('\n', " | ")
}
