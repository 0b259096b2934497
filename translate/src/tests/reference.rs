//! A reference interpreter: what a [`Program`] means, straight from the proposal of legacy exception handling.
//!
//! It shares nothing with the translation. In particular a `delegate` is not resolved, but travels outwards label by
//! label and reappears as a throw at the end of the block that it names.

use crate::generator::program::{BlockTy, FUEL, Node, Program, TAGS};

/// An exception: tag number and payload.
pub(super) type Exception = (usize, Vec<i64>);

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    Value(i64),
    Thrown(Exception),
    Trap,
    /// It took too long, which says nothing.
    OutOfSteps,
}

/// Runs the first function; gives what it logged too.
pub(super) fn interpret(program: &Program, argument: i32) -> (End, Vec<i32>) {
    let mut machine = Machine { program, log: Vec::new(), steps: 20_000 };
    let end = machine.call(0, argument);
    (end, machine.log)
}

enum Flow {
    Next,
    Branch(u32),
    Return,
    Throw(Exception),
    /// On the way out to the block that the label names.
    Delegated(u32, Exception),
    Trap,
    OutOfSteps,
}

struct Machine<'p> {
    program: &'p Program,
    log: Vec<i32>,
    steps: u32,
}

struct Activation {
    argument: i32,
    fuel: i32,
    stack: Vec<i64>,
    /// For each open block: the exception that it is the handler of.
    caught: Vec<Option<Exception>>,
}

impl Activation {
    fn bits(&self, bit: u8, mask: u32) -> u32 {
        self.argument.wrapping_add(self.fuel).cast_unsigned() >> bit & mask
    }

    fn pop(&mut self) -> i64 {
        self.stack.pop().expect("the program is valid")
    }

    fn take(&mut self, count: usize) -> Vec<i64> {
        self.stack.split_off(self.stack.len() - count)
    }
}

