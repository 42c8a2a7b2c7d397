//! The discrete Fourier transform: which waves a sequence of numbers consists of.
//!
//! Of N numbers x₀ … x_{N−1} it makes N numbers
//!
//! ```text
//! X_k = Σ_n x_n · exp(−2πi · k · n / N)
//! ```
//!
//! of which X_k tells how much of the wave with k periods in N samples there is ([`magnitude`]) and where that wave
//! begins ([`phase`]). Three ways lead to the same numbers: the definition, the definition as a matrix, and the fast
//! Fourier transform (Cooley and Tukey 1965), by the crates `rustfft` and `realfft`, in O(N log N) steps instead of
//! O(N²). Signs and scales are NumPy's: the forward transform has no factor, the inverse one has 1 / N.
//!
//! ```
//! use sound::fourier::{magnitude, real_fft};
//!
//! // A wave with one period in four samples, and nothing else.
//! let spectrum = real_fft(&[0.0, 1.0, 0.0, -1.0_f64]);
//! assert_eq!(magnitude(&spectrum), [0.0, 2.0, 0.0]);
//! ```

use crate::Error;
pub use fft_plans::Complex;
use fft_plans::Plan;
use fft_plans::num_traits::{Float, FloatConst};
use std::f64::consts::TAU;

/// The real numbers that signals are made of: `f32` and `f64`.
pub trait Real: Plan + Float + FloatConst + std::iter::Sum + std::ops::AddAssign {
    /// The nearest number of this type.
    fn of(number: f64) -> Self;

    /// The number in double precision.
    fn wide(self) -> f64;
}

impl Real for f32 {
    fn of(number: f64) -> Self {
        number as f32
    }

    fn wide(self) -> f64 {
        f64::from(self)
    }
}

impl Real for f64 {
    fn of(number: f64) -> Self {
        number
    }

    fn wide(self) -> f64 {
        self
    }
}

// ANCHOR: dft
/// exp(−2πi · `turns` / `of`), the point on the unit circle after so many of `of` steps clockwise.
fn root_of_unity<T: Real>(turns: usize, of: usize) -> Complex<T> {
    // Whole turns are left out before the sine sees them: a large angle would cost digits.
    let angle = -TAU * (turns % of) as f64 / of as f64;
    Complex::new(T::of(angle.cos()), T::of(angle.sin()))
}

/// The transform by its definition: N numbers from N numbers, in N² multiplications.
pub fn dft<T: Real>(signal: &[Complex<T>]) -> Vec<Complex<T>> {
    let n = signal.len();
    let coefficient = |k: usize| -> Complex<T> {
        signal.iter().enumerate().map(|(place, &x)| x * root_of_unity(k * place, n)).sum()
    };
    (0..n).map(coefficient).collect()
}
// ANCHOR_END: dft

// ANCHOR: matrix
/// The transform of N numbers as a matrix of N × N, row by row: row k is the wave of k periods, conjugated.
pub fn dft_matrix<T: Real>(n: usize) -> Vec<Complex<T>> {
    (0..n * n).map(|place| root_of_unity((place / n) * (place % n), n)).collect()
}
// ANCHOR_END: matrix

/// A matrix of N × N, row by row, times a vector of N.
///
/// # Errors
///
/// If the matrix is not of N × N.
pub fn matrix_times_vector<T: Real>(
    matrix: &[Complex<T>],
    vector: &[Complex<T>],
) -> Result<Vec<Complex<T>>, Error> {
    let n = vector.len();
    if matrix.len() != n * n {
        return Err(Error::shape(
            "matrix times vector",
            format!("{n} × {n} numbers"),
            format!("{} numbers", matrix.len()),
        ));
    }
    let row = |row: &[Complex<T>]| row.iter().zip(vector).map(|(&a, &x)| a * x).sum();
    Ok(matrix.chunks_exact(n.max(1)).map(row).collect())
}

