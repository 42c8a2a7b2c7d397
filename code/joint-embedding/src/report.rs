//! The chapter's tables, as text.

use crate::by_hand::{self, Example};
use crate::convolution_by_hand::Edges;
use crate::modality_gap::Gap;
use crate::model::Model;
use crate::names::Names;
use crate::space::{BothWays, Retrieval, Space, nearest};
use crate::trained::Trial;
use crate::{Error, views};
use emoji_world::emoji;
use lab::table::{over_seeds, right as table};

/// A share in percent with one decimal.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn strings<const N: usize>(row: [&str; N]) -> Vec<String> {
    row.map(str::to_owned).to_vec()
}

/// Pictures in, words out; words in, pictures out.
///
/// # Errors
///
/// If a word of the queries is in no name.
pub fn first_table(
    model: &mut Model,
    space: &Space,
    names: &Names,
    pictures: &[usize],
    texts: &[&str],
) -> Result<String, Error> {
    let mut lines = vec!["a test picture of   the nearest names".to_owned()];
    let name = |id: usize| emoji::all()[id].name;
    for &id in pictures {
        let found: Vec<&str> =
            nearest(&space.pictures[id], &space.names, 3).iter().map(|f| name(f.0)).collect();
        lines.push(format!("{:<18}  {}", name(id), found.join(", ")));
    }
    lines.push(String::new());
    lines.push("the words           the nearest pictures".to_owned());
    let all: Vec<usize> = (0..names.bags.len()).collect();
    let upright = model.embed_pictures(&views::plain(&all));
    for text in texts {
        let query = model.embed_names(&[&names.bag(text)?]);
        let found: Vec<&str> = nearest(&query[0], &upright, 3).iter().map(|f| name(f.0)).collect();
        lines.push(format!("{text:<18}  {}", found.join(", ")));
    }
    Ok(lines.join("\n"))
}

/// Cosines, probabilities, losses and pushes of the example by hand.
pub fn by_hand_table(example: &Example) -> String {
    let mut blocks = Vec::new();
    let blocks_of = [
        ("cosine".to_owned(), &example.cosines),
        (format!("probability, temperature {}", by_hand::TEMPERATURE), &example.probabilities),
        ("derivative of the mean loss".to_owned(), &example.push),
    ];
    for (title, numbers) in blocks_of {
        let mut rows = vec![vec![title]];
        rows[0].extend(by_hand::NAMES.map(|name| format!("\"{name}\"")));
        for (name, row) in by_hand::NAMES.iter().zip(numbers) {
            let mut cells = vec![format!("picture of a {name}")];
            cells.extend(row.iter().map(|x| format!("{:.3}", x + 0.0)));
            rows.push(cells);
        }
        blocks.push(table(&rows));
    }
    let mut rows = vec![strings(["loss", "InfoNCE", &format!("margin {}", by_hand::MARGIN)])];
    for (i, name) in by_hand::NAMES.iter().enumerate() {
        let (info_nce, margin) = (example.info_nce[i], example.margin[i]);
        rows.push(vec![format!("picture of a {name}"), format!("{info_nce:.3}"), format!("{margin:.3}")]);
    }
    blocks.push(table(&rows));
    blocks.join("\n\n")
}

/// The picture, the kernel, the feature map and its pooled form.
pub fn convolution_table(edges: &Edges) -> String {
    let grid = |title: &str, rows: &[Vec<f32>]| {
        let rows: Vec<String> = rows
            .iter()
            .map(|row| row.iter().map(|x| format!("{x:>3}")).collect::<Vec<_>>().join(""))
            .collect();
        format!("{title}\n{}", rows.join("\n"))
    };
    [
        grid("picture, 6 × 6", &edges.input),
        grid("kernel, 3 × 3", &edges.kernel),
        grid("feature map, 4 × 4", &edges.output),
        grid("after max pooling, 2 × 2", &edges.pooled),
    ]
    .join("\n\n")
}

/// What different losses reach with the same budget.
pub fn comparison_table(trials: &[Trial]) -> String {
    let mut rows = vec![
        strings(["", "seen", "", "held out", ""]),
        strings(["R@1 (held out: R@10)", "→ names", "→ pictures", "→ names", "→ pictures"]),
    ];
    for trial in trials {
        rows.push(vec![
            trial.name.clone(),
            percent(trial.seen.to_names.at_1),
            percent(trial.seen.to_pictures.at_1),
            percent(trial.held_out.to_names.at_10),
            percent(trial.held_out.to_pictures.at_10),
        ]);
    }
    table(&rows)
}

