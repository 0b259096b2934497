//! A module's mutable globals, which a snapshot must hold: the translator exports them all
//! ([`GLOBAL_EXPORT`](pyrun_translate::GLOBAL_EXPORT)).

use serde::{Deserialize, Serialize};
use wasmer::{AsStoreMut, Global, Instance, Value};

use crate::guest::trap::Trap;
use pyrun_translate::GLOBAL_EXPORT;

/// The value of a global, by its index in the module. Numbers as their bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GlobalValue {
    index: u32,
    bits: Bits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Bits {
    I32(u32),
    I64(u64),
    F32(u32),
    F64(u64),
}

impl Bits {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::I32(value) => Some(Self::I32(value.cast_unsigned())),
            Value::I64(value) => Some(Self::I64(value.cast_unsigned())),
            Value::F32(value) => Some(Self::F32(value.to_bits())),
            Value::F64(value) => Some(Self::F64(value.to_bits())),
            _ => None,
        }
    }

    fn value(self) -> Value {
        match self {
            Self::I32(bits) => Value::I32(bits.cast_signed()),
            Self::I64(bits) => Value::I64(bits.cast_signed()),
            Self::F32(bits) => Value::F32(f32::from_bits(bits)),
            Self::F64(bits) => Value::F64(f64::from_bits(bits)),
        }
    }
}

/// The values of all mutable globals that the instance's module defines.
///
/// # Errors
/// [`Trap::Bug`] for a global that does not hold a number, which C compilers never make.
pub(crate) fn read(store: &mut impl AsStoreMut, instance: &Instance) -> Result<Vec<GlobalValue>, Trap> {
    let mut values = Vec::new();
    for (name, export) in instance.exports.iter() {
        let Some(index) = name.strip_prefix(GLOBAL_EXPORT) else { continue };
        let global = match export {
            wasmer::Extern::Global(global) => global.get(store),
            _ => return Err(Trap::bug("snapshot", format!("{name} is not a global"))),
        };
        let index = index.parse().map_err(|_| Trap::bug("snapshot", format!("{name} has no number")))?;
        let bits = Bits::of(&global).ok_or_else(|| Trap::bug("snapshot", format!("{name} holds no number")))?;
        values.push(GlobalValue { index, bits });
    }
    values.sort_unstable_by_key(|value| value.index);
    Ok(values)
}

/// Gives the globals their values.
///
/// # Errors
/// [`Trap::Aborted`] when the module has no such global.
pub(crate) fn write(store: &mut impl AsStoreMut, instance: &Instance, values: &[GlobalValue]) -> Result<(), Trap> {
    for value in values {
        let name = format!("{GLOBAL_EXPORT}{}", value.index);
        let global: &Global = instance.exports.get_global(&name).map_err(|_| {
            Trap::Aborted(format!("the snapshot has global {}, which the module does not have", value.index))
        })?;
        global.set(store, value.bits.value()).map_err(|error| Trap::Aborted(error.message()))?;
    }
    Ok(())
}
