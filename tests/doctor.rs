//! The doctor on machines that lack one thing each.

use multimodal_book::doctor::{Machine, Report, State, examine};
use multimodal_book::house::House;
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// A machine that has everything, until a test takes something away.
struct Fake {
    programs: HashMap<String, String>,
    variables: HashMap<String, String>,
    missing: Vec<String>,
    can_write: bool,
    cores: usize,
    memory: Option<u64>,
    free: Option<u64>,
}

const GPU: &str = "nvidia-smi --query-gpu=name,driver_version,compute_cap --format=csv,noheader";

impl Default for Fake {
    fn default() -> Self {
        let kernels =
            r#"{"kernelspecs": {"rust": {"spec": {"argv": ["/bin/evcxr_jupyter", "--control_file"]}}}}"#;
        let programs = [
            ("rustc --version", "rustc 1.95.0 (59807616e 2026-04-14)"),
            ("rustc --print sysroot", "/rust"),
            ("jupyter lab --version", "4.5.0"),
            ("jupyter kernelspec list --json", kernels),
            (GPU, "NVIDIA H100, 580.65.06, 9.0"),
            ("nvidia-smi", "| Driver Version: 580.65.06     CUDA Version: 13.0  |"),
            ("nvcc --version", "Cuda compilation tools, release 12.4, V12.4.131"),
        ];
        let own = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
        Self {
            programs: own(&programs),
            variables: own(&[("PATH", "/bin"), ("CUDA_PATH", "/cuda")]),
            missing: Vec::new(),
            can_write: true,
            cores: 2,
            memory: Some(16_000_000_000),
            free: Some(50_000_000_000),
        }
    }
}

impl Machine for Fake {
    fn ask(&self, program: &str, arguments: &[&str]) -> Option<String> {
        self.programs.get([&[program], arguments].concat().join(" ").as_str()).cloned()
    }
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }
    fn exists(&self, path: &Path) -> bool {
        !self.missing.iter().any(|missing| Path::new(missing) == path)
    }
    fn can_write(&self, _: &Path) -> bool {
        self.can_write
    }
    fn cores(&self) -> usize {
        self.cores
    }
    fn memory_bytes(&self) -> Option<u64> {
        self.memory
    }
    fn free_bytes(&self, _: &Path) -> Option<u64> {
        self.free
    }
}

fn book() -> tempfile::TempDir {
    let book = tempfile::tempdir().unwrap();
    for chapter in ["1-alpha", "2-beta"] {
        fs::create_dir_all(book.path().join("chapters").join(chapter)).unwrap();
    }
    fs::write(book.path().join("book.toml"), "").unwrap();
    fs::write(book.path().join("Cargo.toml"), "[workspace.package]\nrust-version = \"1.95\"\n").unwrap();
    let record = r#"{
      "format": 1, "chapter": "alpha", "tier": "full", "fingerprint": "0", "options": {}, "data": {},
      "machine": {"processor": "Old Xeon", "cores": 2, "memory_bytes": 0, "system": "s", "rustc": "r"},
      "date": "2026-01-01", "duration_seconds": 120.0, "peak_memory_bytes": 3000000000,
      "values": {}, "outputs": {}, "figures": {}
    }"#;
    fs::write(book.path().join("chapters/1-alpha/record.json"), record).unwrap();
    book
}

fn examined(change: impl FnOnce(&mut Fake)) -> Report {
    let book = book();
    let mut machine = Fake::default();
    change(&mut machine);
    examine(&House::find_from(book.path()).unwrap(), &machine).unwrap()
}

#[test]
fn a_machine_that_has_everything_is_healthy() {
    let report = examined(|_| {});
    let lacks: Vec<_> = report.checks.iter().filter(|check| check.state != State::Good).collect();
    assert!(lacks.is_empty(), "{lacks:?}");
    let text = report.to_string();
    for found in
        ["1.95.0", "16.0 GB (the largest chapter takes 3.0 GB)", "/rust/share/doc/rust/html", "toolkit 12.4"]
    {
        assert!(text.contains(found), "{found} in\n{text}");
    }
}

