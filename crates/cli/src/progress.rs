//! Progress on standard error: a bar for what takes more than a second.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use linecall::Watch;

/// Shows nothing until this much time has gone by.
const PATIENCE: Duration = Duration::from_secs(1);

/// A [`Watch`] that draws a bar on a terminal.
pub(crate) struct Bar {
    bar: ProgressBar,
    began: Instant,
    stage: Mutex<String>,
}

impl Bar {
    /// A bar, or nothing at all when told to be quiet (or standard error is not a terminal).
    pub(crate) fn new(quiet: bool) -> Self {
        let target =
            if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(None, target);
        Self { bar, began: Instant::now(), stage: Mutex::default() }
    }

    /// Shows what there is to tell of work whose length is not known.
    pub(crate) fn say(&self, text: &str) {
        if self.began.elapsed() > PATIENCE {
            // The template is ours and constant; a fault in it would only lose the style.
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
                self.bar.set_style(style);
            }
            self.bar.set_message(text.to_owned());
            self.bar.tick();
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Watch for Bar {
    fn stage(&self, name: &str) {
        if let Ok(mut stage) = self.stage.lock() {
            name.clone_into(&mut stage);
        }
        self.bar.unset_length();
        self.bar.set_position(0);
        if self.began.elapsed() > PATIENCE {
            self.bar.set_message(name.to_owned());
            self.bar.tick();
        }
    }

    fn progress(&self, done: u64, total: u64) {
        if self.began.elapsed() < PATIENCE {
            return;
        }
        if self.bar.length() != Some(total) {
            // The template is ours and constant; a fault in it would only lose the style.
            if let Ok(style) =
                ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} fits, {eta} left")
            {
                self.bar.set_style(style);
            }
            self.bar.set_length(total);
            if let Ok(stage) = self.stage.lock() {
                self.bar.set_message(stage.clone());
            }
        }
        self.bar.set_position(done);
    }
}
