//! Translates binaries and tells what was done to them.
//!
//! ```text
//! translate [--main] [--slim] [--out FILE] PATH…
//! ```
//!
//! Each path is a `.wasm` or `.so` file, a wheel, or any zip archive, in which all of these are looked for, archives in
//! archives included. `--main` merges data segments, defines what an older main module imports, and `--slim` replaces all exported functions by table slots, as for
//! a main module; without them, imports that a module satisfies itself are dropped. Every output is validated.

use std::error::Error;
use std::io::{Cursor, Read};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use pyrun_translate::{MainMemoryLayout, Options, Translated, translate, validate};

/// What Pyodide's releases up to 0.29 give their main modules.
const MAIN_MEMORY: MainMemoryLayout =
    MainMemoryLayout { memory_base: 1024, table_base: 1, stack_size: 5 << 20, keeps_dylink: false };

#[derive(Default)]
struct Tool {
    main: bool,
    slim: bool,
    out: Option<String>,
    paths: Vec<String>,
    modules: u32,
    failed: u32,
    translating: Duration,
    validating: Duration,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut tool = Tool::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--main" => tool.main = true,
            "--slim" => tool.slim = true,
            "--out" => tool.out = arguments.next(),
            _ => tool.paths.push(argument),
        }
    }
    for path in std::mem::take(&mut tool.paths) {
        tool.file(&path, &std::fs::read(&path)?)?;
    }
    println!(
        "{} modules, {} failed, translated in {:?}, validated in {:?}",
        tool.modules, tool.failed, tool.translating, tool.validating
    );
    Ok(ExitCode::from(u8::from(tool.failed != 0)))
}

impl Tool {
    fn file(&mut self, name: &str, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
        if bytes.starts_with(b"PK") {
            let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
            for index in 0..archive.len() {
                let mut entry = archive.by_index(index)?;
                let inner = format!("{name}!{}", entry.name()?);
                if [".so", ".wasm", ".whl", ".zip"].iter().any(|suffix| inner.ends_with(suffix)) {
                    let mut contents = Vec::new();
                    entry.read_to_end(&mut contents)?;
                    self.file(&inner, &contents)?;
                }
            }
            return Ok(());
        }
        self.modules += 1;
        if let Err(error) = self.module(name, bytes) {
            self.failed += 1;
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            println!("FAILED {name}: {error}{cause}");
        }
        Ok(())
    }

    fn module(&mut self, name: &str, wasm: &[u8]) -> Result<(), Box<dyn Error>> {
        let options = Options {
            main_memory: self.main.then_some(MAIN_MEMORY),
            provided_elsewhere: (!self.main).then_some(&|_| false),
            merge_data_gap: self.main.then_some(256),
            export_filter: self.slim.then_some(&|_| false),
            ..Options::default()
        };
        let start = Instant::now();
        let translated = translate(wasm, &options)?;
        let translating = start.elapsed();
        let start = Instant::now();
        validate(&translated.wasm)?;
        self.validating += start.elapsed();
        self.translating += translating;
        report(name, wasm.len(), translating, &translated);
        if let Some(out) = &self.out {
            std::fs::write(out, &translated.wasm)?;
        }
        Ok(())
    }
}

fn report(name: &str, before: usize, took: Duration, translated: &Translated) {
    println!("{name}: {before} -> {} bytes in {took:?}, {:?}", translated.wasm.len(), translated.counts);
}
