//! What is known of the releases: data in a table, and what differs in structure as [`Era`].
//!
//! `releases/<version>/release.toml` has what a release imports; a test holds the table against it. A release that is not in the table is
//! refused: its files have no known hashes.

use pyrun_emscripten_shim::translate::Surroundings;
use pyrun_emscripten_shim::{Family, families};

use crate::imports::{bridge, cpython, socket_hooks};

/// How a release's modules are built, where that changes what the host has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Era {
    /// 0.26 and 0.27: exceptions and `longjmp` go through JavaScript (`invoke_*`); the main module imports memory and table.
    JsExceptions,
    /// 0.28 and 0.29: exceptions are WebAssembly's; the main module imports memory, table and tags.
    WasmExceptions,
    /// From 314 on: the main module's memory, table and tags are its own.
    SelfContained,
}

impl Era {
    /// Its name in `release.toml`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::JsExceptions => "js-exceptions",
            Self::WasmExceptions => "wasm-exceptions",
            Self::SelfContained => "self-contained",
        }
    }

    /// What its main modules import and the translator makes their own: the values of Emscripten's glue, and the stack of
    /// Pyodide's build.
    #[must_use]
    pub const fn surroundings(self) -> Option<Surroundings> {
        match self {
            Self::JsExceptions | Self::WasmExceptions => {
                Some(Surroundings { memory_base: 1024, table_base: 1, stack_size: 5 << 20 })
            }
            Self::SelfContained => None,
        }
    }
}

/// A file of a release, as it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreFile {
    /// Its length in bytes.
    pub length: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: &'static str,
}

/// A release that is supported.
#[derive(Clone, Copy, Debug)]
pub struct KnownRelease {
    /// Its version, e.g. `314.0.3`.
    pub version: &'static str,
    /// How it is built.
    pub era: Era,
    /// Its Python, major and minor version.
    pub python: (u8, u8),
    /// Whether it makes `lib-dynload`, empty, where CPython looks for extension modules, and complains if it is not there.
    pub has_dynload_folder: bool,
    /// How CPython calls functions of any arity.
    pub trampoline: Trampoline,
    /// Where the items of a `tuple` begin, in bytes from its address.
    pub tuple_items: u32,
    /// The host functions that its modules may import.
    pub families: &'static [&'static [&'static Family]],
    /// `pyodide.asm.wasm`.
    pub module: CoreFile,
    /// `python_stdlib.zip`.
    pub stdlib: CoreFile,
    /// `pyodide-lock.json`.
    pub lock: CoreFile,
}

/// How CPython calls a C function with as many arguments as it takes; see [`crate::trampoline`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trampoline {
    /// It calls a function of the host's for each call, after asking how many arguments there are (0.26).
    Asked,
    /// A function in the table tells it how many there are (0.27 to 0.29).
    Counted,
    /// A function in the table does the call (from 314 on).
    Called,
}

/// What all releases have in common.
const COMMON: &[&Family] = &[&cpython::CPYTHON, &bridge::HIWIRE, &socket_hooks::PYODIDE_SOCKET_HOOKS];
const FROM_314: &[&[&Family]] = &[families::FAMILIES, COMMON];
const FROM_315: &[&[&Family]] = &[families::FROM_315, families::FAMILIES, COMMON];
const FROM_0_28: &[&[&Family]] = &[families::BEFORE_314, families::FAMILIES, COMMON, &[&cpython::BEFORE_314]];
const FROM_0_26: &[&[&Family]] =
    &[families::BEFORE_0_28, families::BEFORE_314, families::FAMILIES, COMMON, &[&cpython::BEFORE_314]];

const fn file(length: u64, sha256: &'static str) -> CoreFile {
    CoreFile { length, sha256 }
}

/// The files of no release.
const NO_FILE: CoreFile = file(0, "");

/// What the releases of a series have in common.
const PYODIDE_0_26: KnownRelease = KnownRelease {
    version: "",
    era: Era::JsExceptions,
    python: (3, 12),
    tuple_items: 12,
    has_dynload_folder: false,
    trampoline: Trampoline::Asked,
    families: FROM_0_26,
    module: NO_FILE,
    stdlib: NO_FILE,
    lock: NO_FILE,
};
const PYODIDE_0_27: KnownRelease = KnownRelease { trampoline: Trampoline::Counted, ..PYODIDE_0_26 };
const PYODIDE_0_28: KnownRelease =
    KnownRelease { era: Era::WasmExceptions, python: (3, 13), families: FROM_0_28, ..PYODIDE_0_27 };
const PYODIDE_314: KnownRelease = KnownRelease {
    era: Era::SelfContained,
    python: (3, 14),
    tuple_items: 16,
    trampoline: Trampoline::Called,
    families: FROM_314,
    ..PYODIDE_0_28
};
const PYODIDE_315: KnownRelease =
    KnownRelease { python: (3, 15), has_dynload_folder: true, families: FROM_315, ..PYODIDE_314 };

