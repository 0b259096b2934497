//! A progress bar on standard error, once something takes noticeable time.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pyrun::{CacheError, Progress};

use crate::patience::Patience;
use crate::voice::say;

/// Shows what pyrun does before the program can run. Draws nothing when standard error is not a terminal: what is collected there
/// is the program's.
#[derive(Debug)]
pub(crate) struct Bar {
    bar: ProgressBar,
}

impl Bar {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar }
    }
}

impl Progress for Bar {
    fn begin(&self, what: &str, total: u64) {
        self.bar.reset();
        self.bar.set_length(total);
        self.bar.set_message(what.to_owned());
        self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    fn advance(&self, done: u64) {
        self.bar.set_position(done);
    }

    fn end(&self) {
        self.bar.disable_steady_tick();
        self.bar.finish_and_clear();
        self.bar.set_draw_target(ProgressDrawTarget::hidden());
    }

    fn not_kept(&self, why: &CacheError) {
        say(
            format_args!("pyrun: what was compiled is not kept, so every start compiles it again: {why}"),
            Patience::default(),
        );
    }
}
