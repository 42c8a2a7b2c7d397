//! What the network sees of a sound: a picture of it.
//!
//! | step | numbers |
//! | --- | --- |
//! | the sound, one second | 16,000 |
//! | its STFT, 32 ms every 15.6 ms | 65 frames × 257 bins, of which 64 frames are kept |
//! | its power in mel bands | 64 frames × 40 bands |
//! | decibels below the loudest, from −80 to 0, scaled to −1 to 1 | 64 frames × 40 bands |
//!
//! Decibels below the loudest are the same however loud the sound is.

use crate::mel::{DbConfig, MelConfig, MelFilterbank, Reference, power_to_db};
use crate::stft::{Stft, StftConfig, powers};
use crate::synthesis::RATE;
use crate::{Error, Spectrogram};

/// Moments of a picture of a sound.
pub const FRAMES: usize = 64;

/// Bands of a picture of a sound.
pub const MELS: usize = 40;

/// The range that is seen, in decibels.
const RANGE: f32 = 80.0;

/// The way from a sound to its picture.
#[derive(Clone, Debug)]
pub struct LogMel {
    stft: Stft<f32>,
    bank: MelFilterbank<f32>,
}

impl LogMel {
    /// Plans transform and filterbank.
    ///
    /// # Errors
    ///
    /// Never, while the settings in it are right.
    pub fn new() -> Result<Self, Error> {
        let n_fft = 512;
        let config = StftConfig { n_fft, hop_length: Some(250), ..StftConfig::default() };
        let bank = MelConfig { sample_rate: f64::from(RATE), n_fft, n_mels: MELS, ..MelConfig::default() };
        Ok(Self { stft: Stft::new(&config)?, bank: MelFilterbank::new(&bank)? })
    }

    /// The picture of a sound at [`RATE`]: [`FRAMES`] × [`MELS`] numbers from −1 to 1. A shorter sound is followed by
    /// silence; of a longer one the beginning is seen.
    ///
    /// # Errors
    ///
    /// If the sound is empty.
    // ANCHOR: picture
    pub fn picture(&self, sound: &[f32]) -> Result<Spectrogram<f32>, Error> {
        let seen = &sound[..sound.len().min(FRAMES * self.stft.hop_length())];
        let mel = self.bank.apply(&powers(&self.stft.forward(seen)?))?;
        let config =
            DbConfig { reference: Reference::Max, top_db: Some(f64::from(RANGE)), ..DbConfig::default() };
        let mut picture = power_to_db(&mel, &config)?.map(|db| (2.0 * db / RANGE + 1.0).clamp(-1.0, 1.0));
        // Silence has no loudest: all of it would be 0 dB below itself.
        if mel.values.iter().all(|&power| f64::from(power) <= config.amin) {
            picture.values.fill(-1.0);
        }
        picture.values.resize(FRAMES * MELS, -1.0);
        Ok(picture)
    }
    // ANCHOR_END: picture
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthesis::Kind;

    #[test]
    fn a_picture_is_the_same_however_loud_the_sound_is() {
        let sound = Kind::Cat.sound(1, 0);
        let quiet: Vec<f32> = sound.iter().map(|x| x / 16.0).collect();
        let log_mel = LogMel::new().unwrap();
        let (a, b) = (log_mel.picture(&sound).unwrap(), log_mel.picture(&quiet).unwrap());
        assert_eq!((a.frames(), a.bins), (FRAMES, MELS));
        assert!(a.values.iter().zip(&b.values).all(|(a, b)| (a - b).abs() < 0.05));
    }

    #[test]
    fn silence_is_the_softest_everywhere() {
        let log_mel = LogMel::new().unwrap();
        for silence in [vec![0.0; 16_000], vec![1e-9; 16_000], vec![0.0; 10]] {
            assert!(log_mel.picture(&silence).unwrap().values.iter().all(|x| *x == -1.0));
        }
    }

    #[test]
    fn numbers_lie_between_minus_one_and_one() {
        let log_mel = LogMel::new().unwrap();
        let picture = log_mel.picture(&Kind::Bell.sound(1, 0)).unwrap();
        assert!(picture.values.iter().all(|x| (-1.0..=1.0).contains(x)));
        assert!(picture.values.contains(&1.0));
    }

    #[test]
    fn shorter_and_longer_sounds_have_pictures_of_the_same_size() {
        let log_mel = LogMel::new().unwrap();
        for samples in [1, 300, 16_000, 50_000] {
            assert_eq!(log_mel.picture(&vec![0.1; samples]).unwrap().values.len(), FRAMES * MELS);
        }
        assert!(log_mel.picture(&[]).is_err());
    }
}
