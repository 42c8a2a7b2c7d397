//! WAV files, in and out.
//!
//! A WAV file is a list of chunks, each with a name of four letters and a length (IBM and Microsoft, *Multimedia
//! Programming Interface and Data Specifications*, 1991). `fmt ` says how samples are written, `data` holds them; others
//! are skipped. The crate `hound` decodes and encodes; in front of it stand the checks that a file from anywhere needs,
//! each of which says what is wrong and where: nothing that a header declares is believed before the file is seen to
//! hold it.

use crate::{Error, Waveform};
use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use std::fs::File;
use std::io::{BufWriter, Cursor, Read};
use std::path::Path;

/// The most channels that are read: 7.1 surround sound. More are more likely a broken header than a recording.
pub const MOST_CHANNELS: u16 = 8;

/// The highest sample rate that is read, in hertz: twice what any converter on sale has.
pub const HIGHEST_RATE: u32 = 768_000;

/// The longest file that is read, in bytes: an hour and a half of CD-quality stereo sound.
pub const LONGEST_FILE: u64 = 1 << 30;

/// The greatest sample that is read. Full scale is 1; some programs write floating-point samples in the range of 32-bit
/// integers, and what is beyond those would overflow in the square.
pub const GREATEST_SAMPLE: f32 = 2_147_483_648.0;

/// How samples are written into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Whole numbers of 8 bits; steps of 1/128.
    Int8,
    /// Whole numbers of 16 bits; steps of 1/32768. What most files have.
    Int16,
    /// Whole numbers of 24 bits.
    Int24,
    /// Whole numbers of 32 bits.
    Int32,
    /// Floating-point numbers of 32 bits: as in memory.
    Float32,
}

impl Format {
    fn bits(self) -> u16 {
        match self {
            Self::Int8 => 8,
            Self::Int16 => 16,
            Self::Int24 => 24,
            Self::Int32 | Self::Float32 => 32,
        }
    }
}

/// Why bytes are no sound that can be read.
struct Refusal {
    expected: String,
    found: String,
    remedy: &'static str,
}

const CUT_OFF: &str = "The file is cut off or damaged: copy or record it again";
const CONVERT: &str = "Convert it, for example with `sox IN -b 16 OUT.wav` or `ffmpeg -i IN OUT.wav`";
const DAMAGED: &str = "The header is damaged: convert the file again from its source";

fn refuse<T>(expected: impl ToString, found: impl ToString, remedy: &'static str) -> Result<T, Refusal> {
    Err(Refusal { expected: expected.to_string(), found: found.to_string(), remedy })
}

