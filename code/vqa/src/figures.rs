//! The chapter's figures.

use crate::glimpses::LOOKS;
use crate::streams::{Course, EVERY};
use crate::{Error, GRID};
use emoji_world::{Object, Picture, Scene};
use lab::cards::{Card, Cards};
use lab::chart::{self, Axes, Bar, Series};
use lab::figure::{COLOURS, Figure, Inset, WIDTH, in_thirds, label_style, lines_of};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// How bright a picture is where nobody looks.
const DARK: f32 = 0.25;

/// The picture where a look is, dark where it is not; `weights` are GRID × GRID numbers from 0 to 1.
pub fn overlaid(picture: &Picture, weights: &[f32]) -> Picture {
    picture.lit(weights, GRID, DARK)
}

/// Cards in rows, with room for as many lines as the longest has.
fn in_rows(
    name: &str,
    cards: &[Card],
    (columns, side): (usize, u32),
    caption: &str,
    alt: &str,
) -> Result<Figure, Error> {
    let lines = cards.iter().map(|card| card.lines.len()).max().unwrap_or(0) as i32;
    let layout = Cards { columns, side, above: 6, below: 10 + 17 * lines, bottom: 4 };
    Ok(layout.paint(name, cards, caption, alt)?)
}

/// Scenes with a question and an answer under each.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn questions(name: &str, asked: &[(Picture, String, String)], caption: &str) -> Result<Figure, Error> {
    let told: Vec<String> =
        asked.iter().map(|(_, question, answer)| format!("{question} {answer}")).collect();
    let alt = format!("{} scenes, each with a question and an answer: {}.", asked.len(), told.join("; "));
    let shown: Vec<Card> = asked
        .iter()
        .map(|(picture, question, answer)| {
            let mut lines = lines_of(question, 23);
            lines.push(answer.clone());
            Card { png: picture.to_png(), lines }
        })
        .collect();
    in_rows(name, &shown, (4, 112), caption, &alt)
}

/// Where both rounds of glimpses look: the picture, and copies of it, bright where each look is.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn looks(
    name: &str,
    scene: &Scene,
    question: &str,
    said: &str,
    weights: &[Vec<f32>; 2],
) -> Result<Figure, Error> {
    let picture = &scene.render();
    let mut shown = Vec::new();
    let mut told = Vec::new();
    for (round, weights) in weights.iter().enumerate() {
        let title = if round == 0 { "the picture".to_owned() } else { String::new() };
        shown.push(Card { png: picture.to_png(), lines: vec![title] });
        for (look, weights) in weights.chunks_exact(GRID * GRID).take(LOOKS).enumerate() {
            let name = format!("{}, look {}", ["first round", "second round"][round], look + 1);
            let sum: f32 = weights.iter().sum();
            told.extend(looked_at(&format!("In the {name}"), weights, scene));
            let png = overlaid(picture, weights).to_png();
            shown.push(Card { png, lines: vec![format!("{name}: {sum:.1}")] });
        }
    }
    let alt = format!(
        "A scene, and {} copies of it, bright where a look goes when the network is asked \"{question}\". It says {said}. {}{}.",
        2 * LOOKS,
        told.join(". "),
        match told.len() {
            0 => "No look takes more than a little",
            all if all == 2 * LOOKS => "",
            _ => ". The other looks take hardly anything",
        }
    );
    let caption = format!(
        "Where the network looks when it is asked *{question}* It says *{said}*. Each copy of the picture is as bright as \
         the weights of a look are large; below it stands their sum."
    );
    in_rows(name, &shown, (1 + LOOKS, 116), &caption, &alt)
}

/// What a look lies on, in words: the things whose boxes hold a tenth of its weights or more. Nothing for a look that
/// takes hardly anything.
fn looked_at(name: &str, weights: &[f32], scene: &Scene) -> Option<String> {
    const HARDLY: f32 = 0.5;
    let sum: f32 = weights.iter().sum();
    if weights.iter().all(|weight| *weight < HARDLY) {
        return None;
    }
    let side = scene.side as f32;
    let held = |object: &&Object| object.bounds.weight_inside(weights, scene.side, GRID) > 0.1 * sum;
    // Those that words cannot tell apart are counted.
    let mut things: Vec<(&Object, &str, usize)> = Vec::new();
    for object in scene.objects.iter().filter(held) {
        let (x, y) = object.centre();
        let place = in_thirds(f64::from(x / side), f64::from(1.0 - y / side));
        match things.iter_mut().find(|(other, there, _)| other.name() == object.name() && *there == place) {
            Some((.., count)) => *count += 1,
            None => things.push((object, place, 1)),
        }
    }
    let what = things.iter().map(|(object, place, count)| match count {
        1 => format!("the {} {place}", object.name()),
        _ => format!("{count} {} {place}", object.plural()),
    });
    let what = what.collect::<Vec<_>>().join(" and ");
    let what = if what.is_empty() { "no thing alone" } else { &what };
    Some(format!("{name} lies on {what} (sum {sum:.1})"))
}

