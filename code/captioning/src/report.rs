//! Tables that the program prints.

use crate::evaluate::{BEAM, Evaluation};
use crate::metrics::LONGEST;
use crate::mistakes::Mistake;
use lab::table::over_seeds;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Evaluations side by side: a row each, means over the seeds, the main ones with their standard deviations.
pub fn metrics_table(rows: &[(String, Vec<Evaluation>)]) -> String {
    let mut text = format!(
        "{:38} {:>12} {:>12} {:>12} {:>6} {:>6} {:>6} {:>13} {:>7} {:>11}\n",
        "", "objects", "several", "relation", "BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr"
    );
    for (name, all) in rows {
        let over = |of: &dyn Fn(&Evaluation) -> f64| all.iter().map(of).collect::<Vec<f64>>();
        let share = |of: &dyn Fn(&Evaluation) -> f64| {
            let percent: Vec<f64> = over(of).into_iter().map(|share| 100.0 * share).collect();
            format!("{} %", over_seeds(&percent, 1))
        };
        let spread = |of: &dyn Fn(&Evaluation) -> f64, digits| over_seeds(&over(of), digits);
        let mean = |of: &dyn Fn(&Evaluation) -> f64| record::mean(&over(of));
        let bleu: Vec<f64> = (0..LONGEST).map(|n| mean(&|e| e.scores.bleu[n])).collect();
        let _ = writeln!(
            text,
            "{name:38} {:>12} {:>12} {:>12} {:>6.3} {:>6.3} {:>6.3} {:>13} {:>7.3} {:>11}",
            share(&|e| e.objects),
            share(&|e| e.several),
            share(&|e| e.relation),
            bleu[0],
            bleu[1],
            bleu[2],
            spread(&|e| e.scores.bleu[LONGEST - 1], 3),
            mean(&|e| e.scores.rouge_l),
            spread(&|e| e.scores.cider, 2),
        );
    }
    text
}

/// How captions are written, in a table's words.
pub fn way(width: usize) -> &'static str {
    if width == BEAM { "beam 3" } else { "greedy" }
}

/// How often each mistake occurs among so many captions, model by model.
pub fn mistakes_table(models: &[(&str, BTreeMap<Mistake, usize>)], captions: usize) -> String {
    let mut text = format!("{:28}", format!("of {captions} captions"));
    for (name, _) in models {
        let _ = write!(text, " {name:>18}");
    }
    text.push('\n');
    for mistake in Mistake::ALL {
        let _ = write!(text, "{:28}", mistake.name());
        for (_, counts) in models {
            let _ = write!(text, " {:>18}", counts.get(&mistake).copied().unwrap_or_default());
        }
        text.push('\n');
    }
    text
}
