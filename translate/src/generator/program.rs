//! Random programs that use legacy exception handling in every way, valid by construction.
//!
//! A program is made from bytes, so that both proptest and a fuzzer can make, vary and shrink it; bytes that run out
//! count as zeros, which end everything early. It always terminates: functions call only later ones, and branches back
//! use up fuel.

/// A value type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ty {
    I32,
    I64,
}

/// The payload types of each tag.
pub(crate) const TAGS: [&[Ty]; 3] = [&[Ty::I32], &[], &[Ty::I32, Ty::I64]];

/// How many branches back a call may take.
pub(crate) const FUEL: i32 = 6;

/// Parameters and results of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BlockTy {
    pub(crate) params: Vec<Ty>,
    pub(crate) results: Vec<Ty>,
}

/// An instruction. Bits are of `parameter + fuel`; labels count from the innermost block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    Const(Ty, i32),
    /// Pops a value and passes it to the host.
    Log(Ty),
    Block(BlockTy, Vec<Node>),
    Loop(BlockTy, Vec<Node>),
    If(u8, BlockTy, Vec<Node>, Vec<Node>),
    /// A clause without a tag is `catch_all`, and the last one.
    Try(BlockTy, Vec<Node>, Vec<(Option<usize>, Vec<Node>)>),
    Delegate(BlockTy, Vec<Node>, u32),
    Rethrow(u32),
    Throw(usize),
    Br(u32),
    BrIf(u8, u32),
    /// Two bits choose.
    BrTable(u8, Vec<u32>, u32),
    /// Branches back to a loop while there is fuel.
    Again(u32),
    /// Calls a later function with this function's parameter.
    Call(usize),
    Return,
    Unreachable,
}

/// Functions of type `(i32) -> i32`; the first is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) functions: Vec<Vec<Node>>,
}

impl Program {
    /// Makes a program.
    pub(crate) fn generate(bytes: &[u8]) -> Self {
        let mut source = Source { bytes: bytes.iter() };
        let count = 1 + source.below(3);
        let functions = (0..count).map(|index| Generator::function(&mut source, index, count)).collect();
        Self { functions }
    }
}

struct Source<'b> {
    bytes: core::slice::Iter<'b, u8>,
}

impl Source<'_> {
    fn byte(&mut self) -> u8 {
        self.bytes.next().copied().unwrap_or_default()
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()) % bound.max(1)
    }

    fn types(&mut self) -> Vec<Ty> {
        let types: [&[Ty]; 6] = [&[], &[Ty::I32], &[], &[Ty::I64], &[Ty::I32, Ty::I64], &[Ty::I32, Ty::I32]];
        types[self.below(types.len())].to_vec()
    }
}

#[derive(Clone)]
struct Label {
    types: Vec<Ty>,
    is_loop: bool,
    is_catch: bool,
}

struct Generator<'s, 'b> {
    source: &'s mut Source<'b>,
    labels: Vec<Label>,
    budget: u32,
    /// No `try`: such functions may be inlined.
    plain: bool,
    function: usize,
    functions: usize,
}

/// What is known of the stack of the current block.
struct Stack {
    types: Vec<Ty>,
    dead: bool,
}

impl Generator<'_, '_> {
    fn function(source: &mut Source<'_>, function: usize, functions: usize) -> Vec<Node> {
        let plain = source.byte() % 2 == 1;
        let mut generator = Generator { source, labels: Vec::new(), budget: 100, plain, function, functions };
        generator.body(&[], vec![Ty::I32], vec![Ty::I32], false, false)
    }

    /// The contents of a block whose label means `label`.
    fn body(&mut self, params: &[Ty], label: Vec<Ty>, results: Vec<Ty>, is_loop: bool, is_catch: bool) -> Vec<Node> {
        self.labels.push(Label { types: label, is_loop, is_catch });
        let mut stack = Stack { types: params.to_vec(), dead: false };
        let mut nodes = Vec::new();
        while self.budget > 0 {
            let choice = self.source.byte();
            if choice.is_multiple_of(14) {
                break;
            }
            self.budget -= 1;
            self.node(choice, &mut stack, &mut nodes);
        }
        self.finish(&results, stack, &mut nodes);
        self.labels.pop();
        nodes
    }

    /// Brings the stack to `results`.
    fn finish(&mut self, results: &[Ty], mut stack: Stack, nodes: &mut Vec<Node>) {
        let polymorphic = stack.dead && self.source.byte().is_multiple_of(2);
        while !results.starts_with(&stack.types) || polymorphic && !stack.types.is_empty() {
            nodes.extend(stack.types.pop().map(Node::Log));
        }
        if !polymorphic {
            let missing = results.get(stack.types.len()..).unwrap_or_default().to_vec();
            self.constants(&missing, nodes);
        }
    }

    fn constants(&mut self, types: &[Ty], nodes: &mut Vec<Node>) {
        for ty in types {
            nodes.push(Node::Const(*ty, i32::from(self.source.byte().cast_signed())));
        }
    }

    fn push(&mut self, types: &[Ty], stack: &mut Stack, nodes: &mut Vec<Node>) {
        self.constants(types, nodes);
        stack.types.extend_from_slice(types);
    }

