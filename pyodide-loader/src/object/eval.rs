//! Running source as Pyodide's `runPython` does: the value of the last expression. Replaces `eval_code` of
//! `_pyodide/_base.py`.
//!
//! The last statement, when it is an expression that no semicolon follows, is compiled apart from what is before it.
//! No Python code of pyrun's is on the stack, so tracebacks hold the caller's frames only.

use super::api::ObjectApi;
use super::error::{BuiltinException, RaiseError};
use super::reference::Object;
use super::sources::{CodeCache, Codes, UNNAMED};
use super::value::Value;
use crate::guest_release;
use crate::imports::cpython::SignalHold;
use pyrun_emscripten_shim::Trap;

/// `Py_file_input`.
const FILE_INPUT: i32 = 257;
/// `PyCF_SOURCE_IS_UTF8`, `PyCF_IGNORE_COOKIE`.
const SOURCE_FLAGS: i32 = 0x0100 | 0x0800;
/// `PyCF_ONLY_AST`.
const ONLY_AST: i32 = 0x0400;
/// `PyCF_ALLOW_TOP_LEVEL_AWAIT`.
const TOP_LEVEL_AWAIT: i64 = 0x2000;
/// `CO_COROUTINE`: evaluating the code gives a coroutine.
const COROUTINE: i64 = 0x0080;
/// The bits of a code object's flags that say which `__future__` it was compiled for.
const FUTURES: i64 = 0x01fe_0000;

