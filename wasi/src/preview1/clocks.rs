//! Clocks, entropy, and giving way.

use pyrun_emscripten_shim::{GuestPtr, wasi};
use pyrun_memfs::Result;

use crate::env::Call;

functions! {
    /// Clocks, entropy, and giving way.
    pub(super) static CLOCKS: "clocks and entropy" in "wasi_snapshot_preview1" {
        Full(Nothing, Time) "clock_res_get" => clock_res_get(clock: u32, out: GuestPtr<u64>);
        Full(Clocks, Time) "clock_time_get" => clock_time_get(clock: u32, precision: i64, out: GuestPtr<u64>);
        Full(Entropy, Time) "random_get" => random_get(out: u32, len: u32);
        Full(Nothing, Time) "sched_yield" => sched_yield();
    }
}

fn clock_res_get(call: &mut Call<'_>, clock: u32, out: GuestPtr<u64>) -> Result<()> {
    wasi::clock_res_get(&mut call.shim(), clock, out)
}

fn clock_time_get(call: &mut Call<'_>, clock: u32, precision: i64, out: GuestPtr<u64>) -> Result<()> {
    wasi::clock_time_get(&mut call.shim(), clock, precision, out)
}

fn random_get(call: &mut Call<'_>, out: u32, len: u32) -> Result<()> {
    wasi::random_get(&mut call.shim(), out, len)
}

fn sched_yield(_call: &mut Call<'_>) -> Result<()> {
    Ok(())
}
