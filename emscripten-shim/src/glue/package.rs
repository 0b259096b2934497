//! The files that a `.data` package holds.

use super::tokens::Token;

/// Limit: files of one package.
const MAX_FILES: usize = 1 << 20;
/// Limit: tokens of an entry of the table; an honest one has 17 at most.
const MAX_ENTRY: usize = 64;
/// Limit: bytes of a path (`PATH_MAX`).
const MAX_PATH: usize = 4096;

/// A `.data` package: files behind each other in one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataPackage {
    /// What the file is called that holds them, if the JavaScript says it; it lies beside the module.
    pub name: Option<String>,
    /// Its files.
    pub files: Vec<DataFile>,
}

/// A file of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// Its absolute path in the guest.
    pub path: String,
    /// Where its bytes begin in the package, and where they end.
    pub range: std::ops::Range<u64>,
}

/// Finds the tables of files: `files:[{filename:"/a",start:0,end:7},…]`.
pub(super) fn find(tokens: &[Token<'_>]) -> Vec<DataPackage> {
    let mut packages = Vec::new();
    let mut from = 0;
    for (at, window) in tokens.windows(4).enumerate() {
        let [key, colon, open, brace] = window else { continue };
        if key.key() != Some("files") || !colon.is(b':') || !open.is(b'[') || !brace.is(b'{') {
            continue;
        }
        let files = files(tokens.get(at + 3..).unwrap_or_default());
        if !files.is_empty() {
            let name = name(tokens.get(from..at).unwrap_or_default());
            packages.push(DataPackage { name, files });
            from = at;
        }
    }
    packages
}

/// The entries of an array of `{filename:…,start:…,end:…}`. Others than these are left out, and what is longer than an entry ends it.
fn files(tokens: &[Token<'_>]) -> Vec<DataFile> {
    let mut files = Vec::new();
    let mut rest = tokens;
    while let Some(inside) = rest.first().filter(|token| token.is(b'{')).and_then(|_| rest.get(1..)) {
        let Some(end) = inside.iter().take(MAX_ENTRY).position(|token| token.is(b'}')) else { break };
        if let Some(file) = file(inside.get(..end).unwrap_or_default()) {
            files.push(file);
        }
        if files.len() >= MAX_FILES {
            break;
        }
        match inside.get(end + 1..) {
            Some([comma, more @ ..]) if comma.is(b',') => rest = more,
            _ => break,
        }
    }
    files
}

fn file(entry: &[Token<'_>]) -> Option<DataFile> {
    let value = |wanted: &str| {
        entry.windows(3).find_map(|window| match window {
            [key, colon, value] if key.key() == Some(wanted) && colon.is(b':') => Some(*value),
            _ => None,
        })
    };
    let number = |wanted| match value(wanted)? {
        Token::Number(digits) => digits.parse::<u64>().ok(),
        _ => None,
    };
    let Token::Text(path) = value("filename")? else { return None };
    let (start, end) = (number("start")?, number("end")?);
    (start <= end && path.starts_with('/') && path.len() < MAX_PATH)
        .then(|| DataFile { path: path.to_owned(), range: start..end })
}

/// The last name that is said of a package before its table.
fn name(tokens: &[Token<'_>]) -> Option<String> {
    const SAID_BY: [&str; 2] = ["REMOTE_PACKAGE_NAME", "REMOTE_PACKAGE_BASE"];
    let at = tokens.iter().position(|token| matches!(token, Token::Word(word) if SAID_BY.contains(word)))?;
    let texts = tokens.get(at..)?.iter().filter_map(|token| match token {
        Token::Text(text) if text.ends_with(".data") => Some(*text),
        _ => None,
    });
    let name = texts.into_iter().next()?;
    // Beside the module, and nowhere else.
    let name = name.rsplit('/').next().unwrap_or(name);
    (!name.contains('\\')).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    #[test]
    fn files_of_packages_in_both_spellings() {
        let text = r#"var REMOTE_PACKAGE_BASE="x/a.data";load({"files":[{"filename":"/x","start":0,"end":3},
            {"filename":"/y","start":3,"end":3,"audio":1}],"remote_package_size":3});
            var REMOTE_PACKAGE_NAME=Module["locateFile"]?Module["locateFile"]("b.data",""):"b.data";
            ({files:[{filename:"/z/q",start:0,end:10}],remote_package_size:10})"#;
        let packages = find(&tokens(text));
        let file = |path: &str, range| DataFile { path: path.to_owned(), range };
        let expected = [
            DataPackage { name: Some("a.data".to_owned()), files: vec![file("/x", 0..3), file("/y", 3..3)] },
            DataPackage { name: Some("b.data".to_owned()), files: vec![file("/z/q", 0..10)] },
        ];
        assert_eq!(packages, expected);
    }

    #[test]
    fn entries_that_lie_are_left_out() {
        for entry in [
            r#"{filename:"/x",start:4,end:3}"#,
            r#"{filename:"x",start:0,end:3}"#,
            r#"{filename:"/x",start:-1,end:3}"#,
            r#"{filename:"/x",start:0,end:1e9}"#,
            r#"{filename:"/x",start:0,end:99999999999999999999}"#,
            r#"{filename:1,start:0,end:3}"#,
            r#"{"#,
            &format!(r#"{{filename:"/{}",start:0,end:3}}"#, "d/".repeat(2048)),
            &format!(r#"{{filename:"/x",start:0,end:3,{}}}"#, "a:1,".repeat(20)),
        ] {
            assert_eq!(find(&tokens(&format!("files:[{entry}]"))), [], "{entry}");
        }
    }

    #[test]
    fn a_package_lies_beside_the_module_under_the_name_that_is_said_last_before() {
        let files = r#"({files:[{filename:"/x",start:0,end:3}]})"#;
        for (before, name) in [
            (r#"REMOTE_PACKAGE_NAME="a.data";"#, Some("a.data")),
            (r#"REMOTE_PACKAGE_BASE="../up/a.data";"#, Some("a.data")),
            (r#"REMOTE_PACKAGE_BASE="..\\up\\a.data";"#, None),
            (r#"REMOTE_PACKAGE_NAME="a.txt";"#, None),
            (r#"ANOTHER_NAME="a.data";"#, None),
            (r#"x="before.data";REMOTE_PACKAGE_NAME=f("a.data");y="b.data";"#, Some("a.data")),
            ("", None),
        ] {
            let packages = find(&tokens(&format!("{before}{files}")));
            assert_eq!(packages.len(), 1, "{before}");
            assert_eq!(packages[0].name.as_deref(), name, "{before}");
        }
        for text in ["files=[{filename:\"/x\",start:0,end:3}]", "files:({filename:\"/x\",start:0,end:3})", "files:[[]]"]
        {
            assert_eq!(find(&tokens(text)), [], "{text}");
        }
        // The comma, and what ends an entry.
        let two = r#"files:[{filename:"/x",start:0,end:3};{filename:"/y",start:3,end:4}]"#;
        assert_eq!(find(&tokens(two))[0].files.len(), 1);
    }

    #[test]
    fn tables_in_tables_are_each_read_once() {
        // Were each read to its end, this would be 10^11 steps.
        for text in ["files:[{".repeat(300_000), r#"REMOTE_PACKAGE_NAME="a" files:[{"#.repeat(200_000)] {
            assert_eq!(find(&tokens(&text)), []);
        }
    }
}
