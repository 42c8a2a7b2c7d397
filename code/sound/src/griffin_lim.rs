//! Griffin–Lim: a sound from magnitudes alone.
//!
//! A spectrogram on a page shows how loud each frequency is, and not where its waves begin; but only few phases fit the
//! overlap of frames. Start with random phases, transform to a signal and back, keep the phases that come out, put the
//! wanted magnitudes in again, and repeat (Griffin and Lim 1984). The fast version goes a step further in the direction
//! of the last change each time (Perraudin, Balazs and Søndergaard 2013). Iterations and momentum are those of
//! `librosa.griffinlim`.

use crate::Error;
use crate::fourier::{Complex, Real};
use crate::spectrogram::Spectrogram;
use crate::stft::Stft;
use rand::RngExt;

/// Settings of the reconstruction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GriffinLimConfig {
    /// How often the signal is transformed there and back. 32.
    pub iterations: usize,
    /// How far to go in the direction of the last change: 0 is the method of 1984. 0.99.
    pub momentum: f64,
    /// Where the random phases begin; `None`: all phases begin at 0, librosa's `init=None`. 1.
    pub seed: Option<u64>,
}

impl Default for GriffinLimConfig {
    fn default() -> Self {
        Self { iterations: 32, momentum: 0.99, seed: Some(1) }
    }
}

/// A signal from magnitudes, and how the search for it went.
#[derive(Clone, Debug, PartialEq)]
pub struct Reconstruction<T> {
    /// The signal.
    pub signal: Vec<T>,
    /// The spectral convergence, ‖ |STFT(x)| − S ‖ / ‖ S ‖, of the signal at the beginning of each iteration: 0 is a
    /// signal that has the wanted magnitudes.
    pub convergence: Vec<f64>,
}

/// A signal of `length` samples whose STFT has about these magnitudes: frames × bins of `stft`.
///
/// # Errors
///
/// If the momentum is not from 0 to below 2, the magnitudes are not of this transform, have a NaN, an infinity or a
/// negative number, do not have the frames of a signal of `length` samples, or the transform has no inverse.
pub fn griffin_lim<T: Real>(
    stft: &Stft<T>,
    magnitudes: &Spectrogram<T>,
    length: usize,
    config: &GriffinLimConfig,
) -> Result<Reconstruction<T>, Error> {
    if !(0.0..2.0).contains(&config.momentum) {
        return Err(Error::setting("Griffin–Lim", "momentum", "from 0 to below 2", config.momentum));
    }
    let frames = stft.frames(length);
    if magnitudes.bins != stft.bins() || magnitudes.values.len() != frames * stft.bins() || frames == 0 {
        return Err(Error::shape(
            "Griffin–Lim",
            format!("{frames} frames of {} bins, as {length} samples have", stft.bins()),
            format!("{} frames of {} bins", magnitudes.frames(), magnitudes.bins),
        ));
    }
    if let Some(bad) = magnitudes.values.iter().find(|m| !(m.is_finite() && **m >= T::zero())) {
        return Err(Error::shape("Griffin–Lim", "magnitudes that are finite and not below 0", bad.wide()));
    }
    let mut rng = config.seed.map(|seed| emoji_world::rng(seed, 0));
    let mut estimate = magnitudes.map(|&m| {
        let phase = rng.as_mut().map_or(0.0, |rng| rng.random_range(0.0..std::f64::consts::TAU));
        Complex::from_polar(m, T::of(phase))
    });
    let back = T::of(config.momentum / (1.0 + config.momentum));
    let mut rebuilt = Spectrogram { bins: stft.bins(), values: Vec::new() };
    let mut before: Option<Spectrogram<Complex<T>>> = None;
    let mut convergence = Vec::with_capacity(config.iterations);
    // ANCHOR: iterate
    for _ in 0..config.iterations {
        let signal = stft.inverse(&estimate, Some(length))?;
        stft.forward_into(&signal, &mut rebuilt)?;
        convergence.push(distance(&rebuilt, magnitudes));
        for (place, (y, &m)) in estimate.values.iter_mut().zip(&magnitudes.values).enumerate() {
            let new = rebuilt.values[place];
            let ahead = before.as_ref().map_or(new, |before| new - before.values[place].scale(back));
            *y = ahead.scale(m / (ahead.norm() + T::min_positive_value()));
        }
        match &mut before {
            Some(before) => std::mem::swap(before, &mut rebuilt),
            None => before = Some(rebuilt.clone()),
        }
    }
    // ANCHOR_END: iterate
    Ok(Reconstruction { signal: stft.inverse(&estimate, Some(length))?, convergence })
}

