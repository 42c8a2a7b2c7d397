//! The chapter's figures. Each takes the data it draws and writes its own description from them.

use crate::arithmetic::Question;
use crate::by_hand::{self, Example};
use crate::confusions::Confusion;
use crate::convolution_by_hand::Edges;
use crate::model::Model;
use crate::report::percent;
use crate::space::{Space, Vector, nearest};
use crate::trained::Trial;
use crate::views::PIXELS;
use crate::{Error, SIDE, views};
use emoji_world::{Emoji, Picture, emoji};
use lab::chart::{self, Axes, Series};
use lab::figure::{COLOURS, Canvas, INK, LABEL, Painted, WIDTH, faint, lines_of, write};
use lab::projection::{principal_components, t_sne};
use lab::{Figure, Inset};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

/// The side of an emoji in most figures, in pixels.
const EMOJI: u32 = 44;

/// The picture of an emoji as it is drawn.
fn drawn(emoji: &Emoji, at: (i32, i32), side: u32) -> Inset {
    Inset { png: emoji.png.to_vec(), at, size: (side, side), pixelated: false }
}

/// A picture as the network sees it, enlarged.
fn seen(pixels: &[f32], at: (i32, i32), side: u32) -> Inset {
    let picture = Picture { width: SIDE, height: SIDE, pixels: pixels.to_vec() };
    Inset { png: picture.to_png(), at, size: (side, side), pixelated: true }
}

fn view(views: &[f32], place: usize) -> &[f32] {
    &views[place * PIXELS..][..PIXELS]
}

/// A text below a picture: at most two lines, each centred at `middle`.
fn write_below(canvas: &Canvas<'_>, text: &str, (middle, top): (i32, i32), most: usize) -> Painted {
    let mut lines = lines_of(text, most);
    if lines.len() > 2 {
        lines.truncate(2);
        lines[1].push('…');
    }
    for (i, line) in lines.iter().enumerate() {
        write(canvas, line, (middle, top + 8 + 16 * i as i32), HPos::Center)?;
    }
    Ok(())
}

/// Pictures with their names below, in rows of `columns`.
fn labelled_pictures(
    name: &str,
    columns: usize,
    pictures: &[(usize, String)],
    caption: &str,
    alt: &str,
) -> Result<Figure, Error> {
    let (wide, high) = ((WIDTH as usize / columns) as i32, EMOJI as i32 + 50);
    let place = |i: usize| ((i % columns) as i32 * wide + wide / 2, (i / columns) as i32 * high + 8);
    let insets: Vec<Inset> = pictures
        .iter()
        .enumerate()
        .map(|(i, &(id, _))| {
            let (x, y) = place(i);
            drawn(&emoji::all()[id], (x - EMOJI as i32 / 2, y), EMOJI)
        })
        .collect();
    let height = pictures.len().div_ceil(columns) as i32 * high;
    let figure = Figure::paint(name, (WIDTH, height as u32), caption, alt, |canvas| {
        for (i, (_, text)) in pictures.iter().enumerate() {
            let (x, y) = place(i);
            write_below(canvas, text, (x, y + EMOJI as i32), wide as usize / 8)?;
        }
        Ok(())
    })?;
    Ok(figure.with_insets(&insets))
}

/// Some emoji and their names.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn pairs(ids: &[usize]) -> Result<Figure, Error> {
    let pictures: Vec<(usize, String)> =
        ids.iter().map(|&id| (id, emoji::all()[id].name.to_owned())).collect();
    let list: Vec<&str> = pictures.iter().map(|(_, name)| name.as_str()).collect();
    let alt = format!("{} drawn emoji, each with its name below: {}.", ids.len(), list.join(", "));
    labelled_pictures("pairs", 6, &pictures, "Some of the pairs: a picture and its name.", &alt)
}

