//! Calls: exported functions of an instance, operations on arrays.

use pyrun::{AnyArray, Error, ModuleError, ModuleInstance, OperationArgument, OperationOutput, Operations, Value};

use super::given::wasm_argument;
use super::guest::Machine;
use super::held::{Body, Outcome};
use crate::code::bad;
use crate::vp::numbers::Numbers;
use crate::wasm::{self, together};

/// Calls what the machine has under this name.
pub(super) fn call(machine: &mut Machine, name: &str, arguments: &[Body]) -> Result<Outcome, Error> {
    match machine {
        Machine::Instance(instance) => call_export(instance, name, arguments),
        Machine::Operations(operations) => Ok(Outcome::Gave(operate(operations, name, arguments)?)),
    }
}

fn call_export(instance: &mut ModuleInstance, name: &str, arguments: &[Body]) -> Result<Outcome, Error> {
    let arguments = arguments.iter().map(wasm_argument).collect::<Result<Vec<_>, _>>()?;
    Ok(Outcome::Gave(together(instance.call(name, arguments)?)?.into()))
}

/// The value of an exported global.
pub(super) fn global(instance: &mut ModuleInstance, name: &str) -> Result<Body, Error> {
    Ok(wasm::value(instance.global(name)?)?.into())
}

/// Whether an error says that nothing was done, so that it is a code and no result.
pub(super) fn is_refusal(error: &Error) -> bool {
    match error {
        Error::Module(error) => !matches!(error, ModuleError::HostFunction { .. }),
        Error::Trap(_) | Error::SystemExit { .. } | Error::Ended { .. } | Error::Crashed(_) | Error::Refused { .. } => {
            false
        }
        Error::Interrupted(_) | Error::Python(_) | Error::Signal { .. } | Error::TimedOut(_) | Error::Killed => false,
        _ => true,
    }
}

/// Calls an operation by NumPy's name.
fn operate(operations: &mut Operations, name: &str, arguments: &[Body]) -> Result<Body, Error> {
    let numbers: Vec<_> = arguments.iter().map(Body::numbers).collect();
    let given = arguments.iter().zip(&numbers).map(|(body, numbers)| operand(body, numbers));
    let given = given.collect::<Result<Vec<_>, _>>()?;
    Ok(match operations.call_by_name(name, &given)? {
        OperationOutput::Float(value) => Value::Float(value).into(),
        OperationOutput::Int(value) => Value::Int(value).into(),
        OperationOutput::Array(array) => row(operations, &array)?.into(),
        OperationOutput::Histogram { counts, edges } => {
            Body::Items([row(operations, &counts)?.into(), row(operations, &edges)?.into()].into())
        }
        _ => return Err(bad("the result is of a kind that this interface does not have")),
    })
}

fn operand<'b>(body: &Body, numbers: &'b Numbers) -> Result<OperationArgument<'b>, Error> {
    Ok(match body {
        Body::Value(Value::Bool(truth)) => OperationArgument::Int((*truth).into()),
        Body::Value(Value::Int(number)) => OperationArgument::Int(*number),
        Body::Value(Value::Float(number)) => OperationArgument::Float(*number),
        _ => match (numbers.as_ints(), numbers.as_floats()) {
            (Some(ints), _) => OperationArgument::Ints(ints),
            (None, Some(floats)) => OperationArgument::Floats(floats),
            (None, None) => return Err(bad("an operation takes numbers and rows of numbers")),
        },
    })
}

fn row(operations: &mut Operations, array: &AnyArray) -> Result<Numbers, Error> {
    Ok(match array {
        AnyArray::F64(array) => Numbers::of_floats(operations.to_vec(array)?, "float64"),
        AnyArray::F32(array) => {
            Numbers::of_floats(operations.to_vec(array)?.into_iter().map(f64::from).collect(), "float32")
        }
        AnyArray::I64(array) => Numbers::of_ints(operations.to_vec(array)?, "int64"),
        AnyArray::I32(array) => {
            Numbers::of_ints(operations.to_vec(array)?.into_iter().map(i64::from).collect(), "int32")
        }
        AnyArray::Bool(array) => {
            Numbers::of_ints(operations.to_vec(array)?.into_iter().map(i64::from).collect(), "bool")
        }
        _ => return Err(bad("an array of a type that this interface does not have")),
    })
}
