//! What a chapter's run writes down and a page reads.
//!
//! A [`Record`] is one run of a chapter: the values, the printed outputs, the figures and the
//! sounds that its pages show, together with what made them (sources, options, seed, machine).
//! The chapter crates write it through `lab`; the book's program reads it. This crate knows
//! nothing of deep learning, so that reading the book compiles none.
//!
//! On disk a record is a folder: `record.json` and, beside it, `figures/*.svg` and `audio/*.wav`.
//! Every picture's and sound's file name carries a hash of its content, and `record.json` is
//! written last, by a rename. A run that is killed at any moment therefore leaves the old record
//! whole: its `record.json` still names its own files.

mod compare;
mod fingerprint;
mod kind;
mod store;

pub use compare::{Difference, compare, other_data};
pub use fingerprint::Fingerprint;
pub use kind::{Kind, SEEDS, USUAL_SEED};
pub use store::{Draft, RecordError, try_writing_beside, write_atomically};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the format that this crate reads and writes.
pub const FORMAT: u32 = 1;

/// The file that holds a record, inside the record's folder.
pub const FILE_NAME: &str = "record.json";

/// The folder of a record's figures, inside the record's folder.
pub const FIGURES: &str = "figures";

/// The folder of a record's sounds, inside the record's folder.
pub const AUDIO: &str = "audio";

/// How thorough a run was. Pages show full runs alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Everything the pages show.
    Full,
    /// A few seconds, for tests: the same code on less data.
    Quick,
}

impl std::fmt::Display for Tier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Tier::Full => "full",
            Tier::Quick => "quick",
        })
    }
}

/// How far a repeated run may lie from the recorded number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tolerance {
    /// The number must be the same: it follows from the sources alone.
    Exact,
    /// The number may differ by this much, in the value's own unit. For results of training, it is
    /// derived from the spread over the seeds of the run.
    Within(f64),
    /// The number tells of the machine (seconds, words per second), of the installed documentation or of the choice of
    /// seeds: a repeated run must have it, finite and not negative, and nothing more.
    Machine,
    /// The number is a measured ratio of speeds: a repeated run may differ by this factor either
    /// way.
    Factor(f64),
}

/// One number with its unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// The number, in full precision.
    pub number: f64,
    /// The unit as it is printed after the number: `"%"`, `"s"`, `"words"`; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// How many digits after the decimal point a page shows.
    pub digits: usize,
    /// How far a repeated run may lie from it.
    pub tolerance: Tolerance,
}

impl Value {
    fn new(number: f64, tolerance: Tolerance) -> Self {
        Self { number, unit: String::new(), digits: 0, tolerance }
    }

    /// A number that follows from the sources alone.
    pub fn exact(number: f64) -> Self {
        Self::new(number, Tolerance::Exact)
    }

    /// A number that a repeated run may miss by `bound`.
    pub fn within(number: f64, bound: f64) -> Self {
        Self::new(number, Tolerance::Within(bound))
    }

    /// A number that tells of the machine, of the installed documentation or of the choice of seeds.
    pub fn machine(number: f64) -> Self {
        Self::new(number, Tolerance::Machine)
    }

    /// A ratio of speeds that a repeated run may miss by `factor`.
    pub fn ratio(number: f64, factor: f64) -> Self {
        Self::new(number, Tolerance::Factor(factor)).unit("×")
    }

    /// The mean of one result over several seeds. A repeated run may miss it by four standard
    /// deviations of the seeds' results (with $n - 1$ in the denominator), and by no less than
    /// `least`, since so few seeds can lie close together by chance.
    ///
    /// ```
    /// let value = record::Value::over_seeds(&[60.0, 61.0, 62.0], 0.5);
    /// assert_eq!(value.number, 61.0);
    /// assert_eq!(value.tolerance, record::Tolerance::Within(4.0));
    /// ```
    pub fn over_seeds(results: &[f64], least: f64) -> Self {
        Self::within(mean(results), (4.0 * standard_deviation(results)).max(least))
    }

    /// The standard deviation of one result over several seeds. A repeated run must have one and may have any: that
    /// of so few results differs widely from one set of seeds to the next, and that of a single one is 0.
    ///
    /// ```
    /// let value = record::Value::spread(&[60.0, 61.0, 62.0]);
    /// assert_eq!((value.number, value.tolerance), (1.0, record::Tolerance::Machine));
    /// ```
    pub fn spread(results: &[f64]) -> Self {
        Self::machine(standard_deviation(results))
    }

    /// The same number with a unit.
    pub fn unit(self, unit: &str) -> Self {
        Self { unit: unit.to_owned(), ..self }
    }

    /// The same number, shown with so many digits after the decimal point.
    pub fn digits(self, digits: usize) -> Self {
        Self { digits, ..self }
    }