/// One emoji in several training views and its test view.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn views_of(id: usize, cutout: f32) -> Result<Figure, Error> {
    const SHOWN: usize = 7;
    let (side, gap) = (76_u32, 11);
    let training = views::training(&[id; SHOWN], 1, 0, cutout);
    let test = views::test_of(id);
    let x = |i: usize| gap + i as i32 * (side as i32 + gap);
    let mut insets: Vec<Inset> = (0..SHOWN).map(|i| seen(view(&training, i), (x(i), 30), side)).collect();
    insets.push(seen(&test, (x(SHOWN) + gap, 30), side));
    let whole = views::training(&[id; SHOWN], 1, 0, 0.0);
    let covered = (0..SHOWN).filter(|&i| view(&training, i) != view(&whole, i)).count();
    let alt = format!(
        "{}: {SHOWN} training views of {SIDE} by {SIDE} pixels and, apart, the test view. Each is turned, \
         scaled, shifted and tinted a little differently and lies on another light background with noise. \
         {covered} of the training views have a coloured rectangle over a part.",
        emoji::all()[id].name
    );
    let caption = "What the network sees of one emoji. Left: views as in training. Right: its test view, \
                   which is never trained on.";
    let figure = Figure::paint("views", (WIDTH, 116), caption, &alt, |canvas| {
        write(canvas, "training", (x(0), 14), HPos::Left)?;
        write(canvas, "test", (x(SHOWN) + gap, 14), HPos::Left)
    })?;
    Ok(figure.with_insets(&insets))
}

/// The three pictures and three words of the example by hand, in the plane, and their cosines.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn by_hand(example: &Example) -> Result<Figure, Error> {
    let rows: Vec<String> = by_hand::NAMES
        .iter()
        .zip(&example.cosines)
        .map(|(name, row)| {
            let cosines: Vec<String> = row.iter().map(|cosine| format!("{cosine:.2}")).collect();
            format!("{name} {}", cosines.join(", "))
        })
        .collect();
    let alt = format!(
        "Left, six arrows of length 1 from one point: the pictures of a dog, a cat and a car, and the words \
         dog, cat and car. The words lie turned against their pictures. Right, a table of cosines, a row a \
         picture, a column a word: {}.",
        rows.join("; ")
    );
    let caption = "Three pictures (with their emoji) and three words in one plane, and the cosine of every \
                   picture with every word. Training wants the diagonal large and the rest small.";
    let (centre, radius) = ((184, 214), 140.0);
    let tip = |v: [f32; 2], scale: f64| {
        let [x, y] = v.map(|x| f64::from(x) * radius * scale);
        (centre.0 + x as i32, centre.1 - y as i32)
    };
    let pictures: Vec<&Emoji> =
        by_hand::NAMES.iter().filter_map(|name| emoji::find(picture_of(name))).collect();
    let mut insets = Vec::new();
    for (v, emoji) in by_hand::PICTURES.iter().zip(&pictures) {
        let (x, y) = tip(*v, 1.16);
        insets.push(drawn(emoji, (x - 16, y - 16), 32));
    }
    for (i, emoji) in pictures.iter().enumerate() {
        insets.push(drawn(emoji, (408, 96 + 64 * i as i32), 32));
    }
    let figure = Figure::paint("by_hand", (WIDTH, 270), caption, &alt, |canvas| {
        // All tips are above the horizontal axis: half a circle is enough.
        let half = (0..=60).map(|i| f64::from(i) * std::f64::consts::PI / 60.0);
        let half: Vec<(i32, i32)> = half.map(|a| tip([a.cos() as f32, a.sin() as f32], 1.0)).collect();
        canvas.draw(&PathElement::new(half, faint()))?;
        for v in by_hand::PICTURES {
            chart::arrow(canvas, centre, tip(v, 1.0), COLOURS[0])?;
        }
        for (v, name) in by_hand::WORDS.iter().zip(by_hand::NAMES) {
            chart::arrow(canvas, centre, tip(*v, 1.0), COLOURS[1])?;
            // Below its arrow, which it must not cross.
            let (x, y) = tip(*v, 0.72);
            write(canvas, name, (x + 9, y + 9), HPos::Left)?;
        }
        for (j, name) in by_hand::NAMES.iter().enumerate() {
            write(canvas, name, (496 + 76 * j as i32, 70), HPos::Center)?;
        }
        for (i, row) in example.cosines.iter().enumerate() {
            for (j, &cosine) in row.iter().enumerate() {
                let (x, y) = (496 + 76 * j as i32, 112 + 64 * i as i32);
                let colour = COLOURS[usize::from(cosine < 0.0)].mix(0.55 * f64::from(cosine.abs()));
                canvas.draw(&Rectangle::new([(x - 36, y - 30), (x + 36, y + 30)], colour.filled()))?;
                if i == j {
                    canvas
                        .draw(&Rectangle::new([(x - 36, y - 30), (x + 36, y + 30)], INK.stroke_width(2)))?;
                }
                write(canvas, &format!("{cosine:.2}"), (x, y), HPos::Center)?;
            }
        }
        Ok(())
    })?;
    Ok(figure.with_insets(&insets))
}

