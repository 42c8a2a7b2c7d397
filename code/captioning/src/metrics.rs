//! How close is a caption to what people wrote of the same picture?
//!
//! A model's caption of a picture is the *hypothesis*, people's captions of it are the *references*,
//! and a *corpus* is pictures with both. Each measure gives a score for every picture and one for the
//! corpus:
//!
//! | measure | asks | corpus | range |
//! | --- | --- | --- | --- |
//! | [BLEU-n](mod@bleu), n = 1…4 | how many of the hypothesis's n-grams are in a reference | pooled counts | 0 to 1 |
//! | [ROUGE-L](mod@rouge_l) | how long is the longest common subsequence | mean | 0 to 1 |
//! | [CIDEr](mod@cider) | how similar are the n-grams, rare ones weighing more | mean | 0 to 10 |
//!
//! An *n-gram* is n words in a row. All three follow the scorers of the COCO caption evaluation
//! (Chen et al., *Microsoft COCO Captions: Data Collection and Evaluation Server*, 2015,
//! arXiv:1504.00325) in every convention that changes a number, as the Python package pycocoevalcap 1.2
//! has them; `tools/peers/caption_metrics.py` compares the two. Where that package stops with an error,
//! each module says what this one does.
//!
//! A sentence is text whose words are separated by blanks; a word is equal to another only character by
//! character, with its case and its accents. [`tokenise`](crate::tokeniser::tokenise) makes such text of
//! a caption. BLEU and CIDEr take any white space as a separator, several in a row as one. ROUGE-L
//! separates at every single space, as COCO's scorer does, so that two spaces in a row have an empty
//! word between them and an empty sentence is one empty word.
//!
//! ```
//! use captioning::metrics::{self, Corpus};
//!
//! let corpus = Corpus::new([
//!     ("a dog runs on grass", vec!["a dog runs on grass", "the dog is running"]),
//!     ("two cats", vec!["two cats sleep on a bed"]),
//! ])?;
//! let measured = metrics::score(&corpus);
//! assert!((measured.pictures[0].rouge_l - 1.0).abs() < 1e-12);
//! assert!(measured.pictures[0].cider > measured.pictures[1].cider);
//! assert!(measured.corpus.bleu[3] > 0.0);
//! # Ok::<(), captioning::Error>(())
//! ```

pub mod bleu;
pub mod cider;
pub mod rouge_l;
mod sentence;

use crate::Error;
use sentence::{Numbers, Sentence};

pub use bleu::bleu;
pub use cider::cider;
pub use rouge_l::rouge_l;

/// The longest n-grams that BLEU and CIDEr count.
pub const LONGEST: usize = 4;

/// Pictures, each with a hypothesis and one reference or more.
#[derive(Clone, Debug)]
pub struct Corpus {
    pictures: Vec<Captions>,
}

/// One picture's captions.
#[derive(Clone, Debug)]
struct Captions {
    hypothesis: Sentence,
    references: Vec<Sentence>,
}

impl Corpus {
    /// A corpus of pictures, each given as its hypothesis and its references.
    ///
    /// # Errors
    ///
    /// If there is no picture, or one has no reference.
    pub fn new<H, R>(pictures: impl IntoIterator<Item = (H, R)>) -> Result<Self, Error>
    where
        H: AsRef<str>,
        R: IntoIterator<Item: AsRef<str>>,
    {
        let mut numbers = Numbers::default();
        let mut corpus = Self { pictures: Vec::new() };
        for (hypothesis, references) in pictures {
            let hypothesis = Sentence::new(hypothesis.as_ref(), &mut numbers);
            let references: Vec<Sentence> =
                references.into_iter().map(|text| Sentence::new(text.as_ref(), &mut numbers)).collect();
            if references.is_empty() {
                return Err(Error::NoReference { picture: corpus.pictures.len() + 1 });
            }
            corpus.pictures.push(Captions { hypothesis, references });
        }
        if corpus.pictures.is_empty() {
            return Err(Error::NothingToScore);
        }
        Ok(corpus)
    }

    /// How many pictures it has.
    pub fn picture_count(&self) -> usize {
        self.pictures.len()
    }

    /// How many references its pictures have in all.
    pub fn reference_count(&self) -> usize {
        self.pictures.iter().map(|picture| picture.references.len()).sum()
    }
}

/// One measure of a corpus.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured<T> {
    /// Of all pictures together.
    pub corpus: T,
    /// Of each picture, in the corpus's order.
    pub pictures: Vec<T>,
}

impl Measured<f64> {
    /// The scores of pictures and their mean.
    fn mean_of(pictures: Vec<f64>) -> Self {
        Self { corpus: pictures.iter().sum::<f64>() / pictures.len() as f64, pictures }
    }
}

/// All measures of a corpus or of a picture.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Scores {
    /// BLEU-1 to BLEU-4.
    pub bleu: [f64; LONGEST],
    /// ROUGE-L.
    pub rouge_l: f64,
    /// CIDEr.
    pub cider: f64,
}

/// Measures a corpus in every way.
pub fn score(corpus: &Corpus) -> Measured<Scores> {
    let (bleu, rouge_l, cider) = (bleu(corpus), rouge_l(corpus), cider(corpus));
    let pictures = bleu.pictures.iter().zip(&rouge_l.pictures).zip(&cider.pictures);
    Measured {
        corpus: Scores { bleu: bleu.corpus, rouge_l: rouge_l.corpus, cider: cider.corpus },
        pictures: pictures.map(|((&bleu, &rouge_l), &cider)| Scores { bleu, rouge_l, cider }).collect(),
    }
}