// ANCHOR: fft
/// The fast Fourier transform of N complex numbers, in O(N log N) steps for every N.
pub fn fft<T: Real>(signal: &[Complex<T>]) -> Vec<Complex<T>> {
    let mut numbers = signal.to_vec();
    if !numbers.is_empty() {
        T::plan_fft_forward(numbers.len()).process(&mut numbers);
    }
    numbers
}
// ANCHOR_END: fft

/// The numbers whose transform is given: [`fft`] backwards, scale included.
pub fn inverse_fft<T: Real>(spectrum: &[Complex<T>]) -> Vec<Complex<T>> {
    let mut numbers = spectrum.to_vec();
    if !numbers.is_empty() {
        T::plan_fft_inverse(numbers.len()).process(&mut numbers);
    }
    let scale = T::of(1.0 / numbers.len() as f64);
    numbers.iter_mut().for_each(|number| *number = number.scale(scale));
    numbers
}

/// The transform of N real numbers: N/2 + 1 complex ones (N/2 rounded down).
///
/// The other half of the spectrum would say nothing new: X_{N−k} is the conjugate of X_k where x is real.
pub fn real_fft<T: Real>(signal: &[T]) -> Vec<Complex<T>> {
    if signal.is_empty() {
        return Vec::new();
    }
    let transform = T::plan_real_fft_forward(signal.len());
    let mut spectrum = transform.make_output_vec();
    transform.process(&mut signal.to_vec(), &mut spectrum).expect("both have the lengths of the plan");
    spectrum
}

/// The N real numbers whose transform is given: [`real_fft`] backwards, scale included.
///
/// N has to be told, since N/2 + 1 is the same for an even N and the odd number after it. As in NumPy, imaginary parts
/// of the lowest and, for an even N, of the highest coefficient are ignored: no real signal has them.
///
/// # Errors
///
/// If there are not N/2 + 1 coefficients.
pub fn inverse_real_fft<T: Real>(spectrum: &[Complex<T>], n: usize) -> Result<Vec<T>, Error> {
    if n == 0 && spectrum.is_empty() {
        return Ok(Vec::new());
    }
    if spectrum.len() != n / 2 + 1 || n == 0 {
        return Err(Error::shape(
            "inverse transform to real numbers",
            format!("{} coefficients for {n} numbers", n / 2 + 1),
            format!("{} coefficients", spectrum.len()),
        ));
    }
    let transform = T::plan_real_fft_inverse(n);
    let mut spectrum = spectrum.to_vec();
    make_ends_real(&mut spectrum, n);
    let mut signal = transform.make_output_vec();
    transform.process(&mut spectrum, &mut signal).expect("lengths are checked, and the ends are real");
    let scale = T::of(1.0 / n as f64);
    signal.iter_mut().for_each(|x| *x = *x * scale);
    Ok(signal)
}

/// Drops the imaginary parts that the spectrum of `n` real numbers cannot have.
pub(crate) fn make_ends_real<T: Real>(spectrum: &mut [Complex<T>], n: usize) {
    spectrum[0].im = T::zero();
    if n.is_multiple_of(2) {
        spectrum[n / 2].im = T::zero();
    }
}

// ANCHOR: parts
/// |X_k|: how much of each wave there is. A sine of amplitude a, with whole periods in N samples, has a · N / 2.
pub fn magnitude<T: Real>(spectrum: &[Complex<T>]) -> Vec<T> {
    spectrum.iter().map(|x| x.norm()).collect()
}

/// Where each wave begins: the angle of X_k, from −π to π. A cosine has 0, a sine −π / 2.
pub fn phase<T: Real>(spectrum: &[Complex<T>]) -> Vec<T> {
    spectrum.iter().map(|x| x.arg()).collect()
}
// ANCHOR_END: parts

