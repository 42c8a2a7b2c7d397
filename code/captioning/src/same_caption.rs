//! The same caption for every picture, on purpose.
//!
//! What most often goes wrong with a captioner is that it says the same of every picture: a decoder that
//! ignores the picture is a language model, and already much better than chance. Here the picture is taken
//! away: every pixel of every picture, in training and in the test, is grey. The decoder still learns the
//! grammar, the loss still falls, and BLEU still is far from 0, since *a* is in every reference and
//! *is* and *of* are in most. Objects are hardly ever right. The cure is to look at more than the loss: count the different
//! captions.

use crate::beam_search::greedy;
use crate::captions::{Test, split};
use crate::chapter::QUICK_STEPS;
use crate::encoder::Encoder;
use crate::evaluate::{Evaluation, measure, pixels};
use crate::show_attend_tell::ShowAttendTell;
use crate::train::{Settings, train};
use crate::vocabulary::Vocabulary;
use crate::{Error, WORDS};
use lab::Options;
use std::collections::BTreeSet;

/// What a model without pictures does.
#[derive(Clone, Debug)]
pub struct Collapsed {
    /// Its sentences, each once.
    pub sentences: Vec<String>,
    /// How good they are.
    pub evaluation: Evaluation,
    /// What a word costs in the beginning and in the end.
    pub losses: (f64, f64),
}

/// Steps that a full run trains without pictures.
const STEPS: usize = 400;

/// How many steps a run trains without pictures.
pub fn steps(options: &Options) -> usize {
    if options.quick { QUICK_STEPS } else { STEPS }
}

// ANCHOR: collapse
/// Trains without pictures for `steps` steps and captions the tests.
///
/// # Errors
///
/// If training diverges or there is no test.
pub fn collapse(settings: &Settings, steps: usize, tests: &[Test]) -> Result<Collapsed, Error> {
    // An encoder has nothing to learn from grey pictures.
    let blind = Settings { blind: true, fine_tune: false, curriculum: [0.0, 0.0], ..settings.clone() };
    let encoder = Encoder::new(&lab::device(settings.seed), settings.seed);
    let mut losses = Vec::new();
    let mut model = train::<ShowAttendTell<WORDS>>(&split(), &encoder, &blind, steps, |_, progress| {
        losses.push(f64::from(progress.loss));
        Ok(())
    })?;
    let captions = greedy(&mut model, &pixels(tests, true));
    let vocabulary = Vocabulary::of_scenes();
    let sentences: BTreeSet<String> = captions.iter().map(|c| vocabulary.sentence(&c.words)).collect();
    let few = losses.len().min(20);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
    Ok(Collapsed {
        sentences: sentences.into_iter().collect(),
        evaluation: measure(&captions, tests, &vocabulary)?,
        losses: (mean(&losses[..few]), mean(&losses[losses.len() - few..])),
    })
}
// ANCHOR_END: collapse
