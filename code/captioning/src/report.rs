//! Tables that the program prints.

use crate::evaluate::{BEAM, Evaluation};
use crate::metrics::LONGEST;
use crate::mistakes::Mistake;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Evaluations side by side: a row each, means over the seeds, shares with their standard deviations.
pub fn metrics_table(rows: &[(String, Vec<Evaluation>)]) -> String {
    let mut text = format!(
        "{:26} {:>12} {:>12} {:>12} {:>6} {:>6} {:>6} {:>6} {:>7} {:>6}\n",
        "", "objects", "several", "relation", "BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr"
    );
    for (name, all) in rows {
        let over = |of: &dyn Fn(&Evaluation) -> f64| all.iter().map(of).collect::<Vec<f64>>();
        let share = |of: &dyn Fn(&Evaluation) -> f64| {
            let shares = over(of);
            format!(
                "{:.1} ± {:.1} %",
                100.0 * record::mean(&shares),
                100.0 * record::standard_deviation(&shares)
            )
        };
        let mean = |of: &dyn Fn(&Evaluation) -> f64| record::mean(&over(of));
        let bleu: Vec<f64> = (0..LONGEST).map(|n| mean(&|e| e.scores.bleu[n])).collect();
        let _ = writeln!(
            text,
            "{name:26} {:>12} {:>12} {:>12} {:>6.3} {:>6.3} {:>6.3} {:>6.3} {:>7.3} {:>6.2}",
            share(&|e| e.objects),
            share(&|e| e.several),
            share(&|e| e.relation),
            bleu[0],
            bleu[1],
            bleu[2],
            bleu[3],
            mean(&|e| e.scores.rouge_l),
            mean(&|e| e.scores.cider),
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
