//! Measuring a generator with the judge: does it paint what the sentence says, and does it paint more than one
//! picture of it?

use crate::generator::Generator;
use crate::judge::{FEATURES, Judge, TEST, compare};
use crate::nearest::diversity;
use crate::noise::noise;
use crate::pairs::{Part, combinations, is_held_out, pairs, phrase, pictures_of, pixels};
use crate::sentence_encoder::SentenceEncoder;
use crate::words::Said;
use crate::{Error, frechet};

/// Shares of painted pictures, from 0 to 1, and how unlike they are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shares {
    /// With the right kind of thing.
    pub kind: f64,
    /// With the right colour; of things, with none of the shapes' colours.
    pub colour: f64,
    /// With both.
    pub both: f64,
    /// The mean distance of two pictures of one sentence, over that of two real ones of it.
    pub diversity: f64,
}

/// What one sentence gave.
#[derive(Clone, Debug, PartialEq)]
pub struct OfSentence {
    /// The sentence.
    pub sentence: String,
    /// Whether training never showed this combination.
    pub held_out: bool,
    /// How it went.
    pub shares: Shares,
}

/// How good a generator is.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// For every combination of kind and colour, in the order of [`combinations`].
    pub sentences: Vec<OfSentence>,
    /// The share of pictures of sentences of training, many of which name a size or a background, that show all that
    /// was said.
    pub whole: f64,
    /// The Fréchet distance from real pictures of the same sentences.
    pub frechet: f64,
}

impl Evaluation {
    /// The mean over the sentences that training has shown, or over those that it has not.
    pub fn mean(&self, held_out: bool) -> Shares {
        mean_of(&self.sentences, held_out)
    }
}

/// The mean over those of some sentences that training has shown, or over those that it has not.
pub fn mean_of(sentences: &[OfSentence], held_out: bool) -> Shares {
    let mean = |of: fn(&Shares) -> f64| {
        let sentences = sentences.iter().filter(|one| one.held_out == held_out);
        record::mean(&sentences.map(|one| of(&one.shares)).collect::<Vec<_>>())
    };
    Shares {
        kind: mean(|s| s.kind),
        colour: mean(|s| s.colour),
        both: mean(|s| s.both),
        diversity: mean(|s| s.diversity),
    }
}

/// How much to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// Pictures of each sentence.
    pub each: usize,
    /// Pictures of whole sentences, and for the Fréchet distance.
    pub whole: u64,
}

/// The seed of the noise that generators are measured with.
pub const NOISE_SEED: u64 = 0x6d_6561_7375;

// ANCHOR: shares
/// What the judge says of pictures of one sentence.
pub fn shares(pictures: &[f32], said: &Said, judge: &mut Judge) -> Shares {
    let matches: Vec<_> = judge.name(pictures).named.iter().map(|named| compare(named, said)).collect();
    let share = |right: fn(&crate::judge::Match) -> bool| {
        matches.iter().filter(|found| right(found)).count() as f64 / matches.len().max(1) as f64
    };
    let real = pictures_of(said.kind, said.colour, matches.len(), TEST);
    Shares {
        kind: share(|found| found.kind),
        colour: share(|found| found.colour),
        both: share(|found| found.both()),
        diversity: diversity(pictures) / diversity(&real).max(1e-9),
    }
}
// ANCHOR_END: shares

/// What the judge says of the pictures that `draw` gives for each combination of kind and colour, from its place and
/// its sentence.
fn of_combinations(
    judge: &mut Judge,
    mut draw: impl FnMut(usize, &Said, &str) -> Result<Vec<f32>, Error>,
) -> Result<Vec<OfSentence>, Error> {
    let of = |(place, (kind, colour))| {
        let sentence = phrase(kind, colour);
        let said = Said::parse(&sentence)?;
        let shares = shares(&draw(place, &said, &sentence)?, &said, judge);
        Ok(OfSentence { sentence, held_out: is_held_out(kind, colour), shares })
    };
    combinations().into_iter().enumerate().map(of).collect()
}

// ANCHOR: measure
/// Paints `each` pictures of every combination and asks the judge about them.
///
/// # Errors
///
/// If a sentence has an unknown word.
pub fn of_painted(
    generator: &mut Generator,
    encoder: &SentenceEncoder,
    judge: &mut Judge,
    each: usize,
) -> Result<Vec<OfSentence>, Error> {
    of_combinations(judge, |place, _, sentence| {
        let vectors = encoder.encode(std::iter::repeat_n(sentence, each))?;
        Ok(generator.paint(&noise(each, NOISE_SEED, place as u64), &vectors))
    })
}

/// Measures a generator.
///
/// # Errors
///
/// If a sentence has an unknown word.
pub fn measure(
    generator: &mut Generator,
    encoder: &SentenceEncoder,
    judge: &mut Judge,
    amount: Amount,
) -> Result<Evaluation, Error> {
    let sentences = of_painted(generator, encoder, judge, amount.each)?;
    let real = pairs(Part::Training, TEST, 0..amount.whole);
    let vectors = encoder.encode(real.iter().map(|pair| pair.sentence.as_str()))?;
    let painted = generator.paint(&noise(real.len(), NOISE_SEED, u64::MAX), &vectors);
    let opinion = judge.name(&painted);
    let mut right = 0;
    for (pair, named) in real.iter().zip(&opinion.named) {
        let found = compare(named, &Said::parse(&pair.sentence)?);
        right += usize::from(found.both() && found.rest);
    }
    let whole = right as f64 / real.len().max(1) as f64;
    let of_real = judge.name(&pixels(&real)).features;
    Ok(Evaluation { sentences, whole, frechet: frechet::distance(&of_real, &opinion.features, FEATURES) })
}
// ANCHOR_END: measure

/// What the judge says of real pictures of the same sentences: what a generator cannot be expected to exceed.
///
/// # Errors
///
/// If a sentence cannot be read.
pub fn of_real(judge: &mut Judge, each: usize) -> Result<Vec<OfSentence>, Error> {
    of_combinations(judge, |_, said, _| Ok(pictures_of(said.kind, said.colour, each, TEST ^ 1)))
}

/// The Fréchet distance between real pictures and other real ones: what a generator cannot be better than.
pub fn frechet_floor(judge: &mut Judge, count: u64) -> f64 {
    let a = judge.name(&pixels(&pairs(Part::Training, TEST, 0..count))).features;
    let b = judge.name(&pixels(&pairs(Part::Training, TEST, count..2 * count))).features;
    frechet::distance(&a, &b, FEATURES)
}
