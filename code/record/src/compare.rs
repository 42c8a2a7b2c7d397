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

/// What there is to say if the repeated run read other data than the recorded one, such as another
/// version of the documentation: its numbers are then not compared. `None` for the same data.
pub fn other_data(old: &Record, new: &Record) -> Option<String> {
    let list = |record: &Record| -> String {
        record.data.iter().map(|(name, version)| format!("{name} {version}")).collect::<Vec<_>>().join(", ")
    };
    (old.data != new.data)
        .then(|| format!("recorded with {}, now with {}: the numbers are not compared", list(old), list(new)))
}

/// All differences between the record `old` and the repeated run `new` that the tolerances in
/// `old` do not allow. Numbers and texts are compared if both runs read the same data (see
/// [`other_data`]). Names must be the same in both; figures and sounds are compared by name,
/// since what they draw is compared as values.
pub fn compare(old: &Record, new: &Record) -> Vec<Difference> {
    let same_data = old.data == new.data;
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
        if same_data && !within {
            differ(format!("value {name}"), format!("recorded {then}, now {now}, allowed {allowed}"));
        }
    }
    for (name, output) in &old.outputs {
        match new.outputs.get(name) {
            None => differ(format!("output {name}"), "recorded, but the new run has none".into()),
            Some(now) if same_data && output.exact && now.text != output.text => {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fingerprint, Machine, Output, Tier, Value};
    use std::collections::BTreeMap;

    fn record() -> Record {
        let fingerprint: Fingerprint = serde_json::from_str("\"00\"").unwrap();
        let value = |number: f64, tolerance| Value { number, unit: String::new(), digits: 0, tolerance };
        Record {
            format: crate::FORMAT,
            chapter: "chapter".into(),
            tier: Tier::Full,
            fingerprint,
            confirmed: None,
            options: BTreeMap::new(),
            data: [("docs".to_owned(), "1".to_owned())].into(),
            machine: Machine::default(),
            date: "2026-01-01".into(),
            duration_seconds: 1.0,
            peak_memory_bytes: 1,
            values: [
                ("exact".to_owned(), value(3.0, Tolerance::Exact)),
                ("trained".to_owned(), value(50.0, Tolerance::Within(2.0))),
                ("seconds".to_owned(), value(9.0, Tolerance::Machine)),
                ("ratio".to_owned(), value(10.0, Tolerance::Factor(2.0))),
            ]
            .into(),
            outputs: [("table".to_owned(), Output { text: "a".into(), exact: true })].into(),
            figures: BTreeMap::new(),
            audio: BTreeMap::new(),
        }
    }

    #[test]
    fn each_tolerance_allows_what_it_says() {
        for (name, number, allowed) in [
            ("exact", 3.0, true),
            ("exact", 4.0, false),
            ("trained", 52.0, true),
            ("trained", 52.1, false),
            ("trained", f64::NAN, false),
            ("seconds", 900.0, true),
            ("seconds", -1.0, false),
            ("seconds", f64::INFINITY, false),
            ("ratio", 20.0, true),
            ("ratio", 4.9, false),
        ] {
            let mut new = record();
            new.values.get_mut(name).unwrap().number = number;
            assert_eq!(compare(&record(), &new).is_empty(), allowed, "{name} {number}");
        }
    }

    #[test]
    fn what_is_missing_or_new_is_a_difference() {
        let mut new = record();
        let value = new.values.remove("exact").unwrap();
        new.values.insert("other".into(), value);
        new.outputs.get_mut("table").unwrap().text = "b".into();
        let whats: Vec<String> = compare(&record(), &new).into_iter().map(|d| d.what).collect();
        assert_eq!(whats, ["value exact", "output table", "value other"]);
    }

    #[test]
    fn numbers_of_other_data_are_not_compared_but_told() {
        let mut new = record();
        assert_eq!(other_data(&record(), &new), None);
        new.data.insert("docs".into(), "2".into());
        new.values.get_mut("exact").unwrap().number = 4.0;
        new.outputs.get_mut("table").unwrap().text = "b".into();
        assert!(compare(&record(), &new).is_empty());
        assert!(other_data(&record(), &new).unwrap().contains("docs 1"));
        new.values.remove("trained");
        assert_eq!(compare(&record(), &new).len(), 1);
    }
}
