//! The command line and the environment.

use pyrun_emscripten_shim::{GuestMem, GuestPtr, wasi};
use pyrun_memfs::{Errno, Result};

use crate::env::Call;

functions! {
    /// The command line and the environment.
    pub(super) static ARGUMENTS: "arguments and environment" in "wasi_snapshot_preview1" {
        Full(Environment, Time) "args_get" => args_get(pointers: GuestPtr<u32>, strings: u32);
        Full(Environment, Time) "args_sizes_get" => args_sizes_get(count: GuestPtr<u32>, bytes: GuestPtr<u32>);
        Full(Environment, Time) "environ_get" => environ_get(pointers: GuestPtr<u32>, strings: u32);
        Full(Environment, Time) "environ_sizes_get" => environ_sizes_get(count: GuestPtr<u32>, bytes: GuestPtr<u32>);
    }
}

fn args_sizes_get(call: &mut Call<'_>, count: GuestPtr<u32>, bytes: GuestPtr<u32>) -> Result<()> {
    let (len, size) = sizes(&call.kernel.args)?;
    call.mem.read(bytes)?;
    call.mem.write(count, len)?;
    Ok(call.mem.write(bytes, size)?)
}

fn args_get(call: &mut Call<'_>, pointers: GuestPtr<u32>, strings: u32) -> Result<()> {
    put(&mut call.mem, &call.kernel.args, pointers, strings)
}

fn environ_sizes_get(call: &mut Call<'_>, count: GuestPtr<u32>, bytes: GuestPtr<u32>) -> Result<()> {
    wasi::environ_sizes_get(&mut call.shim(), count, bytes)
}

fn environ_get(call: &mut Call<'_>, pointers: GuestPtr<u32>, strings: u32) -> Result<()> {
    wasi::environ_get(&mut call.shim(), pointers, strings)
}

/// How many strings, and their bytes with the NULs.
fn sizes(strings: &[Vec<u8>]) -> Result<(u32, u32)> {
    let bytes: usize = strings.iter().map(|string| string.len() + 1).sum();
    let bytes = u32::try_from(bytes).map_err(|_| Errno::Overflow)?;
    Ok((u32::try_from(strings.len()).map_err(|_| Errno::Overflow)?, bytes))
}

/// Pointers at `pointers`, strings with their NULs one after the other at `at`.
fn put(mem: &mut GuestMem<'_>, strings: &[Vec<u8>], pointers: GuestPtr<u32>, mut at: u32) -> Result<()> {
    let (_, size) = sizes(strings)?;
    mem.bytes(pointers.addr(), strings.len() * 4)?;
    mem.bytes(at, size as usize)?;
    for (slot, string) in (0..).zip(strings) {
        mem.write(pointers.at(slot), at)?;
        mem.write_c_str(at, string.len() + 1, string)?;
        at = at.wrapping_add(string.len() as u32 + 1);
    }
    Ok(())
}
