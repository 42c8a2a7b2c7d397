//! A run of a chapter, from its first line to its record.

use crate::options::book;
use crate::{Figure, LabError, Options, machine};
use miette::{IntoDiagnostic, MietteHandlerOpts};
use record::{AUDIO, Draft, FIGURES, Fingerprint, Output, Record, Tier, Value};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// A run under way: collects what it finds and writes the record at its end.
#[derive(Debug)]
pub struct Run {
    record: Record,
    draft: Draft,
    started: Instant,
    /// The record that the pages show, if this run repeats or replaces it.
    book: Option<Record>,
}

impl Run {
    /// Starts a run. Finds out now whether the record's folder can be written to.
    ///
    /// `settings` are the options that shape the results, by name; a repeated run must have the
    /// same ones.
    ///
    /// # Errors
    ///
    /// If the pages are to show a run that is not like theirs or have no folder for it, the record's folder
    /// cannot be written to, or the sources of the chapter cannot be read.
    pub fn start(
        chapter: &str,
        options: &Options,
        settings: BTreeMap<String, String>,
    ) -> Result<Self, LabError> {
        let folder = options.record_folder(chapter)?;
        let draft = Draft::open(&folder)?;
        let shown = if options.pages { Some(folder) } else { options.recorded_folder(chapter) };
        // A broken record is no reason not to write a whole new one.
        let book = shown.and_then(|folder| Record::load(&folder).ok());
        let record = Record {
            format: record::FORMAT,
            chapter: chapter.to_owned(),
            tier: options.tier(),
            fingerprint: fingerprint(chapter)?,
            confirmed: None,
            options: settings,
            data: BTreeMap::new(),
            machine: machine::this_machine(),
            date: machine::today(),
            duration_seconds: 0.0,
            peak_memory_bytes: 0,
            values: BTreeMap::new(),
            outputs: BTreeMap::new(),
            figures: BTreeMap::new(),
            audio: BTreeMap::new(),
        };
        Ok(Self { record, draft, started: Instant::now(), book })
    }

    /// Notes data that the run read: its name, and where from or which version.
    pub fn data(&mut self, name: &str, version: &str) {
        self.record.data.insert(name.to_owned(), version.to_owned());
    }

    /// Records a number, which must be finite: JSON has no other ones.
    ///
    /// # Errors
    ///
    /// If the number is not finite, or the name was given before.
    pub fn value(&mut self, name: &str, value: Value) -> Result<(), LabError> {
        if !value.number.is_finite() {
            return Err(LabError::NotFinite { name: name.to_owned(), number: value.number });
        }
        insert_once("values", &mut self.record.values, name, value)
    }

    /// A number that this run has recorded.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.record.values.get(name).map(|value| value.number)
    }

    /// Prints a text under its name and records it. `exact` says whether a repeated run must print the same.
    ///
    /// # Errors
    ///
    /// If the name was given before.
    pub fn output(&mut self, name: &str, text: &str, exact: bool) -> Result<(), LabError> {
        let text = text.trim_end().to_owned();
        if self.record.outputs.is_empty() {
            println!(
                "Each table begins with its name in brackets. The chapter's pages say what it shows: \
                 `cargo run --release` serves them.\n"
            );
        }
        println!("[{name}]\n{text}\n");
        insert_once("outputs", &mut self.record.outputs, name, Output { text, exact })
    }

    /// Records a figure.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, or the name was given before.
    pub fn figure(&mut self, name: &str, figure: &Figure) -> Result<(), LabError> {
        let entry = self.draft.figure(name, &figure.svg, &figure.caption, &figure.alt)?;
        insert_once("figures", &mut self.record.figures, name, entry)
    }

    /// Records a sound: the bytes of a WAV file, a caption, and what is to be heard in words.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, or the name was given before.
    pub fn audio(
        &mut self,
        name: &str,
        wav: &[u8],
        caption: &str,
        description: &str,
    ) -> Result<(), LabError> {
        let entry = self.draft.audio(name, wav, caption, description)?;
        insert_once("audio", &mut self.record.audio, name, entry)
    }

    /// Records what the run has cost so far: `run_seconds`, and `peak_memory`, the most that the process has held.
    ///
    /// # Errors
    ///
    /// If it was recorded before.
    pub fn cost(&mut self) -> Result<(), LabError> {
        self.value("run_seconds", Value::machine(self.seconds()).unit("s"))?;
        self.value("peak_memory", Value::machine(machine::peak_memory_bytes() as f64 / 1e6).unit("MB"))
    }

    /// Seconds since the run started.
    pub fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Writes the record and says where; prints what is to be thought of it beside that of the pages.
    ///
    /// # Errors
    ///
    /// If the record cannot be written.
    pub fn finish(mut self) -> Result<PathBuf, LabError> {
        self.record.duration_seconds = self.seconds();
        self.record.peak_memory_bytes = machine::peak_memory_bytes();
        if self.record.tier == Tier::Quick {
            println!("This was a quick run: what is trained in seconds has learned next to nothing.\n");
        }
        if let Some(book) = &self.book {
            println!("{}\n", beside_the_book(book, &self.record));
        }
        Ok(self.draft.commit(&self.record)?)
    }
}

