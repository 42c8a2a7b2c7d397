//! The chapter's figures.

use crate::beam_search::{Branch, Caption, Found};
use crate::captions::Test;
use crate::evaluate::{Gaze, Judged, mass_inside};
use crate::vocabulary::{END, Vocabulary};
use crate::{ATTENTION, CHANNELS, EMBEDDING, Error, GRID, HIDDEN, INPUT, LOCATIONS, SIDE, WORDS};
use emoji_world::{Picture, Scene};
use lab::cards::{Card, Cards};
use lab::chart::{self, Axes, Bar, Series};
use lab::figure::{COLOURS, Figure, INK, Inset, LABEL, WIDTH, label_style, lines_of, write};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Side of a picture in most figures, in pixels.
const SHOWN: u32 = 112;

fn inset(picture: &Picture, at: (i32, i32), side: u32) -> Inset {
    Inset { png: picture.to_png(), at, size: (side, side), pixelated: true }
}

/// The picture where the attention is, dark where it is not: the most attended location is as bright as in
/// the picture itself.
pub fn overlaid(picture: &Picture, looked: &[f32]) -> Picture {
    let most = looked.iter().fold(1e-9_f32, |most, &a| most.max(a));
    let brightness: Vec<f32> = looked.iter().map(|a| (a / most).sqrt()).collect();
    picture.lit(&brightness, GRID, 0.22)
}

/// Some scenes and what is said of each.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn samples(tests: &[Test], judged: &[Judged]) -> Result<Figure, Error> {
    let told: Vec<String> = judged
        .iter()
        .zip(tests)
        .map(|(judged, test)| match (judged.correct, test.references.first()) {
            (false, Some(reference)) => format!("{} (wrong; right would be: {reference})", judged.sentence),
            _ => format!("{} (right)", judged.sentence),
        })
        .collect();
    let alt = format!(
        "{} scenes of a few emoji, each with the sentence that the network wrote: {}.",
        tests.len(),
        told.join("; ")
    );
    let caption = "Scenes of the test, which training never showed, and what the model with attention writes about them.";
    let card = |(test, judged): (&Test, &Judged)| {
        let lines = lines_of(&judged.sentence, 22).into_iter().take(4).collect();
        Card { png: test.scene.render().to_png(), lines }
    };
    let cards: Vec<Card> = tests.iter().zip(judged).map(card).collect();
    let layout = Cards { columns: 4, side: SHOWN, above: 8, below: 84, bottom: 0 };
    Ok(layout.paint("samples", &cards, caption, &alt)?)
}

/// What one time step of an LSTM computes.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn lstm_cell() -> Result<Figure, Error> {
    // Boxes: what they are called, where their middle is, how far they reach to each side.
    const BOXES: [(&str, (i32, i32), i32); 9] = [
        ("cell cₜ₋₁", (70, 40), 52),
        ("cell cₜ", (650, 40), 52),
        ("tanh", (530, 95), 32),
        ("state hₜ", (650, 150), 52),
        ("forget f", (180, 240), 44),
        ("input i", (274, 240), 40),
        ("candidate g", (390, 240), 58),
        ("output o", (530, 240), 46),
        ("input xₜ and state hₜ₋₁", (355, 320), 110),
    ];
    const SIGNS: [(&str, (i32, i32)); 4] =
        [("×", (180, 40)), ("+", (330, 40)), ("×", (330, 150)), ("×", (530, 150))];
    const ARROWS: [((i32, i32), (i32, i32)); 15] = [
        ((122, 40), (165, 40)),
        ((195, 40), (315, 40)),
        ((345, 40), (598, 40)),
        ((180, 222), (180, 55)),
        ((274, 222), (320, 162)),
        ((390, 222), (340, 162)),
        ((330, 135), (330, 55)),
        ((530, 40), (530, 77)),
        ((530, 113), (530, 135)),
        ((530, 222), (530, 165)),
        ((545, 150), (598, 150)),
        ((310, 302), (190, 258)),
        ((335, 302), (280, 258)),
        ((365, 302), (385, 258)),
        ((400, 302), (520, 258)),
    ];
    let caption = "One time step of an LSTM. The cell's numbers go straight from left to right: each is multiplied \
                   by its forget gate, and something is added to it. Nothing else is done to them. A × multiplies two vectors number by number, as ⊙ does in the equations. Gates and candidate are vermilion, the tanh is blue, what goes in and comes out is green.";
    let alt = "A diagram. At the top a straight line from the cell before, c at t minus 1, through a \
               multiplication with the forget gate f and an addition, to the cell after, c at t. What is added is the \
               input gate i times the candidate g. A branch of the line after the addition goes through tanh, \
               is multiplied by the output gate o, and becomes the state h at t. At the bottom the input x at t and \
               the state h at t minus 1 lead to f, i, g and o.";
    Ok(Figure::paint("lstm_cell", (WIDTH, 346), caption, alt, |canvas| {
        for (from, to) in ARROWS {
            chart::arrow(canvas, from, to, COLOURS[0])?;
        }
        for (i, (name, (x, y), half)) in BOXES.into_iter().enumerate() {
            let corners = [(x - half, y - 18), (x + half, y + 18)];
            let colour = COLOURS[if (4..8).contains(&i) {
                1
            } else if i == 2 {
                0
            } else {
                2
            }];
            canvas.draw(&Rectangle::new(corners, colour.mix(0.15).filled()))?;
            canvas.draw(&Rectangle::new(corners, INK.mix(0.6)))?;
            write(canvas, name, (x, y), HPos::Center)?;
        }
        for (sign, at) in SIGNS {
            canvas.draw(&Circle::new(at, 15, COLOURS[0].mix(0.15).filled()))?;
            canvas.draw(&Circle::new(at, 15, INK.mix(0.6)))?;
            write(canvas, sign, at, HPos::Center)?;
        }
        Ok(())
    })?)
}

