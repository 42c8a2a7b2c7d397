//! The options that all chapters' programs share.

use crate::{DeviceName, LabError};
use record::{Kind, SEEDS, Tier, USUAL_SEED};
use std::path::{Path, PathBuf};

/// Options of every chapter's program.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The same code on less data, in seconds: for trying things out
    #[arg(long)]
    pub quick: bool,
    /// Where the random numbers begin
    #[arg(long, default_value_t = USUAL_SEED, value_name = "N", value_parser = clap::value_parser!(u64).range(..=u32::MAX as u64))]
    pub seed: u64,
    /// Train with so many seeds, from --seed on, and give means over them [default: 1; in a quick run 1 or 2, as the
    /// chapter needs; with --pages 3]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100))]
    pub seeds: Option<u64>,
    /// Train with three seeds, and put the numbers and figures on the chapter's pages in place of the book's
    #[arg(long, conflicts_with_all = ["quick", "seeds", "data", "record"])]
    pub pages: bool,
    /// Read this data instead of what comes with the book; the chapter's page on own data says what it must look like
    #[arg(long, value_name = "PATH")]
    pub data: Option<PathBuf>,
    /// Write the record into this folder
    #[arg(long, value_name = "DIR")]
    pub record: Option<PathBuf>,
    /// Begin from the start even if a stopped run left a checkpoint
    #[arg(long)]
    pub fresh: bool,
    /// Compute on cpu or cuda: what the program is compiled for
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceName::COMPILED, value_parser = DeviceName::available)]
    pub device: DeviceName,
    /// Whether the chapter's own settings differ from the usual ones.
    #[arg(skip)]
    pub unusual: bool,
}

impl Options {
    /// How thorough the run is.
    pub fn tier(&self) -> Tier {
        if self.quick { Tier::Quick } else { Tier::Full }
    }

    /// The seeds that a run trains with, from `first` on: as many as were asked for, or [`SEEDS`] for the pages, `quick`
    /// of them in a quick run, and one in any other.
    pub fn seeds(&self, first: u64, quick: u64) -> std::ops::Range<u64> {
        let usual = match (self.pages, self.quick) {
            (true, _) => SEEDS,
            (_, true) => quick,
            _ => 1,
        };
        first..first + self.seeds.unwrap_or(usual)
    }

    /// The folder that the record goes into.
    ///
    /// With `--pages` it is the chapter's folder, whose pages show it; every other run writes below `target/runs/`, and
    /// leaves what is under version control as it is.
    ///
    /// # Errors
    ///
    /// If the pages are to show a run that has other settings, data or seeds than theirs, or the chapter has none.
    pub fn record_folder(&self, chapter: &str) -> Result<PathBuf, LabError> {
        match &self.record {
            Some(folder) => Ok(folder.clone()),
            None if !self.pages => Ok(self.kind().folder(&book(), chapter)),
            None if self.kind() != Kind::default() => Err(LabError::NotForPages),
            None => chapter_folder(&book(), chapter),
        }
    }

    /// The folder of the record that the pages show, if this run repeats it.
    pub(crate) fn recorded_folder(&self, chapter: &str) -> Option<PathBuf> {
        let repeats = self.kind() == Kind::default() && !self.pages && self.record.is_none();
        repeats.then(|| chapter_folder(&book(), chapter).ok()).flatten()
    }

    /// What sets this run apart from those that the pages may show.
    fn kind(&self) -> Kind {
        Kind {
            quick: self.quick,
            data: self.data.is_some(),
            seed: self.seed != USUAL_SEED,
            settings: self.unusual,
            cuda: self.device == DeviceName::Cuda,
        }
    }

    /// The folder that `--data` names, if it was given.
    ///
    /// # Errors
    ///
    /// If there is no such folder.
    pub fn data_folder(&self) -> Result<Option<&Path>, LabError> {
        match &self.data {
            Some(path) if !path.is_dir() => {
                let found = if path.exists() { "a file" } else { "nothing of this name" };
                Err(LabError::NoDataFolder { path: path.clone(), found })
            }
            data => Ok(data.as_deref()),
        }
    }

    /// The file in which a run of this chapter keeps what it has trained so far.
    pub fn checkpoint_file(&self, chapter: &str, name: &str) -> PathBuf {
        let folder = book().join("target/checkpoints");
        folder.join(format!("{chapter}-{}-{name}.safetensors", self.kind().name()))
    }
}

/// The size of a batch: batch normalisation wants several pictures or sounds. A `value_parser` for clap.
///
/// # Errors
///
/// A text that says what was expected.
pub fn at_least_two(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 2..) => Ok(count),
        _ => Err("expected a whole number of 2 or more".to_owned()),
    }
}

/// The name of a file that becomes a PNG picture. A `value_parser` for clap.
///
/// # Errors
///
/// A text that says what was expected.
pub fn png_file(text: &str) -> Result<PathBuf, String> {
    ending_in("png", text)
}

/// The name of a file that becomes an SVG drawing. A `value_parser` for clap.
///
/// # Errors
///
/// A text that says what was expected.
pub fn svg_file(text: &str) -> Result<PathBuf, String> {
    ending_in("svg", text)
}

fn ending_in(extension: &str, text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_dir() {
        return Err(format!(
            "expected the name of a file, found a folder: add a name such as out.{extension}"
        ));
    }
    match path.extension() {
        Some(found) if found.eq_ignore_ascii_case(extension) => Ok(path),
        _ => Err(format!("expected a name that ends in .{extension}, which is what is written")),
    }
}

