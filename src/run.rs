//! Runs chapters: finds their crates, starts them with cargo, and compares what they wrote.

use crate::doctor::{Machine, ThisMachine, cuda};
use crate::house::{Chapter, House, HouseError};
use crate::in_words::{count, duration, memory};
use crate::nearest::nearest;
use crate::say::say;
use record::{Kind, Record, RecordError, USUAL_SEED};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What chapters are compiled for.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// The processor
    Cpu,
    /// The first NVIDIA card
    Cuda,
}

/// What `run` takes.
#[derive(clap::Args, Clone, Debug)]
pub struct RunArgs {
    /// The chapter's name or number, `text-embedding` or `1` for one; `all` for all of them; without one, the chapters are named
    pub chapter: Option<String>,
    /// A few seconds on less data
    #[arg(long)]
    pub quick: bool,
    /// Train with three seeds instead of one, and put the numbers and figures on the pages in place of the book's
    #[arg(long, conflicts_with_all = ["quick", "seed", "seeds", "data", "device", "full_size", "compare"])]
    pub pages: bool,
    /// Start the random numbers elsewhere
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Train with so many seeds instead of one
    #[arg(long, value_name = "N")]
    pub seeds: Option<u64>,
    /// Read this file or folder instead of the chapter's own data
    #[arg(long, value_name = "PATH")]
    pub data: Option<PathBuf>,
    /// Compile for the processor or for an NVIDIA card, and compute there
    #[arg(long, value_enum, value_name = "DEVICE", default_value_t = Device::Cpu)]
    pub device: Device,
    /// Compile for larger pictures, and train with the chapter's settings for a card; on two cores it takes an hour or more
    #[arg(long)]
    pub full_size: bool,
    /// Write to target/compare/ and compare with the record that the pages show
    #[arg(long, conflicts_with_all = ["quick", "seed", "data", "full_size"])]
    pub compare: bool,
    /// Where nothing differs, note in the record that these sources find the same, and how long it took
    #[arg(long, requires = "compare", conflicts_with_all = ["device", "seeds"])]
    pub confirm: bool,
}

/// Why chapters could not be run.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum RunError {
    /// The book was not found.
    #[error(transparent)]
    #[diagnostic(transparent)]
    House(#[from] HouseError),
    /// There is no such chapter.
    #[error("there is no chapter `{name}`")]
    #[diagnostic(help("{}", known(name, chapters)))]
    NoSuchChapter {
        /// What was asked for.
        name: String,
        /// What there is.
        chapters: Vec<String>,
    },
    /// No chapter was named.
    #[error("expected the name of a chapter after `run`, found none")]
    #[diagnostic(help("the chapters are {}, or `all`", chapters.join(", ")))]
    NoName {
        /// What there is.
        chapters: Vec<String>,
    },
    /// The file or folder of `--data` is not there.
    #[error("--data {path}: {reason}")]
    #[diagnostic(help(
        "name a file or folder that exists, or leave --data out to use the chapter's own data"
    ))]
    NoData {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// The chapter has no settings for a card.
    #[error("--full-size: expected a chapter that can be compiled for larger pictures, found {chapter}")]
    #[diagnostic(help("these can: {}. Leave --full-size out for the others", sized.join(", ")))]
    OneSize {
        /// The chapter.
        chapter: String,
        /// Those that can.
        sized: Vec<String>,
    },
    /// A chapter's Cargo.toml could not be read.
    #[error("{path} is not a crate's Cargo.toml: {reason}")]
    #[diagnostic(help("`git status` shows what was changed in it"))]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no card, or its set-up is not whole.
    #[error("nothing can be compiled for a card here: {found}")]
    #[diagnostic(help(
        "{remedy}. The page \"On a GPU\" has all steps, and `cargo run --release -- doctor` looks at them again. \
         Without --device cuda the chapters compute on the processor"
    ))]
    NoCard {
        /// What was found.
        found: String,
        /// What to do about the first step that is missing.
        remedy: String,
    },
    /// cargo could not be started.
    #[error("cannot start {program}: {reason}")]
    #[diagnostic(help("install Rust from https://rustup.rs, and open a new terminal"))]
    NoCargo {
        /// What was to be started.
        program: String,
        /// Why.
        reason: std::io::Error,
    },
    /// The handler of Ctrl-C could not be set up, or the chapter could not be waited for.
    #[error("cannot look after the chapter's program: {0}")]
    Wait(#[from] std::io::Error),
    /// A record could not be read.
    #[error("nothing to compare with: {0}")]
    #[diagnostic(help("`cargo run --release -- run {chapter} --pages` writes the record", chapter = .1))]
    NoRecord(RecordError, String),
    /// A record could not be written.
    #[error(transparent)]
    Confirm(RecordError),
}

