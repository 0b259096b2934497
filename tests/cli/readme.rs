//! README.md shows the examples that the tests run.

use std::path::Path;

#[test]
fn it_shows_the_c_example() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = std::fs::read_to_string(repository.join("README.md")).unwrap();
    let example = std::fs::read_to_string(repository.join("capi/examples/hello.c")).unwrap();
    assert!(
        readme.contains(&format!("```c\n{example}```\n")),
        "README.md shows another text than capi/examples/hello.c"
    );
}