/// What an eye sees in a scene: a name at every location where it sees the middle of something.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn pointed(picture: &Picture, names: &[(usize, String)]) -> Result<Figure, Error> {
    const CELL: i32 = 52;
    const SHOWN: i32 = CELL * GRID as i32;
    let left = (WIDTH as i32 - SHOWN) / 2;
    let told: Vec<String> = names
        .iter()
        .map(|(location, name)| {
            format!("{name} in row {}, column {}", location / GRID + 1, location % GRID + 1)
        })
        .collect();
    let alt = format!(
        "A scene under a grid of {GRID} by {GRID} squares. In the squares where the eye sees the middle of something stands its name: {}.",
        told.join("; ")
    );
    let caption = format!(
        "What the eye says of a scene of the test: a name in each of the {GRID} × {GRID} locations in which it sees the \
         middle of something, and nothing in the others."
    );
    // The grid lies over the picture, which lies over what is painted: so the grid is a picture, too.
    let mut enlarged = picture.resized(SHOWN as usize, SHOWN as usize);
    for i in 0..(SHOWN * SHOWN) as usize {
        let (x, y) = (i as i32 % SHOWN, i as i32 / SHOWN);
        if x % CELL == 0 || y % CELL == 0 {
            enlarged.pixels[3 * i..3 * i + 3].iter_mut().for_each(|value| *value *= 0.6);
        }
    }
    let inset =
        Inset { png: enlarged.to_png(), at: (left, 8), size: (SHOWN as u32, SHOWN as u32), pixelated: false };
    let height = SHOWN as u32 + 24 + 20 * names.len() as u32;
    let figure = Figure::paint("pointed", (WIDTH, height), &caption, &alt, |canvas| {
        for (line, text) in (0..).zip(&told) {
            let style = label_style().pos(Pos::new(HPos::Center, VPos::Center));
            canvas.draw(&Text::new(text.clone(), (WIDTH as i32 / 2, SHOWN + 26 + 20 * line), style))?;
        }
        Ok(())
    })?;
    Ok(figure.with_insets(&[inset]))
}

/// The loss over the steps, a line a network.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn training(runs: &[(&str, &[f64], usize)]) -> Result<Figure, Error> {
    let series: Vec<Series> =
        runs.iter().map(|(name, losses, every)| Series::every(*every as f64, *name, losses)).collect();
    let ends: Vec<String> =
        runs.iter().filter_map(|(name, losses, _)| Some(format!("{name} {:.2}", losses.last()?))).collect();
    let alt =
        format!("The loss of {} networks falls as they learn. At the end: {}.", runs.len(), ends.join(", "));
    let caption = "What an answer of training costs, over the steps of training (seed 1).";
    let axes = Axes { x: "steps".into(), y: "loss, nats a question".into(), logarithmic: false };
    Ok(Figure::paint("training", (WIDTH, 500), caption, &alt, |canvas| chart::lines(canvas, &axes, &series))?)
}

/// Bars of shares in percent.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn bars(name: &str, shares: &[(String, f64)], caption: &str, what: &str) -> Result<Figure, Error> {
    let told: Vec<String> = shares.iter().map(|(label, share)| format!("{label} {share:.1} %")).collect();
    let alt = format!("{what}: {}.", told.join("; "));
    let bars: Vec<Bar> = shares
        .iter()
        .map(|(label, share)| Bar {
            label: label.clone(),
            length: *share,
            number: format!("{share:.1} %"),
            colour: 0,
        })
        .collect();
    let height = chart::bars_height(bars.len());
    Ok(Figure::paint(name, (WIDTH, height), caption, &alt, |canvas| chart::bars(canvas, &bars, 100.0))?)
}

