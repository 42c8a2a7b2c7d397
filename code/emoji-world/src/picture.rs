//! A picture as a network sees it: rows of pixels, each three numbers from 0 to 1.

use crate::Error;
use image::error::{DecodingError, ImageError, ImageFormatHint, LimitError, LimitErrorKind};
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Rgb, Rgb32FImage};
use std::io::Cursor;
use std::path::Path;

/// Most pixels that a file may have: 8,192 × 8,192, which are 768 MiB of numbers here.
const MOST_PIXELS: u64 = 1 << 26;

/// A picture in red, green and blue.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// height × width × 3 numbers from 0 (dark) to 1: row after row from the top, pixels from the
    /// left, red, green and blue of a pixel side by side. sRGB values as files have them, divided by
    /// their largest.
    pub pixels: Vec<f32>,
}

impl Picture {
    /// A picture of one colour.
    pub fn filled(width: usize, height: usize, colour: [f32; 3]) -> Self {
        Self { width, height, pixels: colour.repeat(width * height) }
    }

    /// Reads a PNG or JPEG file.
    ///
    /// What is transparent becomes white, and a photograph is turned the way its camera was held.
    ///
    /// # Errors
    /// Where the file cannot be read, is not a whole PNG or JPEG, or has more than 67 million pixels
    /// (8,192 × 8,192); the error names the file.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|reason| Error::read(path, reason))?;
        Self::from_bytes(&bytes, path)
    }

    /// Looks at the beginning of a file alone, which is quick: whether it is that of a PNG or JPEG.
    ///
    /// # Errors
    /// Where the file cannot be read, or begins like neither.
    pub fn check(path: &Path) -> Result<(), Error> {
        let reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format);
        let reader = reader.map_err(|reason| Error::read(path, reason))?;
        let size = decoded_or_damaged(|| reader.into_dimensions());
        size.map(|_| ()).map_err(|reason| Error::NotAPicture { path: path.to_owned(), reason })
    }

    /// Decodes the bytes of a PNG or JPEG file; `path` is where they come from, for the error.
    ///
    /// # Errors
    /// Where the bytes are not a whole PNG or JPEG, or have more than 67 million pixels.
    pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, Error> {
        let decoded = decoded_or_damaged(|| Self::decode(bytes));
        decoded.map_err(|reason| Error::NotAPicture { path: path.to_owned(), reason })
    }

    fn decode(bytes: &[u8]) -> Result<Self, ImageError> {
        let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
        // The JPEG decoder would fill with grey what is missing.
        if reader.format() == Some(ImageFormat::Jpeg) && !jpeg_has_its_end(bytes) {
            let kind = std::io::ErrorKind::UnexpectedEof;
            return Err(std::io::Error::new(kind, "the file ends before the picture does").into());
        }
        let mut decoder = reader.into_decoder()?;
        // A few bytes can promise a picture that no memory holds.
        let (width, height) = decoder.dimensions();
        if u64::from(width) * u64::from(height) > MOST_PIXELS {
            return Err(ImageError::Limits(LimitError::from_kind(LimitErrorKind::DimensionError)));
        }
        let orientation = decoder.orientation()?;
        let mut image = DynamicImage::from_decoder(decoder)?;
        image.apply_orientation(orientation);
        Ok(Self::over_white(&image))
    }

    fn over_white(image: &DynamicImage) -> Self {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let pixels = if image.color().has_alpha() {
            let over = |pixel: &image::Rgba<f32>| {
                let [r, g, b, alpha] = pixel.0;
                [r, g, b].map(|channel| channel * alpha + 1.0 - alpha)
            };
            image.to_rgba32f().pixels().flat_map(over).collect()
        } else {
            image.to_rgb32f().into_raw()
        };
        Self { width, height, pixels }
    }

    /// The colour in column `x` from the left and row `y` from the top, both counted from 0.
    ///
    /// # Panics
    /// Outside the picture.
    pub fn pixel(&self, x: usize, y: usize) -> [f32; 3] {
        assert!(x < self.width && y < self.height, "({x}, {y}) is outside {} × {}", self.width, self.height);
        let start = (y * self.width + x) * 3;
        std::array::from_fn(|channel| self.pixels[start + channel])
    }

    /// The picture where a network looks, dark where it does not: `brightness` are cells × cells numbers, row after row,
    /// of a grid over the picture. Where one is 1, the picture stays as it is; where one is 0, its values are multiplied
    /// by `dark`. What is less than 0 or more than 1 counts as 0 or 1.
    ///
    /// ```
    /// use emoji_world::Picture;
    ///
    /// let white = Picture::filled(8, 8, [1.0; 3]);
    /// let lit = white.lit(&[1.0, 0.0, 0.5, 0.0], 2, 0.2);
    /// assert_eq!([lit.pixel(3, 3), lit.pixel(4, 3), lit.pixel(3, 4)], [[1.0; 3], [0.2; 3], [0.6; 3]]);
    /// ```
    ///
    /// # Panics
    /// Where there are fewer than cells × cells numbers.
    pub fn lit(&self, brightness: &[f32], cells: usize, dark: f32) -> Self {
        let light = |i: usize| {
            let (x, y) = (i % self.width * cells / self.width, i / self.width * cells / self.height);
            dark + (1.0 - dark) * brightness[y * cells + x].clamp(0.0, 1.0)
        };
        let rgb = self.pixels.as_chunks::<3>().0;
        let pixels = rgb.iter().enumerate().flat_map(|(i, rgb)| rgb.map(|value| value * light(i))).collect();
        Self { width: self.width, height: self.height, pixels }
    }

    /// The picture as a PNG file of 8 bits a channel.
    ///
    /// # Panics
    /// Where there is no pixel, which a PNG file cannot say, or `pixels` has not width × height × 3
    /// numbers.
    pub fn to_png(&self) -> Vec<u8> {
        let bytes = self.pixels.iter().map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
        let image = image::RgbImage::from_raw(self.width as u32, self.height as u32, bytes)
            .expect("a picture has width × height × 3 numbers");
        let mut file = Cursor::new(Vec::new());
        image.write_to(&mut file, image::ImageFormat::Png).expect("writing to memory does not fail");
        file.into_inner()
    }

    /// The picture at another size, by Catmull-Rom interpolation; where it shrinks, the filter widens,
    /// so that nothing flickers. A picture without a pixel becomes black.
    ///
    /// # Panics
    /// Where `pixels` has not width × height × 3 numbers.
    pub fn resized(&self, width: usize, height: usize) -> Self {
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        let image: Rgb32FImage =
            Rgb32FImage::from_raw(self.width as u32, self.height as u32, self.pixels.clone())
                .expect("a picture has width × height × 3 numbers");
        let mut image = image::imageops::resize(&image, width as u32, height as u32, FilterType::CatmullRom);
        for Rgb(pixel) in image.pixels_mut() {
            // The filter overshoots at edges.
            *pixel = pixel.map(|value| value.clamp(0.0, 1.0));
        }
        Self { width, height, pixels: image.into_raw() }
    }

    /// The part of the picture around its centre; a side that is longer than the picture is cut to
    /// the picture's.
    pub fn centre_crop(&self, width: usize, height: usize) -> Self {
        let (width, height) = (width.min(self.width), height.min(self.height));
        let (left, top) = ((self.width - width) / 2, (self.height - height) / 2);
        let row = |y: usize| {
            let start = ((top + y) * self.width + left) * 3;
            &self.pixels[start..start + width * 3]
        };
        Self { width, height, pixels: (0..height).flat_map(row).copied().collect() }
    }

    /// The largest centred square, at side × side: what classifiers are commonly given.
    pub fn square(&self, side: usize) -> Self {
        let shorter = self.width.min(self.height);
        self.centre_crop(shorter, shorter).resized(side, side)
    }
}

