//! How the shared library is linked, on systems with ELF files: its name for programs that are linked against it, and nothing
//! exported but what this crate exports (the engine's crates have exported functions, too, which only compiled code calls).

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family.contains("unix"))
        && std::env::var("CARGO_CFG_TARGET_VENDOR").is_ok_and(|vendor| vendor != "apple")
    {
        // The number changes with PYRUN_ABI_VERSION once there is a version 1.0; until then programs ask
        // pyrun_abi_version().
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libpyrun.so.0");
        println!("cargo:rustc-cdylib-link-arg=-Wl,--exclude-libs,ALL");
    }
}