impl Machine<'_> {
    fn call(&mut self, function: usize, argument: i32) -> End {
        let mut frame = Activation { argument, fuel: FUEL, stack: Vec::new(), caught: vec![None] };
        let program = self.program;
        match self.sequence(&program.functions[function], &mut frame) {
            Flow::Next | Flow::Branch(_) | Flow::Return => End::Value(frame.pop()),
            Flow::Throw(exception) | Flow::Delegated(_, exception) => End::Thrown(exception),
            Flow::Trap => End::Trap,
            Flow::OutOfSteps => End::OutOfSteps,
        }
    }

    fn sequence(&mut self, nodes: &[Node], frame: &mut Activation) -> Flow {
        for node in nodes {
            match self.node(node, frame) {
                Flow::Next => {}
                flow => return flow,
            }
        }
        Flow::Next
    }

    fn node(&mut self, node: &Node, frame: &mut Activation) -> Flow {
        if self.steps == 0 {
            return Flow::OutOfSteps;
        }
        self.steps -= 1;
        match node {
            Node::Const(_, value) => frame.stack.push(i64::from(*value)),
            Node::Log(_) => {
                let value = frame.pop();
                self.log.push(i32::try_from(value).expect("constants are small"));
            }
            Node::Block(ty, body) => return self.block(ty, body, None, frame),
            Node::Loop(ty, body) => return self.repeat(ty, body, frame),
            Node::If(bit, ty, then, otherwise) => {
                let taken = if frame.bits(*bit, 1) == 1 { then } else { otherwise };
                return self.block(ty, taken, None, frame);
            }
            Node::Try(ty, body, clauses) => return self.attempt(ty, body, clauses, frame),
            Node::Delegate(ty, body, label) => {
                return match self.enter(ty.results.len(), ty, body, None, frame) {
                    Flow::Branch(0) => Flow::Next,
                    Flow::Throw(exception) | Flow::Delegated(0, exception) => Flow::Delegated(*label, exception),
                    flow => outwards(flow),
                };
            }
            node => return self.jump(node, frame),
        }
        Flow::Next
    }

    fn jump(&mut self, node: &Node, frame: &mut Activation) -> Flow {
        match node {
            Node::Rethrow(label) => {
                let label = frame.caught.len() - 1 - usize::try_from(*label).expect("small");
                Flow::Throw(frame.caught[label].clone().expect("names a handler"))
            }
            Node::Throw(tag) => Flow::Throw((*tag, frame.take(TAGS[*tag].len()))),
            Node::Br(label) => Flow::Branch(*label),
            Node::BrIf(bit, label) if frame.bits(*bit, 1) == 1 => Flow::Branch(*label),
            Node::BrTable(bit, labels, default) => {
                let chosen = usize::try_from(frame.bits(*bit, 3)).expect("small");
                Flow::Branch(labels.get(chosen).copied().unwrap_or(*default))
            }
            Node::Again(label) => {
                frame.fuel -= 1;
                if frame.fuel > 0 { Flow::Branch(*label) } else { Flow::Next }
            }
            Node::Call(function) => match self.call(*function, frame.argument) {
                End::Value(value) => {
                    frame.stack.push(value);
                    Flow::Next
                }
                End::Thrown(exception) => Flow::Throw(exception),
                End::Trap => Flow::Trap,
                End::OutOfSteps => Flow::OutOfSteps,
            },
            Node::Return => Flow::Return,
            Node::Unreachable => Flow::Trap,
            _ => Flow::Next,
        }
    }

    /// Runs the contents of a block. On a branch to it, the stack is left with `arity` values.
    fn enter(
        &mut self,
        arity: usize,
        ty: &BlockTy,
        body: &[Node],
        caught: Option<Exception>,
        frame: &mut Activation,
    ) -> Flow {
        let base = frame.stack.len() - ty.params.len();
        self.enter_at(base, arity, body, caught, frame)
    }

    fn enter_at(
        &mut self,
        base: usize,
        arity: usize,
        body: &[Node],
        caught: Option<Exception>,
        frame: &mut Activation,
    ) -> Flow {
        frame.caught.push(caught);
        let flow = self.sequence(body, frame);
        frame.caught.pop();
        match flow {
            Flow::Branch(0) => {
                let values = frame.take(arity);
                frame.stack.truncate(base);
                frame.stack.extend(values);
            }
            Flow::Throw(_) | Flow::Delegated(..) => frame.stack.truncate(base),
            _ => {}
        }
        flow
    }

    fn block(&mut self, ty: &BlockTy, body: &[Node], caught: Option<Exception>, frame: &mut Activation) -> Flow {
        settle(self.enter(ty.results.len(), ty, body, caught, frame))
    }

    fn repeat(&mut self, ty: &BlockTy, body: &[Node], frame: &mut Activation) -> Flow {
        loop {
            match self.enter(ty.params.len(), ty, body, None, frame) {
                Flow::Branch(0) => {}
                flow => return settle(flow),
            }
        }
    }

    fn attempt(
        &mut self,
        ty: &BlockTy,
        body: &[Node],
        clauses: &[(Option<usize>, Vec<Node>)],
        frame: &mut Activation,
    ) -> Flow {
        let base = frame.stack.len() - ty.params.len();
        let exception = match self.enter(ty.results.len(), ty, body, None, frame) {
            Flow::Throw(exception) | Flow::Delegated(0, exception) => exception,
            flow => return settle(flow),
        };
        let clause = clauses.iter().find(|(tag, _)| tag.is_none_or(|tag| tag == exception.0));
        let Some((tag, handler)) = clause else {
            return Flow::Throw(exception);
        };
        if tag.is_some() {
            frame.stack.extend_from_slice(&exception.1);
        }
        settle(self.enter_at(base, ty.results.len(), handler, Some(exception), frame))
    }
}

/// What a flow that reaches the end of a block means to the code around it.
fn settle(flow: Flow) -> Flow {
    match flow {
        Flow::Branch(0) => Flow::Next,
        Flow::Delegated(0, exception) => Flow::Throw(exception),
        flow => outwards(flow),
    }
}

/// Takes one label off.
fn outwards(flow: Flow) -> Flow {
    match flow {
        Flow::Branch(label) => Flow::Branch(label - 1),
        Flow::Delegated(label, exception) => Flow::Delegated(label - 1, exception),
        flow => flow,
    }
}
