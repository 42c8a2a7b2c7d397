//! The kinds of charts that chapters draw: lines, bars, labelled points.

use crate::figure::{COLOURS, Canvas, INK, LABEL, Painted, faint, label_style};
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::ops::Range;

/// A line or a cloud of points with a name.
#[derive(Clone, Debug)]
pub struct Series {
    /// What the legend calls it.
    pub name: String,
    /// Its points.
    pub points: Vec<(f64, f64)>,
}

impl Series {
    /// The series of numbers that come one `every` so much, the first after the first `every`: the losses of epochs, or
    /// of every few steps.
    pub fn every(every: f64, name: impl Into<String>, numbers: &[f64]) -> Self {
        let points = numbers.iter().zip(1..).map(|(number, i)| (every * f64::from(i), *number)).collect();
        Self { name: name.into(), points }
    }
}

/// The axes of a chart.
#[derive(Clone, Debug)]
pub struct Axes {
    /// What the horizontal axis shows, with its unit.
    pub x: String,
    /// What the vertical axis shows, with its unit.
    pub y: String,
    /// Whether both axes are logarithmic.
    pub logarithmic: bool,
}

/// Lines over common axes, with a legend where there are several.
///
/// # Errors
///
/// If plotters cannot draw it.
pub fn lines(canvas: &Canvas<'_>, axes: &Axes, series: &[Series]) -> Painted {
    let (x, y) = (range_of(series, |p| p.0, axes.logarithmic), range_of(series, |p| p.1, axes.logarithmic));
    if axes.logarithmic {
        lines_on(canvas, axes, series, x.log_scale(), y.log_scale())
    } else {
        lines_on(canvas, axes, series, x, y)
    }
}

/// The range of one coordinate with some room around it.
fn range_of(series: &[Series], coordinate: fn(&(f64, f64)) -> f64, logarithmic: bool) -> Range<f64> {
    let all = series.iter().flat_map(|series| series.points.iter().map(coordinate));
    let (low, high) = all.fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)));
    // Without points there is still a chart: plotters does not come back from an endless range.
    let (low, high) = if low <= high { (low, high) } else { (1.0, 2.0) };
    if logarithmic {
        low.max(f64::MIN_POSITIVE) / 1.3..high * 1.3
    } else {
        let room = 0.06 * (high - low).max(1e-9);
        low - room..high + room
    }
}

