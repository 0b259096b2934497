//! What arguments a host function takes, and how a call's are matched to them.
//!
//! A signature is written as in Python: `"lookup(key, default=None, /, *, strict=False)"`. A bare name takes arguments by
//! position only, as many as the host function has. What is wrong with a call is said in CPython's words.

use super::error::RaiseError;

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name; empty when it can only be given by position and has none.
    pub name: String,
    /// The Python expression of its default.
    pub default: Option<String>,
}

/// The name and parameters of a host function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PySignature {
    /// The function's name.
    pub name: String,
    /// All parameters in order.
    pub parameters: Vec<Parameter>,
    /// How many of the first can be given by position only.
    pub positional_only: usize,
    /// How many of the first can be given by position at all.
    pub positional: usize,
    /// Whether names and defaults were given.
    pub is_named: bool,
}

/// A text that is not a signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a signature: {why}")]
pub struct PySignatureError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Where a parameter's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentSource {
    /// The argument of this number, in the order of the call.
    Argument(usize),
    /// The parameter's default.
    Default,
}

impl PySignature {
    /// Reads a signature; a bare name is one of `count` parameters.
    ///
    /// # Errors
    /// [`PySignatureError`]; also when `text` names another number of parameters than `count`.
    ///
    /// ```
    /// use pyrun_pyodide_loader::object::PySignature;
    /// let signature = PySignature::parse("lookup(key, /, default=None, *, strict=False)", 3).unwrap();
    /// assert_eq!((signature.positional_only, signature.positional), (1, 2));
    /// assert!(PySignature::parse("lookup(key=1, default)", 2).is_err());
    /// ```
    pub fn parse(text: &str, count: usize) -> Result<Self, PySignatureError> {
        let wrong = |why| PySignatureError { text: text.to_owned(), why };
        if text.contains('(') {
            let signature = Self::parse_named(text)?;
            return match signature.parameters.len() == count {
                true => Ok(signature),
                false => Err(wrong("it has another number of parameters than the function")),
            };
        }
        if !is_identifier(text) {
            return Err(wrong("the name is not an identifier"));
        }
        Ok(Self {
            name: text.to_owned(),
            parameters: vec![Parameter { name: String::new(), default: None }; count],
            positional_only: count,
            positional: count,
            is_named: false,
        })
    }

    /// Reads a signature with parentheses, of as many parameters as it has.
    ///
    /// # Errors
    /// [`PySignatureError`].
    ///
    /// ```
    /// use pyrun_pyodide_loader::object::PySignature;
    /// assert_eq!(PySignature::parse_named("lookup(key, default=0)").unwrap().parameters.len(), 2);
    /// assert!(PySignature::parse_named("lookup").is_err());
    /// ```
    pub fn parse_named(text: &str) -> Result<Self, PySignatureError> {
        let wrong = |why| PySignatureError { text: text.to_owned(), why };
        let (name, rest) = text.split_once('(').ok_or_else(|| wrong("the parentheses are missing"))?;
        if !is_identifier(name) {
            return Err(wrong("the name is not an identifier"));
        }
        let rest = rest.trim_end().strip_suffix(')').ok_or_else(|| wrong("the closing parenthesis is missing"))?;
        let mut signature =
            Self { name: name.to_owned(), parameters: Vec::new(), positional_only: 0, positional: 0, is_named: true };
        let mut keyword_only = false;
        for part in split_parameters(rest) {
            match part.trim() {
                "/" if signature.positional_only == 0 && !keyword_only && !signature.parameters.is_empty() => {
                    signature.positional_only = signature.parameters.len();
                }
                "*" if !keyword_only => keyword_only = true,
                "/" | "*" => return Err(wrong("a / or * is in a wrong place")),
                part => {
                    signature.add(part, keyword_only).map_err(wrong)?;
                }
            }
        }
        Ok(signature)
    }

