//! One decision.

use std::time::SystemTime;

use jiff::{Timestamp, Unit};
use serde::Serialize;

/// The version of the form that [`AuditEvent::to_json`] writes. It grows when a field goes or changes its meaning, and not for new fields.
const VERSION: u32 = 1;

/// What a decision is about.
///
/// ```
/// assert_eq!(pyrun::Permission::Native.name(), "ffi");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Permission {
    /// Looking at a file: `read`.
    Read,
    /// Making, changing or removing one: `write`.
    Write,
    /// A variable of the environment: `env`.
    Env,
    /// Standard input: `stdin`.
    Stdin,
    /// Addresses, names of machines, sockets: `net`.
    Net,
    /// Other programs: `run`.
    Run,
    /// Code of WebAssembly that the guest loads: `ffi`.
    Native,
    /// A function of the embedder's: `host`.
    Host,
    /// A function that nobody has, or that pyrun refuses: `import`.
    Import,
    /// A limit that was reached: `limit`.
    Limit,
    /// The guest's whole state, which it starts from or which is taken: `snapshot`.
    Snapshot,
    /// The record itself: that it is cut, that it ends. `audit`.
    Audit,
}

impl Permission {
    /// How many there are.
    pub(crate) const COUNT: usize = Self::Audit as usize + 1;

    /// Its name. That of Deno's permission, where there is one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Env => "env",
            Self::Stdin => "stdin",
            Self::Net => "net",
            Self::Run => "run",
            Self::Native => "ffi",
            Self::Host => "host",
            Self::Import => "import",
            Self::Limit => "limit",
            Self::Snapshot => "snapshot",
            Self::Audit => "audit",
        }
    }
}

/// One decision about what a guest asked for.
///
/// The same decision again is the same event with a larger [`count`](AuditEvent::count). It is told when it comes for the first time, the
/// tenth, the hundredth, and so on, and at the end of the guest if it has come since.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// # let (_, engine) = pyrun::doc::interpreter();
/// let events = Arc::new(Mutex::new(Vec::new()));
/// let told = events.clone();
/// let py = engine.interpreter().audit(move |event| told.lock().unwrap().push(event.clone())).start()?;
/// assert!(py.run_python("open('/home/me/.ssh/id_rsa')").is_err());
/// let events = events.lock().unwrap();
/// let refused = events.iter().find(|event| !event.allowed).unwrap();
/// assert_eq!((refused.permission.name(), refused.value.as_str()), ("read", "/home/me/.ssh/id_rsa"));
/// # Ok::<(), pyrun::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditEvent {
    /// When it came last, by the clock of the machine.
    pub time: SystemTime,
    /// What it is about.
    pub permission: Permission,
    /// What was to be done: `open`, `connect`, `dlopen`, `call`, …
    pub operation: &'static str,
    /// What it was to be done with: a path of the guest's, an address, a variable's name, a SHA-256, a function's name. Bytes that are no
    /// UTF-8 are `\xNN`, a backslash is `\\`; what is longer than 4,096 bytes is cut, and ends with `…`.
    pub value: String,
    /// Whether it was allowed.
    pub allowed: bool,
    /// What has allowed it: a granted folder as `--dir` has it, an option.
    pub grant: Option<String>,
    /// Why it was refused; of what was allowed and failed nevertheless, the error.
    pub reason: Option<String>,
    /// How often it has come.
    pub count: u64,
}

/// The fields in their order.
#[derive(Serialize)]
struct Line<'a> {
    v: u32,
    datetime: String,
    permission: &'static str,
    value: &'a str,
    operation: &'static str,
    allowed: bool,
    grant: Option<&'a str>,
    reason: Option<&'a str>,
    count: u64,
}

impl AuditEvent {
    /// As JSON, in one line without its end. All fields are there; what does not apply is `null`. It has only printable characters: others
    /// are escaped, whatever the guest has put into a name.
    ///
    /// ```
    /// # use std::sync::mpsc;
    /// # let (_, engine) = pyrun::doc::interpreter();
    /// let (sender, lines) = mpsc::channel();
    /// let builder = engine.interpreter().env("LEVEL", "3");
    /// let py = builder.audit(move |event| drop(sender.send(event.to_json()))).start()?;
    /// let line = lines.iter().find(|line| line.contains("LEVEL")).unwrap();
    /// let event: serde_json::Value = serde_json::from_str(&line).unwrap();
    /// assert_eq!((&event["permission"], &event["value"], &event["allowed"]), (&"env".into(), &"LEVEL".into(), &true.into()));
    /// # Ok::<(), pyrun::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        let line = Line {
            v: VERSION,
            datetime: datetime(self.time),
            permission: self.permission.name(),
            value: &self.value,
            operation: self.operation,
            allowed: self.allowed,
            grant: self.grant.as_deref(),
            reason: self.reason.as_deref(),
            count: self.count,
        };
        // Texts and numbers can always be written.
        let text = serde_json::to_string(&line).unwrap_or_default();
        if text.chars().all(is_plain) { text } else { escaped(&text) }
    }
}

/// RFC 3339 in UTC, to a microsecond.
fn datetime(time: SystemTime) -> String {
    let time = Timestamp::try_from(time).unwrap_or_default();
    format!("{:.6}", time.round(Unit::Microsecond).unwrap_or(time))
}

/// Whether a terminal, or an editor, shows a character as itself, where it stands.
fn is_plain(c: char) -> bool {
    let steers_direction =
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    !c.is_control() && !steers_direction
}

/// JSON with what is not plain as `\u`: it stands in strings alone.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_plain(c) {
            text.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            text.push_str(&format!("\\u{unit:04x}"));
        }
    }
    text
}
