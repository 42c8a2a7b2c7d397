//! The chapter's tables.

use crate::batch::Batch;
use crate::evaluate::{Evaluation, Shares};
use crate::one_dimension::{self, Moment};
use crate::players::Players;
use crate::sentence_encoder::{SentenceEncoder, Vectors};
use crate::words::{numbers, vocabulary};
use crate::{Error, SENTENCE, SIDE};
use lab::table::over_seeds;
use std::fmt::Write;

/// Shares of pictures on sentences that training has shown and on those that it has not, a row a generator.
pub fn results(rows: &[(&str, &[Evaluation])]) -> String {
    let mut table =
        format!("{:34} {:>7} {:>7} {:>13} {:>9}\n", "judged right", "kind", "colour", "both", "diversity");
    for (name, evaluations) in rows {
        for (title, held_out) in [("shown in training", false), ("never shown", true)] {
            let all: Vec<Shares> = evaluations.iter().map(|one| one.mean(held_out)).collect();
            let over = |of: fn(&Shares) -> f64| all.iter().map(of).collect::<Vec<f64>>();
            let percent = |of| 100.0 * record::mean(&over(of));
            let both = over(|shares| 100.0 * shares.both);
            let _ = writeln!(
                table,
                "{:34} {:>5.1} % {:>5.1} % {:>13} {:>9.2}",
                format!("{name}, {title}"),
                percent(|shares| shares.kind),
                percent(|shares| shares.colour),
                format!("{} %", over_seeds(&both, 1)),
                record::mean(&over(|shares| shares.diversity))
            );
        }
    }
    table
}

/// The ablations: a row a game, means and standard deviations over the seeds.
pub fn ablation(rows: &[(&str, &[Evaluation])]) -> String {
    let mut table = format!(
        "{:31} {:>13} {:>13} {:>9} {:>9} {:>7}\n",
        "both right", "shown", "never shown", "sentence", "diversity", "Fréchet"
    );
    for (title, evaluations) in rows {
        let over = |of: &dyn Fn(&Evaluation) -> f64| evaluations.iter().map(of).collect::<Vec<f64>>();
        let share = |held_out: bool| {
            let all = over(&|one| 100.0 * one.mean(held_out).both);
            format!("{} %", over_seeds(&all, 1))
        };
        let _ = writeln!(
            table,
            "{title:31} {:>13} {:>13} {:>7.1} % {:>9.2} {:>7.2}",
            share(false),
            share(true),
            record::mean(&over(&|one| 100.0 * one.whole)),
            record::mean(&over(&|one| one.mean(false).diversity)),
            record::mean(&over(&|one| one.frechet))
        );
    }
    table
}

/// How the game in one dimension goes, clean and with a leak.
pub fn one_dimension(clean: &[Moment], leaky: &[Moment]) -> String {
    let mut table = format!(
        "{:>6} {:>10} {:>10} {:>12} {:>12}\n{:>6} {:>10} {:>10} {:>12} {:>12}\n",
        "", "distance", "", "believed", "", "step", "clean", "leaky", "clean", "leaky"
    );
    for (clean, leaky) in clean.iter().zip(leaky) {
        let _ = writeln!(
            table,
            "{:>6} {:>10.2} {:>10.2} {:>12.2} {:>12.2}",
            clean.step,
            clean.distance,
            leaky.distance,
            one_dimension::where_the_heaps_are(clean),
            one_dimension::where_the_heaps_are(leaky)
        );
    }
    table
}

/// What the discriminator says of pictures with each of some sentences: a row a picture, and before it what it is.
///
/// # Errors
///
/// If a sentence has an unknown word.
pub fn opinions(
    players: &Players,
    pictures: &[(String, Vec<f32>)],
    sentences: &[&str],
) -> Result<String, Error> {
    let mut table = format!("{:26}", "");
    for sentence in sentences {
        let _ = write!(table, " {sentence:>15}");
    }
    table.push('\n');
    for (name, pixels) in pictures {
        let _ = write!(table, "{name:26}");
        for sentence in sentences {
            let judged = players.believes(pixels, sentence)?;
            let mean = judged.iter().map(|p| f64::from(*p)).sum::<f64>() / judged.len().max(1) as f64;
            let _ = write!(table, " {mean:>15.2}");
        }
        table.push('\n');
    }
    Ok(table)
}

/// What the discriminator believed in the course of a game: a row a moment.
pub fn believed(steps: &[usize], believed: &[[f64; 3]]) -> String {
    let mut table =
        format!("{:>6} {:>14} {:>14} {:>8}\n", "step", "real and right", "real and wrong", "painted");
    for (step, [right, wrong, painted]) in steps.iter().zip(believed) {
        let _ = writeln!(table, "{step:>6} {right:>14.2} {wrong:>14.2} {painted:>8.2}");
    }
    table
}

/// What a batch has.
pub fn batch(batch: &Batch) -> String {
    format!(
        "{} numbers, {} sentences, {} wrong ones\n",
        batch.pixels.len(),
        batch.right.len(),
        batch.wrong.len()
    )
}

/// The words of sentences, as the sentence encoder gets them.
///
/// # Errors
///
/// If one is unknown.
pub fn words(sentences: &[&str]) -> Result<String, Error> {
    let mut text = String::new();
    for sentence in sentences {
        let words: Vec<&str> =
            numbers(sentence)?.into_iter().map(|word| vocabulary()[word].as_str()).collect();
        let _ = writeln!(text, "{words:?}");
    }
    Ok(text)
}

/// The lengths of words' vectors in the encoder's table: what a word counts for in a sum.
///
/// # Errors
///
/// If a word is unknown.
pub fn lengths(encoder: &SentenceEncoder, words: &[&str]) -> Result<String, Error> {
    let table = encoder.table.as_vec();
    let mut text = String::new();
    for word in words {
        for number in numbers(word)? {
            let row = &table[number * SENTENCE..][..SENTENCE];
            let _ = writeln!(text, "{word:16} {:.2}", row.iter().map(|x| x * x).sum::<f32>().sqrt());
        }
    }
    Ok(text)
}

/// The cosines of sentences' vectors with each other, as a table.
pub fn cosines(sentences: &[&str], vectors: &Vectors) -> String {
    let numbers = vectors.as_vec();
    let (rows, _) = numbers.as_chunks::<SENTENCE>();
    let product = |a: &[f32; SENTENCE], b: &[f32; SENTENCE]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let mut table = String::new();
    for (sentence, a) in sentences.iter().zip(rows) {
        let _ = write!(table, "{sentence:34}");
        for b in rows {
            let _ = write!(table, " {:>5.2}", product(a, b) / (product(a, a) * product(b, b)).sqrt());
        }
        table.push('\n');
    }
    table
}

/// A picture of noise, and one of a single colour: what no sentence is true of.
pub fn no_pictures(count: usize) -> Vec<(String, Vec<f32>)> {
    let size = count * SIDE * SIDE * 3;
    let noise =
        crate::noise::normal(size, 5, 0).into_iter().map(|x| (0.5 + 0.25 * x).clamp(0.0, 1.0)).collect();
    vec![("noise".to_owned(), noise), ("nothing but grey".to_owned(), vec![0.5; size])]
}
