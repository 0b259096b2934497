//! Compiles the bytecode of packs in a guest of its own.

use std::sync::{Arc, Mutex, PoisonError};

use pyrun_memfs::Layer;
use pyrun_packages::{COMPILE_SCRIPT, CompileReport, Optimization};

use crate::engine::Engine;
use crate::error::Error;
use crate::grants::stdio::{InputBytes, OnFull, OutputBuffer, OutputFn, Stdio};
use crate::progress::Progress;
use crate::store::packs::BytecodeCompiler;

/// Limit: bytes of bytecode of one package, more than any has. Beyond it the compiler's write fails.
const MAX_OUTPUT: usize = 1 << 30;

impl BytecodeCompiler for Engine {
    fn compile(
        &self,
        what: &str,
        layers: Vec<Arc<dyn Layer>>,
        optimization: Optimization,
        request: Vec<u8>,
    ) -> Result<Vec<u8>, Error> {
        let total = request.iter().filter(|byte| **byte == 0).count();
        let output = OutputBuffer::new(MAX_OUTPUT, OnFull::Fail);
        let reports = Arc::new(Mutex::new(CompileReports {
            progress: self.progress().clone(),
            line: Vec::new(),
            other: String::new(),
        }));
        let listener = reports.clone();
        let stdio = Stdio::discard().stdin(InputBytes::new(request)).stdout(output.clone()).stderr(Box::new(
            OutputFn::new(move |bytes: &[u8]| {
                listener.lock().unwrap_or_else(PoisonError::into_inner).take(bytes);
            }),
        ));
        self.progress().begin(&format!("precompiling {what}"), total as u64);
        let level = optimization.level().to_string();
        let outcome =
            self.program().args(["-I", "-S", "-c", COMPILE_SCRIPT, &level]).stdio(stdio).only_layers(layers).run();
        self.progress().end();
        let status = outcome?.status;
        if status == 0 {
            return Ok(output.take());
        }
        let said = &reports.lock().unwrap_or_else(PoisonError::into_inner).other;
        let why = format!("the compiler ended with status {status}: {}", said.trim_end());
        Err(Error::Compile { what: format!("the sources of {what}"), why })
    }
}

/// Takes apart what the program writes to its standard error.
struct CompileReports {
    progress: Arc<dyn Progress>,
    line: Vec<u8>,
    /// What is no report: a traceback.
    other: String,
}

impl CompileReports {
    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte != b'\n' {
                self.line.push(*byte);
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let line = String::from_utf8_lossy(&line);
            match CompileReport::parse(&line) {
                Some(CompileReport::Progress { done, .. }) => self.progress.advance(done as u64),
                Some(CompileReport::Skipped(why)) => tracing::debug!(why, "a source does not compile"),
                _ => self.other.extend([&*line, "\n"]),
            }
        }
    }
}