/// The emoji that stands for a word of the example by hand.
fn picture_of(name: &str) -> &str {
    if name == "car" { "automobile" } else { name }
}

/// A small picture, an edge kernel, and what the convolution makes of it, in numbers and grey.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn convolution(edges: &Edges) -> Result<Figure, Error> {
    let cell = 34;
    let strongest = edges.output.iter().flatten().fold(0.0_f32, |most, x| most.max(x.abs()));
    let alt = format!(
        "Three grids of numbers. Left, a picture of {0} by {0}: zeros on the left, ones on the right. Middle, \
         the kernel, 3 by 3: minus one, zero, one in each row. Right, the result, {1} by {1}: {strongest} \
         along the edge, 0 elsewhere. The patch and the number that comes from it are framed.",
        edges.input.len(),
        edges.output.len(),
    );
    let caption = "A convolution by hand. The framed patch, multiplied with the kernel number by number and \
                   added up, gives the framed number on the right.";
    let left = [20, 330, 500];
    let grids = [&edges.input, &edges.kernel, &edges.output];
    Ok(Figure::paint("convolution", (WIDTH, 250), caption, &alt, |canvas| {
        for ((grid, left), title) in grids.iter().zip(left).zip(["picture", "kernel", "result"]) {
            write(canvas, title, (left, 16), HPos::Left)?;
            for (y, row) in grid.iter().enumerate() {
                for (x, &value) in row.iter().enumerate() {
                    let corner = (left + x as i32 * cell, 32 + y as i32 * cell);
                    let opposite = (corner.0 + cell, corner.1 + cell);
                    let colour = COLOURS[usize::from(value < 0.0)].mix(0.5 * f64::from(value.abs() / 3.0));
                    canvas.draw(&Rectangle::new([corner, opposite], colour.filled()))?;
                    canvas.draw(&Rectangle::new([corner, opposite], faint()))?;
                    let middle = (corner.0 + cell / 2, corner.1 + cell / 2);
                    write(canvas, &format!("{value}"), middle, HPos::Center)?;
                }
            }
        }
        let frame = |left: i32, (x, y): (usize, usize), side: usize| {
            let corner = (left + x as i32 * cell, 32 + y as i32 * cell);
            let opposite = (corner.0 + side as i32 * cell, corner.1 + side as i32 * cell);
            Rectangle::new([corner, opposite], INK.stroke_width(3))
        };
        canvas.draw(&frame(left[0], edges.framed, 3))?;
        canvas.draw(&frame(left[2], edges.framed, 1))?;
        write(canvas, "∗", (302, 32 + 3 * cell / 2), HPos::Center)?;
        write(canvas, "=", (468, 32 + 3 * cell / 2), HPos::Center)
    })?)
}

/// The first layer's kernels as colours.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn filters(model: &Model) -> Result<Figure, Error> {
    const KERNEL: usize = 5;
    let arrays = model.arrays();
    let (shape, weights) = &arrays["pictures.first.convolution.weight"];
    let count = shape[3];
    let columns = 16;
    let (side, gap) = (38_u32, 6);
    let mut insets = Vec::new();
    let mut colourful = 0;
    for filter in 0..count {
        let kernel: Vec<f32> = (0..KERNEL * KERNEL * 3).map(|i| weights[i * count + filter]).collect();
        let strongest = kernel.iter().fold(1e-9_f32, |most, x| most.max(x.abs()));
        let pixels: Vec<f32> = kernel.iter().map(|x| 0.5 + 0.5 * x / strongest).collect();
        // How much of the kernel differs between the colours, against how much all of them share.
        let (grey, all) = kernel.as_chunks::<3>().0.iter().fold((0.0, 0.0), |(grey, all), rgb| {
            let mean = rgb.iter().sum::<f32>() / 3.0;
            (grey + 3.0 * mean * mean, all + rgb.iter().map(|x| x * x).sum::<f32>())
        });
        colourful += usize::from(grey < all / 2.0);
        let picture = Picture { width: KERNEL, height: KERNEL, pixels };
        let at = |i: usize| gap + i as i32 * (side as i32 + gap);
        insets.push(Inset {
            png: picture.to_png(),
            at: (at(filter % columns), at(filter / columns)),
            size: (side, side),
            pixelated: true,
        });
    }
    let alt = format!(
        "The {count} kernels of the first layer as small coloured squares of {KERNEL} by {KERNEL} pixels. In \
         {colourful} of them the colours differ more than the brightness; the others are edges and spots of \
         light and dark."
    );
    let caption = "The kernels that the first layer has learned. Grey is 0; a pixel's colour says which \
                   colours the kernel adds and which it subtracts there.";
    let height = gap as u32 + (count.div_ceil(columns) as u32) * (side + gap as u32);
    Ok(Figure::paint("filters", (WIDTH, height), caption, &alt, |_| Ok(()))?.with_insets(&insets))
}