/// Which number was said for which: `counts[right][said]`.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn counts(counts: &[Vec<usize>]) -> Result<Figure, Error> {
    const CELL: i32 = 48;
    let left = (WIDTH as i32 - CELL * counts.len() as i32) / 2;
    let shares: Vec<Vec<f64>> = counts
        .iter()
        .map(|row| {
            let all = row.iter().sum::<usize>().max(1) as f64;
            row.iter().map(|count| *count as f64 / all).collect()
        })
        .collect();
    let told: Vec<String> = shares
        .iter()
        .enumerate()
        .map(|(right, row)| {
            format!("where {right} is right it is said {:.0} % of the time", 100.0 * row[right])
        })
        .collect();
    let alt = format!(
        "A square of {} rows, the right number, and as many columns, the number said; the darker, the more often. {}.",
        counts.len(),
        told.join("; ")
    );
    let caption = "How many? A row for each right number, a column for each number said, and in the squares how many of a hundred.";
    let height = 60 + CELL as u32 * counts.len() as u32;
    Ok(Figure::paint("counts", (WIDTH, height), caption, &alt, |canvas| {
        let style = || label_style().pos(Pos::new(HPos::Center, VPos::Center));
        let beside = label_style().pos(Pos::new(HPos::Right, VPos::Center));
        canvas.draw(&Text::new("right".to_owned(), (left - 16, 44), beside.clone()))?;
        canvas.draw(&Text::new("said".to_owned(), (left - 16, 16), beside.clone()))?;
        for (i, row) in (0..).zip(&shares) {
            let y = 56 + CELL * i;
            canvas.draw(&Text::new(i.to_string(), (left - 16, y + CELL / 2), beside.clone()))?;
            canvas.draw(&Text::new(i.to_string(), (left + CELL * i + CELL / 2, 32), style()))?;
            for (j, share) in (0..).zip(row) {
                let corner = (left + CELL * j, y);
                let opposite = (corner.0 + CELL - 2, corner.1 + CELL - 2);
                let colour = COLOURS[usize::from(i != j)];
                canvas.draw(&Rectangle::new([corner, opposite], colour.mix(0.5 * share).filled()))?;
                let text = format!("{:.0}", 100.0 * share);
                canvas.draw(&Text::new(text, (corner.0 + CELL / 2, corner.1 + CELL / 2), style()))?;
            }
        }
        Ok(())
    })?)
}

/// Accuracy of two streams that learn together, with their own picture and with another's.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn streams_accuracy(course: &Course, steps: usize) -> Result<Figure, Error> {
    let line = |name: &str, shares: &[f64]| Series {
        name: name.to_owned(),
        points: shares
            .iter()
            .zip(1..)
            .map(|(share, i)| (f64::from(i) * steps as f64 / shares.len() as f64, 100.0 * share))
            .collect(),
    };
    let series = [line("with its own picture", &course.own), line("with another's picture", &course.swapped)];
    let percent = |shares: &[f64]| {
        let all: Vec<String> = shares.iter().map(|share| format!("{:.0}", 100.0 * share)).collect();
        all.join(", ")
    };
    let alt = format!(
        "Two lines over the steps of training. Right answers in percent after every tenth, with the question's own picture: {}; with the picture of another question of the same type: {}.",
        percent(&course.own),
        percent(&course.swapped)
    );
    let caption = "Both streams learn from nothing, together. What the lower line reaches is reached without the right picture; what lies between the lines comes from it.";
    let axes = Axes { x: "steps".into(), y: "right answers, %".into(), logarithmic: false };
    Ok(Figure::paint("streams_accuracy", (WIDTH, 320), caption, &alt, |canvas| {
        chart::lines(canvas, &axes, &series)
    })?)
}

/// How long the gradients of both streams are as they learn together.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn streams_gradients(course: &Course) -> Result<Figure, Error> {
    let series = [("image stream", &course.image), ("question stream", &course.question)]
        .map(|(name, lengths)| Series::every(EVERY as f64, name, lengths));
    let ends = |name: &str, lengths: &[f64]| {
        let third = lengths.len().div_ceil(3);
        let (first, last) = (&lengths[..third], &lengths[lengths.len() - third..]);
        format!(
            "{name} {:.4} in the first third and {:.4} in the last",
            record::mean(first),
            record::mean(last)
        )
    };
    let alt = format!(
        "Two lines over the steps of training, the length of a stream's gradient as a part of the length of its weights. On average {}; {}.",
        ends("the image stream has", &course.image),
        ends("the question stream", &course.question)
    );
    let caption = "The length of each stream's gradient, as a part of the length of its weights.";
    let axes = Axes { x: "steps".into(), y: "gradient / weights".into(), logarithmic: false };
    Ok(Figure::paint("streams_gradients", (WIDTH, 320), caption, &alt, |canvas| {
        chart::lines(canvas, &axes, &series)
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SIDE;

    #[test]
    fn a_picture_is_bright_where_a_look_is() {
        let picture = Picture::filled(SIDE, SIDE, [1.0, 0.5, 0.0]);
        let mut weights = vec![0.0; GRID * GRID];
        weights[GRID + 2] = 1.0;
        let looked = overlaid(&picture, &weights);
        assert_eq!(looked.pixel(2 * 8 + 3, 8 + 5), [1.0, 0.5, 0.0]);
        assert_eq!(looked.pixel(2 * 8 + 3, 5), [DARK, 0.5 * DARK, 0.0]);
    }

    #[test]
    fn a_figure_says_what_its_numbers_are() {
        let mut all = vec![vec![0; 6]; 6];
        (0..6).for_each(|i| all[i][i] = 10);
        all[3][4] = 10;
        let figure = counts(&all).unwrap();
        assert!(figure.alt.contains("where 3 is right it is said 50 %"), "{}", figure.alt);
        let figure = bars("x", &[("film".into(), 81.25)], "c", "Shares").unwrap();
        assert!(figure.alt.contains("film 81.2 %"), "{}", figure.alt);
    }
}
