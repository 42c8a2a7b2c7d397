//! The chapter's figures. Each takes the data it draws and writes its own description from them.

use crate::Error;
use crate::analogies::{Score, total};
use crate::bias::Lean;
use crate::context_words::top;
use crate::differences::pairs_of;
use crate::negative_sampling::POWER;
use crate::one_hot::{cosine, one_hot};
use crate::similarity::spearman;
use crate::toy::Toy;
use crate::vocabulary::Vocabulary;
use crate::word_vectors::WordVectors;
use crate::{DIMENSIONS, analogies, toy};
use lab::Figure;
use lab::chart::{self, Axes, Bar, Point, Series};
use lab::figure::{COLOURS, WIDTH, in_thirds, label_style};
use lab::projection::{principal_components, t_sne};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Groups of words for maps; a map draws those that the vocabulary has.
pub const GROUPS: [(&str, &[&str]); 6] = [
    ("integers", &["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize"]),
    ("collections", &["HashMap", "HashSet", "BTreeMap", "BTreeSet", "Vec", "VecDeque", "BinaryHeap"]),
    ("text", &["str", "String", "char", "string", "strings", "characters", "utf"]),
    ("threads", &["thread", "threads", "Mutex", "mutex", "lock", "atomic", "Arc", "spawn"]),
    (
        "ownership",
        &["borrow", "ownership", "lifetime", "lifetimes", "reference", "references", "owned", "borrowed"],
    ),
    (
        "packages",
        &["cargo", "crate", "crates", "package", "packages", "dependency", "dependencies", "workspace"],
    ),
];

/// Cosines between one-hot vectors beside cosines between trained ones.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn one_hot_and_trained(vectors: &WordVectors) -> Result<Figure, Error> {
    const SHOWN: usize = 8;
    let words = crate::report::known(
        vectors.vocabulary(),
        &["i32", "u32", "HashMap", "BTreeMap", "thread", "mutex", "read", "write"],
    );
    let words = &words[..words.len().min(SHOWN)];
    let cells = |cosine: &dyn Fn(usize, usize) -> f64| -> Vec<Vec<f64>> {
        (0..words.len()).map(|i| (0..words.len()).map(|j| cosine(i, j)).collect()).collect()
    };
    let sparse = cells(&|i, j| f64::from(cosine(&one_hot::<SHOWN>(i), &one_hot::<SHOWN>(j))));
    let dense = cells(&|i, j| vectors.cosine(words[i], words[j]).map_or(0.0, f64::from));
    let different = (0..words.len()).flat_map(|i| (0..i).map(move |j| (j, i)));
    let pair = different.max_by(|a, b| dense[a.0][a.1].total_cmp(&dense[b.0][b.1])).unwrap_or((0, 0));
    let best = dense[pair.0][pair.1];
    let alt = format!(
        "Two tables of cosines between the words {}. Left, one-hot vectors: 1 on the diagonal, 0 elsewhere. \
         Right, trained vectors: the largest cosine of two different words is {best:.2}, between {} and {}.",
        words.join(", "),
        words[pair.0],
        words[pair.1],
    );
    let caption = "Cosines between words, the stronger the colour the larger. *Left:* one-hot vectors know only whether two \
                   words are the same. *Right:* the vectors that this chapter trains.";
    Ok(Figure::paint("one_hot", (WIDTH, 330), caption, &alt, |canvas| {
        chart::matrix(canvas, (90, 96), 28, words, &sparse)?;
        chart::matrix(canvas, (450, 96), 28, words, &dense)
    })?)
}

/// Counts of words against their ranks.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn zipf(vocabulary: &Vocabulary) -> Result<Figure, Error> {
    let counts = vocabulary.counts();
    let points: Vec<(f64, f64)> = (1..=counts.len())
        .filter(|rank| *rank < 50 || rank % (rank / 25) == 0)
        .map(|rank| (rank as f64, counts[rank - 1] as f64))
        .collect();
    let at = |rank: usize| format!("{} occurs {} times", vocabulary.word(rank as u32 - 1), counts[rank - 1]);
    let alt = format!(
        "Counts against ranks on logarithmic axes: {}, {}, {}.",
        at(1),
        at(10.min(counts.len())),
        at(1000.min(counts.len())),
    );
    let axes = Axes { x: "rank of the word".into(), y: "count".into(), logarithmic: true };
    let caption = "How often words occur, the most frequent first. Counts fall roughly as a power of the rank: \
                   Zipf's law.";
    let series = [Series { name: String::new(), points }];
    Ok(Figure::paint("zipf", (WIDTH, 380), caption, &alt, |canvas| chart::lines(canvas, &axes, &series))?)
}

