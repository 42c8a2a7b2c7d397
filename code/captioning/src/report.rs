//! Tables that the program prints.

use crate::evaluate::{BEAM, Evaluation};
use crate::metrics::LONGEST;
use crate::mistakes::Mistake;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Evaluations side by side: a row each, means over the seeds.
pub fn metrics_table(rows: &[(String, Vec<Evaluation>)]) -> String {
    let mut text = format!(
        "{:30} {:>7} {:>7} {:>8} {:>6} {:>6} {:>6} {:>6} {:>7} {:>6}\n",
        "", "objects", "several", "relation", "BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr"
    );
    for (name, all) in rows {
        let mean =
            |of: &dyn Fn(&Evaluation) -> f64| all.iter().map(of).sum::<f64>() / all.len().max(1) as f64;
        let bleu: Vec<f64> = (0..LONGEST).map(|n| mean(&|e| e.scores.bleu[n])).collect();
        let _ = writeln!(
            text,
            "{name:30} {:>5.1} % {:>5.1} % {:>6.1} % {:>6.3} {:>6.3} {:>6.3} {:>6.3} {:>7.3} {:>6.2}",
            100.0 * mean(&|e| e.objects),
            100.0 * mean(&|e| e.several),
            100.0 * mean(&|e| e.relation),
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
