//! Flickr8k: photographs with five captions each (Hodosh, Young and Hockenmaier 2013).
//!
//! Reads a folder laid out as the data set is handed on:
//!
//! ```text
//! Images/  or  Flicker8k_Dataset/      the photographs, JPEG or PNG
//! captions.txt                         CSV with the header image,caption
//!   or  Flickr8k.token.txt             NAME.jpg#0<TAB>caption
//! Flickr_8k.trainImages.txt            the official split, if at hand: a name a line
//! Flickr_8k.devImages.txt
//! Flickr_8k.testImages.txt
//! ```
//!
//! Any data of this layout will do, such as Flickr30k's. Only the captions are read at once; a
//! photograph is read when it is asked for.

use crate::{Error, Picture, rng, text_file};
use rand::seq::SliceRandom;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// Where photographs may be, below the data set's folder.
const FOLDERS: [&str; 3] = ["Images", "Flicker8k_Dataset", "Flickr8k_Dataset"];

/// The files of the official split: for training, development and test.
const SPLITS: [&str; 3] =
    ["Flickr_8k.trainImages.txt", "Flickr_8k.devImages.txt", "Flickr_8k.testImages.txt"];

/// Most pictures for the test, and most for development, without an official split.
const MOST_TESTED: usize = 1000;

/// A photograph and what people said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captioned {
    /// The file's name, which is how the data set calls it.
    pub name: String,
    /// Where the photograph is.
    pub path: PathBuf,
    /// Its captions as they are written, at least one; in the order of the file.
    pub captions: Vec<String>,
}

impl Captioned {
    /// The largest centred square of the photograph, at side × side pixels.
    ///
    /// # Errors
    /// Where the file cannot be read or decoded; the error names it.
    pub fn picture(&self, side: usize) -> Result<Picture, Error> {
        Ok(Picture::open(&self.path)?.square(side))
    }
}

/// A data set in Flickr8k's layout.
#[derive(Clone, Debug)]
pub struct Flickr8k {
    parts: [Vec<Captioned>; 3],
    official: bool,
    missing: Vec<String>,
}

impl Flickr8k {
    /// Reads the captions in a folder, looks which photographs are there, and splits them.
    ///
    /// The split is the official one, where its three files are there; photographs that it does not
    /// name are left out. Else the photographs are shuffled, the same way each time, and 1,000 are for
    /// the test and 1,000 for development, or an eighth of them each, where that is fewer.
    ///
    /// Captions of photographs that are not there are left out, up to one photograph in a hundred (the
    /// original `Flickr8k.token.txt` has one such); see [`Flickr8k::missing`]. An official split must not
    /// name them.
    ///
    /// # Errors
    /// Where a file or folder is missing, a line is not as expected, or too many photographs are not
    /// there: the error names the file and the line.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let nothing = |expected| Error::NotThere { path: folder.to_owned(), expected };
        let images = FOLDERS.iter().map(|name| folder.join(name)).find(|path| path.is_dir());
        let images = images.ok_or_else(|| nothing("a folder Images or Flicker8k_Dataset"))?;
        let (csv, token) = (folder.join("captions.txt"), folder.join("Flickr8k.token.txt"));
        let (source, captions) = if csv.is_file() {
            (&csv, read_csv(&csv)?)
        } else if token.is_file() {
            (&token, read_token(&token)?)
        } else {
            return Err(nothing("captions.txt or Flickr8k.token.txt"));
        };

        let (mut all, mut missing) = (Vec::new(), Vec::new());
        let named = captions.len();
        for (name, Captions { line, captions }) in captions {
            let path = images.join(&name);
            if path.is_file() {
                all.push(Captioned { name, path, captions });
            } else {
                missing.push((line, name));
            }
        }
        if missing.len() * 100 > named {
            let (line, name) = missing.iter().min().expect("there are more than none");
            let found =
                format!("{name}, which is not in {}; {} of {named} are not", images.display(), missing.len());
            return Err(Error::malformed(source, *line, "the name of a photograph", found));
        }
        let missing = missing.into_iter().map(|(_, name)| name).collect();

