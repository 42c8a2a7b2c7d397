//! What the program does besides the chapter: painting a sentence, asking the discriminator, and collapsing on purpose.

use crate::players::Players;
use crate::train::Settings;
use crate::words::Said;
use crate::{Error, SIDE, chapter, trained};
use emoji_world::Picture;
use lab::{LabError, Options};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Options that leave the record alone.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Tools (these leave the record alone)")]
pub struct Tools {
    /// Paint this sentence eight times, with the generator of the last run, and tell what the discriminator believes
    #[arg(long, value_name = "SENTENCE", conflicts_with = "data")]
    pub paint: Option<String>,
    /// Write the painted pictures into this PNG file
    #[arg(long, value_name = "FILE", requires = "paint", default_value = "painted.png", value_parser = lab::png_file)]
    pub out: PathBuf,
    /// Does the discriminator believe that the picture in this PNG or JPEG file is real, and shows what the sentence says?
    #[arg(long, num_args = 2, value_names = ["FILE", "SENTENCE"], action = clap::ArgAction::Set)]
    #[arg(conflicts_with = "data")]
    pub believe: Vec<String>,
    /// Play a short game without a price on sameness, and see how different the pictures of a sentence are
    #[arg(long, conflicts_with = "data")]
    pub collapse: bool,
}

impl Tools {
    /// Whether one of them is wanted.
    pub fn any(&self) -> bool {
        self.paint.is_some() || !self.believe.is_empty() || self.collapse
    }
}

/// Pictures of a sentence.
const COUNT: usize = 8;

/// Pictures a row of the file.
const COLUMNS: usize = 4;

/// How many pixels of the file, across and down, show one of a picture.
const ENLARGED: usize = 4;

/// Does what is wanted, and prints what came of it.
///
/// # Errors
///
/// If a sentence cannot be painted, a picture cannot be read or written, the players can be neither read nor
/// trained, or nothing can be printed.
pub fn run(options: &Options, tools: &Tools, settings: &Settings) -> Result<(), Error> {
    if let Some(sentence) = &tools.paint {
        // A mistake in the sentence or a file must not cost a game.
        Said::parse(sentence)?;
        record::try_writing_beside(&tools.out).map_err(LabError::from)?;
        let mut players = trained::kept_players(options, settings)?;
        lab::print(&paint(&mut players, sentence, &tools.out, settings.seed)?)?;
    }
    if let [file, sentence] = &tools.believe[..] {
        Said::parse(sentence)?;
        let picture = Picture::open(Path::new(file))?.square(SIDE);
        let players = trained::kept_players(options, settings)?;
        lab::print(&believed(&players, &picture, file, sentence)?)?;
    }
    if tools.collapse {
        lab::print(&chapter::collapsed(options, settings)?)?;
    }
    Ok(())
}

fn paint(players: &mut Players, sentence: &str, file: &Path, seed: u64) -> Result<String, Error> {
    let pictures = players.paint(sentence, COUNT, seed)?;
    let believed = players.believes(&pictures, sentence)?;
    record::write_atomically(file, &contact_sheet(&pictures).to_png()).map_err(LabError::from)?;
    let mut text = format!("{}: {COUNT} pictures of {sentence:?}\n", file.display());
    let believed: Vec<String> = believed.iter().map(|p| format!("{p:.2}")).collect();
    let _ =
        writeln!(text, "the discriminator takes them for real, and for right, with {}", believed.join(" "));
    Ok(text)
}

/// What the discriminator says of a picture: with the sentence, and with others.
fn believed(players: &Players, picture: &Picture, file: &str, sentence: &str) -> Result<String, Error> {
    let probability = |sentence: &str| -> Result<f32, Error> {
        Ok(players.believes(&picture.pixels, sentence)?.first().copied().unwrap_or_default())
    };
    let mut text =
        format!("{file}: real, and {sentence:?}, with a probability of {:.2}\n", probability(sentence)?);
    let mut others: Vec<(String, f32)> = Vec::new();
    for (kind, colour) in crate::pairs::combinations() {
        let other = crate::pairs::phrase(kind, colour);
        let found = probability(&other)?;
        others.push((other, found));
    }
    others.sort_by(|a, b| b.1.total_cmp(&a.1));
    let best: Vec<String> = others.iter().take(3).map(|(other, p)| format!("{other:?} {p:.2}")).collect();
    let _ = writeln!(text, "the sentences that it believes most: {}", best.join(", "));
    Ok(text)
}

/// Pictures in rows, enlarged.
fn contact_sheet(pictures: &[f32]) -> Picture {
    let each = SIDE * SIDE * 3;
    let count = pictures.len() / each;
    let (columns, rows) = (COLUMNS.min(count), count.div_ceil(COLUMNS));
    let mut sheet = Picture::filled(columns * SIDE * ENLARGED, rows * SIDE * ENLARGED, [1.0; 3]);
    for y in 0..sheet.height {
        for x in 0..sheet.width {
            let (column, row) = (x / (SIDE * ENLARGED), y / (SIDE * ENLARGED));
            let place = row * COLUMNS + column;
            if place < count {
                let (x_in, y_in) = (x / ENLARGED % SIDE, y / ENLARGED % SIDE);
                let from = place * each + (y_in * SIDE + x_in) * 3;
                let to = (y * sheet.width + x) * 3;
                sheet.pixels[to..to + 3].copy_from_slice(&pictures[from..from + 3]);
            }
        }
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_has_every_picture_enlarged_in_its_place() {
        let each = SIDE * SIDE * 3;
        let pictures: Vec<f32> = (0..6).flat_map(|i| vec![i as f32 / 10.0; each]).collect();
        let sheet = contact_sheet(&pictures);
        assert_eq!((sheet.width, sheet.height), (4 * 32 * 4, 2 * 32 * 4));
        assert_eq!(sheet.pixel(3 * 128 + 5, 127), [0.3; 3]);
        assert_eq!(sheet.pixel(127, 128), [0.4; 3]);
        assert_eq!(sheet.pixel(400, 200), [1.0; 3]);
    }
}
