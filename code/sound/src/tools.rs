//! What the program does besides the chapter: drawing a file's spectrogram, and telling what is to be heard in it.

use crate::evaluate::answer;
use crate::features::LogMel;
use crate::own_data::pieces;
use crate::synthesis::Kind;
use crate::train::Settings;
use crate::trained::{self, Listener};
use crate::{Error, Waveform, figures, space, wav};
use joint_embedding::space::{Vector, nearest};
use joint_embedding::views;
use lab::{LabError, Options};
use std::path::{Path, PathBuf};

/// Options that leave the record alone.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Tools (these leave the record alone)")]
pub struct Tools {
    /// Draw the waveform and the spectrogram of this WAV file
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    pub spectrogram: Option<PathBuf>,
    /// Write the drawing into this SVG file
    #[arg(long, value_name = "FILE", requires = "spectrogram", default_value = "spectrogram.svg", value_parser = lab::svg_file)]
    pub out: PathBuf,
    /// What is to be heard in this WAV file? Asks the networks of the last run
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    pub hear: Option<PathBuf>,
}

/// Answers that are told.
const TOLD: usize = 3;

impl Tools {
    /// Whether one of them is wanted.
    pub fn any(&self) -> bool {
        self.spectrogram.is_some() || self.hear.is_some()
    }
}

/// Does what is wanted, and prints what came of it.
///
/// # Errors
///
/// If a file cannot be read or written, the networks can be neither read nor trained, or nothing can be printed.
pub fn run(options: &Options, tools: &Tools, settings: &Settings) -> Result<(), Error> {
    if let Some(file) = &tools.spectrogram {
        let sound = wav::read(file)?;
        let svg = drawn(&sound, file)?;
        record::write_atomically(&tools.out, svg.as_bytes()).map_err(LabError::from)?;
        let text = format!(
            "{}: {:.2} s, {} samples a second, {}\ndrawn in {}\n",
            file.display(),
            sound.seconds(),
            sound.rate(),
            match sound.channels().len() {
                1 => "1 channel".to_owned(),
                channels => format!("{channels} channels, drawn as their mean"),
            },
            tools.out.display()
        );
        lab::print(&text)?;
    }
    if let Some(file) = &tools.hear {
        // A mistake in the file must not cost a training.
        let sound = wav::read(file)?;
        let mut listener = trained::kept_listener(options, settings)?;
        lab::print(&told(&mut listener, &sound, file)?)?;
    }
    Ok(())
}

/// The drawing of a file, on white: no page is behind it.
fn drawn(sound: &Waveform, file: &Path) -> Result<String, Error> {
    let title = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let figure = figures::of_file(&title, &sound.to_mono(), sound.rate())?;
    let ground = r#"<rect width="100%" height="100%" fill="white"/>"#;
    // The first tag is the drawing's own.
    Ok(match figure.svg.find("<svg").and_then(|tag| figure.svg[tag..].find('>').map(|end| tag + end + 1)) {
        Some(end) => format!("{}{ground}{}", &figure.svg[..end], &figure.svg[end..]),
        None => figure.svg,
    })
}

fn told(listener: &mut Listener, sound: &Waveform, file: &Path) -> Result<String, Error> {
    let log_mel = LogMel::new()?;
    let pictures = listener.model.embed_pictures(&views::test(&Kind::ALL.map(|kind| kind.emoji().id)));
    let words = space::names(&listener.model)?;
    let mut text = format!("{}\n", file.display());
    for (second, piece) in pieces(sound)?.iter().enumerate() {
        let picture = log_mel.picture(piece)?.values;
        let (named, probability) = answer(&listener.namer.hear(&picture));
        let place = space::sounds(&mut listener.ear, &picture)[0];
        text += &format!(
            "piece {}: named {} ({probability:.2})\n  nearest pictures: {}\n  nearest words: {}\n",
            second + 1,
            Kind::ALL[named].name(),
            list(&place, &pictures),
            list(&place, &words)
        );
    }
    Ok(text)
}

fn list(place: &Vector, all: &[Vector]) -> String {
    let near = nearest(place, all, TOLD);
    let one = |(kind, cosine): &(usize, f32)| format!("{} {cosine:.2}", Kind::ALL[*kind].emoji().name);
    near.iter().map(one).collect::<Vec<_>>().join(", ")
}
