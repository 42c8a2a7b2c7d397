//! A small data set in the layout of Flickr8k.

use crate::path;
use emoji_world::{Augmentation, Sprite, emoji, rng};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Twelve small pictures with three captions each: eight to train on, two to choose by, two for the test.
#[derive(Debug)]
pub struct MadeUp {
    folder: TempDir,
}

impl Default for MadeUp {
    fn default() -> Self {
        Self::new()
    }
}

impl MadeUp {
    /// Draws and writes it.
    ///
    /// # Panics
    ///
    /// If it cannot be written.
    pub fn new() -> Self {
        let made_up = Self { folder: tempfile::tempdir().expect("a folder for pictures") };
        std::fs::create_dir(made_up.path("Images")).expect("an empty folder");
        let mut captions = "image,caption\n".to_owned();
        for (i, emoji) in emoji::all().iter().step_by(110).take(12).enumerate() {
            let picture = Augmentation::default().apply(&Sprite::of(emoji.id, 48), 48, &mut rng(7, i as u64));
            // Wider than high, as photographs are.
            made_up.write(&format!("Images/{i}.png"), picture.resized(60, 44).to_png());
            for words in ["A picture of", "\"This one, look,\" is", "Here is"] {
                captions += &format!("{i}.png,\"{} {}.\"\n", words.replace('"', "\"\""), emoji.name);
            }
        }
        made_up.write("captions.txt", captions);
        let part = |from: usize, to: usize| (from..to).map(|i| format!("{i}.png\n")).collect::<String>();
        for (name, from, to) in [("train", 0, 8), ("dev", 8, 10), ("test", 10, 12)] {
            made_up.write(&format!("Flickr_8k.{name}Images.txt"), part(from, to));
        }
        made_up
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file of it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of it anew.
    ///
    /// # Panics
    ///
    /// If the file cannot be written.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.path(name), content).expect("a file in a folder of our own");
        self
    }

    /// The arguments of a run that reads it and writes its record to `record`, in batches of four if not told
    /// otherwise.
    pub fn arguments<'a>(&'a self, record: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
        let batch: &[&str] = if more.contains(&"--batch") { &[] } else { &["--batch", "4"] };
        [&["--data", path(self.folder()), "--record", path(record)], batch, more].concat()
    }
}
