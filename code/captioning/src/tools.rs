//! What the program does besides the chapter: scoring files of captions.

use crate::Error;
use crate::coco::{self, Captioned, ImageId};
use crate::metrics::{self, Corpus, LONGEST, Measured, Scores};
use crate::tokeniser::tokenise;
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;

/// Options that score captions.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Tools {
    /// Score captions against references, both in COCO's formats: results, and annotations
    #[arg(long, num_args = 2, value_names = ["HYPOTHESES", "REFERENCES"])]
    #[arg(required = true, action = clap::ArgAction::Set)]
    pub score: Vec<PathBuf>,
    /// Take the captions as tokens with blanks between them, and do not tokenise
    #[arg(long)]
    pub tokenised: bool,
    /// Print the scores as JSON, in full and of every image too
    #[arg(long)]
    pub json: bool,
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

/// Does what is wanted, and prints to `out`.
///
/// # Errors
///
/// If the files are not as [`coco::read`] expects, or nothing can be printed.
pub fn run(tools: &Tools, out: &mut impl Write) -> Result<(), Error> {
    let [hypotheses, references] = &tools.score[..] else {
        return Ok(());
    };
    let captioned = coco::read(hypotheses, references)?;
    let corpus = corpus(&captioned, tools.tokenised)?;
    let measured = metrics::score(&corpus);
    let text = if tools.json { json(&captioned, &measured) } else { table(&corpus, &measured.corpus) };
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Error::Print)
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
