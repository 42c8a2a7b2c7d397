//! Is a repeated run the run that was recorded?

use crate::{Record, Tolerance};

/// One way in which a repeated run differs from the recorded one.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// What differs: `value analogy_accuracy`, `output neighbours`, …
    pub what: String,
    /// How: what was recorded, what came now, what was allowed.
    pub how: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.what, self.how)
    }
}

/// All differences between the record `old` and the repeated run `new` that the tolerances in
/// `old` do not allow. Names must be the same in both; figures and sounds are compared by name,
/// since what they draw is compared as values.
pub fn compare(old: &Record, new: &Record) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut differ = |what: String, how: String| differences.push(Difference { what, how });
    if (old.chapter.as_str(), old.tier) != (new.chapter.as_str(), new.tier) {
        differ(
            "run".into(),
            format!("recorded {} ({}), now {} ({})", old.chapter, old.tier, new.chapter, new.tier),
        );
    }
    if old.options != new.options {
        differ("options".into(), format!("recorded {:?}, now {:?}", old.options, new.options));
    }
    for (name, value) in &old.values {
        let Some(now) = new.values.get(name) else {
            differ(format!("value {name}"), "recorded, but the new run has none".into());
            continue;
        };
        let (then, now) = (value.number, now.number);
        let (allowed, within) = match value.tolerance {
            Tolerance::Exact => ("the same".to_owned(), then == now),
            Tolerance::Within(bound) => (format!("within {bound}"), (then - now).abs() <= bound),
            Tolerance::Machine => ("a number ≥ 0".to_owned(), now.is_finite() && now >= 0.0),
            Tolerance::Factor(factor) => {
                (format!("within a factor of {factor}"), now <= then * factor && now >= then / factor)
            }
        };
        if !within {
            differ(format!("value {name}"), format!("recorded {then}, now {now}, allowed {allowed}"));
        }
    }
    for (name, output) in &old.outputs {
        match new.outputs.get(name) {
            None => differ(format!("output {name}"), "recorded, but the new run has none".into()),
            Some(now) if output.exact && now.text != output.text => {
                differ(format!("output {name}"), format!("recorded\n{}\nnow\n{}", output.text, now.text))
            }
            Some(_) => {}
        }
    }
    let mut names = |kind: &str, old: Vec<&String>, new: Vec<&String>| {
        for name in old.iter().filter(|name| !new.contains(name)) {
            differ(format!("{kind} {name}"), "recorded, but the new run has none".into());
        }
        for name in new.iter().filter(|name| !old.contains(name)) {
            differ(format!("{kind} {name}"), "in the new run, but not recorded".into());
        }
    };
    names("figure", old.figures.keys().collect(), new.figures.keys().collect());
    names("audio", old.audio.keys().collect(), new.audio.keys().collect());
    for name in new.values.keys().filter(|name| !old.values.contains_key(*name)) {
        differ(format!("value {name}"), "in the new run, but not recorded".into());
    }
    for name in new.outputs.keys().filter(|name| !old.outputs.contains_key(*name)) {
        differ(format!("output {name}"), "in the new run, but not recorded".into());
    }
    differences
}