/// What one wrong name costs, by how far it is ahead of the right one.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn hinge_and_softmax(margin: f32, temperature: f32) -> Result<Figure, Error> {
    let leads: Vec<f64> = (-60..=40).map(|i| f64::from(i) / 100.0).collect();
    let (m, t) = (f64::from(margin), f64::from(temperature));
    let series = |name: String, loss: &dyn Fn(f64) -> f64| Series {
        name,
        points: leads.iter().map(|&lead| (lead, loss(lead))).collect(),
    };
    let curves = [
        series(format!("margin {margin}"), &|lead| (m + lead).max(0.0)),
        series(format!("InfoNCE × {temperature}"), &|lead| t * (1.0 + (lead / t).exp()).ln()),
    ];
    let at_zero = t * 2.0_f64.ln();
    let alt = format!(
        "Two losses over the lead of one wrong name. The margin loss is 0 up to a lead of minus {margin} and \
         then rises in a straight line. InfoNCE with temperature {temperature}, drawn times the temperature, \
         is {at_zero:.2} at a lead of 0, nears 0 smoothly to the left and the same slope to the right."
    );
    let caption = "What one wrong name costs: its lead is its cosine less that of the right name.";
    let axes = Axes { x: "lead of the wrong name".into(), y: "loss".into(), logarithmic: false };
    Ok(Figure::paint("hinge_and_softmax", (WIDTH, 320), caption, &alt, |canvas| {
        chart::lines(canvas, &axes, &curves)
    })?)
}

/// The loss of every epoch, a line a seed.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn training(runs: &[(u64, Vec<f64>)]) -> Result<Figure, Error> {
    let line = |(seed, losses): &(u64, Vec<f64>)| Series::every(1.0, format!("seed {seed}"), losses);
    let series: Vec<Series> = runs.iter().map(line).collect();
    let ends: Vec<String> = runs
        .iter()
        .filter_map(|(seed, losses)| {
            Some(format!("from {:.2} to {:.2} with seed {seed}", losses.first()?, losses.last()?))
        })
        .collect();
    let alt = format!("The mean loss of each epoch falls {}.", ends.join(", "));
    let axes = Axes { x: "epoch".into(), y: "loss, nats".into(), logarithmic: false };
    let caption = "The mean InfoNCE of each epoch, for each seed.";
    Ok(Figure::paint("training", (WIDTH, 340), caption, &alt, |canvas| chart::lines(canvas, &axes, &series))?)
}

/// R@1 of seen names by epoch for several losses.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn comparison(trials: &[Trial]) -> Result<Figure, Error> {
    let series: Vec<Series> = trials
        .iter()
        .map(|trial| Series {
            name: trial.name.clone(),
            points: trial.curve.iter().map(|&(epoch, at_1)| (epoch as f64, 100.0 * at_1)).collect(),
        })
        .collect();
    let ends: Vec<String> = trials
        .iter()
        .filter_map(|trial| Some(format!("{} {}", trial.name, percent(trial.curve.last()?.1))))
        .collect();
    let alt = format!(
        "How many test pictures of seen emoji find their own name first, by epoch, for each loss. At the \
         end: {}.",
        ends.join(", ")
    );
    let axes = Axes { x: "epoch".into(), y: "R@1, %".into(), logarithmic: false };
    let caption = "Pictures of seen emoji that find their own name first (R@1), during training with each \
                   loss. Networks, batches, epochs and learning rates are the same.";
    Ok(Figure::paint("comparison", (WIDTH, 340), caption, &alt, |canvas| {
        chart::lines(canvas, &axes, &series)
    })?)
}

