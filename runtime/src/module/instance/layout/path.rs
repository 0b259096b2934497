//! Reads paths to fields.

/// A step on the way to a field.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// A field of the struct.
    Name(&'a str),
    /// An element of the array.
    Index(u32),
}

/// Reads a path: `name`, then `.name` and `[index]`.
pub(super) fn steps(text: &str) -> Result<Vec<Step<'_>>, String> {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (number, after) = inside.split_once(']').ok_or("'[' needs a number and ']'")?;
            steps.push(Step::Index(number.parse().map_err(|_| "'[' needs a number and ']'")?));
            rest = after;
            continue;
        }
        let name = match (steps.is_empty(), rest.strip_prefix('.')) {
            (true, None) => rest,
            (false, Some(name)) => name,
            (true, Some(_)) => return Err("it begins with '.'".to_owned()),
            (false, None) => return Err("'.' or '[' should be between two fields".to_owned()),
        };
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (name, after) = name.split_at_checked(end).unwrap_or((name, ""));
        if name.is_empty() {
            return Err("there is no field between two dots".to_owned());
        }
        steps.push(Step::Name(name));
        rest = after;
    }
    Ok(steps)
}
