//! The chapter's figures.

use crate::one_dimension::{self, HEAP, Moment};
use crate::two_numbers::State;
use crate::{Error, PICTURE, SIDE};
use emoji_world::Picture;
use lab::cards::{Card, Cards};
use lab::chart::{self, Axes, Bar, Series};
use lab::figure::{COLOURS, Figure, INK, Inset, WIDTH, label_style, lines_of, write};
use lab::table::over_seeds;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

fn picture(pixels: &[f32]) -> Picture {
    Picture { width: SIDE, height: SIDE, pixels: pixels.to_vec() }
}

/// Lines of a label, at most.
const LINES: usize = 3;

/// A row of a sheet: what stands before it, and its pictures, one after the other.
#[derive(Clone, Debug)]
pub struct Row {
    /// What stands before it.
    pub label: String,
    /// Pictures × 32 × 32 × 3 numbers.
    pub pixels: Vec<f32>,
}

/// Rows of pictures, with a label before each, and one above each column where there are any.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn sheet(name: &str, rows: &[Row], above: &[String], caption: &str, alt: &str) -> Result<Figure, Error> {
    const LEFT: i32 = 148;
    let columns = rows.iter().map(|row| row.pixels.len() / PICTURE).max().unwrap_or(1) as i32;
    let step = ((WIDTH as i32 - LEFT) / columns.max(1)).min(72);
    let side = step - 6;
    let top = if above.is_empty() { 4 } else { 26 };
    let mut insets = Vec::new();
    for (y, row) in rows.iter().enumerate() {
        for (x, pixels) in row.pixels.chunks_exact(PICTURE).enumerate() {
            insets.push(Inset {
                png: picture(pixels).to_png(),
                at: (LEFT + x as i32 * step, top + y as i32 * step),
                size: (side as u32, side as u32),
                pixelated: true,
            });
        }
    }
    let size = ((LEFT + columns * step) as u32, (top + rows.len() as i32 * step) as u32);
    let figure = Figure::paint(name, size, caption, alt, |canvas| {
        for (x, text) in above.iter().enumerate() {
            write(canvas, text, (LEFT + x as i32 * step + side / 2, 12), HPos::Center)?;
        }
        for (y, row) in rows.iter().enumerate() {
            let mut lines = lines_of(&row.label, 19);
            lines.truncate(LINES);
            let middle = top + y as i32 * step + side / 2 - (lines.len() as i32 - 1) * 8;
            for (i, line) in lines.iter().enumerate() {
                write(canvas, line, (LEFT - 10, middle + 16 * i as i32), HPos::Right)?;
            }
        }
        Ok(())
    })?;
    Ok(figure.with_insets(&insets))
}

/// Pictures with a text under each, in rows of four.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn cards(name: &str, cards: &[(&[f32], String)], caption: &str, alt: &str) -> Result<Figure, Error> {
    let card = |(pixels, text): &(&[f32], String)| {
        let lines = lines_of(text, 22).into_iter().take(LINES).collect();
        Card { png: picture(pixels).to_png(), lines }
    };
    let cards: Vec<Card> = cards.iter().map(card).collect();
    let layout = Cards { columns: 4, side: 104, above: 6, below: 56, bottom: 0 };
    Ok(layout.paint(name, &cards, caption, alt)?)
}

/// The ways of the two players who have a number each.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn two_numbers(paths: &[(&str, Vec<State>)]) -> Result<Figure, Error> {
    let series: Vec<Series> = paths
        .iter()
        .map(|(name, path)| Series {
            name: (*name).to_owned(),
            points: path.iter().map(|at| (at.psi, at.theta)).collect(),
        })
        .collect();
    let ends: Vec<String> = paths
        .iter()
        .filter_map(|(name, path)| {
            Some(format!(
                "{name}: {:.2} from the middle after {} rounds",
                path.last()?.distance(),
                path.len() - 1
            ))
        })
        .collect();
    let alt = format!(
        "Three curves in a plane, the discriminator's number ψ across and the generator's number θ upwards; all begin at ψ = 0, θ = 1. {}.",
        ends.join("; ")
    );
    let caption = "The players' numbers, round after round. They should come to rest at θ = 0, ψ = 0.";
    let axes = Axes {
        x: "ψ, the discriminator's number".into(),
        y: "θ, the generator's number".into(),
        logarithmic: false,
    };
    Ok(Figure::paint("two_numbers", (WIDTH, 420), caption, &alt, |canvas| {
        chart::lines(canvas, &axes, &series)
    })?)
}

