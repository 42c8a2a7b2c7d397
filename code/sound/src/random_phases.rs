//! A sound without its phases: as loud in every frequency, and with nothing left of when.

use crate::Error;
use crate::fourier::{Complex, Real, inverse_real_fft, real_fft};
use rand::{Rng, RngExt};
use std::f64::consts::TAU;

/// A signal with the magnitudes of another one, and random phases.
///
/// # Errors
///
/// Never: the transform has the length that its inverse asks for.
// ANCHOR: random_phases
pub fn with_random_phases<T: Real>(signal: &[T], rng: &mut impl Rng) -> Result<Vec<T>, Error> {
    let spectrum: Vec<Complex<T>> = real_fft(signal)
        .iter()
        .map(|x| Complex::from_polar(x.norm(), T::of(rng.random_range(0.0..TAU))))
        .collect();
    inverse_real_fft(&spectrum, signal.len())
}
// ANCHOR_END: random_phases

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fourier::magnitude;

    #[test]
    fn magnitudes_stay_and_the_signal_does_not() {
        let signal: Vec<f64> = crate::signals::clicks(&[5], 65);
        let other = with_random_phases(&signal, &mut emoji_world::rng(1, 0)).unwrap();
        let (a, b) = (magnitude(&real_fft(&signal)), magnitude(&real_fft(&other)));
        // The lowest coefficient must be real, so it alone loses something.
        assert!(a.iter().zip(&b).skip(1).all(|(a, b)| (a - b).abs() < 1e-12));
        assert!(other.iter().filter(|x| x.abs() > 0.05).count() > 20);
    }
}