/// One box of the flow: its name, its shape, where it is.
type Node = (&'static str, String, (i32, i32));

/// What one step of Show, Attend and Tell computes, with the shapes that the code has.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn flow() -> Result<Figure, Error> {
    const HALF: (i32, i32) = (74, 25);
    let nodes: Vec<Node> = vec![
        ("picture", format!("{SIDE} × {SIDE} × 3"), (90, 50)),
        ("features a", format!("{LOCATIONS} × {CHANNELS}"), (90, 160)),
        ("state h₀", format!("{HIDDEN}"), (90, 270)),
        ("query s₁", format!("{ATTENTION}"), (270, 270)),
        ("weights α₁", format!("{GRID} × {GRID} = {LOCATIONS}"), (270, 160)),
        ("context z₁", format!("{CHANNELS}"), (270, 50)),
        ("word y₁", format!("{EMBEDDING}"), (450, 160)),
        ("state h₁", format!("{INPUT} → {HIDDEN}"), (450, 50)),
        ("words d₁", format!("{WORDS} probabilities"), (630, 50)),
        ("query s₂", format!("{ATTENTION}"), (630, 160)),
    ];
    let arrows = [(0, 1), (1, 2), (2, 3), (3, 4), (1, 4), (1, 5), (4, 5), (5, 7), (6, 7), (7, 8), (7, 9)];
    let shapes: Vec<String> = nodes.iter().map(|(name, shape, _)| format!("{name}: {shape}")).collect();
    let steps: Vec<String> =
        arrows.iter().map(|&(a, b)| format!("{} to {}", nodes[a].0, nodes[b].0)).collect();
    let alt = format!(
        "A diagram of boxes and arrows. Boxes with their shapes: {}. Arrows: {}.",
        shapes.join("; "),
        steps.join(", ")
    );
    let caption = "One step of Show, Attend and Tell. The features stay the same for every word; the state \
                   of the step before gives the query, the query gives the weights, and so on. The second step \
                   begins at s₂. Green is what comes from the picture, vermilion the attention, blue the decoder.";
    let edge = |from: (i32, i32), to: (i32, i32)| {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        // Boxes are wider than high: arrows leave at the side that faces the other box.
        if dx.abs() * HALF.1 > dy.abs() * HALF.0 {
            let side = HALF.0 * dx.signum();
            ((from.0 + side, from.1 + dy * HALF.0 / dx.abs()), (to.0 - side, to.1 - dy * HALF.0 / dx.abs()))
        } else {
            let side = HALF.1 * dy.signum();
            ((from.0 + dx * HALF.1 / dy.abs(), from.1 + side), (to.0 - dx * HALF.1 / dy.abs(), to.1 - side))
        }
    };
    Ok(Figure::paint("flow", (WIDTH, 312), caption, &alt, |canvas| {
        for &(a, b) in &arrows {
            let (from, to) = edge(nodes[a].2, nodes[b].2);
            chart::arrow(canvas, from, to, COLOURS[0])?;
        }
        for (i, (name, shape, (x, y))) in nodes.iter().enumerate() {
            let corners = [(x - HALF.0, y - HALF.1), (x + HALF.0, y + HALF.1)];
            let colour = COLOURS[if i < 2 { 2 } else { [3, 4, 5].contains(&i).into() }];
            canvas.draw(&Rectangle::new(corners, colour.mix(0.15).filled()))?;
            canvas.draw(&Rectangle::new(corners, INK.mix(0.6)))?;
            write(canvas, name, (*x, y - 9), HPos::Center)?;
            write(canvas, shape, (*x, y + 9), HPos::Center)?;
        }
        Ok(())
    })?)
}