/// A sentence, a centre word and the window around it.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn window() -> Result<Figure, Error> {
    let words = ["the", "vector", "owns", "its", "elements", "and", "drops", "them"];
    let (centre, reach) = (4_usize, 2_usize);
    let alt = format!(
        "The sentence “{}”. Arrows lead from the centre word “{}” to its neighbours at most {reach} places away: {}.",
        words.join(" "),
        words[centre],
        (centre - reach..=centre + reach)
            .filter(|i| *i != centre)
            .map(|i| format!("“{}”", words[i]))
            .collect::<Vec<_>>()
            .join(", "),
    );
    let caption =
        "Skip-gram with a window of 2: the vector of the centre word has to give back the words around it.";
    Ok(Figure::paint("window", (WIDTH, 130), caption, &alt, |canvas| {
        let middle = label_style().pos(Pos::new(HPos::Center, VPos::Center));
        let place = |i: usize| (45 + 90 * i as i32, 95);
        for (i, word) in words.iter().enumerate() {
            let (x, y) = place(i);
            let within = i.abs_diff(centre) <= reach;
            let colour = if i == centre { COLOURS[1] } else { COLOURS[0] };
            if within {
                canvas.draw(&Rectangle::new([(x - 42, y - 16), (x + 42, y + 16)], colour.stroke_width(2)))?;
            }
            canvas.draw(&Text::new(word.to_string(), (x, y), middle.clone()))?;
            if within && i != centre {
                let (from, to) = (place(centre), (x, y - 18));
                let side = if i < centre { -1 } else { 1 };
                let height = y - 24 - 24 * i.abs_diff(centre) as i32;
                let start = (from.0 + 12 * side, from.1 - 18);
                canvas.draw(&PathElement::new(
                    [start, (start.0, height), (to.0, height)],
                    COLOURS[0].stroke_width(2),
                ))?;
                chart::arrow(canvas, (to.0, height), to, COLOURS[0])?;
            }
        }
        Ok(())
    })?)
}

/// The toy corpus' words in the plane.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn toy_map(toy: &Toy) -> Result<Figure, Error> {
    let words = toy::words();
    let points: Vec<Point> = words
        .iter()
        .zip(&toy.vectors)
        .map(|(word, &[x, y])| Point {
            at: (x.into(), y.into()),
            label: word.to_string(),
            colour: usize::from(matches!(*word, "cat" | "dog")),
        })
        .collect();
    let of = |word: &str| words.iter().position(|w| *w == word).map_or([0.0; 2], |i| toy.vectors[i]);
    let distance = |a: &Point, b: &Point| (a.at.0 - b.at.0).hypot(a.at.1 - b.at.1);
    let nearest = |(i, word): (usize, &Point)| {
        let others = points.iter().enumerate().filter(|(j, _)| *j != i);
        let nearest = others.min_by(|(_, a), (_, b)| distance(word, a).total_cmp(&distance(word, b)))?.1;
        Some(format!("{} beside {}", word.label, nearest.label))
    };
    let alt = format!(
        "The {} words of the toy corpus as points in the plane, each with the word that lies nearest: {}. The vectors of \
         cat and dog have the cosine {:.2}.",
        words.len(),
        points.iter().enumerate().filter_map(nearest).collect::<Vec<_>>().join(", "),
        cosine(&of("cat"), &of("dog")),
    );
    let caption = "The toy corpus after training, two numbers a word. *cat* and *dog* stand in the same places of \
                   the sentences.";
    Ok(Figure::paint("toy", (WIDTH, 420), caption, &alt, |canvas| chart::map(canvas, &points))?)
}

