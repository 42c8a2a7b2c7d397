//! What `--features cuda` needs, step by step in the order in which a reader sets it up.
//!
//! The first step that is missing is told.
//!
//! The steps are those of the build scripts of dfdx 0.13.0 and cudarc 0.9.15: they ask `nvidia-smi` for the card's
//! compute capability, compile the kernels with the `nvcc` on `PATH`, and look for `include/cuda.h` and the libraries
//! in the folders of [`VARIABLES`] and [`FOLDERS`].

use super::{Check, Machine, State, numbers};
use std::path::{Path, PathBuf};

/// Variables that name the toolkit's folder, in the order in which cudarc and dfdx read them.
const VARIABLES: [&str; 4] = ["CUDA_PATH", "CUDA_ROOT", "CUDA_TOOLKIT_ROOT_DIR", "CUDNN_LIB"];

/// Where they look for the toolkit after that.
const FOLDERS: [&str; 6] = [
    "/usr",
    "/usr/local/cuda",
    "/opt/cuda",
    "/usr/lib/cuda",
    "C:/Program Files/NVIDIA GPU Computing Toolkit",
    "C:/CUDA",
];

/// Where in the toolkit's folder cudarc lets the linker look for libraries.
const LIBRARIES: [&str; 10] = [
    "lib",
    "lib/x64",
    "lib/Win32",
    "lib/x86_64",
    "lib/x86_64-linux-gnu",
    "lib64",
    "lib64/stubs",
    "targets/x86_64-linux",
    "targets/x86_64-linux/lib",
    "targets/x86_64-linux/lib/stubs",
];

/// Where the linker looks by itself.
const SYSTEM: [&str; 4] =
    ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];

/// The first toolkit whose header and dfdx's own define the same two functions, for cards below [`AMPERE`].
const CLASH: (u32, u32) = (12, 2);

/// The compute capability from which dfdx does not define them.
const AMPERE: (u32, u32) = (8, 0);

/// A step that is missing: what was found, and the cure.
pub(crate) type Missing = (String, String);

pub(super) fn check(machine: &dyn Machine) -> Check {
    let what = "CUDA";
    let cost = "`run … --device cuda` and `--features cuda` do not build or run; every chapter trains on the processor";
    match steps(machine) {
        Ok(found) => Check::good(what, found),
        Err((found, remedy)) => Check::lack(what, State::Optional, found, &remedy, cost),
    }
}

/// What of the set-up is there.
///
/// # Errors
///
/// The first step that is missing.
pub(crate) fn steps(machine: &dyn Machine) -> Result<String, Missing> {
    let card = card(machine)?;
    let told = format!(
        "{}, {}, compute capability {}; driver {}",
        card.name, card.memory, card.capability, card.driver
    );
    let most = machine.ask("nvidia-smi", &[]).and_then(|table| after(&table, "CUDA Version:"));
    let most = most.filter(|version| numbers(version).is_some());
    let upto = most.as_ref().map_or(String::new(), |most| format!(", which goes up to CUDA {most}"));
    let card_told = format!("{told}{upto}");
    let version = compiler(machine, &card_told, most.as_deref())?;
    let told = format!("{card_told}; nvcc {version}");
    fits(machine, &card, &version, &told)?;
    let toolkit = toolkit(machine, &told)?;
    let told = format!("{told}; cuda.h in {}", toolkit.join("include").display());
    libraries(machine, &toolkit, &told)?;
    Ok(told)
}

/// A card, as the driver tells of it.
struct Card {
    name: String,
    driver: String,
    capability: String,
    memory: String,
}

