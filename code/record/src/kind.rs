//! Which run the pages may show, and where the records of the others go.

use std::path::{Path, PathBuf};

/// The seed of the runs that the pages show.
pub const USUAL_SEED: u64 = 1;

/// How many seeds the runs that the pages show train with. Any other run trains with one.
pub const SEEDS: u64 = 3;

/// What sets a run apart from those that the pages may show: by default nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    /// It takes seconds, on less data.
    pub quick: bool,
    /// It reads other data.
    pub data: bool,
    /// It begins with another seed.
    pub seed: bool,
    /// Other settings of the chapter differ.
    pub settings: bool,
    /// It computes on the card.
    pub cuda: bool,
}

impl Kind {
    /// The run's name beside the chapter's: `full` for one that the pages may show. Of several differences the first
    /// in the order of the fields names it, and quick runs and the card are named besides.
    pub fn name(self) -> String {
        let name = match self {
            Self { quick: true, data: true, .. } => "data-quick",
            Self { quick: true, .. } => "quick",
            Self { data: true, .. } => "data",
            Self { seed: true, .. } => "seed",
            Self { settings: true, .. } => "settings",
            _ => "full",
        };
        match (name, self.cuda) {
            (name, false) => name.to_owned(),
            ("full", true) => "cuda".to_owned(),
            (name, true) => format!("{name}-cuda"),
        }
    }

    /// The folder of its record, so that nothing gets onto a page that was not meant to.
    pub fn folder(self, book: &Path, chapter: &str) -> PathBuf {
        book.join("target/runs").join(format!("{chapter}-{}", self.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_other_run_shares_the_folder_of_those_that_the_pages_may_show() {
        let folder = |kind: Kind| kind.folder(Path::new("book"), "sound");
        let below = |name: &str| Path::new("book/target/runs").join(name);
        assert_eq!(folder(Kind::default()), below("sound-full"));
        assert_eq!(folder(Kind { quick: true, ..Kind::default() }), below("sound-quick"));
        assert_eq!(folder(Kind { quick: true, data: true, ..Kind::default() }), below("sound-data-quick"));
        assert_eq!(folder(Kind { data: true, seed: true, ..Kind::default() }), below("sound-data"));
        assert_eq!(folder(Kind { seed: true, settings: true, ..Kind::default() }), below("sound-seed"));
        assert_eq!(folder(Kind { settings: true, ..Kind::default() }), below("sound-settings"));
        assert_eq!(folder(Kind { cuda: true, ..Kind::default() }), below("sound-cuda"));
        assert_eq!(folder(Kind { quick: true, cuda: true, ..Kind::default() }), below("sound-quick-cuda"));
    }
}
