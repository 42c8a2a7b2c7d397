//! What one notebook has compiled serves the next: most of it is the same crates.

use std::fs::{File, FileTimes};
use std::io;
use std::path::Path;

/// Where the kernel compiles, below a notebook's folder of builds.
const TARGET: &str = "target";

/// Fills a notebook's folder of builds, if nothing was compiled in it yet, with what a notebook beside it has.
///
/// Cargo tells by a file's time whether it is older than what it was made from, so times are kept. What is not the
/// same for both notebooks cargo compiles anew.
pub fn take_over(folder: &Path) -> io::Result<()> {
    let target = folder.join(TARGET);
    let Some(all) = folder.parent().filter(|_| !target.exists()) else { return Ok(()) };
    for other in std::fs::read_dir(all)? {
        let other = other?.path().join(TARGET);
        if other.is_dir() {
            // A copy that was stopped half-way must not be taken for a whole one.
            let half = folder.join("target.half");
            if half.exists() {
                std::fs::remove_dir_all(&half)?;
            }
            copy(&other, &half)?;
            return std::fs::rename(&half, &target);
        }
    }
    Ok(())
}

/// Copies a folder with all that is in it, and the files' times.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&from, &to)?;
        } else {
            let (mut original, mut copied) = (File::open(&from)?, File::create(&to)?);
            io::copy(&mut original, &mut copied)?;
            let metadata = original.metadata()?;
            copied.set_times(FileTimes::new().set_modified(metadata.modified()?))?;
            std::fs::set_permissions(&to, metadata.permissions())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    #[test]
    fn builds_are_copied_with_their_times_and_only_into_an_empty_place() {
        let all = tempfile::tempdir().unwrap();
        let (first, second) = (all.path().join("first"), all.path().join("second"));
        std::fs::create_dir_all(first.join("target/debug/deps")).unwrap();
        std::fs::create_dir_all(&second).unwrap();
        let built = first.join("target/debug/deps/library");
        std::fs::write(&built, "one").unwrap();
        let then = SystemTime::now() - Duration::from_secs(1000);
        File::options().write(true).open(&built).unwrap().set_modified(then).unwrap();

        take_over(&second).unwrap();
        let copied = second.join("target/debug/deps/library");
        assert_eq!(std::fs::read_to_string(&copied).unwrap(), "one");
        let modified = std::fs::metadata(&built).unwrap().modified().unwrap();
        assert_eq!(std::fs::metadata(&copied).unwrap().modified().unwrap(), modified);
        assert!(!second.join("target.half").exists());

        // What is there stays.
        std::fs::write(&copied, "two").unwrap();
        take_over(&second).unwrap();
        assert_eq!(std::fs::read_to_string(&copied).unwrap(), "two");
        take_over(&first).unwrap();
        assert_eq!(std::fs::read_to_string(&built).unwrap(), "one");
    }
}
