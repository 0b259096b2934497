//! Slimming: exported functions that nobody looks up by name leave the export section and are reachable by table slot.
//!
//! Instantiation builds a name and a function object per export, 3 ms for the 8,556 of the main module, while a slot
//! is a few bytes. The functions that have no slot yet get one: an active element segment is appended, and the table
//! grows by as much.

use std::collections::{BTreeMap, HashMap};

use wasmparser::{ElementItems, ElementKind, Export, ExternalKind, Operator, TableType, TypeRef};

use crate::const_expr::{Value, evaluate};
use crate::error::Result;
use crate::module::Module;

/// An export that was taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlimmedExport {
    /// Its name.
    pub name: String,
    /// The function index in the translated module.
    pub function: u32,
    /// The slot of table 0 in which the function is.
    pub slot: u32,
}

/// What slimming changes, in terms of the input's function indices.
#[derive(Debug, Default)]
pub(crate) struct Slimming<'a> {
    /// The exports that stay.
    pub(crate) kept: Vec<Export<'a>>,
    /// The exports that go, with the slot.
    pub(crate) removed: Vec<(Export<'a>, u32)>,
    /// The functions of the appended element segment.
    pub(crate) appended: Vec<u32>,
    /// The slot of the first of them.
    pub(crate) first_slot: u32,
}

/// Decides what to take out; `None` when the table is not the module's own or nothing would go.
pub(crate) fn plan<'a>(module: &Module<'a>, keep: &dyn Fn(&str) -> bool) -> Result<Option<Slimming<'a>>> {
    let Some(table) = own_table(module)? else {
        return Ok(None);
    };
    let Ok(first_slot) = u32::try_from(table.initial) else {
        return Ok(None);
    };
    let mut slots = existing_slots(module)?;
    let mut slimming = Slimming { first_slot, ..Slimming::default() };
    for export in &module.exports {
        if export.kind != ExternalKind::Func || keep(export.name) {
            slimming.kept.push(*export);
            continue;
        }
        let next = u32::try_from(slimming.appended.len()).ok().and_then(|count| first_slot.checked_add(count));
        let Some(next) = next else { return Ok(None) };
        let slot = *slots.entry(export.index).or_insert_with(|| {
            slimming.appended.push(export.index);
            next
        });
        slimming.removed.push((*export, slot));
    }
    Ok((!slimming.removed.is_empty()).then_some(slimming))
}

/// The type of table 0, if the module defines it and it holds functions.
fn own_table(module: &Module<'_>) -> Result<Option<TableType>> {
    if module.imports.iter().any(|import| matches!(import.ty, TypeRef::Table(_))) {
        return Ok(None);
    }
    let Some(first) = module.tables.clone().and_then(|tables| tables.into_iter().next()) else {
        return Ok(None);
    };
    let table = first?.ty;
    Ok((table.element_type.is_func_ref() && !table.table64).then_some(table))
}

/// The slots in which the element segments leave functions; a function in several has the first.
fn existing_slots(module: &Module<'_>) -> Result<HashMap<u32, u32>> {
    // By slot first: a later segment may overwrite an earlier one.
    let mut table = BTreeMap::new();
    for element in &module.elements {
        let ElementKind::Active { table_index: None | Some(0), offset_expr } = &element.kind else {
            continue;
        };
        let Some(Value { base: None, offset }) = evaluate(offset_expr)? else {
            continue;
        };
        for (slot, function) in (u64::from(offset)..).zip(functions(&element.items)?) {
            if let Ok(slot) = u32::try_from(slot) {
                table.insert(slot, function);
            }
        }
    }
    let mut slots = HashMap::new();
    for (slot, function) in table {
        if let Some(function) = function {
            slots.entry(function).or_insert(slot);
        }
    }
    Ok(slots)
}

/// The functions of an element segment; `None` where an item is not simply a function.
pub(crate) fn functions(items: &ElementItems<'_>) -> Result<Vec<Option<u32>>> {
    let mut functions = Vec::new();
    match items {
        ElementItems::Functions(items) => {
            for function in items.clone() {
                functions.push(Some(function?));
            }
        }
        ElementItems::Expressions(_, items) => {
            for item in items.clone() {
                functions.push(match item?.get_operators_reader().read()? {
                    Operator::RefFunc { function_index } => Some(function_index),
                    _ => None,
                });
            }
        }
    }
    Ok(functions)
}
