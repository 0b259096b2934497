//! Reads descriptions of structs.

use super::{FieldType, MOST_BYTES, MOST_VALUES, NumberType, StructLayout};
use crate::error::Error;
use crate::module::error::ModuleError;

/// Limit: structs and arrays inside each other.
const MOST_NESTED: u32 = 32;

impl StructLayout {
    /// Reads a description, such as `{"x": f64, "n": i32}`; quotes may be left out.
    ///
    /// # Errors
    /// [`Error::Module`], which says where it is wrong.
    pub fn parse(description: &str) -> Result<Self, Error> {
        Ok(layout(description)?)
    }
}

/// Reads the description of a struct.
fn layout(text: &str) -> Result<StructLayout, ModuleError> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    reader.space();
    let layout = reader.layout()?;
    reader.space();
    if reader.rest().is_empty() { Ok(layout) } else { Err(reader.wrong("nothing should follow the struct")) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn wrong(&self, why: impl Into<String>) -> ModuleError {
        ModuleError::Layout { at: self.at, why: why.into() }
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// Takes a sign, and the space behind it.
    fn sign(&mut self, sign: char) -> bool {
        let there = self.rest().starts_with(sign);
        if there {
            self.at += sign.len_utf8();
            self.space();
        }
        there
    }

    fn need(&mut self, sign: char) -> Result<(), ModuleError> {
        if self.sign(sign) { Ok(()) } else { Err(self.wrong(format!("'{sign}' should be here"))) }
    }

    /// Takes a word, and the space behind it.
    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        self.at += end;
        self.space();
        rest.get(..end).unwrap_or_default()
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, ModuleError>) -> Result<T, ModuleError> {
        if self.depth == MOST_NESTED {
            return Err(self.wrong(format!("types are nested more than {MOST_NESTED} deep")));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn layout(&mut self) -> Result<StructLayout, ModuleError> {
        self.need('{')?;
        let mut fields: Vec<(String, FieldType)> = Vec::new();
        while !self.sign('}') {
            let name = self.name()?;
            self.need(':')?;
            fields.push((name, self.nested(Self::ty)?));
            if !self.sign(',') && !self.rest().starts_with('}') {
                return Err(self.wrong("',' or '}' should be here"));
            }
        }
        StructLayout::new(fields).map_err(|why| {
            self.at = self.at.saturating_sub(1);
            self.wrong(why)
        })
    }

    fn name(&mut self) -> Result<String, ModuleError> {
        if self.rest().starts_with('"') {
            let start = self.at;
            let quoted = self.rest().get(1..).unwrap_or_default();
            let Some(end) = quoted.find('"') else { return Err(self.wrong("a '\"' ends the name")) };
            self.at = start + end + 2;
            self.space();
            return Ok(quoted.get(..end).unwrap_or_default().to_owned());
        }
        let start = self.at;
        let name = self.word();
        if name.is_empty() {
            self.at = start;
            return Err(self.wrong("a field's name or '}' should be here"));
        }
        Ok(name.to_owned())
    }

    fn ty(&mut self) -> Result<FieldType, ModuleError> {
        if self.rest().starts_with('{') {
            return Ok(FieldType::Struct(self.layout()?));
        }
        if self.sign('[') {
            return self.array();
        }
        let start = self.at;
        let name = self.word();
        let found = NumberType::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, ty)| FieldType::Number(*ty)).ok_or_else(|| {
            self.at = start;
            let known: Vec<&str> = NumberType::ALL.iter().map(|(name, _)| *name).collect();
            self.wrong(format!("{name:?} is no type; there are {}, '[T; N]' and '{{…}}'", known.join(", ")))
        })
    }

    fn array(&mut self) -> Result<FieldType, ModuleError> {
        let element = self.nested(Self::ty)?;
        self.need(';')?;
        let start = self.at;
        let Ok(count) = self.word().parse::<u32>() else {
            self.at = start;
            return Err(self.wrong("how many elements it has should be here"));
        };
        if u64::from(element.size()) * u64::from(count) > MOST_BYTES {
            return Err(self.wrong("the array is larger than 2 GiB"));
        }
        let array = FieldType::Array(Box::new(element), count);
        if array.values() > MOST_VALUES {
            return Err(self.wrong(format!("the array has more than {MOST_VALUES} values")));
        }
        self.need(']')?;
        Ok(array)
    }
}
