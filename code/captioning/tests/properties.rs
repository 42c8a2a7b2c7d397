//! What holds of the measures whatever the captions are, and of the reader whatever the files hold.

use captioning::coco;
use captioning::metrics::{self, Corpus, Measured, Scores};
use proptest::collection::vec;
use proptest::prelude::*;

type Picture = (String, Vec<String>);

/// Sentences of few different words, so that captions have much in common, and now and then any text.
fn sentence() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => vec(prop::sample::select(&["a", "the", "dog", "cat", "runs", "犬", "café"][..]), 0..12)
            .prop_map(|words| words.join(" ")),
        1 => any::<String>(),
    ]
}

fn pictures() -> impl Strategy<Value = Vec<Picture>> {
    vec((sentence(), vec(sentence(), 1..5)), 1..7)
}

/// A corpus, and the same with its pictures and references in another order; where each picture went.
fn shuffled() -> impl Strategy<Value = (Vec<Picture>, Vec<Picture>, Vec<usize>)> {
    pictures().prop_flat_map(|pictures| {
        let order = Just((0..pictures.len()).collect::<Vec<_>>()).prop_shuffle();
        (Just(pictures), order, any::<prop::sample::Index>()).prop_map(|(pictures, order, turn)| {
            let moved = order.iter().map(|&i| {
                let (hypothesis, mut references) = pictures[i].clone();
                let by = turn.index(references.len());
                references.rotate_left(by);
                (hypothesis, references)
            });
            (pictures.clone(), moved.collect(), order)
        })
    })
}

fn score(pictures: &[Picture]) -> Measured<Scores> {
    metrics::score(&Corpus::new(pictures.iter().map(|(h, r)| (h, r))).unwrap())
}

fn numbers(scores: &Scores) -> [f64; 6] {
    let [one, two, three, four] = scores.bleu;
    [one, two, three, four, scores.rouge_l, scores.cider]
}

fn are_close(a: &Scores, b: &Scores) -> bool {
    numbers(a).into_iter().zip(numbers(b)).all(|(a, b)| (a - b).abs() < 1e-12)
}

proptest! {
    #[test]
    fn scores_lie_in_their_ranges(pictures in pictures()) {
        let Measured { corpus, pictures } = score(&pictures);
        for scores in pictures.iter().chain([&corpus]) {
            let [bleu @ .., rouge_l, cider] = numbers(scores);
            prop_assert!(bleu.iter().chain([&rouge_l]).all(|x| (0.0..=1.0 + 1e-12).contains(x)), "{scores:?}");
            prop_assert!((0.0..=10.0 + 1e-9).contains(&cider), "{scores:?}");
        }
    }

    #[test]
    fn the_order_of_pictures_and_references_changes_nothing((pictures, moved, order) in shuffled()) {
        let (there, here) = (score(&pictures), score(&moved));
        prop_assert!(are_close(&there.corpus, &here.corpus), "{there:?}\n{here:?}");
        for (i, &from) in order.iter().enumerate() {
            prop_assert!(are_close(&there.pictures[from], &here.pictures[i]), "{there:?}\n{here:?}");
        }
    }

    #[test]
    fn a_caption_that_equals_a_reference_gets_the_most_that_bleu_and_rouge_give(
        words in vec("[a-z]{1,3}", 4..12),
        others in vec(sentence(), 0..4),
    ) {
        let caption = words.join(" ");
        let references = [&others[..], std::slice::from_ref(&caption)].concat();
        let Scores { bleu, rouge_l, .. } = score(&[(caption, references)]).corpus;
        prop_assert!(bleu.iter().all(|x| (x - 1.0).abs() < 1e-8), "{bleu:?}");
        prop_assert!((rouge_l - 1.0).abs() < 1e-12, "{rouge_l}");
    }

    #[test]
    fn a_caption_that_equals_all_references_and_is_like_no_other_gets_ten(
        words in vec("[a-z]{1,3}", 4..12),
        count in 1..4_usize,
    ) {
        let caption = words.join(" ");
        let like_no_other = ("".to_owned(), vec!["犬 が".to_owned()]);
        let cider = score(&[(caption.clone(), vec![caption; count]), like_no_other]).pictures[0].cider;
        prop_assert!((cider - 10.0).abs() < 1e-9, "{cider}");
    }

    #[test]
    fn a_reference_twice_as_often_everywhere_changes_nothing(pictures in pictures()) {
        let twice: Vec<Picture> =
            pictures.iter().map(|(h, r)| (h.clone(), [&r[..], &r[..]].concat())).collect();
        prop_assert!(are_close(&score(&pictures).corpus, &score(&twice).corpus));
    }
}

/// Bytes that are nearly a file of captions: a good one with some bytes replaced, or cut off.
fn damaged(file: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let changes = vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(b'"'), Just(b'1')]), 0..4);
    (changes, any::<prop::sample::Index>(), any::<bool>()).prop_map(|(changes, cut, cuts)| {
        let mut bytes = file.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cuts {
            bytes.truncate(cut.index(bytes.len()));
        }
        bytes
    })
}

const RESULTS: &str = r#"[{"image_id": 1, "caption": "a dog"}, {"image_id": "b", "caption": "é\u00e9"}]"#;
const ANNOTATIONS: &str = r#"{"images": [{"id": 1}], "annotations": [{"image_id": 1, "caption": "A dog.", "id": 1},
{"image_id": "b", "caption": "x", "id": 2}, {"image_id": 1, "caption": "", "id": 3}], "info": {"a": [1.5, null]}}"#;

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_and_what_is_read_can_be_scored(
        hypotheses in prop_oneof![damaged(RESULTS), vec(any::<u8>(), 0..60)],
        references in prop_oneof![damaged(ANNOTATIONS), vec(any::<u8>(), 0..60)],
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (h, r) = (folder.path().join("h.json"), folder.path().join("r.json"));
        std::fs::write(&h, hypotheses).unwrap();
        std::fs::write(&r, references).unwrap();
        match coco::read(&h, &r) {
            Ok(read) => {
                let pictures: Vec<Picture> =
                    read.into_iter().map(|one| (one.hypothesis, one.references)).collect();
                prop_assert!(numbers(&score(&pictures).corpus).iter().all(|x| x.is_finite()));
            }
            Err(error) => prop_assert!(error.to_string().contains(".json"), "{error}"),
        }
    }
}
