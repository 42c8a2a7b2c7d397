//! What the record tells of the machine.

use record::Machine;

/// The machine that this program runs on.
pub(crate) fn this_machine() -> Machine {
    let field = |file: &str, name: &str| {
        let text = std::fs::read_to_string(file).ok()?;
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let rustc = std::process::Command::new("rustc").arg("--version").output();
    Machine {
        processor: field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".into()),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        memory_bytes: field("/proc/meminfo", "MemTotal").and_then(kilobytes).unwrap_or(0),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        rustc: rustc.map_or_else(|_| "unknown".into(), |o| String::from_utf8_lossy(&o.stdout).trim().into()),
    }
}

/// The most memory that this process has held so far, in bytes; 0 where the system does not tell.
pub(crate) fn peak_memory_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map(str::trim).map(str::to_owned).and_then(kilobytes).unwrap_or(0)
}

/// `1234 kB` in bytes.
fn kilobytes(text: String) -> Option<u64> {
    text.strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// Today, `YYYY-MM-DD` (UTC).
pub(crate) fn today() -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    date(seconds.map_or(0, |s| s.as_secs()) / 86_400)
}

/// The date so many days after 1970-01-01, by counting years from 1 March (Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms").
fn date(days: u64) -> String {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right_around_leap_days() {
        for (days, expected) in
            [(0, "1970-01-01"), (11_016, "2000-02-29"), (11_017, "2000-03-01"), (20_780, "2026-11-23")]
        {
            assert_eq!(date(days), expected);
        }
    }

    #[test]
    fn this_machine_has_a_core_and_on_linux_a_peak() {
        assert!(this_machine().cores >= 1);
        if cfg!(target_os = "linux") {
            assert!(peak_memory_bytes() > 1 << 20);
        }
    }
}
