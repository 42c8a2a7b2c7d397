//! Timing: medians of several forms of the same work, taken in turn.

use std::time::Instant;

/// Work below so many milliseconds is over before threads and caches are as warm as in a training: it is done more often.
pub const SHORT: f64 = 5.0;

/// One form of the work: what it is called, and how it is done once.
pub struct Contender<'a> {
    /// Its name.
    pub name: &'static str,
    work: Box<dyn FnMut() + 'a>,
}

impl<'a> Contender<'a> {
    /// Work with a name. What it returns is kept from being optimised away, and dropped.
    pub fn new<R>(name: &'static str, mut work: impl FnMut() -> R + 'a) -> Self {
        Self { name, work: Box::new(move || drop(std::hint::black_box(work()))) }
    }
}

// ANCHOR: in_turn
/// The median time of each form, in milliseconds. All forms are done once to warm up, then in turn.
pub fn in_turn(forms: &mut [Contender<'_>], turns: usize) -> Vec<f64> {
    let mut times = vec![Vec::new(); forms.len()];
    for turn in 0..=turns {
        for (form, times) in forms.iter_mut().zip(&mut times) {
            let start = Instant::now();
            (form.work)();
            if turn > 0 {
                times.push(start.elapsed().as_secs_f64() * 1000.0);
            }
        }
    }
    times.iter_mut().map(|times| median(times)).collect()
}
// ANCHOR_END: in_turn

/// The number in the middle, or the mean of the two there; 0 of none.
pub fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    match numbers.len() {
        0 => 0.0,
        n if n % 2 == 1 => numbers[n / 2],
        n => (numbers[n / 2 - 1] + numbers[n / 2]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::time::Duration;

    #[test]
    fn the_median_is_the_one_in_the_middle() {
        assert_eq!(median(&mut [3.0, 1.0, 100.0]), 3.0);
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 100.0]), 3.0);
        assert_eq!(median(&mut []), 0.0);
    }

    #[test]
    fn forms_take_turns_and_the_slower_one_takes_longer() {
        let order = RefCell::new(vec![]);
        let form = |name, milliseconds| {
            let order = &order;
            Contender::new(name, move || {
                std::thread::sleep(Duration::from_millis(milliseconds));
                order.borrow_mut().push(name);
            })
        };
        let times = in_turn(&mut [form("a", 1), form("b", 40)], 2);
        assert!(times[0] >= 1.0 && times[1] >= 40.0 && times[1] > times[0], "{times:?}");
        assert_eq!(*order.borrow(), ["a", "b", "a", "b", "a", "b"]);
    }
}
