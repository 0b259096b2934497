//! Tokens as a person writes them, in one line.

use quote::ToTokens;
use syn::Signature;

/// What stands between tokens and does not belong there, in the order in which it goes.
const SPACES: &[(&str, &str)] = &[
    (" :: ", "::"),
    (":: ", "::"),
    (" <", "<"),
    ("< ", "<"),
    (" >", ">"),
    (" ,", ","),
    ("& ", "&"),
    ("( ", "("),
    (" (", "("),
    (" )", ")"),
    ("[ ", "["),
    (" ]", "]"),
    (" :", ":"),
    (" ;", ";"),
    (" . ", "."),
    ("? ", "?"),
    // These had one that belongs there.
    ("->(", "-> ("),
    (",(", ", ("),
    ("for(", "for ("),
    (":(", ": ("),
    ("=(", "= ("),
    (":::", ": ::"),
    ("where<", "where <"),
    ("for<", "for <"),
];

/// Tokens in one line.
pub(super) fn one_line(tokens: &impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    SPACES.iter().fold(text, |text, (from, to)| text.replace(from, to))
}

/// A signature, with the whole path in place of the name.
pub(super) fn signature(signature: &Signature, path: &str) -> String {
    let text = one_line(signature).replace(",)", ")").replace("(mut self", "(self");
    text.replacen(&format!("fn {}", signature.ident), &format!("fn {path}"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_a_person_does() {
        let texts = [
            "fn f<'py, T: A + B>(&'py mut self, x: &[T], (a, b): (C, D<'_>)) -> Result<(), E>",
            "fn g(self, f: impl Fn(X) -> (A, B) + Send + 'static) -> Option<&'static str> where T: Copy",
        ];
        for text in texts {
            assert_eq!(one_line(&syn::parse_str::<Signature>(text).unwrap()), text);
        }
        let parsed: Signature = syn::parse_str("fn f(x: u8)").unwrap();
        assert_eq!(signature(&parsed, "a::B::f"), "fn a::B::f(x: u8)");
    }
}
