//! `pyrun precompile`.

use super::support::pyrun;

#[test]
fn what_is_compiled_is_left_alone() {
    pyrun(["precompile", "--compiler", "cranelift", "numpy"]).run().prints("");
    pyrun(["precompile", "--compiler=cranelift"]).run().prints("");
}

#[test]
fn packages_that_the_release_does_not_have() {
    pyrun(["precompile", "--compiler", "cranelift", "no-such-package"]).run().is_refused(2, &["no-such-package"]);
}

#[test]
fn compilers_that_there_are_not() {
    let ran = pyrun(["precompile", "--compiler", "gcc"]).run();
    ran.ends_with(2).says("there is no compiler gcc");
    if !cfg!(feature = "llvm") {
        let words = ["this pyrun was built without llvm", "--features llvm"];
        pyrun(["precompile", "--compiler", "llvm", "numpy"]).run().is_refused(2, &words);
    }
}
