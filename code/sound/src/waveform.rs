//! A sound in memory.

use crate::Error;
use base64::prelude::*;

/// A recorded or computed sound: for each channel its samples, usually from −1 to 1, so many a second.
#[derive(Clone, Debug, PartialEq)]
pub struct Waveform {
    rate: u32,
    channels: Vec<Vec<f32>>,
}

impl Waveform {
    /// A sound of one channel with `rate` samples a second.
    ///
    /// # Errors
    ///
    /// If `rate` is 0.
    pub fn mono(rate: u32, samples: Vec<f32>) -> Result<Self, Error> {
        Self::new(rate, vec![samples])
    }

    /// A sound of one or more channels with `rate` samples a second.
    ///
    /// # Errors
    ///
    /// If `rate` is 0, there is no channel, or they are not equally long.
    pub fn new(rate: u32, channels: Vec<Vec<f32>>) -> Result<Self, Error> {
        if rate == 0 {
            return Err(Error::setting("waveform", "rate", "at least 1 sample a second", rate));
        }
        let Some(length) = channels.first().map(Vec::len) else {
            return Err(Error::setting("waveform", "channels", "at least 1", 0));
        };
        if let Some(other) = channels.iter().map(Vec::len).find(|&other| other != length) {
            return Err(Error::shape(
                "waveform",
                format!("{length} samples in every channel"),
                format!("{other} in one of them"),
            ));
        }
        Ok(Self { rate, channels })
    }

    /// Samples a second, in each channel.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// The samples of each channel: left and right, for example.
    pub fn channels(&self) -> &[Vec<f32>] {
        &self.channels
    }

    /// Samples of a channel.
    pub fn length(&self) -> usize {
        self.channels[0].len()
    }

    /// How long it sounds.
    pub fn seconds(&self) -> f64 {
        self.length() as f64 / f64::from(self.rate)
    }

    /// A player in a notebook; elsewhere prints what is to be heard, in words.
    ///
    /// # Errors
    ///
    /// If it is too long for a WAV file.
    pub fn play(&self, description: &str) -> Result<(), Error> {
        if lab::in_notebook() {
            let file = BASE64_STANDARD.encode(crate::wav::encode(self, crate::wav::Format::Int16)?);
            let player = format!("<audio controls src=\"data:audio/wav;base64,{file}\"></audio>");
            lab::show_in_notebook("text/html", &player);
        }
        println!("[sound] {description}");
        Ok(())
    }

    /// One channel that is the mean of all.
    pub fn to_mono(&self) -> Vec<f32> {
        if let [only] = &self.channels[..] {
            return only.clone();
        }
        let mut mean = vec![0.0; self.length()];
        let share = 1.0 / self.channels.len() as f32;
        for channel in &self.channels {
            for (sum, x) in mean.iter_mut().zip(channel) {
                *sum += x * share;
            }
        }
        mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_channel_is_the_mean_of_all() {
        let sound = Waveform::new(8, vec![vec![1.0, 0.0, -1.0, 0.5], vec![0.0, 0.0, -1.0, 1.0]]).unwrap();
        assert_eq!(sound.to_mono(), [0.5, 0.0, -1.0, 0.75]);
        assert_eq!((sound.length(), sound.seconds()), (4, 0.5));
    }

    #[test]
    fn what_is_no_sound_is_refused() {
        assert!(Waveform::mono(0, vec![0.0]).unwrap_err().to_string().contains("rate"));
        assert!(Waveform::new(8, Vec::new()).unwrap_err().to_string().contains("channels"));
        let uneven = Waveform::new(8, vec![vec![0.0; 3], vec![0.0; 2]]).unwrap_err().to_string();
        assert!(uneven.contains("3 samples") && uneven.contains("2 in one"), "{uneven}");
    }
}
