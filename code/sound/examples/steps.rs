//! The chapter's steps in the order of its pages, as one program; each is a cell of the notebook.
//!
//! `cargo run --release -p sound --example sound-steps`

use sound::Waveform;
use sound::augmentation::Augmentation;
use sound::eight_points::{Example, SQUARE};
use sound::evaluate::ConfusionMatrix;
use sound::features::LogMel;
use sound::fourier::{Complex, dft_matrix, fft, magnitude, matrix_times_vector};
use sound::griffin_lim::{GriffinLimConfig, griffin_lim};
use sound::joint_embedding::{self, model::Model, names::Names};
use sound::mel::MelScale;
use sound::signals::{alias, glide, tone};
use sound::stft::{Stft, StftConfig, magnitudes};
use sound::synthesis::{Kind, RATE};
use sound::train::{self, Examples, Settings};
use sound::window::{Symmetry, Window};
use sound::{figures, report, space};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // ANCHOR: sampling
    let (low, high) = (tone(1000.0, 8000.0, 8), tone(7000.0, 8000.0, 8));
    println!("{low:+.2?}\n{high:+.2?}");
    println!("7000 Hz are heard at {} Hz", alias(7000.0, 8000.0));
    let rising: Vec<f32> = glide(0.0, 8000.0, 16_000.0, 32_000).iter().map(|&x| 0.5 * x as f32).collect();
    Waveform::mono(8000, rising.iter().copied().step_by(2).collect())?.play("a tone that rises and falls")?;
    // ANCHOR_END: sampling

    // ANCHOR: eight
    println!("{}", Example::of(SQUARE).table());
    // ANCHOR_END: eight

    // ANCHOR: three_ways
    let signal: Vec<Complex<f64>> = tone(3.0, 60.0, 60).iter().map(|&x| Complex::new(x, 0.0)).collect();
    let by_matrix = matrix_times_vector(&dft_matrix(60), &signal)?;
    let fast = fft(&signal);
    let apart = by_matrix.iter().zip(&fast).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
    println!("the same to within 10⁻¹²: {}", apart < 1e-12);
    println!("the magnitude of wave 3 is {:.1}", magnitude(&fast)[3]);
    // ANCHOR_END: three_ways

    // ANCHOR: window
    let hann: Vec<f64> = Window::Hann.values(8, Symmetry::Periodic);
    println!("{hann:.2?}");
    // ANCHOR_END: window

    // ANCHOR: stft
    let cat = Kind::Cat.sound(1, 0);
    Waveform::mono(RATE, cat.clone())?.play(Kind::Cat.description())?;
    let stft = Stft::<f32>::new(&StftConfig { n_fft: 512, hop_length: Some(128), ..StftConfig::default() })?;
    let spectrogram = stft.forward(&cat)?;
    println!("{} samples, {} frames of {} bins", cat.len(), spectrogram.frames(), spectrogram.bins);
    // ANCHOR_END: stft

    // ANCHOR: inverse
    let back = stft.inverse(&spectrogram, Some(cat.len()))?;
    let [before, after] =
        [&cat, &back].map(|signal| signal.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>());
    println!("the error is {:.0} dB below the cat", report::snr(&before, &after));
    // ANCHOR_END: inverse

    // ANCHOR: mel
    for scale in [MelScale::Slaney, MelScale::Htk] {
        let mel = |hertz: f64| scale.mel_of(hertz);
        println!(
            "{scale:?}: 500 Hz {:.1}, 1000 Hz {:.1}, 2000 Hz {:.1}",
            mel(500.0),
            mel(1000.0),
            mel(2000.0)
        );
    }
    // ANCHOR_END: mel

    // ANCHOR: griffin_lim
    let rebuilt = griffin_lim(&stft, &magnitudes(&spectrogram), cat.len(), &GriffinLimConfig::default())?;
    println!("distance {:.2} at first, {:.2} at last", rebuilt.convergence[0], rebuilt.convergence[31]);
    Waveform::mono(RATE, rebuilt.signal.clone())?.play("a cat with a little roughness")?;
    // ANCHOR_END: griffin_lim

    // ANCHOR: kinds
    let one_of_each = Kind::ALL.map(|kind| (kind, kind.sound(1, 0)));
    figures::kinds(&one_of_each)?.show();
    // ANCHOR_END: kinds

    // ANCHOR: versions
    let heard = train::heard(Kind::Bell, 0, &Augmentation::default(), 1)?;
    Waveform::mono(RATE, heard.clone())?.play("a bell in some room, behind some noise")?;
    println!("its picture: {} numbers", LogMel::new()?.picture(&heard)?.values.len());
    // ANCHOR_END: versions

    // ANCHOR: train
    let settings = Settings { sounds_per_kind: 40, epochs: 10, ..Settings::default() };
    let usual = Augmentation::default();
    let examples = Examples::of_emoji(settings.sounds_per_kind, &usual, 1)?;
    let tests = Examples::of_emoji(5, &usual, 2)?;
    let mut namer = train::classify::<22>(&examples, &settings, |epoch, loss| {
        println!("epoch {}: loss {loss:.2}", epoch + 1);
    })?;
    let found = ConfusionMatrix::count(&namer.hear(&tests.pictures), &tests.labels, 22);
    println!("{:.0} % of {} new sounds are named rightly", 100.0 * found.accuracy(), tests.count());
    // ANCHOR_END: train

    // ANCHOR: align
    let names: Names = Names::of_emoji()?;
    let mut model: Model = {
        let brief = joint_embedding::train::Settings { epochs: 15, ..Default::default() };
        joint_embedding::train::train(&names, &brief, |_, _| Ok(()))?
    };
    let pictures = space::pictures(&mut model, 10, 99)?;
    let mut ear = train::align(&examples, &pictures, 0.05, &settings, |_, _| ())?;
    // ANCHOR_END: align

    // ANCHOR: emergent
    let words = space::names(&model)?;
    for (kind, sound) in Kind::ALL.into_iter().zip(space::sounds(&mut ear, &tests.pictures)) {
        let (word, cosine) = joint_embedding::space::nearest(&sound, &words, 1)[0];
        println!("{} is heard as {} ({cosine:.2})", kind.with_article(), Kind::ALL[word].emoji().name);
    }
    // ANCHOR_END: emergent
    Ok(())
}