/// What a decoder says.
///
/// Some damaged files make the decoders panic (png 0.18.1 does, where a palette ends within a colour): for whoever
/// asked, such a file is as damaged as any other.
fn decoded_or_damaged<T>(decode: impl FnOnce() -> Result<T, ImageError>) -> Result<T, ImageError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(decode)).unwrap_or_else(|_| {
        let hint = ImageFormatHint::Unknown;
        Err(ImageError::Decoding(DecodingError::new(hint, "the decoder cannot cope with it")))
    })
}

/// Whether the marker "end of image" comes after the beginning of a JPEG file's compressed data (ITU
/// T.81, annex B). A preview among the segments before has its own, which does not count.
fn jpeg_has_its_end(bytes: &[u8]) -> bool {
    let mut at = 2;
    // FF, what kind of segment, its length with the two bytes of the length.
    while let Some(&[0xff, kind, high, low]) = bytes.get(at..at + 4) {
        at += match kind {
            // "Start of scan": from here on FF D9 is the end, since data have FF only before 00.
            0xda => break,
            // Filling, and markers that stand alone.
            0xff => 1,
            0x01 | 0xd0..=0xd8 => 2,
            _ => 2 + usize::from(high) * 256 + usize::from(low),
        };
    }
    bytes.get(at..).is_some_and(|data| data.windows(2).any(|pair| pair == [0xff, 0xd9]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 4 × 2 pixels; the red channel counts columns, the green one rows.
    fn small() -> Picture {
        let pixels = (0..2).flat_map(|y| (0..4).flat_map(move |x| [x as f32 / 5.0, y as f32, 0.0])).collect();
        Picture { width: 4, height: 2, pixels }
    }

    #[test]
    fn a_png_comes_back_as_it_was_written() {
        let picture = small();
        assert_eq!(Picture::from_bytes(&picture.to_png(), Path::new("small.png")).unwrap(), picture);
    }

    #[test]
    fn transparent_pixels_become_white() {
        let image = image::RgbaImage::from_raw(2, 1, vec![255, 0, 0, 255, 255, 0, 0, 0]).unwrap();
        let mut file = Cursor::new(Vec::new());
        image.write_to(&mut file, image::ImageFormat::Png).unwrap();
        let picture = Picture::from_bytes(&file.into_inner(), Path::new("x.png")).unwrap();
        assert_eq!((picture.pixel(0, 0), picture.pixel(1, 0)), ([1.0, 0.0, 0.0], [1.0; 3]));
    }

    #[test]
    fn a_jpeg_is_read() {
        let image = image::RgbImage::from_pixel(16, 8, Rgb([200, 100, 50]));
        let mut file = Cursor::new(Vec::new());
        image.write_to(&mut file, image::ImageFormat::Jpeg).unwrap();
        let picture = Picture::from_bytes(&file.into_inner(), Path::new("x.jpg")).unwrap();
        assert_eq!((picture.width, picture.height), (16, 8));
        let [r, g, b] = picture.pixel(5, 5).map(|value| (value * 255.0).round());
        assert!((r - 200.0).abs() < 4.0 && (g - 100.0).abs() < 4.0 && (b - 50.0).abs() < 4.0);
    }

    #[test]
    fn errors_name_the_file() {
        let missing = Picture::open(Path::new("no/such/picture.png")).unwrap_err().to_string();
        assert!(missing.contains("no/such/picture.png"), "{missing}");
        let cut = &small().to_png()[..40];
        for bytes in [cut, b"hello", b""] {
            let error = Picture::from_bytes(bytes, Path::new("cut.png")).unwrap_err().to_string();
            assert!(error.contains("cut.png") && error.contains("PNG or JPEG"), "{error}");
        }
    }

    /// A chunk of a PNG file: length, name, data, checksum.
    fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let mut checksum = flate2::Crc::new();
        checksum.update(name);
        checksum.update(data);
        let length = (data.len() as u32).to_be_bytes();
        [&length, name.as_slice(), data, &checksum.sum().to_be_bytes()].concat()
    }

    #[test]
    fn a_header_that_promises_too_much_is_an_error() {
        // Grey, a byte a pixel: a file of this size would be a megabyte.
        let header = |side: u32| [&side.to_be_bytes()[..], &side.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
        let file =
            |side| [b"\x89PNG\r\n\x1a\n", &chunk(b"IHDR", &header(side))[..], &chunk(b"IDAT", &[])].concat();
        let error = |side| Picture::from_bytes(&file(side), Path::new("bomb.png")).unwrap_err().to_string();
        for side in [8_193, 60_000, u32::MAX >> 1] {
            assert!(error(side).contains("bomb.png") && error(side).contains("limit"), "{}", error(side));
        }
        assert!(!error(8_192).contains("limit"), "{}", error(8_192));
    }

    #[test]
    fn what_makes_the_decoder_panic_is_an_error() {
        // Five bytes are not whole colours of a palette.
        let header = [0, 0, 0, 1, 0, 0, 0, 1, 8, 3, 0, 0, 0];
        let mut data = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut data, &[0, 0]).unwrap();
        let chunks = [
            chunk(b"IHDR", &header),
            chunk(b"PLTE", &[1, 2, 3, 4, 5]),
            chunk(b"IDAT", &data.finish().unwrap()),
            chunk(b"IEND", &[]),
        ];
        let file = [b"\x89PNG\r\n\x1a\n".to_vec(), chunks.concat()].concat();
        let error = Picture::from_bytes(&file, Path::new("palette.png")).unwrap_err().to_string();
        assert!(error.contains("palette.png"), "{error}");
    }

    #[test]
    fn a_jpeg_that_is_cut_off_is_an_error() {
        let encoded = |width| {
            let image =
                image::RgbImage::from_fn(width, 40, |x, y| Rgb([x as u8 * 3, y as u8 * 5, (x * y) as u8]));
            let mut file = Cursor::new(Vec::new());
            image.write_to(&mut file, ImageFormat::Jpeg).unwrap();
            file.into_inner()
        };
        let (whole, preview) = (encoded(64), encoded(8));
        // A segment of a camera's notes, with a whole picture in it.
        let length = (preview.len() as u16 + 2).to_be_bytes();
        let with_preview = [&whole[..2], &[0xff, 0xe1], &length, &preview, &whole[2..]].concat();
        for file in [whole, with_preview] {
            let read = |bytes: &[u8]| Picture::from_bytes(bytes, Path::new("cut.jpg"));
            assert_eq!(read(&file).unwrap().width, 64);
            assert_eq!(read(&[&file[..], b"what a camera appends"].concat()).unwrap().width, 64);
            for cut in [1, 2, 3, file.len() / 8, file.len() / 4] {
                let error = read(&file[..file.len() - cut]).unwrap_err().to_string();
                assert!(error.contains("cut.jpg") && error.contains("ends before"), "{error}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn no_damage_makes_it_panic(jpeg: bool, place: proptest::sample::Index, byte: u8, cut: bool) {
            let image = image::RgbImage::from_fn(9, 7, |x, y| Rgb([x as u8 * 20, y as u8 * 30, 7]));
            let mut file = Cursor::new(Vec::new());
            let format = if jpeg { image::ImageFormat::Jpeg } else { image::ImageFormat::Png };
            image.write_to(&mut file, format).unwrap();
            let mut bytes = file.into_inner();
            let place = place.index(bytes.len());
            if cut {
                bytes.truncate(place);
            } else {
                bytes[place] = byte;
            }
            match Picture::from_bytes(&bytes, Path::new("damaged")) {
                Ok(picture) => prop_assert_eq!(picture.pixels.len(), picture.width * picture.height * 3),
                Err(error) => prop_assert!(error.to_string().contains("damaged")),
            }
        }
    }

    #[test]
    fn resizing_keeps_a_plain_colour_and_the_mean() {
        let plain = Picture::filled(7, 5, [0.2, 0.4, 0.6]).resized(3, 11);
        assert_eq!(plain.pixels.len(), 3 * 11 * 3);
        assert!(plain.pixels.iter().zip([0.2, 0.4, 0.6].iter().cycle()).all(|(a, b)| (a - b).abs() < 1e-5));
        let mean = |p: &Picture| p.pixels.iter().sum::<f32>() / p.pixels.len() as f32;
        let chequered =
            Picture { width: 32, height: 32, pixels: (0..32 * 32 * 3).map(|i| (i / 3 % 2) as f32).collect() };
        assert!((mean(&chequered.resized(8, 8)) - 0.5).abs() < 0.01);
    }

    #[test]
    fn crops_are_centred() {
        let crop = small().centre_crop(2, 9);
        assert_eq!((crop.width, crop.height), (2, 2));
        assert_eq!(crop.pixel(0, 1), [0.2, 1.0, 0.0]);
        assert_eq!((small().square(2).width, small().square(2).pixel(1, 0)), (2, [0.4, 0.0, 0.0]));
    }
}
