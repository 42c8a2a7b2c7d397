//! Progress bars.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that counts to `total` and shows a message: `epoch 3  loss 2.31  1,204,000 words/s`.
///
/// It is drawn on the terminal's standard error alone; where that is no terminal, nothing is drawn.
pub fn bar(what: &str, total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:<12} {wide_bar} {percent:>3} %  {eta:>4}  {msg}");
    let bar = ProgressBar::new(total).with_prefix(what.to_owned());
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A line that shows that something of unknown length is under way.
pub fn spinner(what: &str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
    spinner.enable_steady_tick(std::time::Duration::from_millis(120));
    spinner
}