#[test]
fn each_lack_is_told_with_its_cure_and_cost() {
    type Change = fn(&mut Fake);
    let cases: [(&str, State, Change, &str, &str); 15] = [
        ("Rust", State::Needed, |m| drop(m.programs.remove("rustc --version")), "no rustc", "rustup.rs"),
        (
            "Rust",
            State::Needed,
            |m| drop(m.programs.insert("rustc --version".into(), "rustc 1.84.1 (e71f9a9a9)".into())),
            "1.84.1, and the book needs 1.95",
            "rustup update stable",
        ),
        ("memory", State::Needed, |m| m.memory = Some(2_500_000_000), "2.5 GB", "--quick"),
        ("disk", State::Needed, |m| m.free = Some(900_000_000), "900 MB free", "CARGO_TARGET_DIR"),
        ("book's folder", State::Needed, |m| m.can_write = false, "cannot be written", "folder of your own"),
        (
            "rust-docs",
            State::Optional,
            |m| m.missing.push("/rust/share/doc/rust/html".into()),
            "not installed",
            "rustup component add rust-docs",
        ),
        (
            "Jupyter",
            State::Optional,
            |m| drop(m.programs.remove("jupyter lab --version")),
            "no JupyterLab",
            "pip install",
        ),
        (
            "notebook kernel",
            State::Optional,
            |m| m.missing.push("/bin/evcxr_jupyter".into()),
            "is not there",
            "cargo install --locked evcxr_jupyter",
        ),
        (
            "notebook kernel",
            State::Optional,
            |m| {
                drop(
                    m.programs
                        .insert("jupyter kernelspec list --json".into(), r#"{"kernelspecs": {}}"#.into()),
                )
            },
            "/bin/evcxr_jupyter is not known to Jupyter",
            "evcxr_jupyter --install",
        ),
        (
            "notebook kernel",
            State::Optional,
            |m| {
                m.programs.remove("jupyter kernelspec list --json");
                m.missing.push("/bin/evcxr_jupyter".into());
            },
            "no evcxr_jupyter on PATH",
            "cargo install --locked evcxr_jupyter",
        ),
        ("CUDA", State::Optional, |m| drop(m.programs.remove(GPU)), "no NVIDIA GPU", "nothing to do"),
        (
            "CUDA",
            State::Optional,
            |m| drop(m.programs.remove("nvcc --version")),
            "no nvcc",
            "not newer than 13.0",
        ),
        (
            "CUDA",
            State::Optional,
            |m| drop(m.programs.insert("nvcc --version".into(), "release 13.1, V13.1.1".into())),
            "the toolkit is 13.1, the driver goes up to 13.0",
            "install toolkit 13.0",
        ),
        (
            "CUDA",
            State::Optional,
            |m| drop(m.variables.remove("CUDA_PATH")),
            "CUDA_PATH is not set",
            "bin/nvcc",
        ),
        (
            "CUDA",
            State::Optional,
            |m| drop(m.programs.insert(GPU.into(), "Tesla T4, 580.65.06, 7.5".into())),
            "Tesla T4",
            "up to 12.1",
        ),
    ];
    for (what, state, change, found, remedy) in cases {
        let report = examined(change);
        let lacks: Vec<_> = report.checks.iter().filter(|check| check.state != State::Good).collect();
        let [check] = lacks[..] else { panic!("{what}: {lacks:?}") };
        assert_eq!((check.what, check.state), (what, state));
        assert!(check.found.contains(found), "{found}: {check:?}");
        assert!(check.remedy.contains(remedy), "{remedy}: {check:?}");
        assert!(!check.cost.is_empty());
        assert_eq!(report.is_healthy(), state == State::Optional);
        let text = report.to_string();
        assert!(text.contains(&check.remedy) && text.contains(&check.cost), "{text}");
    }
}

#[test]
fn what_the_system_does_not_tell_is_no_lack() {
    let report = examined(|machine| (machine.memory, machine.free) = (None, None));
    assert!(report.is_healthy());
    assert_eq!(report.to_string().matches("the system does not tell").count(), 2);
}

#[test]
fn durations_are_a_range_where_the_cores_differ() {
    let text = |cores| examined(|machine| machine.cores = cores).to_string();
    assert!(text(2).contains("run alpha: about 2 min 0 s with cores"), "{}", text(2));
    assert!(text(8).contains("run alpha: 30.0 s to 2 min 0 s with cores"), "{}", text(8));
    assert!(text(1).contains("run alpha: 2 min 0 s to 4 min 0 s with cores"), "{}", text(1));
    assert!(text(1).contains("(2 min 0 s on 2 × Old Xeon)"), "{}", text(1));
    assert!(text(1).contains("run beta: has no record yet"), "{}", text(1));
}

#[test]
fn a_broken_record_is_told_and_the_rest_is_examined() {
    let book = book();
    fs::write(book.path().join("chapters/1-alpha/record.json"), "{").unwrap();
    let report = examine(&House::find_from(book.path()).unwrap(), &Fake::default()).unwrap();
    assert!(
        report.to_string().contains("run alpha: ") && report.to_string().contains("is not a whole record")
    );
    assert!(report.is_healthy());
}

#[test]
fn the_program_examines_this_machine() {
    let output = assert_cmd::Command::cargo_bin("multimodal-book")
        .unwrap()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .arg("doctor")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for what in ["Rust", "cores", "memory", "disk", "rust-docs", "Jupyter", "notebook kernel", "CUDA"] {
        assert!(text.contains(what), "{what} in\n{text}");
    }
    assert_eq!(output.status.code(), Some(i32::from(text.contains("LACKS"))));
}
