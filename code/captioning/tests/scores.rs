//! The scores are those of COCO's scorers, on corpora that `tools/peers/caption_metrics.py --write` made:
//! odd ones and random ones, with what pycocoevalcap says of them.

use captioning::metrics::{self, Corpus, Scores};
use serde::Deserialize;

/// The most that a score may differ.
const MOST: f64 = 1e-9;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    pictures: Vec<Picture>,
    corpus: Expected,
    images: Vec<Expected>,
}

#[derive(Deserialize)]
struct Picture {
    hypothesis: String,
    references: Vec<String>,
}

#[derive(Deserialize)]
struct Expected {
    bleu: [f64; 4],
    rouge_l: f64,
    cider: f64,
}

#[test]
fn scores_are_those_of_cocos_scorers() {
    let Fixture { cases } = serde_json::from_str(include_str!("data/scores.json")).unwrap();
    assert!(cases.len() >= 40, "{}", cases.len());
    for case in cases {
        let pictures = case.pictures.iter().map(|picture| (&picture.hypothesis, &picture.references));
        let measured = metrics::score(&Corpus::new(pictures).unwrap());
        compare(&case.corpus, &measured.corpus, &case.name);
        assert_eq!(case.images.len(), measured.pictures.len());
        for (i, (expected, found)) in case.images.iter().zip(&measured.pictures).enumerate() {
            compare(expected, found, &format!("{}, image {i}", case.name));
        }
    }
}

fn compare(expected: &Expected, found: &Scores, name: &str) {
    let expected = [&expected.bleu[..], &[expected.rouge_l, expected.cider]].concat();
    let found = [&found.bleu[..], &[found.rouge_l, found.cider]].concat();
    for (expected, found) in expected.iter().zip(&found) {
        assert!((expected - found).abs() <= MOST, "{name}: expected {expected}, found {found}");
    }
}