/// How a run's numbers lie to those that the pages show.
fn beside_the_book(book: &Record, run: &Record) -> String {
    if let Some(note) = record::other_data(book, run) {
        return format!("This run and that of the pages read different data: {note}.");
    }
    let differences = record::compare(book, run);
    let numbers = book.values.len();
    if differences.is_empty() {
        return format!(
            "All {numbers} numbers agree with those of the pages, within the tolerances that their record gives."
        );
    }
    let list: String = differences.iter().map(|difference| format!("\n- {difference}")).collect();
    format!("This run differs from that of the pages, which have {numbers} numbers, in:{list}")
}

fn insert_once<T>(
    kind: &'static str,
    map: &mut BTreeMap<String, T>,
    name: &str,
    entry: T,
) -> Result<(), LabError> {
    match map.insert(name.to_owned(), entry) {
        None => Ok(()),
        Some(_) => Err(LabError::TwiceNamed { kind, name: name.to_owned() }),
    }
}

/// The sources of a chapter as they are on disk.
///
/// # Errors
///
/// If they cannot be read.
pub fn fingerprint(chapter: &str) -> Result<Fingerprint, LabError> {
    Ok(Fingerprint::of_chapter(&book(), chapter)?)
}

/// Says where the record is, if there is one, or what went wrong, and gives the program's exit code.
pub fn conclude<E: std::error::Error + Send + Sync + 'static>(
    result: Result<Option<PathBuf>, E>,
) -> ExitCode {
    // A file or a pipe breaks no lines, and a command that a message quotes can be copied. Where somebody else has said
    // how reports look, it stays so.
    let _ = miette::set_hook(Box::new(|_| {
        let lines = MietteHandlerOpts::new().wrap_lines(std::io::stderr().is_terminal());
        Box::new(lines.break_words(false).build())
    }));
    match result.into_diagnostic() {
        Ok(record) => {
            if let Some(record) = record {
                println!("record: {}, with the figures beside it", record.display());
                if let Some(folder) = pages_beside(&record) {
                    println!("{}", way_back(&folder));
                }
            }
            ExitCode::SUCCESS
        }
        Err(report) => {
            eprintln!("Error: {report:?}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the chapter, as seen from the book's, whose pages show this record.
fn pages_beside(record: &Path) -> Option<PathBuf> {
    let folder = record.parent()?.strip_prefix(book()).ok()?;
    folder.starts_with("chapters").then(|| folder.to_owned())
}

/// What a run for the pages has changed, and how it is undone: nothing but what runs write.
fn way_back(folder: &Path) -> String {
    let there = |part: &str| Some(folder.join(part)).filter(|path| book().join(path).exists());
    let named = |parts: &[&str]| -> String {
        parts.iter().filter_map(|part| there(part)).map(|path| format!(" {}", path.display())).collect()
    };
    let (all, folders) = (named(&[record::FILE_NAME, FIGURES, AUDIO]), named(&[FIGURES, AUDIO]));
    format!(
        "The chapter's pages show these numbers and figures now. To get the book's own back:\n\
         git checkout{all} && git clean -fd{folders}"
    )
}

/// Ends the program on Ctrl-C with exit code 130, and says what stays; and without a word where nobody reads any more
/// what it prints, as behind `… | head -1`.
///
/// Records and checkpoints are written by renames, so that ending at any moment loses nothing that
/// was there before.
pub fn end_when_told() {
    sigpipe::reset();
    // A second handler in one process is refused: the first one already does what is needed.
    let _ = ctrlc::set_handler(|| {
        // Whoever reads this may be gone already; that must not keep the program from ending.
        let said = "\nStopped. The old record is unchanged. A chapter that is started again without --fresh \
                    goes on from what it had finished.\n";
        let _ = std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes());
        std::process::exit(130);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(folder: &std::path::Path) -> Options {
        Options {
            quick: true,
            seed: 1,
            seeds: None,
            pages: false,
            data: None,
            record: Some(folder.to_owned()),
            fresh: false,
            device: crate::DeviceName::COMPILED,
            unusual: false,
        }
    }

    #[test]
    fn a_run_that_the_pages_show_tells_the_way_back() {
        let beside = pages_beside(&book().join("chapters/9-x/record.json")).unwrap();
        assert_eq!(beside, Path::new("chapters/9-x"));
        let text_embedding = "chapters/1-text-embedding";
        let expected = format!(
            "git checkout {text_embedding}/record.json {text_embedding}/figures && git clean -fd {text_embedding}/figures"
        );
        assert!(way_back(Path::new(text_embedding)).ends_with(&expected));
        assert_eq!(pages_beside(&book().join("target/runs/x/record.json")), None);
        assert_eq!(pages_beside(std::path::Path::new("/elsewhere/record.json")), None);
    }

    #[test]
    fn a_finished_run_is_a_record_and_an_unfinished_one_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let figure = |svg: &str| Figure { svg: svg.into(), caption: "C".into(), alt: "A".into() };
        let mut run = Run::start("lab", &options(folder.path()), BTreeMap::new()).unwrap();
        run.value("answer", Value::exact(42.0)).unwrap();
        run.figure("map", &figure("<svg/>")).unwrap();
        run.audio("tone", b"RIFF", "C", "A tone.").unwrap();
        run.finish().unwrap();
        let before = Record::load(folder.path()).unwrap();
        assert_eq!(before.values["answer"].number, 42.0);
        assert!(folder.path().join(&before.figures["map"].file).exists());
        assert_eq!(before.audio["tone"].description, "A tone.");
        assert_eq!(std::fs::read(folder.path().join(&before.audio["tone"].file)).unwrap(), b"RIFF");

        let mut stopped = Run::start("lab", &options(folder.path()), BTreeMap::new()).unwrap();
        stopped.figure("map", &figure("<svg></svg>")).unwrap();
        drop(stopped);
        assert_eq!(Record::load(folder.path()).unwrap(), before);
        assert!(folder.path().join(&before.figures["map"].file).exists());

        let mut again = Run::start("lab", &options(folder.path()), BTreeMap::new()).unwrap();
        again.figure("map", &figure("<svg></svg>")).unwrap();
        again.finish().unwrap();
        let files = std::fs::read_dir(folder.path().join("figures")).unwrap().count();
        assert_eq!(files, 1, "pictures that no record names are removed");
    }

    #[test]
    fn a_run_is_held_beside_that_of_the_pages() {
        let folder = tempfile::tempdir().unwrap();
        let of = |answer: f64, data: &str| {
            let mut run = Run::start("lab", &options(folder.path()), BTreeMap::new()).unwrap();
            run.data("documentation", data);
            run.value("answer", Value::within(answer, 1.0)).unwrap();
            run.record
        };
        let book = of(42.0, "1.95");
        let same = beside_the_book(&book, &of(42.5, "1.95"));
        assert!(same.starts_with("All 1 numbers agree"), "{same}");
        let other = beside_the_book(&book, &of(44.0, "1.95"));
        assert!(other.contains("\n- value answer: recorded 42, now 44"), "{other}");
        let elsewhere = beside_the_book(&book, &of(44.0, "1.96"));
        assert!(elsewhere.contains("different data") && elsewhere.contains("1.96"), "{elsewhere}");
    }

    #[test]
    fn a_name_is_given_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = Run::start("lab", &options(folder.path()), BTreeMap::new()).unwrap();
        run.value("answer", Value::exact(42.0)).unwrap();
        assert!(matches!(run.value("answer", Value::exact(43.0)), Err(LabError::TwiceNamed { .. })));
        assert!(matches!(run.value("ratio", Value::exact(f64::NAN)), Err(LabError::NotFinite { .. })));
    }
}