    fn add(&mut self, part: &str, keyword_only: bool) -> Result<(), &'static str> {
        let (name, default) = match part.split_once('=') {
            Some((name, default)) => (name.trim(), Some(default.trim().to_owned())),
            None => (part, None),
        };
        if name.starts_with('*') {
            return Err("*args and **kwargs are not supported: name each parameter, or take a list or a dict");
        }
        if !is_identifier(name) {
            return Err("a parameter's name is not an identifier");
        }
        if self.parameters.iter().any(|other| other.name == name) {
            return Err("two parameters have one name");
        }
        let follows_default = self.parameters.last().is_some_and(|last| last.default.is_some());
        if default.is_none() && !keyword_only && follows_default {
            return Err("a parameter without a default follows one with a default");
        }
        self.parameters.push(Parameter { name: name.to_owned(), default });
        if !keyword_only {
            self.positional = self.parameters.len();
        }
        Ok(())
    }

    /// What `help()` and `inspect.signature` read, when names are known.
    pub fn documentation(&self) -> Option<String> {
        if !self.is_named {
            return None;
        }
        let mut parts = Vec::new();
        for (index, parameter) in self.parameters.iter().enumerate() {
            if index == self.positional {
                parts.push("*".to_owned());
            }
            parts.push(match &parameter.default {
                Some(default) => format!("{}={default}", parameter.name),
                None => parameter.name.clone(),
            });
            if index + 1 == self.positional_only {
                parts.push("/".to_owned());
            }
        }
        Some(format!("{}({})\n--\n\n", self.name, parts.join(", ")))
    }

    /// Whether so many arguments by position are one for each parameter.
    pub fn takes_all_by_position(&self, count: usize) -> bool {
        count == self.positional && count == self.parameters.len()
    }

    /// Where each parameter's value comes from, in a call with `positional` arguments by position and then some by name.
    ///
    /// # Errors
    /// A `TypeError` as CPython words it.
    pub fn bind(&self, positional: usize, keywords: &[String]) -> Result<Vec<ArgumentSource>, RaiseError> {
        let wrong = |why: String| RaiseError::raise("TypeError", why);
        if !self.is_named {
            return self.bind_by_position(positional, keywords).map_err(wrong);
        }
        if positional > self.positional {
            return Err(wrong(self.too_many(positional)));
        }
        let mut bound: Vec<Option<ArgumentSource>> = vec![None; self.parameters.len()];
        for (index, slot) in bound.iter_mut().take(positional).enumerate() {
            *slot = Some(ArgumentSource::Argument(index));
        }
        for (index, keyword) in keywords.iter().enumerate() {
            let named = self.parameters.iter().position(|parameter| parameter.name == *keyword);
            match named.and_then(|at| Some((at, bound.get_mut(at)?))) {
                Some((at, _)) if at < self.positional_only => {
                    return Err(wrong(format!(
                        "{}() got some positional-only arguments passed as keyword arguments: '{keyword}'",
                        self.name
                    )));
                }
                Some((_, slot @ None)) => *slot = Some(ArgumentSource::Argument(positional + index)),
                Some(_) => {
                    return Err(wrong(format!("{}() got multiple values for argument '{keyword}'", self.name)));
                }
                None => {
                    return Err(wrong(format!("{}() got an unexpected keyword argument '{keyword}'", self.name)));
                }
            }
        }
        self.fill_in(&bound).map_err(wrong)
    }

    /// A function of which nothing is known but how many arguments it takes.
    fn bind_by_position(&self, positional: usize, keywords: &[String]) -> Result<Vec<ArgumentSource>, String> {
        let (name, wanted) = (&self.name, self.positional);
        if !keywords.is_empty() {
            return Err(format!("{name}() takes no keyword arguments"));
        }
        if positional == wanted {
            return Ok((0..wanted).map(ArgumentSource::Argument).collect());
        }
        Err(match wanted {
            0 => format!("{name}() takes no arguments ({positional} given)"),
            1 => format!("{name}() takes exactly one argument ({positional} given)"),
            _ => format!("{name} expected {wanted} arguments, got {positional}"),
        })
    }

    /// Defaults for what was not given.
    fn fill_in(&self, bound: &[Option<ArgumentSource>]) -> Result<Vec<ArgumentSource>, String> {
        let missing = |range: std::ops::Range<usize>| -> Vec<&str> {
            let unbound = self.parameters.iter().zip(bound).enumerate().filter(|(at, (parameter, source))| {
                range.contains(at) && source.is_none() && parameter.default.is_none()
            });
            unbound.map(|(_, (parameter, _))| parameter.name.as_str()).collect()
        };
        for (range, kind) in [(0..self.positional, "positional"), (self.positional..bound.len(), "keyword-only")] {
            let names = missing(range);
            if !names.is_empty() {
                return Err(format!(
                    "{}() missing {} required {kind} argument{}: {}",
                    self.name,
                    names.len(),
                    if names.len() == 1 { "" } else { "s" },
                    enumerate(&names)
                ));
            }
        }
        Ok(bound.iter().map(|source| source.unwrap_or(ArgumentSource::Default)).collect())
    }

    fn too_many(&self, given: usize) -> String {
        let required = self.parameters.iter().take(self.positional).filter(|p| p.default.is_none()).count();
        let most = self.positional;
        let takes = if required == most { most.to_string() } else { format!("from {required} to {most}") };
        let plural = if takes == "1" { "" } else { "s" };
        let (name, were) = (&self.name, if given == 1 { "was" } else { "were" });
        format!("{name}() takes {takes} positional argument{plural} but {given} {were} given")
    }
}

