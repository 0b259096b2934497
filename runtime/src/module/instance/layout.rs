//! C structs in a module's memory, described by text: names, types, and the layout that C gives them.
//!
//! The rules are those of the C ABI for wasm32: a field lies at the next multiple of its alignment, which for a number is its
//! size, for an array that of its elements, and for a struct the largest of its fields'; a struct's size is a multiple of its
//! alignment. Numbers are little-endian.

mod parse;
mod path;
mod value;

use std::collections::HashSet;

use crate::error::Error;
use crate::module::error::ModuleError;

pub use value::FieldValue;

/// Limit: bytes of a struct, and of an array in it.
const MOST_BYTES: u64 = 1 << 31;
/// Limit: values in a struct, each of which takes some 32 bytes when the whole is read; those of a text, of `u8`, count as one.
const MOST_VALUES: u64 = 1 << 22;
/// Limit: fields of a struct.
const MOST_FIELDS: usize = 10_000;

/// The layout of a struct.
///
/// | type in the description | is |
/// |---|---|
/// | `i8`, `i16`, `i32`, `i64`, `u8`, `u16`, `u32`, `u64` | an integer |
/// | `f32`, `f64` | a floating-point number |
/// | `bool` | a byte that is 0 or 1 |
/// | `ptr` | an address: as `u32` |
/// | `[T; N]` | an array; one of `u8` is bytes, such as a text |
/// | `{a: T, b: T}` | a struct inside |
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// # let wasm = wat::parse_str(r#"(module (memory (export "memory") 1))"#).unwrap();
/// # let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// # let mut instance = engine.module(wasm)?.instance().start()?;
/// let layout = pyrun::StructLayout::parse(r#"{"x": f64, "n": i32, "name": [u8; 16], "at": [{x: i16, y: i16}; 2]}"#)?;
/// assert_eq!((layout.size(), layout.alignment()), (40, 8));
/// let mut memory = instance.memory()?;
/// layout.write_field(&mut memory, 64, "n", 7)?;
/// layout.write_field(&mut memory, 64, "name", "Ada")?;
/// layout.write_field(&mut memory, 64, "at[1].y", -3)?;
/// assert_eq!(layout.read_field(&memory, 64, "at[1].y")?, pyrun::FieldValue::Int(-3));
/// assert_eq!(layout.read_field(&memory, 64, "name")?.as_text(), Some("Ada"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StructLayout {
    fields: Vec<StructField>,
    size: u32,
    alignment: u32,
    /// How many values it is read as.
    values: u64,
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StructField {
    /// Its name.
    pub name: String,
    /// Bytes from the start of the struct.
    pub offset: u32,
    /// Its type.
    pub ty: FieldType,
}

/// The type of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldType {
    /// A number.
    Number(NumberType),
    /// Elements one behind the other, and how many.
    Array(Box<FieldType>, u32),
    /// A struct inside.
    Struct(StructLayout),
}

/// The type of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names say it")]
pub enum NumberType {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F32,
    F64,
    Bool,
    Pointer,
}

impl NumberType {
    const ALL: [(&'static str, Self); 12] = [
        ("i8", Self::I8),
        ("i16", Self::I16),
        ("i32", Self::I32),
        ("i64", Self::I64),
        ("u8", Self::U8),
        ("u16", Self::U16),
        ("u32", Self::U32),
        ("u64", Self::U64),
        ("f32", Self::F32),
        ("f64", Self::F64),
        ("bool", Self::Bool),
        ("ptr", Self::Pointer),
    ];

    const fn size(self) -> u32 {
        match self {
            Self::I8 | Self::U8 | Self::Bool => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 | Self::Pointer => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, ty)| *ty == self).map_or("", |(name, _)| name)
    }
}

impl FieldType {
    /// Bytes that it takes.
    #[must_use]
    pub fn size(&self) -> u32 {
        match self {
            Self::Number(number) => number.size(),
            // Checked when the layout was made.
            Self::Array(element, count) => element.size().saturating_mul(*count),
            Self::Struct(layout) => layout.size,
        }
    }