/// The densities of the game in one dimension, and what its discriminator believes, as they move.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn one_dimension(moments: &[Moment]) -> Result<Figure, Error> {
    const COLUMNS: usize = 3;
    const BIN: f32 = 0.2;
    let rows = moments.len().div_ceil(COLUMNS);
    let told: Vec<String> = moments
        .iter()
        .map(|moment| {
            let left =
                moment.generated.iter().filter(|x| **x < 0.0).count() as f64 / moment.generated.len() as f64;
            format!(
                "after {} steps {:.0} % of its numbers are below 0 and the distance is {:.2}",
                moment.step,
                100.0 * left,
                moment.distance
            )
        })
        .collect();
    let alt = format!(
        "{} small charts of the numbers from −4 to 4. The real numbers have two hills, at −{HEAP} and {HEAP}. The generator's: {}. Where the heaps are, the discriminator ends at {:.2} on average.",
        moments.len(),
        told.join("; "),
        moments.last().map_or(0.0, one_dimension::where_the_heaps_are)
    );
    let caption = "The game in one dimension, step after step. Orange: the generator's numbers. Blue: the density of the \
                   real ones. Green: the discriminator's probability that a number is real, on the same scale from 0 to 1. \
                   Bars above 1 are cut off.";
    let size = (WIDTH, 190 * rows as u32);
    Ok(Figure::paint("one_dimension", size, caption, &alt, |canvas| {
        for (panel, moment) in canvas.split_evenly((rows, COLUMNS)).iter().zip(moments) {
            let mut chart = ChartBuilder::on(panel)
                .margin(6)
                .margin_top(24)
                .margin_right(14)
                .x_label_area_size(22)
                .y_label_area_size(30)
                .build_cartesian_2d(-4.0_f32..4.0, 0.0_f32..1.0)?;
            chart
                .configure_mesh()
                .disable_mesh()
                .x_labels(5)
                .y_labels(3)
                .axis_style(INK.mix(0.5))
                .label_style(label_style())
                .draw()?;
            let share = |from: f32| {
                let inside = moment.generated.iter().filter(|x| (from..from + BIN).contains(*x)).count();
                (inside as f32 / moment.generated.len() as f32 / BIN).min(1.0)
            };
            let bins = (0..40_u8).map(|i| f32::from(i) * BIN - 4.0);
            chart.draw_series(bins.map(|from| {
                Rectangle::new([(from, 0.0), (from + BIN, share(from))], COLOURS[4].mix(0.6).filled())
            }))?;
            let curve = |of: &dyn Fn(f32) -> f32| -> Vec<(f32, f32)> {
                one_dimension::places().into_iter().map(|x| (x, of(x))).collect()
            };
            chart.draw_series(LineSeries::new(curve(&one_dimension::density), COLOURS[0].stroke_width(2)))?;
            let believed = one_dimension::places().into_iter().zip(moment.believed.iter().copied());
            chart.draw_series(LineSeries::new(believed, COLOURS[2].stroke_width(2)))?;
            let style = label_style().pos(Pos::new(HPos::Center, VPos::Center));
            let middle = panel.dim_in_pixel().0 as i32 / 2 + 12;
            panel.draw(&Text::new(format!("step {}", moment.step), (middle, 12), style))?;
        }
        Ok(())
    })?)
}

