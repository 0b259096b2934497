//! `pyrun --kind micropython FILE.wasm`: its command line and its prompt. The module is a package of npm's; without it the tests are
//! skipped by name.

use std::path::PathBuf;

use pyrun::home::Home;
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::LocalModes;

use super::interrupts::heed_ctrl_c;
use super::prompt::Terminal;
use super::support::{Pyrun, pyrun};

fn module() -> Option<PathBuf> {
    let module = Home::locate().unwrap().path().join("modules/micropython/micropython.wasm");
    if !module.is_file() {
        pyrun_needs::skip("npm-modules", "the data folder has no micropython");
        return None;
    }
    Some(module)
}

fn micropython(arguments: &[&str]) -> Option<Pyrun> {
    let module = module()?;
    Some(pyrun([&["--kind", "micropython", module.to_str().unwrap()], arguments].concat()))
}

#[test]
fn a_script_has_its_arguments_and_what_lies_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().canonicalize().unwrap().join("real");
    std::fs::create_dir(&real).unwrap();
    std::fs::write(real.join("beside.py"), "word = 'beside'").unwrap();
    std::fs::write(real.join("data.txt"), "data").unwrap();
    std::fs::write(real.join("s.py"), "import sys, beside\nprint(sys.argv, beside.word, sys.path[0])").unwrap();
    std::fs::write(real.join("opens.py"), "print(open('real/data.txt').read())").unwrap();
    std::os::unix::fs::symlink("real/s.py", folder.path().join("link.py")).unwrap();
    for (name, arguments, argv) in
        [("real/s.py", &["-c", "b"][..], "['real/s.py', '-c', 'b']"), ("link.py", &[], "['link.py']")]
    {
        let Some(run) = micropython(&[&[name], arguments].concat()) else { return };
        run.current_dir(folder.path()).run().prints(&format!("{argv} beside {}\n", real.display()));
    }
    // The folder is for reading, and what lies above it is not seen.
    micropython(&["real/opens.py"]).unwrap().current_dir(folder.path()).run().prints("data\n");
    std::fs::write(real.join("w.py"), "open('real/new', 'w')").unwrap();
    micropython(&["real/w.py"]).unwrap().current_dir(folder.path()).run().ends_with(1).says("OSError");
    std::fs::write(real.join("up.py"), "open('link.py')").unwrap();
    micropython(&["real/up.py"]).unwrap().current_dir(folder.path()).run().ends_with(1).says("OSError");
}

#[test]
fn code_comes_from_an_option_or_from_standard_input() {
    let Some(run) = micropython(&["-c", "import sys\nprint(sys.argv, input())", "a", "-c"]) else { return };
    run.input("line\nnext").run().prints("['-c', 'a', '-c'] line\n");
    micropython(&["-"]).unwrap().input("import sys\nprint(sys.argv)").run().prints("['-']\n");
    micropython(&[]).unwrap().input("for n in range(2):\n    print(n)\nprint('end')").run().prints("0\n1\nend\n");
    micropython(&["-c", "input()"]).unwrap().run().ends_with(1).says("EOFError: EOF when reading a line");
}

#[test]
fn wrong_options_end_with_2_and_say_why() {
    for (arguments, words) in [
        (&["-X", "heapsize=2048m", "-c", "1"][..], "the largest that fits is"),
        (&["-X", "heapsize=4097m", "-c", "1"], "no option -X heapsize=4097m"),
        (&["-X", "heapsize=12", "-c", "1"], "from 16k on"),
        (&["-X", "heap=1k", "-c", "1"], "no option -X heap=1k"),
        (&["-X"], "-X heapsize=BYTES"),
        (&["-q"], "-X heapsize=BYTES"),
        (&["-c"], "-X heapsize=BYTES"),
        (&["nothing.py"], "nothing.py: No such file"),
    ] {
        let Some(run) = micropython(arguments) else { return };
        run.run().is_refused(2, &[words]);
    }
}

/// Types a line at the prompt, and waits for what it gives and for the next prompt.
fn answer(terminal: &mut Terminal, line: &str, shown: &str) {
    terminal.press(&format!("{line}\r"));
    terminal.wait_for(shown);
    terminal.wait_for(">>> ");
    terminal.wait_for_single_keys();
}

#[test]
fn the_prompt_edits_lines_and_shows_them_once() {
    heed_ctrl_c();
    let Some(module) = module() else { return };
    let mut terminal = Terminal::start(&["--kind", "micropython", module.to_str().unwrap()]);
    let before = terminal.local_modes();
    terminal.wait_for(">>> ");
    terminal.press("12\x1b[D3\r");
    // Each key once, the cursor back, and what is inserted before it.
    terminal.wait_for("12\u{8}32\u{8}");
    terminal.wait_for("\n132\r\n");
    terminal.wait_for(">>> ");
    terminal.wait_for_single_keys();
    // What a program reads is typed in lines.
    terminal.press("x = input('what' + '? ')\r");
    terminal.wait_for("\nwhat? ");
    assert!(terminal.local_modes().contains(LocalModes::ICANON | LocalModes::ECHO));
    answer(&mut terminal, "that", "that\r\n");
    answer(&mut terminal, "x * 2", "'thatthat'");
    // Ctrl-C drops the line, and ends what runs.
    let interrupt = |terminal: &Terminal| kill_process(Pid::from_child(&terminal.child), Signal::INT).unwrap();
    terminal.press("1 + ");
    terminal.wait_for("1 + ");
    interrupt(&terminal);
    terminal.wait_for(">>> ");
    terminal.wait_for_single_keys();
    let code = r"try:\n print('now' + '!')\n while True: time.sleep(1000)\nexcept KeyboardInterrupt: print('^' + 'C')";
    terminal.press(&format!("import time; exec(\"{code}\")\r"));
    terminal.wait_for("now!");
    interrupt(&terminal);
    terminal.wait_for("^C");
    terminal.wait_for(">>> ");
    // While the terminal takes lines, Ctrl-D is no key but the end of one.
    terminal.wait_for_single_keys();
    terminal.press("\x04");
    assert_eq!(terminal.child.wait().unwrap().code(), Some(0));
    assert_eq!(terminal.local_modes(), before);
}
