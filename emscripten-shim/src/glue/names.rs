//! The tables of minified names.

use std::collections::BTreeMap;

use pyrun_translate::{TrueImport, TrueNames};

use super::tokens::{Token, closing};
use crate::imports::families::FAMILIES;

/// What the table of imports is called, newest first.
const IMPORTS: [&str; 4] = ["wasmImports", "asmLibraryArg", "wasmLibraryImports", "asmGlobalArg"];
/// What holds the exports, where they are assigned to variables.
const EXPORTS: [&str; 3] = ["wasmExports", "asm", "wasmExport"];
/// The module name of WASI's functions.
const WASI: &str = "wasi_snapshot_preview1";

/// Finds what the names stand for.
pub(super) fn find(tokens: &[Token<'_>]) -> TrueNames {
    TrueNames { imports: imports(tokens), exports: exports(tokens) }
}

/// The largest table that is assigned to one of [`IMPORTS`].
fn imports(tokens: &[Token<'_>]) -> BTreeMap<String, TrueImport> {
    let mut best = Vec::new();
    let closing = closing(tokens);
    for (at, window) in tokens.windows(3).enumerate() {
        let [Token::Word(name), equals, brace] = window else { continue };
        if !IMPORTS.contains(name) || !equals.is(b'=') || !brace.is(b'{') {
            continue;
        }
        let table = object(tokens, at + 3, &closing);
        if table.len() > best.len() {
            best = table;
        }
    }
    best.into_iter().map(|(short, name)| (short.to_owned(), import(name))).collect()
}

/// The entries of `a:_b,"c":d,e}`, which begins at `at`; those whose value is no name are left out.
fn object<'t>(tokens: &[Token<'t>], mut at: usize, closing: &[usize]) -> Vec<(&'t str, &'t str)> {
    let mut entries = Vec::new();
    while let Some([key, after, rest @ ..]) = tokens.get(at..) {
        let Some(key) = key.key() else { break };
        if after.is(b',') || after.is(b'}') {
            entries.push((key, key));
        } else if let (true, Some(Token::Word(value))) = (after.is(b':'), rest.first()) {
            entries.push((key, value));
        }
        let end = entry_end(tokens, at, closing);
        match tokens.get(end) {
            Some(sign) if sign.is(b',') => at = end + 1,
            _ => break,
        }
    }
    entries
}

/// Where an entry ends: at a comma or a bracket that it did not open.
fn entry_end(tokens: &[Token<'_>], mut at: usize, closing: &[usize]) -> usize {
    loop {
        match tokens.get(at) {
            Some(Token::Sign(b',' | b')' | b']' | b'}')) | None => return at,
            Some(_) => at = closing.get(at).map_or(at, |end| *end) + 1,
        }
    }
}

/// A function of the JavaScript library has an underscore before the name that the module imports.
fn import(variable: &str) -> TrueImport {
    let name = variable.strip_prefix('_').unwrap_or(variable);
    let is_wasi = FAMILIES.iter().any(|family| family.module == WASI && family.find(WASI, name).is_some());
    TrueImport { module: if is_wasi { WASI } else { "env" }.to_owned(), name: name.to_owned() }
}

/// What each `wasmExports["x"]` is assigned to.
fn exports(tokens: &[Token<'_>]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for at in 0..tokens.len() {
        let Some((short, length)) = access(tokens.get(at..).unwrap_or_default()) else { continue };
        let before = tokens.get(..at).unwrap_or_default();
        // `Module["asm"]["x"]`: what comes before `Module` counts.
        let before = match before {
            [rest @ .., Token::Word("Module"), dot] if dot.is(b'.') => rest,
            other => other,
        };
        let after = tokens.get(at + length..).unwrap_or_default();
        if let Some(name) = assigned(before).or_else(|| constructors(before, after)) {
            names.entry(short.to_owned()).or_insert(name);
        }
    }
    names
}

/// An export that is looked at: its name, and how many tokens that took.
fn access<'t>(tokens: &[Token<'t>]) -> Option<(&'t str, usize)> {
    match tokens {
        [Token::Word(object), dot, Token::Word(name), ..] if EXPORTS.contains(object) && dot.is(b'.') => {
            Some((name, 3))
        }
        [Token::Word(object), open, Token::Text(name), close, ..]
            if EXPORTS.contains(object) && open.is(b'[') && close.is(b']') =>
        {
            Some((name, 4))
        }
        [Token::Word("Module"), open, Token::Text("asm"), close, inner, Token::Text(name), end, ..]
            if open.is(b'[') && close.is(b']') && inner.is(b'[') && end.is(b']') =>
        {
            Some((name, 7))
        }
        _ => None,
    }
}