/// How subsampling and the noise distribution change the words' shares.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn thinning(vocabulary: &Vocabulary, keep: &[f32]) -> Result<Figure, Error> {
    let share = |weights: Vec<f64>| -> Vec<f64> {
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| 100.0 * weight / sum).collect()
    };
    let counts: Vec<f64> = vocabulary.counts().iter().map(|&count| count as f64).collect();
    let kept: Vec<f64> = counts.iter().zip(keep).map(|(count, &keep)| count * f64::from(keep)).collect();
    let noise: Vec<f64> = counts.iter().map(|count| count.powf(POWER)).collect();
    let series: Vec<Series> =
        [("corpus", share(counts)), ("after subsampling", share(kept)), ("noise", share(noise))]
            .into_iter()
            .map(|(name, shares)| Series {
                name: name.into(),
                points: (1..=shares.len())
                    .filter(|rank| *rank < 50 || rank % (rank / 25) == 0)
                    .map(|rank| (rank as f64, shares[rank - 1]))
                    .collect(),
            })
            .collect();
    let first = |i: usize| series[i].points.first().map_or(0.0, |point| point.1);
    let last = |i: usize| series[i].points.last().map_or(0.0, |point| point.1);
    let alt = format!(
        "Shares of words against their ranks, on logarithmic axes. The most frequent word has {:.1} % of the \
         corpus, {:.1} % after subsampling and {:.1} % of the noise; the rarest {:.4} %, {:.4} % and {:.4} %.",
        first(0),
        first(1),
        first(2),
        last(0),
        last(1),
        last(2),
    );
    let axes = Axes { x: "rank of the word".into(), y: "share, %".into(), logarithmic: true };
    let caption = "Both remedies flatten the distribution: subsampling thins out what is read, and the noise \
                   distribution draws rare words more often than they occur.";
    Ok(Figure::paint("thinning", (WIDTH, 380), caption, &alt, |canvas| chart::lines(canvas, &axes, &series))?)
}

/// The loss of each epoch, a line a seed.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn losses(runs: &[(u64, Vec<f64>)]) -> Result<Figure, Error> {
    let line = |(seed, losses): &(u64, Vec<f64>)| Series::every(1.0, format!("seed {seed}"), losses);
    let series: Vec<Series> = runs.iter().map(line).collect();
    let ends: Vec<String> = runs
        .iter()
        .filter_map(|(seed, losses)| {
            Some(format!("from {:.3} to {:.3} with seed {seed}", losses.first()?, losses.last()?))
        })
        .collect();
    let alt = format!("The loss of each epoch: {}.", ends.join(", "));
    let axes = Axes { x: "epoch".into(), y: "loss a pair, nats".into(), logarithmic: false };
    let caption = "Mean loss a pair in each epoch, for each seed.";
    Ok(Figure::paint("loss", (WIDTH, 360), caption, &alt, |canvas| chart::lines(canvas, &axes, &series))?)
}

/// Plain dfdx beside the fast step.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn speed(plain: f64, fast: f64) -> Result<Figure, Error> {
    let bar = |label: &str, pairs: f64, colour| Bar {
        label: label.into(),
        length: pairs,
        number: format!("{:.0}k", pairs / 1000.0),
        colour,
    };
    let bars = [bar("plain dfdx", plain, 1), bar("fast step", fast, 0)];
    let alt = format!(
        "Pairs trained on in a second: plain dfdx {:.0} thousand, the fast step {:.0} thousand, {:.0} times as many.",
        plain / 1000.0,
        fast / 1000.0,
        fast / plain,
    );
    let caption = "(centre, context) pairs a second, each with its negative samples, in thousands.";
    let height = chart::bars_height(bars.len());
    Ok(Figure::paint("speed", (WIDTH, height), caption, &alt, |canvas| {
        chart::bars(canvas, &bars, plain.max(fast))
    })?)
}

/// For one word: the predicted probability of its context words against the real share.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn context(
    vocabulary: &Vocabulary,
    word: &str,
    predicted: &[f64],
    counted: &[f64],
) -> Result<Figure, Error> {
    let ids = top(counted, 150);
    let points: Vec<Point> = ids
        .iter()
        .enumerate()
        .filter(|(_, id)| counted[**id as usize] > 0.0)
        .map(|(rank, &id)| Point {
            at: (100.0 * counted[id as usize], 100.0 * predicted[id as usize].max(1e-9)),
            label: if rank < 30 { vocabulary.word(id).to_owned() } else { String::new() },
            colour: 0,
        })
        .collect();
    let name = |ids: &[u32]| ids.iter().map(|&id| vocabulary.word(id)).collect::<Vec<_>>().join(", ");
    let (real, said): (Vec<f64>, Vec<f64>) = points.iter().map(|point| point.at).unzip();
    let alt = format!(
        "Predicted against real shares of {} words around “{word}”, on logarithmic axes; their ranks correlate \
         with {:.2}. Most often there stand {}; predicted are {}.",
        points.len(),
        spearman(&real, &said),
        name(&top(counted, 5)),
        name(&top(predicted, 5)),
    );
    let axes = Axes { x: "real share, %".into(), y: "predicted share, %".into(), logarithmic: true };
    let caption =
        format!("The words around *{word}*: how often they stand there, and how often the model says so.");
    Ok(Figure::paint("context", (WIDTH, 460), &caption, &alt, |canvas| {
        chart::scatter(canvas, &axes, &points)
    })?)
}

