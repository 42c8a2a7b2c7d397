//! The README's commands are those that the continuous check runs.

use crate::finding::Finding;
use crate::house::House;

/// The programs whose commands are compared; cloning and changing folders is left to the reader.
const PROGRAMS: [&str; 3] = ["cargo ", "evcxr_jupyter ", "jupyter "];

/// Finds commands of `README.md` that `.ci/run` does not run.
pub fn check(house: &House) -> Vec<Finding> {
    let read = |name: &str| std::fs::read_to_string(house.root().join(name));
    let (readme, script) = match (read("README.md"), read(".ci/run")) {
        (Ok(readme), Ok(script)) => (readme, script),
        (Err(error), _) => return vec![Finding::new("README.md", 1, format!("cannot be read: {error}"))],
        (_, Err(error)) => return vec![Finding::new(".ci/run", 1, format!("cannot be read: {error}"))],
    };
    let runs: Vec<String> = script.lines().map(words).filter(|line| !line.starts_with('#')).collect();
    let mut findings = Vec::new();
    let mut in_fence = false;
    for (number, line) in (1..).zip(readme.lines()) {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
            continue;
        }
        let command = words(line.trim().trim_start_matches("$ ").split(" #").next().unwrap_or_default());
        if in_fence
            && PROGRAMS.iter().any(|program| command.starts_with(program))
            && !runs.iter().any(|run| run.contains(&command))
        {
            findings.push(Finding::new("README.md", number, format!("`.ci/run` does not run `{command}`")));
        }
    }
    findings
}

/// `line` with single spaces.
fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
