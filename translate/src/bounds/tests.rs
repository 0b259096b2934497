//! Each bound is reached by a module that has one too many, and passed by one that has as many as it may.

mod counts;

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind, ExportSection,
    Function, FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction, MemorySection, MemoryType,
    Module, RefType, TableSection, TableType, TagKind, TagSection, TagType, TypeSection, ValType,
};

use super::{Bounds, ModuleSize};
use crate::error::TranslateError;

/// A module of each kind of section, of which `many` says how long it is.
struct Many {
    bound: &'static str,
    of: fn(u32) -> Vec<u8>,
    limit: u64,
    has: fn(&ModuleSize) -> u64,
}

fn section(section: &impl wasm_encoder::Section) -> Vec<u8> {
    let mut module = Module::new();
    module.section(section);
    module.finish()
}

fn types(count: u32, values: usize) -> Vec<u8> {
    let mut types = TypeSection::new();
    for _ in 0..count {
        types.ty().function(vec![ValType::V128; values], []);
    }
    section(&types)
}

fn named(count: u32, length: usize) -> Vec<u8> {
    let mut exports = ExportSection::new();
    for number in 0..count {
        exports.export(&format!("{number:0length$}"), ExportKind::Func, 0);
    }
    section(&exports)
}

fn code(locals: u32, count: u32, write: impl Fn(&mut Function)) -> Vec<u8> {
    let (mut types, mut functions, mut code) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    types.ty().function([], []);
    for _ in 0..count {
        functions.function(0);
        let mut function = Function::new([(locals, ValType::I32)]);
        write(&mut function);
        function.instruction(&Instruction::End);
        code.function(&function);
    }
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code);
    module.finish()
}

fn nested(depth: u32, instruction: &Instruction<'_>) -> Vec<u8> {
    code(1, 1, |function| {
        for _ in 0..depth {
            function.instruction(instruction);
        }
        for _ in 0..depth {
            function.instruction(&Instruction::End);
        }
    })
}

const MEMORY: MemoryType =
    MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None };
const TABLE: TableType =
    TableType { element_type: RefType::FUNCREF, table64: false, minimum: 1, maximum: None, shared: false };
const GLOBAL: GlobalType = GlobalType { val_type: ValType::I32, mutable: true, shared: false };

const M: Bounds = Bounds::MODULE;

/// One row for each bound that one module can reach exactly.
const MANY: &[Many] = &[
    Many { bound: "types", of: |count| types(count, 0), limit: M.types, has: |size| size.types },
    Many {
        bound: "values of a type",
        of: |count| types(1, count as usize),
        limit: M.type_values,
        has: |size| size.type_values,
    },
    Many {
        bound: "values of all types",
        of: |count| types(count / 100, 100),
        limit: M.all_type_values,
        has: |size| size.all_type_values,
    },
    Many {
        bound: "imports",
        of: |count| {
            let mut imports = ImportSection::new();
            for _ in 0..count {
                imports.import("e", "f", EntityType::Global(GLOBAL));
            }
            section(&imports)
        },
        limit: M.imports,
        has: |size| size.imports,
    },
    Many { bound: "functions", of: |count| code(0, count, |_| {}), limit: M.functions, has: |size| size.functions },
    Many {
        bound: "tables",
        of: |count| {
            let mut tables = TableSection::new();
            (0..count).for_each(|_| {
                tables.table(TABLE);
            });
            section(&tables)
        },
        limit: M.tables,
        has: |size| size.tables,
    },
    Many {
        bound: "memories",
        of: |count| {
            let mut memories = MemorySection::new();
            (0..count).for_each(|_| {
                memories.memory(MEMORY);
            });
            section(&memories)
        },
        limit: M.memories,
        has: |size| size.memories,
    },
    Many {
        bound: "tags",
        of: |count| {
            let mut tags = TagSection::new();
            (0..count).for_each(|_| {
                tags.tag(TagType { kind: TagKind::Exception, func_type_idx: 0 });
            });
            section(&tags)
        },
        limit: M.tags,
        has: |size| size.tags,
    },
    Many {
        bound: "globals",
        of: |count| {
            let mut globals = GlobalSection::new();
            (0..count).for_each(|_| {
                globals.global(GLOBAL, &ConstExpr::i32_const(0));
            });
            section(&globals)
        },
        limit: M.globals,
        has: |size| size.globals,
    },
    Many { bound: "exports", of: |count| named(count, 1), limit: M.exports, has: |size| size.exports },
    Many {
        bound: "bytes of names",
        of: |count| named(count / 1024, 1024),
        limit: M.name_bytes,
        has: |size| size.name_bytes,
    },
    Many {
        bound: "element segments",
        of: |count| {
            let mut elements = ElementSection::new();
            (0..count).for_each(|_| {
                elements.declared(Elements::Functions([0][..].into()));
            });
            section(&elements)
        },
        limit: M.element_segments,
        has: |size| size.element_segments,
    },
    Many {
        bound: "elements",
        of: |count| {
            let mut elements = ElementSection::new();
            elements.declared(Elements::Functions(vec![0; count as usize].into()));
            section(&elements)
        },
        limit: M.elements,
        has: |size| size.elements,
    },
    Many {
        bound: "data segments",
        of: |count| {
            let mut data = DataSection::new();
            (0..count).for_each(|_| {
                data.active(0, &ConstExpr::i32_const(0), []);
            });
            section(&data)
        },
        limit: M.data_segments,
        has: |size| size.data_segments,
    },
    Many {
        bound: "locals of a function",
        of: |count| code(count, 1, |_| {}),
        limit: M.locals,
        has: |size| size.locals,
    },
    Many {
        bound: "nested blocks",
        of: |count| nested(count - 1, &Instruction::Block(BlockType::Empty)),
        limit: M.nesting,
        has: |size| size.nesting,
    },
    Many {
        bound: "branch targets of a function",
        of: |count| {
            code(0, 1, |function| {
                function.instruction(&Instruction::I32Const(0));
                function.instruction(&Instruction::BrTable(vec![0; count as usize].into(), 0));
            })
        },
        limit: M.branch_targets,
        has: |size| size.branch_targets,
    },
    Many {
        bound: "operators of a constant",
        of: |count| {
            // Two pushed, one added, and the end.
            let mut value = ConstExpr::i32_const(0);
            (0..(count - 2) / 2).for_each(|_| value = value.clone().with_i32_const(0).with_i32_add());
            let mut globals = GlobalSection::new();
            globals.global(GLOBAL, &value);
            section(&globals)
        },
        limit: M.constant_operators,
        has: |size| size.constant_operators,
    },
];