/// Words of [`GROUPS`] that the vocabulary has: (group, word, vector). A text about something else
/// has too few of them; then the most frequent words, of no group.
fn grouped(vectors: &WordVectors) -> Vec<(usize, &str, &[f32; DIMENSIONS])> {
    let of_group = |(group, (_, words)): (usize, &(&str, &'static [&'static str]))| {
        words.iter().filter_map(|word| Some((group, *word, vectors.unit(word).ok()?))).collect::<Vec<_>>()
    };
    let words: Vec<_> = GROUPS.iter().enumerate().flat_map(of_group).collect();
    if words.len() >= 10 {
        return words;
    }
    let frequent = vectors.vocabulary().words().iter().take(40);
    frequent.filter_map(|word| Some((GROUPS.len(), word.as_str(), vectors.unit(word).ok()?))).collect()
}

fn legend(canvas: &lab::figure::Canvas<'_>) -> lab::figure::Painted {
    for (i, (name, _)) in GROUPS.iter().enumerate() {
        let x = 20 + 116 * i as i32;
        canvas.draw(&Circle::new((x, 14), 5, COLOURS[i].filled()))?;
        let style = label_style().pos(Pos::new(HPos::Left, VPos::Center));
        canvas.draw(&Text::new(name.to_string(), (x + 10, 14), style))?;
    }
    Ok(())
}

/// Groups of words in the plane of their two principal components.
///
/// # Errors
///
/// If the vocabulary has fewer than three words, or the figure cannot be painted.
pub fn principal_map(vectors: &WordVectors) -> Result<(Figure, [f64; 2]), Error> {
    let words = grouped(vectors);
    let rows: Vec<[f32; DIMENSIONS]> = words.iter().map(|(_, _, vector)| **vector).collect();
    let projection = principal_components(&rows)?;
    let points: Vec<Point> = words
        .iter()
        .zip(&projection.points)
        .map(|((group, word, _), &at)| Point { at, label: word.to_string(), colour: *group })
        .collect();
    let shown = 100.0 * (projection.variance[0] + projection.variance[1]);
    let alt = format!(
        "{} words in the plane of their two principal components, which shows {shown:.0} % of \
         their variance. The middles of the groups: {}.",
        words.len(),
        centres(&points),
    );
    let caption = "Words in the plane of their two principal components. Colours are groups that we chose; \
                   places are what the corpus made of the words.";
    let figure = Figure::paint("map", (WIDTH, 540), caption, &alt, |canvas| {
        legend(canvas)?;
        chart::map(&canvas.margin(24, 0, 0, 0), &points)
    })?;
    Ok((figure, projection.variance))
}

/// Where the middles of the groups lie among all points of the drawing, in words.
fn centres(points: &[Point]) -> String {
    // From 0 to 1 between the least and the greatest of all points.
    let within = |of: fn(&Point) -> f64, group: usize| {
        let (low, high) = points.iter().map(of).fold((f64::MAX, f64::MIN), |(a, b), x| (a.min(x), b.max(x)));
        let own: Vec<f64> = points.iter().filter(|point| point.colour == group).map(of).collect();
        (record::mean(&own) - low) / (high - low).max(f64::MIN_POSITIVE)
    };
    let place = |group: usize| {
        let (across, up) = (within(|point| point.at.0, group), within(|point| point.at.1, group));
        format!("{} {}", GROUPS[group].0, in_thirds(across, up))
    };
    let groups: Vec<usize> = (0..GROUPS.len()).filter(|g| points.iter().any(|p| p.colour == *g)).collect();
    groups.into_iter().map(place).collect::<Vec<_>>().join(", ")
}