fn lines_on<X, Y>(canvas: &Canvas<'_>, axes: &Axes, series: &[Series], x: X, y: Y) -> Painted
where
    X: AsRangedCoord<Value = f64>,
    X::CoordDescType: ValueFormatter<f64>,
    Y: AsRangedCoord<Value = f64>,
    Y::CoordDescType: ValueFormatter<f64>,
{
    let mut chart = chart_builder(canvas).build_cartesian_2d(x, y)?;
    chart
        .configure_mesh()
        .bold_line_style(faint())
        .light_line_style(TRANSPARENT)
        .axis_style(INK)
        .label_style(label_style())
        .axis_desc_style(label_style())
        .x_label_formatter(&|x| tick(*x))
        .y_label_formatter(&|y| tick(*y))
        .x_desc(&axes.x)
        .y_desc(&axes.y)
        .draw()?;
    for (number, (series, colour)) in series.iter().zip(COLOURS.into_iter().cycle()).enumerate() {
        let points = series.points.iter().copied();
        let line = move |from: i32, to: i32| {
            move |(x, y): (i32, i32)| PathElement::new([(x + from, y), (x + to, y)], colour.stroke_width(3))
        };
        // The colours begin anew: what would look like an earlier line is dashed.
        if number < COLOURS.len() {
            chart
                .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
                .label(&series.name)
                .legend(line(0, 18));
        } else {
            chart
                .draw_series(DashedLineSeries::new(points, 7, 4, colour.stroke_width(2)))?
                .label(&series.name)
                .legend(move |at| EmptyElement::at((0, 0)) + line(0, 7)(at) + line(11, 18)(at));
        }
    }
    if series.len() > 1 {
        chart
            .configure_series_labels()
            .position(free_corner(axes, series))
            .label_font(label_style())
            .draw()?;
    }
    Ok(())
}

/// A number at an axis: no more digits than it needs, and no zero with a sign.
fn tick(number: f64) -> String {
    let text = format!("{number:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.trim_start_matches(['-', '0', '.']).is_empty() { "0".into() } else { text.replace('-', "−") }
}

/// The corner of a chart whose legend would cover the fewest points of the lines.
fn free_corner(axes: &Axes, series: &[Series]) -> SeriesLabelPosition {
    let scaled = |x: f64| if axes.logarithmic { x.max(f64::MIN_POSITIVE).ln() } else { x };
    let points: Vec<(f64, f64)> =
        series.iter().flat_map(|s| drawn_points(&s.points)).map(|(x, y)| (scaled(x), scaled(y))).collect();
    let bounds = |of: fn(&(f64, f64)) -> f64| {
        let all = points.iter().map(of);
        let (low, high) = all.fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)));
        (low, (high - low).max(1e-12))
    };
    let ((left, wide), (low, high)) = (bounds(|p| p.0), bounds(|p| p.1));
    // A legend takes about a third of the width, and some of the height for each of its lines.
    let (across, down) = (0.36, (0.09 * series.len() as f64 + 0.05).min(0.5));
    let corners = [
        (SeriesLabelPosition::UpperRight, true, true),
        (SeriesLabelPosition::UpperLeft, false, true),
        (SeriesLabelPosition::LowerRight, true, false),
        (SeriesLabelPosition::LowerLeft, false, false),
    ];
    let covered = |&(_, right, upper): &(SeriesLabelPosition, bool, bool)| {
        let inside = |&&(x, y): &&(f64, f64)| {
            let (x, y) = ((x - left) / wide, (y - low) / high);
            (if right { x > 1.0 - across } else { x < across })
                && (if upper { y > 1.0 - down } else { y < down })
        };
        points.iter().filter(inside).count()
    };
    let freest = corners.into_iter().min_by_key(covered);
    freest.map_or(SeriesLabelPosition::UpperRight, |(position, ..)| position)
}

/// The points of a line, and some more on the way from each to the next.
fn drawn_points(points: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64)> + '_ {
    const STEPS: u32 = 8;
    let between = points.array_windows().flat_map(|[a, b]| {
        (1..STEPS).map(move |i| {
            let t = f64::from(i) / f64::from(STEPS);
            (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1))
        })
    });
    points.iter().copied().chain(between)
}

/// A horizontal bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What stands before it.
    pub label: String,
    /// Its length.
    pub length: f64,
    /// What stands behind it: the number, as text.
    pub number: String,
    /// Its colour's place in the theme.
    pub colour: usize,
}

/// The height of a chart of so many bars, in pixels.
pub fn bars_height(bars: usize) -> u32 {
    24 + 26 * bars as u32
}

/// Horizontal bars from 0 to `full`, each with its label before it and its number behind it.
///
/// # Errors
///
/// If plotters cannot draw it.
pub fn bars(canvas: &Canvas<'_>, bars: &[Bar], full: f64) -> Painted {
    let width = canvas.dim_in_pixel().0 as i32;
    let (left, right) = (label_width(bars.iter().map(|bar| bar.label.as_str())) + 24, width - 76);
    let before = label_style().pos(Pos::new(HPos::Right, VPos::Center));
    let behind = label_style().pos(Pos::new(HPos::Left, VPos::Center));
    for (i, bar) in bars.iter().enumerate() {
        let y = 24 + 26 * i as i32;
        let end = left + (f64::from(right - left) * (bar.length / full).clamp(0.0, 1.0)) as i32;
        canvas.draw(&Text::new(bar.label.clone(), (left - 10, y), before.clone()))?;
        let colour = COLOURS[bar.colour % COLOURS.len()];
        canvas.draw(&Rectangle::new([(left, y - 9), (end.max(left + 1), y + 9)], colour.filled()))?;
        canvas.draw(&Text::new(bar.number.clone(), (end + 8, y), behind.clone()))?;
    }
    canvas.draw(&PathElement::new([(left, 10), (left, 14 + 26 * bars.len() as i32)], INK))?;
    Ok(())
}

