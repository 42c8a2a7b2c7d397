//! Every anchor is sound and shown on a page, and every listing lies in code that is compiled.

use crate::finding::Finding;
use crate::house::{House, files_below};
use crate::listing::{self, ListingError};
use crate::weave::Use;
use std::collections::BTreeSet;
use std::path::Path;

/// Checks all anchors below `code/` and all listings in `uses`.
pub fn check(house: &House, uses: &BTreeSet<Use>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_source = |path: &Path| {
        path.extension().is_some_and(|e| e == "rs") && !path.components().any(|c| c.as_os_str() == "target")
    };
    for path in files_below(&house.root().join("code"), &is_source) {
        let file = house.relative(&path);
        let source = match std::fs::read_to_string(&path) {
            Ok(source) => source,
            Err(error) => {
                findings.push(Finding::new(&file, 1, format!("cannot be read: {error}")));
                continue;
            }
        };
        for (anchor, line) in listing::anchors(&source) {
            if let Err(error) = listing::find(&path, &source, Some(&anchor)) {
                findings.push(Finding::new(&file, line, broken(&error, &anchor)));
            } else if !uses.contains(&Use::Listing(file.clone(), Some(anchor.clone()))) {
                let message =
                    format!("no page shows the anchor `{anchor}`: show it, or remove its two comments");
                findings.push(Finding::new(&file, line, message));
            }
        }
    }
    let members = match members(house) {
        Ok(members) => members,
        Err(message) => {
            findings.push(Finding::new("Cargo.toml", 1, message));
            return findings;
        }
    };
    let files: BTreeSet<_> = uses
        .iter()
        .filter_map(|used| match used {
            Use::Listing(file, _) if file.extension().is_some_and(|e| e == "rs") => Some(file),
            _ => None,
        })
        .collect();
    for file in files {
        if let Err(message) = compiled(house, &members, file) {
            findings.push(Finding::new(file, 1, message));
        }
    }
    findings.sort();
    findings.dedup();
    findings
}

fn broken(error: &ListingError, anchor: &str) -> String {
    match error {
        ListingError::Twice { .. } => format!("the anchor `{anchor}` is opened twice in this file"),
        ListingError::NotClosed { .. } => {
            format!("the anchor `{anchor}` is opened, and no `// ANCHOR_END: {anchor}` follows")
        }
        ListingError::Empty { .. } => format!("the anchor `{anchor}` holds no code"),
        other => other.to_string(),
    }
}

/// The folders of the workspace's crates, relative to the book.
fn members(house: &House) -> Result<Vec<String>, String> {
    #[derive(serde::Deserialize)]
    struct Manifest {
        workspace: Workspace,
    }
    #[derive(serde::Deserialize)]
    struct Workspace {
        members: Vec<String>,
    }
    let text = std::fs::read_to_string(house.root().join("Cargo.toml"))
        .map_err(|error| format!("cannot be read: {error}"))?;
    let manifest: Manifest =
        toml::from_str(&text).map_err(|error| format!("has no workspace members: {}", error.message()))?;
    Ok(manifest.workspace.members)
}

/// Whether the workspace compiles `file`, or checks that it does not compile.
fn compiled(house: &House, members: &[String], file: &Path) -> Result<(), String> {
    let member = members
        .iter()
        .filter_map(|member| Some((member, file.strip_prefix(member).ok()?)))
        .max_by_key(|(member, _)| member.len());
    let Some((member, inside)) = member else {
        return Err("a page shows this file, which lies in no crate of the workspace".to_owned());
    };
    let parts: Vec<String> =
        inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match &parts[..] {
        ["examples", _] | ["src", "main.rs" | "lib.rs"] => Ok(()),
        ["tests", "compile_fail", _] => {
            let recorded = house.root().join(file).with_extension("stderr");
            if recorded.is_file() {
                return Ok(());
            }
            Err("a page shows that this does not compile, and no `.stderr` beside it records the error"
                .to_owned())
        }
        ["src", .., name] => declared(&house.root().join(member).join(inside), name),
        _ => Err(format!(
            "a page shows this file; listings come from `src/`, `examples/` or `tests/compile_fail/` of `{member}`"
        )),
    }
}

/// Whether a parent module declares the module in `path`.
fn declared(path: &Path, name: &str) -> Result<(), String> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let (module, folder) = if name == "mod.rs" {
        (folder.file_name().unwrap_or_default().to_string_lossy(), folder.parent().unwrap_or(folder))
    } else {
        (path.file_stem().unwrap_or_default().to_string_lossy(), folder)
    };
    let parents =
        [folder.join("lib.rs"), folder.join("main.rs"), folder.join("mod.rs"), folder.with_extension("rs")];
    let declares = |parent: &Path| {
        std::fs::read_to_string(parent).is_ok_and(|source| {
            let ending = format!("mod {module};");
            source.lines().map(str::trim).any(|line| line == ending || line.ends_with(&format!(" {ending}")))
        })
    };
    if parents.iter().any(|parent| declares(parent)) {
        return Ok(());
    }
    Err(format!("a page shows this file, and no module declares `mod {module};`: it is not compiled"))
}
