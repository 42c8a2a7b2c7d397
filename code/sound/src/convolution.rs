//! Convolution: what a room, or any other filter, makes of a sound.
//!
//! Every sample starts an echo h of its own, scaled by the sample, and all are heard at once: y_n = Σ_k h_k · x_{n−k}.
//! By the convolution theorem this is a product in frequency, so two Fourier transforms and one back do it in
//! O(N log N).

use crate::fourier::Real;

/// The convolution of two signals, of length n + m − 1; empty if one of them is.
///
/// ```
/// let echoes = sound::convolution::convolve(&[1.0, 2.0, 3.0_f64], &[1.0, 0.0, 10.0]);
/// let expected = [1.0, 2.0, 13.0, 20.0, 30.0];
/// assert!(echoes.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12));
/// ```
///
/// # Panics
///
/// If a sample is no number, or so large that the transform has an infinite one.
pub fn convolve<T: Real>(signal: &[T], response: &[T]) -> Vec<T> {
    if signal.is_empty() || response.is_empty() {
        return Vec::new();
    }
    let length = signal.len() + response.len() - 1;
    // A transform of fewer points would wrap the end round to the beginning.
    let n = length.next_power_of_two().max(2);
    let (forward, inverse) = (T::plan_real_fft_forward(n), T::plan_real_fft_inverse(n));
    let transform = |numbers: &[T]| {
        let mut padded = forward.make_input_vec();
        padded[..numbers.len()].copy_from_slice(numbers);
        let mut spectrum = forward.make_output_vec();
        forward.process(&mut padded, &mut spectrum).expect("both have the lengths of the plan");
        spectrum
    };
    let scale = T::of(1.0 / n as f64);
    let mut product = transform(signal);
    for (a, b) in product.iter_mut().zip(transform(response)) {
        *a = (*a * b).scale(scale);
    }
    let mut output = inverse.make_output_vec();
    inverse.process(&mut product, &mut output).expect("a product of real signals' spectra has real ends");
    output.truncate(length);
    output
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    #[test]
    fn the_fast_convolution_is_the_sum() {
        let mut rng = emoji_world::rng(1, 0);
        for (n, m) in [(1, 1), (1, 5), (17, 4), (100, 33), (64, 65)] {
            let mut noise = |n: usize| (0..n).map(|_| rng.random_range(-1.0..1.0)).collect::<Vec<f64>>();
            let (x, h) = (noise(n), noise(m));
            let mut sum = vec![0.0; n + m - 1];
            for (i, x) in x.iter().enumerate() {
                for (k, h) in h.iter().enumerate() {
                    sum[i + k] += x * h;
                }
            }
            let fast = convolve(&x, &h);
            assert_eq!(fast.len(), sum.len());
            assert!(fast.iter().zip(&sum).all(|(a, b)| (a - b).abs() < 1e-12), "{n} {m}");
        }
    }

    #[test]
    fn nothing_convolved_is_nothing() {
        assert!(convolve::<f32>(&[], &[1.0]).is_empty() && convolve::<f32>(&[1.0], &[]).is_empty());
    }
}
