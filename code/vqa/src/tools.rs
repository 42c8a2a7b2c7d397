//! What the program does besides the chapter: answering a question about a picture of one's own.

use crate::batch::{Batch, Pictures};
use crate::chapter::looks_of;
use crate::figures::overlaid;
use crate::glimpses::Glimpses;
use crate::network::{Answerer, Network};
use crate::questions::{Drawn, example, split};
use crate::train::Settings;
use crate::words::{answer_names, numbers};
use crate::{Error, GRID, SIDE, trained};
use emoji_world::Picture;
use emoji_world::question::Example;
use lab::{LabError, Options};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Options that leave the record alone.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Tools (these leave the record alone)")]
pub struct Tools {
    /// Answer this question about the picture in this PNG or JPEG file, with the network of the last run
    #[arg(long, num_args = 2, value_names = ["FILE", "QUESTION"], action = clap::ArgAction::Set)]
    #[arg(conflicts_with = "data")]
    pub ask: Vec<String>,
    /// Draw a scene of the test into this PNG file, and name a question about it; --seed N draws another one
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ask", "data"], value_parser = lab::png_file)]
    pub scene: Option<PathBuf>,
    /// Draw where the network looks for its answer into this PNG file
    #[arg(long, value_name = "FILE", requires = "ask", value_parser = lab::png_file)]
    pub looks: Option<PathBuf>,
}

/// Answers that are told.
const TOLD: usize = 3;

/// How many pixels of the file of looks, across and down, show one of the picture.
const ENLARGED: usize = 4;

impl Tools {
    /// Whether one of them is wanted.
    pub fn any(&self) -> bool {
        !self.ask.is_empty() || self.scene.is_some()
    }
}

/// Does what is wanted, and prints what came of it.
///
/// # Errors
///
/// If the question has a word that is not known, the picture cannot be read, the network can be neither read nor
/// trained, or nothing can be written or printed.
pub fn run(options: &Options, tools: &Tools, settings: &Settings) -> Result<(), Error> {
    if let Some(to) = &tools.scene {
        return scene(to, options.seed);
    }
    let [file, question] = &tools.ask[..] else { return Ok(()) };
    // A mistake in the question or a file must not cost a training.
    if !Path::new(file).exists() && Path::new(question).is_file() {
        return Err(Error::Swapped { question: file.clone(), file: question.clone() });
    }
    let words = numbers(question)?;
    let picture = Picture::open(Path::new(file))?.square(SIDE);
    if let Some(to) = &tools.looks {
        record::try_writing_beside(to).map_err(LabError::from)?;
    }
    let mut network = trained::kept_network(options, settings)?;
    let map = network.look(&picture.pixels);
    let batch = Batch::new(Pictures::Maps(map.clone()), vec![0], &[words], vec![0]);
    lab::print(&told(&mut network, &batch, file, question))?;
    if let Some(to) = &tools.looks {
        let sheet = sheet(&picture, &looks_of(&network, map, &batch));
        record::write_atomically(to, &sheet.to_png()).map_err(LabError::from)?;
        lab::print(&format!(
            "{}: the picture, and under it where the first and the second round look\n",
            to.display()
        ))?;
    }
    Ok(())
}

/// Draws a scene of the test, and says a question about it with the right answer.
fn scene(to: &Path, seed: u64) -> Result<(), Error> {
    let Example { scene, question } = example(&split(), Drawn::TEST, seed, 0)?;
    record::write_atomically(to, &scene.render().to_png()).map_err(LabError::from)?;
    let file = to.display();
    lab::print(&format!(
        "{file}: a scene of the test. Ask, for example, `--ask {file} \"{}\"`; the right answer is {}\n",
        question.text, question.answer
    ))?;
    Ok(())
}

fn told(network: &mut Network<Glimpses>, batch: &Batch, file: &str, question: &str) -> String {
    let names = answer_names();
    let mut answers: Vec<(f32, String)> = network.probabilities(batch).into_iter().zip(names).collect();
    answers.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut text = format!("{file}: {question}\n");
    for (probability, answer) in answers.iter().take(TOLD) {
        let _ = writeln!(text, "{answer:10} {probability:.2}");
    }
    text
}

/// The picture enlarged, and in a row for each round its copies, bright where a look goes.
fn sheet(picture: &Picture, looks: &[Vec<f32>; 2]) -> Picture {
    let large = SIDE * ENLARGED;
    let rows: Vec<Vec<Picture>> =
        std::iter::once(vec![picture.clone()])
            .chain(looks.iter().map(|round| {
                round.chunks_exact(GRID * GRID).map(|weights| overlaid(picture, weights)).collect()
            }))
            .collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(1);
    let mut sheet = Picture::filled(columns * large, rows.len() * large, [1.0; 3]);
    for (row, pictures) in rows.iter().enumerate() {
        for (column, picture) in pictures.iter().enumerate() {
            for i in 0..large * large {
                let (x, y) = (i % large, i / large);
                let to = ((row * large + y) * sheet.width + column * large + x) * 3;
                sheet.pixels[to..to + 3].copy_from_slice(&picture.pixel(x / ENLARGED, y / ENLARGED));
            }
        }
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_has_the_picture_and_a_row_a_round() {
        let picture = Picture::filled(SIDE, SIDE, [0.8, 0.4, 0.0]);
        let mut looks = [vec![0.0; 4 * GRID * GRID], vec![1.0; 4 * GRID * GRID]];
        looks[0][0] = 1.0;
        let sheet = sheet(&picture, &looks);
        assert_eq!((sheet.width, sheet.height), (4 * 224, 3 * 224));
        assert_eq!(sheet.pixel(10, 10), [0.8, 0.4, 0.0]);
        assert_eq!(sheet.pixel(300, 10), [1.0; 3]);
        assert_eq!(sheet.pixel(3, 224), [0.8, 0.4, 0.0]);
        assert!(sheet.pixel(100, 300)[0] < 0.3);
        assert_eq!(sheet.pixel(800, 600), [0.8, 0.4, 0.0]);
    }
}