        let lists = SPLITS.map(|name| folder.join(name));
        let there = lists.iter().filter(|path| path.is_file()).count();
        let (parts, official) = match there {
            0 => (shuffled(all, source)?, false),
            3 => (listed(all, &lists)?, true),
            _ => return Err(nothing("all three of Flickr_8k.{train,dev,test}Images.txt, or none")),
        };
        Ok(Self { parts, official, missing })
    }

    /// The photographs to train on.
    pub fn train(&self) -> &[Captioned] {
        &self.parts[0]
    }

    /// The photographs to choose among models by.
    pub fn dev(&self) -> &[Captioned] {
        &self.parts[1]
    }

    /// The photographs to test on.
    pub fn test(&self) -> &[Captioned] {
        &self.parts[2]
    }

    /// Whether there are photographs enough to learn from and to test on; `folder` is where they lie, for the error.
    ///
    /// # Errors
    /// With fewer than 2 to train on, or none for the test.
    pub fn are_enough(&self, folder: &Path) -> Result<(), Error> {
        match (self.train().len(), self.test().len()) {
            (2.., 1..) => Ok(()),
            (train, test) => Err(Error::TooFewPhotographs { path: folder.to_owned(), train, test }),
        }
    }

    /// Whether the split is the official one.
    pub fn has_official_split(&self) -> bool {
        self.official
    }

    /// Names that have captions, but whose photographs are not there.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }
}

/// The captions of a photograph.
struct Captions {
    /// The line of the first.
    line: usize,
    captions: Vec<String>,
}

type ByName = BTreeMap<String, Captions>;

fn add(all: &mut ByName, path: &Path, line: usize, name: &str, caption: &str) -> Result<(), Error> {
    let (name, caption) = (name.trim(), caption.trim());
    // The name is joined to a folder: it must not lead out of it.
    if name.is_empty() || name == ".." || name.contains(['/', '\\']) {
        return Err(Error::malformed(path, line, "the name of a photograph, without a folder", name));
    }
    if caption.is_empty() {
        return Err(Error::malformed(path, line, "a caption", "nothing"));
    }
    let entry = all.entry(name.to_owned()).or_insert(Captions { line, captions: Vec::new() });
    entry.captions.push(caption.to_owned());
    Ok(())
}

/// `captions.txt`: CSV, whose captions may hold commas, quotes and line ends.
fn read_csv(path: &Path) -> Result<ByName, Error> {
    let text = text_file::read(path)?;
    check_quotes(path, &text)?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text.as_bytes());
    let mut all = ByName::new();
    let mut header = true;
    // A record's position is that of the end of the one before: blank lines may follow, or half a line end.
    let (mut line, mut counted) = (1, 0);
    for record in reader.records() {
        let record = record.map_err(|error| Error::malformed(path, line, "a line of CSV", error))?;
        let end = record.position().map_or(counted, |position| position.byte() as usize);
        let start = text.len() - text[end..].trim_start_matches(['\r', '\n']).len();
        line += text[counted..start].matches('\n').count();
        counted = start;
        let fields: Vec<&str> = record.iter().map(str::trim).collect();
        match (fields.as_slice(), header) {
            (["image", "caption"], true) => header = false,
            (_, true) => {
                return Err(Error::malformed(path, line, "the header image,caption", fields.join(",")));
            }
            ([name, caption], false) => add(&mut all, path, line, name, caption)?,
            ([""], false) => {}
            (_, false) => {
                let expected = "two fields, image and caption (a caption with a comma stands in quotes)";
                let found = format!("{} fields: {}", fields.len(), fields.join(","));
                return Err(Error::malformed(path, line, expected, found));
            }
        }
    }
    if header {
        return Err(Error::malformed(path, 1, "the header image,caption", "nothing"));
    }
    Ok(all)
}

