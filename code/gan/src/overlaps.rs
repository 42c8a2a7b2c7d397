//! Why a transposed convolution paints checkerboards.
//!
//! A transposed convolution puts a copy of its kernel down for every location of its input, `stride` apart, and adds
//! up where they overlap. Where the kernel's side is no multiple of the stride, some locations of the output get more
//! copies than their neighbours.

// ANCHOR: overlaps
/// How many copies of a kernel of `kernel` numbers lie on each of the output's numbers, for an input of `length`
/// numbers in one dimension.
pub fn overlaps(kernel: usize, stride: usize, length: usize) -> Vec<usize> {
    let mut copies = vec![0; (length - 1) * stride + kernel];
    for start in (0..length).map(|i| i * stride) {
        copies[start..start + kernel].iter_mut().for_each(|count| *count += 1);
    }
    copies
}

/// The same for repeating each number of the input `factor` times, and a convolution with a kernel of `kernel`
/// numbers behind it, without padding: how many repeated numbers have a part in each of the output's.
pub fn after_upsampling(kernel: usize, factor: usize, length: usize) -> Vec<usize> {
    let repeated = length * factor;
    let mut copies = vec![0; repeated + 1 - kernel];
    for place in 0..repeated {
        let first = (place + 1).saturating_sub(kernel);
        copies.iter_mut().take(place + 1).skip(first).for_each(|count| *count += 1);
    }
    copies
}
// ANCHOR_END: overlaps

/// Both as a table.
pub fn table() -> String {
    let line = |counts: Vec<usize>| counts.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
    format!(
        "transposed, kernel 3, stride 2:       {}\ntransposed, kernel 4, stride 2:       {}\nupsampled by 2, convolution, kernel 3: {}\n",
        line(overlaps(3, 2, 5)),
        line(overlaps(4, 2, 5)),
        line(after_upsampling(3, 2, 5))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_those_that_can_be_counted_by_hand() {
        assert_eq!(overlaps(3, 2, 3), [1, 1, 2, 1, 2, 1, 1]);
        assert_eq!(overlaps(4, 2, 3), [1, 1, 2, 2, 2, 2, 1, 1]);
        assert_eq!(after_upsampling(3, 2, 3), [3, 3, 3, 3]);
        assert_eq!(after_upsampling(4, 3, 2), [4, 4, 4]);
    }
}
