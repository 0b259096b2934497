//! Libraries, driven by their exported functions.

use super::programs::small_pdf;
use super::{call, file, module, string, text_at, word};
use pyrun::{Error, HostContext, Kind, Module, ModuleInstance, WasmValue};

/// Runs Lua, and gives its status and what is on top of its stack.
fn lua(instance: &mut ModuleInstance, state: i32, code: &str) -> (i32, String) {
    let source = string(instance, code);
    let mut status = call(instance, "luaL_loadstring", (state, source));
    if status == 0 {
        status = call(instance, "lua_pcallk", (state, 0, -1, 0, 0, 0));
    }
    let result = call(instance, "lua_tolstring", (state, -1, 0));
    let text = text_at(instance, result);
    instance.call("lua_settop", (state, 0)).expect("it returns");
    (status, text)
}

#[test]
fn lua_runs_code_and_its_errors_are_longjmps() {
    let Some(module) = module("lua", "dist/glue.wasm") else { return };
    let mut instance = module.instance().start().expect("it starts");
    let state = call(&mut instance, "luaL_newstate", ());
    instance.call("luaL_openlibs", (state,)).expect("it returns");
    let mut run = |code: &str| lua(&mut instance, state, code);
    assert_eq!(
        run("local t = {} for i = 1, 10 do t[i] = i * i end return table.concat(t, ' ')").1,
        "1 4 9 16 25 36 49 64 81 100"
    );
    let (status, message) = run("error('went wrong')");
    assert_eq!((status, message.as_str()), (2, "[string \"error('went wrong')\"]:1: went wrong"));
    assert_eq!(run("return tostring(pcall(error, 'x'))"), (0, "false".to_owned()));
    assert_eq!(run("return (coroutine.wrap(function() coroutine.yield('y') end))()"), (0, "y".to_owned()));
    // The system's shell is refused, and time is the host's.
    assert_eq!(run("return tostring(os.execute())"), (0, "false".to_owned()));
    assert_eq!(run("return os.date('!%Y-%m-%d', 86400)"), (0, "1970-01-02".to_owned()));
    assert_eq!(run("return (select(2, io.open('/etc/passwd')))").1, "/etc/passwd: No such file or directory");
}

/// What a statement gives: each row's columns with a bar between.
fn query(instance: &mut ModuleInstance, database: i32, sql: &str) -> Vec<String> {
    let (sql, place) = (string(instance, sql), string(instance, "....").next_multiple_of(4));
    assert_eq!(call(instance, "sqlite3_prepare_v2", (database, sql, -1, place, 0)), 0);
    let statement = word(instance, place);
    let mut rows = Vec::new();
    while call(instance, "sqlite3_step", (statement,)) == 100 {
        let count = call(instance, "sqlite3_column_count", (statement,));
        let mut columns = Vec::new();
        for column in 0..count {
            let text = call(instance, "sqlite3_column_text", (statement, column));
            columns.push(text_at(instance, text));
        }
        rows.push(columns.join("|"));
    }
    assert_eq!(call(instance, "sqlite3_finalize", (statement,)), 0);
    rows
}

/// Makes a table in a file of a granted folder, and reads it in another instance.
fn sqlite(package: &str, path: &str) {
    if let Some(module) = module(package, path) {
        sqlite_of(&module);
    }
}

fn sqlite_of(module: &Module) {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || {
        let mut instance = module.instance().folder(folder.path(), "/data", true).start().expect("it starts");
        let (name, place) = (string(&mut instance, "/data/x.db"), (string(&mut instance, "........") + 3) & !3);
        assert_eq!(call(&mut instance, "sqlite3_open", (name, place)), 0);
        let database = word(&mut instance, place);
        (instance, database)
    };
    let (mut instance, database) = open();
    for sql in ["create table t (a integer, b text)", "insert into t values (1, 'one'), (2, 'zwölf')"] {
        assert_eq!(query(&mut instance, database, sql), Vec::<String>::new());
    }
    assert_eq!(call(&mut instance, "sqlite3_close_v2", (database,)), 0);
    let bytes = std::fs::read(folder.path().join("x.db")).expect("the file is on the host");
    assert!(bytes.starts_with(b"SQLite format 3\0"));
    let (mut instance, database) = open();
    let rows = query(&mut instance, database, "select b, a * 10 from t order by a desc");
    assert_eq!(rows, ["zwölf|20", "one|10"]);
    let today = query(&mut instance, database, "select date(0, 'unixepoch', 'localtime')");
    assert_eq!(today, ["1970-01-01"]);
}

#[test]
fn sqlite_keeps_a_table_in_a_file() {
    sqlite("sqljs", "dist/sql-wasm-debug.wasm");
}

#[test]
fn names_that_closure_has_renamed_through_are_refused_until_they_are_given() {
    let Some(module) = module("sqljs", "dist/sql-wasm.wasm") else { return };
    assert_eq!(module.kind(), Kind::Refused);
    let error = module.instance().start().unwrap_err().to_string();
    for words in ["minified", "--names", "the JavaScript beside it has no table"] {
        assert!(error.contains(words), "{error}");
    }
    let names = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/modules/names/sql-wasm.names");
    let names = pyrun::ModuleNames::parse(&std::fs::read_to_string(names).unwrap()).unwrap();
    sqlite_of(&module.with_names(&names).unwrap());
}

#[test]
fn an_older_sqlite_whose_stat_and_time_are_others_does_the_same() {
    sqlite("sqlite", "sqlite-wasm/jswasm/sqlite3.wasm");
}

