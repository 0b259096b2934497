//! Puts our list of passes in the place of the one that wasmer's LLVM compiler asks for; see runtime/src/compile/llvm_passes.rs.

fn main() {
    let wraps = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux");
    if std::env::var_os("CARGO_FEATURE_LLVM").is_some() && wraps {
        println!("cargo::rustc-link-arg-bins=-Wl,--wrap=LLVMRunPasses");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
