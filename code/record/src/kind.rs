//! Which run the pages show, and where the records of all others go.

use std::path::{Path, PathBuf};

/// The seed of the runs that the pages show.
pub const USUAL_SEED: u64 = 1;

/// How many seeds a full run trains with.
pub const SEEDS: u64 = 3;

/// What sets a run apart from the one that the pages show: by default nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    /// It takes seconds, on less data.
    pub quick: bool,
    /// It reads other data.
    pub data: bool,
    /// It begins with another seed, or trains with another number of them.
    pub seed: bool,
    /// Other settings of the chapter differ.
    pub settings: bool,
    /// It computes on the card.
    pub cuda: bool,
}

impl Kind {
    /// Whether these are other seeds than those of the pages; `None` is the usual choice.
    pub fn other_seeds(seed: Option<u64>, seeds: Option<u64>) -> bool {
        seed.is_some_and(|seed| seed != USUAL_SEED) || seeds.is_some_and(|seeds| seeds != SEEDS)
    }

    /// The run's name beside the chapter's: `full` for the one that the pages show.
    pub fn name(self) -> String {
        let name = match self {
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

    /// The folder of its record, so that nothing foreign gets onto a page; none for the run that the pages show, whose
    /// record lies beside them.
    pub fn folder(self, book: &Path, chapter: &str) -> Option<PathBuf> {
        (self != Self::default()).then(|| book.join("target/runs").join(format!("{chapter}-{}", self.name())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_run_of_the_pages_has_no_folder_of_its_own() {
        let folder = |kind: Kind| kind.folder(Path::new("book"), "sound");
        assert_eq!(folder(Kind::default()), None);
        let below = |name: &str| Some(Path::new("book/target/runs").join(name));
        assert_eq!(folder(Kind { quick: true, data: true, ..Kind::default() }), below("sound-quick"));
        assert_eq!(folder(Kind { data: true, seed: true, ..Kind::default() }), below("sound-data"));
        assert_eq!(folder(Kind { seed: true, settings: true, ..Kind::default() }), below("sound-seed"));
        assert_eq!(folder(Kind { settings: true, ..Kind::default() }), below("sound-settings"));
        assert_eq!(folder(Kind { cuda: true, ..Kind::default() }), below("sound-cuda"));
        assert_eq!(folder(Kind { quick: true, cuda: true, ..Kind::default() }), below("sound-quick-cuda"));
    }

    #[test]
    fn seeds_are_other_ones_only_if_they_differ() {
        assert!(!Kind::other_seeds(None, None) && !Kind::other_seeds(Some(USUAL_SEED), Some(SEEDS)));
        assert!(Kind::other_seeds(Some(USUAL_SEED + 1), None) && Kind::other_seeds(None, Some(1)));
    }
}