impl ObjectApi<'_> {
    /// Runs `source` in the namespace `globals`, a `dict`, and gives the value of the last statement when that is an
    /// expression without a semicolon behind it; else `None`. `file` is what tracebacks say; without one, each source gets
    /// a name of its own (`<exec>`, `<exec-2>`), so that a traceback never shows the lines of another.
    ///
    /// # Errors
    /// `SyntaxError`, or what the source raises.
    pub fn run(&mut self, source: &str, file: Option<&str>, globals: &Object) -> Result<Object, RaiseError> {
        self.check(globals)?;
        let codes = self.code_of(source, file, 0)?;
        if let Some(statements) = &codes.statements {
            self.eval_code(statements.object(), globals)?;
        }
        match &codes.expression {
            Some(expression) => self.eval_code(expression.object(), globals),
            None => {
                let none = self.objects().None;
                Ok(self.borrow(none)?)
            }
        }
    }

    /// As [`ObjectApi::run`], for a source that may await at its top level: what does is run by an `asyncio.Runner`, which ends
    /// with the source. Replaces `eval_code_async` of `_pyodide/_base.py`.
    ///
    /// # Errors
    /// As [`ObjectApi::run`].
    pub fn run_awaiting(&mut self, source: &str, file: Option<&str>, globals: &Object) -> Result<Object, RaiseError> {
        self.check(globals)?;
        let codes = self.code_of(source, file, TOP_LEVEL_AWAIT)?;
        let mut runner = None;
        let result = self.run_parts(&codes, globals, &mut runner);
        let Some(runner) = runner else { return result };
        if let Err(RaiseError::Trap(_)) = &result {
            return result;
        }
        let closed = self.call_method(&runner, "close", &[], &[]);
        let value = result?;
        closed?;
        Ok(value)
    }

    fn run_parts(
        &mut self,
        codes: &Codes,
        globals: &Object,
        runner: &mut Option<Object>,
    ) -> Result<Object, RaiseError> {
        let mut value = self.none()?;
        for (code, gives) in [(&codes.statements, false), (&codes.expression, true)] {
            let Some(code) = code else { continue };
            let mut result = self.eval_code(code.object(), globals)?;
            if self.int_attr(code.object(), "co_flags")? & COROUTINE != 0 {
                let runner = match runner {
                    Some(runner) => runner,
                    None => {
                        let asyncio = self.import("asyncio")?;
                        runner.insert(self.call_method(&asyncio, "Runner", &[], &[])?)
                    }
                };
                result = self.call_method(runner, "run", &[result], &[])?;
            }
            if gives {
                value = result;
            }
        }
        Ok(value)
    }

    /// Runs statements, as `exec` does: nothing is imported for it.
    ///
    /// # Errors
    /// `SyntaxError`, or what the source raises.
    pub fn exec(&mut self, source: &str, file: &str, globals: &Object) -> Result<(), RaiseError> {
        self.check(globals)?;
        // By C's function, as `builtins.compile` makes all classes of `_ast` when it is first called, in 1.6 ms.
        let code = self.parse(source, &file.replace('\0', "?"), SOURCE_FLAGS)?;
        self.eval_code(&code, globals).map(drop)
    }

    fn none(&mut self) -> Result<Object, RaiseError> {
        let none = self.objects().None;
        Ok(self.borrow(none)?)
    }

    /// The code of a source, compiled with these flags.
    fn code_of(&mut self, source: &str, file: Option<&str>, flags: i64) -> Result<Codes, RaiseError> {
        match self.codes()?.get(source, file, flags) {
            Some(codes) => Ok(codes),
            None => self.without_signals(|python| python.compile(source, file, flags)),
        }
    }

    /// Runs `body` with signals held back. They are there for the program's own code: an exception that one raises while our
    /// imports run could end in a callback of the import system's, where CPython ignores it.
    fn without_signals<R>(&mut self, body: impl FnOnce(&mut Self) -> Result<R, RaiseError>) -> Result<R, RaiseError> {
        let before = self.hold_signals(true)?;
        let result = body(self);
        self.hold_signals(before)?;
        result
    }

    /// Holds signals back or lets them through; gives what it was before.
    fn hold_signals(&mut self, hold: bool) -> Result<bool, Trap> {
        Ok(std::mem::replace(&mut self.caller().env().extensions.get_mut::<SignalHold>()?.0, hold))
    }

    pub(super) fn codes(&mut self) -> Result<&mut CodeCache, Trap> {
        self.caller().env().extensions.get_mut()
    }

    fn eval_code(&mut self, code: &Object, globals: &Object) -> Result<Object, RaiseError> {
        let result = self.c(|f| &f.PyEval_EvalCode, (code.addr(), globals.addr(), globals.addr()))?;
        self.own(result)
    }

    fn compile(&mut self, source: &str, file: Option<&str>, flags: i64) -> Result<Codes, RaiseError> {
        let file = file.map(|file| file.replace('\0', "?"));
        let file = file.as_deref();
        let codes = match self.compile_and_list(source, file, flags) {
            Ok(codes) => codes,
            Err(error) => return Err(self.without_traceback(error)?),
        };
        self.codes()?.put(source, file, flags, &codes);
        Ok(codes)
    }

    fn compile_and_list(&mut self, source: &str, file: Option<&str>, flags: i64) -> Result<Codes, RaiseError> {
        // A syntax error shows its line by itself, so it needs no name of its own.
        let tree = self.parse(source, file.unwrap_or(UNNAMED), SOURCE_FLAGS | ONLY_AST)?;
        let name = match file {
            Some(file) => file.to_owned(),
            None => {
                let name = self.unlisted_name();
                self.or_without_lines(name)?.unwrap_or_else(|| UNNAMED.to_owned())
            }
        };
        let codes = self.compile_parts(&tree, source, &name, flags)?;
        let listed = self.list_source(source, &name);
        self.or_without_lines(listed)?;
        Ok(codes)
    }

    fn compile_parts(&mut self, tree: &Object, source: &str, file: &str, flags: i64) -> Result<Codes, RaiseError> {
        let body = self.get_attr(tree, "body")?;
        let count = self.len(&body)?;
        let Some(last_index) = count.checked_sub(1) else { return Ok(Codes::default()) };
        let last_index = self.object(&Value::Int(last_index as i64))?;
        let last = self.get_item(&body, &last_index)?;
        let wanted = self.type_name(&last)?.ends_with(".Expr") && !self.is_silenced(&last, source)?;
        if !wanted {
            return Ok(Codes {
                statements: Some(self.compile_tree(tree, file, "exec", flags)?.into()),
                expression: None,
            });
        }
        self.del_item(&body, &last_index)?;
        let statements = match count {
            1 => None,
            _ => Some(self.compile_tree(tree, file, "exec", flags)?),
        };
        let futures = match &statements {
            Some(code) => self.int_attr(code, "co_flags")? & FUTURES,
            None => 0,
        };
        let expression = self.expression_of(&last)?;
        let expression = self.compile_tree(&expression, file, "eval", futures | flags)?;
        Ok(Codes { statements: statements.map(Into::into), expression: Some(expression.into()) })
    }

    /// The tree of an expression statement, as one that gives a value.
    fn expression_of(&mut self, statement: &Object) -> Result<Object, RaiseError> {
        let value = self.get_attr(statement, "value")?;
        let module = self.import("_ast")?;
        let class = self.get_attr(&module, "Expression")?;
        self.call(&class, &[value], &[])
    }

    /// The code of a source, or its syntax tree with [`ONLY_AST`].
    fn parse(&mut self, source: &str, file: &str, flags: i32) -> Result<Object, RaiseError> {
        if source.contains('\0') {
            return Err(self.new_exception("SyntaxError", "source code string cannot contain null bytes")?);
        }
        let mut block = Vec::with_capacity(source.len() + file.len() + 10);
        block.extend_from_slice(&flags.to_le_bytes());
        // The minor version of Python whose syntax is read: `cf_feature_version`.
        let (_, minor) = guest_release::of(&self.caller().env().extensions)?.python;
        block.extend_from_slice(&i32::from(minor).to_le_bytes());
        block.extend_from_slice(source.as_bytes());
        block.push(0);
        block.extend_from_slice(file.as_bytes());
        block.push(0);
        let length = source.len() as u32;
        let addr = self.with_bytes(&block, |python, flags| {
            let (source, file) = (flags + 8, flags + 8 + length + 1);
            python.c(|f| &f.Py_CompileStringExFlags, (source, file, FILE_INPUT, flags, -1))
        })?;
        self.own(addr)
    }

    fn compile_tree(&mut self, tree: &Object, file: &str, mode: &str, flags: i64) -> Result<Object, RaiseError> {
        let builtins = self.import("builtins")?;
        let tree = self.borrow(tree.addr())?;
        let args = [tree, self.text(file)?, self.text(mode)?, self.object(&Value::Int(flags))?];
        let true_ = self.object(&Value::Bool(true))?;
        self.call_method(&builtins, "compile", &args, &[("dont_inherit", true_)])
    }

    fn int_attr(&mut self, object: &Object, name: &str) -> Result<i64, RaiseError> {
        let value = self.get_attr(object, name)?;
        match self.value(&value)? {
            Value::Int(number) => Ok(number),
            _ => Ok(0),
        }
    }

    /// Whether a semicolon follows the statement.
    fn is_silenced(&mut self, statement: &Object, source: &str) -> Result<bool, RaiseError> {
        let line = self.int_attr(statement, "end_lineno")?;
        let column = self.int_attr(statement, "end_col_offset")?;
        Ok(semicolon_follows(source, line, column))
    }

    /// A source runs even if its lines cannot be listed for tracebacks; but an interrupt that came in the meantime is not lost.
    fn or_without_lines<T>(&mut self, result: Result<T, RaiseError>) -> Result<Option<T>, RaiseError> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(RaiseError::Raised(exception))
                if !self.exception_is(&exception, BuiltinException::KeyboardInterrupt)? =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether the first thing after this place (a line from 1, a byte of it from 0) is a semicolon.
