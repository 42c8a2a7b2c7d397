//! Sentences of different lengths in one batch.
//!
//! With teacher forcing the decoder reads the right words, one behind what it writes:
//!
//! | step | 1 | 2 | 3 | 4 | 5 |
//! | --- | --- | --- | --- | --- | --- |
//! | reads | `<start>` | a | dog | `<end>` | `<pad>` |
//! | is to write | a | dog | `<end>` | `<pad>` | `<pad>` |
//! | weight | 1 | 1 | 1 | 0 | 0 |
//!
//! Rows of a batch are as long as its longest sentence with its end.

use crate::vocabulary::{END, PAD, START};

/// Pictures with as many sentences each, as numbers. A row is a sentence; those of one picture follow each
/// other.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Red, green and blue of every pixel from 0 to 1: pictures × side × side × 3.
    pub pixels: Vec<f32>,
    /// How many sentences there are.
    pub count: usize,
    /// How many of them each picture has.
    pub each: usize,
    /// How many steps a sentence takes.
    pub steps: usize,
    /// What is read: step × row.
    pub inputs: Vec<Vec<usize>>,
    /// What is to be written: step × row, one step after the other.
    pub targets: Vec<usize>,
    /// 1 for words and the end, 0 for padding: step × row, one step after the other.
    pub weights: Vec<f32>,
}

impl Batch {
    // ANCHOR: batch
    /// A batch of pictures and the numbers of their sentences, `each` a picture, which have neither start nor
    /// end.
    pub fn new(pixels: Vec<f32>, sentences: &[Vec<usize>], each: usize) -> Self {
        let count = sentences.len();
        let steps = 1 + sentences.iter().map(Vec::len).max().unwrap_or(0);
        let read = |t: usize, sentence: &Vec<usize>| match t {
            0 => START,
            _ => sentence.get(t - 1).copied().unwrap_or(if t - 1 == sentence.len() { END } else { PAD }),
        };
        // What a step is to write, the next one reads.
        let rows: Vec<Vec<usize>> =
            (0..=steps).map(|t| sentences.iter().map(|sentence| read(t, sentence)).collect()).collect();
        let targets: Vec<usize> = rows[1..].concat();
        let weights = targets.iter().map(|&word| if word == PAD { 0.0 } else { 1.0 }).collect();
        Self { pixels, count, each, steps, inputs: rows[..steps].to_vec(), targets, weights }
    }
    // ANCHOR_END: batch

    /// The weights of one step, a number a row.
    pub fn weights_of(&self, step: usize) -> &[f32] {
        &self.weights[step * self.count..][..self.count]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_sentences_are_padded() {
        let batch = Batch::new(vec![], &[vec![7, 8, 9], vec![5]], 1);
        assert_eq!(batch.steps, 4);
        assert_eq!(batch.inputs, [vec![START, START], vec![7, 5], vec![8, END], vec![9, PAD]]);
        assert_eq!(batch.targets, [7, 5, 8, END, 9, PAD, END, PAD]);
        assert_eq!(batch.weights, [1., 1., 1., 1., 1., 0., 1., 0.]);
        assert_eq!(batch.weights_of(2), [1., 0.]);
    }
}