#[test]
fn pdfium_counts_pages_and_reads_text() {
    let Some(module) = module("pdfium", "dist/pdfium.wasm") else { return };
    let mut instance = module.instance().start().expect("it starts");
    instance.call("FPDF_InitLibrary", ()).expect("it returns");
    let pdf = small_pdf();
    let address = instance.em().unwrap().malloc(pdf.len() as u32).unwrap();
    instance.em().unwrap().write_memory(address, &pdf).unwrap();
    let document = call(&mut instance, "FPDF_LoadMemDocument", (address, pdf.len(), 0));
    assert_eq!(call(&mut instance, "FPDF_GetPageCount", (document,)), 3);
    let page = call(&mut instance, "FPDF_LoadPage", (document, 1));
    let text = call(&mut instance, "FPDFText_LoadPage", (page,));
    let count = call(&mut instance, "FPDFText_CountChars", (text,));
    assert_eq!(count, 19);
    let buffer = instance.em().unwrap().malloc(64).unwrap();
    let written = call(&mut instance, "FPDFText_GetText", (text, 0, count, buffer));
    assert_eq!(written, 20, "with its end");
    let bytes = instance.em().unwrap().read_memory(buffer, 38).unwrap();
    let units: Vec<u16> = bytes.chunks(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
    assert_eq!(String::from_utf16(&units).unwrap(), "Hello from page two");
}

#[test]
fn highs_solves_a_linear_program() {
    let Some(module) = module("highs", "build/highs.wasm") else { return };
    // Its names are minified; its JavaScript, which lies beside it, tells them.
    assert_eq!(module.kind(), Kind::EmscriptenMain);
    let model = "Maximize\n obj: 3 x + 2 y\nSubject To\n c1: x + y <= 4\n c2: x + 3 y <= 6\nBounds\n x <= 3\nEnd\n";
    let mut instance = module.instance().file("/m.lp", model).start().expect("it starts");
    let highs = call(&mut instance, "Highs_create", ());
    let (path, option) = (string(&mut instance, "/m.lp"), string(&mut instance, "output_flag"));
    assert_eq!(call(&mut instance, "Highs_setBoolOptionValue", (highs, option, 0)), 0);
    assert_eq!(call(&mut instance, "Highs_readModel", (highs, path)), 0);
    assert_eq!(call(&mut instance, "Highs_run", (highs,)), 0);
    assert_eq!(call(&mut instance, "Highs_getModelStatus", (highs,)), 7, "optimal");
    let objective = instance.call("Highs_getObjectiveValue", (highs,)).expect("it returns");
    assert_eq!(objective, [WasmValue::F64(11.0)]);
    let columns = instance.em().unwrap().malloc(16).unwrap();
    assert_eq!(call(&mut instance, "Highs_getSolution", (highs, columns, 0, 0, 0)), 0);
    assert_eq!(instance.memory().unwrap().view::<f64>(columns, 2).unwrap(), [3.0, 1.0]);
}

/// What tree-sitter parses here.
const SOURCE: &str = r#"{"a": [1, null], "ü": true}"#;

/// What the parser asks of its JavaScript: the text from a place on, as UTF-16.
fn read_source(
    context: &mut HostContext<'_>,
    buffer: u32,
    index: u32,
    _row: u32,
    _column: u32,
    length: u32,
) -> pyrun::Result<()> {
    let units: Vec<u16> = SOURCE.encode_utf16().skip(index as usize).take(5000).collect();
    let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let mut memory = context.memory()?;
    memory.bytes_mut(buffer, bytes.len())?.copy_from_slice(&bytes);
    memory.write(length, &[units.len() as i32])?;
    Ok(())
}

#[test]
fn tree_sitter_parses_with_a_grammar_that_is_loaded() {
    let (Some(module), Some(grammar)) =
        (module("tree-sitter", "web-tree-sitter.wasm"), file("tree-sitter-json", "tree-sitter-json.wasm"))
    else {
        return;
    };
    let mut instance = module
        .instance()
        .host("env", "tree_sitter_parse_callback", read_source)
        .host("env", "tree_sitter_progress_callback", |_: i32, _: i32| 0_i32)
        .allow_native_code()
        .file("/json.wasm", std::fs::read(grammar).expect("can be read"))
        .start()
        .expect("it starts");
    instance.em().unwrap().load_library("/json.wasm").expect("it is a library");
    let transfer = call(&mut instance, "ts_init", ()).cast_unsigned();
    instance.call("ts_parser_new_wasm", ()).expect("it returns");
    let (parser, input) = (word(&mut instance, transfer), word(&mut instance, transfer + 4));
    let json = instance.em().unwrap().symbol("tree_sitter_json").expect("the grammar's function");
    let pyrun::EmInvoked::Returned(language) = instance.em().unwrap().invoke_pointer(json, ()).expect("it returns")
    else {
        panic!("it threw")
    };
    let language = language[0].as_unsigned().expect("an address") as u32;
    assert_eq!(call(&mut instance, "ts_parser_set_language", (parser, language)), 1);
    let tree = call(&mut instance, "ts_parser_parse_wasm", (parser, input, 0, 0, 0));
    instance.call("ts_tree_root_node_wasm", (tree,)).expect("it returns");
    let shown = call(&mut instance, "ts_node_to_string_wasm", (tree,));
    assert_eq!(
        text_at(&mut instance, shown),
        "(document (object (pair key: (string (string_content)) value: (array (number) (null))) \
         (pair key: (string (string_content)) value: (true))))"
    );
    // A library that is not there is an error with the reason, and the parser goes on.
    let error = instance.em().unwrap().load_library("/no.wasm").unwrap_err();
    assert!(matches!(error, Error::Module(_)) && error.to_string().contains("/no.wasm"), "{error}");
    assert_ne!(call(&mut instance, "ts_parser_parse_wasm", (parser, input, 0, 0, 0)), 0);
}
