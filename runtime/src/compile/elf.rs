//! Artifacts are ELF files. The engine reads their symbol table whenever it loads one, and never looks anything up in it.

/// Offset of the section headers' offset in an ELF header of 64 bits.
const SECTIONS_AT: usize = 0x28;
/// Offsets of the size and the number of section headers.
const ENTRY_SIZE_AT: usize = 0x3a;
const COUNT_AT: usize = 0x3c;
/// Offsets of the type and the size in a section header.
const TYPE_AT: usize = 4;
const SIZE_AT: usize = 0x20;
/// The type of a symbol table.
const SYMTAB: u32 = 2;
/// What a file of 64 bits, little-endian, begins with.
const MAGIC: &[u8] = b"\x7fELF\x02\x01";

/// Makes the symbol table empty for whoever reads the file. What is no such file stays as it is.
pub(crate) fn hide_symbols(file: &mut [u8]) {
    if !file.starts_with(MAGIC) {
        return;
    }
    let Some((start, size, count)) = headers(file) else { return };
    for header in (0..count).map(|index| start + index * size) {
        if number(file, header + TYPE_AT, 4) == Some(u64::from(SYMTAB))
            && let Some(field) = file.get_mut(header + SIZE_AT..header + SIZE_AT + 8)
        {
            field.fill(0);
        }
    }
}

/// Where the section headers begin, how long one is, and how many there are.
fn headers(file: &[u8]) -> Option<(usize, usize, usize)> {
    let start = usize::try_from(number(file, SECTIONS_AT, 8)?).ok()?;
    let size = number(file, ENTRY_SIZE_AT, 2)? as usize;
    let count = number(file, COUNT_AT, 2)? as usize;
    let end = size.checked_mul(count)?.checked_add(start)?;
    (end <= file.len()).then_some((start, size, count))
}

fn number(file: &[u8], at: usize, bytes: usize) -> Option<u64> {
    let field = file.get(at..at.checked_add(bytes)?)?;
    Some(field.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of a header and two section headers, of the given types, each of 99 bytes.
    fn file(types: [u32; 2]) -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        file.resize(64 + 2 * 64, 0);
        file[SECTIONS_AT] = 64;
        file[ENTRY_SIZE_AT] = 64;
        file[COUNT_AT] = 2;
        for (index, ty) in types.into_iter().enumerate() {
            let header = 64 + index * 64;
            file[header + TYPE_AT..][..4].copy_from_slice(&ty.to_le_bytes());
            file[header + SIZE_AT] = 99;
        }
        file
    }

    #[test]
    fn symbols_alone_are_hidden() {
        let mut hidden = file([1, SYMTAB]);
        hide_symbols(&mut hidden);
        assert_eq!([64, 128].map(|header| hidden[header + SIZE_AT]), [99, 0]);
    }

    #[test]
    fn what_is_cut_off_or_foreign_stays() {
        let whole = file([SYMTAB, SYMTAB]);
        for mut bytes in [whole[..100].to_vec(), b"PK\x03\x04".to_vec(), whole[..10].to_vec(), Vec::new()] {
            let before = bytes.clone();
            hide_symbols(&mut bytes);
            assert_eq!(bytes, before);
        }
    }
}
