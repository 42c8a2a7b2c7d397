//! Questions to the trained model on the command line: words, or a picture of one's own.

use crate::model::Model;
use crate::names::Names;
use crate::space::{Vector, nearest};
use crate::train::Settings;
use crate::{Error, SIDE, trained, views};
use emoji_world::{Picture, emoji};
use lab::Options;
use std::path::PathBuf;

/// How many answers are printed.
const SHOWN: usize = 5;

/// Options that ask the model of the last full run, and leave the record alone.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(
    next_help_heading = "Tools (these use the trained model, train one where there is none, and leave the record alone)"
)]
pub struct Tools {
    /// Print the emoji nearest to these words, for example "red apple"
    #[arg(long, value_name = "TEXT", conflicts_with = "data")]
    pub words: Option<String>,
    /// Print the names nearest to the picture in this PNG or JPEG file
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    pub picture: Option<PathBuf>,
}

impl Tools {
    /// Whether one of them is wanted.
    pub fn any(&self) -> bool {
        self.words.is_some() || self.picture.is_some()
    }
}

/// Does what is wanted.
///
/// # Errors
///
/// If a word is in no emoji's name, the file is no picture, the model can be neither read nor trained, or nothing can
/// be printed.
pub fn run(options: &Options, tools: &Tools, settings: &Settings) -> Result<(), Error> {
    let names = Names::of_emoji()?;
    // What is asked is read first: a mistake in it must not cost a training.
    let bag = tools.words.as_deref().map(|text| names.bag(text)).transpose()?;
    let picture = tools.picture.as_deref().map(Picture::open).transpose()?;
    let mut model = trained::kept(options, settings, &names)?;
    if let (Some(text), Some(bag)) = (&tools.words, bag) {
        let all: Vec<usize> = (0..names.bags.len()).collect();
        let pictures = model.embed_pictures(&views::plain(&all));
        lab::print(&format!(
            "The emoji nearest to {text:?}:\n{}\n",
            answers(&of_words(&model, &bag), &pictures)
        ))?;
    }
    if let (Some(file), Some(picture)) = (&tools.picture, picture) {
        let vector = of_picture(&mut model, &picture);
        let names = model.embed_names(&names.all());
        lab::print(&format!("The names nearest to {}:\n{}\n", file.display(), answers(&vector, &names)))?;
    }
    Ok(())
}

/// The vector of words.
fn of_words(model: &Model, bag: &[u32]) -> Vector {
    model.embed_names(&[bag])[0]
}

/// The vector of a picture of any size: of its largest centred square, at the size that the network sees.
fn of_picture(model: &mut Model, picture: &Picture) -> Vector {
    model.embed_pictures(&picture.square(SIDE).pixels)[0]
}

/// The emoji whose vectors are nearest, a line each, with their cosines.
fn answers(query: &Vector, candidates: &[Vector]) -> String {
    let line = |(id, cosine): (usize, f32)| {
        let emoji = &emoji::all()[id];
        format!("  {cosine:>6.3}  {}  {}\n", emoji.character, emoji.name)
    };
    nearest(query, candidates, SHOWN).into_iter().map(line).collect()
}
