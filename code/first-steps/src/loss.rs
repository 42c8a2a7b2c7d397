//! Losses: a trait, and two types that have it.

use crate::numbers::mean;

// ANCHOR: loss
/// How wrong a guess is.
pub trait Loss {
    /// A number that is 0 for the truth, and the greater the worse the guess.
    fn of(&self, guess: f32, truth: f32) -> f32;
}

/// The square of the difference.
pub struct Squared;

/// The square of a small difference; a large one goes on as a straight line. Twice the loss of Huber (1964), so that
/// small differences cost as much as with [`Squared`].
pub struct Huber {
    /// Where small ends.
    pub delta: f32,
}

impl Loss for Squared {
    fn of(&self, guess: f32, truth: f32) -> f32 {
        (guess - truth).powi(2)
    }
}

impl Loss for Huber {
    fn of(&self, guess: f32, truth: f32) -> f32 {
        let away = (guess - truth).abs();
        if away <= self.delta { away.powi(2) } else { self.delta * (2.0 * away - self.delta) }
    }
}
// ANCHOR_END: loss

// ANCHOR: mean_loss
/// The mean loss of pairs of a guess and the truth.
pub fn mean_loss<L: Loss>(loss: &L, pairs: &[(f32, f32)]) -> Option<f32> {
    let losses: Vec<f32> = pairs.iter().map(|&(guess, truth)| loss.of(guess, truth)).collect();
    mean(&losses)
}
// ANCHOR_END: mean_loss

/// Guesses of which the last is far off.
const PAIRS: [(f32, f32); 3] = [(1.0, 1.5), (2.0, 2.0), (9.0, 3.0)];

/// What both losses say of the same guesses, as the page shows it.
pub fn shown() -> String {
    let of = |mean: Option<f32>| mean.map_or("–".to_owned(), |mean| format!("{mean:.2}"));
    let (squared, huber) = (mean_loss(&Squared, &PAIRS), mean_loss(&Huber { delta: 1.0 }, &PAIRS));
    format!("squared: {}\nHuber:   {}", of(squared), of(huber))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_those_by_hand() {
        assert_eq!(Squared.of(5.0, 3.0), 4.0);
        let huber = Huber { delta: 1.0 };
        assert_eq!((huber.of(3.5, 3.0), huber.of(0.0, 3.0)), (0.25, 5.0));
        // Where small ends, both forms agree, and so do their slopes.
        let (inside, outside) = (huber.of(0.999, 0.0), huber.of(1.001, 0.0));
        assert!(((outside - inside) / 0.002 - 2.0).abs() < 0.01);
        assert_eq!(mean_loss(&Squared, &[(1.0, 0.0), (3.0, 0.0)]), Some(5.0));
        assert_eq!(mean_loss(&Squared, &[]), None);
    }
}