/// The releases that are supported, oldest first.
pub const RELEASES: &[KnownRelease] = &[
    KnownRelease {
        version: "0.26.4",
        module: file(10_088_051, "b7e66a19427a55010ac3367c1b6c64b893f9826f783412945fdf0c3337f3bc94"),
        stdlib: file(2_341_872, "72894522b791858b9d613ac786b951d8b5094035dcf376313ea24a466810f336"),
        lock: file(106_335, "cd50b49de944c579045e122fe8628b31f9ce446379f032f36c05e273d38766e0"),
        ..PYODIDE_0_26
    },
    KnownRelease {
        version: "0.27.2",
        module: file(10_102_467, "7936ef6019d80723adce4bd86666b84534d071362839f1cf9b2b80bed917c812"),
        stdlib: file(2_358_641, "7a4edf94cc3d937ba29078adb857d1646d9ce064ad93e795645d124e212eb5a1"),
        lock: file(108_095, "3a3cfb1c0bc02917a1792c1ecdf2b9b484ca406f5d03cb8af4083e97ec7d706a"),
        ..PYODIDE_0_27
    },
    KnownRelease {
        version: "0.27.8",
        module: file(10_105_545, "92160102d09feeb8c738a07c870bde47fd4c141fd70b5376188bdd951df9ea23"),
        stdlib: file(2_360_738, "cb5f8d7eae384fcf27c574d8b13901de1753a50f93038130c326f85b88c9012b"),
        lock: file(129_150, "cb18729b18db7ce2482d196209c8051d8122441b817fc2f644d643b44e5e1b0f"),
        ..PYODIDE_0_27
    },
    KnownRelease {
        version: "0.28.3",
        module: file(8_645_967, "5effb6a1a6cc4a1a85bec4622701aa797c031e1de923cbbaf2ad47abdc4ab325"),
        stdlib: file(2_416_866, "71fee17f88a6260ec8c9c7c063533ee59c021fdc88a1ce76247378d3c4a35f4c"),
        lock: file(109_732, "f6e6f42f451f42affbbcddb00e8c9a3278dcbf399f57aab9f3f568839a7ff4a6"),
        ..PYODIDE_0_28
    },
    KnownRelease {
        version: "0.29.5",
        module: file(8_647_684, "54309a5a2cfd757b1f0fdbc9093c92503f7b341500110329d932487183912718"),
        stdlib: file(2_424_003, "831fd1e535084b972f87c6a35275de3d236efd5166f5e77ce89497710635e73c"),
        lock: file(122_027, "14d2c2dba101277999e17135e653d8f15389ad1437f53eae213bf0c3cdff723d"),
        ..PYODIDE_0_28
    },
    KnownRelease {
        version: "314.0.3",
        module: file(9_596_462, "e7f8fac36f8bf11085309cbc5c829b3ec3057c18bf1d73b05a6741612d63cdbf"),
        stdlib: file(2_545_106, "444c770dfd75a32097fc0a7d5c1413fd3140601f49c3a1f2e9af0376fcd124b4"),
        lock: file(113_804, "c963d22858f6bcb8f41586a2142f03905ab370c88ea22a86a2736e95fac2a8f3"),
        ..PYODIDE_314
    },
    KnownRelease {
        version: "314.0.7",
        module: file(9_598_218, "cc36e3cab04fdfc9a63ff13eb52eae2b911bf46c025cc7b281f394bd3de1d5e6"),
        stdlib: file(2_545_637, "fa1957e5777068fc4f7437f96d860ae2fbe9c19732ba06c84e004ec16dd7dd7a"),
        lock: file(119_077, "5dc2fc119108bc148c7457dc86e7675b5c87e1cafd420b9c34c1eaef7b36c010"),
        ..PYODIDE_314
    },
    KnownRelease {
        version: "315.0.0-alpha.2",
        module: file(9_982_568, "0ba52a7336d0cb4c96421c92ccb5806eafc5985105e3c0dbd3affbe51c57c0e8"),
        stdlib: file(3_003_125, "49e7f2725e1b6e26c6820c05036920f2c177a1603a8f006543e6b62a7de56aad"),
        lock: file(10_042, "33679429329cf9d343565b9d8ba2fe293ec3436044377eea9fe0067b55cbd361"),
        ..PYODIDE_315
    },
];

impl KnownRelease {
    /// The release of this version.
    #[must_use]
    pub fn find(version: &str) -> Option<&'static Self> {
        RELEASES.iter().find(|release| release.version == version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_what_abi_says() {
        for release in RELEASES {
            let path = format!("{}/releases/{}/release.toml", env!("CARGO_MANIFEST_DIR"), release.version);
            let abi = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
            let has = |line: String| assert!(abi.lines().any(|found| found == line), "{path}: {line}");
            has(format!("version = \"{}\"", release.version));
            has(format!("era = \"{}\"", release.era.name()));
            has(format!("\"pyodide.asm.wasm\" = \"{}\"", release.module.sha256));
            has(format!("\"python_stdlib.zip\" = \"{}\"", release.stdlib.sha256));
            has(format!("\"pyodide-lock.json\" = \"{}\"", release.lock.sha256));
        }
    }
}
