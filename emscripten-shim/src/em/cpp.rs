//! What an object is that C++ threw: its class, and what it says.
//!
//! The layouts are those of libc++abi for 32-bit WebAssembly (`cxa_exception.h`, `private_typeinfo.h`), which each module has
//! linked in. They are the guest's memory: everything is read with checks, and what does not look as expected is not told.

use wasmer::Value;

use super::thrown::Thrown;
use crate::guest::caller::Caller;
use crate::guest::mem::GuestPtr;
use crate::guest::trap::Trap;

/// `exception_class` of libc++abi's own exceptions, which the header of the unwinder begins with.
const OWN_CLASS: u64 = u64::from_be_bytes(*b"CLNGC++\0");
/// Where `__cxa_exception` begins before the header that is thrown, and the object after it.
const BEFORE_HEADER: u32 = 48;
const AFTER_HEADER: u32 = 32;
/// The base of all exceptions that have a `what()`.
const STD_EXCEPTION: &[u8] = b"St9exception";
/// The place of `what` in its table of virtual functions.
const WHAT: u32 = 2;
/// Limit: bases of a class that are walked through. A guest may make a ring of them.
const MAX_BASES: u32 = 32;
/// Limit: pointers to pointers in a name. One with more is shown as it is.
const MAX_POINTERS: u32 = 16;
/// Limit: bytes of a message.
const MAX_MESSAGE: usize = 64 << 10;

/// Describes what was thrown under the header of the unwinder.
pub(super) fn thrown(caller: &mut Caller<'_>, header: u32) -> Result<Thrown, Trap> {
    if caller.with_mem(|mem| mem.read(GuestPtr::<u64>::new(header)))? != Ok(OWN_CLASS) {
        return Ok(Thrown::Other);
    }
    let class = word(caller, header.wrapping_sub(BEFORE_HEADER))?.unwrap_or(0);
    describe(caller, header.wrapping_add(AFTER_HEADER), class)
}

/// Describes an object, given the address of its type information.
pub(super) fn describe(caller: &mut Caller<'_>, object: u32, class: u32) -> Result<Thrown, Trap> {
    let name = class_name(caller, class)?;
    let message = if is_std_exception(caller, class)? { what(caller, object)? } else { None };
    Ok(Thrown::Cpp { object, class: name.map(|name| demangle(&name)), message })
}

fn word(caller: &mut Caller<'_>, at: u32) -> Result<Option<u32>, Trap> {
    Ok(caller.with_mem(|mem| mem.read(GuestPtr::<u32>::new(at)))?.ok())
}

/// The mangled name in a type's information, if that looks like one.
fn class_name(caller: &mut Caller<'_>, class: u32) -> Result<Option<Vec<u8>>, Trap> {
    let Some(name) = word(caller, class.wrapping_add(4))?.filter(|_| class != 0) else { return Ok(None) };
    let text = caller.with_mem(|mem| mem.c_str(GuestPtr::new(name)).map(<[u8]>::to_vec))?;
    let looks = |text: &Vec<u8>| {
        !text.is_empty() && text.len() <= 4096 && text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    Ok(text.ok().filter(looks))
}

/// Whether a class has `std::exception` among its bases, along the first base of each.
fn is_std_exception(caller: &mut Caller<'_>, mut class: u32) -> Result<bool, Trap> {
    for _ in 0..MAX_BASES {
        match class_name(caller, class)? {
            Some(name) if name == STD_EXCEPTION => return Ok(true),
            // A pointer, a number: nothing with bases.
            Some(name) if name.first().is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'N' | b'S')) => {}
            _ => return Ok(false),
        }
        let Some(base) = word(caller, class.wrapping_add(8))? else { return Ok(false) };
        class = base;
    }
    Ok(false)
}

/// Calls the object's `what()`. An exception there is not told.
fn what(caller: &mut Caller<'_>, object: u32) -> Result<Option<String>, Trap> {
    let Some(table) = word(caller, object)? else { return Ok(None) };
    let Some(slot) = word(caller, table.wrapping_add(4 * WHAT))? else { return Ok(None) };
    let Ok(Some(function)) = caller.slot(slot) else { return Ok(None) };
    let is_what = {
        let ty = function.ty(&caller.store());
        ty.params() == [wasmer::Type::I32] && ty.results() == [wasmer::Type::I32]
    };
    if !is_what {
        return Ok(None);
    }
    let results = match caller.call_values(&function, &[Value::I32(object.cast_signed())]).map_err(Trap::flatten) {
        Ok(results) => results,
        // An exception of its own, or a trap: the object does not say what it is.
        Err(Trap::Guest(_) | Trap::Aborted(_) | Trap::Unresolved { .. } | Trap::MissingExport(_)) => return Ok(None),
        // It was stopped, or has ended.
        Err(ended) => return Err(ended),
    };
    let Some(Value::I32(text)) = results.first() else { return Ok(None) };
    let text = text.cast_unsigned();
    caller.with_mem(|mem| {
        let bytes = mem.c_str(GuestPtr::new(text)).ok()?;
        Some(String::from_utf8_lossy(bytes.get(..MAX_MESSAGE).unwrap_or(bytes)).into_owned())
    })
}