    /// How many values it is read as.
    fn values(&self) -> u64 {
        match self {
            Self::Number(_) => 1,
            Self::Array(element, _) if **element == Self::Number(NumberType::U8) => 1,
            Self::Array(element, count) => element.values().saturating_mul((*count).into()).saturating_add(1),
            Self::Struct(layout) => layout.values,
        }
    }

    /// Its address is a multiple of this.
    #[must_use]
    pub fn alignment(&self) -> u32 {
        match self {
            Self::Number(number) => number.size(),
            Self::Array(element, _) => element.alignment(),
            Self::Struct(layout) => layout.alignment,
        }
    }
}

impl StructLayout {
    /// A struct of these fields in this order, or why that cannot be.
    fn new(fields: impl IntoIterator<Item = (String, FieldType)>) -> Result<Self, &'static str> {
        const TOO_LARGE: &str = "the struct is larger than 2 GiB";
        let (mut laid_out, mut end, mut alignment): (Vec<StructField>, u64, u32) = (Vec::new(), 0, 1);
        let (mut names, mut values) = (HashSet::new(), 1_u64);
        for (name, ty) in fields {
            let offset = end.next_multiple_of(ty.alignment().into());
            end = offset + u64::from(ty.size());
            alignment = alignment.max(ty.alignment());
            values = values.saturating_add(ty.values());
            if end > MOST_BYTES {
                return Err(TOO_LARGE);
            }
            if values > MOST_VALUES || laid_out.len() == MOST_FIELDS {
                return Err("the struct has more than 4,194,304 values, or 10,000 fields");
            }
            if !names.insert(name.clone()) {
                return Err("two fields have one name");
            }
            laid_out.push(StructField { name, offset: u32::try_from(offset).map_err(|_| TOO_LARGE)?, ty });
        }
        let size = u32::try_from(end.next_multiple_of(alignment.into())).map_err(|_| TOO_LARGE)?;
        Ok(Self { fields: laid_out, size, alignment, values })
    }

    /// Bytes that it takes, what pads it at its end included.
    #[must_use]
    pub const fn size(&self) -> u32 {
        self.size
    }

    /// Its address should be a multiple of this; reading and writing do not ask for it.
    #[must_use]
    pub const fn alignment(&self) -> u32 {
        self.alignment
    }

    /// Its fields in order.
    #[must_use]
    pub fn fields(&self) -> &[StructField] {
        &self.fields
    }

    /// Where a field lies, by a path such as `n`, `at[1].y`: bytes from the start of the struct, and its type.
    ///
    /// # Errors
    /// [`Error::Module`], when there is no such field or element.
    pub fn field(&self, path: &str) -> Result<(u32, &FieldType), Error> {
        let wrong = |why: String| ModuleError::Field { path: path.to_owned(), why };
        let (mut offset, mut inside, mut here): (u32, Option<&FieldType>, &Self) = (0, None, self);
        for step in path::steps(path).map_err(wrong)? {
            match step {
                path::Step::Name(name) => {
                    match inside {
                        None => {}
                        Some(FieldType::Struct(layout)) => here = layout,
                        Some(_) => return Err(wrong(format!("only a struct has a field {name:?}")).into()),
                    }
                    let found = here.fields.iter().find(|field| field.name == name);
                    let field = found.ok_or_else(|| {
                        let names: Vec<&str> = here.fields.iter().map(|field| field.name.as_str()).collect();
                        wrong(format!("there is no {name:?}; there are {}", names.join(", ")))
                    })?;
                    (offset, inside) = (offset + field.offset, Some(&field.ty));
                }
                path::Step::Index(index) => {
                    let Some(FieldType::Array(element, count)) = inside else {
                        return Err(wrong("only an array has elements".to_owned()).into());
                    };
                    if index >= *count {
                        return Err(wrong(format!("there are {count} elements, counted from 0")).into());
                    }
                    (offset, inside) = (offset + index * element.size(), Some(element.as_ref()));
                }
            }
        }
        inside.map(|ty| (offset, ty)).ok_or_else(|| wrong("it is empty".to_owned()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_lie_where_c_puts_them() {
        // As `offsetof` and `sizeof` of clang say for wasm32.
        for (text, size, alignment, offsets) in [
            ("{a: i8}", 1, 1, &[0][..]),
            ("{a: i8, b: i32, c: i8}", 12, 4, &[0, 4, 8]),
            ("{a: i8, b: i64, c: i16}", 24, 8, &[0, 8, 16]),
            ("{x: f64, n: i32, name: [u8; 16]}", 32, 8, &[0, 8, 12]),
            ("{a: i8, b: [i16; 3], c: i8}", 10, 2, &[0, 2, 8]),
            ("{a: i8, b: {x: i8, y: f64}, c: i8}", 32, 8, &[0, 8, 24]),
            ("{p: ptr, on: bool, q: ptr}", 12, 4, &[0, 4, 8]),
            ("{a: [{x: i8, y: i16}; 3], b: i8}", 14, 2, &[0, 12]),
            ("{a: [i64; 0], b: i8}", 8, 8, &[0, 0]),
            ("{}", 0, 1, &[]),
        ] {
            let layout = StructLayout::parse(text).unwrap();
            assert_eq!((layout.size(), layout.alignment()), (size, alignment), "{text}");
            assert_eq!(layout.fields().iter().map(|field| field.offset).collect::<Vec<_>>(), offsets, "{text}");
        }
    }

    #[test]
    fn paths_lead_to_fields() {
        let layout = StructLayout::parse("{a: i8, at: [{x: i16, y: [i32; 2]}; 3]}").unwrap();
        for (path, want) in [("a", 0), ("at", 4), ("at[0]", 4), ("at[2].x", 28), ("at[1].y[1]", 24)] {
            assert_eq!(layout.field(path).map(|(offset, _)| offset).unwrap(), want, "{path}");
        }
        for (path, why) in [
            ("b", "there are a, at"),
            ("", "it is empty"),
            ("a.x", "only a struct"),
            ("a[0]", "only an array"),
            ("at[3]", "3 elements"),
            ("at.x", "only a struct"),
            ("at[", "a number and ']'"),
            ("at[x]", "a number and ']'"),
            ("at[99999999999]", "a number and ']'"),
            ("at[0]x", "'.' or '['"),
            ("at..x", "no field"),
        ] {
            let error = layout.field(path).unwrap_err().to_string();
            assert!(error.contains(why), "{path}: {error}");
        }
    }

    #[test]
    fn what_is_no_description_says_where() {
        let deep = format!("{}i8{}", "{a:".repeat(200), "}".repeat(200));
        for (text, at, why) in [
            ("", 0, "'{'"),
            ("{", 1, "a field's name or '}'"),
            ("{a}", 2, "':'"),
            ("{a: i9}", 4, "i9"),
            ("{a: [i8 3]}", 8, "';'"),
            ("{a: [i8; x]}", 9, "how many"),
            ("{a: [i8; 3}", 10, "']'"),
            ("{a: i8 b: i8}", 7, "',' or '}'"),
            ("{a: i8} x", 8, "nothing"),
            ("{a: i8, a: i8}", 13, "two fields"),
            ("{a: [i64; 4294967295]}", 20, "larger"),
            ("{a: [[[i64; 65536]; 65536]; 65536]}", 25, "larger"),
            ("{\"a: i8}", 1, "'\"'"),
            (&deep, 99, "nested"),
        ] {
            let error = StructLayout::parse(text).unwrap_err();
            let Error::Module(ModuleError::Layout { at: found, why: says }) = &error else { panic!("{error}") };
            assert!(*found == at && says.contains(why), "{text}: {error}");
        }
    }
}