/// The loss over the seconds of training, a line a model.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn training(runs: &[(&str, Vec<f64>, f64)]) -> Result<Figure, Error> {
    let series: Vec<Series> = runs
        .iter()
        .map(|(name, losses, seconds)| Series {
            name: (*name).to_owned(),
            points: losses
                .iter()
                .zip(1..)
                .map(|(&loss, i)| (seconds * f64::from(i) / losses.len() as f64, loss))
                .collect(),
        })
        .collect();
    let ends: Vec<String> = runs
        .iter()
        .filter_map(|(name, losses, seconds)| {
            Some(format!(
                "{name} from {:.2} to {:.2} in {seconds:.0} seconds",
                losses.first()?,
                losses.last()?
            ))
        })
        .collect();
    let alt = format!(
        "What a word costs falls: {}. Where scenes get a third object the lines jump up.",
        ends.join("; ")
    );
    let caption = "What a word of a training sentence costs, over the time of training (seed 1). The step up \
                   is where scenes get a third object.";
    let axes = Axes { x: "seconds of training".into(), y: "loss, nats a word".into(), logarithmic: false };
    Ok(Figure::paint("training", (WIDTH, 320), caption, &alt, |canvas| chart::lines(canvas, &axes, &series))?)
}

/// What the attention does while a caption is written, word by word.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn attention(
    name: &str,
    test: &Test,
    caption: &Caption,
    judged: &Judged,
    vocabulary: &Vocabulary,
) -> Result<Figure, Error> {
    let picture = test.scene.render();
    let mut words: Vec<&str> = vec!["(the picture)"];
    words.extend(caption.words.iter().map(|&word| vocabulary.word(word)));
    let mut pictures = vec![picture.clone()];
    pictures.extend(caption.looked.iter().map(|looked| overlaid(&picture, looked)));
    let nouns: Vec<String> = judged
        .said
        .iter()
        .flat_map(|said| &said.mentions)
        .map(|mention| {
            let noun = words.get(mention.noun + 1).copied().unwrap_or_default();
            let looked = caption.looked.get(mention.noun);
            match looked.and_then(|looked| mass_inside(looked, mention, &test.scene)) {
                Some((inside, _)) => {
                    format!("at {noun}, {:.0} % on what it names", 100.0 * inside)
                }
                None => format!(
                    "at {noun}, which names nothing that is there, {}",
                    looked.map_or(String::new(), |looked| on_each(looked, &test.scene))
                ),
            }
        })
        .collect();
    let verdict = if judged.correct { "which is right" } else { "which is wrong" };
    let alt = format!(
        "A scene, and {} copies of it, one for each word of \"{}\", {verdict}; bright where the network looks when it writes the word. {}.",
        caption.words.len(),
        judged.sentence,
        if nouns.is_empty() {
            "It names nothing".to_owned()
        } else {
            format!("Where the attention lies: {}", nouns.join("; "))
        }
    );
    let text = format!(
        "Where the network looks as it writes *{}* ({verdict}; one of the references: *{}*). Each copy is bright where the \
         attention lies while the word below it is written.",
        judged.sentence,
        test.references.first().map(String::as_str).unwrap_or_default()
    );
    let card =
        |(picture, word): (&Picture, &&str)| Card { png: picture.to_png(), lines: vec![(*word).to_owned()] };
    let cards: Vec<Card> = pictures.iter().zip(&words).map(card).collect();
    let layout = Cards { columns: 6, side: 100, above: 8, below: 26, bottom: 4 };
    Ok(layout.paint(name, &cards, &text, &alt)?)
}

