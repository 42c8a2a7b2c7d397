//! Pictures in folders that are named by what they show, as CIFAR and MNIST are often handed on.
//!
//! ```text
//! root/cat/0001.png         or         root/train/cat/0001.png
//! root/dog/0001.png                    root/train/dog/0001.png
//!                                      root/test/cat/0002.png
//! ```

use crate::{Error, Picture, rng};
use rand::seq::SliceRandom;
use std::path::{Path, PathBuf};

/// Endings of files that are taken for pictures, whatever their capitals.
const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];

/// A picture's file and its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// Where the picture is.
    pub path: PathBuf,
    /// The class, as a place in [`ClassFolders::classes`].
    pub class: usize,
}

impl Labelled {
    /// The largest centred square of the picture, at side × side pixels.
    ///
    /// # Errors
    /// Where the file cannot be read or decoded; the error names it.
    pub fn picture(&self, side: usize) -> Result<Picture, Error> {
        Ok(Picture::open(&self.path)?.square(side))
    }
}

/// Pictures by class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassFolders {
    /// The names of the classes: numbers in their order, other names in that of the alphabet.
    pub classes: Vec<String>,
    /// What to train on, class after class.
    pub train: Vec<Labelled>,
    /// What to test on, class after class.
    pub test: Vec<Labelled>,
    /// How many files were passed over, because they do not end in `.png`, `.jpg` or `.jpeg`.
    pub ignored: usize,
}

impl ClassFolders {
    /// Looks which pictures are there; none is read yet.
    ///
    /// Where there is a folder `train`, the classes are in it, and those to test on in `test`. Without
    /// `test`, an eighth of each class is drawn for the test, the same ones each time (none of a class
    /// of fewer than eight). Files and folders whose names begin with a dot are passed over.
    ///
    /// # Errors
    /// Where a folder cannot be read, holds no class, or a class holds no picture, or a class of the
    /// test is none of the training; the error names the folder.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let train_folder = root.join("train");
        let split = train_folder.is_dir();
        let from = if split { train_folder } else { root.to_owned() };
        let Classes { names: classes, pictures: mut by_class, mut ignored } = read_classes(&from)?;
        let test_folder = root.join("test");
        let mut test = Vec::new();
        if split && test_folder.is_dir() {
            let tested = read_classes(&test_folder)?;
            ignored += tested.ignored;
            for (name, paths) in tested.names.iter().zip(tested.pictures) {
                let Some(class) = classes.iter().position(|class| class == name) else {
                    let path = test_folder.join(name);
                    return Err(Error::NotThere { path, expected: "a class that train has too" });
                };
                test.extend(paths.into_iter().map(|path| Labelled { path, class }));
            }
            test.sort_by(|a, b| (a.class, &a.path).cmp(&(b.class, &b.path)));
        } else {
            for (class, paths) in by_class.iter_mut().enumerate() {
                paths.shuffle(&mut rng(0, class as u64));
                let mut drawn = paths.split_off(paths.len() - paths.len() / 8);
                paths.sort();
                drawn.sort();
                test.extend(drawn.into_iter().map(|path| Labelled { path, class }));
            }
        }
        let labelled = |(class, paths): (usize, Vec<PathBuf>)| {
            paths.into_iter().map(move |path| Labelled { path, class })
        };
        let train = by_class.into_iter().enumerate().flat_map(labelled).collect();
        Ok(Self { classes, train, test, ignored })
    }
}

/// The entries of a folder that are not hidden, by name.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let failed = |source| Error::read(folder, source);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            entries.push((name, entry.path()));
        }
    }
    entries.sort();
    Ok(entries)
}

/// What is in the folders of one folder.
struct Classes {
    names: Vec<String>,
    /// The pictures of each.
    pictures: Vec<Vec<PathBuf>>,
    /// How many files were passed over.
    ignored: usize,
}

fn read_classes(folder: &Path) -> Result<Classes, Error> {
    let mut classes = Vec::new();
    let mut ignored = 0;
    for (name, path) in entries(folder)? {
        if !path.is_dir() {
            ignored += 1;
            continue;
        }
        let mut pictures = Vec::new();
        for (file, path) in entries(&path)? {
            let ending = file.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
            if path.is_file() && ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
                pictures.push(path);
            } else {
                ignored += 1;
            }
        }
        if pictures.is_empty() {
            return Err(Error::NotThere { path, expected: "pictures that end in .png, .jpg or .jpeg" });
        }
        classes.push((name, pictures));
    }
    if classes.is_empty() {
        let expected = "folders of pictures, each named by what they show";
        return Err(Error::NotThere { path: folder.to_owned(), expected });
    }
    // 2 comes before 10.
    classes.sort_by_key(|(name, _)| (name.parse::<u64>().unwrap_or(u64::MAX), name.clone()));
    let (names, pictures) = classes.into_iter().unzip();
    Ok(Classes { names, pictures, ignored })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::TempDir;

    fn put(root: &TempDir, files: impl IntoIterator<Item = String>) {
        let png = Picture::filled(3, 3, [0.5; 3]).to_png();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &png).unwrap();
        }
    }

    #[test]
    fn classes_are_folders_and_an_eighth_is_for_the_test() {
        let root = TempDir::new().unwrap();
        let names = ["10", "9", "cat"];
        put(&root, names.iter().flat_map(|class| (0..16).map(move |i| format!("{class}/{i}.PNG"))));
        put(&root, ["cat/notes.txt".into(), "cat/.hidden.png".into(), "read.me".into()]);
        let data = ClassFolders::open(root.path()).unwrap();
        assert_eq!(data.classes, ["9", "10", "cat"]);
        assert_eq!((data.train.len(), data.test.len(), data.ignored), (42, 6, 2));
        for class in 0..3 {
            assert_eq!(data.test.iter().filter(|item| item.class == class).count(), 2);
        }
        assert!(data.test.iter().all(|item| !data.train.contains(item)));
        assert_eq!(data, ClassFolders::open(root.path()).unwrap());
        assert_eq!(data.train[0].picture(2).unwrap().pixels.len(), 12);
    }

    #[test]
    fn train_and_test_folders_are_taken_as_they_are() {
        let root = TempDir::new().unwrap();
        put(&root, ["train/b/0.png", "train/a/0.jpeg", "train/a/1.jpg", "test/b/7.png"].map(String::from));
        let data = ClassFolders::open(root.path()).unwrap();
        assert_eq!(data.classes, ["a", "b"]);
        assert_eq!(data.train.iter().map(|item| item.class).collect::<Vec<_>>(), [0, 0, 1]);
        assert_eq!((data.test.len(), data.test[0].class), (1, 1));
        put(&root, ["test/c/0.png".into()]);
        let error = ClassFolders::open(root.path()).unwrap_err().to_string();
        assert!(error.contains("test/c") && error.contains("train has too"), "{error}");
    }

    #[test]
    fn errors_name_the_folder() {
        let root = TempDir::new().unwrap();
        let error = |path: &Path| ClassFolders::open(path).unwrap_err().to_string();
        assert!(error(&root.path().join("nowhere")).contains("nowhere"));
        assert!(error(root.path()).contains("named by what they show"));
        fs::create_dir(root.path().join("dog")).unwrap();
        let empty = error(root.path());
        assert!(empty.contains("dog") && empty.contains(".png"), "{empty}");
    }
}