/// The frequency of each of the n/2 + 1 bins of [`real_fft`] of `n` samples, in hertz: k · rate / n.
pub fn frequencies(n: usize, rate: f64) -> Vec<f64> {
    if n == 0 { Vec::new() } else { (0..=n / 2).map(|k| k as f64 * rate / n as f64).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::RngExt;

    fn complex(seed: u64, n: usize) -> Vec<Complex<f64>> {
        let mut rng = emoji_world::rng(seed, 0);
        (0..n).map(|_| Complex::new(rng.random_range(-1.0..1.0), rng.random_range(-1.0..1.0))).collect()
    }

    fn energy(numbers: &[Complex<f64>]) -> f64 {
        numbers.iter().map(|x| x.norm_sqr()).sum()
    }

    /// The length of the difference, relative to the length of `expected`.
    fn error(found: &[Complex<f64>], expected: &[Complex<f64>]) -> f64 {
        assert_eq!(found.len(), expected.len());
        let difference: Vec<_> = found.iter().zip(expected).map(|(a, b)| a - b).collect();
        (energy(&difference) / energy(expected)).sqrt()
    }

    #[test]
    fn eight_points_by_hand() {
        // One period of a square wave. By hand: X₀ = 0, the even ones vanish, and
        // X₁ = Σ_{n<4} w^n − Σ_{n≥4} w^n = 2 · (1 − w⁴) / (1 − w) with w = exp(−πi/4), w⁴ = −1: 4 / (1 − w).
        let signal = [1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0].map(|x| Complex::new(x, 0.0));
        let w = Complex::new(0.5_f64.sqrt(), -(0.5_f64.sqrt()));
        let one = Complex::new(1.0, 0.0);
        let zero = Complex::new(0.0, 0.0);
        let odd = |power: u32| Complex::new(4.0, 0.0) / (one - w.powu(power));
        let expected = [zero, odd(1), zero, odd(3), zero, odd(5), zero, odd(7)];
        assert!(error(&dft(&signal), &expected) < 1e-15);
        // And in numbers: X₁ = 2 − 2 (1 + √2) i.
        assert!((expected[1] - Complex::new(2.0, -2.0 - 8.0_f64.sqrt())).norm() < 1e-14);
    }

    #[test]
    fn the_matrix_is_the_definition() {
        for n in [1, 2, 3, 8, 30, 127, 256] {
            let signal = complex(1, n);
            let product = matrix_times_vector(&dft_matrix(n), &signal).unwrap();
            assert!(error(&product, &dft(&signal)) < 1e-12, "{n}");
        }
    }

    #[test]
    fn the_fast_transform_is_the_definition() {
        // A prime, powers of two, odd products.
        for n in [1, 2, 3, 8, 30, 105, 127, 256, 1000] {
            let signal = complex(2, n);
            assert!(error(&fft(&signal), &dft(&signal)) < 1e-12, "{n}");
        }
    }

    #[test]
    fn the_fast_transform_in_single_precision_is_near_the_definition() {
        let signal = complex(3, 512);
        let single: Vec<_> = signal.iter().map(|x| Complex::new(x.re as f32, x.im as f32)).collect();
        let found: Vec<_> =
            fft(&single).iter().map(|x| Complex::new(f64::from(x.re), f64::from(x.im))).collect();
        assert!(error(&found, &dft(&signal)) < 1e-6);
    }

    #[test]
    fn real_numbers_need_half_the_spectrum() {
        for n in [1, 2, 7, 8, 100] {
            let signal: Vec<f64> = complex(4, n).iter().map(|x| x.re).collect();
            let whole = dft(&signal.iter().map(|&x| Complex::new(x, 0.0)).collect::<Vec<_>>());
            let half = real_fft(&signal);
            assert!(error(&half, &whole[..=n / 2]) < 1e-12);
            for k in 1..n {
                assert!((whole[k] - whole[n - k].conj()).norm() < 1e-12);
            }
        }
    }

    #[test]
    fn inverse_transforms_give_the_signal_back() {
        for n in [1, 2, 7, 8, 100] {
            let signal = complex(5, n);
            assert!(error(&inverse_fft(&fft(&signal)), &signal) < 1e-14);
            let real: Vec<f64> = signal.iter().map(|x| x.re).collect();
            let back = inverse_real_fft(&real_fft(&real), n).unwrap();
            assert!(back.iter().zip(&real).all(|(a, b)| (a - b).abs() < 1e-14));
        }
    }

    #[test]
    fn an_inverse_of_the_wrong_length_is_an_error() {
        let spectrum = real_fft(&[1.0, 2.0, 3.0, 4.0_f64]);
        assert!(inverse_real_fft(&spectrum, 4).is_ok());
        assert!(inverse_real_fft(&spectrum, 5).is_ok());
        let message = inverse_real_fft(&spectrum, 6).unwrap_err().to_string();
        assert!(message.contains("4 coefficients for 6") && message.contains("3 coefficients"), "{message}");
        assert!(inverse_real_fft(&spectrum, 0).is_err());
    }

    #[test]
    fn nothing_has_an_empty_transform() {
        assert!(dft::<f64>(&[]).is_empty() && fft::<f64>(&[]).is_empty() && real_fft::<f64>(&[]).is_empty());
        assert!(inverse_fft::<f64>(&[]).is_empty());
        assert!(inverse_real_fft::<f64>(&[], 0).unwrap().is_empty());
    }

    #[test]
    fn a_cosine_has_its_amplitude_and_phase_in_its_bin() {
        let n = 64;
        let signal: Vec<f64> = (0..n).map(|t| 3.0 * (TAU * 5.0 * t as f64 / n as f64 + 0.7).cos()).collect();
        let spectrum = real_fft(&signal);
        assert!((magnitude(&spectrum)[5] - 3.0 * 32.0).abs() < 1e-12);
        assert!((phase(&spectrum)[5] - 0.7).abs() < 1e-12);
        assert!(magnitude(&spectrum).iter().enumerate().all(|(k, m)| k == 5 || *m < 1e-12));
    }

    #[test]
    fn bins_have_the_frequencies_that_their_waves_have() {
        assert_eq!(frequencies(8, 16_000.0), [0.0, 2000.0, 4000.0, 6000.0, 8000.0]);
        assert_eq!(frequencies(5, 10.0), [0.0, 2.0, 4.0]);
    }

    fn some_complex() -> impl Strategy<Value = Vec<Complex<f64>>> {
        prop::collection::vec((-1.0..1.0, -1.0..1.0), 1..80)
            .prop_map(|pairs| pairs.into_iter().map(|(re, im)| Complex::new(re, im)).collect())
    }

    proptest! {
        #[test]
        fn energy_is_the_same_in_time_and_frequency(signal in some_complex()) {
            let n = signal.len() as f64;
            let (time, frequency) = (energy(&signal), energy(&fft(&signal)) / n);
            prop_assert!((time - frequency).abs() <= 1e-12 * time);
        }

        #[test]
        fn the_transform_of_a_sum_is_the_sum_of_transforms(signal in some_complex(), factor in -3.0..3.0) {
            let other: Vec<_> = signal.iter().rev().copied().collect();
            let sum: Vec<_> = signal.iter().zip(&other).map(|(a, b)| a + b * factor).collect();
            let transforms: Vec<_> =
                fft(&signal).iter().zip(fft(&other)).map(|(a, b)| a + b * factor).collect();
            let difference: Vec<_> = fft(&sum).iter().zip(&transforms).map(|(a, b)| a - b).collect();
            prop_assert!(energy(&difference).sqrt() <= 1e-12 * (1.0 + energy(&transforms).sqrt()));
        }

        #[test]
        fn a_shift_in_time_turns_the_phases(signal in some_complex(), by in 0_usize..200) {
            let n = signal.len();
            let mut shifted = signal.clone();
            shifted.rotate_right(by % n);
            let turned: Vec<_> =
                fft(&signal).iter().enumerate().map(|(k, x)| x * root_of_unity(k * by, n)).collect();
            prop_assert!(error(&fft(&shifted), &turned) < 1e-12);
        }
    }
}
