//! The seven networks of the chapter, by name.

use crate::eye::Eye;
use crate::film::Film;
use crate::fused::{Concatenation, PictureOnly, Product, QuestionOnly};
use crate::glimpses::Glimpses;
use crate::network::{Answerer, Fusion, Network};
use crate::prior::Prior;
use crate::stacked_attention::StackedAttention;
use crate::train::{Settings, train};
use crate::training_set::TrainingSet;
use crate::{ANSWERS, Error, WORDS};
use lab::parameters::Arrays;

/// A way to make an answer of a picture and a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Head {
    /// The question alone.
    QuestionOnly,
    /// The picture alone.
    PictureOnly,
    /// Both vectors side by side.
    Concatenation,
    /// Their product.
    Product,
    /// Stacked attention.
    StackedAttention,
    /// Feature-wise linear modulation.
    Film,
    /// Looks that add up.
    Glimpses,
}

impl Head {
    /// All seven, in the order of their pages.
    pub const ALL: [Self; 7] = [
        Self::QuestionOnly,
        Self::PictureOnly,
        Self::Concatenation,
        Self::Product,
        Self::StackedAttention,
        Self::Film,
        Self::Glimpses,
    ];

    /// For names of values and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::QuestionOnly => "question",
            Self::PictureOnly => "picture",
            Self::Concatenation => "concatenation",
            Self::Product => "product",
            Self::StackedAttention => "stacked",
            Self::Film => "film",
            Self::Glimpses => "glimpses",
        }
    }

    /// For tables and figures.
    pub fn title(self) -> &'static str {
        match self {
            Self::QuestionOnly => "question alone",
            Self::PictureOnly => "picture alone",
            Self::Concatenation => "side by side",
            Self::Product => "product",
            Self::StackedAttention => "stacked attention",
            Self::Film => "FiLM",
            Self::Glimpses => "glimpses",
        }
    }

    /// Trains such a network; `watch` gets the loss of every step.
    ///
    /// # Errors
    ///
    /// If the loss is not a number any more.
    pub fn train(
        self,
        set: &TrainingSet,
        eye: &Eye,
        settings: &Settings,
        steps: usize,
        prior: Option<&mut Prior>,
        watch: impl FnMut(f32),
    ) -> Result<Arrays, Error> {
        match self {
            Self::QuestionOnly => trained::<QuestionOnly>(set, eye, settings, steps, prior, watch),
            Self::PictureOnly => trained::<PictureOnly>(set, eye, settings, steps, prior, watch),
            Self::Concatenation => trained::<Concatenation>(set, eye, settings, steps, prior, watch),
            Self::Product => trained::<Product>(set, eye, settings, steps, prior, watch),
            Self::StackedAttention => trained::<StackedAttention>(set, eye, settings, steps, prior, watch),
            Self::Film => trained::<Film>(set, eye, settings, steps, prior, watch),
            Self::Glimpses => trained::<Glimpses>(set, eye, settings, steps, prior, watch),
        }
    }

    /// A network with these numbers.
    ///
    /// # Errors
    ///
    /// If they are those of something else.
    pub fn network(self, arrays: &Arrays) -> Result<Box<dyn Answerer>, Error> {
        Ok(match self {
            Self::QuestionOnly => Box::new(kept::<QuestionOnly>(arrays)?),
            Self::PictureOnly => Box::new(kept::<PictureOnly>(arrays)?),
            Self::Concatenation => Box::new(kept::<Concatenation>(arrays)?),
            Self::Product => Box::new(kept::<Product>(arrays)?),
            Self::StackedAttention => Box::new(kept::<StackedAttention>(arrays)?),
            Self::Film => Box::new(kept::<Film>(arrays)?),
            Self::Glimpses => Box::new(kept::<Glimpses>(arrays)?),
        })
    }
}

fn trained<F: Fusion>(
    set: &TrainingSet,
    eye: &Eye,
    settings: &Settings,
    steps: usize,
    prior: Option<&mut Prior>,
    mut watch: impl FnMut(f32),
) -> Result<Arrays, Error> {
    let network = train::<F>(set, eye, settings, steps, prior, |_, _, loss| {
        watch(loss);
        Ok(())
    })?;
    Ok(network.arrays())
}

/// A network of this kind with these numbers.
///
/// # Errors
///
/// If they are those of something else.
pub fn kept<F: Fusion>(arrays: &Arrays) -> Result<Network<F, WORDS, ANSWERS>, Error> {
    let mut network = Network::behind(Eye::fresh(0), 0);
    network.set(arrays)?;
    Ok(network)
}
