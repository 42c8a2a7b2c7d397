//! Numbers by time and frequency.

/// Numbers by time and frequency: `frames` moments × `bins` frequencies.
///
/// Frame by frame: the bins of a frame lie side by side, those of the next frame behind them. That is how a transform
/// makes them, how an inverse, a filterbank and a picture's column use them, and how librosa's arrays lie in memory
/// too, although they are indexed the other way round, as `D[bin, frame]` in Fortran's order.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrogram<V> {
    /// Frequencies of a frame.
    pub bins: usize,
    /// Frames × bins numbers.
    pub values: Vec<V>,
}

impl<V> Spectrogram<V> {
    /// How many frames there are.
    pub fn frames(&self) -> usize {
        self.values.len() / self.bins.max(1)
    }

    /// The bins of frame `t`.
    ///
    /// # Panics
    ///
    /// If there is no such frame.
    pub fn frame(&self, t: usize) -> &[V] {
        &self.values[t * self.bins..][..self.bins]
    }

    /// Each number turned into another.
    pub fn map<W>(&self, f: impl FnMut(&V) -> W) -> Spectrogram<W> {
        Spectrogram { bins: self.bins, values: self.values.iter().map(f).collect() }
    }
}

impl<V: Copy> Spectrogram<V> {
    /// The number of frequency `bin` in frame `t`: librosa's `D[bin, t]`.
    ///
    /// # Panics
    ///
    /// If there is no such bin or frame.
    pub fn at(&self, bin: usize, t: usize) -> V {
        self.frame(t)[bin]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_lie_one_behind_the_other() {
        let numbers = Spectrogram { bins: 3, values: vec![0, 1, 2, 10, 11, 12] };
        assert_eq!(numbers.frames(), 2);
        assert_eq!(numbers.frame(1), [10, 11, 12]);
        assert_eq!(numbers.at(2, 0), 2);
        assert_eq!(numbers.map(|x| x * 2).frame(0), [0, 2, 4]);
    }
}