/// How much of a distribution over the locations lies in the box of each thing, in words.
fn on_each(looked: &[f32], scene: &Scene) -> String {
    let one = |object: &emoji_world::Object| {
        let inside = object.bounds.weight_inside(looked, SIDE, GRID);
        format!("{:.0} % on the {}", 100.0 * inside, object.name())
    };
    scene.objects.iter().map(one).collect::<Vec<_>>().join(" and ")
}

/// The same as a film: one frame a word, each for a second. Who prefers no motion sees the last noun's
/// frame alone, and so does a printer.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn film(
    test: &Test,
    caption: &Caption,
    judged: &Judged,
    vocabulary: &Vocabulary,
) -> Result<Figure, Error> {
    let picture = test.scene.render();
    let words: Vec<&str> = caption.words.iter().map(|&word| vocabulary.word(word)).collect();
    let count = words.len().max(1);
    let side = 224;
    let left = (WIDTH as i32 - side) / 2;
    let still =
        judged.said.iter().flat_map(|said| &said.mentions).map(|mention| mention.noun).max().unwrap_or(0);
    let mut frames = String::new();
    for (i, looked) in caption.looked.iter().take(count).enumerate() {
        let frame = Figure::paint("frame", (WIDTH, 290), "", "", |canvas| {
            let mut x = (WIDTH as i32 - words.join(" ").len() as i32 * LABEL * 11 / 20) / 2;
            for (j, word) in words.iter().take(i + 1).enumerate() {
                let colour = if j < i { INK.mix(1.0) } else { COLOURS[1].mix(1.0) };
                let style = label_style().color(&colour).pos(Pos::new(HPos::Left, VPos::Center));
                canvas.draw(&Text::new((*word).to_owned(), (x, 260), style))?;
                x += (word.len() as i32 + 1) * LABEL * 11 / 20;
            }
            Ok(())
        })?
        .with_insets(&[inset(&overlaid(&picture, looked), (left, 12), side as u32)]);
        let inner = frame.svg.find('>').map_or("", |start| frame.svg[start + 1..].trim_end());
        let inner = inner.strip_suffix("</svg>").unwrap_or(inner);
        let class = if i == still { "caption-film caption-film-still" } else { "caption-film" };
        frames += &format!("<g class=\"{class}\" style=\"animation-delay:{i}s\">{inner}</g>\n");
    }
    // Each frame is to be seen for its share of the round, and hidden otherwise.
    let share = 100.0 / count as f64;
    let style = format!(
        "<style>.caption-film{{opacity:0;animation:caption-film {count}s step-end infinite}}\
         @keyframes caption-film{{0%{{opacity:1}}{share:.3}%{{opacity:0}}}}\
         @media (prefers-reduced-motion:reduce){{.caption-film{{animation:none}}.caption-film-still{{opacity:1}}}}\
         @media print{{.caption-film{{animation:none}}.caption-film-still{{opacity:1}}}}</style>\n"
    );
    let alt = format!(
        "A film of {count} frames of one second. The picture is dark but for where the network looks, and the words \
         of \"{}\" appear one by one below it. At rest it shows the frame of \"{}\".",
        judged.sentence,
        words.get(still).copied().unwrap_or_default()
    );
    let text = "The same as a film: where the network looks, word by word.";
    let mut figure = Figure::paint("film", (WIDTH, 290), text, &alt, |_| Ok(()))?;
    let end = figure.svg.rfind("</svg>").unwrap_or(figure.svg.len());
    figure.svg.insert_str(end, &(style + &frames));
    Ok(figure)
}

