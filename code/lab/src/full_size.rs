//! `--full-size` of chapters that can be compiled for larger pictures.

use crate::LabError;

/// The option of a chapter whose pictures' size is a part of its networks' types, and so of the compiled program.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct FullSize {
    /// Larger pictures, larger batches and longer training, for a card: what the program is compiled for. On two cores
    /// it takes an hour or more
    #[arg(long)]
    full_size: bool,
}

impl FullSize {
    /// Refuses `--full-size` of a program that is not `compiled` for larger pictures.
    ///
    /// # Errors
    ///
    /// [`LabError::UsualSize`], which names the command that compiles the chapter for them.
    pub fn check(self, compiled: bool, chapter: &'static str) -> Result<(), LabError> {
        if self.full_size && !compiled { Err(LabError::UsualSize { chapter }) } else { Ok(()) }
    }
}
