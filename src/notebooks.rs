//! Notebooks: one for each chapter, written from its pages.

mod builds;
pub mod cells;
pub mod execute;
pub mod file;

use crate::finding::Findings;
use crate::house::{Chapter, House, HouseError};
use crate::in_words::{count, duration};
use crate::say::say;
use crate::weave::Weaver;
use cells::{Cell, PageSource};
use execute::{ExecuteError, Executed};
use file::{Count, File};
use record::{RecordError, write_atomically};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// What `notebooks` takes.
#[derive(clap::Args, Clone, Debug)]
pub struct NotebooksArgs {
    /// Write nothing; tell where notebooks and pages differ
    #[arg(long)]
    pub check: bool,
    /// Execute every notebook from top to bottom and keep what its cells print and draw
    #[arg(long, conflicts_with = "check")]
    pub execute: bool,
    /// Only the notebooks of these chapters
    #[arg(value_name = "CHAPTER")]
    pub chapters: Vec<String>,
}

/// Why notebooks could not be written, checked or executed.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum NotebooksError {
    /// The book was not found.
    #[error(transparent)]
    #[diagnostic(transparent)]
    House(#[from] HouseError),
    /// The pages cannot become notebooks.
    #[error(transparent)]
    Pages(#[from] Findings),
    /// A page or a notebook could not be read.
    #[error("cannot read {path}: {reason}")]
    #[diagnostic(help("restore it with `git checkout -- {}`", path.display()))]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// A notebook could not be written.
    #[error(transparent)]
    Write(#[from] RecordError),
    /// A folder could not be made, or a file not copied.
    #[error("cannot write {path}: {reason}")]
    #[diagnostic(help("make the folder writable"))]
    Prepare {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// A notebook is truncated, or is none.
    #[error("{path} is not a whole notebook: {reason}")]
    #[diagnostic(help(
        "delete it and write it again with `cargo run --release -- notebooks`, \
         or restore it with `git checkout -- {}`",
        path.display()
    ))]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What is wrong, with line and column.
        reason: serde_json::Error,
    },
    /// A chapter was named that there is not.
    #[error("there is no chapter {name:?}; there are {}", .known.join(", "))]
    NoSuchChapter {
        /// What was named.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// Notebooks differ from their pages.
    #[error("{}", .0.join("\n"))]
    #[diagnostic(help("`cargo run --release -- notebooks` writes them, with `--execute` their outputs too"))]
    Differs(Vec<String>),
    /// The kernel could not be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Execute(#[from] ExecuteError),
    /// A cell failed.
    #[error("{path}: cell {id} failed\n{source_text}\n{error}")]
    #[diagnostic(help("nothing that the cells printed was stored"))]
    Cell {
        /// The notebook.
        path: PathBuf,
        /// The cell.
        id: String,
        /// Its text, each line marked.
        source_text: String,
        /// What the kernel said.
        error: String,
    },
}

/// Does what `args` ask for.
///
/// # Errors
///
/// If there is no such chapter, a page or notebook cannot be read or written, notebooks differ from their pages, or
/// a cell fails.
pub fn run(args: &NotebooksArgs) -> Result<ExitCode, NotebooksError> {
    let house = House::find()?;
    let weaver = Weaver::open(&house)?;
    let (mut differences, mut written) = (Vec::new(), Vec::new());
    let all = house.chapters()?;
    if let Some(unknown) = args.chapters.iter().find(|name| all.iter().all(|chapter| chapter.name != **name))
    {
        let known = all.into_iter().map(|chapter| chapter.name).collect();
        return Err(NotebooksError::NoSuchChapter { name: unknown.clone(), known });
    }
    let wanted = |chapter: &Chapter| args.chapters.is_empty() || args.chapters.contains(&chapter.name);
    for chapter in all.into_iter().filter(wanted) {
        let pages = pages(&house, &chapter)?;
        if pages.is_empty() {
            continue;
        }
        let cells = cells::of_chapter(&house, &weaver, &chapter, &pages)?;
        let notebook = Notebook::of(&house, chapter);
        if args.check {
            differences.extend(notebook.differences(&cells)?);
            continue;
        }
        notebook.write(&File::new(&cells, notebook.read()?.as_ref()))?;
        say!("{}: {}", notebook.name().display(), count(cells.len(), "cell", "cells"));
        written.push((notebook, cells));
    }
    if args.execute {
        execute_all(&written)?;
    }
    if differences.is_empty() { Ok(ExitCode::SUCCESS) } else { Err(NotebooksError::Differs(differences)) }
}

