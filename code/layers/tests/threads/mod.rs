//! The same work on one thread and on several.

use std::fmt::Debug;

/// Checks that `work` gives the same on one thread, on two and on four.
pub fn change_nothing<T: PartialEq + Debug + Send>(work: impl Fn() -> T + Sync) {
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
        pool.install(&work)
    };
    let one = with(1);
    for threads in [2, 4] {
        assert!(one == with(threads), "{threads} threads give something else than one");
    }
}

/// The bits of some numbers.
#[allow(dead_code, reason = "not all tests that have this module compare bits")]
pub fn bits(numbers: Vec<f32>) -> Vec<u32> {
    numbers.into_iter().map(f32::to_bits).collect()
}
