//! What the solutions of the exercises compute.

use crate::Error;
use crate::Spectrogram;
use crate::fourier::{Complex, Real};
use crate::griffin_lim::{GriffinLimConfig, griffin_lim};
use crate::stft::{Stft, StftConfig, is_cola};
use crate::synthesis::{Kind, RATE};
use crate::window::{Symmetry, Window};
use emoji_world::Picture;
use joint_embedding::space::{Vector, mean, unit};
use std::f64::consts::TAU;

// ANCHOR: click
/// The transform of eight numbers of which the one at `place`, counted from 0, is 1 and all others are 0: for each k the
/// only term of the sum.
pub fn click(place: usize) -> [Complex<f64>; 8] {
    std::array::from_fn(|k| Complex::from_polar(1.0, -TAU * (k * place) as f64 / 8.0))
}
// ANCHOR_END: click

// ANCHOR: least_n_fft
/// The shortest piece, as a power of two, in which two tones `apart` hertz apart have peaks of their own, where a peak
/// is `width` bins wide.
pub fn least_n_fft(rate: f64, apart: f64, width: f64) -> usize {
    // A bin has rate / n hertz. Half of each of the two peaks lies between the tones, and a peak is `width` bins wide:
    // width · rate / n ≤ apart.
    ((width * rate / apart).ceil() as usize).next_power_of_two()
}
// ANCHOR_END: least_n_fft

// ANCHOR: goertzel
/// |X(f)| of one frequency alone, in hertz, with one multiplication for each sample (Goertzel 1958).
pub fn goertzel(signal: &[f32], hertz: f64, rate: f64) -> f64 {
    let twice_cosine = 2.0 * (TAU * hertz / rate).cos();
    let (mut last, mut before) = (0.0, 0.0);
    for &x in signal {
        let next = f64::from(x) + twice_cosine * last - before;
        (before, last) = (last, next);
    }
    (last * last + before * before - twice_cosine * last * before).max(0.0).sqrt()
}
// ANCHOR_END: goertzel

// ANCHOR: telephone
/// The tones of a telephone's rows and columns, in hertz.
const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS: [f64; 3] = [1209.0, 1336.0, 1477.0];

/// What stands on its keys.
const KEYS: [[char; 3]; 4] = [['1', '2', '3'], ['4', '5', '6'], ['7', '8', '9'], ['*', '0', '#']];
// ANCHOR_END: telephone

// ANCHOR: dialled
/// The digits that are heard in a sound of a telephone: `rate` samples a second.
pub fn dialled(sound: &[f32], rate: u32) -> String {
    let strongest = |piece: &[f32], tones: &[f64]| {
        let strength: Vec<f64> = tones.iter().map(|&hertz| goertzel(piece, hertz, f64::from(rate))).collect();
        let best = (0..tones.len()).max_by(|&a, &b| strength[a].total_cmp(&strength[b])).unwrap_or(0);
        (best, strength[best])
    };
    // Pieces of 20 ms; one is a tone if its two strongest frequencies hold most of its energy.
    let piece = rate as usize / 50;
    let key = |piece: &[f32]| {
        let energy: f64 = piece.iter().map(|&x| f64::from(x).powi(2)).sum();
        let ((row, a), (column, b)) = (strongest(piece, &ROWS), strongest(piece, &COLUMNS));
        let heard = 2.0 * (a * a + b * b) / piece.len() as f64;
        (energy > 1e-4 && heard > 0.6 * energy).then(|| KEYS[row][column])
    };
    let keys: Vec<Option<char>> = sound.chunks_exact(piece).map(key).collect();
    // A digit is what two pieces in a row agree on; while one goes on it is one digit.
    let (mut digits, mut held) = (String::new(), None);
    for [now, next] in keys.array_windows() {
        if now.is_none() {
            held = None;
        } else if let Some(key) = now.filter(|_| now == next && held != *now) {
            digits.push(key);
            held = *now;
        }
    }
    digits
}
// ANCHOR_END: dialled