/// Checks that quotes that begin a field end it too (RFC 4180, section 2). The parser of CSV takes a
/// caption whose last quote is missing for one that goes on to the next quote, lines below.
fn check_quotes(path: &Path, text: &str) -> Result<(), Error> {
    let (mut line, mut opened) = (1, None);
    let mut starts_field = true;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        line += usize::from(character == '\n');
        if opened.is_none() {
            opened = (starts_field && character == '"').then_some(line);
            starts_field = matches!(character, ',' | '\r' | '\n');
        } else if character == '"' && characters.next_if_eq(&'"').is_none() {
            if !matches!(characters.peek(), None | Some(',' | '\r' | '\n')) {
                let rest: String = characters.take_while(|c| *c != '\n').collect();
                let expected = "a comma or the line's end after a quotation (a quote in it is doubled)";
                return Err(Error::malformed(path, line, expected, rest));
            }
            opened = None;
        }
    }
    match opened {
        Some(line) => Err(Error::malformed(path, line, "a quotation that ends", "the file's end in it")),
        None => Ok(()),
    }
}

/// `Flickr8k.token.txt`: `NAME.jpg#0`, a tab, the caption.
fn read_token(path: &Path) -> Result<ByName, Error> {
    let text = text_file::read(path)?;
    let mut all = ByName::new();
    for (line, content) in text_file::lines(&text) {
        let parts = content.split_once('\t').and_then(|(key, caption)| {
            let (name, number) = key.rsplit_once('#')?;
            number.trim().parse::<u32>().ok()?;
            Some((name, caption))
        });
        let Some((name, caption)) = parts else {
            return Err(Error::malformed(path, line, "NAME.jpg#NUMBER, a tab and a caption", content));
        };
        add(&mut all, path, line, name, caption)?;
    }
    Ok(all)
}

/// The official split.
fn listed(all: Vec<Captioned>, lists: &[PathBuf; 3]) -> Result<[Vec<Captioned>; 3], Error> {
    let mut left: HashMap<String, Captioned> =
        all.into_iter().map(|item| (item.name.clone(), item)).collect();
    let mut taken: HashMap<String, (usize, usize)> = HashMap::new();
    let mut parts: [Vec<Captioned>; 3] = Default::default();
    for (i, path) in lists.iter().enumerate() {
        for (line, name) in text_file::lines(&text_file::read(path)?) {
            let Some(item) = left.remove(name) else {
                let found = match taken.get(name) {
                    Some((other, first)) => {
                        format!("{name}, which {}:{first} has too", lists[*other].display())
                    }
                    None => format!("{name}, which has no photograph or no caption"),
                };
                return Err(Error::malformed(path, line, "a photograph that no line before names", found));
            };
            taken.insert(name.to_owned(), (i, line));
            parts[i].push(item);
        }
        if parts[i].is_empty() {
            return Err(Error::malformed(path, 1, "the name of a photograph a line", "no name"));
        }
    }
    Ok(parts)
}

/// Our own split. `all` is in the order of the names.
fn shuffled(mut all: Vec<Captioned>, source: &Path) -> Result<[Vec<Captioned>; 3], Error> {
    if all.len() < 3 {
        let found = format!("captions of {} that are there", all.len());
        return Err(Error::malformed(source, 1, "captions of at least three photographs", found));
    }
    all.shuffle(&mut rng(0, 8));
    let tested = (all.len() / 8).clamp(1, MOST_TESTED);
    let dev = all.split_off(all.len() - tested);
    let test = all.split_off(all.len() - tested);
    Ok([all, dev, test])
}

