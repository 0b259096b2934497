//! Encodes a [`Program`] in the legacy form.

use wasm_encoder::{
    BlockType, CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection,
    Instruction, Module, TagKind, TagSection, TagType, TypeSection, ValType,
};

use super::program::{BlockTy, FUEL, Node, Program, TAGS, Ty};

/// The names under which the tags are exported.
pub(crate) const TAG_NAMES: [&str; 3] = ["a", "e", "two"];

/// Types 0 to 4 are fixed: log, functions, and the tags.
const FIRST_BLOCK_TYPE: u32 = 5;

/// The module of a program: it imports `env.log (i32)` and exports `run (i32) -> i32` and the tags.
pub(crate) fn encode(program: &Program) -> Vec<u8> {
    let mut encoder = Encoder { types: TypeSection::new(), block_types: Vec::new() };
    encoder.types.ty().function([ValType::I32], []);
    encoder.types.ty().function([ValType::I32], [ValType::I32]);
    let (mut tags, mut exports) = (TagSection::new(), ExportSection::new());
    for ((number, payload), name) in (0..).zip(TAGS).zip(TAG_NAMES) {
        encoder.types.ty().function(payload.iter().map(|ty| val_type(*ty)), []);
        tags.tag(TagType { kind: TagKind::Exception, func_type_idx: number + 2 });
        exports.export(name, ExportKind::Tag, number);
    }
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for nodes in &program.functions {
        functions.function(1);
        let mut function = Function::new([(1, ValType::I32)]);
        function.instruction(&Instruction::I32Const(FUEL)).instruction(&Instruction::LocalSet(1));
        encoder.nodes(nodes, &mut function);
        function.instruction(&Instruction::End);
        code.function(&function);
    }
    functions.function(1);
    code.function(&run());
    exports.export("run", ExportKind::Func, functions.len());
    let mut imports = ImportSection::new();
    imports.import("env", "log", EntityType::Function(0));
    let mut module = Module::new();
    module.section(&encoder.types).section(&imports).section(&functions).section(&tags);
    module.section(&exports).section(&code);
    module.finish()
}

/// Calls the first function, and logs all values of an exception `two` that leaves it.
fn run() -> Function {
    let mut function = Function::new([]);
    emit(&mut function, [Instruction::Try(BlockType::Result(ValType::I32))]);
    emit(&mut function, [Instruction::LocalGet(0), Instruction::Call(1), Instruction::Catch(2)]);
    emit(&mut function, [Instruction::I32WrapI64, Instruction::Call(0), Instruction::Call(0)]);
    emit(&mut function, [Instruction::Rethrow(0), Instruction::End, Instruction::End]);
    function
}

struct Encoder {
    types: TypeSection,
    block_types: Vec<BlockTy>,
}

fn val_type(ty: Ty) -> ValType {
    match ty {
        Ty::I32 => ValType::I32,
        Ty::I64 => ValType::I64,
    }
}

impl Encoder {
    fn block_type(&mut self, ty: &BlockTy) -> BlockType {
        if let (true, [result]) = (ty.params.is_empty(), ty.results.as_slice()) {
            return BlockType::Result(val_type(*result));
        }
        if ty.params.is_empty() && ty.results.is_empty() {
            return BlockType::Empty;
        }
        let index = self.block_types.iter().position(|known| known == ty).unwrap_or_else(|| {
            let convert = |types: &[Ty]| types.iter().map(|ty| val_type(*ty)).collect::<Vec<_>>();
            self.types.ty().function(convert(&ty.params), convert(&ty.results));
            self.block_types.push(ty.clone());
            self.block_types.len() - 1
        });
        BlockType::FunctionType(FIRST_BLOCK_TYPE + u32::try_from(index).expect("few types"))
    }

    fn nodes(&mut self, nodes: &[Node], out: &mut Function) {
        for node in nodes {
            self.node(node, out);
        }
    }

