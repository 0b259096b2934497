//! FFmpeg, whose JavaScript defines two of its imports and takes its exit status by a third: here the host does.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use pyrun::{EmInvoked, Error, HostContext, Module};

use super::{call, module, string};

/// Runs FFmpeg with this file before, and gives the file that it is to make, which is its last argument.
fn run(module: &Module, arguments: &[&str], before: Option<&[u8]>) -> Vec<u8> {
    let status = Arc::new(AtomicI32::new(-1));
    let told = status.clone();
    let mut instance = module
        .instance()
        .host("env", "send_progress", |_: f64, _: f64| {})
        .host("env", "is_timeout", |_: i64| 0_i32)
        // `EM_ASM({ Module.ret = $0 })`: the address of the arguments comes last.
        .host(
            "env",
            "emscripten_asm_const_int",
            move |context: &mut HostContext<'_>, _: u32, _: u32, arguments: u32| {
                told.store(context.memory()?.read::<i32>(arguments, 1)?[0], Ordering::Relaxed);
                Ok::<_, Error>(0_i32)
            },
        )
        .start()
        .expect("it starts");
    if let Some(bytes) = before {
        let mut em = instance.em().unwrap();
        let fd = em.open("/tmp/in.png", pyrun::em::flags::O_RDWR | pyrun::em::flags::O_CREAT, 0o644).unwrap();
        assert_eq!(em.write(fd, bytes).unwrap(), bytes.len());
        em.close(fd).unwrap();
    }
    let all = [&["./ffmpeg", "-nostdin", "-y", "-v", "error"], arguments].concat();
    let argv = call(&mut instance, "malloc", (4 * all.len() as u32,)).cast_unsigned();
    for (index, argument) in (0_u32..).zip(&all) {
        let text = string(&mut instance, argument);
        instance.memory().unwrap().write(argv + 4 * index, &[text]).unwrap();
    }
    // It ends itself by `abort` once it has told its status.
    let ended = instance.em().unwrap().invoke("ffmpeg", (all.len() as u32, argv));
    assert!(matches!(ended, Err(Error::Crashed(_)) | Ok(EmInvoked::Returned(_))), "{ended:?}");
    assert_eq!(status.load(Ordering::Relaxed), 0, "{arguments:?}");
    let file = arguments.last().expect("an output");
    instance.em().unwrap().read_file(file).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn ffmpeg_makes_pictures_and_reads_them_again() {
    let Some(module) = module("ffmpeg", "dist/esm/ffmpeg-core.wasm") else { return };
    let source = "testsrc=duration=1:size=32x16:rate=2";
    let pixels =
        run(&module, &["-f", "lavfi", "-i", source, "-pix_fmt", "rgb24", "-f", "rawvideo", "/tmp/out.raw"], None);
    assert_eq!(pixels.len(), 2 * 32 * 16 * 3);
    let png = run(&module, &["-f", "lavfi", "-i", source, "-frames:v", "1", "/tmp/out.png"], None);
    assert!(png.starts_with(b"\x89PNG"));
    let again =
        run(&module, &["-i", "/tmp/in.png", "-pix_fmt", "rgb24", "-f", "rawvideo", "/tmp/again.raw"], Some(&png));
    assert_eq!(again, pixels[..32 * 16 * 3], "what was written is what was drawn");
}