/// What different temperatures reach with the same budget.
pub fn temperature_table<'a>(fixed: &[(f32, Trial)], learned: impl IntoIterator<Item = &'a Trial>) -> String {
    let mut rows = vec![strings(["temperature", "seen R@1", "held-out R@10"])];
    let line = |name: String, trial: &Trial| {
        vec![name, percent(trial.seen.to_names.at_1), percent(trial.held_out.to_names.at_10)]
    };
    for (temperature, trial) in fixed {
        rows.push(line(format!("{temperature}"), trial));
    }
    for trial in learned {
        let (from, to) = (trial.loss.temperature(), trial.temperature);
        rows.push(line(format!("learned, from {from} to {to:.3}"), trial));
    }
    table(&rows)
}

/// Recall and median rank, mean and standard deviation over seeds, beside chance.
pub fn retrieval_table(seen: &[BothWays], held_out: &[BothWays], candidates: usize) -> String {
    let mut rows = vec![strings(["", "R@1", "R@5", "R@10", "median rank"])];
    let line = |title: &str, all: &[BothWays], of: fn(&BothWays) -> &Retrieval| {
        let over = |measure: fn(&Retrieval) -> f64, factor: f64| {
            let values: Vec<f64> = all.iter().map(|both| factor * measure(of(both))).collect();
            over_seeds(&values, 1)
        };
        vec![
            title.to_owned(),
            over(|r| r.at_1, 100.0),
            over(|r| r.at_5, 100.0),
            over(|r| r.at_10, 100.0),
            over(|r| r.median, 1.0),
        ]
    };
    rows.push(line("seen: picture → name", seen, |b| &b.to_names));
    rows.push(line("seen: name → picture", seen, |b| &b.to_pictures));
    rows.push(line("held out: picture → name", held_out, |b| &b.to_names));
    rows.push(line("held out: name → picture", held_out, |b| &b.to_pictures));
    let chance = |k: f64| format!("{:.1}", 100.0 * k / candidates as f64);
    rows.push(vec![
        "chance".into(),
        chance(1.0),
        chance(5.0),
        chance(10.0),
        format!("{:.0}", (candidates as f64 + 1.0) / 2.0),
    ]);
    table(&rows)
}

/// The modality gap before and after training, and retrieval with the gap and without.
pub fn gap_table(before: &Gap, after: &Gap, open: &BothWays, closed: &BothWays) -> String {
    let mut rows = vec![strings(["", "before training", "after training"])];
    let mut line = |title: &str, of: fn(&Gap) -> f64, digits: usize| {
        rows.push(vec![
            title.to_owned(),
            format!("{:.digits$}", of(before)),
            format!("{:.digits$}", of(after)),
        ]);
    };
    line("length of the gap", |g| g.length, 2);
    line("mean cosine of two pictures", |g| g.among_pictures, 2);
    line("mean cosine of two names", |g| g.among_names, 2);
    line("mean cosine of a pair", |g| g.of_pairs, 2);
    line("on their own side, %", |g| 100.0 * g.separable, 1);
    let mut effect = vec![strings(["all emoji, R@1", "as trained", "gap closed"])];
    effect.push(vec!["picture → name".into(), percent(open.to_names.at_1), percent(closed.to_names.at_1)]);
    effect.push(vec![
        "name → picture".into(),
        percent(open.to_pictures.at_1),
        percent(closed.to_pictures.at_1),
    ]);
    format!("{}\n\n{}", table(&rows), table(&effect))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retrieval_over_seeds_has_mean_spread_and_chance() {
        let both = |at_1| BothWays {
            to_names: Retrieval { at_1, at_5: 1.0, at_10: 1.0, median: 1.0 },
            to_pictures: Retrieval { at_1, at_5: 1.0, at_10: 1.0, median: 3.0 },
        };
        let text = retrieval_table(&[both(0.9), both(1.0)], &[both(0.2), both(0.3)], 1000);
        assert!(text.contains("95.0 ± 7.1") && text.contains("25.0 ± 7.1"), "{text}");
        assert!(
            text.lines().last().is_some_and(|line| line.contains("0.1") && line.contains("500")),
            "{text}"
        );
    }
}
