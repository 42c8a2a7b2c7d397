//! Games in which one thing is left out or put in, to see what it does.
//!
//! They are shorter than the chapter's game, all by the same. Two are played to the end instead: without wrong
//! sentences, and without spectral norm.

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
pub const SHORTER: usize = 5;

/// The name of the game that differs only in its length.
pub const USUAL: &str = "usual";

/// The name of the whole game without wrong sentences.
pub const WHOLE_NO_WRONG: &str = "whole_no_wrong";

/// The name of the one in which pictures of a sentence may be alike.
pub const NO_SEEKING: &str = "no_seeking";

/// The name of the one without sentences.
pub const NO_SENTENCES: &str = "no_sentences";

// ANCHOR: variants
/// The games: first the whole ones, then the short ones, beginning with the one to compare them with.
pub fn variants(settings: &Settings) -> Vec<Variant> {
    let usual = Settings { steps: settings.steps.div_ceil(SHORTER), ..settings.clone() };
    let variant = |name, title, settings| Variant { name, title, settings };
    vec![
        variant(
            WHOLE_NO_WRONG,
            "whole game, no wrong sentences",
            Settings { wrong_sentences: false, ..settings.clone() },
        ),
        variant(
            "whole_no_spectral",
            "whole game, no spectral norm",
            Settings { spectral_limit: 0.0, ..settings.clone() },
        ),
        variant(USUAL, "short game", usual.clone()),
        variant("between", "short, painting between", Settings { interpolate: true, ..usual.clone() }),
        variant(NO_SEEKING, "short, no price on sameness", Settings { mode_seeking: 0.0, ..usual.clone() }),
        variant("no_smoothing", "short, no label smoothing", Settings { real_label: 1.0, ..usual.clone() }),
        variant(
            "one_rate",
            "short, one learning rate",
            Settings { discriminator_rate: usual.generator_rate, ..usual.clone() },
        ),
        variant(
            NO_SENTENCES,
            "short, no sentences",
            Settings { sentences: false, wrong_sentences: false, ..usual },
        ),
    ]
}
// ANCHOR_END: variants

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_differs_from_the_usual_and_from_the_others() {
        let variants = variants(&Settings::default());
        let short = variants.iter().position(|variant| variant.name == USUAL).unwrap();
        assert_eq!(variants[0].settings, Settings { wrong_sentences: false, ..Settings::default() });
        for (i, a) in variants.iter().enumerate() {
            let whole = Settings::default().steps;
            assert_eq!(a.settings.steps, if i < short { whole } else { whole / SHORTER });
            for b in &variants[..i] {
                assert_ne!(a.settings, b.settings, "{} {}", a.name, b.name);
                assert_ne!(a.name, b.name);
            }
        }
    }
}
