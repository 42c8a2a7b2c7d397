//! Training: batches in, vectors out.

use crate::batches::Batches;
use crate::embedding_table::EmbeddingTable;
use crate::fast_step::{Indexed, Indexer, negative_sampling_loss};
use crate::negative_sampling::NoiseDistribution;
use crate::vocabulary::{EncodedCorpus, Vocabulary};
use crate::{DIMENSIONS, Error};
use dfdx::prelude::*;
use lab::Checkpoint;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

// ANCHOR: settings
/// The numbers that shape the training.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Words that occur less often get no vector. 5, as in word2vec.
    pub min_count: usize,
    /// The window reaches at most so many words to either side. 5, as in the paper.
    pub window: usize,
    /// Negative samples a pair, $K$. 5; the paper recommends 5 to 20 for small corpora.
    pub negatives: usize,
    /// The threshold $t$ of subsampling. 1e-3, as in word2vec; the paper says 1e-5 for a corpus of
    /// 10⁹ words.
    pub subsample: f64,
    /// How often the corpus is read. 10; word2vec reads a big corpus 5 times.
    pub epochs: usize,
    /// The learning rate at the start; it falls to 1 % of it in a straight line. 0.4, for Adagrad.
    pub learning_rate: f32,
    /// Blocks of centre words a batch. 32.
    pub blocks: usize,
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            min_count: 5,
            window: 5,
            negatives: 5,
            subsample: 1e-3,
            epochs: 10,
            learning_rate: 0.4,
            blocks: 32,
            seed: 1,
        }
    }
}
// ANCHOR_END: settings

impl Settings {
    /// The settings by name, for a record or a checkpoint.
    pub fn facts(&self) -> BTreeMap<String, String> {
        let facts = [
            ("dimensions", DIMENSIONS.to_string()),
            ("min_count", self.min_count.to_string()),
            ("window", self.window.to_string()),
            ("negatives", self.negatives.to_string()),
            ("subsample", self.subsample.to_string()),
            ("epochs", self.epochs.to_string()),
            ("learning_rate", self.learning_rate.to_string()),
            ("blocks", self.blocks.to_string()),
            ("seed", self.seed.to_string()),
        ];
        facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// A model under training: both tables and how far it is.
#[derive(Clone, Debug)]
pub struct Model {
    /// The vectors of centre words: the embedding.
    pub input: EmbeddingTable<DIMENSIONS>,
    /// The vectors of context words.
    pub output: EmbeddingTable<DIMENSIONS>,
    /// Mean loss a pair of each epoch so far, in nats.
    pub losses: Vec<f64>,
    /// What the training has cost so far, in all runs that went on from one another.
    pub spent: Measured,
}

/// What training tells while it runs.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// The epoch, counted from 0.
    pub epoch: usize,
    /// Tokens read in all epochs so far.
    pub tokens: usize,
    /// Mean loss a pair in this epoch so far.
    pub loss: f64,
}

/// What training measured of itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Measured {
    /// Tokens of the corpus that were read, those that subsampling dropped counted.
    pub tokens: usize,
    /// (centre, context) pairs trained on.
    pub pairs: usize,
    /// The time that it took, without checkpoints.
    pub time: Duration,
}

impl Measured {
    /// Tokens a second, as word2vec counts them.
    pub fn words_per_second(&self) -> f64 {
        self.tokens as f64 / self.time.as_secs_f64().max(1e-9)
    }

    /// Pairs a second, each with its negative samples.
    pub fn pairs_per_second(&self) -> f64 {
        self.pairs as f64 / self.time.as_secs_f64().max(1e-9)
    }
}

/// Where a training run keeps what it has done so far.
#[derive(Clone, Debug)]
pub struct SavePoint {
    /// The file.
    pub path: PathBuf,
    /// What the checkpoint must agree with.
    pub facts: BTreeMap<String, String>,
}