/// The beginnings that beam search kept, as a tree.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn beam_tree(found: &Found, vocabulary: &Vocabulary, width: usize) -> Result<Figure, Error> {
    // A column for every length.
    let mut columns: Vec<Vec<usize>> = Vec::new();
    let mut depth = vec![0; found.tree.len()];
    for (place, branch) in found.tree.iter().enumerate() {
        depth[place] = branch.parent.map_or(0, |parent| depth[parent] + 1);
        if columns.len() <= depth[place] {
            columns.push(vec![]);
        }
        columns[depth[place]].push(place);
    }
    let most = columns.iter().map(Vec::len).max().unwrap_or(1) as i32;
    let (wide, high) = (82, 40);
    let mut at = vec![(0, 0); found.tree.len()];
    for (x, column) in columns.iter().enumerate() {
        for (y, &place) in column.iter().enumerate() {
            at[place] = (44 + x as i32 * wide, 26 + y as i32 * high);
        }
    }
    let word = |branch: &Branch| {
        if branch.word == END { "■".to_owned() } else { vocabulary.word(branch.word).to_owned() }
    };
    let chosen = vocabulary.sentence(&found.caption.words);
    let first = found.tree.iter().filter(|branch| branch.parent.is_none());
    let first: Vec<String> =
        first.map(|branch| format!("{} {:.2}", word(branch), branch.log_probability)).collect();
    let alt = format!(
        "A tree of the {} beginnings that a beam of width {width} kept over {} words, each with the logarithm of \
         its probability. The first words: {}. The path that won is drawn strongly: \"{chosen}\", {:.2}.",
        found.tree.len(),
        columns.len(),
        first.join(", "),
        found.caption.log_probability
    );
    let caption = format!(
        "Beam search with a beam of {width}. Below each word is the logarithm of the probability of the sentence \
         up to there; ■ is the end. What won is drawn strongly, in vermilion: *{chosen}*."
    );
    let size = ((columns.len() as i32 * wide + 24) as u32, (most * high + 16) as u32);
    let faint = INK.mix(0.7);
    let small = label_style().color(&faint).pos(Pos::new(HPos::Center, VPos::Center));
    Ok(Figure::paint("beam_tree", size, &caption, &alt, |canvas| {
        for (place, branch) in found.tree.iter().enumerate() {
            if let Some(parent) = branch.parent {
                let strong = branch.chosen;
                let (from, to) = (at[parent], at[place]);
                let style = if strong { COLOURS[1].stroke_width(3) } else { INK.mix(0.3).stroke_width(1) };
                canvas.draw(&PathElement::new([(from.0 + 26, from.1), (to.0 - 26, to.1)], style))?;
            }
        }
        for (place, branch) in found.tree.iter().enumerate() {
            let (x, y) = at[place];
            let colour = if branch.chosen { COLOURS[1].mix(1.0) } else { INK.mix(1.0) };
            let style = label_style().color(&colour).pos(Pos::new(HPos::Center, VPos::Center));
            canvas.draw(&Text::new(word(branch), (x, y - 6), style))?;
            canvas.draw(&Text::new(format!("{:.2}", branch.log_probability), (x, y + 10), small.clone()))?;
        }
        Ok(())
    })?)
}

/// The attention inside the boxes of what is named, against uniform attention.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn gaze(rows: &[(String, Gaze)]) -> Result<Figure, Error> {
    let mut bars: Vec<Bar> = Vec::new();
    for (name, gaze) in rows {
        let bar = |label: String, length: f64, colour| Bar {
            label,
            length,
            number: format!("{:.0} %", 100.0 * length),
            colour,
        };
        bars.push(bar(format!("{name}, attention"), gaze.inside, 0));
        bars.push(bar(format!("{name}, uniform"), gaze.uniform, 1));
    }
    let list: Vec<String> = rows
        .iter()
        .map(|(name, gaze)| {
            format!(
                "{name}: {:.0} % of the attention, {:.0} % of the picture",
                100.0 * gaze.inside,
                100.0 * gaze.uniform
            )
        })
        .collect();
    let alt = format!(
        "Bars: how much of the attention lies in the boxes of what the noun names. {}.",
        list.join("; ")
    );
    let caption = "How much of the attention lies inside the boxes of what a noun names while it is written, and how \
                   much would, were the attention uniform.";
    Ok(Figure::paint("gaze", (WIDTH, chart::bars_height(bars.len())), caption, &alt, |canvas| {
        chart::bars(canvas, &bars, 1.0)
    })?)
}

/// How long the true gradient of hard attention is, and how far estimates of it lie from it.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn gradient_noise(rows: &[(String, f64)], unit: &str, caption: &str) -> Result<Figure, Error> {
    let full = rows.iter().map(|(_, value)| *value).fold(f64::MIN_POSITIVE, f64::max);
    let bars: Vec<Bar> = rows
        .iter()
        .enumerate()
        .map(|(i, (label, value))| Bar {
            label: label.clone(),
            length: *value,
            number: format!("{value:.3}{unit}"),
            colour: i,
        })
        .collect();
    let list: Vec<String> = rows.iter().map(|(label, value)| format!("{label}: {value:.3}{unit}")).collect();
    let alt = format!("Bars: {}.", list.join("; "));
    Ok(Figure::paint("gradient_noise", (WIDTH, chart::bars_height(bars.len())), caption, &alt, |canvas| {
        chart::bars(canvas, &bars, full)
    })?)
}
