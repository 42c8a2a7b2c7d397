//! Games in which one thing is left out or put in, to see what it does.
//!
//! They are shorter than the chapter's game, all by the same.

use crate::train::Settings;

/// A game with one difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Its short name.
    pub name: &'static str,
    /// The difference, as tables have it.
    pub title: &'static str,
    /// How it is played.
    pub settings: Settings,
}

/// Of the steps of the whole game, one in so many is played.
const SHORTER: usize = 4;

/// The name of the game that differs only in its length.
pub const USUAL: &str = "usual";

/// The name of the one without wrong sentences.
pub const NO_WRONG: &str = "no_wrong";

/// The name of the one in which pictures of a sentence may be alike.
pub const NO_SEEKING: &str = "no_seeking";

/// The name of the one without sentences.
pub const NO_SENTENCES: &str = "no_sentences";

// LISTING: variants
/// The games, the one to compare with first.
pub fn variants(settings: &Settings) -> Vec<Variant> {
    let usual = Settings { steps: settings.steps.div_ceil(SHORTER), ..settings.clone() };
    let variant = |name, title, settings| Variant { name, title, settings };
    vec![
        variant(USUAL, "as in the chapter", usual.clone()),
        variant(NO_WRONG, "no wrong sentences", Settings { wrong: false, ..usual.clone() }),
        variant("no_between", "nothing between sentences", Settings { between: false, ..usual.clone() }),
        variant(NO_SEEKING, "pictures may be alike", Settings { seeking: 0.0, ..usual.clone() }),
        variant("no_smoothing", "no label smoothing", Settings { real: 1.0, ..usual.clone() }),
        variant("spectral", "spectral norm", Settings { spectral: 1.0, ..usual.clone() }),
        variant(
            "one_rate",
            "one learning rate",
            Settings { discriminator_rate: usual.generator_rate, ..usual.clone() },
        ),
        variant(
            NO_SENTENCES,
            "no sentences",
            Settings { sentences: false, wrong: false, between: false, ..usual },
        ),
    ]
}
// LISTING_END: variants

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_differs_from_the_usual_and_from_the_others() {
        let variants = variants(&Settings::default());
        assert_eq!(variants[0].name, USUAL);
        for (i, a) in variants.iter().enumerate() {
            assert_eq!(a.settings.steps, variants[0].settings.steps);
            for b in &variants[..i] {
                assert_ne!(a.settings, b.settings, "{} {}", a.name, b.name);
                assert_ne!(a.name, b.name);
            }
        }
    }
}