/// About how wide the widest of some labels is, in pixels.
fn label_width<'a>(labels: impl Iterator<Item = &'a str>) -> i32 {
    labels.map(|label| label.chars().count() as i32 * LABEL * 11 / 20).max().unwrap_or(0)
}

/// A point of a map with its label.
#[derive(Clone, Debug)]
pub struct Point {
    /// Where it is.
    pub at: (f64, f64),
    /// What stands beside it; empty for a bare dot.
    pub label: String,
    /// Its colour's place in the theme; grey beyond the theme's colours.
    pub colour: usize,
}

/// A map of labelled points: no axes, since only the distances say something.
///
/// # Errors
///
/// If plotters cannot draw it.
pub fn map(canvas: &Canvas<'_>, points: &[Point]) -> Painted {
    let (width, height) = canvas.dim_in_pixel();
    let series = [Series { name: String::new(), points: points.iter().map(|point| point.at).collect() }];
    let (x, y) = (range_of(&series, |p| p.0, false), range_of(&series, |p| p.1, false));
    let scale = |value: f64, range: &Range<f64>, pixels: f64| {
        pixels * (value - range.start) / (range.end - range.start).max(1e-12)
    };
    let place = |(a, b): (f64, f64)| {
        let across = scale(a, &x, f64::from(width) - 150.0) as i32 + 20;
        (across, (f64::from(height) - 24.0 - scale(b, &y, f64::from(height) - 48.0)) as i32)
    };
    let placed: Vec<((i32, i32), &Point)> = points.iter().map(|point| (place(point.at), point)).collect();
    labelled(canvas, &placed)
}

/// Labelled points over axes.
///
/// # Errors
///
/// If plotters cannot draw it.
pub fn scatter(canvas: &Canvas<'_>, axes: &Axes, points: &[Point]) -> Painted {
    let series = [Series { name: String::new(), points: points.iter().map(|point| point.at).collect() }];
    let (x, y) = (range_of(&series, |p| p.0, axes.logarithmic), range_of(&series, |p| p.1, axes.logarithmic));
    // An invisible line makes the axes; the points are then painted where the axes put them.
    let bare = [Series { name: String::new(), points: Vec::new() }];
    let place = if axes.logarithmic {
        lines_on(canvas, axes, &bare, x.clone().log_scale(), y.clone().log_scale())?;
        pixels(canvas, points, x.log_scale(), y.log_scale())?
    } else {
        lines_on(canvas, axes, &bare, x.clone(), y.clone())?;
        pixels(canvas, points, x, y)?
    };
    let placed: Vec<((i32, i32), &Point)> = place.into_iter().zip(points).collect();
    labelled(canvas, &placed)
}

/// Where [`lines_on`] with the same axes would paint each point.
fn pixels<X: AsRangedCoord<Value = f64>, Y: AsRangedCoord<Value = f64>>(
    canvas: &Canvas<'_>,
    points: &[Point],
    x: X,
    y: Y,
) -> Result<Vec<(i32, i32)>, Box<dyn std::error::Error>> {
    let chart = chart_builder(canvas).build_cartesian_2d(x, y)?;
    Ok(points.iter().map(|point| chart.plotting_area().map_coordinate(&point.at)).collect())
}

/// Room for the axes' labels.
fn chart_builder<'a, 'b>(canvas: &'a Canvas<'b>) -> ChartBuilder<'a, 'b, SVGBackend<'b>> {
    let mut builder = ChartBuilder::on(canvas);
    builder.margin(12).margin_right(28).x_label_area_size(46).y_label_area_size(66);
    builder
}

