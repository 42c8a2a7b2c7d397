//! The options that all chapters' programs share.

use crate::LabError;
use record::Tier;
use std::path::{Path, PathBuf};

/// The seed of the runs that the pages show.
pub const USUAL_SEED: u64 = 1;

/// How many seeds a full run trains with.
pub const SEEDS: u64 = 3;

/// Options of every chapter's program.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The same code on less data, in seconds: for trying things out
    #[arg(long)]
    pub quick: bool,
    /// Where the random numbers begin
    #[arg(long, default_value_t = USUAL_SEED, value_name = "N", value_parser = clap::value_parser!(u64).range(..=u32::MAX as u64))]
    pub seed: u64,
    /// Train with so many seeds, from --seed on, instead of the three whose mean the pages show
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100))]
    pub seeds: Option<u64>,
    /// Read this data instead of what comes with the book
    #[arg(long, value_name = "PATH")]
    pub data: Option<PathBuf>,
    /// Write the record into this folder
    #[arg(long, value_name = "DIR")]
    pub record: Option<PathBuf>,
    /// Begin from the start even if a stopped run left a checkpoint
    #[arg(long)]
    pub fresh: bool,
    /// Whether the chapter's own settings differ from the usual ones.
    #[arg(skip)]
    pub unusual: bool,
}

impl Options {
    /// How thorough the run is.
    pub fn tier(&self) -> Tier {
        if self.quick { Tier::Quick } else { Tier::Full }
    }

    /// The seeds that a run trains with, from `first` on: `SEEDS`, or `quick` of them in a quick run, or as
    /// many as were asked for.
    pub fn seeds(&self, first: u64, quick: u64) -> std::ops::Range<u64> {
        let usual = if self.quick { quick } else { SEEDS };
        first..first + self.seeds.unwrap_or(usual)
    }

    /// The folder that the record goes into.
    ///
    /// A full run on the book's own data with the usual seed and settings writes the record that the pages show;
    /// every other run writes below `target/runs/`, so that nothing foreign gets onto a page.
    pub fn record_folder(&self, chapter: &str) -> Result<PathBuf, LabError> {
        if let Some(folder) = &self.record {
            return Ok(folder.clone());
        }
        match self.kind() {
            "full" => chapter_folder(&book(), chapter),
            kind => Ok(book().join("target/runs").join(format!("{chapter}-{kind}"))),
        }
    }

    /// What sets this run apart from the one that the pages show.
    fn kind(&self) -> &'static str {
        match (self.tier(), &self.data) {
            (Tier::Quick, _) => "quick",
            (Tier::Full, Some(_)) => "data",
            (Tier::Full, None) if self.seed != USUAL_SEED || self.seeds.is_some_and(|n| n != SEEDS) => "seed",
            (Tier::Full, None) if self.unusual => "settings",
            (Tier::Full, None) => "full",
        }
    }

    /// The file in which a run of this chapter keeps what it has trained so far.
    pub fn checkpoint_file(&self, chapter: &str, name: &str) -> PathBuf {
        let folder = book().join("target/checkpoints");
        folder.join(format!("{chapter}-{}-{name}.safetensors", self.kind()))
    }
}

/// The book's folder: the workspace in which this crate was compiled.
pub(crate) fn book() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

fn chapter_folder(book: &Path, chapter: &str) -> Result<PathBuf, LabError> {
    let is_its = |name: &str| {
        name.split_once('-').is_some_and(|(number, rest)| rest == chapter && number.parse::<u32>().is_ok())
    };
    let entries = std::fs::read_dir(book.join("chapters")).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .find(|path| path.file_name().is_some_and(|name| is_its(&name.to_string_lossy())))
        .ok_or_else(|| LabError::NoChapter { chapter: chapter.to_owned(), book: book.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(quick: bool, data: Option<&str>) -> Options {
        Options {
            quick,
            seed: USUAL_SEED,
            seeds: None,
            data: data.map(PathBuf::from),
            record: None,
            fresh: false,
            unusual: false,
        }
    }

    #[test]
    fn only_full_runs_on_the_books_own_data_write_what_pages_show() {
        let folder = |quick, data| options(quick, data).record_folder("text-embedding").unwrap();
        assert!(folder(false, None).ends_with("chapters/1-text-embedding"));
        assert!(folder(true, None).ends_with("target/runs/text-embedding-quick"));
        assert!(folder(false, Some("x")).ends_with("target/runs/text-embedding-data"));
        let unusual = Options { unusual: true, ..options(false, None) };
        assert!(unusual.record_folder("text-embedding").unwrap().ends_with("text-embedding-settings"));
        let other_seed = Options { seed: 2, ..options(false, None) };
        assert!(other_seed.record_folder("text-embedding").unwrap().ends_with("text-embedding-seed"));
        let one_seed = Options { seeds: Some(1), ..options(false, None) };
        assert!(one_seed.record_folder("text-embedding").unwrap().ends_with("text-embedding-seed"));
    }

    #[test]
    fn seeds_are_three_or_as_many_as_asked_for() {
        assert_eq!(options(false, None).seeds(5, 1), 5..8);
        assert_eq!(options(true, None).seeds(5, 1), 5..6);
        assert_eq!(Options { seeds: Some(2), ..options(true, None) }.seeds(5, 1), 5..7);
    }

    #[test]
    fn a_chapter_without_pages_is_an_error_with_a_remedy() {
        let error = options(false, None).record_folder("telepathy").unwrap_err().to_string();
        assert!(error.contains("telepathy") && error.contains("--record"), "{error}");
    }
}