    /// The number alone as a page shows it: rounded, thousands separated by commas. `Display` adds the unit.
    ///
    /// ```
    /// use record::{Tolerance, Value};
    /// let value = Value { number: 1503222.0, unit: "words".into(), digits: 0, tolerance: Tolerance::Exact };
    /// assert_eq!(value.to_string(), "1,503,222\u{a0}words");
    /// assert_eq!(value.rounded(), "1,503,222");
    /// ```
    pub fn rounded(&self) -> String {
        group_thousands(&format!("{:.*}", self.digits, self.number))
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.rounded())?;
        match self.unit.as_str() {
            "" => Ok(()),
            "×" => f.write_str("×"),
            unit => write!(f, "\u{a0}{unit}"),
        }
    }
}

/// The mean of some numbers; 0 for none.
pub fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len().max(1) as f64
}

/// The standard deviation of some numbers, with $n - 1$ in the denominator; 0 for fewer than two.
pub fn standard_deviation(numbers: &[f64]) -> f64 {
    let mean = mean(numbers);
    let squares: f64 = numbers.iter().map(|x| (x - mean).powi(2)).sum();
    (squares / numbers.len().saturating_sub(1).max(1) as f64).sqrt()
}

/// Writes `-1234567.25` as `−1,234,567.25` (a true minus sign, commas between thousands).
pub fn group_thousands(number: &str) -> String {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(rest) if rest.bytes().any(|b| b.is_ascii_digit() && b != b'0') => ("−", rest),
        Some(rest) => ("", rest),
        None => ("", number),
    };
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut out = String::from(sign);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// Text as the run printed it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The text, without the final line feed.
    pub text: String,
    /// Whether a repeated run must print the same text to the letter. Outputs that hold trained
    /// numbers are not exact: their numbers that matter are values with a tolerance.
    pub exact: bool,
}

/// A drawn figure (SVG).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The file, relative to the record's folder: `figures/NAME-HASH.svg`.
    pub file: String,
    /// The caption under the figure (Markdown, one paragraph).
    pub caption: String,
    /// What the figure shows, in words, for those who do not see it; written from the data.
    pub alt: String,
}

/// A sound (WAV).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Audio {
    /// The file, relative to the record's folder: `audio/NAME-HASH.wav`.
    pub file: String,
    /// The caption under the player (Markdown, one paragraph).
    pub caption: String,
    /// What is to be heard, in words.
    pub description: String,
}

/// The machine that ran the chapter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name, as the operating system gives it.
    pub processor: String,
    /// Logical cores that the run could use.
    pub cores: usize,
    /// Main memory in bytes; 0 where the operating system does not tell.
    pub memory_bytes: u64,
    /// Operating system and architecture: `linux x86_64`.
    pub system: String,
    /// `rustc --version` of the compiler on the path.
    pub rustc: String,
}

/// A reader's run, with one seed and perhaps of later sources, that found what a record says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confirmed {
    /// What the sources were.
    pub fingerprint: Fingerprint,
    /// Where it ran.
    pub machine: Machine,
    /// The day of that run, `YYYY-MM-DD` (UTC).
    pub date: String,
    /// Wall time of the whole run.
    pub duration_seconds: f64,
}

/// One run of a chapter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of this format: [`FORMAT`].
    pub format: u32,
    /// The chapter's name, which is also its crate's.
    pub chapter: String,
    /// How thorough the run was.
    pub tier: Tier,
    /// What the sources were.
    pub fingerprint: Fingerprint,
    /// The last run with one seed that found the same, if there was one: sources may change without changing what is
    /// found, and it tells how long a reader's run takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Confirmed>,
    /// The options that shaped the run, by name.
    pub options: BTreeMap<String, String>,
    /// The data that the run read, by name: where from, which version.
    pub data: BTreeMap<String, String>,
    /// Where it ran.
    pub machine: Machine,
    /// The day of the run, `YYYY-MM-DD` (UTC).
    pub date: String,
    /// Wall time of the whole run.
    pub duration_seconds: f64,
    /// The most memory that the run held at one time; 0 where the operating system does not tell.
    pub peak_memory_bytes: u64,
    /// The numbers, by name.
    pub values: BTreeMap<String, Value>,
    /// The printed texts, by name.
    pub outputs: BTreeMap<String, Output>,
    /// The figures, by name.
    pub figures: BTreeMap<String, Figure>,
    /// The sounds, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub audio: BTreeMap<String, Audio>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped_and_the_minus_sign_is_true() {
        for (given, expected) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("-1234567.25", "−1,234,567.25"),
            ("-0.00", "0.00"),
        ] {
            assert_eq!(group_thousands(given), expected);
        }
    }

    #[test]
    fn a_value_prints_its_unit_after_a_no_break_space() {
        let value =
            |unit: &str| Value { number: 61.37, unit: unit.into(), digits: 1, tolerance: Tolerance::Exact };
        assert_eq!(value("%").to_string(), "61.4\u{a0}%");
        assert_eq!(value("×").to_string(), "61.4×");
        assert_eq!(value("").to_string(), "61.4");
    }
}