/// R@1 of seen and R@10 of held-out names by temperature.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn temperature(trials: &[(f32, Trial)]) -> Result<Figure, Error> {
    let series = |name: &str, of: &dyn Fn(&Trial) -> f64| Series {
        name: name.into(),
        points: trials
            .iter()
            .map(|(t, trial)| (f64::from(t.ln()) / 10.0_f64.ln(), 100.0 * of(trial)))
            .collect(),
    };
    let curves = [
        series("seen, R@1", &|t| t.seen.to_names.at_1),
        series("held out, R@10", &|t| t.held_out.to_names.at_10),
    ];
    let list: Vec<String> = trials
        .iter()
        .map(|(t, trial)| {
            format!(
                "{t}: {} and {}",
                percent(trial.seen.to_names.at_1),
                percent(trial.held_out.to_names.at_10)
            )
        })
        .collect();
    let alt = format!(
        "R@1 of seen and R@10 of held-out names after the same training at fixed temperatures. {}.",
        list.join("; ")
    );
    let caption = "Pictures that find their name, after the same training at different fixed temperatures. \
                   The axis is the logarithm to base 10: −1 is a temperature of 0.1, −2 one of 0.01.";
    let axes = Axes { x: "log₁₀ of the temperature".into(), y: "%".into(), logarithmic: false };
    Ok(Figure::paint("temperature", (WIDTH, 320), caption, &alt, |canvas| {
        chart::lines(canvas, &axes, &curves)
    })?)
}

/// Queries with what they find: a column of queries, and behind each its nearest candidates.
struct Found {
    /// What is asked: an emoji's picture or name.
    query: usize,
    /// The nearest, with their cosines.
    nearest: Vec<(usize, f32)>,
}

impl Found {
    fn right(&self) -> Option<usize> {
        self.nearest.iter().position(|&(id, _)| id == self.query)
    }

    fn told(&self) -> String {
        match self.right() {
            Some(0) => "first".into(),
            Some(place) => format!("in place {}", place + 1),
            None => "not among them".into(),
        }
    }
}

/// Test pictures and the five names nearest to each.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn picture_queries(space: &Space, queries: &[usize]) -> Result<Figure, Error> {
    let found: Vec<Found> = queries
        .iter()
        .map(|&query| Found { query, nearest: nearest(&space.pictures[query], &space.names, 5) })
        .collect();
    let row = 74;
    let told: Vec<String> =
        found.iter().map(|f| format!("{}, {}", emoji::all()[f.query].name, f.told())).collect();
    let alt = format!(
        "{} test pictures, and behind each the five names nearest to it with their cosines. The right name \
         comes: {}.",
        found.len(),
        told.join("; ")
    );
    let caption = "Test pictures, and the five names nearest to each, with the cosine. The right name is \
                   framed.";
    let insets: Vec<Inset> = found
        .iter()
        .enumerate()
        .map(|(i, f)| seen(&views::test_of(f.query), (8, 6 + row * i as i32), 58))
        .collect();
    let height = row as u32 * found.len() as u32 + 8;
    let figure = Figure::paint("picture_queries", (WIDTH, height), caption, &alt, |canvas| {
        for (i, f) in found.iter().enumerate() {
            let y = 6 + row * i as i32;
            for (j, &(id, cosine)) in f.nearest.iter().enumerate() {
                let x = 142 + 128 * j as i32;
                write_below(canvas, emoji::all()[id].name, (x, y + 2), 16)?;
                write(canvas, &format!("{cosine:.2}"), (x, y + 50), HPos::Center)?;
                if id == f.query {
                    let frame = [(x - 62, y - 2), (x + 62, y + 62)];
                    canvas.draw(&Rectangle::new(frame, COLOURS[2].stroke_width(3)))?;
                }
            }
        }
        Ok(())
    })?;
    Ok(figure.with_insets(&insets))
}

