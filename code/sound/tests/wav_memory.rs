//! A header's promises cost no memory: what is allocated goes by what the file holds.

use peak_alloc::PeakAlloc;
use std::path::Path;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// A file of 16-bit samples whose chunks say that they are `format` and `data` bytes long.
fn file(format: u32, data: u32, samples: usize) -> Vec<u8> {
    let mut bytes = b"RIFF\xff\xff\xff\xffWAVEfmt ".to_vec();
    bytes.extend(format.to_le_bytes());
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(8000_u32.to_le_bytes());
    bytes.extend(16_000_u32.to_le_bytes());
    bytes.extend([2, 0, 16, 0]);
    bytes.extend(b"data");
    bytes.extend(data.to_le_bytes());
    bytes.resize(bytes.len() + 2 * samples, 1);
    bytes
}

// One test in this file: others beside it would allocate, too.
#[test]
fn a_header_that_promises_gigabytes_costs_no_memory() {
    let promises = [(16, 0xffff_fffe), (16, 0x8000_0000), (0xffff_fff0, 2000), (0x7fff_fff0, 0x7fff_fff0)];
    for (format, data) in promises {
        let bytes = file(format, data, 1000);
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        assert!(sound::wav::decode(&bytes, Path::new("x.wav")).is_err());
        assert!(MEMORY.peak_usage() - before < 100_000, "{format} {data}");
    }
    let bytes = file(16, 200_000, 100_000);
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    assert_eq!(sound::wav::decode(&bytes, Path::new("x.wav")).unwrap().length(), 100_000);
    // Four bytes a sample, and little else.
    let used = MEMORY.peak_usage() - before;
    assert!(used < 420_000, "{used}");
}