impl Model {
    /// A model that has learned nothing: small random input vectors, output vectors of zeros.
    pub fn new(words: usize, seed: u64) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        Self {
            input: EmbeddingTable::uniform(words, &mut rng),
            output: EmbeddingTable::zeros(words),
            losses: Vec::new(),
            spent: Measured::default(),
        }
    }

    // ANCHOR: step
    /// One step of training on a batch; returns the summed loss.
    pub fn step(&mut self, batch: &Indexed, learning_rate: f32, device: &Cpu) -> f64 {
        let u = self.input.gather(&batch.inputs, device); // words of the batch × D
        let v = self.output.gather(&batch.outputs, device);
        let loss = negative_sampling_loss(u.leaky_trace(), v.leaky_trace(), batch);
        let summed = f64::from(loss.array());
        let mut gradients = loss.backward();
        for (table, words, rows) in
            [(&mut self.input, &batch.inputs, &u), (&mut self.output, &batch.outputs, &v)]
        {
            // `get` would copy them first.
            let gradients = gradients.get_or_alloc_mut(rows).expect("there is memory for them");
            table.update(words, gradients, learning_rate);
        }
        summed
    }
    // ANCHOR_END: step

    // ANCHOR: train
    /// Trains on the corpus, from where the model is to the last epoch.
    ///
    /// Every epoch draws its own random numbers from the seed and the epoch's number, so that a
    /// run that was stopped and goes on gives the same numbers as one that was not.
    ///
    /// # Errors
    ///
    /// If a checkpoint cannot be written.
    pub fn train(
        &mut self,
        corpus: &EncodedCorpus,
        vocabulary: &Vocabulary,
        settings: &Settings,
        save_point: Option<&SavePoint>,
        mut report: impl FnMut(Progress),
    ) -> Result<(), Error> {
        let device = Cpu::default();
        let noise = NoiseDistribution::new(vocabulary.counts());
        let mut indexer = Indexer::new(vocabulary.len());
        let all_tokens = (corpus.token_count() * settings.epochs) as f32;
        for epoch in self.losses.len()..settings.epochs {
            let start = std::time::Instant::now();
            let mut batches = Batches::new(corpus, vocabulary, &noise, settings, epoch);
            let (mut loss, mut pairs) = (0.0, 0);
            while let Some(blocks) = batches.next() {
                let tokens = epoch * corpus.token_count() + batches.tokens_read();
                let left = 1.0 - tokens as f32 / all_tokens;
                let batch = indexer.index(&blocks, settings.negatives as f32);
                loss += self.step(&batch, settings.learning_rate * left.max(0.01), &device);
                pairs += batch.pair_count();
                report(Progress { epoch, tokens, loss: loss / pairs as f64 });
            }
            self.losses.push(loss / pairs.max(1) as f64);
            self.spent.time += start.elapsed();
            self.spent.tokens += batches.tokens_read();
            self.spent.pairs += pairs;
            if let Some(SavePoint { path, facts }) = save_point {
                self.checkpoint().save(path, facts)?;
            }
        }
        Ok(())
    }
    // ANCHOR_END: train

    /// Everything that is needed to go on.
    fn checkpoint(&self) -> Checkpoint {
        let mut checkpoint = Checkpoint { epoch: self.losses.len(), ..Checkpoint::default() };
        for (name, table) in [("input", &self.input), ("output", &self.output)] {
            let shape = vec![table.rows.len(), DIMENSIONS];
            checkpoint.arrays.insert(name.into(), (shape, table.rows.as_flattened().to_vec()));
            let squares = (vec![table.rows.len()], table.squares.clone());
            checkpoint.arrays.insert(format!("{name} squares"), squares);
        }
        checkpoint.history.insert("loss".into(), self.losses.clone());
        let Measured { tokens, pairs, time } = self.spent;
        checkpoint.history.insert("spent".into(), vec![tokens as f64, pairs as f64, time.as_secs_f64()]);
        checkpoint
    }

    /// Goes on from what a stopped run has left, if it was one like this.
    ///
    /// # Errors
    ///
    /// If the file is not a whole checkpoint of such a model.
    pub fn resume(words: usize, save_point: &SavePoint) -> Result<Option<Self>, Error> {
        let SavePoint { path, facts } = save_point;
        let say = |text| eprintln!("{text}");
        let Some(checkpoint) = Checkpoint::of_stopped_run(path, facts, say)? else { return Ok(None) };
        let table = |name: &str| -> Result<EmbeddingTable<DIMENSIONS>, Error> {
            let rows = checkpoint.array(path, name, &[words, DIMENSIONS])?;
            let squares = checkpoint.array(path, &format!("{name} squares"), &[words])?;
            Ok(EmbeddingTable { rows: rows.as_chunks().0.to_vec(), squares: squares.to_vec() })
        };
        let history = |name: &str, length: usize| {
            let numbers = checkpoint.history.get(name).filter(|numbers| numbers.len() == length);
            numbers.cloned().ok_or_else(|| lab::LabError::BrokenCheckpoint {
                path: path.clone(),
                reason: format!("it has no {length} numbers named {name}"),
            })
        };
        let losses = history("loss", checkpoint.epoch)?;
        let spent = history("spent", 3)?;
        let spent = Measured {
            tokens: spent[0] as usize,
            pairs: spent[1] as usize,
            time: Duration::try_from_secs_f64(spent[2]).unwrap_or_default(),
        };
        Ok(Some(Self { input: table("input")?, output: table("output")?, losses, spent }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Corpus;

    fn small() -> (Vocabulary, EncodedCorpus, Settings) {
        let mut corpus = Corpus::small();
        corpus.sentences.truncate(400);
        let vocabulary = Vocabulary::of(&corpus, 2).expect("the small corpus has words");
        let encoded = vocabulary.encode(&corpus);
        (vocabulary, encoded, Settings { epochs: 3, blocks: 8, ..Settings::default() })
    }

    /// Everything that is learned.
    fn numbers(model: &Model) -> (EmbeddingTable<DIMENSIONS>, EmbeddingTable<DIMENSIONS>, Vec<f64>) {
        (model.input.clone(), model.output.clone(), model.losses.clone())
    }

    #[test]
    fn the_loss_falls() {
        let (vocabulary, corpus, settings) = small();
        let mut model = Model::new(vocabulary.len(), 1);
        model.train(&corpus, &vocabulary, &settings, None, |_| {}).unwrap();
        assert_eq!(model.spent.tokens, 3 * corpus.token_count());
        assert!(model.losses[2] < 0.9 * model.losses[0], "{:?}", model.losses);
    }

    #[test]
    fn a_stopped_run_that_goes_on_gives_the_same_numbers() {
        let (vocabulary, corpus, settings) = small();
        let mut whole = Model::new(vocabulary.len(), 1);
        whole.train(&corpus, &vocabulary, &settings, None, |_| {}).unwrap();

        let folder = tempfile::tempdir().unwrap();
        let save_point = SavePoint { path: folder.path().join("run.safetensors"), facts: settings.facts() };
        let mut first = Model::new(vocabulary.len(), 1);
        // The run stops after its first epoch: what is saved is what the second run begins with.
        let mut epoch_one = None;
        let save = |progress: Progress| {
            if progress.epoch == 1 && epoch_one.is_none() {
                epoch_one = Some(std::fs::read(&save_point.path).unwrap());
            }
        };
        first.train(&corpus, &vocabulary, &settings, Some(&save_point), save).unwrap();
        std::fs::write(&save_point.path, epoch_one.unwrap()).unwrap();
        let mut second = Model::resume(vocabulary.len(), &save_point).unwrap().unwrap();
        assert_eq!(second.losses.len(), 1);
        second.train(&corpus, &vocabulary, &settings, None, |_| {}).unwrap();
        assert_eq!(numbers(&second), numbers(&whole));
        assert_eq!((second.spent.tokens, second.spent.pairs), (whole.spent.tokens, whole.spent.pairs));
    }

    #[test]
    fn the_number_of_threads_does_not_change_the_numbers() {
        let (vocabulary, corpus, settings) = small();
        let train = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut model = Model::new(vocabulary.len(), 1);
                model.train(&corpus, &vocabulary, &settings, None, |_| {}).unwrap();
                model
            })
        };
        assert_eq!(numbers(&train(1)), numbers(&train(3)));
    }
}