/// Names and the five pictures nearest to each.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn word_queries(name: &str, space: &Space, queries: &[usize], caption: &str) -> Result<Figure, Error> {
    let found: Vec<Found> = queries
        .iter()
        .map(|&query| Found { query, nearest: nearest(&space.names[query], &space.pictures, 5) })
        .collect();
    let row = 62;
    let told: Vec<String> = found
        .iter()
        .map(|f| {
            let list: Vec<&str> = f.nearest.iter().map(|&(id, _)| emoji::all()[id].name).collect();
            format!("{}, the right one {}: {}", emoji::all()[f.query].name, f.told(), list.join(", "))
        })
        .collect();
    let alt = format!(
        "{} names, and behind each the five pictures nearest to it. {}.",
        found.len(),
        told.join(". ")
    );
    let x = |j: usize| 300 + 84 * j as i32;
    let mut insets = Vec::new();
    for (i, f) in found.iter().enumerate() {
        for (j, &(id, _)) in f.nearest.iter().enumerate() {
            insets.push(seen(&views::test_of(id), (x(j), 8 + row * i as i32), 48));
        }
    }
    let height = row as u32 * found.len() as u32 + 8;
    let figure = Figure::paint(name, (WIDTH, height), caption, &alt, |canvas| {
        for (i, f) in found.iter().enumerate() {
            let y = 8 + row * i as i32;
            let lines = lines_of(emoji::all()[f.query].name, 32);
            for (k, line) in lines.iter().take(2).enumerate() {
                let middle = y + 24 + 16 * k as i32 - 8 * (lines.len().min(2) as i32 - 1);
                write(canvas, line, (276, middle), HPos::Right)?;
            }
            if let Some(place) = f.right() {
                let frame = [(x(place) - 4, y - 4), (x(place) + 52, y + 52)];
                canvas.draw(&Rectangle::new(frame, COLOURS[2].stroke_width(3)))?;
            }
        }
        Ok(())
    })?;
    Ok(figure.with_insets(&insets))
}

/// Equations of a picture and two words: each question with the pictures nearest to its answer.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn arithmetic(equations: &[(Question, Vec<(usize, f32)>)]) -> Result<Figure, Error> {
    let row = 62;
    let vocabulary = emoji::vocabulary();
    let mut insets = Vec::new();
    let mut told = Vec::new();
    let mut places = Vec::new();
    for (i, (question, found)) in equations.iter().enumerate() {
        let y = 8 + row * i as i32;
        insets.push(drawn(&emoji::with_further()[question.from], (12, y), 48));
        for (j, &(id, _)) in found.iter().enumerate() {
            insets.push(drawn(&emoji::all()[id], (470 + 80 * j as i32, y), 48));
        }
        let list: Vec<&str> = found.iter().map(|&(id, _)| emoji::all()[id].name).collect();
        told.push(format!("{question} gives {}", list.join(", ")));
        places.push(found.iter().position(|&(id, _)| id == question.to));
    }
    let alt = format!(
        "Pictures less a word plus a word, and the nearest pictures. {}. The sought picture is framed: {} of \
         {} times the first.",
        told.join(". "),
        places.iter().filter(|&&place| place == Some(0)).count(),
        equations.len()
    );
    let caption = "A picture, less one word, plus another, and the three pictures nearest to the result. The \
                   sought one is framed.";
    let height = row as u32 * equations.len() as u32 + 8;
    let figure = Figure::paint("arithmetic", (WIDTH, height), caption, &alt, |canvas| {
        for (i, ((question, _), place)) in equations.iter().zip(&places).enumerate() {
            let y = 8 + row * i as i32;
            let (minus, plus) = (vocabulary[question.minus as usize], vocabulary[question.plus as usize]);
            write(canvas, &format!("− {minus}"), (84, y + 24), HPos::Left)?;
            write(canvas, &format!("+ {plus}"), (254, y + 24), HPos::Left)?;
            write(canvas, "≈", (432, y + 24), HPos::Center)?;
            if let Some(place) = place {
                let x = 470 + 80 * *place as i32;
                let frame = [(x - 5, y - 5), (x + 53, y + 53)];
                canvas.draw(&Rectangle::new(frame, COLOURS[2].stroke_width(3)))?;
            }
        }
        Ok(())
    })?;
    Ok(figure.with_insets(&insets))
}