/// Reads a file of 8-, 16-, 24- or 32-bit whole numbers or 32-bit floating-point ones.
///
/// Samples become numbers from −1 to 1: a whole number is divided by the greatest of its kind plus one.
///
/// # Errors
///
/// If the file cannot be read, is empty, cut off, no WAV file, in another format, has more than [`MOST_CHANNELS`], a
/// sample rate of 0 or above [`HIGHEST_RATE`], or a sample that is no number or beyond [`GREATEST_SAMPLE`]. The error
/// names the file, what was expected, what was found, and what to do.
pub fn read(path: impl AsRef<Path>) -> Result<Waveform, Error> {
    let path = path.as_ref();
    let failed = |reason| Error::read(path, reason);
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    // One byte more than is allowed, so that a file that grows meanwhile, or a device, ends here too.
    file.take(LONGEST_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
    decode(&bytes, path)
}

/// [`read`] of bytes that are in memory; `path` is what errors call them.
///
/// # Errors
///
/// As [`read`].
pub fn decode(bytes: &[u8], path: &Path) -> Result<Waveform, Error> {
    decoded(bytes).map_err(|Refusal { expected, found, remedy }| Error::Wav {
        path: path.to_owned(),
        expected,
        found,
        remedy,
    })
}

fn decoded(bytes: &[u8]) -> Result<Waveform, Refusal> {
    if bytes.len() as u64 > LONGEST_FILE {
        return refuse(
            format!("at most {LONGEST_FILE} bytes"),
            "a longer file",
            "Cut it into parts, for example with `sox IN OUT.wav trim 0 600`",
        );
    }
    let (format, data) = chunks(bytes)?;
    let format = Header::parse(format)?;
    let frame = usize::from(format.bytes_a_sample) * usize::from(format.channels);
    if data.is_empty() {
        return refuse("at least one sample", "none", "The recording is empty: record it again");
    }
    if !data.len().is_multiple_of(frame) {
        return refuse(
            format!("a multiple of {frame} bytes of samples ({} channels)", format.channels),
            format!("{} bytes", data.len()),
            CUT_OFF,
        );
    }
    let channels = samples(&format, data)?;
    // `Header::parse` has seen that the rate is not 0, and all channels have as many samples.
    Waveform::new(format.rate, channels).or_else(|error| refuse("a sound", error, DAMAGED))
}

/// The contents of the chunks `fmt ` and `data`.
fn chunks(bytes: &[u8]) -> Result<(&[u8], &[u8]), Refusal> {
    let name = |bytes: &[u8]| format!("{:?}", String::from_utf8_lossy(bytes));
    let Some((riff, mut rest)) = bytes.split_first_chunk::<12>() else {
        return refuse(
            "a header of 12 bytes (RIFF, length, WAVE)",
            format!("{} bytes", bytes.len()),
            CUT_OFF,
        );
    };
    match (&riff[..4], &riff[8..]) {
        (b"RIFF", b"WAVE") => {}
        (b"RIFF", other) => return refuse("\"WAVE\" at byte 8", name(other), CONVERT),
        (other, _) => return refuse("\"RIFF\" at byte 0, as WAV files begin", name(other), CONVERT),
    }
    let mut format = None;
    loop {
        let place = bytes.len() - rest.len();
        let Some((header, contents)) = rest.split_first_chunk::<8>() else {
            let missing = if format.is_none() { "fmt " } else { "data" };
            return refuse(
                format!("a chunk {missing:?} at or before byte {place}"),
                format!("the end of the file after {} bytes", bytes.len()),
                CUT_OFF,
            );
        };
        let length = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
        let Some(content) = contents.get(..length) else {
            return refuse(
                format!("{length} bytes in the chunk {} at byte {place}", name(&header[..4])),
                format!("{}", contents.len()),
                CUT_OFF,
            );
        };
        match (&header[..4], format) {
            (b"fmt ", None) => format = Some(content),
            (b"fmt ", Some(_)) => {
                return refuse("one chunk \"fmt \"", format!("another at byte {place}"), DAMAGED);
            }
            (b"data", Some(format)) => return Ok((format, content)),
            (b"data", None) => {
                return refuse(
                    "a chunk \"fmt \" before \"data\"",
                    format!("none before byte {place}"),
                    DAMAGED,
                );
            }
            _ => {}
        }
        // Chunks begin at even places: one of odd length has a byte behind it, which its length does not count.
        rest = contents.get(length + length % 2..).unwrap_or_default();
    }
}

/// What a chunk `fmt ` says.
struct Header {
    channels: u16,
    rate: u32,
    bytes_a_sample: u16,
    is_float: bool,
    /// The chunk as `hound` takes it.
    bytes: Vec<u8>,
}

impl Header {
    const INTEGER: u16 = 1;
    const FLOAT: u16 = 3;
    const EXTENSIBLE: u16 = 0xfffe;
    /// Behind the two bytes that tell the format, an extensible header has the same 14 in all files.
    const GUID: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

    fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.len() < 16 {
            return refuse("at least 16 bytes in the chunk \"fmt \"", bytes.len(), DAMAGED);
        }
        let short = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let long = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let (tag, channels, rate) = (short(0), short(2), long(4));
        let (bytes_a_second, bytes_a_frame, container_bits) = (long(8), short(12), short(14));
        let is_extensible = tag == Self::EXTENSIBLE;
        if is_extensible && bytes.len() < 40 {
            return refuse("40 bytes in an extensible chunk \"fmt \"", bytes.len(), DAMAGED);
        }
        let kind = match tag {
            Self::EXTENSIBLE if bytes[26..40] != Self::GUID => 0,
            Self::EXTENSIBLE => short(24),
            tag => tag,
        };
        // 0 valid bits stand for all of them in files that some programs write.
        let bits = if is_extensible && short(18) != 0 { short(18) } else { container_bits };
        let is_float = match (kind, bits, container_bits) {
            (Self::INTEGER, 8, 8) | (Self::INTEGER, 16, 16) | (Self::INTEGER, 24, 24 | 32) => false,
            (Self::INTEGER, 32, 32) => false,
            (Self::FLOAT, 32, 32) => true,
            _ => {
                return refuse(
                    "whole numbers of 8, 16, 24 or 32 bits (format 1) or floating-point ones of 32 (format 3)",
                    format!("format {kind} of {bits} bits in {container_bits}"),
                    CONVERT,
                );
            }
        };
        if !(1..=MOST_CHANNELS).contains(&channels) {
            return refuse(
                format!("1 to {MOST_CHANNELS} channels"),
                channels,
                "Take one or two of them, for example with `sox IN OUT.wav remix 1 2`",
            );
        }
        if !(1..=HIGHEST_RATE).contains(&rate) {
            return refuse(format!("1 to {HIGHEST_RATE} samples a second"), rate, DAMAGED);
        }
        let bytes_a_sample = container_bits / 8;
        if bytes_a_frame != channels * bytes_a_sample {
            return refuse(
                format!("{} bytes for a sample of all channels", channels * bytes_a_sample),
                bytes_a_frame,
                DAMAGED,
            );
        }
        if u64::from(bytes_a_second) != u64::from(rate) * u64::from(bytes_a_frame) {
            let expected = u64::from(rate) * u64::from(bytes_a_frame);
            return refuse(format!("{expected} bytes a second"), bytes_a_second, DAMAGED);
        }
        // hound takes only some lengths of this chunk; what is behind these bytes says nothing that is used.
        let mut bytes = bytes[..if is_extensible { 40 } else { 16 }].to_vec();
        if is_extensible {
            bytes[16..18].copy_from_slice(&22_u16.to_le_bytes());
        }
        Ok(Self { channels, rate, bytes_a_sample, is_float, bytes })
    }
}

