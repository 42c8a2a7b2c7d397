//! Lists of numbers: borrowing, changing, reading.

use crate::Error;

// ANCHOR: mean
/// The mean of some numbers, if there are any.
pub fn mean(numbers: &[f32]) -> Option<f32> {
    if numbers.is_empty() {
        return None;
    }
    let mut sum = 0.0;
    for number in numbers {
        sum += number;
    }
    Some(sum / numbers.len() as f32)
}
// ANCHOR_END: mean

// ANCHOR: centre
/// Takes their mean off all numbers.
pub fn centre(numbers: &mut [f32]) {
    if let Some(mean) = mean(numbers) {
        for number in numbers {
            *number -= mean;
        }
    }
}
// ANCHOR_END: centre

// ANCHOR: dot
/// The dot product: the sum of the products of what stands at the same place.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
// ANCHOR_END: dot

// ANCHOR: parse
/// The numbers of a line such as `0.5, 1, -2`.
///
/// # Errors
///
/// If what stands between two commas is not a number.
pub fn parse(line: &str) -> Result<Vec<f32>, Error> {
    let mut numbers = Vec::new();
    for (i, text) in line.split(',').map(str::trim).enumerate() {
        let number = text.parse();
        numbers.push(number.map_err(|_| Error::NotANumber { text: text.to_owned(), place: i + 1 })?);
    }
    Ok(numbers)
}
// ANCHOR_END: parse

// ANCHOR: mean_of_line
/// The mean of the numbers of a line.
///
/// # Errors
///
/// As [`parse`].
pub fn mean_of_line(line: &str) -> Result<Option<f32>, Error> {
    let numbers = parse(line)?;
    Ok(mean(&numbers))
}
// ANCHOR_END: mean_of_line

/// What [`centre`] and [`mean_of_line`] give, as the page shows it.
pub fn shown() -> String {
    let mut numbers = vec![2.0, 4.0, 9.0];
    centre(&mut numbers);
    let mut text = format!("centred: {numbers:?}\n");
    for line in ["2, 4, 9", "2, four, 9"] {
        text += &match mean_of_line(line) {
            Ok(Some(mean)) => format!("{line}: the mean is {mean}\n"),
            Ok(None) => format!("{line}: no numbers\n"),
            Err(error) => format!("{line}: {error}\n"),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_products_are_those_by_hand() {
        assert_eq!(mean(&[2.0, 4.0, 9.0]), Some(5.0));
        assert_eq!(mean(&[]), None);
        assert_eq!(dot(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 32.0);
        let mut numbers = [2.0, 4.0, 9.0];
        centre(&mut numbers);
        assert_eq!(numbers, [-3.0, -1.0, 4.0]);
        centre(&mut []);
    }

    #[test]
    fn what_is_no_number_is_named_with_its_place() {
        assert_eq!(parse("0.5, 1,-2").unwrap(), [0.5, 1.0, -2.0]);
        assert_eq!(mean_of_line("1, 2").unwrap(), Some(1.5));
        for (line, text, place) in
            [("1, x", "\"x\"", "number 2"), ("", "\"\"", "number 1"), ("1,,2", "\"\"", "number 2")]
        {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(text) && error.contains(place), "{error}");
        }
        assert!(shown().contains("number 2 of the line, is not a number"));
    }
}