/// Pictures and names on the two directions in which they vary most, before and after training.
///
/// # Errors
///
/// If a space has fewer than three pictures and names, or the figure cannot be painted.
pub fn gap(before: &Space, after: &Space) -> Result<Figure, Error> {
    const EACH: usize = 400;
    let mut panels = Vec::new();
    let mut told = Vec::new();
    for (title, space) in [("before training", before), ("after training", after)] {
        let step = space.names.len().div_ceil(EACH).max(1);
        let chosen = |vectors: &[Vector]| vectors.iter().step_by(step).copied().collect::<Vec<Vector>>();
        let (pictures, names) = (chosen(&space.pictures), chosen(&space.names));
        let projection = principal_components(&[pictures.clone(), names].concat())?;
        let (of_pictures, of_names) = projection.points.split_at(pictures.len());
        let distance = |a: &(f64, f64), b: &(f64, f64)| (a.0 - b.0).hypot(a.1 - b.1);
        let middle = |points: &[(f64, f64)]| {
            let mean = |of: fn(&(f64, f64)) -> f64| record::mean(&points.iter().map(of).collect::<Vec<_>>());
            (mean(|point| point.0), mean(|point| point.1))
        };
        let width = |points: &[(f64, f64)]| {
            let middle = middle(points);
            record::mean(&points.iter().map(|point| distance(point, &middle)).collect::<Vec<_>>())
        };
        told.push(format!(
            "{title}, where they hold {} of the variance, the middles of both kinds lie {:.2} apart, pictures on average \
             {:.2} from theirs, and names {:.2}",
            percent(projection.variance[0] + projection.variance[1]),
            distance(&middle(of_pictures), &middle(of_names)),
            width(of_pictures),
            width(of_names),
        ));
        panels.push((title, projection.points, pictures.len()));
    }
    let alt = format!(
        "Dots for pictures and for names on the two directions in which all of them vary most, twice, with lines from some \
         pictures to their own names: {}.",
        told.join("; ")
    );
    let caption = "Pictures (blue) and names (vermilion) on the two directions in which they vary most; lines \
                   join some pictures with their names. Left: fresh networks. Right: trained ones.";
    let (side, top) = (330_i32, 34);
    Ok(Figure::paint("gap", (WIDTH, 380), caption, &alt, |canvas| {
        for (panel, (title, points, pictures)) in panels.iter().enumerate() {
            let left = 16 + panel as i32 * 360;
            let most = points.iter().flat_map(|p| [p.0.abs(), p.1.abs()]).fold(1e-9, f64::max);
            let place = |(x, y): (f64, f64)| {
                let scale = f64::from(side) / 2.0 / most * 0.96;
                (left + side / 2 + (x * scale) as i32, top + side / 2 - (y * scale) as i32)
            };
            write(canvas, title, (left, 16), HPos::Left)?;
            canvas.draw(&Rectangle::new([(left, top), (left + side, top + side)], faint()))?;
            for i in (0..*pictures).step_by(16) {
                canvas.draw(&PathElement::new(
                    [place(points[i]), place(points[i + pictures])],
                    INK.mix(0.25),
                ))?;
            }
            for (i, &point) in points.iter().enumerate() {
                let colour = COLOURS[usize::from(i >= *pictures)];
                canvas.draw(&Circle::new(place(point), 2, colour.mix(0.75).filled()))?;
            }
        }
        Ok(())
    })?)
}

/// Wrong answers: the test picture, its name, and the name and picture that it was taken for.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn confusions(wrong: &[Confusion]) -> Result<Figure, Error> {
    let row = 70;
    let columns = 2;
    let place = |i: usize| ((i % columns) as i32 * 360 + 8, (i / columns) as i32 * row + 6);
    let mut insets = Vec::new();
    let mut told = Vec::new();
    for (i, confusion) in wrong.iter().enumerate() {
        let (x, y) = place(i);
        insets.push(seen(&views::test_of(confusion.shown), (x, y), 56));
        insets.push(drawn(&emoji::all()[confusion.said], (x + 290, y + 6), 44));
        let name = |id: usize| emoji::all()[id].name;
        told.push(format!("{} is taken for {}", name(confusion.shown), name(confusion.said)));
    }
    let alt =
        format!("Wrong answers, the test picture, both names, and the other picture: {}.", told.join("; "));
    let caption = "Pictures of seen emoji that are called by another's name. Left, the test picture; above, its name; below, \
                   the name that it got; right, the picture to which that name belongs.";
    let height = row as u32 * wrong.len().div_ceil(columns) as u32 + 8;
    let figure = Figure::paint("confusions", (WIDTH, height), caption, &alt, |canvas| {
        for (i, confusion) in wrong.iter().enumerate() {
            let (x, y) = place(i);
            let name = |id: usize| {
                let name = emoji::all()[id].name;
                if name.chars().count() > 26 {
                    name.chars().take(25).chain(['…']).collect::<String>()
                } else {
                    name.to_owned()
                }
            };
            write(canvas, &name(confusion.shown), (x + 68, y + 16), HPos::Left)?;
            write(canvas, &format!("→ {}", name(confusion.said)), (x + 68, y + 42), HPos::Left)?;
        }
        Ok(())
    })?;
    Ok(figure.with_insets(&insets))
}

