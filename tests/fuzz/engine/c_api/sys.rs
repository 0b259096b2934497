//! The calls. Pointers are null, or to what is there; sizes are those of what they point to, and each handle is freed once.

use std::ffi::c_void;
use std::ptr::{self, null, null_mut};
use std::sync::LazyLock;

// Its symbols are the ones below.
use pyrun_capi as _;

use super::Decisions;

type Ptr = *mut c_void;

/// `pyrun_value`.
#[derive(Clone, Copy)]
#[repr(C)]
struct Value {
    kind: u32,
    flags: u32,
    words: [u64; 2],
}

/// `pyrun_buffer`, large enough.
#[repr(C, align(8))]
struct Buffer([u8; 192]);
/// What is said of its size.
const BUFFER_SIZE: usize = 8 + 8 + 8 + 4 * 4 + 16 + 64 + 64;

unsafe extern "C" {
    fn pyrun_result_code(result: Ptr) -> i32;
    fn pyrun_result_value(result: Ptr) -> *const Value;
    fn pyrun_result_text(result: Ptr, what: i32, size: *mut usize) -> *const u8;
    fn pyrun_result_frame(result: Ptr, index: usize) -> Ptr;
    fn pyrun_result_free(result: Ptr);
    fn pyrun_settings_new() -> Ptr;
    fn pyrun_settings_free(settings: Ptr);
    fn pyrun_settings_release(settings: Ptr, text: *const u8, size: usize) -> i32;
    fn pyrun_settings_engine(settings: Ptr, engine: Ptr) -> i32;
    fn pyrun_settings_snapshot(settings: Ptr, snapshot: Ptr) -> i32;
    fn pyrun_settings_package(settings: Ptr, text: *const u8, size: usize) -> i32;
    fn pyrun_settings_env(settings: Ptr, name: *const u8, size: usize, value: *const u8, value_size: usize) -> i32;
    fn pyrun_settings_working_folder(settings: Ptr, text: *const u8, size: usize) -> i32;
    fn pyrun_settings_limit(settings: Ptr, limit: i32, value: u64) -> i32;
    fn pyrun_create(settings: Ptr, py: *mut Ptr, error: *mut Ptr) -> i32;
    fn pyrun_destroy(py: Ptr) -> i32;
    fn pyrun_interrupt(py: Ptr);
    fn pyrun_exec(py: Ptr, text: *const u8, size: usize, error: *mut Ptr) -> i32;
    fn pyrun_eval(py: Ptr, text: *const u8, size: usize, result: *mut Ptr) -> i32;
    fn pyrun_eval_object(py: Ptr, text: *const u8, size: usize, object: *mut Ptr, error: *mut Ptr) -> i32;
    fn pyrun_import(py: Ptr, text: *const u8, size: usize, module: *mut Ptr, error: *mut Ptr) -> i32;
    fn pyrun_set_global(py: Ptr, text: *const u8, size: usize, value: *const Value, error: *mut Ptr) -> i32;
    fn pyrun_start(py: Ptr, text: *const u8, size: usize, error: *mut Ptr) -> i32;
    fn pyrun_poll(py: Ptr) -> i32;
    fn pyrun_take(py: Ptr, result: *mut Ptr) -> i32;
    fn pyrun_object_new(py: Ptr, value: *const Value, object: *mut Ptr, error: *mut Ptr) -> i32;
    fn pyrun_object_value(py: Ptr, object: Ptr, result: *mut Ptr) -> i32;
    fn pyrun_object_int(py: Ptr, object: Ptr, number: *mut i64, error: *mut Ptr) -> i32;
    fn pyrun_object_length(py: Ptr, object: Ptr, length: *mut u64, error: *mut Ptr) -> i32;
    fn pyrun_object_text(py: Ptr, object: Ptr, what: i32, result: *mut Ptr) -> i32;
    fn pyrun_object_clone(object: Ptr) -> Ptr;
    fn pyrun_object_free(object: Ptr);
    fn pyrun_getattr(py: Ptr, object: Ptr, text: *const u8, size: usize, item: *mut Ptr, error: *mut Ptr) -> i32;
    fn pyrun_setattr(py: Ptr, object: Ptr, text: *const u8, size: usize, value: *const Value, error: *mut Ptr) -> i32;
    fn pyrun_getitem(py: Ptr, object: Ptr, key: *const Value, item: *mut Ptr, error: *mut Ptr) -> i32;
    fn pyrun_setitem(py: Ptr, object: Ptr, key: *const Value, value: *const Value, error: *mut Ptr) -> i32;
    fn pyrun_delitem(py: Ptr, object: Ptr, key: *const Value, error: *mut Ptr) -> i32;
    fn pyrun_iter(py: Ptr, object: Ptr, iterator: *mut Ptr, error: *mut Ptr) -> i32;
    fn pyrun_next(py: Ptr, iterator: Ptr, item: *mut Ptr, error: *mut Ptr) -> i32;
    fn pyrun_call(
        py: Ptr,
        callee: Ptr,
        arguments: *const Value,
        count: usize,
        named: *const Value,
        result: *mut Ptr,
    ) -> i32;
    fn pyrun_buffer_acquire(py: Ptr, object: Ptr, flags: u32, buffer: *mut Buffer, size: usize, error: *mut Ptr)
    -> i32;
    fn pyrun_buffer_release(py: Ptr, buffer: *mut Buffer) -> i32;
    fn pyrun_engine_create(settings: Ptr, engine: *mut Ptr, error: *mut Ptr) -> i32;
    fn pyrun_snapshot_take(py: Ptr, snapshot: *mut Ptr, error: *mut Ptr) -> i32;
    fn pyrun_reset(py: Ptr, error: *mut Ptr) -> i32;
}

