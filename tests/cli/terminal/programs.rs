//! Sessions of programs that ask something of the terminal.

use super::sessions::Step::{At, Hidden, Press, Prompts, Raw, Rest, See};
use super::sessions::{BYE, Session, code};

/// Programs that ask something of the terminal.
pub(super) const PROGRAMS: &[Session] = &[
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
        &[See("ready"), Raw, Rest, Press("\x03"), See("b'\\x03'")],
    ),
    Session {
        name: "left-raw",
        arguments: &["-c", "import tty; tty.setraw(0); print('ready'); 1/0"],
        environment: &[],
        steps: &[See("ZeroDivisionError")],
        status: 1,
    },
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
];