/// The name as C++ writes it, for plain names; others as they are.
fn demangle(mangled: &[u8]) -> String {
    let whole = |(text, rest): (String, &[u8])| rest.is_empty().then_some(text);
    name(mangled, 0).and_then(whole).unwrap_or_else(|| String::from_utf8_lossy(mangled).into_owned())
}

/// Names of types that have a letter of their own.
const BUILTIN: [(u8, &str); 13] = [
    (b'v', "void"),
    (b'b', "bool"),
    (b'c', "char"),
    (b'a', "signed char"),
    (b'h', "unsigned char"),
    (b's', "short"),
    (b't', "unsigned short"),
    (b'i', "int"),
    (b'j', "unsigned int"),
    (b'l', "long"),
    (b'm', "unsigned long"),
    (b'f', "float"),
    (b'd', "double"),
];

/// Reads a name below so many pointers.
fn name(text: &[u8], pointers: u32) -> Option<(String, &[u8])> {
    match text {
        [b'P', ..] if pointers == MAX_POINTERS => None,
        [b'P', b'K', rest @ ..] => name(rest, pointers + 1).map(|(inner, rest)| (format!("{inner} const*"), rest)),
        [b'P', rest @ ..] => name(rest, pointers + 1).map(|(inner, rest)| (format!("{inner}*"), rest)),
        [b'S', b't', rest @ ..] => part(rest).map(|(inner, rest)| (format!("std::{inner}"), rest)),
        [b'N', rest @ ..] => nested(rest),
        [letter, rest @ ..] if !letter.is_ascii_digit() => {
            let (_, builtin) = BUILTIN.iter().find(|(known, _)| known == letter)?;
            Some(((*builtin).to_owned(), rest))
        }
        _ => part(text),
    }
}

fn nested(text: &[u8]) -> Option<(String, &[u8])> {
    let (mut parts, mut rest) = (Vec::new(), text);
    if let [b'S', b't', more @ ..] = rest {
        parts.push("std".to_owned());
        rest = more;
    }
    loop {
        if let [b'E', more @ ..] = rest {
            return (!parts.is_empty()).then(|| (parts.join("::"), more));
        }
        let (one, more) = part(rest)?;
        // libc++'s inline namespace.
        if one != "__2" && one != "__1" {
            parts.push(one);
        }
        rest = more;
    }
}

/// A name with its length in front.
fn part(text: &[u8]) -> Option<(String, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let length: usize = std::str::from_utf8(text.get(..digits)?).ok()?.parse().ok()?;
    let end = digits.checked_add(length)?;
    let name = text.get(digits..end).filter(|name| !name.is_empty())?;
    Some((String::from_utf8_lossy(name).into_owned(), text.get(end..)?))
}

#[cfg(test)]
mod tests {
    use super::demangle;

    #[test]
    fn plain_names_are_shown_as_cpp_writes_them() {
        for (mangled, name) in [
            ("St13runtime_error", "std::runtime_error"),
            ("NSt3__212bad_functionE", "std::bad_function"),
            ("N5HiGHS2LP3ErrE", "HiGHS::LP::Err"),
            ("5Error", "Error"),
            ("i", "int"),
            ("PKc", "char const*"),
            ("N3fooIiE3barE", "N3fooIiE3barE"),
            ("99x", "99x"),
            ("99999999999999999999x", "99999999999999999999x"),
            ("N", "N"),
            ("NE", "NE"),
        ] {
            assert_eq!(demangle(mangled.as_bytes()), name);
        }
        assert_eq!(demangle(b"PPPPPPPPPPPPPPPPi"), format!("int{}", "*".repeat(16)));
        let deep = format!("{}i", "PK".repeat(2047));
        assert_eq!(demangle(deep.as_bytes()), deep, "nobody's stack is taken for it");
    }
}