/// An engine and a snapshot that each input starts from.
struct Start {
    engine: usize,
    snapshot: usize,
}

static START: LazyLock<Start> = LazyLock::new(|| {
    let (mut engine, mut py, mut snapshot) = (null_mut(), null_mut(), null_mut());
    // SAFETY: the places for results are valid, and null settings are the defaults.
    unsafe {
        assert_eq!(pyrun_engine_create(null_mut(), &mut engine, null_mut()), 0, "a release is needed");
        let settings = pyrun_settings_new();
        assert_eq!(pyrun_settings_engine(settings, engine), 0);
        assert_eq!(pyrun_create(settings, &mut py, null_mut()), 0);
        assert_eq!(pyrun_snapshot_take(py, &mut snapshot, null_mut()), 0);
        pyrun_destroy(py);
        pyrun_settings_free(settings);
    }
    Start { engine: engine as usize, snapshot: snapshot as usize }
});

/// An interpreter, any calls of it, and its end.
pub(crate) fn session(bytes: &[u8]) {
    let mut decide = Decisions(bytes);
    // SAFETY: pointers are null, or to what is there until the end of this function; each is freed once.
    unsafe {
        let settings = pyrun_settings_new();
        pyrun_settings_engine(settings, START.engine as Ptr);
        pyrun_settings_snapshot(settings, START.snapshot as Ptr);
        if decide.byte() & 3 == 0 {
            configure(settings, &mut decide);
        }
        let (mut py, mut error) = (null_mut(), null_mut());
        let code = pyrun_create(settings, &mut py, &mut error);
        assert!(is_code(code) && (code == 0) != py.is_null(), "pyrun_create: {code}");
        pyrun_result_free(error);
        pyrun_settings_free(settings);
        let mut session = Session { py, objects: Vec::new(), buffers: Vec::new(), decide };
        while !session.decide.0.is_empty() {
            session.step();
        }
        session.end();
    }
}

/// Settings that may be refused, or make the start fail.
unsafe fn configure(settings: Ptr, decide: &mut Decisions<'_>) {
    let (name, other) = (decide.name(), decide.name());
    // SAFETY: as the caller's.
    let code = unsafe {
        match decide.byte() % 5 {
            0 => pyrun_settings_release(settings, name.0, name.1),
            1 => pyrun_settings_package(settings, name.0, name.1),
            2 => pyrun_settings_env(settings, name.0, name.1, other.0, other.1),
            3 => pyrun_settings_working_folder(settings, name.0, name.1),
            _ => pyrun_settings_limit(settings, i32::from(decide.byte()) - 2, u64::from(decide.byte()) << 16),
        }
    };
    assert!(is_code(code), "settings: {code}");
}

fn is_code(code: i32) -> bool {
    // PYRUN_OK, _EXCEPTION and _EXIT, and the errors but PYRUN_INTERNAL and those of the other header.
    (-10..=2).contains(&code)
}

struct Session<'b> {
    py: Ptr,
    objects: Vec<Ptr>,
    buffers: Vec<Box<Buffer>>,
    decide: Decisions<'b>,
}