    fn node(&mut self, choice: u8, stack: &mut Stack, nodes: &mut Vec<Node>) {
        match choice % 19 {
            0 | 1 => self.push(&[Ty::I32], stack, nodes),
            2 => self.push(&[Ty::I64], stack, nodes),
            3 => nodes.extend(stack.types.pop().map(Node::Log)),
            4..=10 if self.labels.len() < 9 => {
                let kind = choice % 19;
                self.block(if self.plain { 4 + kind % 3 } else { kind }, stack, nodes);
            }
            11 | 12 => {
                let (choice, tag) = (self.source.byte(), self.source.below(TAGS.len()));
                let mut throw = Vec::new();
                self.constants(TAGS[tag], &mut throw);
                throw.push(Node::Throw(tag));
                self.perhaps(choice, throw, stack, nodes);
            }
            13 | 14 => {
                if let Some(label) = self.label(|label| label.is_catch) {
                    let choice = self.source.byte();
                    // Inside an `if` the label is one further out.
                    let label = label + u32::from(choice < 192);
                    self.perhaps(choice, vec![Node::Rethrow(label)], stack, nodes);
                }
            }
            15 | 16 => self.branch(stack, nodes),
            17 if self.function + 1 < self.functions => {
                let callee = self.function + 1 + self.source.below(self.functions - self.function - 1);
                nodes.push(Node::Call(callee));
                stack.types.push(Ty::I32);
            }
            18 if self.source.byte().is_multiple_of(4) => Self::end(Node::Unreachable, stack, nodes),
            18 => {
                self.constants(&[Ty::I32], nodes);
                Self::end(Node::Return, stack, nodes);
            }
            _ => {}
        }
    }

    /// Adds instructions that end the block: mostly under a condition, so that something comes after them.
    fn perhaps(&mut self, choice: u8, ending: Vec<Node>, stack: &mut Stack, nodes: &mut Vec<Node>) {
        if choice < 192 {
            nodes.push(Node::If(choice % 8, BlockTy { params: vec![], results: vec![] }, ending, vec![]));
        } else {
            nodes.extend(ending);
            *stack = Stack { types: Vec::new(), dead: true };
        }
    }

    /// Adds an instruction after which code is unreachable.
    fn end(node: Node, stack: &mut Stack, nodes: &mut Vec<Node>) {
        nodes.push(node);
        *stack = Stack { types: Vec::new(), dead: true };
    }

    /// A label with a property, chosen at random.
    fn label(&mut self, wanted: impl Fn(&Label) -> bool) -> Option<u32> {
        let found: Vec<u32> =
            (0..).zip(self.labels.iter().rev()).filter(|(_, label)| wanted(label)).map(|(depth, _)| depth).collect();
        let chosen = self.source.below(found.len());
        found.get(chosen).copied()
    }

    fn types_of(&self, label: u32) -> Vec<Ty> {
        let index = self.labels.len() - 1 - usize::try_from(label).expect("small");
        self.labels[index].types.clone()
    }

    fn branch(&mut self, stack: &mut Stack, nodes: &mut Vec<Node>) {
        let kind = self.source.below(5);
        let Some(label) = self.label(|label| label.is_loop == (kind == 0)) else {
            return;
        };
        let types = self.types_of(label);
        let bit = self.source.byte() % 8;
        match kind {
            0 | 1 => {
                self.push(&types, stack, nodes);
                nodes.push(if kind == 0 { Node::Again(label) } else { Node::BrIf(bit, label) });
            }
            2 => {
                self.constants(&types, nodes);
                let mut labels = Vec::new();
                for _ in 0..self.source.below(4) {
                    labels.extend(self.label(|label| !label.is_loop && label.types == types));
                }
                Self::end(Node::BrTable(bit, labels, label), stack, nodes);
            }
            _ => {
                self.constants(&types, nodes);
                Self::end(Node::Br(label), stack, nodes);
            }
        }
    }

    fn block(&mut self, kind: u8, stack: &mut Stack, nodes: &mut Vec<Node>) {
        let taken = self.source.below(3).min(stack.types.len());
        let params = stack.types.split_off(stack.types.len() - taken);
        let results = self.source.types();
        stack.types.extend_from_slice(&results);
        let ty = BlockTy { params: params.clone(), results: results.clone() };
        let bit = self.source.byte() % 8;
        let end = results.clone();
        nodes.push(match kind {
            4 => Node::Block(ty, self.body(&params, end, results, false, false)),
            5 => Node::Loop(ty, self.body(&params, params.clone(), results, true, false)),
            6 => {
                let then = self.body(&params, end.clone(), results.clone(), false, false);
                Node::If(bit, ty, then, self.body(&params, end, results, false, false))
            }
            7 | 8 => {
                let body = self.body(&params, end, results.clone(), false, false);
                Node::Try(ty, body, self.clauses(&results))
            }
            _ => {
                let body = self.body(&params, end, results, false, false);
                let label = self.source.below(self.labels.len());
                Node::Delegate(ty, body, u32::try_from(label).expect("small"))
            }
        });
    }

    fn clauses(&mut self, results: &[Ty]) -> Vec<(Option<usize>, Vec<Node>)> {
        let choice = self.source.byte();
        let mut clauses = Vec::new();
        for (tag, payload) in TAGS.iter().enumerate() {
            if choice >> tag & 1 == 1 {
                let handler = self.body(payload, results.to_vec(), results.to_vec(), false, true);
                clauses.push((Some(tag), handler));
            }
        }
        if choice & 8 == 8 {
            clauses.push((None, self.body(&[], results.to_vec(), results.to_vec(), false, true)));
        }
        clauses
    }
}