fn known(name: &str, chapters: &[String]) -> String {
    let list = format!("the chapters are {}, or `all`", chapters.join(", "));
    match nearest(name, chapters.iter().map(String::as_str).chain(["all"])) {
        Some(nearest) => format!("did you mean `{nearest}`? {}", capitalised(&list)),
        None if chapters.is_empty() => "no folder of code/ belongs to a folder of chapters/".to_owned(),
        None => list,
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Runs what `args` ask for. The exit code is that of the first chapter that failed, or 1 where a
/// comparison found a difference.
///
/// # Errors
///
/// If there is no such chapter, what is asked for is not possible, or cargo cannot be started.
pub fn run(args: &RunArgs) -> Result<ExitCode, RunError> {
    let house = House::find()?;
    let chapters = chosen(&house, args.chapter.as_deref())?;
    if args.full_size {
        check_full_size(&house, &chapters)?;
    }
    if args.device == Device::Cuda {
        // Before anything is compiled: build scripts of other crates would say it in their own words.
        cuda::steps(&ThisMachine).map_err(|(found, remedy)| RunError::NoCard { found, remedy })?;
    }
    let data = match &args.data {
        None => None,
        // The chapter's program starts in the book's folder, not in the reader's.
        Some(path) => Some(
            std::path::absolute(path)
                .and_then(|absolute| absolute.metadata().map(|_| absolute))
                .map_err(|reason| RunError::NoData { path: path.clone(), reason })?,
        ),
    };
    let recorded = if args.compare {
        let load = |chapter: &Chapter| {
            Record::load(&chapter.folder).map_err(|e| RunError::NoRecord(e, chapter.name.clone()))
        };
        chapters.iter().map(load).collect::<Result<Vec<_>, _>>()?
    } else {
        Vec::new()
    };
    let signals = Signals::watch()?;
    let mut finished = Vec::new();
    for (i, chapter) in chapters.iter().enumerate() {
        let folder = output_folder(&house, chapter, args);
        let mut command = cargo_run(&house, chapter, args, data.as_deref(), &folder);
        let started = Instant::now();
        let before = written_at(&folder);
        if !is_compiled(&house, chapter) {
            eprintln!("{} is compiled first, which takes minutes, and happens once.", chapter.name);
        }
        let child = command.spawn().map_err(|reason| RunError::NoCargo {
            program: command.get_program().to_string_lossy().into_owned(),
            reason,
        })?;
        let status = signals.wait(child)?;
        let mut outcome = Outcome {
            name: chapter.name.clone(),
            took: started.elapsed(),
            code: code(status),
            record: None,
            differences: 0,
        };
        if outcome.code == 0 && written_at(&folder) != before {
            match Record::load(&folder) {
                Ok(record) => outcome.record = Some(record),
                Err(error) => {
                    eprintln!("{}: {error}", chapter.name);
                    outcome.code = 1;
                }
            }
        }
        if let (Some(old), 0) = (recorded.get(i), outcome.code) {
            outcome.compare(old, &house.relative(&folder));
            if args.confirm {
                outcome.confirm(old, &chapter.folder)?;
            }
        }
        say!("{outcome}");
        let interrupted = signals.seen();
        finished.push(outcome);
        if interrupted {
            break;
        }
    }
    if args.chapter.as_deref() == Some("all") {
        say!("{}", summary(&finished, chapters.len()));
    }
    Ok(ExitCode::from(exit_code(&finished, chapters.len())))
}

/// The exit code of the first chapter that failed; that of a stopped program if some of the chapters did not run.
fn exit_code(finished: &[Outcome], of: usize) -> u8 {
    let failed = finished.iter().map(|outcome| outcome.code).find(|code| *code != 0);
    failed.unwrap_or(if finished.len() < of { 130 } else { 0 })
}

/// The chapters that have pages and a crate, and of these the one that was asked for.
fn chosen(house: &House, name: Option<&str>) -> Result<Vec<Chapter>, RunError> {
    let mut chapters = house.chapters()?;
    chapters.retain(|chapter| house.root().join("code").join(&chapter.name).join("Cargo.toml").is_file());
    let names = || chapters.iter().map(|chapter| chapter.name.clone()).collect();
    let Some(name) = name else { return Err(RunError::NoName { chapters: names() }) };
    if name == "all" && !chapters.is_empty() {
        return Ok(chapters);
    }
    // A chapter may be called by its number, too.
    let wanted = |chapter: &&Chapter| chapter.name == name || chapter.number.to_string() == name;
    match chapters.iter().find(wanted) {
        Some(chapter) => Ok(vec![chapter.clone()]),
        None => Err(RunError::NoSuchChapter { name: name.to_owned(), chapters: names() }),
    }
}

/// Refuses chapters that cannot be compiled for larger pictures.
fn check_full_size(house: &House, chapters: &[Chapter]) -> Result<(), RunError> {
    let mut sized = Vec::new();
    for chapter in chosen(house, Some("all"))? {
        if has_full_size(house, &chapter)? {
            sized.push(chapter.name);
        }
    }
    match chapters.iter().find(|chapter| !sized.contains(&chapter.name)) {
        Some(other) => Err(RunError::OneSize { chapter: other.name.clone(), sized }),
        None => Ok(()),
    }
}

/// Whether the chapter can be compiled for larger pictures.
fn has_full_size(house: &House, chapter: &Chapter) -> Result<bool, RunError> {
    let path = house.root().join("code").join(&chapter.name).join("Cargo.toml");
    let manifest = std::fs::read_to_string(&path).map_err(|error| error.to_string());
    let manifest: Result<toml::Table, String> =
        manifest.and_then(|text| toml::from_str(&text).map_err(|error| error.message().to_owned()));
    let manifest = manifest.map_err(|reason| RunError::Manifest { path, reason })?;
    Ok(manifest.get("features").is_some_and(|features| features.get("full-size").is_some()))
}

/// Where the chapter's program writes its record.
fn output_folder(house: &House, chapter: &Chapter, args: &RunArgs) -> PathBuf {
    if args.compare {
        return house.root().join("target/compare").join(&chapter.name);
    }
    if args.pages {
        return chapter.folder.clone();
    }
    let kind = Kind {
        quick: args.quick,
        data: args.data.is_some(),
        seed: args.seed.is_some_and(|seed| seed != USUAL_SEED),
        settings: args.full_size,
        cuda: args.device == Device::Cuda,
    };
    kind.folder(house.root(), &chapter.name)
}

fn cargo_run(
    house: &House,
    chapter: &Chapter,
    args: &RunArgs,
    data: Option<&Path>,
    folder: &Path,
) -> Command {
    // cargo tells its children which cargo it is; started by hand, the one on PATH serves.
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(house.root()).args(["run", "--release", "--package", &chapter.name]);
    let cuda = (args.device == Device::Cuda).then_some("cuda");
    let features: Vec<&str> = cuda.into_iter().chain(args.full_size.then_some("full-size")).collect();
    if !features.is_empty() {
        command.arg("--features").arg(features.join(","));
    }
    command.arg("--");
    if let Some(device) = cuda {
        command.args(["--device", device]);
    }
    if args.full_size {
        command.arg("--full-size");
    }
    if args.quick {
        command.arg("--quick");
    }
    if args.pages {
        command.arg("--pages");
    }
    if let Some(seed) = args.seed {
        command.arg("--seed").arg(seed.to_string());
    }
    if let Some(seeds) = args.seeds {
        command.arg("--seeds").arg(seeds.to_string());
    }
    if let Some(data) = data {
        command.arg("--data").arg(data);
    }
    if args.compare {
        // From the start: a checkpoint of another run would make it another run.
        command.arg("--record").arg(folder).arg("--fresh");
    }
    command
}

/// Whether there is a program of the chapter already, perhaps of older sources.
fn is_compiled(house: &House, chapter: &Chapter) -> bool {
    let target = house.target(ThisMachine.variable("CARGO_TARGET_DIR"));
    target.join("release").join(format!("{}{}", chapter.name, std::env::consts::EXE_SUFFIX)).is_file()
}

fn written_at(folder: &Path) -> Option<std::time::SystemTime> {
    folder.join(record::FILE_NAME).metadata().and_then(|file| file.modified()).ok()
}

fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        // As shells do it.
        return 128_u8.saturating_add(u8::try_from(signal).unwrap_or(u8::MAX));
    }
    status.code().map_or(1, |code| u8::try_from(code).unwrap_or(1))
}