#[test]
fn a_module_may_have_as_many_as_its_bounds_say_and_no_more() {
    for row in MANY {
        let limit = u32::try_from(row.limit).unwrap();
        let size = M.count(&(row.of)(limit)).unwrap_or_else(|error| panic!("{}: {error}", row.bound));
        assert_eq!((row.has)(&size), row.limit, "{}", row.bound);
        // Some grow by more than one; and what is beyond WebAssembly's own limits cannot be read at all.
        let step = if limit < 1000 { 512 } else { 1024 };
        match M.count(&(row.of)(limit + step)) {
            Err(TranslateError::Bound { bound, limit, has, .. }) => {
                assert_eq!((bound, limit), (row.bound, row.limit));
                assert!(has > limit && has <= limit + u64::from(step), "{bound}: {has}");
            }
            other => panic!("{}: {other:?}", row.bound),
        }
    }
}

fn bound(wasm: &[u8]) -> &'static str {
    match M.count(wasm) {
        Err(TranslateError::Bound { bound, .. }) => bound,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_takes_too_long_or_too_much_is_refused_by_its_work_or_its_memory() {
    // Loops in each other, each of which the compiler looks at for each.
    assert_eq!(bound(&nested(4500, &Instruction::Loop(BlockType::Empty))), "work of a function");
    // Locals that many blocks may have changed.
    let blocks = code(10_000, 1, |function| {
        (0..10_000).for_each(|_| {
            function.instruction(&Instruction::Block(BlockType::Empty)).instruction(&Instruction::End);
        });
    });
    assert_eq!(bound(&blocks), "work of a function");
    let few_locals = code(4000, 1, |function| {
        (0..8000).for_each(|_| {
            function.instruction(&Instruction::Block(BlockType::Empty)).instruction(&Instruction::End);
        });
    });
    assert_eq!(bound(&few_locals), "work of a function");
    let calls = code(0, 1, |function| {
        (0..1_000_000).for_each(|_| {
            function.instruction(&Instruction::Call(0));
        })
    });
    assert_eq!(bound(&calls), "work of a function");
    let many = code(0, 200, |function| {
        (0..100_000).for_each(|_| {
            function.instruction(&Instruction::Call(0));
        })
    });
    assert_eq!(bound(&many), "memory for compiling");
    let long = code(0, 1, |function| {
        (0..7_600_000).for_each(|_| {
            function.instruction(&Instruction::Nop);
        })
    });
    assert_eq!(bound(&long), "work of a function");
}

#[test]
fn a_library_has_no_memory_and_no_table_of_its_own() {
    let check = |text: &str| {
        Bounds::LIBRARY.check(&wat::parse_str(text).unwrap()).map(drop).map_err(|error| format!("{error} {error:?}"))
    };
    for (text, wanted) in [
        ("(module (memory 1))", "memories: the module has 1, and at most 0 are taken"),
        ("(module (table 4000000000 funcref))", "tables: the module has 1, and at most 0 are taken"),
        ("(module (memory 1 1 shared))", "memories"),
        (r#"(module (import "env" "memory" (memory 1 2 shared)))"#, "a shared memory"),
        (r#"(module (import "env" "memory" (memory i64 1)))"#, "64-bit addresses"),
        (
            r#"(module (import "env" "memory" (memory 1)) (func (result i32)
                (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))"#,
            "threads",
        ),
        (r#"(module (import "a" "a" (memory 1)) (import "a" "b" (memory 1)))"#, "multiple memories"),
    ] {
        let said = check(text).unwrap_err();
        assert!(said.contains(wanted), "{text}: {said}");
    }
    let library = r#"(module (import "env" "memory" (memory 1)) (import "env" "__indirect_function_table" (table 1 funcref))
        (import "env" "__memory_base" (global $base i32)) (func $f (export "f")) (elem (i32.const 0) $f)
        (data (global.get $base) "data") (tag) (func try throw 0 catch 0 end))"#;
    assert_eq!(check(library), Ok(()));
}

#[test]
fn references_to_exceptions_are_kept_nowhere_but_in_calls() {
    for (text, wanted) in [
        ("(module (global (mut exnref) (ref.null exn)))", "a global of a reference to an exception"),
        (r#"(module (import "a" "b" (global exnref)))"#, "a global of a reference to an exception"),
        ("(module (table 1 exnref))", "a table of references to exceptions"),
        (r#"(module (import "a" "b" (table 1 exnref)))"#, "a table of references to exceptions"),
        ("(module (type (func)) (tag (param i32 exnref)))", "a tag whose exceptions hold references to exceptions"),
        (r#"(module (import "a" "b" (tag (param exnref))))"#, "a tag whose exceptions hold references to exceptions"),
    ] {
        let said = M.check(&wat::parse_str(text).unwrap()).unwrap_err().to_string();
        assert!(said.contains(wanted), "{text}: {said}");
    }
    let passed =
        "(module (tag (param funcref externref)) (func (param exnref) (result exnref) (local exnref) (local.get 0)))";
    assert!(M.check(&wat::parse_str(passed).unwrap()).is_ok());
}

#[test]
fn no_input_panics() {
    let wasm = wat::parse_str(
        r#"(module (import "a" "b" (func)) (memory 1) (table 1 funcref) (global i32 (i32.const 1)) (elem (i32.const 0) 1)
        (data (i32.const 0) "x") (func (export "f") (local i32) (block (br_table 0 0 0 (i32.const 1))) (loop)))"#,
    )
    .unwrap();
    assert!(M.count(&wasm).is_ok());
    for cut in 0..wasm.len() {
        let _ = M.count(&wasm[..cut]);
        for bit in 0..8 {
            let mut changed = wasm.clone();
            changed[cut] ^= 1 << bit;
            let _ = M.count(&changed);
        }
    }
}

/// Prints, for functions that are made to be slow, what is said of them beside what compiling them takes here.
#[test]
#[ignore = "a measurement"]
fn what_compiling_costs() {
    let block = Instruction::Block(BlockType::Empty);
    let changes = |function: &mut Function, blocks: u32, locals: u32| {
        for number in 0..blocks {
            function.instruction(&Instruction::LocalGet(number % locals));
            function.instruction(&Instruction::If(BlockType::Empty));
            function.instruction(&Instruction::I32Const(1)).instruction(&Instruction::LocalSet(number * 7 % locals));
            function.instruction(&Instruction::End);
        }
    };
    let calls = |count: u32| {
        move |function: &mut Function| {
            (0..count).for_each(|_| {
                function.instruction(&Instruction::Call(0));
            });
        }
    };
    for (what, wasm) in [
        ("nested blocks", nested(5000, &block)),
        ("nested loops", nested(1000, &Instruction::Loop(BlockType::Empty))),
        ("blocks that change locals", code(1000, 1, |function| changes(function, 4000, 1000))),
        ("calls", code(0, 1, calls(100_000))),
        ("empty functions", code(0, 10_000, |_| {})),
        ("types", types(1000, 100)),
    ] {
        let size = M.check(&wasm).unwrap();
        let mut compiler = wasmer::sys::Cranelift::default();
        compiler.experimental_artifact(true);
        compiler.num_threads(core::num::NonZero::<usize>::MIN);
        let engine: wasmer::Engine = wasmer::sys::EngineBuilder::new(compiler).engine().into();
        let start = std::time::Instant::now();
        wasmer::Module::new(&engine, &wasm).unwrap();
        println!("{what}: {:?}; said: {} s", start.elapsed(), size.work as f64 / 1e6);
    }
}