fn semicolon_follows(source: &str, line: i64, column: i64) -> bool {
    let (Ok(line), Ok(column)) = (usize::try_from(line), usize::try_from(column)) else { return false };
    let mut rest = source.as_bytes();
    // Python's lines end with \n, \r\n or \r.
    for _ in 1..line {
        let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else { return false };
        let skip = if rest.get(end..end + 2) == Some(b"\r\n") { 2 } else { 1 };
        rest = rest.get(end + skip..).unwrap_or_default();
    }
    let rest = rest.get(column..).unwrap_or_default();
    let next = rest.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\x0c'));
    next == Some(&b';')
}

#[cfg(test)]
mod tests {
    use super::semicolon_follows;

    #[test]
    fn a_semicolon_is_what_follows_the_statement() {
        assert!(semicolon_follows("1;", 1, 1));
        assert!(semicolon_follows("x = 1\r\n(2) ;  # why", 2, 3));
        assert!(semicolon_follows("a\rb\rc;", 3, 1));
        assert!(!semicolon_follows("1", 1, 1));
        assert!(!semicolon_follows("1 # ;", 1, 1));
        assert!(!semicolon_follows("';'", 1, 3));
        assert!(semicolon_follows("'é';", 1, 4));
        assert!(!semicolon_follows("", 7, 7));
    }
}
