//! The doctor on machines that lack one thing each.

use multimodal_book::doctor::{Machine, Report, State, ThisMachine, examine};
use multimodal_book::house::House;
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// A machine that has everything, until a test takes something away.
struct Fake {
    programs: HashMap<String, String>,
    variables: HashMap<String, String>,
    missing: Vec<String>,
    /// Parts of the names of what is not there.
    hidden: Vec<&'static str>,
    can_write: bool,
    cores: usize,
    memory: Option<u64>,
    free: Option<u64>,
    /// What the folder `target/release` holds.
    compiled: u64,
}

const GPU: &str = "nvidia-smi --query-gpu=name,driver_version,compute_cap,memory.total --format=csv,noheader";
const CODES: &str = "nvcc --list-gpu-code";

/// What the loader knows.
const LOADER: &str = "4 libs found in cache `/etc/ld.so.cache'
\tlibnvrtc.so.12 (libc6,x86-64) => /cuda/lib64/libnvrtc.so.12
\tlibcublasLt.so.12 (libc6,x86-64) => /cuda/lib64/libcublasLt.so.12
\tlibcublas.so.12 (libc6,x86-64) => /cuda/lib64/libcublas.so.12
\tlibcuda.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libcuda.so.1";

/// Where `cuda.h` is looked for where no variable names the toolkit.
const FOLDERS: [&str; 6] = [
    "/usr",
    "/usr/local/cuda",
    "/opt/cuda",
    "/usr/lib/cuda",
    "C:/Program Files/NVIDIA GPU Computing Toolkit",
    "C:/CUDA",
];

impl Default for Fake {
    fn default() -> Self {
        let kernels =
            r#"{"kernelspecs": {"rust": {"spec": {"argv": ["/bin/evcxr_jupyter", "--control_file"]}}}}"#;
        let programs = [
            ("rustc --version", "rustc 1.95.0 (59807616e 2026-04-14)"),
            ("rustc --print sysroot", "/rust"),
            ("cc --version", "cc (Debian 12.2.0-14) 12.2.0\nCopyright"),
            ("jupyter lab --version", "4.5.0"),
            ("jupyter kernelspec list --json", kernels),
            (GPU, "NVIDIA H100, 580.65.06, 9.0, 81559 MiB"),
            ("nvidia-smi", "| Driver Version: 580.65.06     CUDA Version: 13.0  |"),
            ("nvcc --version", "Cuda compilation tools, release 12.4, V12.4.131"),
            (CODES, "sm_50\nsm_75\nsm_80\nsm_86\nsm_90\nsm_90a"),
            ("g++ --version", "g++ (Debian 12.2.0-14) 12.2.0"),
            ("cl", ""),
            ("/sbin/ldconfig -p", LOADER),
        ];
        let own = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
        Self {
            programs: own(&programs),
            variables: own(&[("PATH", "/bin"), ("CUDA_PATH", "/cuda")]),
            missing: Vec::new(),
            hidden: Vec::new(),
            can_write: true,
            cores: 2,
            memory: Some(16_000_000_000),
            free: Some(50_000_000_000),
            compiled: 0,
        }
    }
}

impl Fake {
    /// Lets `question` be answered with `answer`.
    fn says(&mut self, question: &str, answer: &str) {
        self.programs.insert(question.into(), answer.into());
    }

