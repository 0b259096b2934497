//! Running one module's tests to the end, in as many processes as that takes.

use std::io::{BufRead, BufReader, Read};
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use crate::host::Host;
use crate::outcome::{IMPORT, Line, Outcome, Outcomes, Told};
use crate::suite::Suite;

/// How much of the end of what a process wrote to standard error is kept: it says why the process died.
const LAST_WORDS: usize = 300;

/// Runs modules of a suite on one host.
pub(crate) struct Runner<'a> {
    pub suite: &'a Suite,
    pub host: &'a Host,
    /// Tests that are not run, as `module/test`.
    pub left_out: Vec<String>,
    /// For how long a process may say nothing before it is ended.
    pub silence: Duration,
}

/// What a process left behind.
struct Process {
    /// The outcomes of the modules that came to their end.
    complete: Vec<Outcomes>,
    /// What killed it in the next one, and what that one had said.
    death: Option<(String, Heard)>,
}

impl Runner<'_> {
    /// The outcome of each test of a module. A process that dies costs the test that it died in; another one goes on
    /// behind it.
    pub(crate) fn alone(&self, module: &str) -> std::io::Result<Outcomes> {
        let mut outcomes = Outcomes::new();
        let mut from = 0;
        loop {
            let process = self.process(&[module], from)?;
            outcomes.extend(process.complete.into_iter().flatten());
            let Some((why, heard)) = process.death else { return Ok(outcomes) };
            from += heard.started;
            outcomes.extend(heard.outcomes);
            let name = heard.current.or_else(|| heard.last.map(|name| format!("<after {name}>")));
            outcomes.insert(name.unwrap_or_else(|| IMPORT.to_owned()), Told { outcome: Outcome::Died, why });
            if heard.started == 0 {
                return Ok(outcomes);
            }
        }
    }

    /// The outcomes of modules that share a process, which saves its start. The module in which it dies is run alone, and
    /// those behind that one share another process.
    pub(crate) fn together(&self, modules: &[&str]) -> std::io::Result<Vec<Outcomes>> {
        let mut all = Vec::new();
        while all.len() < modules.len() {
            let rest = &modules[all.len()..];
            if rest.len() > 1 {
                all.extend(self.process(rest, 0)?.complete);
            }
            if let Some(module) = modules.get(all.len()) {
                all.push(self.alone(module)?);
            }
        }
        Ok(all)
    }

    fn process(&self, modules: &[&str], from: usize) -> std::io::Result<Process> {
        let mut command = self.command(modules, from);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        std::thread::scope(|scope| {
            let (sender, lines) = channel();
            scope.spawn(move || stdout.map(|pipe| read_lines(pipe, &sender)));
            let words = scope.spawn(move || stderr.map_or_else(String::new, last_words));
            let (complete, rest) = hear_all(&lines, modules.len(), self.silence);
            if !matches!(rest, Some((RecvTimeoutError::Disconnected, _))) {
                child.kill()?;
            }
            let status = child.wait()?;
            let words = words.join().unwrap_or_default();
            let death = rest.map(|(end, heard)| match end {
                RecvTimeoutError::Timeout => (format!("said nothing for {} s", self.silence.as_secs()), heard),
                RecvTimeoutError::Disconnected => (format!("{status}: {words}"), heard),
            });
            Ok(Process { complete, death })
        })
    }

    fn command(&self, modules: &[&str], from: usize) -> Command {
        let names: Vec<String> = modules.iter().map(|module| self.suite.import_name(module)).collect();
        let mut command = self.host.command(self.suite);
        command.arg(&self.suite.driver).arg(&self.suite.folder).arg(names.join(",")).arg(from.to_string());
        command.args(self.left_out.iter().map(|test| self.suite.import_name(test)));
        command
    }
}

/// Listens to a process that runs some modules, until it is done with them or says nothing more.
fn hear_all(
    lines: &Receiver<Line>,
    modules: usize,
    silence: Duration,
) -> (Vec<Outcomes>, Option<(RecvTimeoutError, Heard)>) {
    let mut complete = Vec::new();
    while complete.len() < modules {
        let mut heard = Heard::default();
        match heard.listen(lines, silence) {
            None => complete.push(heard.outcomes),
            Some(end) => return (complete, Some((end, heard))),
        }
    }
    (complete, None)
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
    /// Takes lines until the module is done; else says why there are no more.
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