/// `--data` of a chapter that reads none: refused, and left out of the help.
///
/// `#[command(mut_arg("data", lab::without_data))]` on a program's arguments puts it in place.
pub fn without_data(data: clap::Arg) -> clap::Arg {
    let refused = |_: &str| Err::<PathBuf, _>("this chapter reads no data; leave --data out");
    data.hide(true).value_parser(refused)
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
            pages: false,
            data: data.map(PathBuf::from),
            record: None,
            fresh: false,
            device: DeviceName::COMPILED,
            unusual: false,
        }
    }

    #[test]
    fn only_full_runs_on_the_books_own_data_write_what_pages_show() {
        let folder = |quick, data| options(quick, data).record_folder("text-embedding").unwrap();
        assert!(folder(false, None).ends_with("target/runs/text-embedding-full"));
        assert!(folder(true, None).ends_with("target/runs/text-embedding-quick"));
        assert!(folder(false, Some("x")).ends_with("target/runs/text-embedding-data"));
        let unusual = Options { unusual: true, ..options(false, None) };
        assert!(unusual.record_folder("text-embedding").unwrap().ends_with("text-embedding-settings"));
        let other_seed = Options { seed: 2, ..options(false, None) };
        assert!(other_seed.record_folder("text-embedding").unwrap().ends_with("text-embedding-seed"));
    }

    #[test]
    fn only_a_run_that_is_meant_for_the_pages_and_like_theirs_gets_there() {
        let pages = |options: Options| Options { pages: true, ..options }.record_folder("text-embedding");
        assert!(pages(options(false, None)).unwrap().ends_with("chapters/1-text-embedding"));
        for other in [
            Options { unusual: true, ..options(false, None) },
            Options { seed: 2, ..options(false, None) },
            options(false, Some("x")),
        ] {
            let error = pages(other).unwrap_err().to_string();
            assert!(error.contains("leave --pages out"), "{error}");
        }
        let recorded = |options: Options| options.recorded_folder("text-embedding");
        assert!(recorded(options(false, None)).unwrap().ends_with("chapters/1-text-embedding"));
        assert_eq!(recorded(options(true, None)), None);
        assert_eq!(recorded(Options { record: Some("x".into()), ..options(false, None) }), None);
    }

    #[test]
    fn seeds_are_one_or_three_for_the_pages_or_as_many_as_asked_for() {
        assert_eq!(options(false, None).seeds(5, 2), 5..6);
        assert_eq!(options(true, None).seeds(5, 2), 5..7);
        assert_eq!(Options { pages: true, ..options(false, None) }.seeds(5, 2), 5..8);
        assert_eq!(Options { seeds: Some(2), ..options(true, None) }.seeds(5, 1), 5..7);
    }

    #[test]
    fn a_batch_has_at_least_two() {
        assert_eq!(at_least_two("2"), Ok(2));
        for text in ["1", "0", "-3", "two", ""] {
            assert!(at_least_two(text).is_err_and(|error| error.contains("2 or more")));
        }
    }

    #[test]
    fn a_picture_is_written_into_a_file_that_is_named_as_one() {
        assert_eq!(png_file("looks.PNG"), Ok("looks.PNG".into()));
        for (text, expected) in
            [("looks.jpg", "ends in .png"), ("looks", "ends in .png"), (".", "found a folder")]
        {
            assert!(png_file(text).is_err_and(|error| error.contains(expected)), "{text}");
        }
        assert!(svg_file("a/b.svg").is_ok() && svg_file("b.png").is_err());
    }

    #[test]
    fn data_is_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let of = |path: &Path| {
            let options = options(false, path.to_str());
            options.data_folder().map(|found| found.is_some()).map_err(|error| error.to_string())
        };
        assert_eq!(of(folder.path()), Ok(true));
        assert!(of(&file).is_err_and(|error| error.contains("expected a folder, found a file")));
        assert!(of(&folder.path().join("none")).is_err_and(|error| error.contains("nothing of this name")));
        assert!(options(false, None).data_folder().is_ok_and(|found| found.is_none()));
    }

    #[test]
    fn what_is_kept_is_named_after_the_run() {
        let file = options(true, None).checkpoint_file("sound", "ear");
        assert!(file.ends_with("target/checkpoints/sound-quick-ear.safetensors"), "{}", file.display());
        let full = options(false, None).checkpoint_file("sound", "ear");
        assert!(full.ends_with("sound-full-ear.safetensors"), "{}", full.display());
    }

    #[test]
    fn a_chapter_without_data_refuses_it() {
        use clap::Parser;
        #[derive(Parser)]
        #[command(mut_arg("data", without_data))]
        struct Program {
            #[command(flatten)]
            options: Options,
        }
        assert!(Program::try_parse_from(["chapter"]).is_ok_and(|program| program.options.data.is_none()));
        let error = Program::try_parse_from(["chapter", "--data", "x"]).err().map(|error| error.to_string());
        assert!(error.is_some_and(|error| error.contains("reads no data")));
    }

    #[test]
    fn a_chapter_without_pages_is_an_error_with_a_remedy() {
        let pages = Options { pages: true, ..options(false, None) };
        let error = pages.record_folder("telepathy").unwrap_err().to_string();
        assert!(error.contains("telepathy") && error.contains("--record"), "{error}");
    }
}
