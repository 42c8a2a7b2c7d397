//! Memory that is asked for anew in every step.

/// Pages that the system has handed to this process so far, each cleared first; `None` where it does not tell.
pub fn page_faults() -> Option<u64> {
    let statistics = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in parentheses, which may hold blanks. Faults are the tenth.
    let (_, after_name) = statistics.rsplit_once(')')?;
    after_name.split_whitespace().nth(7)?.parse().ok()
}

/// Pages that the system hands out during `work`, a time.
pub fn faults_a_time(times: u64, mut work: impl FnMut()) -> Option<f64> {
    let before = page_faults()?;
    (0..times).for_each(|_| work());
    Some((page_faults()? - before) as f64 / times as f64)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn fresh_memory_costs_a_fault_for_each_page() {
        let megabytes = 64 << 20;
        let faults = faults_a_time(1, || {
            std::hint::black_box(vec![1_u8; megabytes]);
        });
        // Where pages are large, there are fewer of them.
        assert!(faults.unwrap() >= (megabytes / (2 << 20)) as f64, "{faults:?}");
    }
}
