//! Instances that are driven: functions called, memory read and written. The same for every kind that can be driven.

mod alloc;
mod arena;
mod argument;
mod arguments;
mod array;
mod builder;
mod call;
mod callable;
mod ending;
mod function;
mod host;
mod layout;
mod live;
mod memory;
mod options;
mod shared;
mod trap;
mod value;
mod words;

pub use argument::{IntoWasmArgs, WasmArg};
pub(crate) use arguments::checked_arguments;
pub use array::WasmArray;
pub use builder::InstanceBuilder;
pub(crate) use callable::{function_text, type_of, wasm_signature_text};
pub(crate) use ending::error_of;
pub use function::{WasmFunction, WasmParams, WasmResults, WasmScalar};
pub(crate) use host::{ByValues, Define, HostClosures, HostDefinition, HostState, by_values};
pub use host::{HostClosure, HostContext, HostResult};
pub use layout::{FieldType, FieldValue, NumberType, StructField, StructLayout};
pub use live::ModuleInstance;
pub use memory::ModuleMemory;
pub(crate) use options::InstanceOptions;
pub use shared::SharedArray;
pub use trap::{TrapKind, WasmFrame, WasmTrap};
pub use value::{WasmType, WasmValue};
pub use words::WordFunction;