/// Each channel's samples; `data` has whole frames.
fn samples(format: &Header, data: &[u8]) -> Result<Vec<Vec<f32>>, Refusal> {
    let mut header = Vec::with_capacity(28 + format.bytes.len());
    header.extend(b"RIFF\0\0\0\0WAVEfmt ");
    header.extend((format.bytes.len() as u32).to_le_bytes());
    header.extend(&format.bytes);
    header.extend(b"data");
    header.extend((data.len() as u32).to_le_bytes());
    let unexpected = |error: hound::Error| Refusal {
        expected: "samples that can be decoded".to_owned(),
        found: error.to_string(),
        remedy: CONVERT,
    };
    let mut reader = WavReader::new(Cursor::new(header).chain(data)).map_err(unexpected)?;
    let count = usize::from(format.channels);
    // As many as the bytes that are there have room for.
    let each = data.len() / (usize::from(format.bytes_a_sample) * count);
    let mut channels: Vec<_> = (0..count).map(|_| Vec::with_capacity(each)).collect();
    if format.is_float {
        for (place, sample) in reader.samples::<f32>().enumerate() {
            let sample = sample.map_err(unexpected)?;
            if !sample.is_finite() || sample.abs() > GREATEST_SAMPLE {
                return refuse(
                    "samples that are numbers, full scale being 1",
                    format!("{sample} at sample {} of channel {}", place / count, place % count + 1),
                    "Look for the fault in the program that wrote the file, and write it again",
                );
            }
            channels[place % count].push(sample);
        }
    } else {
        let scale = 1.0 / (1_u64 << (reader.spec().bits_per_sample - 1)) as f32;
        for (place, sample) in reader.samples::<i32>().enumerate() {
            channels[place % count].push(sample.map_err(unexpected)? as f32 * scale);
        }
    }
    Ok(channels)
}

/// Writes a sound to a file.
///
/// It is written beside the file first and then takes its place, so that there is never half a file. What is beyond full
/// scale is clipped where samples are whole numbers.
///
/// # Errors
///
/// If the file cannot be written, or a sample is no number.
pub fn write(path: impl AsRef<Path>, sound: &Waveform, format: Format) -> Result<(), Error> {
    Ok(record::write_atomically(path.as_ref(), &encode(sound, format)?)?)
}

