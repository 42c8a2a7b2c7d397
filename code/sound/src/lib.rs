//! Chapter 6: sound.
//!
//! What a sound consists of, moment by moment: the Fourier transform, from its definition to the fast one; windows; the
//! short-time Fourier transform and its inverse, with librosa's settings and numbers; the mel scale, and sounds from
//! magnitudes alone. WAV files in and out, sounds of emoji that are computed, rooms and noise to hear them in, the readers
//! of two data sets of recordings, and a network that tells what makes a sound from the picture of it.
//!
//! A [`Waveform`] comes from a file ([`wav`]), from [`signals`] or from the [`synthesis`] of an emoji's sound, in another
//! rate by [`resample`]. [`fourier`] takes it apart ([`eight_points`] by pencil, [`cost`] by the clock), a [`window`]
//! keeps a tone in its place ([`leakage`]), and [`stft`] does it moment by moment to a [`spectrogram`], which [`mel`]
//! brings nearer to the ear. [`griffin_lim`] and [`random_phases`] are about phases, [`convolution`] about rooms. What the
//! network sees are [`features`] of varied sounds ([`augmentation`], [`spec_augment`]); the network is the
//! [`sound_encoder`], which [`train`] trains and [`evaluate`] tests, and [`space`] has sounds beside pictures and words.
//! [`own_data`] reads [`esc50`] and [`digits`]. [`chapter`] is the whole run in the order of the pages, with the networks
//! in [`trained`]; [`exercises`] holds the solutions. [`report`] writes the run's tables, [`figures`] draws its
//! figures, and [`tools`] is what the program does besides.

pub mod augmentation;
pub mod chapter;
pub mod convolution;
pub mod cost;
pub mod digits;
pub mod eight_points;
mod error;
pub mod esc50;
pub mod evaluate;
pub mod exercises;
pub mod features;
pub mod figures;
pub mod fourier;
pub mod griffin_lim;
pub mod leakage;
pub mod mel;
pub mod own_data;
pub mod random_phases;
pub mod report;
pub mod resample;
pub mod signals;
pub mod sound_encoder;
pub mod space;
pub mod spec_augment;
pub mod spectrogram;
pub mod stft;
pub mod synthesis;
pub mod tools;
pub mod train;
pub mod trained;
pub mod wav;
mod waveform;
pub mod window;

pub use error::Error;
/// Pictures and words, which sounds are placed beside.
pub use joint_embedding;
pub use spectrogram::Spectrogram;
pub use waveform::Waveform;