/// Dots, and beside each its label where it covers no other; a label that finds no free place is
/// left out.
///
/// # Errors
///
/// If plotters cannot draw it.
pub fn labelled(canvas: &Canvas<'_>, points: &[((i32, i32), &Point)]) -> Painted {
    for &((x, y), point) in points {
        let radius = if point.label.is_empty() { 2 } else { 4 };
        let colour = COLOURS.get(point.colour).map_or(INK.mix(0.3), |colour| colour.mix(1.0));
        canvas.draw(&Circle::new((x, y), radius, colour.filled()))?;
    }
    let (width, height) = canvas.dim_in_pixel();
    let mut taken: Vec<[i32; 4]> = points
        .iter()
        .filter(|(_, point)| !point.label.is_empty())
        .map(|((x, y), _)| [x - 4, y - 4, x + 4, y + 4])
        .collect();
    for &((x, y), point) in points.iter().filter(|(_, point)| !point.label.is_empty()) {
        let wide = label_width(std::iter::once(point.label.as_str()));
        let boxes = [
            (x + 7, y - 7),
            (x - wide - 7, y - 7),
            (x - wide / 2, y - 21),
            (x - wide / 2, y + 6),
            (x + 6, y - 18),
            (x + 6, y + 4),
        ];
        let free = boxes.into_iter().map(|(left, top)| [left, top, left + wide, top + 14]).find(|new| {
            let inside = new[0] >= 0 && new[1] >= 0 && new[2] <= width as i32 && new[3] <= height as i32;
            let apart =
                |old: &[i32; 4]| new[2] < old[0] || old[2] < new[0] || new[3] < old[1] || old[3] < new[1];
            inside && taken.iter().all(apart)
        });
        if let Some(new) = free {
            taken.push(new);
            let style = label_style().pos(Pos::new(HPos::Left, VPos::Top));
            canvas.draw(&Text::new(point.label.clone(), (new[0], new[1]), style))?;
        }
    }
    Ok(())
}

/// A matrix of numbers from -1 to 1 as coloured squares, the larger the stronger, with labels.
///
/// `left` is where its labels end, in pixels.
///
/// # Errors
///
/// If plotters cannot draw it.
pub fn matrix(
    canvas: &Canvas<'_>,
    (left, top): (i32, i32),
    side: i32,
    labels: &[&str],
    cells: &[Vec<f64>],
) -> Painted {
    let before = label_style().pos(Pos::new(HPos::Right, VPos::Center));
    let above = label_style().pos(Pos::new(HPos::Left, VPos::Center)).transform(FontTransform::Rotate270);
    for (i, label) in labels.iter().enumerate() {
        let middle = i as i32 * side + side / 2;
        canvas.draw(&Text::new(label.to_string(), (left - 8, top + middle), before.clone()))?;
        canvas.draw(&Text::new(label.to_string(), (left + middle, top - 8), above.clone()))?;
        for (j, &cell) in cells[i].iter().enumerate() {
            let corner = (left + j as i32 * side, top + i as i32 * side);
            let opposite = (corner.0 + side - 2, corner.1 + side - 2);
            let colour = COLOURS[usize::from(cell < 0.0)].mix(cell.abs().clamp(0.0, 1.0));
            canvas.draw(&Rectangle::new([corner, opposite], colour.filled()))?;
            canvas.draw(&Rectangle::new([corner, opposite], faint()))?;
        }
    }
    Ok(())
}