/// Ctrl-C while a chapter runs. The terminal sends it to the chapter's program as well, which
/// keeps what it has; this program waits for that. A second one ends the chapter at once.
struct Signals;

static SIGNALS: AtomicUsize = AtomicUsize::new(0);

impl Signals {
    fn watch() -> Result<Self, RunError> {
        ctrlc::set_handler(|| {
            SIGNALS.fetch_add(1, Ordering::SeqCst);
        })
        .map_err(std::io::Error::other)?;
        Ok(Self)
    }

    fn seen(&self) -> bool {
        SIGNALS.load(Ordering::SeqCst) > 0
    }

    fn wait(&self, mut child: Child) -> Result<ExitStatus, RunError> {
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            if SIGNALS.load(Ordering::SeqCst) > 1 {
                child.kill()?;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// How a chapter's run ended.
struct Outcome {
    name: String,
    took: Duration,
    code: u8,
    /// The record that the run wrote.
    record: Option<Record>,
    differences: usize,
}

impl Outcome {
    fn compare(&mut self, old: &Record, folder: &Path) {
        let Some(new) = &self.record else {
            eprintln!("{}: the run wrote no {}", self.name, folder.join(record::FILE_NAME).display());
            self.code = 1;
            return;
        };
        let differences = record::compare(old, new);
        for difference in &differences {
            say!("{}: {difference}", self.name);
        }
        let other_data = record::other_data(old, new);
        if let Some(note) = &other_data {
            say!("{}: {note}", self.name);
        }
        if differences.is_empty() {
            if other_data.is_none() {
                say!("{}: every value and output is as recorded", self.name);
            }
        } else {
            self.code = 1;
        }
        self.differences = differences.len();
    }

    /// Notes in the record in `folder` that this run found the same, if it did.
    fn confirm(&mut self, old: &Record, folder: &Path) -> Result<(), RunError> {
        let Some(new) = self.record.as_ref().filter(|_| self.code == 0) else { return Ok(()) };
        if record::other_data(old, new).is_some() {
            say!("{}: nothing is confirmed, since the data are others", self.name);
            self.code = 1;
            return Ok(());
        }
        Record::confirm(folder, new).map_err(RunError::Confirm)
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: ", self.name)?;
        match self.code {
            0 => {}
            130 => f.write_str("stopped, ")?,
            _ if self.differences > 0 => {
                write!(f, "{}, ", count(self.differences, "difference", "differences"))?
            }
            code => write!(f, "failed with exit code {code}, ")?,
        }
        match &self.record {
            Some(record) => {
                write!(f, "ran {}", duration(record.duration_seconds))?;
                if record.peak_memory_bytes > 0 {
                    write!(f, ", peak memory {}", memory(record.peak_memory_bytes))?;
                }
                write!(f, " ({} with compiling)", duration(self.took.as_secs_f64()))
            }
            None => write!(f, "after {}", duration(self.took.as_secs_f64())),
        }
    }
}

fn summary(finished: &[Outcome], of: usize) -> String {
    let failed: Vec<&str> =
        finished.iter().filter(|outcome| outcome.code != 0).map(|outcome| outcome.name.as_str()).collect();
    let took: f64 = finished.iter().map(|outcome| outcome.took.as_secs_f64()).sum();
    let peak =
        finished.iter().filter_map(|outcome| outcome.record.as_ref()).map(|r| r.peak_memory_bytes).max();
    let mut text = format!(
        "all: {} of {} as they should be, {}",
        finished.len() - failed.len(),
        count(of, "chapter", "chapters"),
        duration(took)
    );
    if let Some(peak) = peak.filter(|peak| *peak > 0) {
        text += &format!(", peak memory {}", memory(peak));
    }
    if !failed.is_empty() {
        text += &format!("; not {}", failed.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_was_stopped_between_two_chapters_is_no_success() {
        let outcome = |code| Outcome {
            name: "alpha".into(),
            took: Duration::from_secs(1),
            code,
            record: None,
            differences: 0,
        };
        assert_eq!(exit_code(&[outcome(0), outcome(0)], 2), 0);
        assert_eq!(exit_code(&[outcome(0)], 2), 130);
        assert_eq!(exit_code(&[outcome(0), outcome(3)], 3), 3);
    }

    #[test]
    fn an_unknown_chapter_brings_the_nearest_and_the_list() {
        let chapters = ["text-embedding".to_owned(), "joint-embedding".to_owned()];
        let help = known("text-embeding", &chapters);
        assert!(help.starts_with("did you mean `text-embedding`? "), "{help}");
        assert!(help.ends_with("text-embedding, joint-embedding, or `all`"), "{help}");
        assert!(known("xyz", &chapters).starts_with("the chapters are"));
    }
}
