// Runs Python as a program under Node with the same Pyodide release: the oracle that pyrun is held against.
//
//   node run.mjs --core FOLDER --wheels FOLDER [--packages a,b] [--dir HOST]... [--env NAME=VALUE]... -- ARGUMENT...
//
// The arguments after -- are CPython's own (`-c CODE`, `-m MODULE`, a script and its arguments). As in
// Pyodide's own command line for virtual environments, they become argv at start-up and CPython's own
// main runs them (the export run_main), so tracebacks, SystemExit and exit codes are CPython's. Left out
// on purpose: the host's folders (only --dir mounts one, at its own path) and the host's environment.
// The script is copied into the memory file system at its own absolute path.
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";

function parse(argv) {
  const options = { core: "", wheels: "", packages: [], dirs: [], env: {}, args: [] };
  for (let i = 0; i < argv.length; i++) {
    const value = () => argv[++i];
    switch (argv[i]) {
      case "--core": options.core = resolve(value()); break;
      case "--wheels": options.wheels = resolve(value()); break;
      case "--packages": options.packages = value().split(/[ ,]+/).filter(Boolean); break;
      case "--dir": options.dirs.push(resolve(value())); break;
      case "--env": {
        const [name, ...rest] = value().split("=");
        options.env[name] = rest.join("=");
        break;
      }
      case "--":
        options.args = argv.slice(i + 1);
        return options;
      default:
        console.error(`run.mjs: unknown argument ${argv[i]}`);
        process.exit(2);
    }
  }
  return options;
}

/** The place of the script in the arguments: the first that is no option, if -c and -m come not before. */
function scriptIndex(args) {
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "-c" || args[i] === "-m" || args[i] === "-") return -1;
    if (["-X", "-W", "--check-hash-based-pycs"].includes(args[i])) i++;
    else if (!args[i].startsWith("-")) return i;
  }
  return -1;
}

function fileSystem(options, script) {
  return (FS) => {
    for (const dir of options.dirs) {
      FS.mkdirTree(dir);
      FS.mount(FS.filesystems.NODEFS, { root: dir }, dir);
    }
    if (script && !FS.analyzePath(script).exists) {
      FS.mkdirTree(dirname(script));
      FS.writeFile(script, readFileSync(script));
    }
  };
}

/** Called when the event loop has nothing left, or SystemExit or KeyboardInterrupt came through it. */
function finish(py, code) {
  process.exit(py._module._Py_FinalizeEx() < 0 ? 120 : (code ?? 0));
}

/** Keeps the event loop until its tasks are done, and lets it end the process. */
function holdLoop(py) {
  const scope = py.runPython("{}");
  scope.set("finish", (code) => finish(py, code));
  py.runPython(
    `
import asyncio
loop = asyncio.get_event_loop()
loop._in_progress += 1
loop._no_in_progress_handler = finish
loop._system_exit_handler = finish
loop._keyboard_interrupt_handler = lambda: finish(130)
`,
    { globals: scope },
  );
  return () => py.runPython("loop._decrement_in_progress()", { globals: scope });
}

async function main() {
  const options = parse(process.argv.slice(2));
  const index = scriptIndex(options.args);
  const args = [...options.args];
  let script;
  if (index >= 0 && existsSync(args[index]) && statSync(args[index]).isFile()) {
    script = args[index] = resolve(args[index]);
  }
  const prepareFiles = fileSystem(options, script);
  let prepared = false;
  const { loadPyodide } = await import(pathToFileURL(`${options.core}/pyodide.mjs`));
  const py = await loadPyodide({
    args,
    _sysExecutable: "./this.program",
    indexURL: options.core,
    packageCacheDir: options.wheels,
    // An empty PYTHONINSPECT: Pyodide sets it to 1 otherwise, and main would end in the prompt.
    env: { PYTHONINSPECT: "", TZ: "UTC", ...options.env },
    fsInit: (FS) => {
      prepared = true;
      prepareFiles(FS);
    },
  });
  // Releases before 0.28 have no fsInit; their main opens no file before run_main.
  if (!prepared) prepareFiles(py.FS);
  py.setStdout();
  py.setStderr();
  if (options.packages.length) {
    const fail = (message) => { console.error(message); process.exit(3); };
    await py.loadPackage(options.packages, { messageCallback: () => {}, errorCallback: fail });
  }
  const release = holdLoop(py);
  const module = py._module;
  const switches = module.jspiSupported && module.promisingRunMain;
  const status = switches ? await module.promisingRunMain() : module._run_main();
  if (status) finish(py, status);
  release();
}

main().catch((error) => {
  // exit() inside the interpreter arrives as this exception; anything else is Node's or the glue's failure.
  if (error?.constructor?.name === "ExitStatus") process.exit(error.status);
  console.error(error);
  process.exit(70);
});