/// An arrow from one pixel to another.
///
/// # Errors
///
/// If plotters cannot draw it.
pub fn arrow(canvas: &Canvas<'_>, from: (i32, i32), to: (i32, i32), colour: RGBColor) -> Painted {
    canvas.draw(&PathElement::new([from, to], colour.stroke_width(2)))?;
    let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
    let length = dx.hypot(dy).max(1.0);
    let (dx, dy) = (dx / length, dy / length);
    let corner = |turn: f64| {
        let (back, side) = (9.0, 4.0 * turn);
        (to.0 - (back * dx - side * dy) as i32, to.1 - (back * dy + side * dx) as i32)
    };
    canvas.draw(&Polygon::new([to, corner(1.0), corner(-1.0)], colour.filled()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Figure;

    fn painted(paint: impl FnOnce(&Canvas<'_>) -> Painted) -> String {
        Figure::paint("test", (400, 300), "c", "a", paint).unwrap().svg
    }

    #[test]
    fn lines_have_axes_and_a_legend_where_there_are_several() {
        let series = |name: &str| Series { name: name.into(), points: vec![(1.0, 10.0), (10.0, 100.0)] };
        for logarithmic in [false, true] {
            let axes = Axes { x: "epoch".into(), y: "loss".into(), logarithmic };
            let svg = painted(|canvas| lines(canvas, &axes, &[series("first"), series("second")]));
            assert!(svg.contains("epoch") && svg.contains("loss") && svg.contains("second"), "{svg}");
            let svg = painted(|canvas| lines(canvas, &axes, &[series("first")]));
            assert!(!svg.contains("first"));
        }
    }

    #[test]
    fn a_line_whose_colour_has_been_used_is_dashed() {
        let axes = Axes { x: "steps".into(), y: "loss".into(), logarithmic: false };
        let drawn = |lines: usize| {
            let line = |i| Series { name: format!("line {i}"), points: vec![(0.0, 0.5), (2.0, 0.5)] };
            let series: Vec<Series> = (0..lines).map(line).collect();
            let svg = painted(|canvas| super::lines(canvas, &axes, &series));
            svg.matches(r##"stroke="#0072B2""##).count()
        };
        // The line and its mark in the legend; then the dashes of the seventh, and two in the legend.
        assert_eq!(drawn(6), 2);
        assert!(drawn(7) > 10, "{}", drawn(7));
    }

    #[test]
    fn ticks_are_as_short_as_they_can_be() {
        for (number, text) in
            [(5.0, "5"), (-0.0, "0"), (0.1 + 0.2, "0.3"), (-1.25, "−1.25"), (1000.0, "1000")]
        {
            assert_eq!(tick(number), text);
        }
    }

    #[test]
    fn the_legend_stands_where_no_line_is() {
        let axes = Axes { x: "x".into(), y: "y".into(), logarithmic: false };
        let corner = |ends: [(f64, f64); 2]| {
            let series = Series { name: "s".into(), points: ends.to_vec() };
            free_corner(&axes, &[series.clone(), series])
        };
        let falling = corner([(0.0, 1.0), (1.0, 0.0)]);
        assert!(matches!(falling, SeriesLabelPosition::UpperRight), "{falling:?}");
        let rising = corner([(0.0, 0.0), (1.0, 1.0)]);
        assert!(matches!(rising, SeriesLabelPosition::UpperLeft), "{rising:?}");
    }

    #[test]
    fn a_chart_without_points_is_drawn_too() {
        for logarithmic in [false, true] {
            let axes = Axes { x: "count".into(), y: "share".into(), logarithmic };
            assert!(painted(|canvas| scatter(canvas, &axes, &[])).contains("count"));
        }
        assert!(painted(|canvas| map(canvas, &[])).contains("svg"));
    }

    #[test]
    fn labels_that_would_cover_others_are_left_out() {
        let points: Vec<Point> = (0..40)
            .map(|i| Point { at: (0.001 * f64::from(i), 0.0), label: format!("word{i:02}"), colour: 0 })
            .chain([Point { at: (5.0, 5.0), label: "lonely".into(), colour: 1 }])
            .collect();
        let svg = painted(|canvas| map(canvas, &points));
        assert!(svg.contains("lonely"));
        let shown = (0..40).filter(|i| svg.contains(&format!("word{i:02}"))).count();
        assert!((1..40).contains(&shown), "{shown}");
    }

    #[test]
    fn bars_show_label_and_number() {
        let bar = Bar { label: "signed".into(), length: 50.0, number: "50 %".into(), colour: 0 };
        let svg = painted(|canvas| bars(canvas, &[bar], 100.0));
        assert!(svg.contains("signed") && svg.contains("50 %"));
    }
}