/// The losses of a game, and below them the judge's score.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn losses(losses: &[Vec<f64>; 2], scores: &[f64], steps: usize) -> Result<Figure, Error> {
    let along = |name: &str, numbers: &[f64]| {
        Series::every(steps as f64 / numbers.len().max(1) as f64, name, numbers)
    };
    let series = [("discriminator", &losses[0]), ("generator", &losses[1])]
        .map(|(name, numbers)| along(name, numbers));
    let percent: Vec<f64> = scores.iter().map(|score| 100.0 * score).collect();
    let score = [along("right", &percent)];
    let (first, last) =
        (percent.first().copied().unwrap_or_default(), percent.last().copied().unwrap_or_default());
    let mean = |numbers: &[f64]| record::mean(numbers);
    let tenth = |numbers: &[f64]| numbers.len().div_ceil(10);
    let begins = |numbers: &[f64]| mean(&numbers[..tenth(numbers)]);
    let ends = |numbers: &[f64]| mean(&numbers[numbers.len() - tenth(numbers)..]);
    let alt = format!(
        "Two charts over {steps} steps. Above, the losses, on average over the first and the last tenth of the game: the \
         discriminator's goes from {:.2} to {:.2}, the generator's from {:.2} to {:.2}. Below, the share of pictures that the \
         judge finds right: it goes from {first:.0} % to {last:.0} %.",
        begins(&losses[0]),
        ends(&losses[0]),
        begins(&losses[1]),
        ends(&losses[1])
    );
    let caption = "The losses of the game, and how good its pictures are (seed 1). Above: what the two players' answers cost. Below: \
                   what an independent judge says of the pictures. The losses do not tell how good they are.";
    Ok(Figure::paint("losses", (WIDTH, 470), caption, &alt, |canvas| {
        let (above, below) = canvas.split_vertically(260);
        let axes = |y: &str| Axes { x: "steps".into(), y: y.into(), logarithmic: false };
        chart::lines(&above, &axes("loss"), &series)?;
        chart::lines(&below, &axes("right, %"), &score)
    })?)
}

/// The generator's loss in a game in which pictures may be alike and in one in which they may not.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn collapse_losses(games: &[(&str, &[Vec<f64>; 2])], steps: usize) -> Result<Figure, Error> {
    let series: Vec<Series> = games
        .iter()
        .flat_map(|(name, losses)| {
            let each = steps as f64 / losses[1].len().max(1) as f64;
            [("discriminator", &losses[0]), ("generator", &losses[1])]
                .map(|(who, numbers)| Series::every(each, format!("{name}, {who}"), numbers))
        })
        .collect();
    let told: Vec<String> = games
        .iter()
        .map(|(name, losses)| {
            let half = |numbers: &[f64]| record::mean(&numbers[numbers.len() / 2..]);
            format!(
                "{name}, {:.2} for the discriminator and {:.2} for the generator",
                half(&losses[0]),
                half(&losses[1])
            )
        })
        .collect();
    let alt = format!(
        "Losses over {steps} steps of two games. In the second half they are on average: {}.",
        told.join("; ")
    );
    let caption = "The losses of a game with a price on sameness and of one without (seed 1).";
    let axes = Axes { x: "steps".into(), y: "loss".into(), logarithmic: false };
    Ok(Figure::paint("collapse_losses", (WIDTH, 340), caption, &alt, |canvas| {
        chart::lines(canvas, &axes, &series)
    })?)
}

/// The share of right pictures in games with one difference, as bars.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn ablation(rows: &[(&str, Vec<f64>)]) -> Result<Figure, Error> {
    let number = |right: &[f64]| format!("{} %", over_seeds(right, 1));
    let bars: Vec<Bar> = rows
        .iter()
        .map(|(title, right)| Bar {
            label: (*title).to_owned(),
            length: record::mean(right),
            number: number(right),
            colour: usize::from(["whole game", "short game"].contains(title)),
        })
        .collect();
    let told: Vec<String> = rows.iter().map(|(title, right)| format!("{title} {}", number(right))).collect();
    let alt = format!("Bars: the share of pictures with the right kind and colour. {}.", told.join("; "));
    let caption = "Pictures with the right kind and colour after the whole game and after short ones, with one difference each: mean and \
                   standard deviation over the seeds. Vermilion: the games without a difference.";
    let size = (WIDTH, chart::bars_height(bars.len()));
    Ok(Figure::paint("ablation", size, caption, &alt, |canvas| chart::bars(canvas, &bars, 130.0))?)
}
