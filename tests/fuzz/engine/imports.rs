//! Any import of any release, with any arguments, in any order, over a small guest: no panic, no hang, no fault of ours. Then
//! the guest is frozen, its image is written, damaged and read, and what can still be read is restored.

#![no_main]

#[path = "../../../pyodide-loader/tests/arbitrary/machine.rs"]
mod machine;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use machine::{Argument, Call, Guest, Machine, imports, releases};
use pyrun_emscripten_shim::snapshot::{GuestImage, freeze, restore};
use pyrun_emscripten_shim::{Caller, HostImport, Trap};
use pyrun_pyodide_loader::KnownRelease;

/// So many calls find the same guest.
const CALLS: usize = 60;

static GUEST: LazyLock<Guest> = LazyLock::new(Guest::new);
static IMPORTS: LazyLock<Vec<(&KnownRelease, Vec<&HostImport>)>> =
    LazyLock::new(|| releases().into_iter().map(|release| (release, imports(release))).collect());

fuzz_target!(|bytes: &[u8]| {
    let mut decisions = Decisions(bytes);
    let (release, imports) = &IMPORTS[usize::from(decisions.byte()) % IMPORTS.len()];
    let mut machine = Machine::new(&GUEST, release, imports);
    for _ in 0..CALLS {
        if decisions.0.is_empty() {
            break;
        }
        let call = decisions.call(imports.len());
        if let Err(fault) = machine.call(&call) {
            panic!("{}: {fault}", release.version);
        }
    }
    let Ok(image) = freeze(&mut Caller::from_store(&machine.env, &mut machine.store), &[]) else { return };
    let mut stored = postcard::to_stdvec(&image).expect("an image can be written");
    let again: GuestImage = postcard::from_bytes(&stored).expect("what was written can be read");
    assert_eq!(postcard::to_stdvec(&again).expect("an image can be written"), stored);
    restored(&mut Machine::new(&GUEST, release, imports), &again);
    if let [.., high, low, value] = bytes
        && let position = usize::from(u16::from_be_bytes([*high, *low])) % stored.len()
        && let Some(byte) = stored.get_mut(position)
    {
        *byte = *value;
        if let Ok(image) = postcard::from_bytes::<GuestImage>(&stored) {
            restored(&mut Machine::new(&GUEST, release, imports), &image);
        }
    }
});

/// Gives a fresh guest what the image holds. An image that does not fit is refused; a guest that was restored can be used.
fn restored(machine: &mut Machine, image: &GuestImage) {
    let caller = &mut Caller::from_store(&machine.env, &mut machine.store);
    image.process.apply(&mut caller.env().process);
    match restore(caller, image) {
        Ok(()) => drop(freeze(caller, &[])),
        Err(bug @ Trap::Bug { .. }) => panic!("{bug}"),
        Err(_) => {}
    }
}

/// The input, as decisions.
struct Decisions<'b>(&'b [u8]);

impl Decisions<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn number(&mut self) -> u32 {
        u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()])
    }

    fn call(&mut self, imports: usize) -> Call {
        let index = usize::from(u16::from_le_bytes([self.byte(), self.byte()])) % imports;
        (index, std::array::from_fn(|_| self.argument()))
    }

    /// Mostly what means something: descriptors, flags, slots, addresses in and just beyond memory.
    fn argument(&mut self) -> Argument {
        let word = match self.byte() {
            small @ 0..80 => u32::from(small % 12),
            place @ 80..180 => u32::from(1 + place % 20) * 0x100,
            180..210 => self.number() % 0x2_0010,
            end @ 210..230 => u32::MAX - u32::from(end - 210),
            bit @ 230..250 => 1 << (bit % 32),
            _ => self.number(),
        };
        let wide = match word % 7 {
            0 => i64::MAX,
            1 => i64::MIN,
            2 => i64::from(word) << 31,
            _ => i64::from(word.cast_signed()),
        };
        let float = [f64::NAN, f64::INFINITY, -1.0, 0.5, f64::from(word)][word as usize % 5];
        Argument { word, wide, float }
    }
}
