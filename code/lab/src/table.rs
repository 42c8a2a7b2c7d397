//! Tables as text.

/// Rows of columns, each as wide as its widest entry, two blanks apart: the first to the left, the others
/// to the right. A row may be shorter than others.
///
/// ```
/// let row = |entries: [&str; 2]| entries.map(str::to_owned).to_vec();
/// assert_eq!(lab::table::right(&[row(["a", "1"]), row(["long", "100"])]), "a       1\nlong  100");
/// ```
pub fn right(rows: &[Vec<String>]) -> String {
    aligned(
        rows,
        |column, entry, width| {
            if column == 0 { format!("{entry:<width$}") } else { format!("{entry:>width$}") }
        },
    )
}

/// As [`right`], with all columns to the left.
pub fn left(rows: &[Vec<String>]) -> String {
    aligned(rows, |_, entry, width| format!("{entry:<width$}"))
}

/// Results of several seeds as `mean ± standard deviation`, with so many digits after the decimal point; that of a single
/// seed alone, which says nothing of a spread.
///
/// ```
/// assert_eq!(lab::table::over_seeds(&[60.0, 61.0, 62.0], 1), "61.0 ± 1.0");
/// assert_eq!(lab::table::over_seeds(&[60.0], 1), "60.0");
/// ```
pub fn over_seeds(results: &[f64], digits: usize) -> String {
    let mean = format!("{:.digits$}", record::mean(results));
    match results {
        [_] => mean,
        _ => format!("{mean} ± {:.digits$}", record::standard_deviation(results)),
    }
}

fn aligned(rows: &[Vec<String>], cell: impl Fn(usize, &str, usize) -> String) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |c: usize| rows.iter().filter_map(|row| row.get(c)).map(|e| e.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(c, (entry, &width))| cell(c, entry, width));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_entry() {
        let row = |entries: &[&str]| entries.iter().map(|e| e.to_string()).collect::<Vec<_>>();
        assert_eq!(left(&[row(&["a", "b"]), row(&["long", "c"]), row(&[])]), "a     b\nlong  c\n");
        assert_eq!(right(&[row(&["über", "1"]), row(&["a", "22"])]), "über   1\na     22");
    }
}