    fn node(&mut self, node: &Node, out: &mut Function) {
        match node {
            Node::Const(Ty::I32, value) => emit(out, [Instruction::I32Const(*value)]),
            Node::Const(Ty::I64, value) => emit(out, [Instruction::I64Const(i64::from(*value))]),
            Node::Log(Ty::I32) => emit(out, [Instruction::Call(0)]),
            Node::Log(Ty::I64) => emit(out, [Instruction::I32WrapI64, Instruction::Call(0)]),
            Node::Block(ty, body) => {
                let start = Instruction::Block(self.block_type(ty));
                self.block(start, body, Instruction::End, out);
            }
            Node::Loop(ty, body) => {
                let start = Instruction::Loop(self.block_type(ty));
                self.block(start, body, Instruction::End, out);
            }
            Node::If(bit, ty, then, otherwise) => {
                condition(out, *bit, 1);
                let start = Instruction::If(self.block_type(ty));
                self.block(start, then, Instruction::Else, out);
                self.nodes(otherwise, out);
                emit(out, [Instruction::End]);
            }
            Node::Try(ty, body, clauses) => {
                emit(out, [Instruction::Try(self.block_type(ty))]);
                self.nodes(body, out);
                for (tag, handler) in clauses {
                    let tag = tag.map(|tag| u32::try_from(tag).expect("few tags"));
                    emit(out, [tag.map_or(Instruction::CatchAll, Instruction::Catch)]);
                    self.nodes(handler, out);
                }
                emit(out, [Instruction::End]);
            }
            Node::Delegate(ty, body, label) => {
                let start = Instruction::Try(self.block_type(ty));
                self.block(start, body, Instruction::Delegate(*label), out);
            }
            node => jump(node, out),
        }
    }

    fn block(&mut self, start: Instruction<'_>, body: &[Node], end: Instruction<'_>, out: &mut Function) {
        emit(out, [start]);
        self.nodes(body, out);
        emit(out, [end]);
    }
}

fn jump(node: &Node, out: &mut Function) {
    match node {
        Node::Rethrow(label) => emit(out, [Instruction::Rethrow(*label)]),
        Node::Throw(tag) => emit(out, [Instruction::Throw(u32::try_from(*tag).expect("few tags"))]),
        Node::Br(label) => emit(out, [Instruction::Br(*label)]),
        Node::BrIf(bit, label) => {
            condition(out, *bit, 1);
            emit(out, [Instruction::BrIf(*label)]);
        }
        Node::BrTable(bit, labels, default) => {
            condition(out, *bit, 3);
            emit(out, [Instruction::BrTable(labels.into(), *default)]);
        }
        Node::Again(label) => {
            emit(out, [Instruction::LocalGet(1), Instruction::I32Const(1), Instruction::I32Sub]);
            emit(out, [Instruction::LocalTee(1), Instruction::I32Const(0), Instruction::I32GtS]);
            emit(out, [Instruction::BrIf(*label)]);
        }
        Node::Call(function) => {
            let function = u32::try_from(*function).expect("few functions") + 1;
            emit(out, [Instruction::LocalGet(0), Instruction::Call(function)]);
        }
        Node::Return => emit(out, [Instruction::Return]),
        _ => emit(out, [Instruction::Unreachable]),
    }
}

/// Pushes `(parameter + fuel) >> bit & mask`.
fn condition(out: &mut Function, bit: u8, mask: i32) {
    emit(out, [Instruction::LocalGet(0), Instruction::LocalGet(1), Instruction::I32Add]);
    emit(out, [Instruction::I32Const(i32::from(bit)), Instruction::I32ShrU]);
    emit(out, [Instruction::I32Const(mask), Instruction::I32And]);
}

fn emit<const N: usize>(out: &mut Function, instructions: [Instruction<'_>; N]) {
    for instruction in &instructions {
        out.instruction(instruction);
    }
}
