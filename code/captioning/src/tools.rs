//! What the program does besides the chapter: scoring files of captions, writing about a picture of one's
//! own, and failing on purpose.

use crate::beam_search::beam;
use crate::captions::{self, Part, Test};
use crate::coco::{self, Captioned, ImageId};
use crate::evaluate::BEAM;
use crate::metrics::{self, Corpus, LONGEST, Measured, Scores};
use crate::tokeniser::tokenise;
use crate::train::Settings;
use crate::vocabulary::Vocabulary;
use crate::{Error, SIDE, chapter, trained};
use emoji_world::Picture;
use lab::{LabError, Options};
use serde::Serialize;
use std::path::PathBuf;

/// Options that leave the record alone.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Tools (these leave the record alone)")]
pub struct Tools {
    /// Score captions against references, both in COCO's formats: results, and annotations
    #[arg(long, num_args = 2, value_names = ["HYPOTHESES", "REFERENCES"])]
    #[arg(action = clap::ArgAction::Set, conflicts_with = "data")]
    pub score: Vec<PathBuf>,
    /// Take the captions as tokens with blanks between them, and do not tokenise
    #[arg(long, requires = "score")]
    pub tokenised: bool,
    /// Print the scores as JSON, in full and of every image too
    #[arg(long, requires = "score")]
    pub json: bool,
    /// Write a sentence about the picture in this PNG or JPEG file, with the model of the last run
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    pub caption: Option<PathBuf>,
    /// Draw a scene of the test into this PNG file, and say what is on it; --seed N draws another one
    #[arg(long, value_name = "FILE", conflicts_with = "data", value_parser = lab::png_file)]
    pub scene: Option<PathBuf>,
    /// Train on grey pictures, so that every picture gets the same caption, and say what gives it away
    #[arg(long, conflicts_with = "data")]
    pub same_caption: bool,
}

impl Tools {
    /// Whether one of them is wanted.
    pub fn any(&self) -> bool {
        !self.score.is_empty() || self.scene.is_some() || self.caption.is_some() || self.same_caption
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    corpus: Scores,
    images: Vec<OfImage<'a>>,
}

#[derive(Serialize)]
struct OfImage<'a> {
    image_id: &'a ImageId,
    #[serde(flatten)]
    scores: Scores,
}

/// Does what is wanted, and prints what came of it.
///
/// # Errors
///
/// If the files are not as [`coco::read`] expects, the picture cannot be read, a model can be neither read nor
/// trained, or nothing can be printed.
pub fn run(options: &Options, tools: &Tools, settings: &Settings) -> Result<(), Error> {
    if let [hypotheses, references] = &tools.score[..] {
        lab::print(&scored(hypotheses, references, tools)?)?;
    }
    if let Some(to) = &tools.scene {
        let Test { scene, references } = captions::test(&captions::split(), Part::Test, options.seed)?;
        record::write_atomically(to, &scene.render().to_png()).map_err(LabError::from)?;
        lab::print(&format!("{}: {}\n", to.display(), references.join("; or: ")))?;
    }
    if let Some(file) = &tools.caption {
        // A mistake in the file must not cost a training.
        let picture = Picture::open(file)?.square(SIDE);
        let mut model = trained::kept_network(options, settings)?;
        let found = beam(&mut model, &picture.pixels, BEAM);
        let vocabulary = Vocabulary::of_scenes();
        for found in found {
            let (sentence, score) =
                (vocabulary.sentence(&found.caption.words), found.caption.log_probability);
            lab::print(&format!("{}: {sentence}\n(log-probability {score:.2})\n", file.display()))?;
        }
    }
    if tools.same_caption {
        lab::print(&chapter::same_caption(options, settings)?)?;
    }
    Ok(())
}

fn scored(
    hypotheses: &std::path::Path,
    references: &std::path::Path,
    tools: &Tools,
) -> Result<String, Error> {
    let captioned = coco::read(hypotheses, references)?;
    let corpus = corpus(&captioned, tools.tokenised)?;
    let measured = metrics::score(&corpus);
    Ok(if tools.json { json(&captioned, &measured) } else { table(&corpus, &measured.corpus) })
}

fn corpus(captioned: &[Captioned], tokenised: bool) -> Result<Corpus, Error> {
    let text = |caption: &String| if tokenised { caption.clone() } else { tokenise(caption) };
    Corpus::new(captioned.iter().map(|one| (text(&one.hypothesis), one.references.iter().map(text))))
}

fn json(captioned: &[Captioned], measured: &Measured<Scores>) -> String {
    let images = captioned.iter().zip(&measured.pictures);
    let images = images.map(|(one, &scores)| OfImage { image_id: &one.image, scores }).collect();
    let report = Report { corpus: measured.corpus, images };
    serde_json::to_string_pretty(&report).expect("numbers and strings are JSON") + "\n"
}

fn table(corpus: &Corpus, scores: &Scores) -> String {
    let (pictures, references) = (corpus.picture_count(), corpus.reference_count());
    let mut table = format!("images {pictures}, references {references}\n");
    for n in 1..=LONGEST {
        table += &format!("BLEU-{n}   {:.4}\n", scores.bleu[n - 1]);
    }
    table += &format!("ROUGE-L  {:.4}\nCIDEr    {:.4}\n", scores.rouge_l, scores.cider);
    if pictures == 1 {
        table += "CIDEr weighs words by how few images have them; of a single image it is always 0.\n";
    }
    table
}