/// Reads photographs on all cores and shrinks them to `side` × `side` pixels of three bytes each, the one behind the
/// other. `done` is called behind each.
///
/// # Errors
///
/// If one cannot be read or is no PNG or JPEG; the error names the file.
pub fn bytes(items: &[Captioned], side: usize, done: impl Fn() + Sync) -> Result<Vec<u8>, Error> {
    let each = side * side * 3;
    let mut bytes = vec![0; items.len() * each];
    items.par_iter().zip(bytes.par_chunks_exact_mut(each)).try_for_each(|(item, bytes)| {
        for (byte, value) in bytes.iter_mut().zip(item.picture(side)?.pixels) {
            *byte = (value * 255.0).round() as u8;
        }
        done();
        Ok(())
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::fs;
    use tempfile::TempDir;

    /// A folder with `count` photographs `0.png`, `1.png`, … in `images`.
    fn folder(images: &str, count: usize) -> TempDir {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join(images)).unwrap();
        let png = Picture::filled(6, 4, [0.2, 0.4, 0.6]).to_png();
        for i in 0..count {
            fs::write(folder.path().join(images).join(format!("{i}.png")), &png).unwrap();
        }
        folder
    }

    fn write(folder: &TempDir, name: &str, text: impl AsRef<[u8]>) {
        fs::write(folder.path().join(name), text).unwrap();
    }

    fn csv_of(count: usize) -> String {
        let rows = (0..count).map(|i| format!("{i}.png,A dog runs .\n{i}.png,\"Wet, \"\"happy\"\" dog\"\n"));
        format!("image,caption\n{}", rows.collect::<String>())
    }

    fn error(folder: &TempDir) -> String {
        Flickr8k::open(folder.path()).unwrap_err().to_string()
    }

    #[test]
    fn csv_with_commas_and_quotes_is_read_and_split() {
        let folder = folder("Images", 24);
        write(&folder, "captions.txt", csv_of(24));
        let data = Flickr8k::open(folder.path()).unwrap();
        assert_eq!((data.train().len(), data.dev().len(), data.test().len()), (18, 3, 3));
        assert!(!data.has_official_split() && data.missing().is_empty());
        let first = &data.train()[0];
        assert_eq!(first.captions, ["A dog runs .", "Wet, \"happy\" dog"]);
        let picture = first.picture(2).unwrap();
        assert_eq!((picture.width, picture.height), (2, 2));
        let all = [data.train(), data.dev(), data.test()].concat();
        assert_eq!(all.iter().map(|item| &item.name).collect::<HashSet<_>>().len(), 24);
        let again = Flickr8k::open(folder.path()).unwrap();
        assert_eq!(again.test(), data.test());
    }

    #[test]
    fn quotes_lines_and_byte_order_marks_are_taken_as_they_are_written() {
        let folder = folder("Images", 3);
        let text =
            "\u{feff}image,caption\r\n0.png,a \"wet\" dog\r\n\r\n1.png,\"\"\"Wet\"\"\"\r\n2.png,\"a\ncat\"";
        write(&folder, "captions.txt", text);
        let data = Flickr8k::open(folder.path()).unwrap();
        let mut all = [data.train(), data.dev(), data.test()].concat();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        let captions: Vec<&String> = all.iter().flat_map(|item| &item.captions).collect();
        assert_eq!(captions, ["a \"wet\" dog", "\"Wet\"", "a\ncat"]);
    }

    #[test]
    fn the_token_file_and_the_official_split_are_read() {
        let folder = folder("Flicker8k_Dataset", 5);
        let lines = (0..5).map(|i| format!("{i}.png#0\tA dog\r\n{i}.png#1\tA cat , maybe\r\n"));
        write(&folder, "Flickr8k.token.txt", lines.collect::<String>());
        write(&folder, "Flickr_8k.trainImages.txt", "4.png\n0.png\n");
        write(&folder, "Flickr_8k.devImages.txt", "1.png\n");
        write(&folder, "Flickr_8k.testImages.txt", "3.png");
        let data = Flickr8k::open(folder.path()).unwrap();
        let names = |part: &[Captioned]| part.iter().map(|item| item.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(data.train()), ["4.png", "0.png"]);
        assert_eq!((names(data.dev()), names(data.test())), (vec!["1.png".into()], vec!["3.png".to_owned()]));
        assert_eq!(data.test()[0].captions, ["A dog", "A cat , maybe"]);
        assert!(data.has_official_split());

        write(&folder, "Flickr_8k.devImages.txt", "1.png\n\n0.png\n");
        let error_text = error(&folder);
        assert!(
            error_text.contains("devImages.txt:3") && error_text.contains("trainImages.txt:2"),
            "{error_text}"
        );
        write(&folder, "Flickr_8k.devImages.txt", "9.png\n");
        assert!(error(&folder).contains("devImages.txt:1"));
        fs::remove_file(folder.path().join("Flickr_8k.devImages.txt")).unwrap();
        assert!(error(&folder).contains("all three"));
    }

    #[test]
    fn errors_name_file_and_line() {
        let none = TempDir::new().unwrap();
        assert!(error(&none).contains("Images"), "{}", error(&none));
        let folder = folder("Images", 3);
        assert!(error(&folder).contains("captions.txt or Flickr8k.token.txt"));
        for (text, line, what) in [
            ("", 1, "image,caption"),
            ("name,text\n0.png,x\n", 1, "name,text"),
            ("image,caption\n0.png,a dog\n1.png,a dog, a cat\n", 3, "3 fields"),
            ("image,caption\n0.png,a dog\n1.png\n", 3, "1 fields"),
            ("image,caption\n0.png,a dog\n1.png,\n", 3, "a caption"),
            ("image,caption\n../0.png,a dog\n", 2, "without a folder"),
            ("image,caption\n0.png,\"a\nb\"\nx.png,c\n", 4, "x.png, which is not in"),
            ("image,caption\n0.png,a dog\n", 1, "three photographs"),
            // Lines count the same, however they end, and whether or not some are blank.
            ("image,caption\r\n0.png,a dog\r\n1.png,a dog, a cat\r\n", 3, "3 fields"),
            ("image,caption\n\n  \n0.png,a dog\n\n\n1.png\n", 7, "1 fields"),
            ("\n\nimage,captions\n", 3, "image,captions"),
            ("image,caption\r\n0.png,\"a\r\n\r\nb\"\r\n1.png,\r\n", 5, "a caption"),
            // A quotation that does not end would swallow the lines below.
            ("image,caption\n0.png,a\n1.png,\"b\n2.png,c\n", 3, "a quotation that ends"),
            ("image,caption\n0.png,\"a\n1.png,\"\"b\"\"\n2.png,c\n", 2, "a quotation that ends"),
            ("image,caption\n0.png,\"a\n1.png,\"b\"\n2.png,c\n", 3, "after a quotation"),
            ("image,caption\n0.png,\"a\" b\n", 2, "after a quotation"),
        ] {
            write(&folder, "captions.txt", text);
            let error = error(&folder);
            assert!(
                error.contains(&format!("captions.txt:{line}:")) && error.contains(what),
                "{text}: {error}"
            );
        }
        write(&folder, "captions.txt", b"image,caption\n0.png,caf\xe9\n");
        assert!(error(&folder).contains("captions.txt:2: expected UTF-8"), "{}", error(&folder));
        fs::remove_file(folder.path().join("captions.txt")).unwrap();
        write(&folder, "Flickr8k.token.txt", "0.png#0\ta dog\n1.png a cat\n");
        assert!(error(&folder).contains("token.txt:2"), "{}", error(&folder));
    }

    #[test]
    fn one_missing_photograph_in_a_hundred_is_left_out() {
        let folder = folder("Images", 99);
        write(&folder, "captions.txt", csv_of(100));
        let data = Flickr8k::open(folder.path()).unwrap();
        assert_eq!(data.missing(), ["99.png"]);
        assert_eq!(data.train().len() + data.dev().len() + data.test().len(), 99);
        write(&folder, "captions.txt", csv_of(101));
        assert!(error(&folder).contains("2 of 101"), "{}", error(&folder));
    }

    #[test]
    fn a_broken_photograph_is_an_error_when_it_is_read() {
        let folder = folder("Images", 3);
        write(&folder, "captions.txt", csv_of(3));
        for i in 0..3 {
            fs::write(folder.path().join(format!("Images/{i}.png")), b"\x89PNG\r\n\x1a\n cut off").unwrap();
        }
        let data = Flickr8k::open(folder.path()).unwrap();
        let error = data.train()[0].picture(8).unwrap_err().to_string();
        assert!(error.contains(&data.train()[0].name), "{error}");
    }
}
