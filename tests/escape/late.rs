//! One call for which the host has much to do: it ends with the program's time, and takes no memory beyond the limits.

use std::path::Path;

use serde_json::Value;

use super::support::{Ran, pyrun};

/// Runs code with a limit of time, and gives how many seconds it took by the report.
fn seconds(options: &[&str], code: &str) -> (f64, Ran) {
    let report = tempfile::NamedTempFile::new().expect("a file");
    let path = report.path().to_str().expect("a path");
    let ran = pyrun([&["--report", path], options, &["-c", code]].concat()).run();
    let report: Value = serde_json::from_reader(report).expect("a report");
    (report["usage"]["wall_seconds"].as_f64().expect("a time"), ran)
}

/// Each asks for 2 GiB in one call: of random bytes that takes 10 s and more, of the others a second.
const CALLS: &[&str] = &[
    "fd = os.open('/dev/urandom', 0)\nos.readv(fd, [b] * 8)",
    "fd = os.open('/dev/zero', 0)\nwhile True: os.readv(fd, [b] * 8)",
    "open('/tmp/a', 'wb').truncate(1 << 40)\nfd = os.open('/tmp/a', 0)\nwhile True: os.readv(fd, [b] * 8)",
    "fd = os.open('/w/b', os.O_RDWR)\nwhile True: os.readv(fd, [b] * 8); os.lseek(fd, 0, 0)",
];

#[test]
fn a_call_that_moves_much_ends_with_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::File::create(folder.path().join("b")).and_then(|file| file.set_len(4 << 30)).expect("a hole");
    let granted = format!("{}:/w:rw", folder.path().display());
    for call in CALLS {
        let code = format!("import os\nb = bytearray(250 << 20)\n{call}");
        let (seconds, ran) = seconds(&["--limit", "wall=1s,grace=0s", "--dir", &granted], &code);
        ran.ends_with(124).says("the limit of 1s of wall time is over");
        assert!(seconds < 6.0, "{code}: {seconds} s");
    }
}

/// A directory that moves up is looked through for links: 3,000 directories, 400 deep.
#[test]
fn a_deep_directory_is_moved_at_once() {
    let code = "import os\nos.makedirs('/w/a/m'); os.chdir('/w/a/m')\n\
                for i in range(400): os.mkdir('d'); os.chdir('d')\n\
                for i in range(3000): os.mkdir(str(i))\n\
                os.chdir('/'); os.rename('/w/a/m', '/w/m'); print(os.listdir('/w/a'), os.listdir('/w/m'))";
    let folder = tempfile::tempdir().expect("a folder");
    let granted = format!("{}:/w:rw", folder.path().display());
    let (seconds, ran) = seconds(&["--untrusted", "--dir", &granted], code);
    ran.prints("[] ['d']\n");
    assert!(seconds < 15.0, "{seconds} s");
    remove(&folder.path().join("m"));
}

/// Paths in it are longer than what some systems' `rm` takes.
fn remove(folder: &Path) {
    let removed = std::process::Command::new("rm").arg("-rf").arg(folder).status();
    assert!(removed.expect("rm").success());
}

/// 15 directories in each other with names of 250 bytes, and as many in the last as the limits let there be: 4 KB each as paths.
#[cfg(target_os = "linux")]
#[test]
fn what_an_overlay_has_to_tell_fits_into_memory() {
    let code = "import os\nos.chdir('/w')\n\
                for i in range(15): os.mkdir('n' * 250); os.chdir('n' * 250)\n\
                try:\n for i in range(10**6): os.mkdir(str(i))\n\
                except OSError as e: print(e.strerror)";
    let folder = tempfile::tempdir().expect("a folder");
    let report = tempfile::NamedTempFile::new().expect("a file");
    let granted = format!("{}:/w:overlay", folder.path().display());
    let options = ["--untrusted", "--report", report.path().to_str().expect("a path"), "--dir", &granted, "-c", code];
    let mut run = pyrun(options);
    let mut child = run.command.stdout(std::process::Stdio::piped()).spawn().expect("pyrun");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().expect("a status").is_none() {
        let told = std::fs::read_to_string(&status).unwrap_or_default();
        let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0) >> 10);
        std::thread::yield_now();
    }
    let ran = Ran::from(child.wait_with_output().expect("its output"));
    assert_eq!(ran.stdout, "No space left on device\n");
    let report: Value = serde_json::from_reader(report).expect("a report");
    assert_eq!(report["truncated"]["changes"], true);
    // A program that does nothing has 31 MiB, the file system 100 of the 512 that the host may hold, the report 20.
    assert!(peak < 300, "{peak} MiB");
}