/// Names as CPython lists them.
fn enumerate(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [most @ .., last] => format!("{}, and {last}", most.join(", ")),
    }
}

fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|other| other.is_alphanumeric() || other == '_')
}

/// Splits at the commas that are in no bracket and no quotes.
fn split_parameters(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0_i32, None);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..).filter(|last| !last.trim().is_empty()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(signature: &str, count: usize, positional: usize, keywords: &[&str]) -> String {
        let keywords: Vec<String> = keywords.iter().map(|&name| name.to_owned()).collect();
        match PySignature::parse(signature, count).unwrap().bind(positional, &keywords) {
            Ok(bound) => format!("{bound:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn calls_are_matched() {
        assert_eq!(said("f", 2, 2, &[]), "[Argument(0), Argument(1)]");
        assert_eq!(said("f(a, b=(1, 2), *, c=',')", 3, 1, &["c"]), "[Argument(0), Default, Argument(1)]");
        assert_eq!(said("f(a, b)", 2, 0, &["b", "a"]), "[Argument(1), Argument(0)]");
        assert_eq!(said("f()", 0, 0, &[]), "[]");
    }

    #[test]
    fn what_is_wrong_is_said_as_cpython_says_it() {
        for (signature, count, positional, keywords, words) in [
            ("f", 0, 1, &[][..], "f() takes no arguments (1 given)"),
            ("f", 1, 2, &[], "f() takes exactly one argument (2 given)"),
            ("f", 2, 3, &[], "f expected 2 arguments, got 3"),
            ("f", 2, 2, &["x"], "f() takes no keyword arguments"),
            ("f(a)", 1, 0, &[], "f() missing 1 required positional argument: 'a'"),
            ("f(a, b, c)", 3, 0, &[], "f() missing 3 required positional arguments: 'a', 'b', and 'c'"),
            ("f(*, a)", 1, 0, &[], "f() missing 1 required keyword-only argument: 'a'"),
            ("f(a)", 1, 2, &[], "f() takes 1 positional argument but 2 were given"),
            ("f(a, b=1)", 2, 3, &[], "f() takes from 1 to 2 positional arguments but 3 were given"),
            ("f(a)", 1, 1, &["a"], "f() got multiple values for argument 'a'"),
            ("f(a)", 1, 1, &["b"], "f() got an unexpected keyword argument 'b'"),
            ("f(a, /)", 1, 0, &["a"], "f() got some positional-only arguments passed as keyword arguments: 'a'"),
        ] {
            let said = said(signature, count, positional, keywords);
            assert_eq!(said, format!("TypeError: {words}"), "{signature}");
        }
    }

    #[test]
    fn what_is_no_signature() {
        for text in ["", "a b", "f(", "f(1)", "f(a, a)", "f(a=1, b)", "f(/)", "f(*, *)", "f(a, /, b, /)"] {
            assert!(PySignature::parse(text, 2).is_err(), "{text}");
        }
        assert_eq!(
            PySignature::parse("f(a)", 2).unwrap_err().why,
            "it has another number of parameters than the function"
        );
    }
}
