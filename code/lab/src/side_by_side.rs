//! Several models at once, each on its share of the cores.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Does `work` for every item, as many at once as there are cores, and gives the results in the order of
/// the items.
///
/// A small model keeps one core busier than several, since its threads wait for each other many times a
/// step. So each item gets its own pool of threads: one where there are at least as many items as cores.
/// Items are begun in their order; long ones are best put first.
///
/// With the `cuda` feature they are done one after the other: they share the card.
///
/// ```
/// let doubled = lab::side_by_side(&[3, 1, 2], |n| Ok::<_, std::num::ParseIntError>(2 * n))?;
/// assert_eq!(doubled, [6, 2, 4]);
/// # Ok::<(), std::num::ParseIntError>(())
/// ```
///
/// # Errors
///
/// The first error of `work` in the order of the items that were begun. After it no further item is begun.
///
/// # Panics
///
/// If `work` does, or the system gives no threads.
pub fn side_by_side<I: Sync, T: Send, E: Send>(
    items: &[I],
    work: impl Fn(&I) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let lanes = if cfg!(feature = "cuda") { 1 } else { cores.min(items.len()).max(1) };
    let (next, failed) = (Mutex::new(0..items.len()), AtomicBool::new(false));
    let mut results: Vec<(usize, Result<T, E>)> = std::thread::scope(|scope| {
        let lane = || {
            let pool = rayon::ThreadPoolBuilder::new().num_threads((cores / lanes).max(1)).build();
            let pool = pool.expect("the system gives a program its threads");
            let mut results = Vec::new();
            // A lock that is taken in the condition of a loop is held in the loop.
            let take = || next.lock().expect("no lane panics here").next();
            while !failed.load(Ordering::Relaxed)
                && let Some(i) = take()
            {
                let result = pool.install(|| work(&items[i]));
                failed.fetch_or(result.is_err(), Ordering::Relaxed);
                results.push((i, result));
            }
            results
        };
        let lanes: Vec<_> = (0..lanes).map(|_| scope.spawn(lane)).collect();
        let joined = lanes.into_iter().map(|lane| lane.join());
        joined.flat_map(|results| results.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    results.sort_by_key(|&(i, _)| i);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order_and_nothing_is_done_twice() {
        let done = Mutex::new(Vec::new());
        let items: Vec<u64> = (0..40).collect();
        let results = side_by_side(&items, |&i| {
            std::thread::sleep(std::time::Duration::from_micros(50 * (i % 7)));
            done.lock().unwrap().push(i);
            Ok::<_, ()>(i * i)
        });
        assert_eq!(results.unwrap(), items.iter().map(|i| i * i).collect::<Vec<_>>());
        let mut done = done.into_inner().unwrap();
        done.sort_unstable();
        assert_eq!(done, items);
    }

    #[test]
    fn items_are_worked_on_at_the_same_time() {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let lanes = if cfg!(feature = "cuda") { 1 } else { cores };
        // Nobody passes the barrier until a lane for each core has come to it.
        let barrier = std::sync::Barrier::new(lanes);
        let leaders = side_by_side(&vec![(); lanes], |()| Ok::<_, ()>(barrier.wait().is_leader())).unwrap();
        assert_eq!(leaders.iter().filter(|&&leader| leader).count(), 1);
    }

    #[test]
    fn an_error_ends_it() {
        let begun = AtomicBool::new(false);
        let items: Vec<usize> = (0..1000).collect();
        let result = side_by_side(&items, |&i| {
            begun.fetch_or(i == 999, Ordering::Relaxed);
            std::thread::sleep(std::time::Duration::from_micros(200));
            if i == 5 { Err("five") } else { Ok(i) }
        });
        assert_eq!(result, Err("five"));
        assert!(!begun.load(Ordering::Relaxed), "no item is begun long after an error");
    }

    #[test]
    fn every_item_has_threads_of_its_own() {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let items = vec![(); cores];
        let threads = side_by_side(&items, |()| Ok::<_, ()>(rayon::current_num_threads())).unwrap();
        if !cfg!(feature = "cuda") {
            assert_eq!(threads, vec![1; cores]);
        }
        assert_eq!(side_by_side(&[(); 0], |()| Ok::<_, ()>(1)), Ok(vec![]));
    }
}