// ANCHOR: cola_hops
/// The hops at which windows of this length add up to the same number everywhere.
pub fn cola_hops(window: Window, length: usize) -> Vec<usize> {
    let values: Vec<f64> = window.values(length, Symmetry::Periodic);
    (1..=length).filter(|&hop| is_cola(&values, hop)).collect()
}
// ANCHOR_END: cola_hops

// ANCHOR: painted
/// A sound whose spectrogram is a picture: dark on white becomes loud in silence.
///
/// # Errors
///
/// If the transform refuses its settings, which are fixed here.
pub fn painted(picture: &Picture, length: usize) -> Result<Vec<f32>, Error> {
    let config = StftConfig { n_fft: 512, hop_length: Some(128), ..StftConfig::default() };
    let stft = Stft::<f32>::new(&config)?;
    let (frames, bins) = (stft.frames(length), stft.bins());
    // From 300 Hz up to 6 kHz, where loudspeakers play and ears hear.
    let (low, high) = (10, bins * 3 / 4);
    let picture = picture.resized(frames, high - low);
    let mut magnitudes = Spectrogram { bins, values: vec![0.0; frames * bins] };
    for (t, frame) in magnitudes.values.chunks_exact_mut(bins).enumerate() {
        for (place, magnitude) in frame[low..high].iter_mut().enumerate() {
            let [red, green, blue] = picture.pixel(t, high - low - 1 - place);
            let dark = 1.0 - (red + green + blue) / 3.0;
            *magnitude = dark * dark;
        }
    }
    let mut sound = griffin_lim(&stft, &magnitudes, length, &GriffinLimConfig::default())?.signal;
    crate::augmentation::set_peak(&mut sound, -6.0);
    Ok(sound)
}
// ANCHOR_END: painted

// ANCHOR: together
/// Several sounds of one thing, heard as one: the mean of their vectors, of length 1.
pub fn together(sounds: &[Vector]) -> Vector {
    unit(&mean(sounds))
}
// ANCHOR_END: together

/// The greatest distance between [`goertzel`] and the definition over some bins of a sound, relative to the greatest
/// magnitude.
fn goertzel_error(sound: &[f32]) -> f64 {
    let spectrum = crate::fourier::magnitude(&crate::fourier::real_fft(
        &sound.iter().map(|x| x.wide()).collect::<Vec<f64>>(),
    ));
    let greatest = spectrum.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let bins = (1..spectrum.len() - 1).step_by(97);
    let hertz = |bin: usize| bin as f64 * f64::from(RATE) / sound.len() as f64;
    bins.map(|bin| (goertzel(sound, hertz(bin), f64::from(RATE)) - spectrum[bin]).abs() / greatest)
        .fold(0.0, f64::max)
}

/// What the solutions print about the length of a piece and the hops of windows.
pub fn of_pieces_and_hops() -> String {
    let mut text = String::from("2. The shortest pieces that part two tones, at 16,000 samples a second:\n");
    for apart in [1000.0, 100.0, 40.0, 10.0] {
        let [none, hann] = [2.0, 4.0].map(|width| least_n_fft(f64::from(RATE), apart, width));
        text += &format!(
            "   {apart:5} Hz apart: {none:5} samples without a window, {hann:5} with a Hann window\n"
        );
    }
    text += "3. Hops at which windows of 32 samples add up evenly:\n";
    for (name, window) in
        [("Hann", Window::Hann), ("Hamming", Window::Hamming), ("Blackman", Window::Blackman)]
    {
        let hops: Vec<String> = cola_hops(window, 32).iter().map(usize::to_string).collect();
        text += &format!("   {name}: {}\n", hops.join(", "));
    }
    text
}

