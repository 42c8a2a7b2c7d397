//! The README's commands are those that the continuous check runs.

use crate::finding::Finding;
use crate::house::House;

/// The programs whose commands are compared. The reader's own (`git`, `cd`, `jupyter lab`) are not.
const PROGRAMS: [&str; 2] = ["cargo", "evcxr_jupyter"];

/// Finds commands of `README.md` that `.ci/run` does not run.
///
/// A command is run when one line of the script has all of its words; a word in capitals (`FILE`)
/// stands for any other.
pub fn check(house: &House) -> Vec<Finding> {
    let read = |name: &str| std::fs::read_to_string(house.root().join(name));
    let (readme, script) = match (read("README.md"), read(".ci/run")) {
        (Ok(readme), Ok(script)) => (readme, script),
        (Err(error), _) => return vec![Finding::new("README.md", 1, format!("cannot be read: {error}"))],
        (_, Err(error)) => return vec![Finding::new(".ci/run", 1, format!("cannot be read: {error}"))],
    };
    let runs: Vec<Vec<&str>> = script
        .lines()
        .map(words)
        .filter(|words| words.first().is_some_and(|w| !w.starts_with('#')))
        .collect();
    let mut findings = Vec::new();
    let mut in_fence = false;
    for (number, line) in (1..).zip(readme.lines()) {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
            continue;
        }
        let line = line.trim().trim_start_matches("$ ").split(" #").next().unwrap_or_default();
        for command in line.split("&&").filter(|_| in_fence) {
            let wanted = words(command);
            if wanted.first().is_some_and(|program| PROGRAMS.contains(program))
                && !runs.iter().any(|run| wanted.iter().all(|word| is_any(word) || run.contains(word)))
            {
                let message = format!("`.ci/run` does not run `{}`", wanted.join(" "));
                findings.push(Finding::new("README.md", number, message));
            }
        }
    }
    findings
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn is_any(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}
