//! What a chapter has trained, on disk: a stopped run goes on with it, and a finished run's model can be asked.

use crate::parameters::Arrays;
use crate::{Checkpoint, LabError, Options, fingerprint};
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

/// What can be kept in a checkpoint.
pub trait Kept: Sized {
    /// The checkpoint of it.
    fn checkpoint(&self) -> Checkpoint;

    /// What was kept under a name, with a seed.
    fn of(name: &str, seed: u64, checkpoint: Checkpoint) -> Self;
}

/// The numbers of a model, and how they came to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The seed of the run.
    pub seed: u64,
    /// The mean loss of every few steps, or of every epoch.
    pub losses: Vec<f64>,
    /// How long training took.
    pub seconds: f64,
    /// The numbers.
    pub arrays: Arrays,
}

impl Trained {
    /// Trains with the clock running. `train` notes the losses of its steps, of which every `averaged` become one number,
    /// and gives the model's numbers.
    ///
    /// # Errors
    ///
    /// Those of `train`.
    ///
    /// # Panics
    ///
    /// If `averaged` is 0.
    pub fn by<E>(
        seed: u64,
        averaged: usize,
        train: impl FnOnce(&mut Vec<f64>) -> Result<Arrays, E>,
    ) -> Result<Self, E> {
        let (start, mut losses) = (Instant::now(), Vec::new());
        let arrays = train(&mut losses)?;
        let seconds = start.elapsed().as_secs_f64();
        let losses = losses.chunks(averaged).map(record::mean).collect();
        Ok(Self { seed, losses, seconds, arrays })
    }

    /// The last of the mean losses; 0 if there is none.
    pub fn last_loss(&self) -> f64 {
        self.losses.last().copied().unwrap_or_default()
    }
}

impl Kept for Trained {
    fn checkpoint(&self) -> Checkpoint {
        let history = [("losses", self.losses.clone()), ("seconds", vec![self.seconds])];
        Checkpoint {
            arrays: self.arrays.clone(),
            epoch: self.losses.len(),
            history: history.map(|(name, numbers)| (name.to_owned(), numbers)).into(),
        }
    }

    fn of(_: &str, seed: u64, mut checkpoint: Checkpoint) -> Self {
        let losses = checkpoint.history.remove("losses").unwrap_or_default();
        let seconds = checkpoint.history.get("seconds").and_then(|all| all.first()).copied();
        Self { seed, losses, seconds: seconds.unwrap_or_default(), arrays: checkpoint.arrays }
    }
}

/// The name under which the model is kept that is asked on the command line.
const ASKED: &str = "model";

/// The checkpoints of a chapter's runs with the same settings and sources.
#[derive(Debug)]
pub struct Shelf<'a> {
    options: &'a Options,
    chapter: &'static str,
    facts: BTreeMap<String, String>,
}

impl<'a> Shelf<'a> {
    /// The shelf of runs with these settings, by name.
    ///
    /// # Errors
    ///
    /// If the sources of the chapter cannot be read.
    pub fn new(
        options: &'a Options,
        chapter: &'static str,
        settings: BTreeMap<String, String>,
    ) -> Result<Self, LabError> {
        let mut facts = settings;
        facts.insert("sources".into(), fingerprint(chapter)?.to_string());
        Ok(Self { options, chapter, facts })
    }

    /// What a stopped run has trained under this name and with this seed, or else what `make` trains, which is kept for
    /// the run after this one. `bar` goes on by `steps` for what need not be trained.
    ///
    /// # Errors
    ///
    /// Those of `make`, and if a checkpoint is damaged or cannot be written.
    pub fn or_train<T: Kept, E: From<LabError>>(
        &self,
        name: &str,
        seed: u64,
        (bar, steps): (&ProgressBar, usize),
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let file = self.file(name, seed);
        let say = |text: &str| bar.suspend(|| eprintln!("{name}, seed {seed}: {text}"));
        if !self.options.fresh
            && let Some(checkpoint) = Checkpoint::of_stopped_run(&file, &self.facts, |text| say(&text))?
        {
            say("trained by the run that was stopped");
            bar.inc(steps as u64);
            return Ok(T::of(name, seed, checkpoint));
        }
        let made = make()?;
        made.checkpoint().save(&file, &self.facts)?;
        Ok(made)
    }