/// The most frequent words and the groups' words, laid out by t-SNE.
///
/// # Errors
///
/// If the vocabulary has fewer than three words, or the figure cannot be painted.
pub fn neighbourhood_map(vectors: &WordVectors, frequent: usize) -> Result<Figure, Error> {
    let grouped = grouped(vectors);
    let mut words: Vec<(usize, &str, bool)> =
        grouped.iter().map(|&(group, word, _)| (group, word, true)).collect();
    for word in vectors.vocabulary().words().iter().take(frequent) {
        if words.iter().all(|(_, other, _)| other != word) {
            words.push((usize::MAX, word, false));
        }
    }
    let rows: Result<Vec<[f32; DIMENSIONS]>, Error> =
        words.iter().map(|(_, w, _)| vectors.unit(w).copied()).collect();
    let rows = rows?;
    // The perplexity is about how many neighbours count; a small vocabulary has fewer.
    let perplexity = 20.0_f64.min((rows.len() as f64 - 2.0) / 3.0);
    let points: Vec<Point> = t_sne(&rows, perplexity)?
        .into_iter()
        .zip(&words)
        .map(|(at, &(group, word, named))| Point {
            at,
            label: if named { word.to_owned() } else { String::new() },
            colour: group,
        })
        .collect();
    let named: Vec<Point> = points.iter().filter(|point| !point.label.is_empty()).cloned().collect();
    let distance = |a: &Point, b: &Point| (a.at.0 - b.at.0).hypot(a.at.1 - b.at.1);
    let beside_its_own = |i: &usize| {
        let others = (0..named.len()).filter(|j| j != i);
        let nearest = others
            .min_by(|&a, &b| distance(&named[*i], &named[a]).total_cmp(&distance(&named[*i], &named[b])));
        nearest.is_some_and(|j| named[j].colour == named[*i].colour)
    };
    let alt = format!(
        "{} words laid out by t-SNE, {} of them named. {} of these have a word of their own group as the nearest \
         one. The middles of the groups: {}.",
        points.len(),
        named.len(),
        (0..named.len()).filter(beside_its_own).count(),
        centres(&points),
    );
    let caption = "The same words among the most frequent ones (small grey dots), laid out by t-SNE: near words stay \
                   near; how far apart two groups lie means nothing.";
    Ok(Figure::paint("tsne", (WIDTH, 600), caption, &alt, |canvas| {
        legend(canvas)?;
        chart::map(&canvas.margin(24, 0, 0, 0), &points)
    })?)
}

/// Arrows from word to word of four relations, each in the plane of its own principal components.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn arrows(vectors: &WordVectors, names: [&str; 4]) -> Result<Figure, Error> {
    let relations = analogies::own_questions();
    let mut panels = Vec::new();
    for name in names {
        let Some(relation) = relations.iter().find(|relation| relation.name == name) else { continue };
        let pairs = pairs_of(vectors, relation);
        let rows: Result<Vec<[f32; DIMENSIONS]>, Error> =
            pairs.iter().flat_map(|(a, b)| [a, b]).map(|word| vectors.unit(word).copied()).collect();
        let rows = rows?;
        if rows.len() < 4 {
            continue;
        }
        panels.push((name, pairs, principal_components(&rows)?.points));
    }
    let shown: Vec<String> = panels
        .iter()
        .map(|(name, pairs, points)| {
            let mean = points.chunks(2).fold((0.0, 0.0), |(x, y), pair| {
                let (dx, dy) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
                (x + dx, y + dy)
            });
            let along = points
                .chunks(2)
                .filter(|pair| (pair[1].0 - pair[0].0) * mean.0 + (pair[1].1 - pair[0].1) * mean.1 > 0.0)
                .count();
            format!("{name}: {along} of {} arrows point the common way", pairs.len())
        })
        .collect();
    let alt = format!("Four panels of arrows from word to word. {}.", shown.join("; "));
    let caption = "Arrows from the first word of each pair (blue) to the second (vermilion), each relation in the \
                   plane of its own two principal components.";
    Ok(Figure::paint("arrows", (WIDTH, 720), caption, &alt, |canvas| {
        let quarters = canvas.split_evenly((2, 2));
        for ((name, pairs, points), quarter) in panels.iter().zip(&quarters) {
            let (width, height) = quarter.dim_in_pixel();
            let bounds = |coordinate: fn(&(f64, f64)) -> f64| {
                let all = points.iter().map(coordinate);
                all.fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)))
            };
            let ((x0, x1), (y0, y1)) = (bounds(|p| p.0), bounds(|p| p.1));
            let place = |p: (f64, f64)| {
                let across = (p.0 - x0) / (x1 - x0).max(1e-12) * (f64::from(width) - 130.0);
                let up = (p.1 - y0) / (y1 - y0).max(1e-12) * (f64::from(height) - 90.0);
                (50 + across as i32, height as i32 - 30 - up as i32)
            };
            quarter.draw(&Text::new(name.to_string(), (12, 6), label_style()))?;
            let point = |word: &str, colour| Point { at: (0.0, 0.0), label: word.to_owned(), colour };
            let ends: Vec<((i32, i32), Point)> = pairs
                .iter()
                .zip(points.chunks(2))
                .flat_map(|((a, b), ends)| [(place(ends[0]), point(a, 0)), (place(ends[1]), point(b, 1))])
                .collect();
            for pair in ends.chunks(2) {
                chart::arrow(quarter, pair[0].0, pair[1].0, COLOURS[0])?;
            }
            let ends: Vec<((i32, i32), &Point)> = ends.iter().map(|(at, point)| (*at, point)).collect();
            chart::labelled(quarter, &ends)?;
        }
        Ok(())
    })?)
}