impl Session<'_> {
    /// The interpreter, seldom none.
    fn py(&mut self) -> Ptr {
        if self.decide.byte() == 255 { null_mut() } else { self.py }
    }

    fn object(&mut self) -> Ptr {
        let choice = usize::from(self.decide.byte());
        self.objects.get(choice % (self.objects.len() + 1)).copied().unwrap_or(null_mut())
    }

    /// A value of any kind with contents that are there, whether they suit it or not.
    fn value(&mut self, items: &mut Vec<Value>) -> Value {
        let kind = u32::from(self.decide.byte() % 21);
        let flags = u32::from(self.decide.byte() == 255);
        let words = match kind {
            3 | 6 | 7 | 13..=16 => {
                let (text, size) = self.decide.text();
                [text as u64, size as u64]
            }
            8..=12 if items.capacity() - items.len() > 3 => {
                let start = items.len();
                for _ in 0..self.decide.byte() % 3 {
                    let (kind, number) = (u32::from(self.decide.byte() % 3), u64::from(self.decide.byte()));
                    items.push(Value { kind, flags: 0, words: [number, 0] });
                }
                // The items stay where they are: `items` has its room from the start.
                [items.as_ptr().wrapping_add(start) as u64, (items.len() - start) as u64]
            }
            8..=12 | 18 | 19 => [0, u64::from(self.decide.byte() == 255)],
            17 => [self.object() as u64, 0],
            _ => [self.decide.number(), self.decide.number()],
        };
        Value { kind, flags, words }
    }

    /// One call. # Safety: `py` and the objects are there.
    unsafe fn step(&mut self) {
        let choice = self.decide.byte() % 30;
        let (py, object) = (self.py(), self.object());
        let (text, size) = self.decide.text();
        let (name, name_size) = self.decide.name();
        let mut items = Vec::with_capacity(16);
        let values = [self.value(&mut items), self.value(&mut items)];
        let value: *const Value = if self.decide.byte() == 255 { null() } else { &values[0] };
        let (mut result, mut item) = (null_mut(), null_mut());
        let (mut number, mut length) = (0, 0);
        // SAFETY: as the caller's; the rest is on this stack.
        let code = unsafe {
            match choice {
                0 | 1 => pyrun_exec(py, text, size, &mut result),
                2 => pyrun_eval(py, text, size, &mut result),
                3..=5 => pyrun_eval_object(py, text, size, &mut item, &mut result),
                6 => pyrun_import(py, name, name_size, &mut item, &mut result),
                7 => pyrun_set_global(py, name, name_size, value, &mut result),
                8 => pyrun_start(py, text, size, &mut result),
                9 => pyrun_poll(py),
                10 => pyrun_take(py, &mut result),
                11 | 12 => pyrun_object_new(py, value, &mut item, &mut result),
                13 => pyrun_object_value(py, object, &mut result),
                14 => pyrun_object_int(py, object, &mut number, &mut result),
                15 => pyrun_object_length(py, object, &mut length, &mut result),
                16 => pyrun_object_text(py, object, i32::from(self.decide.byte()) - 2, &mut result),
                17 => {
                    item = pyrun_object_clone(object);
                    0
                }
                18 => pyrun_getattr(py, object, name, name_size, &mut item, &mut result),
                19 => pyrun_setattr(py, object, name, name_size, value, &mut result),
                20 => pyrun_getitem(py, object, value, &mut item, &mut result),
                21 => pyrun_setitem(py, object, value, &values[1], &mut result),
                22 => pyrun_delitem(py, object, value, &mut result),
                23 => pyrun_iter(py, object, &mut item, &mut result),
                24 => pyrun_next(py, object, &mut item, &mut result),
                25 => pyrun_call(py, object, values.as_ptr(), usize::from(self.decide.byte() % 3), null(), &mut result),
                26 => self.acquire(py, object, &mut result),
                27 => self.release(py),
                28 => {
                    pyrun_interrupt(py);
                    0
                }
                _ => pyrun_reset(py, &mut result),
            }
        };
        assert!(is_code(code), "call {choice}: {code}");
        self.objects.extend((!item.is_null()).then_some(item));
        look(result);
    }

    unsafe fn acquire(&mut self, py: Ptr, object: Ptr, error: &mut Ptr) -> i32 {
        let mut buffer = Box::new(Buffer([0; 192]));
        let size = if self.decide.byte() == 255 { BUFFER_SIZE - 1 } else { BUFFER_SIZE };
        let flags = u32::from(self.decide.byte() % 4);
        // SAFETY: as the caller's.
        let code = unsafe { pyrun_buffer_acquire(py, object, flags, &mut *buffer, size, error) };
        self.buffers.push(buffer);
        code
    }

    /// Gives back a buffer, which may not be lent.
    unsafe fn release(&mut self, py: Ptr) -> i32 {
        let choice = usize::from(self.decide.byte());
        let count = self.buffers.len();
        let buffer =
            self.buffers.get_mut(choice % (count + 1)).map_or(null_mut(), |buffer| ptr::from_mut(&mut **buffer));
        // SAFETY: as the caller's.
        unsafe { pyrun_buffer_release(py, buffer) }
    }

    /// Everything is given back, objects before or after their interpreter.
    unsafe fn end(mut self) {
        for buffer in &mut self.buffers {
            // SAFETY: as the caller's.
            unsafe { pyrun_buffer_release(self.py, &mut **buffer) };
        }
        let late = self.objects.len() / 2;
        for (index, object) in self.objects.iter().enumerate() {
            // SAFETY: each object is freed once, and the interpreter ended once.
            unsafe {
                if index == late {
                    assert_eq!(pyrun_destroy(std::mem::replace(&mut self.py, null_mut())), 0);
                }
                pyrun_object_free(*object);
            }
        }
        // SAFETY: as above; null is allowed.
        assert_eq!(unsafe { pyrun_destroy(self.py) }, 0);
    }
}

/// Reads all of a result, and frees it.
fn look(result: Ptr) {
    // SAFETY: it is null or was just given.
    unsafe {
        assert!(is_code(pyrun_result_code(result)));
        _ = pyrun_result_value(result);
        for what in -1..8 {
            let mut size = 0;
            let text = pyrun_result_text(result, what, &mut size);
            assert!(text.is_null() || std::str::from_utf8(std::slice::from_raw_parts(text, size)).is_ok());
        }
        _ = pyrun_result_frame(result, 0);
        pyrun_result_free(result);
    }
}
