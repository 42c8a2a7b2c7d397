//! The measures on as many captions as COCO's test set has: 5,000 images, 5 references each.
//!
//! `cargo bench -p captioning`

use captioning::metrics::{self, Corpus};

const IMAGES: usize = 5000;
const REFERENCES: usize = 5;

fn main() {
    divan::main();
}

/// Captions of 8 to 14 words out of 5,000, of which few are frequent as in real text.
fn captions() -> Vec<(String, Vec<String>)> {
    let mut state = 1_u64;
    let mut draw = |below: u64| {
        // A linear congruential generator; its high bits are random enough to make text of.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut sentence = || {
        let words = (0..8 + draw(7)).map(|_| {
            let below = draw(5000) + 1;
            format!("w{}", draw(below) * draw(below) / below)
        });
        words.collect::<Vec<_>>().join(" ")
    };
    (0..IMAGES).map(|_| (sentence(), (0..REFERENCES).map(|_| sentence()).collect())).collect()
}

fn corpus() -> Corpus {
    Corpus::new(captions()).expect("there are captions")
}

#[divan::bench]
fn corpus_from_text(bencher: divan::Bencher<'_, '_>) {
    let captions = captions();
    bencher.bench_local(|| Corpus::new(captions.iter().map(|(h, r)| (h, r))));
}

#[divan::bench]
fn bleu(bencher: divan::Bencher<'_, '_>) {
    let corpus = corpus();
    bencher.bench_local(|| metrics::bleu(&corpus));
}

#[divan::bench]
fn rouge_l(bencher: divan::Bencher<'_, '_>) {
    let corpus = corpus();
    bencher.bench_local(|| metrics::rouge_l(&corpus));
}

#[divan::bench]
fn cider(bencher: divan::Bencher<'_, '_>) {
    let corpus = corpus();
    bencher.bench_local(|| metrics::cider(&corpus));
}
