//! Sounds of emoji, computed from physics and signal models.
//!
//! Each of 22 [`Kind`]s belongs to one emoji, and is a model of how the thing sounds: strings that lose energy, modes of
//! a membrane, a buzz in a throat, noise in the trees. Pitch, timing, timbre and level are drawn at random for each
//! sound, so that no two are alike; the same seed and index give the same sound.
//!
//! ```
//! use sound::synthesis::{Kind, RATE};
//!
//! let sound = Kind::Guitar.sound(1, 0);
//! assert_eq!(sound.len(), RATE as usize);
//! assert!(sound.iter().all(|x| x.abs() <= 1.0));
//! assert_eq!(Kind::Guitar.emoji().character, "🎸");
//! ```

mod animals;
mod instruments;
mod machines;
mod signal;
mod weather_and_people;

use crate::augmentation::{set_peak, shift};
use emoji_world::{Emoji, emoji};
use rand::{Rng, RngExt};

/// Samples a second of all these sounds.
pub const RATE: u32 = 16_000;

/// Samples of each: it sounds for one second.
pub const SAMPLES: usize = RATE as usize;

/// What makes a sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Plucked strings.
    Guitar,
    /// Partials that are no multiples of each other, and ring long.
    Bell,
    /// Modes of a membrane, hit a few times.
    Drum,
    /// A fanfare; brighter where it is louder.
    Trumpet,
    /// A bowed string with vibrato, in a body with resonances.
    Violin,
    /// Chirps: tones that glide fast.
    Bird,
    /// Meows: formants that open and close.
    Cat,
    /// Barks: short, rough bursts.
    Dog,
    /// Croaks: trains of decaying pulses.
    Frog,
    /// The beat of wings.
    Bee,
    /// Hoots: soft, nearly pure tones.
    Owl,
    /// Pulses of one high tone.
    Cricket,
    /// A siren: a tone that wails.
    PoliceCar,
    /// Digits that are dialled: two tones at once.
    Telephone,
    /// Ticks of a clockwork.
    Clock,
    /// An engine: explosions in a row, faster or slower.
    Car,
    /// A steam whistle: a chord, with hissing.
    Locomotive,
    /// Blades that chop the air.
    Helicopter,
    /// Noise that rises and falls.
    Wind,
    /// Many drops.
    Rain,
    /// Two thuds for each beat.
    Heart,
    /// Short bursts of noise.
    Applause,
}

/// Makes a sound of [`SAMPLES`] or fewer samples, at any level.
type Model = fn(&mut dyn Rng) -> Vec<f32>;

