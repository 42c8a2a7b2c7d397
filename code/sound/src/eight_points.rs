//! The Fourier transform of eight numbers, small enough for a pencil.

use crate::fourier::{Complex, dft};

/// One period of a square wave.
pub const SQUARE: [f64; 8] = [1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0];

/// The transform of eight real numbers, and its waves added up again.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The eight numbers.
    pub signal: [f64; 8],
    /// Their transform.
    pub spectrum: Vec<Complex<f64>>,
}

impl Example {
    /// Transforms eight numbers by the definition.
    pub fn of(signal: [f64; 8]) -> Self {
        Self { signal, spectrum: dft(&signal.map(|x| Complex::new(x, 0.0))) }
    }

    /// The sum of the waves of at most `k` periods: all eight numbers of it.
    // ANCHOR: partial
    pub fn up_to(&self, k: usize) -> Vec<f64> {
        // Bin 8 − k turns the other way round, and belongs to wave k.
        let kept = |bin: usize| bin <= k || 8 - bin <= k;
        let spectrum: Vec<Complex<f64>> = (self.spectrum.iter().enumerate())
            .map(|(bin, &x)| if kept(bin) { x } else { Complex::default() })
            .collect();
        crate::fourier::inverse_fft(&spectrum).iter().map(|x| x.re).collect()
    }
    // ANCHOR_END: partial

    /// A table: each bin with its number, its magnitude and its phase in degrees.
    pub fn table(&self) -> String {
        let mut text = String::from("k      X_k           |X_k|    phase\n");
        for (k, x) in self.spectrum.iter().enumerate() {
            // What is rounding error has no direction.
            let phase = if x.norm() < 1e-9 {
                "-".to_owned()
            } else {
                format!("{:.1}°", x.arg().to_degrees()).replace('-', "−")
            };
            let (re, im) = (clean(x.re), clean(x.im));
            let number = format!("{re:.3} {} {:.3} i", if im < 0.0 { '−' } else { '+' }, im.abs());
            text += &format!("{k}  {:>16}  {:6.3}  {phase:>8}\n", number.replace('-', "−"), x.norm());
        }
        text
    }
}

/// A zero where rounding left a little of something.
fn clean(x: f64) -> f64 {
    if x.abs() < 1e-9 { 0.0 } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_numbers_of_the_page() {
        let table = Example::of(SQUARE).table();
        assert!(table.contains("2.000 − 4.828 i") && table.contains("−67.5°"), "{table}");
        assert_eq!(table.lines().count(), 9);
    }

    #[test]
    fn all_waves_together_are_the_signal() {
        let example = Example::of(SQUARE);
        let all = example.up_to(4);
        assert!(all.iter().zip(SQUARE).all(|(a, b)| (a - b).abs() < 1e-12));
        // One wave alone: 2/8 of (2 cos + 4.83 sin), at the first place a quarter of 2.
        assert!((example.up_to(1)[0] - 0.5).abs() < 1e-12);
    }
}