fn card(machine: &dyn Machine) -> Result<Card, Missing> {
    let question = ["--query-gpu=name,driver_version,compute_cap,memory.total", "--format=csv,noheader"];
    let answer = machine.ask("nvidia-smi", &question).unwrap_or_default();
    // With several cards, dfdx asks the first one for its compute capability, and trains on the first one.
    let fields: Vec<&str> = answer.lines().next().unwrap_or_default().split(',').map(str::trim).collect();
    if let [name @ .., driver, capability, memory] = &fields[..]
        && !name.is_empty()
        && numbers(capability).is_some()
    {
        return Ok(Card {
            name: name.join(", "),
            driver: (*driver).to_owned(),
            capability: (*capability).to_owned(),
            memory: (*memory).to_owned(),
        });
    }
    if let Some(table) = machine.ask("nvidia-smi", &[]) {
        let driver = after(&table, "Driver Version:").map_or(String::new(), |version| format!(" {version}"));
        return Err((
            format!("the driver{driver} does not tell the card's compute capability, which dfdx asks for"),
            "update the driver, and see that `nvidia-smi` lists a card".to_owned(),
        ));
    }
    let buses = machine.ask("lspci", &["-d", "10de:"]).unwrap_or_default();
    let controller = |line: &&str| line.contains("VGA") || line.contains("3D") || line.contains("Display");
    Err(match buses.lines().find(controller) {
        Some(line) => (
            format!("no driver for {line}: nvidia-smi is not on PATH, or fails"),
            "install NVIDIA's driver, start the machine again, and see that `nvidia-smi` lists the card"
                .to_owned(),
        ),
        None => (
            "no NVIDIA driver: nvidia-smi is not on PATH, or fails".to_owned(),
            "nothing to do without an NVIDIA card; with one, install its driver, until `nvidia-smi` lists the \
             card"
            .to_owned(),
        ),
    })
}

/// The version of the `nvcc` on `PATH`.
fn compiler(machine: &dyn Machine, told: &str, most: Option<&str>) -> Result<String, Missing> {
    let program = if cfg!(windows) { "nvcc.exe" } else { "nvcc" };
    let Some(answer) = machine.ask("nvcc", &["--version"]) else {
        let bin = candidates(machine).map(|(_, folder)| folder.join("bin"));
        return Err(match bin.into_iter().find(|bin| machine.exists(&bin.join(program))) {
            Some(bin) => (
                format!("{told}; nvcc lies in {}, which is not on PATH", bin.display()),
                format!("put {} on PATH", bin.display()),
            ),
            None => (
                format!("{told}; no nvcc on PATH"),
                format!(
                    "install a CUDA toolkit{}, and put its bin folder on PATH",
                    most.map_or(String::new(), |most| format!(" not newer than {most}"))
                ),
            ),
        });
    };
    let version = after(&answer, "release").unwrap_or_default();
    if let (Some(has), Some(goes)) = (numbers(&version), most.and_then(numbers))
        && has > goes
    {
        let most = most.unwrap_or_default();
        return Err((
            format!("{told}; nvcc is {version}, newer than the driver knows"),
            format!(
                "update the driver, or install toolkit {most} or an older one and put its bin folder first"
            ),
        ));
    }
    let host = if cfg!(windows) { ("cl", "Visual Studio's C++ tools") } else { ("g++", "g++") };
    let arguments: &[&str] = if cfg!(windows) { &[] } else { &["--version"] };
    if machine.variable("NVCC_CCBIN").is_none() && machine.ask(host.0, arguments).is_none() {
        return Err((
            format!("{told}; nvcc {version}; no {} on PATH, which nvcc works with", host.0),
            format!("install {}", host.1),
        ));
    }
    Ok(version)
}

/// Whether this nvcc compiles dfdx's kernels for this card.
fn fits(machine: &dyn Machine, card: &Card, version: &str, told: &str) -> Result<(), Missing> {
    if numbers(&card.capability) < Some(AMPERE) && numbers(version) >= Some(CLASH) {
        return Err((
            format!(
                "{told}, whose cuda_fp16.h has __hmax_nan for every card, as dfdx has below {}.{}",
                AMPERE.0, AMPERE.1
            ),
            format!(
                "below compute capability {}.{} dfdx's kernels compile with toolkits up to 12.1: install one",
                AMPERE.0, AMPERE.1
            ),
        ));
    }
    let Some(codes) = machine.ask("nvcc", &["--list-gpu-code"]) else {
        return Err((
            format!("{told}, which does not know --list-gpu-code, and dfdx asks for that"),
            "install a newer toolkit: 11.8 or later".to_owned(),
        ));
    };
    let code = format!("sm_{}", card.capability.replace('.', ""));
    if codes.lines().any(|line| line.trim() == code) {
        return Ok(());
    }
    let known: Vec<&str> = codes.split_whitespace().collect();
    let (first, last) = (known.first().unwrap_or(&"none"), known.last().unwrap_or(&"none"));
    Err((
        format!("{told}, which compiles for {first} to {last} and not for this card's {code}"),
        "install a toolkit that knows this card: a newer one for a new card, an older one for an old card"
            .to_owned(),
    ))
}