impl Kind {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::Guitar,
        Self::Bell,
        Self::Drum,
        Self::Trumpet,
        Self::Violin,
        Self::Bird,
        Self::Cat,
        Self::Dog,
        Self::Frog,
        Self::Bee,
        Self::Owl,
        Self::Cricket,
        Self::PoliceCar,
        Self::Telephone,
        Self::Clock,
        Self::Car,
        Self::Locomotive,
        Self::Helicopter,
        Self::Wind,
        Self::Rain,
        Self::Heart,
        Self::Applause,
    ];

    /// Noun, name of the emoji, what is heard, model.
    fn row(self) -> (&'static str, &'static str, &'static str, Model) {
        use {animals as a, instruments as i, machines as m, weather_and_people as w};
        match self {
            Self::Guitar => ("guitar", "guitar", "plucked strings that fade away", i::guitar),
            Self::Bell => ("bell", "bell", "a stroke that rings long", i::bell),
            Self::Drum => ("drum", "drum", "a few dull beats", i::drum),
            Self::Trumpet => ("trumpet", "trumpet", "a fanfare of bright, steady tones", i::trumpet),
            Self::Violin => ("violin", "violin", "a long tone that trembles", i::violin),
            Self::Bird => ("bird", "bird", "high chirps that glide fast", a::bird),
            Self::Cat => ("cat", "cat", "a meow that rises and falls", a::cat),
            Self::Dog => ("dog", "dog", "short, rough barks", a::dog),
            Self::Frog => ("frog", "frog", "rattling croaks", a::frog),
            Self::Bee => ("bee", "honeybee", "a buzz that wavers", a::bee),
            Self::Owl => ("owl", "owl", "soft, low hoots", a::owl),
            Self::Cricket => ("cricket", "cricket", "a very high tone in short pulses", a::cricket),
            Self::PoliceCar => ("police car", "police car", "a siren that wails up and down", m::police_car),
            Self::Telephone => (
                "telephone",
                "telephone receiver",
                "beeps of two tones each, as digits are dialled",
                m::telephone,
            ),
            Self::Clock => ("clock", "alarm clock", "even ticks, every other one lower", m::clock),
            Self::Car => ("car", "automobile", "the growl of an engine", m::car),
            Self::Locomotive => {
                ("locomotive", "locomotive", "a whistle of several tones, with steam", m::locomotive)
            }
            Self::Helicopter => ("helicopter", "helicopter", "fast, dull chopping", m::helicopter),
            Self::Wind => ("wind", "wind face", "a howl of air that swells", w::wind),
            Self::Rain => ("rain", "cloud with rain", "many drops, and hissing behind them", w::rain),
            Self::Heart => ("heart", "beating heart", "two low thuds for each beat", w::heart),
            Self::Applause => ("applause", "clapping hands", "claps of a few hands", w::applause),
        }
    }

    /// Its English name: a noun.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// Its name as one says it of a single one: with an article, where there is one.
    ///
    /// ```
    /// use sound::synthesis::Kind;
    ///
    /// assert_eq!(Kind::Owl.with_article(), "an owl");
    /// assert_eq!(Kind::Rain.with_article(), "rain");
    /// ```
    pub fn with_article(self) -> String {
        match self {
            Self::Wind | Self::Rain | Self::Applause => self.name().to_owned(),
            Self::Owl => format!("an {}", self.name()),
            _ => format!("a {}", self.name()),
        }
    }

    /// The emoji that it belongs to.
    ///
    /// # Panics
    ///
    /// Never: the tests have seen that each of them exists.
    pub fn emoji(self) -> &'static Emoji {
        let name = self.row().1;
        emoji::find(name).unwrap_or_else(|| panic!("there is no emoji {name:?}"))
    }

    /// What one hears, in words: for whoever cannot.
    pub fn description(self) -> &'static str {
        self.row().2
    }

    /// Its place in [`Kind::ALL`].
    pub fn number(self) -> usize {
        self as usize
    }

    /// A sound of this kind: [`SAMPLES`] numbers from −1 to 1 at [`RATE`].
    ///
    /// The loudest sample is at −12 to 0 dB, and the sound begins up to 0.1 seconds late.
    pub fn sound(self, seed: u64, index: u64) -> Vec<f32> {
        let place = index.wrapping_mul(Self::ALL.len() as u64).wrapping_add(self as u64);
        let mut rng = emoji_world::rng(seed, place);
        let mut sound = (self.row().3)(&mut rng);
        sound.resize(SAMPLES, 0.0);
        let mut sound = shift(&sound, rng.random_range(0..RATE as i32 / 10) as isize);
        signal::fade_out(&mut sound, 0.01);
        set_peak(&mut sound, rng.random_range(-12.0..0.0));
        // A level of 0 dB is 1 but for rounding.
        sound.iter_mut().for_each(|x| *x = x.clamp(-1.0, 1.0));
        sound
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augmentation::root_mean_square;
    use crate::fourier::{magnitude, real_fft};
    use std::collections::HashSet;

    #[test]
    fn every_kind_has_its_own_emoji_name_and_description() {
        let count = Kind::ALL.len();
        assert_eq!(Kind::ALL.map(|kind| kind.emoji().id).iter().collect::<HashSet<_>>().len(), count);
        assert_eq!(Kind::ALL.map(Kind::name).iter().collect::<HashSet<_>>().len(), count);
        assert_eq!(Kind::ALL.map(Kind::description).iter().collect::<HashSet<_>>().len(), count);
        for (number, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind.number(), number);
        }
    }

    #[test]
    fn sounds_last_a_second_and_stay_within_full_scale() {
        for kind in Kind::ALL {
            for index in 0..8 {
                let sound = kind.sound(3, index);
                assert_eq!(sound.len(), SAMPLES);
                let peak = sound.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
                assert!(sound.iter().all(|x| x.is_finite()) && peak <= 1.0, "{kind:?} {index}");
                assert!(peak > 0.2 && root_mean_square(&sound) > 0.005, "{kind:?} {index}: {peak}");
                let mean = sound.iter().sum::<f32>() / SAMPLES as f32;
                assert!(mean.abs() < 0.02, "{kind:?} {index}: a constant of {mean}");
            }
        }
    }

    #[test]
    fn a_seed_and_an_index_give_one_sound() {
        for kind in Kind::ALL {
            assert_eq!(kind.sound(1, 2), kind.sound(1, 2));
            assert_ne!(kind.sound(1, 2), kind.sound(1, 3));
            assert_ne!(kind.sound(1, 2), kind.sound(2, 2));
        }
    }

    /// The frequency that half of the energy is below, in hertz, as a mean over some sounds.
    fn median_frequency(kind: Kind) -> f64 {
        let of = |index| {
            let powers: Vec<f32> =
                magnitude(&real_fft(&kind.sound(1, index))).iter().map(|m| m * m).collect();
            let half = powers.iter().sum::<f32>() / 2.0;
            let mut sum = 0.0;
            powers
                .iter()
                .take_while(|&&power| {
                    sum += power;
                    sum < half
                })
                .count() as f64
        };
        (0..6).map(of).sum::<f64>() / 6.0
    }

    #[test]
    fn high_things_sound_higher_than_low_things() {
        let order = [Kind::Heart, Kind::Drum, Kind::Owl, Kind::PoliceCar, Kind::Bird, Kind::Cricket];
        let frequencies = order.map(median_frequency);
        assert!(frequencies.is_sorted(), "{frequencies:?}");
        assert!(frequencies[0] < 150.0 && frequencies[5] > 3500.0, "{frequencies:?}");
    }

    #[test]
    fn a_telephone_has_two_tones_at_once() {
        let sound = Kind::Telephone.sound(1, 0);
        let spectrum = magnitude(&real_fft(&sound));
        let loudest = |range: std::ops::Range<usize>| {
            range.max_by(|&a, &b| spectrum[a].total_cmp(&spectrum[b])).unwrap() as i32
        };
        // The bins are a hertz apart; tones of a tenth of a second are some hertz wide.
        let near = |hertz: i32, tones: &[i32]| tones.iter().any(|tone| (tone - hertz).abs() < 25);
        assert!(near(loudest(600..1050), &[697, 770, 852, 941]));
        assert!(near(loudest(1100..1600), &[1209, 1336, 1477]));
    }
}
