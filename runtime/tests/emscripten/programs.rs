//! Programs with a `main`: their arguments, files and streams.

use super::{Ended, file, module, run};

#[test]
fn jq_filters_a_document() {
    let Some(jq) = module("jq", "jq.wasm") else { return };
    let document = r#"{"items": [{"name": "a", "n": 1}, {"name": "b", "n": 2}, {"name": "ç", "n": 3}]}"#;
    let filter = ".items | map(select(.n > 1) | .name)";
    let expected = |stdout: &str| Ended { status: 0, stdout: stdout.to_owned(), stderr: String::new() };
    assert_eq!(run(jq.program().arguments(["-c", filter]), document), expected("[\"b\",\"ç\"]\n"));
    // Its `strptime` is the host's.
    let time = r#""2015-03-05T23:51:47Z" | strptime("%Y-%m-%dT%H:%M:%SZ") | mktime"#;
    assert_eq!(run(jq.program().arguments(["-n", time]), ""), expected("1425599507\n"));
    // A file is there when it is granted.
    let from_file = jq.program().arguments([".items[0].name", "/in/d.json"]);
    assert_eq!(run(from_file.file("/in/d.json", document), ""), expected("\"a\"\n"));
    let missing = run(jq.program().arguments([".", "/etc/passwd"]), "");
    assert_eq!(missing.status, 2);
    assert!(missing.stderr.contains("No such file"), "{missing:?}");
    let wrong = run(jq.program().arguments([".a."]), "{}");
    assert_eq!(wrong.status, 3, "{wrong:?}");
}

#[test]
fn r_summarises_and_multiplies_by_its_library() {
    let (Some(r), Some(lapack)) = (module("webr", "dist/R.wasm"), file("webr", "dist/libRlapack.so")) else { return };
    let script = "print(summary(c(1,2,3)))\nx <- matrix(c(2,1,1,3),2)\nprint(x %*% x)\nprint(solve(x, c(1,2)))\n";
    // `libRblas.so` lies beside the module, which is linked with it; `stats` needs the other one.
    let program = r
        .program()
        .arguments(["--no-echo", "--vanilla", "--file=/in/x.R"])
        .env("R_HOME", "/usr/lib/R")
        .file("/in/x.R", script)
        .allow_native_code()
        .file("/usr/lib/libRlapack.so", std::fs::read(lapack).expect("can be read"));
    let ended = run(program, "");
    let expected = "   Min. 1st Qu.  Median    Mean 3rd Qu.    Max. \n    1.0     1.5     2.0     2.0     2.5     3.0 \n     \
                    [,1] [,2]\n[1,]    5    5\n[2,]    5   10\n[1] 0.2 0.6\n";
    assert_eq!((ended.status, ended.stdout.as_str()), (0, expected), "{}", ended.stderr);
}

/// Three pages of our own, the second with a line of text.
pub(crate) fn small_pdf() -> Vec<u8> {
    let text = "BT /F1 24 Tf 72 700 Td (Hello from page two) Tj ET";
    let page = |contents: &str| {
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 6 0 R>>>>{contents}>>")
    };
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 3/Kids[3 0 R 4 0 R 5 0 R]>>".to_owned(),
        page(""),
        page("/Contents 7 0 R"),
        page(""),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
        format!("<</Length {}>>\nstream\n{text}\nendstream", text.len()),
    ];
    let (mut pdf, mut places) = ("%PDF-1.4\n".to_owned(), Vec::new());
    for (number, object) in (1..).zip(&objects) {
        places.push(pdf.len());
        pdf += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let xref = pdf.len();
    pdf += &format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for place in places {
        pdf += &format!("{place:010} 00000 n \n");
    }
    pdf += &format!("trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{xref}\n%%EOF\n", objects.len() + 1);
    pdf.into_bytes()
}

#[test]
fn ghostscript_calculates_and_draws() {
    let Some(gs) = module("ghostscript", "gs.wasm") else { return };
    let ended = run(gs.program().arguments(["--version"]), "");
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "9.56.0\n"), "{}", ended.stderr);
    // It calls functions with more or fewer arguments than they take: its own functions pad and cut them.
    let ended = run(gs.program().arguments(["-q", "-dNODISPLAY", "-dBATCH", "-c", "6 7 mul ="]), "");
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "42\n"), "{}", ended.stderr);
    // An error in PostScript is a `longjmp`.
    let failed = run(gs.program().arguments(["-q", "-dNODISPLAY", "-dBATCH", "-c", "1 0 div"]), "");
    assert!(failed.status != 0 && failed.stdout.contains("undefinedresult"), "{failed:?}");
    let drawing = "1 setlinewidth 10 20 moveto 110 220 lineto stroke showpage";
    let ended = run(gs.program().arguments(["-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=bbox", "-c", drawing]), "");
    assert_eq!(ended.stderr.lines().next(), Some("%%BoundingBox: 9 19 111 221"), "{ended:?}");
}

#[test]
fn a_library_is_no_program_and_says_so() {
    let Some(lua) = module("lua", "dist/glue.wasm") else { return };
    let error = lua.program().run().unwrap_err().to_string();
    assert!(error.contains("no `main`") && error.contains("--invoke"), "{error}");
}