/// A map of the common space with emoji as its points, and words among them.
///
/// # Errors
///
/// If there are fewer pictures and words than t-SNE needs, which is 62, or the figure cannot be painted.
pub fn space_map(space: &Space, words: &[(String, Vector)]) -> Result<Figure, Error> {
    const HEIGHT: i32 = 620;
    let (side, label) = (26_i32, LABEL);
    // Pictures and names are on different sides of the space; each is centred, so that the map shows what
    // they share.
    let centred = |vectors: &[Vector]| -> Vec<Vector> {
        let mean = crate::space::mean(vectors);
        vectors.iter().map(|v| crate::space::unit(&std::array::from_fn(|i| v[i] - mean[i]))).collect()
    };
    let pictures = centred(&space.pictures);
    let names_mean = crate::space::mean(&space.names);
    let of_words = words
        .iter()
        .map(|(_, v)| crate::space::unit(&std::array::from_fn(|i| v[i] - names_mean[i])))
        .collect::<Vec<Vector>>();
    let points = t_sne(&[pictures.clone(), of_words].concat(), 20.0)?;
    let bound = |of: fn(&(f64, f64)) -> f64| {
        let low = points.iter().map(of).fold(f64::MAX, f64::min);
        let high = points.iter().map(of).fold(f64::MIN, f64::max);
        (low, (high - low).max(1e-9))
    };
    let ((left, wide), (low, high)) = (bound(|p| p.0), bound(|p| p.1));
    let place = |(x, y): (f64, f64)| {
        let across = 20.0 + (x - left) / wide * (f64::from(WIDTH) - 40.0);
        (across as i32, (20.0 + (1.0 - (y - low) / high) * (f64::from(HEIGHT) - 40.0)) as i32)
    };
    // Words first, then as many pictures as find room.
    let mut taken: Vec<[i32; 4]> = Vec::new();
    let mut free = |new: [i32; 4]| {
        let inside = new[0] >= 0 && new[1] >= 0 && new[2] <= WIDTH as i32 && new[3] <= HEIGHT;
        let apart = |old: &[i32; 4]| new[2] < old[0] || old[2] < new[0] || new[3] < old[1] || old[3] < new[1];
        let fits = inside && taken.iter().all(apart);
        if fits {
            taken.push(new);
        }
        fits
    };
    let mut labels = Vec::new();
    for ((word, _), &point) in words.iter().zip(&points[pictures.len()..]) {
        let (x, y) = place(point);
        let half = word.chars().count() as i32 * label * 3 / 10 + 3;
        let x = x.clamp(half, WIDTH as i32 - half);
        if free([x - half, y - 9, x + half, y + 9]) {
            labels.push((word, (x, y)));
        }
    }
    let mut insets = Vec::new();
    for (id, &point) in points[..pictures.len()].iter().enumerate() {
        let (x, y) = place(point);
        if free([x - side / 2, y - side / 2, x + side / 2, y + side / 2]) {
            insets.push(drawn(&emoji::all()[id], (x - side / 2, y - side / 2), side as u32));
        }
    }
    let near: Vec<String> = labels
        .iter()
        .filter_map(|(word, _)| {
            let vector = &words.iter().find(|(other, _)| other == *word)?.1;
            let (id, _) = nearest(vector, &space.pictures, 1)[0];
            Some(format!("{word}: {}", emoji::all()[id].name))
        })
        .collect();
    let alt = format!(
        "A map of {} emoji with {} words among them. The picture nearest to each word: {}.",
        insets.len(),
        labels.len(),
        near.join(", ")
    );
    let caption = "Pictures and words in one space, laid out by t-SNE: what is near in the space is near \
                   here. Pictures that would cover others are left out.";
    let figure = Figure::paint("space", (WIDTH, HEIGHT as u32), caption, &alt, |canvas| {
        for (word, at) in &labels {
            write(canvas, word, *at, HPos::Center)?;
        }
        Ok(())
    })?;
    Ok(figure.with_insets(&insets))
}