    /// Forgets what a stopped run would go on with.
    pub fn forget<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
        seeds: impl Iterator<Item = u64> + Clone,
    ) {
        for name in names {
            for seed in seeds.clone() {
                // What is not there need not be removed.
                let _ = std::fs::remove_file(self.file(name, seed));
            }
        }
    }

    /// Keeps what is asked on the command line.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn keep(&self, trained: &impl Kept) -> Result<(), LabError> {
        trained.checkpoint().save(&self.asked(), &self.facts)
    }

    /// What was kept to be asked, if it had the same settings and sources. With [`Options::fresh`] there is nothing.
    ///
    /// # Errors
    ///
    /// If the file is damaged.
    pub fn kept<T: Kept>(&self, seed: u64) -> Result<Option<T>, LabError> {
        if self.options.fresh {
            return Ok(None);
        }
        match Checkpoint::load(&self.asked(), &self.facts) {
            Ok(found) => Ok(found.map(|checkpoint| T::of(ASKED, seed, checkpoint))),
            Err(LabError::OtherCheckpoint { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What was kept to be asked, or else what `make` trains now, which is kept. A word on standard error says why it has
    /// to be trained. `make` must not take up what a stopped run has left: that run may have had other settings.
    ///
    /// # Errors
    ///
    /// Those of `make`, and if the file is damaged or cannot be written.
    pub fn kept_or<T: Kept, E: From<LabError>>(
        &self,
        seed: u64,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        if !self.options.fresh {
            match Checkpoint::load(&self.asked(), &self.facts) {
                Ok(Some(checkpoint)) => return Ok(T::of(ASKED, seed, checkpoint)),
                Ok(None) if self.options.quick => {
                    eprintln!("No quick run has kept a model yet: training one, and keeping it.");
                }
                Ok(None) => eprintln!(
                    "No whole run has kept a model yet (what --quick trains has learned next to nothing): \
                     training one, and keeping it."
                ),
                Err(LabError::OtherCheckpoint { what, .. }) => {
                    eprintln!("The kept model was trained with other {what}: training one anew.");
                }
                Err(error) => return Err(error.into()),
            }
        }
        let made = make()?;
        self.keep(&made)?;
        Ok(made)
    }

    fn asked(&self) -> PathBuf {
        self.options.checkpoint_file(self.chapter, ASKED)
    }

    fn file(&self, name: &str, seed: u64) -> PathBuf {
        self.options.checkpoint_file(self.chapter, &format!("{name}-seed{seed}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DeviceName;

    fn options() -> Options {
        let (record, data) = (None, None);
        Options {
            quick: true,
            seed: 1,
            seeds: None,
            pages: false,
            data,
            record,
            fresh: false,
            device: DeviceName::COMPILED,
            unusual: false,
        }
    }

    fn trained(seed: u64) -> Result<Trained, LabError> {
        Trained::by(seed, 2, |losses| {
            losses.extend([3.0, 1.0, 0.5]);
            Ok([("weight".to_owned(), (vec![1], vec![seed as f32]))].into())
        })
    }

    fn shelf(options: &Options, steps: u32) -> Shelf<'_> {
        Shelf::new(options, "lab", [("steps".to_owned(), steps.to_string())].into()).unwrap()
    }

    #[test]
    fn what_was_trained_is_taken_up_until_it_is_forgotten() {
        let (options, bar) = (options(), ProgressBar::hidden());
        let shelf = shelf(&options, 7);
        shelf.forget(["shelf-test"], [5].into_iter());
        let mut made = 0;
        let mut get = || {
            shelf.or_train("shelf-test", 5, (&bar, 10), || {
                made += 1;
                trained(5)
            })
        };
        let first = get().unwrap();
        assert_eq!((&first.losses[..], first.last_loss()), (&[2.0, 0.5][..], 0.5));
        assert_eq!(get().unwrap(), first);
        assert_eq!((made, bar.position()), (1, 10));

        // What another run has left is not taken up.
        let other = self::shelf(&options, 8).or_train("shelf-test", 5, (&bar, 10), || trained(6));
        assert_eq!(other.unwrap().arrays, trained(6).unwrap().arrays);
        shelf.forget(["shelf-test"], [5].into_iter());
        let again: Trained = shelf.or_train("shelf-test", 5, (&bar, 10), || trained(7)).unwrap();
        assert_eq!(again.seed, 7);
        shelf.forget(["shelf-test"], [5].into_iter());
    }

    #[test]
    fn a_kept_model_of_other_settings_is_trained_anew() {
        let options = options();
        let _ = std::fs::remove_file(shelf(&options, 7).asked());
        let get = |steps: u32, seed: u64| shelf(&options, steps).kept_or(1, || trained(seed)).unwrap().arrays;
        let kept = |steps: u32| shelf(&options, steps).kept::<Trained>(1).unwrap().map(|kept| kept.arrays);
        assert_eq!(kept(7), None);
        let first = get(7, 1);
        assert_eq!(get(7, 2), first);
        assert_eq!((kept(7).as_ref(), kept(8)), (Some(&first), None));
        let fresh = Options { fresh: true, ..options.clone() };
        assert_eq!(shelf(&fresh, 7).kept::<Trained>(1).unwrap(), None);
        assert_ne!(get(8, 2), first);
        assert_ne!(get(7, 3), first);
        let _ = std::fs::remove_file(shelf(&options, 7).asked());
    }
}