/// The toolkit's folder, as the build scripts find it.
fn toolkit(machine: &dyn Machine, told: &str) -> Result<PathBuf, Missing> {
    let has = |folder: &Path| machine.exists(&folder.join("include").join("cuda.h"));
    if let Some((_, folder)) = candidates(machine).find(|(_, folder)| has(folder)) {
        return Ok(folder);
    }
    let found = match candidates(machine).find_map(|(variable, folder)| Some((variable?, folder))) {
        Some((variable, folder)) => {
            format!("{told}; {variable} is {}, which holds no include/cuda.h", folder.display())
        }
        None => format!("{told}; CUDA_PATH is not set, and no include/cuda.h where it is looked for without"),
    };
    let remedy = "set CUDA_PATH to the toolkit's folder, the one that holds bin/nvcc and include/cuda.h";
    Err((found, remedy.to_owned()))
}

/// Whether linker and loader find what the program is linked with.
fn libraries(machine: &dyn Machine, toolkit: &Path, told: &str) -> Result<(), Missing> {
    let folders: Vec<PathBuf> =
        LIBRARIES.iter().map(|name| toolkit.join(name)).chain(SYSTEM.map(PathBuf::from)).collect();
    let file = |name: &str| if cfg!(windows) { format!("{name}.lib") } else { format!("lib{name}.so") };
    let folder_of = |name: &str| folders.iter().find(|folder| machine.exists(&folder.join(file(name))));
    let lacks: Vec<String> = ["cuda", "nvrtc", "cublas", "cublasLt"]
        .into_iter()
        .filter(|name| folder_of(name).is_none())
        .map(file)
        .collect();
    if !lacks.is_empty() {
        return Err((
            format!("{told}; the linker would not find {}", lacks.join(", ")),
            "install the whole toolkit, with its libraries for developers".to_owned(),
        ));
    }
    // Where the system tells what its loader knows, and LD_LIBRARY_PATH does not name more.
    let Some(known) = machine.ask("/sbin/ldconfig", &["-p"]) else { return Ok(()) };
    let path = machine.variable("LD_LIBRARY_PATH").unwrap_or_default();
    let is_named = |folder: &PathBuf| !folder.as_os_str().is_empty();
    let named: Vec<PathBuf> = std::env::split_paths(&path).filter(is_named).collect();
    for name in ["nvrtc", "cublas", "cublasLt"] {
        let file = file(name);
        let is_known = known.lines().any(|line| line.trim_start().starts_with(&format!("{file}.")));
        if let Some(folder) = folder_of(name)
            && !is_known
            && !named.iter().any(|folder| machine.exists(&folder.join(&file)))
        {
            return Err((
                format!("{told}; a program that starts would not find {file}"),
                format!("put {} on LD_LIBRARY_PATH", folder.display()),
            ));
        }
    }
    Ok(())
}

/// The folders in which the build scripts look for the toolkit, with the variable that names each.
fn candidates(machine: &dyn Machine) -> impl Iterator<Item = (Option<&'static str>, PathBuf)> {
    let named = VARIABLES.map(|name| Some((Some(name), PathBuf::from(machine.variable(name)?))));
    named.into_iter().flatten().chain(FOLDERS.map(|folder| (None, PathBuf::from(folder))))
}

/// The word after `label`, without a comma.
fn after(text: &str, label: &str) -> Option<String> {
    let (_, rest) = text.split_once(label)?;
    Some(rest.split_whitespace().next()?.trim_end_matches(',').to_owned())
}
