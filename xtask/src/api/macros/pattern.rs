//! The rules of one `macro_rules!`: what a call must look like, and what it becomes.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser as _};

/// The rules, in their order.
pub(super) struct Rules(Vec<Rule>);

struct Rule {
    pattern: Vec<Part>,
    body: Vec<Part>,
}

/// A part of a pattern or of a body.
enum Part {
    Token(TokenTree),
    Group(Delimiter, Vec<Part>),
    /// `$name:fragment` in a pattern, `$name` in a body.
    Variable(String, String),
    /// `$( … ) separator operator`
    Repeat {
        parts: Vec<Part>,
        separator: Option<TokenTree>,
        operator: char,
    },
}

/// What a variable stands for: tokens, or one of these for each time.
#[derive(Clone)]
enum Bound {
    Tokens(TokenStream),
    Times(Vec<Bound>),
}

type Bindings = BTreeMap<String, Bound>;

impl Rules {
    /// Reads the body of a `macro_rules!`.
    pub(super) fn parse(tokens: TokenStream) -> Option<Self> {
        let mut tokens = tokens.into_iter().peekable();
        let mut rules = Vec::new();
        while let Some(TokenTree::Group(pattern)) = tokens.next() {
            // `=>`
            tokens.nth(1)?;
            let TokenTree::Group(body) = tokens.next()? else { return None };
            rules.push(Rule { pattern: parts(pattern.stream(), true)?, body: parts(body.stream(), false)? });
            tokens.next_if(|token| is_punct(token, ';'));
        }
        Some(Self(rules))
    }

    /// What a call with these tokens becomes, by the first rule that it fits.
    pub(super) fn expand(&self, call: TokenStream) -> Option<TokenStream> {
        self.0.iter().find_map(|rule| {
            let mut bindings = Bindings::new();
            let rest = matched(&rule.pattern, call.clone(), &mut bindings)?;
            rest.is_empty().then(|| written(&rule.body, &bindings))?
        })
    }
}

fn is_punct(token: &TokenTree, punct: char) -> bool {
    matches!(token, TokenTree::Punct(found) if found.as_char() == punct)
}

/// Splits a pattern (`names_kinds`) or a body into parts.
fn parts(tokens: TokenStream, names_kinds: bool) -> Option<Vec<Part>> {
    let mut tokens = tokens.into_iter().peekable();
    let mut found = Vec::new();
    while let Some(token) = tokens.next() {
        found.push(match token {
            token if is_punct(&token, '$') => match tokens.next()? {
                TokenTree::Group(group) => {
                    let inner = parts(group.stream(), names_kinds)?;
                    let (separator, operator) = repetition(&mut tokens)?;
                    Part::Repeat { parts: inner, separator, operator }
                }
                // `$crate` is the crate.
                TokenTree::Ident(name) if name == "crate" => Part::Token(name.into()),
                TokenTree::Ident(name) if names_kinds => {
                    // `:`
                    tokens.next()?;
                    Part::Variable(name.to_string(), tokens.next()?.to_string())
                }
                TokenTree::Ident(name) => Part::Variable(name.to_string(), String::new()),
                _ => return None,
            },
            TokenTree::Group(group) => Part::Group(group.delimiter(), parts(group.stream(), names_kinds)?),
            token => Part::Token(token),
        });
    }
    Some(found)
}

/// What follows `$( … )`: a separator, if any, and the operator.
fn repetition(tokens: &mut impl Iterator<Item = TokenTree>) -> Option<(Option<TokenTree>, char)> {
    let mut separator = None;
    loop {
        match tokens.next()? {
            TokenTree::Punct(punct) if matches!(punct.as_char(), '*' | '+' | '?') => {
                return Some((separator, punct.as_char()));
            }
            token if separator.is_none() => separator = Some(token),
            _ => return None,
        }
    }
}

/// Matches a pattern at the beginning of `tokens`; gives the rest.
fn matched(pattern: &[Part], mut tokens: TokenStream, bindings: &mut Bindings) -> Option<TokenStream> {
    for part in pattern {
        tokens = match part {
            Part::Token(wanted) => {
                let (found, rest) = split(tokens)?;
                (found.to_string() == wanted.to_string()).then_some(rest)?
            }
            Part::Group(delimiter, inner) => match split(tokens)? {
                (TokenTree::Group(group), rest) if group.delimiter() == *delimiter => {
                    matched(inner, group.stream(), bindings).filter(TokenStream::is_empty)?;
                    rest
                }
                _ => return None,
            },
            Part::Variable(name, kind) => {
                let (found, rest) = fragment(kind, tokens)?;
                bindings.insert(name.clone(), Bound::Tokens(found));
                rest
            }
            Part::Repeat { parts, separator, operator } => {
                repeated(parts, separator.as_ref(), *operator, tokens, bindings)?
            }
        };
    }
    Some(tokens)
}

