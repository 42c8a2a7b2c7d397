//! SpecAugment: learning from spectrograms with pieces missing.
//!
//! Bands of frequencies and stretches of time are blotted out, others in each epoch, so that a network cannot rely on any
//! one of them (Park et al. 2019, arXiv:1904.08779). The paper's time warping, which it found to matter least, is left
//! out.

use crate::fourier::Real;
use crate::spectrogram::Spectrogram;
use rand::{Rng, RngExt};

/// How much is blotted out. Defaults are small, for sounds of a second; the paper's policy LD has two masks of up to 27
/// of 80 bands, and two of up to 100 frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpecAugment {
    /// Masks over bands; m_F in the paper. 2.
    pub frequency_masks: usize,
    /// The widest of them, in bands; F. 8.
    pub widest_frequency_mask: usize,
    /// Masks over frames; m_T. 2.
    pub time_masks: usize,
    /// The widest of them, in frames; T. 10.
    pub widest_time_mask: usize,
}

impl Default for SpecAugment {
    fn default() -> Self {
        Self { frequency_masks: 2, widest_frequency_mask: 8, time_masks: 2, widest_time_mask: 10 }
    }
}

impl SpecAugment {
    /// Sets masked numbers to the mean of all: what a normalised spectrogram has as 0, as in the paper.
    ///
    /// Each mask is from 0 to its greatest width wide, and no wider than the spectrogram.
    pub fn apply<T: Real>(&self, spectrogram: &mut Spectrogram<T>, rng: &mut impl Rng) {
        let (frames, bins) = (spectrogram.frames(), spectrogram.bins);
        if frames == 0 || bins == 0 {
            return;
        }
        let total: f64 = spectrogram.values.iter().map(|x| x.wide()).sum();
        let mean = T::of(total / spectrogram.values.len() as f64);
        // ANCHOR: masks
        let mut mask = |widest: usize, of: usize| {
            let width = rng.random_range(0..=widest.min(of));
            let first = rng.random_range(0..=of - width);
            first..first + width
        };
        for _ in 0..self.frequency_masks {
            let bands = mask(self.widest_frequency_mask, bins);
            spectrogram.values.chunks_exact_mut(bins).for_each(|frame| frame[bands.clone()].fill(mean));
        }
        for _ in 0..self.time_masks {
            let stretch = mask(self.widest_time_mask, frames);
            spectrogram.values[stretch.start * bins..stretch.end * bins].fill(mean);
        }
        // ANCHOR_END: masks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers() -> Spectrogram<f64> {
        Spectrogram { bins: 10, values: (0..300).map(f64::from).collect() }
    }

    /// Whether each band, and each frame, is wholly masked.
    fn masked(policy: SpecAugment, seed: u64) -> (usize, usize, usize) {
        let (before, mut after) = (numbers(), numbers());
        policy.apply(&mut after, &mut emoji_world::rng(seed, 0));
        let changed = |bin, t| before.at(bin, t) != after.at(bin, t);
        let bands = (0..10).filter(|&bin| (0..30).all(|t| changed(bin, t))).count();
        let frames = (0..30).filter(|&t| (0..10).all(|bin| changed(bin, t))).count();
        let all = (0..30).flat_map(|t| (0..10).map(move |bin| (bin, t)));
        (bands, frames, all.filter(|&(bin, t)| changed(bin, t)).count())
    }

    #[test]
    fn a_mask_covers_whole_bands_or_whole_frames() {
        let over_bands =
            SpecAugment { frequency_masks: 1, widest_frequency_mask: 4, time_masks: 0, widest_time_mask: 0 };
        let over_time =
            SpecAugment { frequency_masks: 0, widest_frequency_mask: 0, time_masks: 1, widest_time_mask: 6 };
        let (mut widest_band, mut widest_time) = (0, 0);
        for seed in 0..50 {
            let (bands, _, all) = masked(over_bands, seed);
            assert!(bands <= 4 && all == 30 * bands, "{seed}");
            let (_, frames, all) = masked(over_time, seed);
            assert!(frames <= 6 && all == 10 * frames, "{seed}");
            widest_band = widest_band.max(bands);
            widest_time = widest_time.max(frames);
        }
        assert_eq!((widest_band, widest_time), (4, 6));
    }

    #[test]
    fn masked_numbers_become_the_mean() {
        let mut after = numbers();
        let policy = SpecAugment { frequency_masks: 8, widest_frequency_mask: 10, ..SpecAugment::default() };
        policy.apply(&mut after, &mut emoji_world::rng(1, 0));
        let before = numbers();
        let changed = after.values.iter().zip(&before.values).filter(|(a, b)| a != b);
        assert!(changed.clone().count() > 0 && changed.into_iter().all(|(&a, _)| a == 149.5));
    }

    #[test]
    fn masks_are_no_wider_than_the_spectrogram() {
        let policy =
            SpecAugment { widest_frequency_mask: 1000, widest_time_mask: 1000, ..SpecAugment::default() };
        for seed in 0..20 {
            let mut small = Spectrogram { bins: 3, values: vec![1.0_f32, 2.0, 3.0] };
            policy.apply(&mut small, &mut emoji_world::rng(seed, 0));
            assert_eq!(small.values.len(), 3);
        }
        let mut nothing = Spectrogram::<f32> { bins: 0, values: Vec::new() };
        policy.apply(&mut nothing, &mut emoji_world::rng(1, 0));
    }
}
