//! The figures of the chapter.

use crate::forms::Measured;
use crate::profile::Lap;
use lab::chart::{self, Axes, Bar, Series};
use lab::figure::WIDTH;
use lab::{Figure, LabError};

/// Times of several forms of the same work as bars, in milliseconds.
///
/// # Errors
///
/// If it cannot be drawn.
pub fn times(name: &str, what: &str, times: &[(&str, f64)]) -> Result<Figure, LabError> {
    let most = times.iter().map(|time| time.1).fold(0.0, f64::max);
    let bars: Vec<Bar> = times
        .iter()
        .map(|(name, ms)| Bar {
            label: (*name).to_owned(),
            length: *ms,
            number: format!("{ms:.1} ms"),
            colour: 0,
        })
        .collect();
    let told: Vec<String> = times.iter().map(|(name, ms)| format!("{name} {ms:.1}")).collect();
    let alt = format!("Bars of milliseconds: {}.", told.join(", "));
    let caption = format!("{what}, median milliseconds.");
    let size = (WIDTH, chart::bars_height(bars.len()));
    Figure::paint(name, size, &caption, &alt, |canvas| chart::bars(canvas, &bars, most))
}

/// How many times as fast the operations of `layers` are as the same composed of dfdx's, from the largest gain down.
///
/// # Errors
///
/// If it cannot be drawn.
pub fn gains(measured: &[Measured]) -> Result<Figure, LabError> {
    let mut sorted: Vec<&Measured> = measured.iter().collect();
    sorted.sort_by(|a, b| b.ratio().total_cmp(&a.ratio()));
    let most = sorted.first().map_or(1.0, |m| m.ratio());
    let bars: Vec<Bar> = sorted
        .iter()
        .map(|m| Bar {
            label: m.name.to_owned(),
            length: m.ratio(),
            number: format!("{:.1} ×", m.ratio()),
            colour: 2,
        })
        .collect();
    let told: Vec<String> = sorted.iter().map(|m| format!("{} {:.1}", m.name, m.ratio())).collect();
    let alt = format!("Bars of how many times as fast each operation is: {}.", told.join(", "));
    let caption = "How many times as fast each operation is, forward and back, as the same composed of dfdx's operations.";
    let size = (WIDTH, chart::bars_height(bars.len()));
    Figure::paint("gains", size, caption, &alt, |canvas| chart::bars(canvas, &bars, most))
}

/// The time of each layer, forward and back, of one form of the network.
///
/// # Errors
///
/// If it cannot be drawn.
pub fn laps(name: &str, what: &str, laps: &[Lap], most: f64) -> Result<Figure, LabError> {
    let bars: Vec<Bar> = laps
        .iter()
        .flat_map(|lap| {
            let bar = |label: String, ms: f64, colour| Bar {
                label,
                length: ms,
                number: format!("{ms:.1} ms"),
                colour,
            };
            [bar(lap.name.to_owned(), lap.forward, 0), bar("back".to_owned(), lap.backward, 1)]
        })
        .collect();
    let told: Vec<String> =
        laps.iter().map(|lap| format!("{} {:.1} and {:.1}", lap.name, lap.forward, lap.backward)).collect();
    let alt = format!("Bars of milliseconds, forward and back: {}.", told.join(", "));
    let caption = format!("{what}: median milliseconds of each layer, forward (blue) and back (vermilion).");
    let size = (WIDTH, chart::bars_height(bars.len()));
    Figure::paint(name, size, &caption, &alt, |canvas| chart::bars(canvas, &bars, most))
}

/// The slope of dfdx's `accurate_gelu` beside the measured one.
///
/// # Errors
///
/// If it cannot be drawn.
pub fn slopes(points: &[(f32, f32, f32)]) -> Result<Figure, LabError> {
    let line = |name: &str, of: fn(&(f32, f32, f32)) -> f32| Series {
        name: name.to_owned(),
        points: points.iter().map(|point| (f64::from(point.0), f64::from(of(point)))).collect(),
    };
    let series = [line("measured", |point| point.2), line("what dfdx says", |point| point.1)];
    let axes = Axes { x: "x".into(), y: "slope".into(), logarithmic: false };
    let worst = points.iter().max_by(|a, b| (a.1 - a.2).abs().total_cmp(&(b.1 - b.2).abs()));
    let alt = worst.map_or_else(String::new, |(x, dfdx, measured)| {
        format!(
            "Two lines that should be one. They are farthest apart at x = {x:.2}: the slope is {measured:.2}, and \
             dfdx says {dfdx:.2}."
        )
    });
    let caption =
        "The slope of `accurate_gelu`, measured from its values, and as dfdx's backward step gives it.";
    Figure::paint("slopes", (WIDTH, 300), caption, &alt, |canvas| chart::lines(canvas, &axes, &series))
}