/// ‖ |STFT| − S ‖ / ‖ S ‖, the *spectral convergence*: how far a signal is from having the magnitudes S.
fn distance<T: Real>(found: &Spectrogram<Complex<T>>, magnitudes: &Spectrogram<T>) -> f64 {
    let (mut error, mut energy) = (0.0, 0.0);
    for (x, m) in found.values.iter().zip(&magnitudes.values) {
        let (found, wanted) = (x.norm().wide(), m.wide());
        error += (found - wanted) * (found - wanted);
        energy += wanted * wanted;
    }
    // Silence is reached by silence alone.
    if error == 0.0 { 0.0 } else { (error / energy).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stft::{StftConfig, magnitudes};

    fn chirp(n: usize) -> Vec<f64> {
        (0..n)
            .map(|t| t as f64 / 8000.0)
            .map(|t| (std::f64::consts::TAU * (300.0 * t + 1500.0 * t * t)).sin())
            .collect()
    }

    fn reconstructed(momentum: f64, iterations: usize) -> (Reconstruction<f64>, f64) {
        let stft = Stft::new(&StftConfig { n_fft: 256, ..StftConfig::default() }).unwrap();
        let signal = chirp(4000);
        let wanted = magnitudes(&stft.forward(&signal).unwrap());
        let config = GriffinLimConfig { iterations, momentum, seed: Some(3) };
        let found = griffin_lim(&stft, &wanted, signal.len(), &config).unwrap();
        let last = distance(&stft.forward(&found.signal).unwrap(), &wanted);
        (found, last)
    }

    #[test]
    fn the_method_of_1984_comes_nearer_in_every_step() {
        let (found, last) = reconstructed(0.0, 30);
        for pair in found.convergence.windows(2) {
            assert!(pair[1] <= pair[0] * (1.0 + 1e-9), "{pair:?}");
        }
        assert!(last < found.convergence[0] / 2.0, "{last} of {:?}", found.convergence);
    }

    #[test]
    fn momentum_comes_nearer_in_as_many_steps() {
        let ((_, slow), (_, fast)) = (reconstructed(0.0, 60), reconstructed(0.99, 60));
        assert!(fast < slow, "{fast} {slow}");
    }

    #[test]
    fn the_same_seed_gives_the_same_signal() {
        assert_eq!(reconstructed(0.99, 3), reconstructed(0.99, 3));
    }

    #[test]
    fn silence_stays_silent() {
        let stft = Stft::<f32>::new(&StftConfig { n_fft: 64, ..StftConfig::default() }).unwrap();
        let wanted = magnitudes(&stft.forward(&[0.0; 500]).unwrap());
        let found = griffin_lim(&stft, &wanted, 500, &GriffinLimConfig::default()).unwrap();
        assert!(found.signal.iter().all(|&x| x == 0.0) && found.convergence.iter().all(|&c| c == 0.0));
    }

    #[test]
    fn what_cannot_be_magnitudes_is_refused() {
        let stft = Stft::<f32>::new(&StftConfig { n_fft: 64, ..StftConfig::default() }).unwrap();
        let wanted = magnitudes(&stft.forward(&[0.5; 500]).unwrap());
        let error = |wanted: &Spectrogram<f32>, length, momentum| {
            let config = GriffinLimConfig { momentum, ..GriffinLimConfig::default() };
            griffin_lim(&stft, wanted, length, &config).unwrap_err().to_string()
        };
        assert!(error(&wanted, 500, 2.0).contains("momentum"));
        assert!(error(&wanted, 5000, 0.0).contains("frames of 33 bins"));
        for bad in [f32::NAN, f32::INFINITY, -1.0] {
            let mut spoilt = wanted.clone();
            spoilt.values[40] = bad;
            assert!(error(&spoilt, 500, 0.0).contains("finite"));
        }
    }
}
