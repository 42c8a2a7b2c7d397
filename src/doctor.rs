//! What this machine has, what it lacks, what the lack costs, and how to cure it.

pub(crate) mod cuda;

use crate::house::{House, HouseError};
use crate::in_words::{duration, memory};
use crate::print;
use crate::say::say;
use record::{FILE_NAME, Record};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Disk that the compiled book and chapters take, in `target/release`: measured, and rounded up.
const DISK: u64 = 2_000_000_000;

/// What tests and notebooks take besides.
const MORE_DISK: u64 = 9_000_000_000;

/// Memory that compiling takes, for a machine on which no chapter has a record yet.
const MEMORY: u64 = 2_000_000_000;

/// Questions to a machine.
pub trait Machine {
    /// What `program` prints when called with `arguments`; `None` where it is missing or fails.
    fn ask(&self, program: &str, arguments: &[&str]) -> Option<String>;
    /// An environment variable.
    fn variable(&self, name: &str) -> Option<String>;
    /// Whether something lies at `path`.
    fn exists(&self, path: &Path) -> bool;
    /// Whether files can be made in `folder`.
    fn can_write(&self, folder: &Path) -> bool;
    /// Logical cores that a program may use.
    fn cores(&self) -> usize;
    /// Main memory; `None` where the system does not tell.
    fn memory_bytes(&self) -> Option<u64>;
    /// Free space on the disk of `folder`; `None` where the system does not tell.
    fn free_bytes(&self, folder: &Path) -> Option<u64>;
    /// What the files below `folder` take; 0 where there is no such folder.
    fn taken_bytes(&self, folder: &Path) -> u64;
}

/// The machine that this program runs on.
pub struct ThisMachine;

impl Machine for ThisMachine {
    fn ask(&self, program: &str, arguments: &[&str]) -> Option<String> {
        let output = Command::new(program).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    fn can_write(&self, folder: &Path) -> bool {
        tempfile::NamedTempFile::new_in(folder).is_ok()
    }

    fn cores(&self) -> usize {
        std::thread::available_parallelism().map_or(1, usize::from)
    }

    fn memory_bytes(&self) -> Option<u64> {
        if cfg!(target_os = "linux") {
            let info = std::fs::read_to_string("/proc/meminfo").ok()?;
            let line = info.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
            line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
        } else if cfg!(target_os = "macos") {
            self.ask("sysctl", &["-n", "hw.memsize"])?.parse().ok()
        } else {
            let question = "(Get-CimInstance Win32_ComputerSystem).TotalPhysicalMemory";
            self.ask("powershell", &["-NoProfile", "-Command", question])?.parse().ok()
        }
    }

    fn free_bytes(&self, folder: &Path) -> Option<u64> {
        let folder = folder.to_str()?;
        if cfg!(windows) {
            let question = format!("(Get-Item -LiteralPath '{}').PSDrive.Free", folder.replace('\'', "''"));
            return self.ask("powershell", &["-NoProfile", "-Command", &question])?.parse().ok();
        }
        // POSIX: the fourth column is the free space, in units of 1024 bytes.
        let table = self.ask("df", &["-Pk", folder])?;
        table.lines().nth(1)?.split_whitespace().nth(3)?.parse::<u64>().ok()?.checked_mul(1024)
    }

    fn taken_bytes(&self, folder: &Path) -> u64 {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        // A link is not followed, and what is gone in the meantime takes nothing.
        let taken =
            entries.filter_map(|entry| entry.metadata().ok().map(|metadata| (entry.path(), metadata)));
        taken.map(|(path, found)| if found.is_dir() { self.taken_bytes(&path) } else { found.len() }).sum()
    }
}

/// How a matter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Good,
    /// Lacking, and the book cannot be read or run without it.
    Needed,
    /// Lacking, and only what is named is lost.
    Optional,
}

/// One matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub what: &'static str,
    /// How it stands.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do about a lack.
    pub remedy: String,
    /// What the lack costs.
    pub cost: String,
}

