//! Numbers as readers are told them: how many, how long, how much memory.

/// `1 page`, `3 pages`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// `4.2 s`, `1 min 58 s`.
pub fn duration(seconds: f64) -> String {
    if seconds < 59.95 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    format!("{} min {} s", whole / 60, whole % 60)
}

/// `5 seconds`, `40 seconds`, `1 minute`, `36 minutes`: a time in seconds that end in 5 or 0, or in full minutes.
pub fn roughly(seconds: f64) -> String {
    match seconds {
        ..52.5 => format!("{:.0} seconds", (seconds / 5.0).round().max(1.0) * 5.0),
        ..90.0 => "1 minute".to_owned(),
        _ => format!("{:.0} minutes", (seconds / 60.0).round()),
    }
}

/// `812 MB`, `1.3 GB`: decimal units, as disks and the chapters' pages count.
pub fn memory(bytes: u64) -> String {
    let megabytes = bytes as f64 / 1e6;
    if megabytes < 999.5 { format!("{megabytes:.0} MB") } else { format!("{:.1} GB", megabytes / 1e3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_memory_read_well() {
        assert_eq!(duration(4.21), "4.2 s");
        assert_eq!(duration(59.99), "1 min 0 s");
        assert_eq!(duration(118.4), "1 min 58 s");
        assert_eq!(memory(812_300_000), "812 MB");
        assert_eq!(memory(1_290_000_000), "1.3 GB");
    }

    #[test]
    fn times_are_told_roughly() {
        let told = [0.1, 13.0, 48.8, 52.4, 55.0, 89.0, 91.0, 170.0, 2150.7].map(roughly);
        let expected = [
            "5 seconds",
            "15 seconds",
            "50 seconds",
            "50 seconds",
            "1 minute",
            "1 minute",
            "2 minutes",
            "3 minutes",
            "36 minutes",
        ];
        assert_eq!(told, expected);
    }
}