/// What the solution of the project prints.
pub fn of_the_telephone(seed: u64) -> String {
    let mut text = String::from("6. Digits that are heard in sounds of the telephone:\n");
    for index in 0..4 {
        let sound = Kind::Telephone.sound(seed, index);
        text += &format!("   sound {index}: {}\n", dialled(&sound, RATE));
    }
    let error = goertzel_error(&Kind::Telephone.sound(seed, 0));
    text += &format!(
        "   one frequency at a time is the definition to within {}\n",
        if error < 1e-6 { "10⁻⁶" } else { "more than 10⁻⁶" }
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fourier::dft;

    #[test]
    fn exercise_1_a_click_has_every_frequency_and_its_place_in_the_phases() {
        for place in 0..8 {
            let (found, mut signal) = (click(place), [Complex::default(); 8]);
            signal[place] = Complex::new(1.0, 0.0);
            assert!(
                found.iter().zip(dft(&signal)).all(|(a, b)| (a - b).norm() < 1e-12),
                "{place}: {found:?}"
            );
            assert!(found.iter().all(|x| (x.norm() - 1.0).abs() < 1e-12));
        }
        // From one k to the next: 0° at the first place, −45° at the second, −90° at the third.
        for (place, degrees) in [0.0, -45.0, -90.0].into_iter().enumerate() {
            let x = click(place);
            assert!(x.array_windows().all(|[a, b]| ((b / a).arg().to_degrees() - degrees).abs() < 1e-9));
        }
    }

    #[test]
    fn exercise_2_pieces_are_long_enough_and_no_longer() {
        assert_eq!(least_n_fft(16_000.0, 1000.0, 4.0), 64);
        assert_eq!(least_n_fft(16_000.0, 10.0, 4.0), 8192);
    }

    #[test]
    fn exercise_6_one_frequency_alone_is_a_bin_of_the_transform() {
        assert!(goertzel_error(&Kind::Violin.sound(1, 0)) < 1e-6);
    }

    #[test]
    fn exercise_6_dialled_digits_are_heard() {
        let tone = |a: f64, b: f64| -> Vec<f32> {
            let [a, b] = [a, b].map(|hertz| crate::signals::tone(hertz, 16_000.0, 1600));
            a.iter().zip(b).map(|(a, b)| (0.3 * (a + b)) as f32).collect()
        };
        let silence = vec![0.0; 800];
        let sound = [tone(852.0, 1336.0), silence.clone(), tone(697.0, 1209.0), silence, tone(941.0, 1336.0)]
            .concat();
        assert_eq!(dialled(&sound, 16_000), "810");
        assert_eq!(dialled(&Kind::Rain.sound(1, 0), RATE), "");
    }

    #[test]
    fn exercise_3_hann_windows_add_up_at_the_hops_that_divide_them() {
        // Hann: every hop that divides the length, up to half of it.
        assert_eq!(cola_hops(Window::Hann, 32), [1, 2, 4, 8, 16]);
        assert_eq!(cola_hops(Window::Rectangular, 4), [1, 2, 4]);
    }

    #[test]
    fn exercise_4_a_painted_sound_is_loud_where_the_picture_is_dark() {
        let mut picture = Picture::filled(40, 40, [1.0; 3]);
        // Dark in the lower left quarter.
        for y in 20..40 {
            picture.pixels[y * 40 * 3..][..20 * 3].fill(0.0);
        }
        let sound = painted(&picture, 8000).unwrap();
        let energy = |part: &[f32]| part.iter().map(|x| x * x).sum::<f32>();
        assert!(energy(&sound[..3600]) > 20.0 * energy(&sound[4400..]));
    }

    #[test]
    fn exercise_5_several_sounds_are_heard_as_one() {
        let axis = |i: usize| -> Vector { std::array::from_fn(|k| f32::from(u8::from(i == k))) };
        let both = together(&[axis(0), axis(1)]);
        assert!((both[0] - 0.5_f32.sqrt()).abs() < 1e-6 && (both[1] - both[0]).abs() < 1e-6);
    }
}