/// The name that a chain of assignments before an export gives it: `_f=Module["_f"]=`. Of several the property of `Module`
/// counts, which is never renamed.
fn assigned(before: &[Token<'_>]) -> Option<String> {
    let (mut rest, mut found) = (before, None);
    loop {
        match rest {
            [more @ .., Token::Word("Module"), open, Token::Text(name), close, equals]
                if open.is(b'[') && close.is(b']') && equals.is(b'=') =>
            {
                found = found.or(Some(*name));
                rest = more;
            }
            [more @ .., Token::Word("Module"), dot, Token::Word(name), equals] if dot.is(b'.') && equals.is(b'=') => {
                found = found.or(Some(*name));
                rest = more;
            }
            [more @ .., Token::Word(name), equals] if equals.is(b'=') => {
                match *name {
                    "wasmMemory" => return Some("memory".to_owned()),
                    "wasmTable" => return Some("__indirect_function_table".to_owned()),
                    name => found = found.or(Some(name)),
                }
                rest = more;
            }
            _ => return found.map(|name| name.strip_prefix('_').unwrap_or(name).to_owned()),
        }
    }
}

/// An export that is called, or handed to `addOnInit`, with no argument and no assignment: the constructors.
fn constructors(before: &[Token<'_>], after: &[Token<'_>]) -> Option<String> {
    let called = matches!(after, [open, close, ..] if open.is(b'(') && close.is(b')'));
    let ends_statement = match before.last() {
        None => true,
        Some(token) => matches!(token, Token::Sign(b';' | b'{' | b'}' | b',')),
    };
    let handed = matches!(before, [.., Token::Word("addOnInit"), open] if open.is(b'('));
    (called && ends_statement || handed).then(|| "__wasm_call_ctors".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    fn names(text: &str) -> TrueNames {
        find(&tokens(text))
    }

    fn exported(text: &str) -> Vec<(String, String)> {
        names(text).exports.into_iter().collect()
    }

    #[test]
    fn the_table_of_imports() {
        let names = names(
            r#"function wasmImports(){} wasmImports={x:_y}; /* wasmImports={a:_b,c:_d,e:_f,g:_h} */
            var wasmImports={a:___cxa_throw,"b":_fd_read,c:invoke_vi,invoke_ii,d:(x,y)=>{f(x,y)},e:_getpid}"#,
        );
        let got: Vec<(&str, &str, &str)> = names
            .imports
            .iter()
            .map(|(short, import)| (short.as_str(), import.module.as_str(), import.name.as_str()))
            .collect();
        let expected = [
            ("a", "env", "__cxa_throw"),
            ("b", WASI, "fd_read"),
            ("c", "env", "invoke_vi"),
            ("e", "env", "getpid"),
            ("invoke_ii", "env", "invoke_ii"),
        ];
        assert_eq!(got, expected);
    }

    #[test]
    fn what_exports_are_assigned_to() {
        let pair = |short: &str, name: &str| (short.to_owned(), name.to_owned());
        let today = r#"function initRuntime(){runtimeInitialized=true;wasmExports["v"]()}
            _free=Module["_free"]=wasmExports["tc"];__emscripten_timeout=wasmExports["vc"];
            memory=wasmMemory=wasmExports["u"];__indirect_function_table=wasmTable=wasmExports["sc"]"#;
        let expected = [
            pair("sc", "__indirect_function_table"),
            pair("tc", "free"),
            pair("u", "memory"),
            pair("v", "__wasm_call_ctors"),
            pair("vc", "_emscripten_timeout"),
        ];
        assert_eq!(exported(today), expected);
        let arrow = r#"var _malloc=Module["_malloc"]=a0=>(_malloc=Module["_malloc"]=wasmExports["d"])(a0);"#;
        assert_eq!(exported(arrow), [pair("d", "malloc")]);
        let old = r#"var _malloc=Module["_malloc"]=function(){return(_malloc=Module["_malloc"]=Module["asm"]["d"]).apply(null,arguments)};
            wasmMemory=Module["asm"]["b"];addOnInit(Module["asm"]["c"]);"#;
        assert_eq!(exported(old), [pair("b", "memory"), pair("c", "__wasm_call_ctors"), pair("d", "malloc")]);
        // With dots, as an optimiser of JavaScript leaves it.
        assert_eq!(exported("var x;x=Module._main=wasmExports.q"), [pair("q", "main")]);
    }

    #[test]
    fn tables_in_tables_are_each_read_once() {
        // Were each read to its end, this would be 10^11 steps.
        for text in
            ["wasmImports={a:".repeat(300_000), "wasmImports={a:(".repeat(200_000), "wasmImports={a,".repeat(300_000)]
        {
            assert!(names(&text).imports.len() <= 2);
        }
    }

    #[test]
    fn only_assignments_name_exports() {
        // Each differs from an assignment, or from a look at an export, in one sign.
        for text in [
            r#"f(Module._f,wasmExports["a"])"#,
            r#"f(Module["_f"],wasmExports["a"])"#,
            r#"Module("_f")+wasmExports["a"]"#,
            r#"_f+wasmExports["a"]"#,
            r#"_f=wasmExports("a")"#,
            r#"_f=wasmExports["a")"#,
            r#"_f=wasmExports+a"#,
            r#"_f=Module("asm"]["a"]"#,
            r#"_f=Module["asm")["a"]"#,
            r#"_f=Module["asm"]("a"]"#,
            r#"_f=Module["asm"]["a")"#,
            r#"_f=Module["asn"]["a"]"#,
            r#"_f=others["a"]"#,
            r#"x+wasmExports["a"]()"#,
            r#"x;wasmExports["a"](1)"#,
            r#"addOnInit[wasmExports["a"]]"#,
        ] {
            assert_eq!(exported(text), [], "{text}");
        }
        let pair = |name: &str| [("a".to_owned(), name.to_owned())];
        for (text, name) in [
            (r#"x=Module("_f")=wasmExports["a"]"#, None),
            (r#"x=Module["_f")=wasmExports["a"]"#, None),
            (r#"x=Module["_f"]=wasmExports["a"]"#, Some("f")),
            (r#"Module,wasmMemory=wasmExports.a"#, Some("memory")),
            (r#"Module.wasmMemory=wasmExports.a"#, Some("wasmMemory")),
            (r#"Module,wasmTable=wasmExports.a"#, Some("__indirect_function_table")),
            (r#"_g=_f=wasmExports.a"#, Some("f")),
            (r#"x=Module.asm["a"]"#, Some("x")),
            (r#"x=Module,asm["a"]"#, None),
            (r#"wasmExports["a"]()"#, Some("__wasm_call_ctors")),
            (r#"{wasmExports.a()}"#, Some("__wasm_call_ctors")),
            (r#"addOnInit(wasmExports.a)"#, Some("__wasm_call_ctors")),
        ] {
            assert_eq!(exported(text), name.map(pair).as_ref().map_or(&[][..], |pair| &pair[..]), "{text}");
        }
    }

    #[test]
    fn only_assigned_tables_are_tables() {
        for text in ["wasmImports+{a:_b}", "wasmImports=[a,_b]", "wasmImport={a:_b}", "wasmImports=={a:_b}"] {
            assert_eq!(names(text), TrueNames::default(), "{text}");
        }
        for table in IMPORTS {
            let found = names(&format!("{table}={{a:_b,c:1,d:{{e:_f}},g:h,i}}")).imports;
            let found: Vec<_> = found.iter().map(|(short, import)| (short.as_str(), import.name.as_str())).collect();
            assert_eq!(found, [("a", "b"), ("g", "h"), ("i", "i")], "{table}");
        }
        // The larger of two.
        assert_eq!(names("wasmImports={a:_b,c:_d};asmLibraryArg={a:_x}").imports["a"].name, "b");
        assert_eq!(names("wasmImports={a:_x};asmLibraryArg={a:_b,c:_d}").imports["a"].name, "b");
    }

    #[test]
    fn text_without_tables_gives_nothing() {
        for text in ["", "wasmImports=", "wasmImports={", "wasmImports={a:", "wasmExports[", "x=wasmExports[1]", "asm"]
        {
            assert_eq!(names(text), TrueNames::default(), "{text}");
        }
    }
}
