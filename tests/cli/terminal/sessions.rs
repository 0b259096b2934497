//! What is typed, and what the screen must show, beside CPython 3.14.

use super::{Person, screen};

/// A step of a session.
enum Step {
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
    /// Waits until keys come one by one and are not shown.
    Raw,
    /// Waits until what is typed is not shown.
    Hidden,
}
use Step::{At, Hidden, Press, Prompts, Raw, Resize, See};

struct Session {
    name: &'static str,
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
    steps: &'static [Step],
    status: i32,
}

const fn prompt(name: &'static str, steps: &'static [Step]) -> Session {
    Session { name, arguments: &["-q"], environment: &[], steps, status: 0 }
}

const fn code(name: &'static str, code: &'static [&'static str], steps: &'static [Step]) -> Session {
    Session { name, arguments: code, environment: &[], steps, status: 0 }
}

const BYE: Step = Press("exit()\r");

/// What everybody does.
const PROMPT: &[Session] = &[
    prompt("expression", &[Prompts(1), Press("1 + 2\r"), Prompts(2), Press("_ * 5\r"), See("15"), Prompts(3), BYE]),
    prompt("arrows", &[Prompts(1), Press("12\x1bOD3\r"), See("132"), Prompts(2), BYE]),
    prompt(
        "history",
        &[
            Prompts(1),
            Press("5*5\r"),
            Prompts(2),
            Press("\x1bOA\r"),
            Prompts(3),
            Press("\x1bOA\x1bOA\x1bOB\r"),
            Prompts(4),
            BYE,
        ],
    ),
    prompt(
        "search",
        &[
            Prompts(1),
            Press("x = 41\r"),
            Prompts(2),
            Press("y = 2\r"),
            Prompts(3),
            Press("\x12x ="),
            See("r-search"),
            Press("\r"),
            Prompts(4),
            BYE,
        ],
    ),
    prompt(
        "function",
        &[
            Prompts(1),
            Press("def f(a):\r"),
            At("...     ", 1),
            Press("return a + 1\r"),
            At("...     ", 1),
            Press("\x7f\r"),
            Prompts(2),
            Press("f(41)\r"),
            See("42"),
            Prompts(3),
            BYE,
        ],
    ),
    prompt(
        "loop",
        &[
            Prompts(1),
            Press("for i in range(3):\r"),
            At("...     ", 1),
            Press("print('n', i)\r"),
            See("print('n', i)"),
            Press("\r"),
            See("n 2"),
            Prompts(2),
            BYE,
        ],
    ),
    prompt("kill-and-yank", &[Prompts(1), Press("abc + def\x01\x0b'x'\x19\x01\x0b123\r"), See("123"), Prompts(2), BYE]),
    prompt(
        "words",
        &[
            Prompts(1),
            Press("one two\x1bb\x0b'\x01'\x05\r"),
            See("'one '"),
            Prompts(2),
            Press("'a b'\x17\x17'c'\r"),
            See("'c'"),
            Prompts(3),
            BYE,
        ],
    ),
    prompt(
        "complete-one",
        &[Prompts(1), Press("import os\r"), Prompts(2), Press("os.getcw\t"), See("os.getcwd"), Press("\x15\r"), BYE],
    ),
    prompt(
        "complete-many",
        &[
            Prompts(1),
            Press("abcde_one = abcde_two = 1\r"),
            Prompts(2),
            Press("abcde\t"),
            See("abcde_"),
            Press("\t"),
            See("abcde_two"),
            Press("\x15\r"),
            BYE,
        ],
    ),
    prompt(
        "complete-keyword",
        &[
            Prompts(1),
            Press("impor\t"),
            See("import"),
            Press("sys\r"),
            Prompts(2),
            Press("sys.maxsize > 0\r"),
            See("True"),
            Prompts(3),
            BYE,
        ],
    ),
    prompt(
        "bracketed-paste",
        &[
            Prompts(1),
            Press("\x1b[200~def f():\r    x = 3\r    return x * 14\r\x1b[201~"),
            See("return x * 14"),
            Press("\r"),
            Prompts(2),
            Press("f()\r"),
            See("42"),
            Prompts(3),
            BYE,
        ],
    ),
    prompt(
        "paste-key",
        &[
            Prompts(1),
            Press("\x1bOR"),
            See("(paste)"),
            Press("if True:\n    print('pasted')\n\n\x1bOR"),
            See(">>>"),
            Press("\r"),
            See("pasted"),
            Prompts(1),
            BYE,
        ],
    ),
    prompt("end-of-file", &[Prompts(1), Press("7\r"), Prompts(2), Press("\x04")]),
    prompt("delete-key", &[Prompts(1), Press("xyz9\x01\x1b[3~\x1b[3~\x1b[3~\r"), See("9"), Prompts(2), BYE]),
    prompt(
        "ctrl-c-at-the-prompt",
        &[
            Prompts(1),
            Press("lost\x03"),
            See("KeyboardInterrupt"),
            Prompts(2),
            Press("'kept'\r"),
            See("'kept'"),
            Prompts(3),
            BYE,
        ],
    ),
    prompt(
        "ctrl-c-in-a-block",
        &[Prompts(1), Press("if 1:\r"), At("...     ", 1), Press("\x03"), See("KeyboardInterrupt"), Prompts(2), BYE],
    ),
    prompt("clear", &[Prompts(1), Press("print('gone')\r"), Prompts(2), Press("2\x0c2\r"), Prompts(2), BYE]),
    prompt(
        "traceback",
        &[
            Prompts(1),
            Press("def f(): return 1/0\r\r"),
            Prompts(2),
            Press("f()\r"),
            See("ZeroDivisionError"),
            Prompts(3),
            BYE,
        ],
    ),
    prompt("syntax-error", &[Prompts(1), Press("1 +\r"), See("SyntaxError"), Prompts(2), BYE]),
    prompt("exit-word", &[Prompts(1), Press("exit\r")]),
    prompt("quit-word", &[Prompts(1), Press("quit\r")]),
    prompt(
        "unicode",
        &[
            Prompts(1),
            Press("'é漢字'\x1bOD\x1bODx\r"),
            See("'é漢x字'"),
            Prompts(2),
            Press("len('漢é')\r"),
            Prompts(3),
            BYE,
        ],
    ),
    prompt(
        "long-line",
        &[
            Prompts(1),
            Press(
                "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbcccccccc'\x1bOD\x1bOD!\r",
            ),
            See("c!c"),
            Prompts(2),
            BYE,
        ],
    ),
    prompt(
        "resize",
        &[Prompts(1), Press("1111"), See("1111"), Resize(12, 40), Press("2222\r"), See("11112222"), Prompts(2), BYE],
    ),
    prompt("print-no-newline", &[Prompts(1), Press("print('no newline', end='')\r"), See("newline>>>"), BYE]),
    prompt("comment", &[Prompts(1), Press("# nothing\r"), Prompts(2), BYE]),
    prompt(
        "input",
        &[
            Prompts(1),
            Press("x = input('name? ')\r"),
            See("name? "),
            Press("Ada\x1bOD\x1bODD\r"),
            Prompts(2),
            Press("x\r"),
            See("'ADda'"),
            Prompts(3),
            BYE,
        ],
    ),
    prompt(
        "sleep-interrupted",
        &[
            Prompts(1),
            Press("import time; print('z' * 3); time.sleep(10**5)\r"),
            See("\nzzz"),
            Press("\x03"),
            See("KeyboardInterrupt"),
            Prompts(2),
            BYE,
        ],
    ),
    prompt(
        "dot-history",
        &[
            Prompts(1),
            Press("def g():\r"),
            At("...     ", 1),
            Press("pass\r\r"),
            Prompts(2),
            Press("\x1bOA"),
            See("pass"),
            Press("\x03"),
            Prompts(3),
            BYE,
        ],
    ),
];

/// Programs that ask something of the terminal.
const PROGRAMS: &[Session] = &[
    code(
        "getpass",
        &["-c", "import getpass; print('got', len(getpass.getpass('secret? ')))"],
        &[See("secret? "), Hidden, Press("hunter2\r"), See("got 7")],
    ),
    code(
        "input-line",
        &["-c", "print('hello', input('who? '))"],
        &[See("who? "), Press("worl\x7fld\r"), See("hello world")],
    ),
    code(
        "cbreak",
        &[
            "-c",
            "import tty, sys, termios; old = termios.tcgetattr(0); tty.setcbreak(0); print('ready', flush=True); print('key', repr(sys.stdin.read(1))); termios.tcsetattr(0, termios.TCSADRAIN, old)",
        ],
        &[See("ready"), Hidden, Press("k"), See("key 'k'")],
    ),
    code(
        "raw",
        &[
            "-c",
            "import tty, os; tty.setraw(0); os.write(1, b'ready\\r\\n'); key = os.read(0, 1); os.write(1, repr(key).encode() + b'\\r\\n')",
        ],
        &[See("ready"), Raw, Press("\x03"), See("b'\\x03'")],
    ),
    code("left-raw", &["-c", "import tty; tty.setraw(0); print('ready'); 1/0"], &[See("ZeroDivisionError")]),
    code(
        "size",
        &["-c", "import os; print(tuple(os.get_terminal_size()), os.isatty(0), os.isatty(1))"],
        &[See("True True")],
    ),
    code(
        "attributes",
        &["-c", "import termios; a = termios.tcgetattr(0); print(a[0], a[1], a[3], a[6][:7])"],
        &[See("]")],
    ),
    code(
        "special-keys",
        &[
            "-c",
            "import termios; a = termios.tcgetattr(0); a[6][termios.VERASE] = b'#'; termios.tcsetattr(0, termios.TCSANOW, a); print('line', input('> '))",
        ],
        &[See("> "), Press("abx#c\r"), See("line abc")],
    ),
    code(
        "flush",
        &[
            "-c",
            "import termios, sys; input('first '); print('typed'); input('second '); termios.tcflush(0, termios.TCIFLUSH); termios.tcdrain(1); print(repr(input('third ')))",
        ],
        &[
            See("first"),
            Press("\r"),
            See("typed"),
            See("second"),
            Press("\r"),
            See("third"),
            Press("kept\r"),
            See("'kept'"),
        ],
    ),
    code(
        "interact",
        &["-c", "import code; x = 4; code.interact(banner='begin', local={'x': x}, exitmsg='end')"],
        &[See("begin"), Prompts(1), Press("x * 2\r"), See("8"), Prompts(2), Press("\x04"), See("end")],
    ),
    code("inspect", &["-i", "-c", "x = 6"], &[Prompts(1), Press("x * 7\r"), See("42"), Prompts(2), BYE]),
    code(
        "breakpoint",
        &["-c", "x = 5\nbreakpoint()\nprint('on', x)\n"],
        &[
            At("(Pdb) ", 1),
            Press("p x\r"),
            See("\n5"),
            At("(Pdb) ", 2),
            Press("x = 9\r"),
            At("(Pdb) ", 3),
            Press("c\r"),
            See("on 9"),
        ],
    ),
    code(
        "cmd",
        &[
            "-c",
            "import cmd\nclass C(cmd.Cmd):\n    def do_say(self, line): print('said', line)\n    def do_EOF(self, line): return True\nC().cmdloop()",
        ],
        &[At("(Cmd) ", 1), Press("say ax\x7f hi\r"), See("said a hi"), At("(Cmd) ", 2), Press("\x04")],
    ),
    code("help-text", &["-c", "help('keywords')"], &[See("while")]),
    Session {
        name: "no-color",
        arguments: &["-q"],
        environment: &[("NO_COLOR", "1")],
        steps: &[Prompts(1), Press("1/0\r"), See("ZeroDivisionError"), Prompts(2), BYE],
        status: 0,
    },
    Session {
        name: "dumb",
        arguments: &["-q"],
        environment: &[("TERM", "dumb")],
        steps: &[Prompts(1), Press("6*7\r"), See("42"), Prompts(2), BYE],
        status: 0,
    },
    Session {
        name: "basic",
        arguments: &["-q"],
        environment: &[("TERM", "vt100")],
        steps: &[Prompts(1), Press("6*7\r"), See("42"), Prompts(2), BYE],
        status: 0,
    },
    Session {
        name: "status",
        arguments: &["-q"],
        environment: &[],
        steps: &[Prompts(1), Press("raise SystemExit(3)\r")],
        status: 3,
    },
    code(
        "asyncio",
        &["-m", "asyncio"],
        &[Prompts(2), Press("await asyncio.sleep(0, 42)\r"), See("\n42"), Prompts(3), Press("exit()\r")],
    ),
];

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
            Raw => person.wait_for_modes("single keys", |modes| {
                !modes.local_modes.contains(rustix::termios::LocalModes::ICANON)
            }),
            Hidden => person
                .wait_for_modes("hidden keys", |modes| !modes.local_modes.contains(rustix::termios::LocalModes::ECHO)),
        }
    }
    assert_eq!(person.end().code(), Some(session.status), "{}\n{}", session.name, person.shown());
    screen::compare(session.name, &person.shown());
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