    /// Takes `file` away from `folder` and from all places where a toolkit may be.
    fn lacks(&mut self, folder: &str, file: &str) {
        let folders = FOLDERS.iter().chain([&folder]);
        self.missing.extend(folders.map(|folder| format!("{folder}/{file}")));
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
        let name = path.to_string_lossy();
        !self.missing.iter().any(|missing| Path::new(missing) == path)
            && !self.hidden.iter().any(|part| name.contains(part))
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
    fn taken_bytes(&self, folder: &Path) -> u64 {
        if folder.ends_with("target/release") { self.compiled } else { 0 }
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
      "machine": {"processor": "Older Xeon", "cores": 4, "memory_bytes": 0, "system": "s", "rustc": "r"},
      "confirmed": {
        "fingerprint": "1", "date": "2026-01-02", "duration_seconds": 120.0,
        "machine": {"processor": "Old Xeon", "cores": 2, "memory_bytes": 0, "system": "s", "rustc": "r"}
      },
      "date": "2026-01-01", "duration_seconds": 360.0, "peak_memory_bytes": 3000000000,
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
    for found in [
        "1.95.0",
        "16.0 GB (the largest chapter takes 3.0 GB)",
        "/rust/share/doc/rust/html",
        "nvcc 12.4; cuda.h in /cuda/include",
    ] {
        assert!(text.contains(found), "{found} in\n{text}");
    }
}

#[test]
fn each_lack_is_told_with_its_cure_and_cost() {
    type Change = fn(&mut Fake);
    let cases: [(&str, State, Change, &str, &str); 13] = [
        (
            "Rust",
            State::Needed,
            |m| {
                m.programs.remove("rustc --version");
                m.hidden = vec!["rustc"];
            },
            "no rustc",
            "rustup.rs",
        ),
        (
            "Rust",
            State::Needed,
            |m| drop(m.programs.remove("rustc --version")),
            "rustc is there and fails",
            "rustup default stable",
        ),
        (
            "Rust",
            State::Needed,
            |m| drop(m.programs.insert("rustc --version".into(), "rustc 1.84.1 (e71f9a9a9)".into())),
            "1.84.1, and the book needs 1.95",
            "rustup update stable",
        ),
        ("linker", State::Needed, |m| drop(m.programs.remove("cc --version")), "no cc", "gcc"),
        (
            "browser",
            State::Optional,
            |m| m.hidden = vec!["hrom", "dge"],
            "neither Chromium nor Chrome nor Edge",
            "install one",
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
    ];
    for (what, state, change, found, remedy) in cases {
        lacks_alone(what, state, change, found, remedy);
    }
}

/// Asserts that a machine with this change lacks one matter, and what is told of it.
fn lacks_alone(what: &str, state: State, change: impl FnOnce(&mut Fake), found: &str, remedy: &str) {
    let report = examined(change);
    let lacks: Vec<_> = report.checks.iter().filter(|check| check.state != State::Good).collect();
    let [check] = lacks[..] else { panic!("{what}, {found}: {lacks:?}") };
    assert_eq!((check.what, check.state), (what, state));
    assert!(check.found.contains(found), "{found}: {check:?}");
    assert!(check.remedy.contains(remedy), "{remedy}: {check:?}");
    assert!(!check.cost.is_empty());
    assert_eq!(report.is_healthy(), state == State::Optional);
    let text = report.to_string();
    assert!(text.contains(&check.remedy) && text.contains(&check.cost), "{text}");
}

#[test]
fn of_the_gpus_steps_the_first_that_is_missing_is_told() {
    type Change = fn(&mut Fake);
    let cases: [(Change, &str, &str); 15] = [
        (
            |m| m.programs.retain(|question, _| !question.starts_with("nvidia-smi")),
            "no NVIDIA driver",
            "nothing to do without an NVIDIA card",
        ),
        (
            |m| {
                m.programs.retain(|question, _| !question.starts_with("nvidia-smi"));
                m.says(
                    "lspci -d 10de:",
                    "01:00.1 Audio device: NVIDIA\n01:00.0 VGA compatible controller: NVIDIA AD107",
                );
            },
            "no driver for 01:00.0 VGA compatible controller: NVIDIA AD107",
            "install NVIDIA's driver",
        ),
        (
            |m| drop(m.programs.remove(GPU)),
            "the driver 580.65.06 does not tell the card's compute capability",
            "update the driver",
        ),
        (
            |m| {
                m.programs.remove("nvcc --version");
                let program = if cfg!(windows) { "bin/nvcc.exe" } else { "bin/nvcc" };
                m.lacks("/cuda", program);
            },
            "NVIDIA H100, 81559 MiB, compute capability 9.0; driver 580.65.06, which goes up to CUDA 13.0; no nvcc on \
             PATH",
            "not newer than 13.0",
        ),
        (
            |m| drop(m.programs.remove("nvcc --version")),
            "nvcc lies in /cuda/bin, which is not on PATH",
            "put /cuda/bin on PATH",
        ),
        (
            |m| m.says("nvcc --version", "release 13.1, V13.1.1"),
            "nvcc is 13.1, newer than the driver knows",
            "install toolkit 13.0 or an older one",
        ),
        (
            |m| {
                m.programs.remove("g++ --version");
                m.programs.remove("cl");
            },
            "which nvcc works with",
            "install",
        ),
        (
            |m| m.says(GPU, "Tesla T4, 580.65.06, 7.5, 15360 MiB"),
            "Tesla T4",
            "below compute capability 8.0 dfdx's kernels compile with toolkits up to 12.1",
        ),
        (|m| drop(m.programs.remove(CODES)), "does not know --list-gpu-code", "install a newer toolkit"),
        (
            |m| m.says(GPU, "NVIDIA GeForce RTX 5090, 580.65.06, 12.0, 32607 MiB"),
            "which compiles for sm_50 to sm_90a and not for this card's sm_120",
            "a newer one for a new card",
        ),
        (
            |m| {
                m.variables.remove("CUDA_PATH");
                m.lacks("/cuda", "include/cuda.h");
            },
            "CUDA_PATH is not set",
            "the one that holds bin/nvcc and include/cuda.h",
        ),
        (
            |m| m.lacks("/cuda", "include/cuda.h"),
            "CUDA_PATH is /cuda, which holds no include/cuda.h",
            "set CUDA_PATH",
        ),
        (
            |m| {
                let all = ["/cuda/lib", "/cuda/lib/x64", "/cuda/lib/Win32", "/cuda/lib/x86_64"];
                let more = ["/cuda/lib/x86_64-linux-gnu", "/cuda/lib64", "/cuda/lib64/stubs"];
                let targets =
                    ["", "/lib", "/lib/stubs"].map(|end| format!("/cuda/targets/x86_64-linux{end}"));
                let system =
                    ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];
                let folders =
                    [&all[..], &more, &system].concat().into_iter().map(str::to_owned).chain(targets);
                let file = if cfg!(windows) { "cublas.lib" } else { "libcublas.so" };
                m.missing.extend(folders.map(|folder| format!("{folder}/{file}")));
            },
            "the linker would not find",
            "install the whole toolkit",
        ),
        (
            |m| m.says("/sbin/ldconfig -p", &LOADER.replace("libcublas.so.12 ", "")),
            "a program that starts would not find",
            "put /cuda/lib on LD_LIBRARY_PATH",
        ),
        (
            |m| {
                m.says("/sbin/ldconfig -p", "");
                m.variables.insert("LD_LIBRARY_PATH".into(), "/elsewhere".into());
                m.lacks("/elsewhere", if cfg!(windows) { "nvrtc.lib" } else { "libnvrtc.so" });
            },
            "a program that starts would not find",
            "on LD_LIBRARY_PATH",
        ),
    ];
    for (change, found, remedy) in cases {
        lacks_alone("CUDA", State::Optional, change, found, remedy);
    }
}

#[test]
fn a_gpu_that_is_set_up_in_another_way_lacks_nothing() {
    type Change = fn(&mut Fake);
    let cases: [(Change, &str); 5] = [
        (|m| drop(m.variables.remove("CUDA_PATH")), "cuda.h in /usr/include"),
        (
            |m| {
                m.variables.remove("CUDA_PATH");
                m.variables.insert("CUDA_ROOT".into(), "/other".into());
                m.missing.push("/usr/include/cuda.h".into());
            },
            "cuda.h in /other/include",
        ),
        (
            |m| {
                m.says(GPU, "Tesla T4, 580.65.06, 7.5, 15360 MiB\nNVIDIA H100, 580.65.06, 9.0, 81559 MiB");
                m.says("nvcc --version", "Cuda compilation tools, release 11.8, V11.8.89");
            },
            "Tesla T4, 15360 MiB, compute capability 7.5; driver 580.65.06, which goes up to CUDA 13.0; nvcc 11.8",
        ),
        (
            |m| {
                m.says("/sbin/ldconfig -p", "");
                m.variables.insert("LD_LIBRARY_PATH".into(), "/cuda/lib64".into());
            },
            "nvcc 12.4",
        ),
        // A driver whose table names no version of CUDA: nothing to compare with.
        (|m| m.says("nvidia-smi", "| Driver Version: 580.65.06 |"), "driver 580.65.06; nvcc 12.4"),
    ];
    for (change, found) in cases {
        let report = examined(change);
        let check = report.checks.iter().find(|check| check.what == "CUDA").expect("it is checked");
        assert_eq!(check.state, State::Good, "{check:?}");
        assert!(check.found.contains(found), "{found}: {check:?}");
    }
}

#[test]
fn what_the_system_does_not_tell_is_no_lack() {
    let report = examined(|machine| (machine.memory, machine.free) = (None, None));
    assert!(report.is_healthy());
    assert_eq!(report.to_string().matches("the system does not tell").count(), 2);
}

#[test]
fn what_is_compiled_needs_no_more_disk() {
    let report = examined(|machine| (machine.free, machine.compiled) = (Some(900_000_000), 1_900_000_000));
    assert!(report.is_healthy(), "{report}");
    assert!(report.to_string().contains("900 MB free (compiled, book and chapters take"), "{report}");
    // What is compiled where cargo no longer looks does not count.
    let elsewhere = examined(|machine| {
        (machine.free, machine.compiled) = (Some(900_000_000), 1_900_000_000);
        machine.variables.insert("CARGO_TARGET_DIR".into(), "/other".into());
    });
    assert!(!elsewhere.is_healthy(), "{elsewhere}");
}

#[test]
fn files_are_counted_at_every_depth() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("a/b")).unwrap();
    fs::write(folder.path().join("one"), [0; 5]).unwrap();
    fs::write(folder.path().join("a/b/two"), [0; 7]).unwrap();
    assert_eq!(ThisMachine.taken_bytes(folder.path()), 12);
    assert_eq!(ThisMachine.taken_bytes(&folder.path().join("missing")), 0);
}

#[test]
fn durations_are_a_range_where_the_cores_differ() {
    let text = |cores| examined(|machine| machine.cores = cores).to_string();
    assert!(
        text(2).contains("about 2 min 0 s with cores as fast as those it was recorded on (2 × Old"),
        "{}",
        text(2)
    );
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
    // What this machine lacks is not known here; its exit code must say the same as its report.
    assert_eq!(output.status.code(), Some(i32::from(text.contains("LACKS"))));
}

/// The one who reads may stop early: `… | head -1`.
#[cfg(unix)]
#[test]
fn nobody_has_to_read_to_the_end() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_multimodal-book"))
        .arg("doctor")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*said), (Some(141), ""));
}
