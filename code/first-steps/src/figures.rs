//! The figures of the chapter.

use crate::exclusive_or::{ANSWERS, Built, QUESTIONS, probabilities};
use crate::{AnyDevice, Error};
use lab::Figure;
use lab::chart::{self, Axes, Series};
use lab::figure::{COLOURS, Canvas, LABEL, Painted, WIDTH, label_style};
use plotters::prelude::*;

/// Squares across a plane.
const ACROSS: usize = 32;

/// The corners of the plane that is drawn.
const FROM: f32 = -0.5;
const TO: f32 = 1.5;

/// The loss, step by step.
///
/// # Errors
///
/// If it cannot be drawn.
pub fn loss(losses: &[f32]) -> Result<Figure, Error> {
    let points =
        losses.iter().enumerate().map(|(step, loss)| (step as f64 + 1.0, f64::from(*loss))).collect();
    let series = [Series { name: "loss".into(), points }];
    let axes = Axes { x: "step".into(), y: "loss".into(), logarithmic: false };
    let (first, last) =
        (losses.first().copied().unwrap_or_default(), losses.last().copied().unwrap_or_default());
    let alt =
        format!("A line that falls from {first:.2} in the first step to {last:.3} in step {}.", losses.len());
    let caption = "The loss while the network learns *one of two, and not both*.";
    Ok(Figure::paint("loss", (WIDTH, 260), caption, &alt, |canvas| chart::lines(canvas, &axes, &series))?)
}

/// The colour of the questions, on a ring of white: the same in light and in dark.
const DOT: RGBColor = RGBColor(24, 24, 24);

/// What a network says about a square of the plane: its probabilities, row by row from the top.
pub fn plane(net: &Built, device: &AnyDevice) -> Vec<f32> {
    let along = |i: usize| FROM + (TO - FROM) * (i as f32 + 0.5) / ACROSS as f32;
    let row = |y: usize| (0..ACROSS).map(move |x| [along(x), along(ACROSS - 1 - y)]);
    probabilities(net, device, (0..ACROSS).flat_map(row).collect())
}

/// What networks say about the plane, side by side, each with its title.
///
/// # Errors
///
/// If it cannot be drawn.
pub fn planes(all: &[(String, Vec<f32>)]) -> Result<Figure, Error> {
    let at = |plane: &[f32], [x, y]: [f32; 2]| {
        let place = |along: f32| ((along - FROM) / (TO - FROM) * ACROSS as f32) as usize;
        plane[(ACROSS - 1 - place(y)) * ACROSS + place(x)]
    };
    let told = all.iter().map(|(title, plane)| {
        let corners = QUESTIONS.map(|question| format!("{:.2} at {question:?}", at(plane, question)));
        format!("{title}: {}", corners.join(", "))
    });
    let alt =
        format!("The plane, coloured by the probability of yes. {}.", told.collect::<Vec<_>>().join("; "));
    let caption = "The probability of *yes* for every pair of numbers, from blue (0) to vermilion (1). The rings are the four \
                   questions: filled where the answer is *yes*.";
    Ok(Figure::paint("planes", (WIDTH, 360), caption, &alt, |canvas| {
        for (half, (title, plane)) in canvas.split_evenly((1, all.len())).iter().zip(all) {
            square(half, title, plane)?;
        }
        Ok(())
    })?)
}

fn square(canvas: &Canvas<'_>, title: &str, plane: &[f32]) -> Painted {
    let (width, _) = canvas.dim_in_pixel();
    let side = 9 * ACROSS as i32;
    let (left, top) = ((width as i32 - side) / 2, 2 * LABEL);
    canvas.draw_text(title, &label_style(), (left, 4))?;
    let (no, yes) = (COLOURS[0], COLOURS[1]);
    for (i, &p) in plane.iter().enumerate() {
        let mix = |a: u8, b: u8| (f32::from(a) + p * (f32::from(b) - f32::from(a))) as u8;
        let colour = RGBColor(mix(no.0, yes.0), mix(no.1, yes.1), mix(no.2, yes.2));
        let (x, y) = (left + 9 * (i % ACROSS) as i32, top + 9 * (i / ACROSS) as i32);
        canvas.draw(&Rectangle::new([(x, y), (x + 9, y + 9)], colour.filled()))?;
    }
    let pixel = |along: f32| ((along - FROM) / (TO - FROM) * side as f32) as i32;
    for ([x, y], [answer]) in QUESTIONS.into_iter().zip(ANSWERS) {
        let middle = (left + pixel(x), top + side - pixel(y));
        canvas.draw(&Circle::new(middle, 8, WHITE.filled()))?;
        let style = if answer > 0.5 { DOT.filled() } else { DOT.stroke_width(2) };
        canvas.draw(&Circle::new(middle, 6, style))?;
    }
    for along in [0.0, 1.0] {
        let label = format!("{along}");
        canvas.draw_text(&label, &label_style(), (left + pixel(along) - 4, top + side + 4))?;
        canvas.draw_text(&label, &label_style(), (left - 14, top + side - pixel(along) - 8))?;
    }
    Ok(())
}
