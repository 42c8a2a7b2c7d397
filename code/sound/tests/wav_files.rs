//! WAV files that are not as they should be: each gets a clear error, and none a panic.
//!
//! The files lie in `tests/corpus`. `cargo test -p sound --test wav_files -- --ignored` writes them anew.

use proptest::prelude::*;
use sound::wav::{Format, decode, encode, read};
use sound::{Error, Waveform};
use std::path::{Path, PathBuf};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn sound(channels: usize) -> Waveform {
    let wave = |channel: usize| (0..12).map(|t| (0.5 * t as f32 + channel as f32).sin() * 0.7).collect();
    Waveform::new(8000, (0..channels).map(wave).collect()).unwrap()
}

fn valid(format: Format) -> Vec<u8> {
    encode(&sound(2), format).unwrap()
}

/// A file by hand: chunks in order.
fn file(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = b"WAVE".to_vec();
    for (name, content) in chunks {
        body.extend(*name);
        body.extend((content.len() as u32).to_le_bytes());
        body.extend(*content);
        if content.len() % 2 == 1 {
            body.push(0);
        }
    }
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((body.len() as u32).to_le_bytes());
    bytes.extend(body);
    bytes
}

fn header(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let frame = channels.wrapping_mul(bits / 8);
    let mut bytes = Vec::new();
    bytes.extend(tag.to_le_bytes());
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend(rate.wrapping_mul(u32::from(frame)).to_le_bytes());
    bytes.extend(frame.to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes
}

/// The header of 40 bytes, with fewer valid bits than there is room for.
fn extensible(kind: u16, channels: u16, bits: u16, valid_bits: u16) -> Vec<u8> {
    let mut bytes = header(0xfffe, channels, 8000, bits);
    bytes.extend(22_u16.to_le_bytes());
    bytes.extend(valid_bits.to_le_bytes());
    bytes.extend(3_u32.to_le_bytes());
    bytes.extend(kind.to_le_bytes());
    bytes.extend([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    bytes
}

/// A valid file with some bytes in other words.
fn with(place: usize, bytes: &[u8]) -> Vec<u8> {
    let mut file = file(&[(b"fmt ", &header(1, 1, 8000, 16)), (b"data", &[1, 0, 2, 0, 3, 0])]);
    file[place..place + bytes.len()].copy_from_slice(bytes);
    file
}

/// Name of the file, its bytes, and what the error has to say.
fn malformed() -> Vec<(&'static str, Vec<u8>, [&'static str; 2])> {
    let float = |number: f32| {
        let mut data = 0.5_f32.to_le_bytes().to_vec();
        data.extend(number.to_le_bytes());
        file(&[(b"fmt ", &header(3, 1, 8000, 32)), (b"data", &data)])
    };
    let one = |header: &[u8]| file(&[(b"fmt ", header), (b"data", &[0; 192])]);
    let mut cut_in_samples = valid(Format::Int16);
    cut_in_samples.truncate(cut_in_samples.len() - 7);
    let mut cut_in_header = valid(Format::Int16);
    cut_in_header.truncate(30);
    let mut in_a_second = header(1, 1, 8000, 16);
    in_a_second[8..12].copy_from_slice(&1_u32.to_le_bytes());
    let mut in_a_frame = header(1, 1, 8000, 16);
    in_a_frame[12..14].copy_from_slice(&3_u16.to_le_bytes());
    let mut other_kind = extensible(1, 2, 16, 16);
    other_kind[39] = 0;
    vec![
        ("zero-length.wav", Vec::new(), ["12 bytes", "found 0 bytes"]),
        ("header-alone.wav", with(0, b"RIFF")[..12].to_vec(), ["\"fmt \"", "after 12 bytes"]),
        ("cut-in-header.wav", cut_in_header, ["fmt ", "found 10"]),
        ("cut-in-samples.wav", cut_in_samples, ["48 bytes", "found 41"]),
        (
            "no-samples.wav",
            file(&[(b"fmt ", &header(1, 1, 8000, 16)), (b"data", &[])]),
            ["one sample", "none"],
        ),
        ("no-format.wav", file(&[(b"data", &[0; 4])]), ["\"fmt \" before", "none before byte 12"]),
        ("no-data.wav", file(&[(b"fmt ", &header(1, 1, 8000, 16))]), ["\"data\"", "after 36 bytes"]),
        (
            "two-formats.wav",
            file(&[
                (b"fmt ", &header(1, 1, 8000, 16)),
                (b"fmt ", &header(1, 2, 8000, 16)),
                (b"data", &[0; 4]),
            ]),
            ["one chunk", "another at byte 36"],
        ),
        ("text.wav", b"this is no sound at all, but text".to_vec(), ["\"RIFF\"", "\"this\""]),
        ("big-endian.wav", with(0, b"RIFX"), ["\"RIFF\"", "\"RIFX\""]),
        ("rf64.wav", with(0, b"RF64"), ["\"RIFF\"", "\"RF64\""]),
        ("avi.wav", with(8, b"AVI "), ["\"WAVE\"", "\"AVI \""]),
        ("short-format.wav", one(&header(1, 1, 8000, 16)[..14]), ["16 bytes", "found 14"]),
        ("huge-data.wav", with(40, &u32::MAX.to_le_bytes()), ["4294967295 bytes", "found 6"]),
        ("huge-format.wav", with(16, &0x7fff_ffff_u32.to_le_bytes()), ["2147483647 bytes", "fmt "]),
        ("0-channels.wav", one(&header(1, 0, 8000, 16)), ["1 to 8 channels", "found 0"]),
        ("96-channels.wav", one(&header(1, 96, 8000, 16)), ["1 to 8 channels", "found 96"]),
        ("65535-channels.wav", one(&header(1, 65_535, 8000, 8)), ["1 to 8 channels", "found 65535"]),
        ("rate-0.wav", one(&header(1, 1, 0, 16)), ["768000 samples a second", "found 0"]),
        ("rate-4-billion.wav", one(&header(1, 1, u32::MAX, 16)), ["768000 samples a second", "4294967295"]),
        ("0-bits.wav", one(&header(1, 1, 8000, 0)), ["8, 16, 24 or 32 bits", "0 bits"]),
        ("12-bits.wav", one(&header(1, 1, 8000, 12)), ["8, 16, 24 or 32 bits", "12 bits"]),
        ("64-bit-float.wav", one(&header(3, 1, 8000, 64)), ["32 (format 3)", "format 3 of 64 bits"]),
        ("16-bit-float.wav", one(&header(3, 1, 8000, 16)), ["32 (format 3)", "format 3 of 16 bits"]),
        ("adpcm.wav", one(&header(2, 1, 8000, 8)), ["format 1", "format 2 of 8 bits"]),
        ("mu-law.wav", one(&header(7, 1, 8000, 8)), ["format 1", "format 7 of 8 bits"]),
        ("extensible-cut.wav", one(&extensible(1, 2, 16, 16)[..30]), ["40 bytes", "found 30"]),
        ("extensible-other.wav", one(&other_kind), ["format 1", "format 0"]),
        ("extensible-20-bits.wav", one(&extensible(1, 2, 24, 20)), ["24", "20 bits in 24"]),
        ("bytes-a-second.wav", one(&in_a_second), ["16000 bytes a second", "found 1"]),
        ("bytes-a-frame.wav", one(&in_a_frame), ["2 bytes for a sample", "found 3"]),
        (
            "half-a-frame.wav",
            file(&[(b"fmt ", &header(1, 2, 8000, 16)), (b"data", &[0; 6])]),
            ["multiple of 4 bytes", "found 6"],
        ),
        ("nan.wav", float(f32::NAN), ["samples that are numbers", "NaN at sample 1 of channel 1"]),
        ("infinity.wav", float(f32::INFINITY), ["samples that are numbers", "inf at sample 1"]),
        ("minus-infinity.wav", float(f32::NEG_INFINITY), ["samples that are numbers", "-inf at sample 1"]),
        ("far-too-loud.wav", float(1e30), ["full scale being 1", "at sample 1"]),
        (
            "endless-chunks.wav",
            file(&[(b"junk", &[]), (b"junk", &[]), (b"junk", &[7])]),
            ["\"fmt \"", "after 38 bytes"],
        ),
    ]
}

#[test]
fn each_file_of_the_corpus_gets_its_error() {
    for (name, _, parts) in malformed() {
        let path = corpus().join(name);
        let error = read(&path).expect_err(name);
        assert!(matches!(error, Error::Wav { .. }), "{name}: {error}");
        let message = error.to_string();
        assert!(message.contains(name), "{message}");
        assert!(parts.iter().all(|part| message.contains(part)), "{message}\nexpected {parts:?}");
    }
}

#[test]
fn the_corpus_is_what_it_says() {
    let names = std::fs::read_dir(corpus()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    let mut expected: Vec<&str> = malformed().iter().map(|(name, ..)| *name).collect();
    expected.sort_unstable();
    assert_eq!(names, expected);
    for (name, bytes, _) in malformed() {
        assert_eq!(std::fs::read(corpus().join(name)).unwrap(), bytes, "{name}");
    }
}

#[test]
#[ignore = "writes the corpus"]
fn write_the_corpus() {
    std::fs::create_dir_all(corpus()).unwrap();
    for (name, bytes, _) in malformed() {
        std::fs::write(corpus().join(name), bytes).unwrap();
    }
}

fn decoded(bytes: &[u8]) -> Waveform {
    decode(bytes, Path::new("x.wav")).unwrap()
}

#[test]
fn every_format_gives_the_numbers_that_it_stands_for() {
    let one = |header: &[u8], data: &[u8]| decoded(&file(&[(b"fmt ", header), (b"data", data)])).to_mono();
    assert_eq!(one(&header(1, 1, 8000, 8), &[0, 64, 128, 255]), [-1.0, -0.5, 0.0, 127.0 / 128.0]);
    assert_eq!(one(&header(1, 1, 8000, 16), &[0, 0x80, 0, 0x40]), [-1.0, 0.5]);
    assert_eq!(one(&header(1, 1, 8000, 24), &[0, 0, 0x80, 0, 0, 0x40]), [-1.0, 0.5]);
    assert_eq!(one(&header(1, 1, 8000, 32), &[0, 0, 0, 0x80, 0, 0, 0, 0x40]), [-1.0, 0.5]);
    assert_eq!(one(&header(3, 1, 8000, 32), &(-0.25_f32).to_le_bytes()), [-0.25]);
}

#[test]
fn extensible_headers_are_read() {
    let stereo = |header: &[u8], data: &[u8]| {
        decoded(&file(&[(b"fmt ", header), (b"data", data)])).channels().to_vec()
    };
    assert_eq!(stereo(&extensible(1, 2, 16, 16), &[0, 0x40, 0, 0xc0]), [[0.5], [-0.5]]);
    // 24 bits in four bytes; and where no number of valid bits is given, all are.
    assert_eq!(stereo(&extensible(1, 2, 32, 24), &[0, 0, 0x40, 0, 0, 0, 0xc0, 0xff]), [[0.5], [-0.5]]);
    assert_eq!(stereo(&extensible(1, 2, 16, 0), &[0, 0x40, 0, 0xc0]), [[0.5], [-0.5]]);
    assert_eq!(stereo(&extensible(3, 2, 32, 32), &[0, 0, 0, 0x3f, 0, 0, 0, 0xbf]), [[0.5], [-0.5]]);
}

#[test]
fn chunks_of_odd_length_and_longer_headers_are_passed_over() {
    let mut longer = header(1, 1, 8000, 16);
    longer.extend([0; 5]);
    let bytes = file(&[
        (b"LIST", b"odd"),
        (b"fmt ", &longer),
        (b"fact", &[1]),
        (b"data", &[0, 0x40]),
        (b"LIST", b"behind"),
    ]);
    assert_eq!(decoded(&bytes).to_mono(), [0.5]);
}

#[test]
fn eight_channels_are_read() {
    let bytes = encode(&sound(8), Format::Float32).unwrap();
    assert_eq!(decoded(&bytes), sound(8));
}

#[test]
fn any_rate_is_read_back() {
    for rate in [1, 8000, 11_025, 44_100, 192_000, 768_000] {
        let sound = Waveform::mono(rate, vec![0.5; 3]).unwrap();
        assert_eq!(decoded(&encode(&sound, Format::Int16).unwrap()).rate(), rate);
    }
}

fn any_format() -> impl Strategy<Value = Format> {
    prop::sample::select(vec![Format::Int8, Format::Int16, Format::Int24, Format::Int32, Format::Float32])
}

/// Values that break things.
fn any_field() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<u8>().prop_map(|byte| vec![byte]),
        prop::sample::select(vec![0_u16, 1, 2, 3, 7, 40, 0x7fff, 0x8000, 0xfffe, 0xffff])
            .prop_map(|field| field.to_le_bytes().to_vec()),
        prop::sample::select(vec![0_u32, 1, 3, 16, 40, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff])
            .prop_map(|field| field.to_le_bytes().to_vec()),
        prop::sample::select(vec![*b"fmt ", *b"data", *b"fact", *b"LIST", *b"RIFF", *b"WAVE"])
            .prop_map(|name| name.to_vec()),
    ]
}

/// What is read has samples that are numbers, no more of them than the file has bytes.
fn is_sane(bytes: &[u8]) -> bool {
    match decode(bytes, Path::new("x.wav")) {
        Ok(sound) => {
            let samples = sound.channels().iter().flatten();
            samples.clone().all(|x| x.is_finite()) && samples.count() <= bytes.len()
        }
        Err(error) => matches!(error, Error::Wav { .. }) && error.to_string().contains("x.wav"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn spoilt_bytes_and_fields_never_panic(
        format in any_format(),
        extended in any::<bool>(),
        spoilt in prop::collection::vec((0_usize..100, any_field()), 1..5),
        cut in prop::option::of(0_usize..200),
    ) {
        let mut bytes = if extended {
            file(&[(b"LIST", b"abc"), (b"fmt ", &extensible(1, 2, 32, 24)), (b"data", &[1; 64])])
        } else {
            valid(format)
        };
        for (place, field) in spoilt {
            // Mostly into the header.
            let place = place.min(bytes.len() - 1);
            let end = (place + field.len()).min(bytes.len());
            bytes[place..end].copy_from_slice(&field[..end - place]);
        }
        bytes.truncate(cut.unwrap_or(usize::MAX));
        prop_assert!(is_sane(&bytes));
    }

    #[test]
    fn bytes_of_any_kind_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(is_sane(&bytes));
        let mut behind_a_header = b"RIFF\0\0\0\0WAVE".to_vec();
        behind_a_header.extend(&bytes);
        prop_assert!(is_sane(&behind_a_header));
    }
}