/// Accuracy on each relation.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn relations(scores: &[Score]) -> Result<Figure, Error> {
    let mut sorted: Vec<&Score> = scores.iter().collect();
    sorted.sort_by(|a, b| b.percent().total_cmp(&a.percent()).then(a.name.cmp(&b.name)));
    let all = total(scores);
    let bar = |score: &Score, colour| Bar {
        label: score.name.clone(),
        length: score.percent(),
        number: format!("{:.0} %", score.percent()),
        colour,
    };
    let bars: Vec<Bar> = sorted.iter().map(|score| bar(score, 0)).chain([bar(&all, 1)]).collect();
    let words = |score: Option<&&Score>| {
        score.map_or(String::new(), |score| format!("{} ({:.0} %)", score.name, score.percent()))
    };
    let alt = format!(
        "Accuracy on {} relations, from {} down to {}; {:.0} % of all questions.",
        sorted.len(),
        words(sorted.first()),
        words(sorted.last()),
        all.percent(),
    );
    let caption =
        "Analogies answered rightly, relation by relation, with the first seed. Vermilion: all of them.";
    let height = chart::bars_height(bars.len());
    Ok(Figure::paint("relations", (WIDTH, height), caption, &alt, |canvas| {
        chart::bars(canvas, &bars, 100.0)
    })?)
}

/// Accuracy against how rare the rarest word of a question is.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn rarity(bins: &[(String, f64, usize)]) -> Result<Figure, Error> {
    let bars: Vec<Bar> = bins
        .iter()
        .map(|(name, percent, questions)| Bar {
            label: format!("{name} ({questions} questions)"),
            length: *percent,
            number: format!("{percent:.0} %"),
            colour: 0,
        })
        .collect();
    let shown: Vec<String> =
        bins.iter().map(|(name, percent, _)| format!("{name}: {percent:.0} %")).collect();
    let alt = format!("Accuracy by how often the rarest word of the question occurs. {}.", shown.join("; "));
    let caption =
        "Analogies answered rightly, by how often the rarest of their four words occurs in the corpus.";
    let height = chart::bars_height(bars.len());
    Ok(Figure::paint("rarity", (WIDTH, height), caption, &alt, |canvas| chart::bars(canvas, &bars, 100.0))?)
}

/// How words lean in the corpus and in the vectors.
///
/// # Errors
///
/// If the figure cannot be painted.
pub fn bias(leans: &[Lean]) -> Result<Figure, Error> {
    let points: Vec<Point> = leans
        .iter()
        .map(|lean| Point {
            at: (lean.corpus, lean.vectors),
            label: lean.word.clone(),
            colour: usize::from(lean.vectors < 0.0),
        })
        .collect();
    let extreme = |sign: f64| {
        leans
            .iter()
            .max_by(|a, b| (sign * a.vectors).total_cmp(&(sign * b.vectors)))
            .map_or("", |lean| &lean.word)
    };
    let same = leans.iter().filter(|lean| lean.corpus * lean.vectors > 0.0).count();
    let alt = format!(
        "{} words by their lean in the corpus and in the vectors; {same} lean to the same side in both. In the \
         vectors {} leans most to Unix and {} most to Windows.",
        leans.len(),
        extreme(1.0),
        extreme(-1.0),
    );
    let axes = Axes {
        x: "lean in the corpus: ln(share near unix / share near windows)".into(),
        y: "lean in the vectors".into(),
        logarithmic: false,
    };
    let caption = "The words that stand most often near *unix* or *windows*: to the right those that the corpus has \
                   more often near *unix*, at the top those whose vectors are nearer to that of *unix* (blue, the others vermilion).";
    Ok(Figure::paint("bias", (WIDTH, 440), caption, &alt, |canvas| chart::scatter(canvas, &axes, &points))?)
}