fn repeated(
    parts: &[Part],
    separator: Option<&TokenTree>,
    operator: char,
    mut tokens: TokenStream,
    bindings: &mut Bindings,
) -> Option<TokenStream> {
    let mut times: Vec<Bindings> = Vec::new();
    loop {
        let mut from = tokens.clone();
        if let (Some(separator), false) = (separator, times.is_empty()) {
            match split(from) {
                Some((found, rest)) if found.to_string() == separator.to_string() => from = rest,
                _ => break,
            }
        }
        let mut inner = Bindings::new();
        match matched(parts, from.clone(), &mut inner) {
            Some(rest) if !from.is_empty() => tokens = rest,
            _ => break,
        }
        times.push(inner);
        if operator == '?' {
            break;
        }
    }
    if operator == '+' && times.is_empty() {
        return None;
    }
    for name in variables(parts) {
        let each = times.iter_mut().filter_map(|inner| inner.remove(&name)).collect();
        bindings.insert(name, Bound::Times(each));
    }
    Some(tokens)
}

fn variables(parts: &[Part]) -> Vec<String> {
    let of = |part: &Part| match part {
        Part::Token(_) => Vec::new(),
        Part::Variable(name, _) => vec![name.clone()],
        Part::Group(_, inner) | Part::Repeat { parts: inner, .. } => variables(inner),
    };
    parts.iter().flat_map(of).collect()
}

fn split(tokens: TokenStream) -> Option<(TokenTree, TokenStream)> {
    let mut tokens = tokens.into_iter();
    Some((tokens.next()?, tokens.collect()))
}

/// Takes a fragment of this kind from the beginning of `tokens`.
fn fragment(kind: &str, tokens: TokenStream) -> Option<(TokenStream, TokenStream)> {
    fn parsed<T: Parse + quote::ToTokens>(tokens: TokenStream) -> Option<(TokenStream, TokenStream)> {
        let parser = |input: ParseStream<'_>| {
            let found: T = input.parse()?;
            Ok((quote::quote! { #found }, input.parse::<TokenStream>()?))
        };
        parser.parse2(tokens).ok()
    }
    match kind {
        "tt" => split(tokens).map(|(found, rest)| (found.into(), rest)),
        // Keywords are identifiers here.
        "ident" => match split(tokens)? {
            (TokenTree::Ident(found), rest) => Some((TokenTree::from(found).into(), rest)),
            _ => None,
        },
        "ty" => parsed::<syn::Type>(tokens),
        "path" => parsed::<syn::Path>(tokens),
        "expr" => parsed::<syn::Expr>(tokens),
        "literal" => parsed::<syn::Lit>(tokens),
        "lifetime" => parsed::<syn::Lifetime>(tokens),
        "block" => parsed::<syn::Block>(tokens),
        "vis" => parsed::<syn::Visibility>(tokens),
        "item" => parsed::<syn::Item>(tokens),
        "meta" => parsed::<syn::Meta>(tokens),
        _ => None,
    }
}

/// A body with its variables replaced; `None` when one is repeated another number of times than its neighbour.
fn written(body: &[Part], bindings: &Bindings) -> Option<TokenStream> {
    let mut tokens = TokenStream::new();
    for part in body {
        match part {
            Part::Token(token) => tokens.extend([token.clone()]),
            Part::Group(delimiter, inner) => {
                let group = Group::new(*delimiter, written(inner, bindings)?);
                tokens.extend([TokenTree::from(group)]);
            }
            Part::Variable(name, _) => match bindings.get(name)? {
                Bound::Tokens(found) => tokens.extend(found.clone()),
                Bound::Times(_) => return None,
            },
            Part::Repeat { parts, separator, .. } => {
                let used: Vec<String> = variables(parts);
                let count = used.iter().filter_map(|name| match bindings.get(name) {
                    Some(Bound::Times(times)) => Some(times.len()),
                    _ => None,
                });
                for time in 0..count.max()? {
                    if time > 0 {
                        tokens.extend(separator.clone());
                    }
                    tokens.extend(written(parts, &at(bindings, &used, time)?)?);
                }
            }
        }
    }
    Some(tokens)
}

/// The bindings as they are in one time of a repetition.
fn at(bindings: &Bindings, used: &[String], time: usize) -> Option<Bindings> {
    let mut inner = Bindings::new();
    for name in used {
        let bound = match bindings.get(name)? {
            Bound::Times(times) => times.get(time)?,
            whole => whole,
        };
        inner.insert(name.clone(), bound.clone());
    }
    Some(inner)
}