/// The bytes of a WAV file.
///
/// # Errors
///
/// If a sample is no number, there are more channels than are read back, or the sound is longer than a file may be.
pub fn encode(sound: &Waveform, format: Format) -> Result<Vec<u8>, Error> {
    let count = sound.channels().len();
    if count > usize::from(MOST_CHANNELS) {
        return Err(Error::setting("WAV file", "channels", format!("at most {MOST_CHANNELS}"), count));
    }
    let length = sound.length() as u64 * count as u64 * u64::from(format.bits() / 8);
    if length + 100 > LONGEST_FILE {
        return Err(Error::setting("WAV file", "length", format!("at most {LONGEST_FILE} bytes"), length));
    }
    let finite = |channel: &Vec<f32>| channel.iter().position(|x| !x.is_finite());
    if let Some((channel, place)) =
        sound.channels().iter().zip(1..).find_map(|(samples, channel)| Some((channel, finite(samples)?)))
    {
        return Err(Error::shape(
            "WAV file",
            "samples that are numbers",
            format!("{} at sample {place} of channel {channel}", sound.channels()[channel - 1][place]),
        ));
    }
    let spec = WavSpec {
        channels: count as u16,
        sample_rate: sound.rate(),
        bits_per_sample: format.bits(),
        sample_format: if format == Format::Float32 { SampleFormat::Float } else { SampleFormat::Int },
    };
    let refused = |error: hound::Error| Error::shape("WAV file", "a sound that can be encoded", error);
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(BufWriter::new(&mut bytes), spec).map_err(refused)?;
    // In double precision, as 2³¹ − 1 is no number of single precision.
    let full = (1_u64 << (format.bits() - 1)) as f64;
    for place in 0..sound.length() {
        for channel in sound.channels() {
            let sample = channel[place];
            match format {
                Format::Float32 => writer.write_sample(sample),
                _ => writer.write_sample((f64::from(sample) * full).round().clamp(-full, full - 1.0) as i32),
            }
            .map_err(refused)?;
        }
    }
    writer.finalize().map_err(refused)?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Format; 5] = [Format::Int8, Format::Int16, Format::Int24, Format::Int32, Format::Float32];

    fn stereo() -> Waveform {
        let wave = |phase: f32| (0..50).map(|t| 0.9 * (t as f32 * 0.3 + phase).sin()).collect();
        Waveform::new(44_100, vec![wave(0.0), wave(1.0)]).unwrap()
    }

    #[test]
    fn what_is_written_is_read_back_to_half_a_step() {
        for format in ALL {
            let sound = stereo();
            let back = decode(&encode(&sound, format).unwrap(), Path::new("x.wav")).unwrap();
            assert_eq!((back.rate(), back.channels().len(), back.length()), (44_100, 2, 50));
            let step = match format {
                Format::Float32 => 0.0,
                // A number of single precision has but 24 bits itself.
                format => 2.0_f32.powi(-i32::from(format.bits().min(24))) * 1.01,
            };
            for (a, b) in sound.channels().iter().flatten().zip(back.channels().iter().flatten()) {
                assert!((a - b).abs() <= step, "{format:?} {a} {b}");
            }
        }
    }

    #[test]
    fn whole_numbers_are_clipped_at_full_scale() {
        for format in [Format::Int8, Format::Int16, Format::Int24, Format::Int32] {
            let sound = Waveform::mono(8000, vec![-2.0, -1.0, 1.0, 2.0]).unwrap();
            let back = decode(&encode(&sound, format).unwrap(), Path::new("x.wav")).unwrap().to_mono();
            assert_eq!(back[..2], [-1.0, -1.0]);
            assert!(back[2] > 0.99 && back[2] == back[3] && back[2] <= 1.0);
        }
    }

    #[test]
    fn a_file_takes_the_place_of_an_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        std::fs::write(&path, "old").unwrap();
        write(&path, &stereo(), Format::Int16).unwrap();
        assert_eq!(read(&path).unwrap().length(), 50);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_written_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let sound = Waveform::mono(8000, vec![0.0, f32::NAN]).unwrap();
        let message = write(&path, &sound, Format::Float32).unwrap_err().to_string();
        assert!(message.contains("NaN at sample 1 of channel 1"), "{message}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let nowhere = folder.path().join("no/such/a.wav");
        let message = write(&nowhere, &stereo(), Format::Int16).unwrap_err().to_string();
        assert!(message.contains("no/such/a.wav"), "{message}");
    }

    #[test]
    fn too_many_channels_are_not_written() {
        let sound = Waveform::new(8000, vec![vec![0.0]; 9]).unwrap();
        assert!(encode(&sound, Format::Int16).unwrap_err().to_string().contains("at most 8"));
    }

    #[test]
    fn a_missing_file_is_named() {
        let message = read("/no/such/file.wav").unwrap_err().to_string();
        assert!(message.contains("/no/such/file.wav"), "{message}");
    }
}
