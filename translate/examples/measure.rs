//! `measure FILE…`: what the bounds count of modules; of wheels and archives, of the libraries in them.

use std::io::Read as _;

use pyrun_translate::Bounds;

fn main() {
    for path in std::env::args().skip(1) {
        let Ok(bytes) = std::fs::read(&path) else { continue };
        if bytes.starts_with(b"PK") {
            let Ok(mut archive) = zip::ZipArchive::new(std::io::Cursor::new(bytes)) else { continue };
            for index in 0..archive.len() {
                let Ok(mut file) = archive.by_index(index) else { continue };
                let mut inside = Vec::new();
                let name = file.name().map(|name| format!("{path}/{name}")).unwrap_or_default();
                if name.contains(".so") && file.read_to_end(&mut inside).is_ok() {
                    measure(&name, &inside);
                }
            }
        } else {
            measure(&path, &bytes);
        }
    }
}

fn measure(name: &str, wasm: &[u8]) {
    if wasm.starts_with(b"\0asm") {
        println!("{name}: {:?}", Bounds::MODULE.check(wasm));
    }
}