/// Executes notebooks: the first alone, since what it compiles [serves the others](builds), and then as many at once as
/// there are cores. A cell keeps one core busy with compiling for most of its time.
fn execute_all(notebooks: &[(Notebook, Vec<Cell>)]) -> Result<(), NotebooksError> {
    let Some(((first, cells), others)) = notebooks.split_first() else { return Ok(()) };
    first.execute(cells)?;
    // Nothing may be copied from a folder in which another kernel compiles.
    for (notebook, _) in others {
        prepare_builds(&notebook.house, &notebook.chapter.name)?;
    }
    let lanes = std::thread::available_parallelism().map_or(1, usize::from).min(others.len());
    let (next, failed) = (Mutex::new(others.iter()), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let lane = || {
            // A lock that is taken in the condition of a loop is held in the loop.
            let take = || next.lock().unwrap_or_else(PoisonError::into_inner).next();
            while !failed.load(Ordering::Relaxed)
                && let Some((notebook, cells)) = take()
            {
                notebook.execute(cells).inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
            }
            Ok(())
        };
        let lanes: Vec<_> = (0..lanes).map(|_| scope.spawn(lane)).collect();
        let mut joined = lanes.into_iter().map(|lane| lane.join());
        joined.try_for_each(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// The chapter's pages in the order of `SUMMARY.md`.
fn pages(house: &House, chapter: &Chapter) -> Result<Vec<PageSource>, NotebooksError> {
    let read = |path: PathBuf| {
        std::fs::read_to_string(&path).map_err(|reason| NotebooksError::Read { path, reason })
    };
    let mut pages = Vec::new();
    for (path, _) in house.summary()? {
        if house.pages().join(&path).starts_with(&chapter.folder) {
            pages.push(PageSource { text: read(house.pages().join(&path))?, path });
        }
    }
    Ok(pages)
}

/// A chapter's notebook and what belongs to it.
struct Notebook {
    house: House,
    chapter: Chapter,
    path: PathBuf,
}

impl Notebook {
    fn of(house: &House, chapter: Chapter) -> Self {
        let path = chapter.folder.join(format!("{}.ipynb", chapter.name));
        Self { house: house.clone(), chapter, path }
    }

    /// The notebook's file, as it is told to a reader.
    fn name(&self) -> PathBuf {
        self.house.relative(&self.path)
    }

    /// The notebook on disk, if there is one.
    fn read(&self) -> Result<Option<File>, NotebooksError> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(reason) => return Err(NotebooksError::Read { path: self.name(), reason }),
        };
        let malformed = |reason| NotebooksError::Malformed { path: self.name(), reason };
        Ok(Some(File::parse(&text).map_err(malformed)?))
    }

    /// The kernel's settings, which it reads from the folder that it starts in: it keeps what it
    /// compiles from one start to the next, in a place where the book's cargo configuration holds.
    /// The cells are optimised: what is generic in the crates, such as training with a closure that
    /// watches, is compiled with the cell that calls it, and chapter 3's was seven times slower without.
    fn settings(&self) -> (PathBuf, String) {
        let text = format!(
            "# Written by `cargo run --release -- notebooks`. The Rust kernel reads this.\n[evcxr]\n\
             tmpdir = \"../../target/notebooks/{}\"\nopt_level = \"2\"\n",
            self.chapter.name
        );
        (self.chapter.folder.join("evcxr.toml"), text)
    }

    fn write(&self, file: &File) -> Result<(), NotebooksError> {
        let text = file.text().map_err(|reason| NotebooksError::Malformed { path: self.name(), reason })?;
        write_atomically(&self.path, text.as_bytes())?;
        let (path, text) = self.settings();
        write_atomically(&path, text.as_bytes())?;
        prepare_builds(&self.house, &self.chapter.name)?;
        Ok(())
    }

    /// Where the notebook on disk is not what its pages make it.
    fn differences(&self, cells: &[Cell]) -> Result<Vec<String>, NotebooksError> {
        let name = self.name();
        let name = name.display();
        let Some(file) = self.read()? else {
            return Ok(vec![format!("{name} is missing")]);
        };
        let mut differences = Vec::new();
        let (settings, text) = self.settings();
        if std::fs::read_to_string(&settings).ok().as_deref() != Some(text.as_str()) {
            differences.push(format!("{} is not as it is written", self.house.relative(&settings).display()));
        }
        let differs = cells.iter().zip(&file.cells).find(|(cell, stored)| !stored.holds(cell));
        if let Some((cell, stored)) = differs {
            let stored = stored.source();
            let how = match differing_line(&cell.source, &stored) {
                Some((pages, notebook)) => format!("they say {pages:?}, the notebook {notebook:?}"),
                None => "it has their text, and another name or kind".to_owned(),
            };
            differences.push(format!("{name}: cell {} differs from the pages: {how}", cell.id));
        } else if cells.len() != file.cells.len() {
            differences.push(format!(
                "{name} has {}, the pages make {}",
                count(file.cells.len(), "cell", "cells"),
                cells.len()
            ));
        }
        let code = || file.cells.iter().filter(|cell| cell.is_code());
        for (cell, place) in code().zip(1..) {
            if cell.execution_count != Count::At(place) {
                differences.push(format!("{name}: cell {} has not been executed in its place", cell.id));
            }
        }
        Ok(differences)
    }

    /// Executes the cells from top to bottom and stores what they give.
    fn execute(&self, cells: &[Cell]) -> Result<(), NotebooksError> {
        let mut file = File::new(cells, None);
        let sources: Vec<String> = file.cells.iter().filter(|c| c.is_code()).map(|c| c.source()).collect();
        let report = |executed: &Executed| {
            let first_line = sources[executed.cell].lines().next().unwrap_or_default();
            say!(
                "{} {}/{}: {}  {first_line}",
                self.chapter.name,
                executed.cell + 1,
                sources.len(),
                duration(executed.seconds)
            );
        };
        let executed = execute::execute(&self.house, &self.chapter.folder, &sources, report)?;
        let code = file.cells.iter_mut().filter(|cell| cell.is_code());
        for ((cell, place), result) in code.zip(1..).zip(executed) {
            if let Some(error) = result.error {
                return Err(NotebooksError::Cell {
                    path: self.name(),
                    id: cell.id.clone(),
                    source_text: marked(&cell.source()),
                    error,
                });
            }
            cell.execution_count = Count::At(place);
            let outputs = result.outputs.into_iter().map(|mut output| {
                if output["output_type"] == "execute_result" {
                    output["execution_count"] = place.into();
                }
                output
            });
            cell.outputs = Some(outputs.collect());
        }
        self.write(&file)
    }
}

/// Makes the folder ready in which the kernel compiles the cells of a notebook, and gives it: with the book's versions
/// of crates, and without the manifest of the last session. The kernel loads that one before anything else, and ends
/// where it names a folder that has moved since.
///
/// # Errors
///
/// If the folder cannot be written.
pub fn prepare_builds(house: &House, name: &str) -> Result<PathBuf, NotebooksError> {
    let folder = house.root().join("target/notebooks").join(name);
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |reason| NotebooksError::Prepare { path, reason }
    };
    std::fs::create_dir_all(&folder).map_err(failed(&folder))?;
    let manifest = folder.join("Cargo.toml");
    if manifest.exists() {
        std::fs::remove_file(&manifest).map_err(failed(&manifest))?;
    }
    let (from, to) = (house.root().join("Cargo.lock"), folder.join("Cargo.lock"));
    if from.exists() {
        std::fs::copy(&from, &to).map_err(failed(&to))?;
    }
    builds::take_over(&folder).map_err(failed(&folder))?;
    Ok(folder)
}

fn marked(text: &str) -> String {
    text.lines().map(|line| format!("  | {line}")).collect::<Vec<_>>().join("\n")
}

/// The first line in which two texts differ.
fn differing_line<'a>(a: &'a str, b: &'a str) -> Option<(&'a str, &'a str)> {
    let (mut a, mut b) = (a.lines(), b.lines());
    loop {
        match (a.next(), b.next()) {
            (Some(a), Some(b)) if a == b => {}
            (None, None) => return None,
            (a, b) => return Some((a.unwrap_or_default(), b.unwrap_or_default())),
        }
    }
}
