//! The releases that are supported. Made from `releases/` by `cargo xtask release`: not to be edited.

use pyrun_emscripten_shim::imports::table::Emscripten;

use super::{CoreFile, Era, KnownRelease, Trampoline};

/// The release that is used when none is named: the one that `releases/default` says.
pub const DEFAULT_RELEASE: &str = "314.0.3";

/// The releases that are supported, oldest first.
pub const RELEASES: &[KnownRelease] = &[
    KnownRelease {
        version: "0.26.4",
        era: Era::JsExceptions,
        python: (3, 12),
        has_dynload_folder: false,
        trampoline: Trampoline::Asked,
        tuple_items: 12,
        emscripten: Emscripten::V3,
        module: CoreFile {
            length: 10_088_051,
            sha256: "b7e66a19427a55010ac3367c1b6c64b893f9826f783412945fdf0c3337f3bc94",
        },
        stdlib: CoreFile {
            length: 2_341_872,
            sha256: "72894522b791858b9d613ac786b951d8b5094035dcf376313ea24a466810f336",
        },
        lock: CoreFile { length: 106_335, sha256: "cd50b49de944c579045e122fe8628b31f9ce446379f032f36c05e273d38766e0" },
    },
    KnownRelease {
        version: "0.27.2",
        era: Era::JsExceptions,
        python: (3, 12),
        has_dynload_folder: false,
        trampoline: Trampoline::Counted,
        tuple_items: 12,
        emscripten: Emscripten::V3,
        module: CoreFile {
            length: 10_102_467,
            sha256: "7936ef6019d80723adce4bd86666b84534d071362839f1cf9b2b80bed917c812",
        },
        stdlib: CoreFile {
            length: 2_358_641,
            sha256: "7a4edf94cc3d937ba29078adb857d1646d9ce064ad93e795645d124e212eb5a1",
        },
        lock: CoreFile { length: 108_095, sha256: "3a3cfb1c0bc02917a1792c1ecdf2b9b484ca406f5d03cb8af4083e97ec7d706a" },
    },
    KnownRelease {
        version: "0.27.8",
        era: Era::JsExceptions,
        python: (3, 12),
        has_dynload_folder: false,
        trampoline: Trampoline::Counted,
        tuple_items: 12,
        emscripten: Emscripten::V3,
        module: CoreFile {
            length: 10_105_545,
            sha256: "92160102d09feeb8c738a07c870bde47fd4c141fd70b5376188bdd951df9ea23",
        },
        stdlib: CoreFile {
            length: 2_360_738,
            sha256: "cb5f8d7eae384fcf27c574d8b13901de1753a50f93038130c326f85b88c9012b",
        },
        lock: CoreFile { length: 129_150, sha256: "cb18729b18db7ce2482d196209c8051d8122441b817fc2f644d643b44e5e1b0f" },
    },
    KnownRelease {
        version: "0.28.3",
        era: Era::WasmExceptions,
        python: (3, 13),
        has_dynload_folder: false,
        trampoline: Trampoline::Counted,
        tuple_items: 12,
        emscripten: Emscripten::V4,
        module: CoreFile {
            length: 8_645_967,
            sha256: "5effb6a1a6cc4a1a85bec4622701aa797c031e1de923cbbaf2ad47abdc4ab325",
        },
        stdlib: CoreFile {
            length: 2_416_866,
            sha256: "71fee17f88a6260ec8c9c7c063533ee59c021fdc88a1ce76247378d3c4a35f4c",
        },
        lock: CoreFile { length: 109_732, sha256: "f6e6f42f451f42affbbcddb00e8c9a3278dcbf399f57aab9f3f568839a7ff4a6" },
    },
    KnownRelease {
        version: "0.29.5",
        era: Era::WasmExceptions,
        python: (3, 13),
        has_dynload_folder: false,
        trampoline: Trampoline::Counted,
        tuple_items: 12,
        emscripten: Emscripten::V4,
        module: CoreFile {
            length: 8_647_684,
            sha256: "54309a5a2cfd757b1f0fdbc9093c92503f7b341500110329d932487183912718",
        },
        stdlib: CoreFile {
            length: 2_424_003,
            sha256: "831fd1e535084b972f87c6a35275de3d236efd5166f5e77ce89497710635e73c",
        },
        lock: CoreFile { length: 122_027, sha256: "14d2c2dba101277999e17135e653d8f15389ad1437f53eae213bf0c3cdff723d" },
    },
    KnownRelease {
        version: "314.0.3",
        era: Era::SelfContained,
        python: (3, 14),
        has_dynload_folder: false,
        trampoline: Trampoline::Called,
        tuple_items: 16,
        emscripten: Emscripten::V5,
        module: CoreFile {
            length: 9_596_462,
            sha256: "e7f8fac36f8bf11085309cbc5c829b3ec3057c18bf1d73b05a6741612d63cdbf",
        },
        stdlib: CoreFile {
            length: 2_545_106,
            sha256: "444c770dfd75a32097fc0a7d5c1413fd3140601f49c3a1f2e9af0376fcd124b4",
        },
        lock: CoreFile { length: 113_804, sha256: "c963d22858f6bcb8f41586a2142f03905ab370c88ea22a86a2736e95fac2a8f3" },
    },
    KnownRelease {
        version: "314.0.5",
        era: Era::SelfContained,
        python: (3, 14),
        has_dynload_folder: true,
        trampoline: Trampoline::Called,
        tuple_items: 16,
        emscripten: Emscripten::V5,
        module: CoreFile {
            length: 9_597_831,
            sha256: "85f66436c802db3dd0caf437134f98af5c69d199c6ffba116ee2bac8be8acf09",
        },
        stdlib: CoreFile {
            length: 2_545_564,
            sha256: "3e7b7affd80aaf35fcff786613eebd0ce885a964dbda56714ccecb7573f57a70",
        },
        lock: CoreFile { length: 114_440, sha256: "3fdaef09e9e365c85e002737720f8d0ab8f278c1c244a2dde6a37663cf488ad4" },
    },
    KnownRelease {
        version: "314.0.6",
        era: Era::SelfContained,
        python: (3, 14),
        has_dynload_folder: true,
        trampoline: Trampoline::Called,
        tuple_items: 16,
        emscripten: Emscripten::V5,
        module: CoreFile {
            length: 9_598_218,
            sha256: "3a0a00dfeaa348ac20f9ef09904233d32d33f644339662d4af368f8a2010f37a",
        },
        stdlib: CoreFile {
            length: 2_545_564,
            sha256: "80c5be6babfe03297069703410c3c29404dcf2525d2b128746bae5536f94831f",
        },
        lock: CoreFile { length: 114_440, sha256: "3fdaef09e9e365c85e002737720f8d0ab8f278c1c244a2dde6a37663cf488ad4" },
    },
    KnownRelease {
        version: "314.0.7",
        era: Era::SelfContained,
        python: (3, 14),
        has_dynload_folder: true,
        trampoline: Trampoline::Called,
        tuple_items: 16,
        emscripten: Emscripten::V5,
        module: CoreFile {
            length: 9_598_218,
            sha256: "cc36e3cab04fdfc9a63ff13eb52eae2b911bf46c025cc7b281f394bd3de1d5e6",
        },
        stdlib: CoreFile {
            length: 2_545_637,
            sha256: "fa1957e5777068fc4f7437f96d860ae2fbe9c19732ba06c84e004ec16dd7dd7a",
        },
        lock: CoreFile { length: 119_077, sha256: "5dc2fc119108bc148c7457dc86e7675b5c87e1cafd420b9c34c1eaef7b36c010" },
    },
    KnownRelease {
        version: "315.0.0-alpha.2",
        era: Era::SelfContained,
        python: (3, 15),
        has_dynload_folder: true,
        trampoline: Trampoline::Called,
        tuple_items: 16,
        emscripten: Emscripten::V6,
        module: CoreFile {
            length: 9_982_568,
            sha256: "0ba52a7336d0cb4c96421c92ccb5806eafc5985105e3c0dbd3affbe51c57c0e8",
        },
        stdlib: CoreFile {
            length: 3_003_125,
            sha256: "49e7f2725e1b6e26c6820c05036920f2c177a1603a8f006543e6b62a7de56aad",
        },
        lock: CoreFile { length: 10_042, sha256: "33679429329cf9d343565b9d8ba2fe293ec3436044377eea9fe0067b55cbd361" },
    },
];
