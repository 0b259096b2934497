//! JavaScript text cut into words, strings and signs. Nothing is evaluated, and what is not understood is passed over.
//!
//! Comments, regular expressions and template strings are told from code by what precedes them, as formatters do; a wrong
//! guess loses tokens until the end of the line or the text, and never more.

/// A piece of JavaScript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A name or a keyword.
    Word(&'t str),
    /// A number, as it is written.
    Number(&'t str),
    /// What is between the quotes of a string, as it is written.
    Text(&'t str),
    /// A template string or a regular expression, whatever is in it.
    Opaque,
    /// One byte of anything else.
    Sign(u8),
}

impl<'t> Token<'t> {
    /// Whether it is this sign.
    pub(super) fn is(self, sign: u8) -> bool {
        self == Self::Sign(sign)
    }

    /// A property name: a word or a string.
    pub(super) fn key(self) -> Option<&'t str> {
        match self {
            Self::Word(text) | Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Limit: pieces of a text that are looked at; the longest JavaScript of Emscripten's that was seen has a tenth of them.
const MAX_TOKENS: usize = 4 << 20;

/// The pieces of a text, up to the limit.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut scanner = Scanner { text, bytes: text.as_bytes(), at: 0, tokens: Vec::new() };
    while scanner.tokens.len() < MAX_TOKENS && scanner.step() {}
    scanner.tokens
}

/// For each token that opens a bracket, where that is closed: behind the last token when it never is. Other tokens stand for
/// themselves. With it a search for the end of something passes over what is inside, so that tables in tables cost no more
/// than one.
pub(super) fn closing(tokens: &[Token<'_>]) -> Vec<usize> {
    let mut ends: Vec<usize> = (0..tokens.len()).collect();
    let mut open = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign(b'(' | b'[' | b'{') => open.push(at),
            Token::Sign(b')' | b']' | b'}') => {
                if let Some(end) = open.pop().and_then(|begin: usize| ends.get_mut(begin)) {
                    *end = at;
                }
            }
            _ => {}
        }
    }
    for begin in open {
        if let Some(end) = ends.get_mut(begin) {
            *end = tokens.len();
        }
    }
    ends
}

struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    tokens: Vec<Token<'t>>,
}

impl<'t> Scanner<'t> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at.saturating_add(ahead)).copied()
    }

    fn slice(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// Reads one token; false at the end.
    fn step(&mut self) -> bool {
        let Some(byte) = self.peek(0) else { return false };
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
            b'"' | b'\'' => self.string(byte),
            b'`' => self.template(),
            b'/' if self.peek(1) == Some(b'/') => self.skip_past(b"\n"),
            b'/' if self.peek(1) == Some(b'*') => {
                self.at += 2;
                self.skip_past(b"*/");
            }
            b'/' if self.begins_regex() => self.regex(),
            _ if byte.is_ascii_digit() => {
                let number = self.run(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
                self.tokens.push(Token::Number(number));
            }
            _ if is_word(byte) => {
                let word = self.run(is_word);
                self.tokens.push(Token::Word(word));
            }
            _ => {
                self.tokens.push(Token::Sign(byte));
                self.at += 1;
            }
        }
        true
    }

    fn run(&mut self, belongs: impl Fn(u8) -> bool) -> &'t str {
        let start = self.at;
        while self.peek(0).is_some_and(&belongs) {
            self.at += 1;
        }
        self.slice(start, self.at)
    }

    fn skip_past(&mut self, end: &[u8]) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let found = rest.windows(end.len()).position(|window| window == end);
        self.at = found.map_or(self.bytes.len(), |found| self.at + found + end.len());
    }

    /// Goes on behind the next `end` that no backslash precedes, or the end of the line if `line`.
    fn skip_quoted(&mut self, end: u8, line: bool) {
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'\n' if line => return,
                _ if byte == end => return,
                _ => {}
            }
        }
    }

    fn string(&mut self, quote: u8) {
        self.at += 1;
        let start = self.at;
        self.skip_quoted(quote, true);
        let text = self.slice(start, self.at.saturating_sub(1));
        self.tokens.push(Token::Text(text));
    }

    /// A template string: its expressions are passed over, too.
    fn template(&mut self) {
        self.at += 1;
        // How many braces are open in the expression, while one is.
        let mut open: Option<u32> = None;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            match (open, byte) {
                (None, b'\\') => self.at += 1,
                (None, b'`') => break,
                (None, b'$') if self.peek(0) == Some(b'{') => {
                    self.at += 1;
                    open = Some(0);
                }
                // A template string inside an expression: its text until the next one ends it.
                (Some(_), b'`') => self.nested(),
                (Some(_), b'"' | b'\'') => self.skip_quoted(byte, true),
                (Some(braces), b'{') => open = Some(braces.saturating_add(1)),
                // The last one ends the expression.
                (Some(braces), b'}') => open = braces.checked_sub(1),
                _ => {}
            }
        }
        self.tokens.push(Token::Opaque);
    }

    /// The rest of a template string that an expression of another holds. Deeper ones are not told apart.
    fn nested(&mut self) {
        self.skip_quoted(b'`', false);
    }

    /// Whether a slash here begins a regular expression: it does not where an operand has just ended.
    fn begins_regex(&self) -> bool {
        const BEFORE: [&str; 8] = ["return", "typeof", "case", "in", "of", "delete", "void", "throw"];
        match self.tokens.last() {
            None => true,
            Some(Token::Word(word)) => BEFORE.contains(word),
            Some(Token::Number(_) | Token::Text(_) | Token::Opaque) => false,
            Some(Token::Sign(sign)) => !matches!(sign, b')' | b']' | b'}'),
        }
    }

    fn regex(&mut self) {
        self.at += 1;
        let mut in_class = false;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'\n' => break,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => break,
                _ => {}
            }
        }
        self.run(is_word);
        self.tokens.push(Token::Opaque);
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[Token<'_>]) {
        assert_eq!(tokens(text), expected, "{text}");
    }

    #[test]
    fn words_strings_numbers_and_signs() {
        use Token::{Number, Opaque, Sign, Text, Word};
        check("a={b:_c}", &[Word("a"), Sign(b'='), Sign(b'{'), Word("b"), Sign(b':'), Word("_c"), Sign(b'}')]);
        check(r#"'a"b' "c\"d" 0x1f 1e3"#, &[Text("a\"b"), Text("c\\\"d"), Number("0x1f"), Number("1e3")]);
        check("a // b\nc /* d\n */ e", &[Word("a"), Word("c"), Word("e")]);
        check("a=/b[/\"]/g,c", &[Word("a"), Sign(b'='), Opaque, Sign(b','), Word("c")]);
        check("a/b/c", &[Word("a"), Sign(b'/'), Word("b"), Sign(b'/'), Word("c")]);
        check("return/x\"/.y", &[Word("return"), Opaque, Sign(b'.'), Word("y")]);
        check("`a${b+`c`+{d:'}'}}e`,f", &[Opaque, Sign(b','), Word("f")]);
        check("$é", &[Word("$é")]);
        check("_1 .5", &[Word("_1"), Sign(b'.'), Number("5")]);
    }

    #[test]
    fn template_strings_end_where_they_end() {
        use Token::{Opaque, Sign, Word};
        for template in [
            "`${{a:{b:1}}}`",
            "`${ {} } } ${{}}`",
            "`${'}'}`",
            "`a${`b\n`}c`",
            "`a`",
            "``",
            r"`\``",
            r"`a\${b`",
            "`${`}`}b`",
            "`${`a`}`",
            "`${'`'}`",
            "`${\"}\"}`",
            r"`${'\'}'}`",
            "`${{a:{}}}`",
            "`${a}${b}`",
            "`$a{b}`",
            "`{}}`",
            "`${{}}}`",
        ] {
            check(&format!("{template},c"), &[Opaque, Sign(b','), Word("c")]);
        }
    }

    #[test]
    fn slashes_divide_or_begin_something() {
        use Token::{Number, Opaque, Sign, Text, Word};
        let slash = Sign(b'/');
        check("1/2/x", &[Number("1"), slash, Number("2"), slash, Word("x")]);
        check("'a'/b/c", &[Text("a"), slash, Word("b"), slash, Word("c")]);
        check("`a`/b/c", &[Opaque, slash, Word("b"), slash, Word("c")]);
        for closing in [b')', b']', b'}'] {
            let text = format!("{}/b/c", char::from(closing));
            check(&text, &[Sign(closing), slash, Word("b"), slash, Word("c")]);
        }
        for before in ["return", "typeof", "case", "in", "of", "delete", "void", "throw"] {
            check(&format!("{before} /b/g"), &[Word(before), Opaque]);
        }
        check("/a/ b", &[Opaque, Word("b")]);
        check(r"=/a\/b/ c", &[Sign(b'='), Opaque, Word("c")]);
        check(r"=/[\]/]/ c", &[Sign(b'='), Opaque, Word("c")]);
        check("=/[/]/ c", &[Sign(b'='), Opaque, Word("c")]);
        check("=/a\n c", &[Sign(b'='), Opaque, Word("c")]);
        check("a/*/ b */c", &[Word("a"), Word("c")]);
        check("a/**/c", &[Word("a"), Word("c")]);
        check("'a\nb", &[Text("a"), Word("b")]);
    }

    #[test]
    fn brackets_know_where_they_are_closed() {
        let text = tokens("a(b[c]{d})(]e");
        assert_eq!(closing(&text), [0, 9, 2, 5, 4, 5, 8, 7, 8, 9, 11, 11, 12]);
        assert_eq!(closing(&tokens(")((a")), [0, 4, 4, 3]);
    }

    #[test]
    fn what_does_not_end_ends_with_the_text() {
        for text in ["'abc", "`a${", "`a${`", "/*", "a=/b", "\"\\", "`\\", "a=/\\", "'é\\", "//"] {
            let _ = tokens(text);
        }
    }
}
