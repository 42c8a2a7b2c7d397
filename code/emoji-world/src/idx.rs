//! IDX files, the format of MNIST (LeCun, Cortes and Burges 1998), plain or compressed by gzip.
//!
//! ```text
//! bytes 0, 1   0
//! byte  2      8: the data are unsigned bytes
//! byte  3      how many dimensions: 3 for pictures, 1 for labels
//! then         each dimension's size, 4 bytes, the most significant first
//! then         the data, the last dimension's index running fastest
//! ```

use crate::{Error, Picture};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Most bytes of data in a file: 2 GiB, 45 times those of MNIST. A compressed file of a few megabytes
/// could hold a thousand times as many.
const LARGEST: usize = 1 << 31;

/// Grey pictures, each with a label, in the order of the file. Some copies of MNIST are sorted by label:
/// shuffle before you train.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledPictures {
    /// Pixels a row.
    pub width: usize,
    /// Rows of a picture.
    pub height: usize,
    /// count × height × width bytes: 0 is the paper and 255 the ink, in MNIST.
    pub pixels: Vec<u8>,
    /// A label for each picture; in MNIST, the digit.
    pub labels: Vec<u8>,
}

impl LabelledPictures {
    /// Reads a file of pictures and the file of their labels.
    ///
    /// # Errors
    /// Where a file cannot be read or is not as [the format](self) says, holds more than 2 GiB of data, or
    /// where there are not as many labels as pictures. The error names the file and the byte.
    pub fn open(pictures: &Path, labels: &Path) -> Result<Self, Error> {
        let ([count, height, width], pixels) = read::<3>(pictures)?;
        let ([label_count], label_bytes) = read::<1>(labels)?;
        if label_count != count {
            let expected = format!("{count} labels, one for each picture of {}", pictures.display());
            return Err(Error::Idx {
                path: labels.to_owned(),
                offset: 4,
                expected,
                found: label_count.to_string(),
            });
        }
        Ok(Self { width, height, pixels, labels: label_bytes })
    }

    /// How many pictures there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The height × width bytes of picture `i`.
    ///
    /// # Panics
    /// Where there are not so many pictures.
    pub fn bytes(&self, i: usize) -> &[u8] {
        let size = self.width * self.height;
        &self.pixels[i * size..(i + 1) * size]
    }

    /// Picture `i`; red, green and blue are the same.
    ///
    /// # Panics
    /// Where there are not so many pictures.
    pub fn picture(&self, i: usize) -> Picture {
        let pixels = self.bytes(i).iter().flat_map(|byte| [f32::from(*byte) / 255.0; 3]).collect();
        Picture { width: self.width, height: self.height, pixels }
    }
}

/// MNIST, or another data set whose files have the same names (Fashion-MNIST, Kuzushiji-MNIST).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mnist {
    /// What to train on; 60,000 pictures of 28 × 28 in MNIST.
    pub train: LabelledPictures,
    /// What to test on; 10,000 in MNIST.
    pub test: LabelledPictures,
}

impl Mnist {
    /// Reads `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
    /// `t10k-labels-idx1-ubyte` of a folder, each as it is or with `.gz`; `test` in the place of `t10k`
    /// and a dot in that of the second hyphen (`train-images.idx3-ubyte`) will do, too.
    ///
    /// # Errors
    /// Where a file is missing, or as [`LabelledPictures::open`].
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let part = |names: &[&str]| {
            let pictures = find(folder, names, "images", "idx3-ubyte")?;
            let labels = find(folder, names, "labels", "idx1-ubyte")?;
            LabelledPictures::open(&pictures, &labels)
        };
        Ok(Self { train: part(&["train"])?, test: part(&["t10k", "test"])? })
    }
}

/// The file of this part and content, in one of its spellings.
fn find(folder: &Path, parts: &[&str], content: &str, ending: &str) -> Result<PathBuf, Error> {
    let usual = folder.join(format!("{}-{content}-{ending}", parts[0]));
    for part in parts {
        for mark in ["-", "."] {
            for gz in ["", ".gz"] {
                let path = folder.join(format!("{part}-{content}{mark}{ending}{gz}"));
                if path.is_file() {
                    return Ok(path);
                }
            }
        }
    }
    Err(Error::NotThere { path: usual, expected: "this file, or the same with .gz" })
}