impl Check {
    fn good(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, state: State::Good, found: found.into(), remedy: String::new(), cost: String::new() }
    }

    fn lack(what: &'static str, state: State, found: impl Into<String>, remedy: &str, cost: &str) -> Self {
        Self { what, state, found: found.into(), remedy: remedy.into(), cost: cost.into() }
    }
}

/// How long a chapter may take here.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// The chapter.
    pub chapter: String,
    /// What can be said about it.
    pub text: String,
}

/// All that the doctor has to say.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The matters.
    pub checks: Vec<Check>,
    /// The chapters' durations.
    pub expected: Vec<Expected>,
}

impl Report {
    /// Whether the book can be read and run.
    pub fn is_healthy(&self) -> bool {
        self.checks.iter().all(|check| check.state != State::Needed)
    }
}

/// Examines this machine. The exit code is 1 where something is lacking that reading or running
/// the book needs.
///
/// # Errors
///
/// As [`examine`], and if there is no book here.
pub fn run() -> Result<ExitCode, HouseError> {
    let report = examine(&House::find()?, &ThisMachine)?;
    say!("{}", report.to_string().trim_end());
    Ok(if report.is_healthy() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Examines `machine` for the book in `house`.
///
/// # Errors
///
/// If the folder of the pages cannot be read.
pub fn examine(house: &House, machine: &dyn Machine) -> Result<Report, HouseError> {
    let mut records = Vec::new();
    for chapter in house.chapters()? {
        let record = chapter.folder.join(FILE_NAME).exists().then(|| Record::load(&chapter.folder));
        records.push((chapter.name, record));
    }
    let peak = records.iter().filter_map(|(_, record)| record.as_ref()?.as_ref().ok());
    let peak = peak.map(|record| record.peak_memory_bytes).max().unwrap_or(0);
    let checks = vec![
        toolchain(house, machine),
        linker(machine),
        cores(machine),
        memory_check(machine, peak),
        disk(house, machine),
        folder(house, machine),
        documentation(machine),
        jupyter(machine),
        kernel(machine),
        browser(machine),
        cuda::check(machine),
    ];
    let expected = records
        .into_iter()
        .map(|(chapter, record)| Expected { text: expected(record, machine.cores()), chapter })
        .collect();
    Ok(Report { checks, expected })
}

fn toolchain(house: &House, machine: &dyn Machine) -> Check {
    let what = "Rust";
    let cost = "nothing can be compiled";
    let manifest = std::fs::read_to_string(house.root().join("Cargo.toml")).unwrap_or_default();
    let needed = manifest
        .lines()
        .find_map(|line| line.trim().strip_prefix("rust-version = "))
        .map(|version| version.trim_matches('"').to_owned())
        .unwrap_or_default();
    let Some(found) = machine.ask("rustc", &["--version"]) else {
        let name = if cfg!(windows) { "rustc.exe" } else { "rustc" };
        if let Some(program) = on_path(machine, name) {
            return Check::lack(
                what,
                State::Needed,
                format!("{} is there and fails; `rustc --version` says why", program.display()),
                "often the chosen toolchain is not installed: rustup default stable, and unset RUSTUP_TOOLCHAIN",
                cost,
            );
        }
        return Check::lack(what, State::Needed, "no rustc on PATH", "install Rust: https://rustup.rs", cost);
    };
    let version = found.split_whitespace().nth(1).unwrap_or_default();
    match (numbers(version), numbers(&needed)) {
        (Some(has), Some(needs)) if has < needs => Check::lack(
            what,
            State::Needed,
            format!("{version}, and the book needs {needed}"),
            "rustup update stable",
            cost,
        ),
        _ => Check::good(what, format!("{version} (the book needs {needed})")),
    }
}

fn linker(machine: &dyn Machine) -> Check {
    let what = "linker";
    // Rust finds Microsoft's by itself, and says what is missing.
    if cfg!(windows) {
        return Check::good(what, "what Rust was installed with");
    }
    match machine.ask("cc", &["--version"]) {
        Some(version) => Check::good(what, version.lines().next().unwrap_or_default()),
        None => Check::lack(
            what,
            State::Needed,
            "no cc on PATH",
            "install gcc (Debian, Ubuntu: apt install gcc libc6-dev; macOS: xcode-select --install)",
            "nothing can be compiled",
        ),
    }
}

fn cores(machine: &dyn Machine) -> Check {
    Check::good("cores", machine.cores().to_string())
}

fn memory_check(machine: &dyn Machine, peak: u64) -> Check {
    let what = "memory";
    let (needs, why) = match peak {
        0 => (MEMORY, format!("compiling takes {}", memory(MEMORY))),
        peak => (peak.max(MEMORY), format!("the largest chapter takes {}", memory(peak))),
    };
    match machine.memory_bytes() {
        Some(has) if has < needs => Check::lack(
            what,
            State::Needed,
            format!("{}; {why}", memory(has)),
            "close other programs, or run the chapters with --quick",
            "full runs may be stopped by the system; reading goes on",
        ),
        Some(has) => Check::good(what, format!("{} ({why})", memory(has))),
        None => Check::good(what, format!("the system does not tell ({why})")),
    }
}

fn disk(house: &House, machine: &dyn Machine) -> Check {
    let what = "disk";
    let needs = format!(
        "compiled, book and chapters take {}, tests and notebooks {} more",
        memory(DISK),
        memory(MORE_DISK)
    );
    let target = house.target(machine.variable("CARGO_TARGET_DIR"));
    // What is compiled already needs its place no more.
    let missing = DISK.saturating_sub(machine.taken_bytes(&target.join("release")));
    let there = target.ancestors().find(|folder| machine.exists(folder)).unwrap_or(house.root());
    match machine.free_bytes(there) {
        Some(free) if free < missing => Check::lack(
            what,
            State::Needed,
            format!("{} free; {needs}", memory(free)),
            "free space, or let cargo build elsewhere: CARGO_TARGET_DIR=/other/disk/target",
            "compiling may stop half-way",
        ),
        Some(free) => Check::good(what, format!("{} free ({needs})", memory(free))),
        None => Check::lack(
            what,
            State::Optional,
            format!("the system does not tell how much is free; {needs}"),
            "look with the system's own means whether that much is free",
            "compiling stops half-way if it is not",
        ),
    }
}

fn folder(house: &House, machine: &dyn Machine) -> Check {
    let what = "book's folder";
    let root = house.root().display().to_string();
    if machine.can_write(house.root()) {
        return Check::good(what, root);
    }
    Check::lack(
        what,
        State::Needed,
        format!("{root} cannot be written to"),
        "clone the book into a folder of your own",
        "neither the built book nor a run's record can be kept",
    )
}

fn documentation(machine: &dyn Machine) -> Check {
    let what = "rust-docs";
    let remedy = "rustup component add rust-docs";
    let cost =
        "chapter 1 learns from its small built-in corpus instead, and its numbers differ from the pages'";
    let Some(sysroot) = machine.ask("rustc", &["--print", "sysroot"]) else {
        return Check::lack(what, State::Optional, "no rustc to ask where they are", remedy, cost);
    };
    let folder = PathBuf::from(sysroot).join("share/doc/rust/html");
    if machine.exists(&folder) {
        Check::good(what, folder.display().to_string())
    } else {
        Check::lack(what, State::Optional, "not installed", remedy, cost)
    }
}

fn jupyter(machine: &dyn Machine) -> Check {
    let what = "Jupyter";
    match machine.ask("jupyter", &["lab", "--version"]) {
        Some(version) => Check::good(what, format!("JupyterLab {version}")),
        None => Check::lack(
            what,
            State::Optional,
            "no JupyterLab on PATH",
            "python3 -m venv ~/jupyter && ~/jupyter/bin/pip install jupyterlab, and put ~/jupyter/bin on PATH (or open notebooks in an editor that knows them)",
            "notebooks can be read, in an editor or where the repository is shown, and not run; pages and programs hold all that they hold",
        ),
    }
}

fn kernel(machine: &dyn Machine) -> Check {
    let what = "notebook kernel";
    let lack = |found: String, remedy: &str| {
        Check::lack(what, State::Optional, found, remedy, "notebooks cannot be run")
    };
    let install =
        "cargo install --locked evcxr_jupyter --version 0.22.0 && evcxr_jupyter --install (10 minutes once)";
    let specifications = machine.ask("jupyter", &["kernelspec", "list", "--json"]);
    let specifications: Option<serde_json::Value> =
        specifications.and_then(|s| serde_json::from_str(&s).ok());
    let kernel = specifications.as_ref().map(|s| &s["kernelspecs"]["rust"]["spec"]["argv"][0]);
    if let Some(program) = kernel.and_then(serde_json::Value::as_str) {
        return if machine.exists(Path::new(program)) {
            Check::good(what, program)
        } else {
            lack(format!("Jupyter starts {program}, which is not there"), install)
        };
    }
    let name = if cfg!(windows) { "evcxr_jupyter.exe" } else { "evcxr_jupyter" };
    match on_path(machine, name) {
        // Without Jupyter there is nobody to tell; an editor asks for the same file.
        Some(program) => {
            lack(format!("{} is not known to Jupyter", program.display()), "evcxr_jupyter --install")
        }
        None => lack("no evcxr_jupyter on PATH".to_owned(), install),
    }
}

fn browser(machine: &dyn Machine) -> Check {
    let what = "browser";
    let path = machine.variable("PATH").unwrap_or_default();
    match print::places(std::env::split_paths(&path)).find(|file| machine.exists(file)) {
        Some(browser) => Check::good(what, browser.display().to_string()),
        None => Check::lack(
            what,
            State::Optional,
            "neither Chromium nor Chrome nor Edge",
            "install one of them",
            "`print` makes no PDF; any browser shows the book",
        ),
    }
}

/// The first file of this name in the folders of `PATH`.
fn on_path(machine: &dyn Machine, name: &str) -> Option<PathBuf> {
    let path = machine.variable("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| machine.exists(file))
}

/// `1.95.0-nightly` as (1, 95).
fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim().split(['.', '-']).map(str::parse);
    let major = parts.next()?.ok()?;
    Some((major, parts.next().and_then(Result::ok).unwrap_or(0)))
}

/// How long the run of a record may take on `cores`. The cores of two machines are counted, not
/// timed, so this is a range: as if all of the run were spread over the cores, and none of it.
fn expected(record: Option<Result<Record, record::RecordError>>, cores: usize) -> String {
    let record = match record {
        None => return "has no record yet; its first run tells".to_owned(),
        Some(Err(error)) => return error.to_string(),
        Some(Ok(record)) => record,
    };
    // What a reader runs, with one seed, and else what the pages show.
    let (machine, seconds) = match &record.confirmed {
        Some(by) => (&by.machine, by.duration_seconds),
        None => (&record.machine, record.duration_seconds),
    };
    let there = machine.cores.max(1);
    let spread = seconds * there as f64 / cores.max(1) as f64;
    if seconds.max(spread) < 1.0 {
        return "less than a second".to_owned();
    }
    let (range, recorded) = if there == cores {
        (format!("about {}", duration(seconds)), String::new())
    } else {
        let range = format!("{} to {}", duration(seconds.min(spread)), duration(seconds.max(spread)));
        (range, format!("{} on ", duration(seconds)))
    };
    format!(
        "{range} with cores as fast as those it was recorded on ({recorded}{there} × {})",
        machine.processor
    )
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for check in &self.checks {
            let mark = match check.state {
                State::Good => "ok     ",
                State::Needed => "LACKS  ",
                State::Optional => "without",
            };
            writeln!(f, "{mark}  {:<15}  {}", check.what, check.found)?;
            if check.state != State::Good {
                writeln!(f, "{:26}cure: {}", "", check.remedy)?;
                writeln!(f, "{:26}cost: {}", "", check.cost)?;
            }
        }
        f.write_char('\n')?;
        for expected in &self.expected {
            writeln!(f, "run {}: {}", expected.chapter, expected.text)?;
        }
        let verdict = if !self.is_healthy() {
            "This machine lacks what the book needs: see the lines marked LACKS."
        } else if self.checks.iter().any(|check| check.state == State::Optional) {
            "The book can be read and run here. Reading and running need none of what is marked \"without\"."
        } else {
            "The book can be read and run here, with all that belongs to it."
        };
        writeln!(f, "{verdict}")
    }
}
