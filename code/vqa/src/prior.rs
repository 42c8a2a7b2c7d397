//! The language prior: what a question's words say of its answer before anyone has looked.
//!
//! A network that sees the question alone learns which answers go with its words. The difference from *any answer of
//! this kind* is the prior:
//!
//! $$ z_a = \ln \frac{p(a \mid q)}{p(\mathrm{kind} \mid q)\,/\,|\mathrm{kind}|} $$
//!
//! where $\mathrm{kind}$ are the answers of the same kind as $a$: yes and no, numbers, colours, kinds of things. Added
//! to the logits of another network *while it learns*, it takes from it what the words know, so that it has nothing to gain from
//! learning that; when it is asked, it answers without (a product of experts: Clark, Yatskar and Zettlemoyer 2019,
//! *Don't take the easy way out*, arXiv:1909.03683; Hinton 2002).

use crate::ANSWERS;
use crate::batch::Batch;
use crate::fused::QuestionOnly;
use crate::network::{Answerer, Network};
use emoji_world::Answer;

/// How far the prior goes, in either direction.
const MOST: f32 = 4.0;

/// How much more likely an answer is than usual: the logarithm of the ratio, from −4 to 4.
pub fn beyond_the_usual(probability: f32, usual: f32) -> f32 {
    (probability / usual).ln().clamp(-MOST, MOST)
}

/// Answers that are this unlikely for a question are left alone.
const UNLIKELY: f32 = 0.01;

/// A network that has learned from questions alone.
#[derive(Clone, Debug)]
pub struct Prior {
    network: Network<QuestionOnly>,
    groups: Vec<Vec<usize>>,
}

impl Prior {
    /// The prior of a network that has learned.
    pub fn new(network: Network<QuestionOnly>) -> Self {
        let group = |answer: &Answer| match answer {
            Answer::Truth(_) => 0,
            Answer::Number(_) => 1,
            Answer::Colour(_) => 2,
            Answer::Kind(_) => 3,
        };
        let mut groups = vec![Vec::new(); 4];
        for (number, answer) in Answer::all().iter().enumerate() {
            groups[group(answer)].push(number);
        }
        Self { network, groups }
    }

    // ANCHOR: prior
    /// $z$ for every answer to every question of a batch: questions × [`ANSWERS`].
    pub fn of(&mut self, batch: &Batch) -> Vec<f32> {
        let mut z = vec![0.0; batch.count() * ANSWERS];
        let probabilities = self.network.probabilities(batch);
        for (z, p) in z.chunks_exact_mut(ANSWERS).zip(probabilities.chunks_exact(ANSWERS)) {
            for group in &self.groups {
                let all: f32 = group.iter().map(|answer| p[*answer]).sum();
                let usual = all / group.len() as f32;
                if all > UNLIKELY {
                    group.iter().for_each(|&a| z[a] = beyond_the_usual(p[a], usual));
                }
            }
        }
        z
    }
    // ANCHOR_END: prior
}