/// The sizes of the `DIMENSIONS` dimensions and the data.
fn read<const DIMENSIONS: usize>(path: &Path) -> Result<([usize; DIMENSIONS], Vec<u8>), Error> {
    let failed = |reason| Error::read(path, reason);
    let wrong = |offset: u64, expected: String, found: String| {
        Err(Error::Idx { path: path.to_owned(), offset, expected, found })
    };
    let mut file = BufReader::new(File::open(path).map_err(failed)?);
    let compressed = file.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
    let mut reader: Box<dyn Read> =
        if compressed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };

    let header_length = 4 + 4 * DIMENSIONS;
    let mut header = Vec::new();
    if let Err(error) = reader.by_ref().take(header_length as u64).read_to_end(&mut header) {
        return wrong(header.len() as u64, format!("a header of {header_length} bytes"), error.to_string());
    }
    let magic = [0, 0, 8, DIMENSIONS as u8];
    if header.get(..4).is_some_and(|found| found != magic) {
        let what = if DIMENSIONS == 3 { "pictures" } else { "labels" };
        return wrong(
            0,
            format!("the bytes {magic:?} of an IDX file of {what}"),
            format!("{:?}", &header[..4]),
        );
    }
    if header.len() < header_length {
        return wrong(
            header.len() as u64,
            format!("a header of {header_length} bytes"),
            "the end of the file".into(),
        );
    }
    let mut sizes = [0; DIMENSIONS];
    for (size, bytes) in sizes.iter_mut().zip(header[4..].chunks_exact(4)) {
        *size = bytes.iter().fold(0, |size, byte| size << 8 | usize::from(*byte));
    }
    let product = sizes.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
    let Some(length) = product.filter(|length| (1..=LARGEST).contains(length)) else {
        return wrong(4, "sizes above 0, of 2 GiB of data at most".into(), format!("{sizes:?}"));
    };
    let mut data = Vec::new();
    // One byte more than there should be, to notice what is too long.
    if let Err(error) = reader.take(length as u64 + 1).read_to_end(&mut data) {
        let offset = (header_length + data.len()) as u64;
        return wrong(offset, format!("{length} bytes of data after the header"), error.to_string());
    }
    let offset = (header_length + data.len().min(length)) as u64;
    let expected = format!("{length} bytes of data after the header, for sizes {sizes:?}");
    match data.len() {
        found if found < length => wrong(offset, expected, format!("the end after {found} of them")),
        found if found > length => wrong(offset, expected, "more of them".into()),
        _ => Ok((sizes, data)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;
    use std::io::Write;
    use tempfile::TempDir;

    fn idx(sizes: &[u32], data: &[u8]) -> Vec<u8> {
        let sizes_bytes = sizes.iter().flat_map(|size| size.to_be_bytes());
        [0, 0, 8, sizes.len() as u8].into_iter().chain(sizes_bytes).chain(data.iter().copied()).collect()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn plain_and_compressed_files_are_read() {
        let folder = TempDir::new().unwrap();
        let pixels: Vec<u8> = (0..2 * 3 * 4).map(|i| i * 10).collect();
        let write = |name: &str, bytes: Vec<u8>| fs::write(folder.path().join(name), bytes).unwrap();
        write("train-images-idx3-ubyte", idx(&[2, 3, 4], &pixels));
        write("train-labels.idx1-ubyte", idx(&[2], &[7, 1]));
        write("t10k-images-idx3-ubyte.gz", gzip(&idx(&[2, 3, 4], &pixels)));
        let error = Mnist::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("t10k-labels-idx1-ubyte"), "{error}");
        write("test-labels-idx1-ubyte.gz", gzip(&idx(&[2], &[7, 1])));
        let mnist = Mnist::open(folder.path()).unwrap();
        assert_eq!(mnist.train, mnist.test);
        assert_eq!((mnist.train.len(), mnist.train.width, mnist.train.height), (2, 4, 3));
        assert_eq!((mnist.train.labels.as_slice(), mnist.train.bytes(1)[0]), (&[7, 1][..], 120));
        assert_eq!(mnist.train.picture(0).pixel(1, 2), [90.0 / 255.0; 3]);
    }

    #[test]
    fn errors_name_file_and_byte() {
        let folder = TempDir::new().unwrap();
        let [pictures, labels] = ["pictures", "labels"].map(|name| folder.path().join(name));
        let check = |picture_bytes: &[u8], label_bytes: &[u8], expected: &[&str]| {
            fs::write(&pictures, picture_bytes).unwrap();
            fs::write(&labels, label_bytes).unwrap();
            let error = LabelledPictures::open(&pictures, &labels).unwrap_err().to_string();
            assert!(expected.iter().all(|words| error.contains(words)), "{error}");
        };
        let (good, two) = (idx(&[2, 2, 2], &[1; 8]), idx(&[2], &[0, 1]));
        check(&good, &idx(&[3], &[0; 3]), &["labels", "byte 4", "2 labels", "found 3"]);
        check(&good[..20], &two, &["pictures", "byte 20", "8 bytes", "the end after 4"]);
        check(&[&good[..], &[0]].concat(), &two, &["byte 24", "more"]);
        check(&good[..9], &two, &["byte 9", "a header of 16 bytes"]);
        check(&[], &two, &["byte 0", "the end of the file"]);
        check(&two, &two, &["byte 0", "[0, 0, 8, 3]", "[0, 0, 8, 1]"]);
        for sizes in [[u32::MAX; 3], [1 << 11, 1 << 10, (1 << 10) + 1]] {
            check(&idx(&sizes, &[]), &two, &["byte 4", "2 GiB"]);
        }
        check(&idx(&[1 << 11, 1 << 10, 1 << 10], &[]), &two, &["byte 16", "the end after 0"]);
        check(&idx(&[0, 28, 28], &[]), &two, &["byte 4", "above 0"]);
        check(&gzip(&good)[..15], &two, &["pictures", "byte", "Is the file whole"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn no_file_makes_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..64), idx_like: bool) {
            if idx_like && bytes.len() > 3 {
                bytes[..4].copy_from_slice(&[0, 0, 8, 3]);
            }
            let folder = TempDir::new().unwrap();
            let path = folder.path().join("x");
            fs::write(&path, &bytes).unwrap();
            let _ = read::<3>(&path);
            let _ = read::<1>(&path);
        }
    }
}
