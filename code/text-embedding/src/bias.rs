//! Bias: what the corpus says more often, the vectors take for the rule.

use crate::context_words::{counted, top};
use crate::similarity::spearman;
use crate::train::Settings;
use crate::vocabulary::EncodedCorpus;
use crate::word_vectors::WordVectors;

/// The word that stands for one side.
pub const UNIX: &str = "unix";

/// The word that stands for the other side.
pub const WINDOWS: &str = "windows";

/// How many words are measured: those that stand most often near one of the two.
const MEASURED: usize = 60;

/// How much a word leans to one side, in the corpus and in the vectors.
#[derive(Clone, Debug, PartialEq)]
pub struct Lean {
    /// The word.
    pub word: String,
    /// Natural logarithm of (its share of the words near [`UNIX`] / near [`WINDOWS`]).
    pub corpus: f64,
    /// Cosine with [`UNIX`] less cosine with [`WINDOWS`].
    pub vectors: f64,
}

// ANCHOR: lean
/// How much the words that stand near *unix* or *windows* lean to one of them: above 0 to Unix,
/// below to Windows. Nothing where the vocabulary lacks one of the two.
///
/// The measure on vectors is the association of Caliskan et al. (2017).
pub fn leans(vectors: &WordVectors, corpus: &EncodedCorpus, settings: &Settings) -> Vec<Lean> {
    let vocabulary = vectors.vocabulary();
    let (Some(unix), Some(windows)) = (vocabulary.get(UNIX), vocabulary.get(WINDOWS)) else {
        return Vec::new();
    };
    let near = counted(corpus, vocabulary, settings, &[unix, windows]);
    let all: Vec<f64> = near.iter().map(|counts| counts.iter().sum()).collect();
    let either: Vec<f64> = near[0].iter().zip(&near[1]).map(|(a, b)| a + b).collect();
    let lean = |id: u32| {
        // Half a count is added to both, so that a count of zero keeps the logarithm finite.
        let share = |side: usize| (near[side][id as usize] + 0.5) / (all[side] + 0.5);
        let cosine = |side| vectors.cosine(vocabulary.word(id), side).map_or(0.0, f64::from);
        Lean {
            word: vocabulary.word(id).to_owned(),
            corpus: (share(0) / share(1)).ln(),
            vectors: cosine(UNIX) - cosine(WINDOWS),
        }
    };
    let words = top(&either, MEASURED + 2).into_iter();
    words
        .filter(|&id| id != unix && id != windows && either[id as usize] > 0.0)
        .take(MEASURED)
        .map(lean)
        .collect()
}
// ANCHOR_END: lean

/// Spearman's rank correlation between the vectors' lean and the corpus'.
pub fn agreement(leans: &[Lean]) -> f64 {
    let (vectors, corpus): (Vec<f64>, Vec<f64>) =
        leans.iter().map(|lean| (lean.vectors, lean.corpus)).unzip();
    spearman(&vectors, &corpus)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Corpus;
    use crate::vocabulary::Vocabulary;

    #[test]
    fn a_word_leans_to_the_side_it_stands_beside() {
        let filler: String = ('a'..='z').map(|c| format!("{c} ")).collect();
        let corpus = Corpus {
            sentences: vec!["unix signal".into(), "windows handle".into(), filler.trim().into()],
            source: "test".into(),
            version: None,
            files: 0,
        };
        let vocabulary = Vocabulary::of(&corpus, 1).unwrap();
        let encoded = vocabulary.encode(&corpus);
        let mut raw = vec![[0.0; crate::DIMENSIONS]; vocabulary.len()];
        for (word, axis) in [("unix", 0), ("signal", 0), ("windows", 1), ("handle", 1)] {
            raw[vocabulary.get(word).unwrap() as usize][axis] = 1.0;
        }
        let vectors = WordVectors::new(vocabulary, raw);
        let settings = Settings { subsample: 1e9, ..Settings::default() };
        let leans = leans(&vectors, &encoded, &settings);
        let of = |word: &str| leans.iter().find(|lean| lean.word == word).unwrap();
        // One neighbour each, half a count added: ln(1.5 / 0.5).
        assert!(of("signal").vectors > 0.9 && (of("signal").corpus - 3.0_f64.ln()).abs() < 1e-9);
        assert!(of("handle").vectors < -0.9 && (of("handle").corpus + 3.0_f64.ln()).abs() < 1e-9);
        assert_eq!(agreement(&leans), 1.0);
    }

    #[test]
    fn without_one_of_the_sides_nothing_leans() {
        let vectors = crate::word_vectors::tests::vectors(&[("unix", &[1.0]), ("file", &[1.0])]);
        assert!(leans(&vectors, &EncodedCorpus::default(), &Settings::default()).is_empty());
    }
}
