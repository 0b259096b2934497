//! Merging data segments.
//!
//! The linker leaves a gap wherever data is zero; the main module has 14,581 segments, and the engine spends time and
//! memory on each at every start. Neighbours with small gaps become one segment whose gaps are filled with zeros.
//!
//! That must not be seen: a gap may be filled only when the memory is the module's own (so it starts as zeros) and
//! only when the place of every active segment of that memory is known. Segments that code names (`memory.init`,
//! `data.drop`) must keep their identity. When one of these does not hold, nothing is merged.

use wasm_encoder::{ConstExpr, DataSection, Encode};
use wasmparser::{Data, DataKind, TypeRef};

use crate::const_expr::{Value, evaluate};
use crate::error::{Result, TranslateError};
use crate::indices::IndexMap;
use crate::module::Module;

/// Data that is not in the module any more: whoever instantiates it writes it to memory 0 before anything runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataRun {
    /// Where it begins.
    pub address: u32,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A data section with fewer segments.
pub(crate) struct Merged {
    /// The contents of the section.
    pub(crate) section: DataSection,
    /// Number of segments.
    pub(crate) count: u32,
    /// Where the segments that are left alone went.
    pub(crate) indices: IndexMap,
    /// What was taken out, in order.
    pub(crate) apart: Vec<DataRun>,
}

/// A segment of memory 0 with its place.
struct Placed<'a> {
    start: u64,
    data: &'a [u8],
}

impl Placed<'_> {
    fn end(&self) -> u64 {
        self.start.saturating_add(u64::try_from(self.data.len()).unwrap_or(u64::MAX))
    }
}

/// Merges segments whose gaps are at most `max_gap` bytes, and takes them out of the module if they are to be `apart`;
/// `named` are the segments that code names.
pub(crate) fn merge(module: &Module<'_>, max_gap: u32, apart: bool, named: &[u32]) -> Result<Option<Merged>> {
    let Some(reader) = &module.data else {
        return Ok(None);
    };
    let mut named = named.to_vec();
    named.sort_unstable();
    let mut placed = Vec::new();
    let mut others = Vec::new();
    for (index, segment) in (0u32..).zip(reader.clone()) {
        let segment = segment?;
        match place(&segment)? {
            Place::At(start) if named.binary_search(&index).is_err() => {
                placed.push(Placed { start, data: segment.data });
            }
            Place::At(_) | Place::Unknown => return Ok(None),
            Place::Elsewhere => others.push((index, segment.range)),
        }
    }
    let own_memory = !module.imports.iter().any(|import| matches!(import.ty, TypeRef::Memory(_)));
    let runs = runs(&placed, if own_memory { u64::from(max_gap) } else { 0 });
    if runs.len() == placed.len() && !apart {
        return Ok(None);
    }
    encode(module, reader.count(), apart, &placed, &runs, &others).map(Some)
}

enum Place {
    /// In memory 0, at this address.
    At(u64),
    /// In memory 0, where the importer decides.
    Unknown,
    /// Passive, or in another memory.
    Elsewhere,
}

fn place(segment: &Data<'_>) -> Result<Place> {
    let DataKind::Active { memory_index: 0, offset_expr } = &segment.kind else {
        return Ok(Place::Elsewhere);
    };
    Ok(match evaluate(offset_expr)? {
        Some(Value { base: None, offset }) => Place::At(u64::from(offset)),
        _ => Place::Unknown,
    })
}

/// The address ranges that cover the segments, in order.
fn runs(placed: &[Placed<'_>], max_gap: u64) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = placed.iter().map(|segment| (segment.start, segment.end())).collect();
    ranges.sort_unstable();
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for (start, end) in ranges {
        match runs.last_mut() {
            Some(last) if start <= last.1.saturating_add(max_gap) => last.1 = last.1.max(end),
            _ => runs.push((start, end)),
        }
    }
    runs
}

fn encode(
    module: &Module<'_>,
    count: u32,
    apart: bool,
    placed: &[Placed<'_>],
    runs: &[(u64, u64)],
    others: &[(u32, core::ops::Range<u64>)],
) -> Result<Merged> {
    let bug = || TranslateError::malformed(0, "a data segment is out of range");
    let length = |(start, end): (u64, u64)| usize::try_from(end.saturating_sub(start)).map_err(|_| bug());
    let mut buffers = runs.iter().map(|run| Ok(vec![0; length(*run)?])).collect::<Result<Vec<Vec<u8>>>>()?;
    // In the order of the segments, so that later ones overwrite earlier ones.
    for segment in placed {
        let run = runs.partition_point(|run| run.0 <= segment.start).checked_sub(1).ok_or_else(bug)?;
        let start = length((runs.get(run).ok_or_else(bug)?.0, segment.start))?;
        let buffer = buffers.get_mut(run).and_then(|buffer| buffer.get_mut(start..start + segment.data.len()));
        buffer.ok_or_else(bug)?.copy_from_slice(segment.data);
    }
    let mut section = DataSection::new();
    let mut taken_out = Vec::new();
    for (run, bytes) in runs.iter().zip(buffers) {
        let address = u32::try_from(run.0).map_err(|_| bug())?;
        if apart {
            taken_out.push(DataRun { address, bytes });
        } else {
            section.active(0, &ConstExpr::i32_const(address.cast_signed()), bytes);
        }
    }
    let mut map = vec![u32::MAX; usize::try_from(count).map_err(|_| bug())?];
    for (old, range) in others {
        let new = section.len();
        section.raw(module.bytes(range.clone())?);
        *usize::try_from(*old).ok().and_then(|old| map.get_mut(old)).ok_or_else(bug)? = new;
    }
    Ok(Merged { count: section.len(), section, indices: IndexMap::new(map), apart: taken_out })
}

/// The contents of a data count section.
pub(crate) fn count_section(count: u32) -> Vec<u8> {
    let mut contents = Vec::new();
    count.encode(&mut contents);
    contents
}
