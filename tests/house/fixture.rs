//! A small book that is sound in every respect, to be broken in one.

use record::{Fingerprint, Record};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A book in a temporary folder.
pub struct Fixture {
    folder: TempDir,
}

/// The page of the only chapter. Tests name its lines.
const PAGE: &str = r#"# Alpha

A price of \$5 and `$x$`; $x_1 < 2$ holds in {{#value alpha:rate}} of {{#value alpha:words}}.

```rust
{{#include ../../code/alpha/src/lib.rs:double}}
```

{{#output alpha:table}}

{{#figure alpha:map}}

{{#audio alpha:chirp}}

| formula | share |
| --- | --- |
| $\lVert v \rVert$ | {{#value alpha:rate rounded}} |

```rust,compile_fail
{{#include ../../code/alpha/tests/compile_fail/shape.rs:shape}}
```

```text
{{#include ../../code/alpha/tests/compile_fail/shape.stderr}}
```

See [the introduction](../introduction.md#introduction) and [the code](../../code/alpha/src/lib.rs).

<details><summary>Solution</summary>

```rust
{{#include ../../code/alpha/examples/steps.rs:one}}
```

</details>
"#;

const LIBRARY: &str = "\
//! Alpha.

// ANCHOR: double
/// Twice `x`, less than `Vec<i64>` can hold.
pub fn double(x: i64) -> i64 {

    2 * x
}
// ANCHOR_END: double
";

const SVG: &str = r##"<svg width="640" height="320" xmlns="http://www.w3.org/2000/svg">
<defs><clipPath id="c"><rect width="9" height="9"/></clipPath></defs>
<text x="9" y="9" clip-path="url(#c)" fill="currentColor">
*word*
</text>
</svg>
"##;

impl Fixture {
    /// A sound book.
    pub fn new() -> Self {
        let fixture = Self { folder: tempfile::tempdir().unwrap() };
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        fixture.write("book.toml", &fs::read_to_string(here.join("book.toml")).unwrap());
        for file in ["theme/book.css", "theme/katex.css", "theme/reading.js"] {
            fixture.write(file, &fs::read_to_string(here.join(file)).unwrap());
        }
        fixture.write("Cargo.toml", "[workspace]\nmembers = [\"code/alpha\", \"code/lab\"]\n");
        fixture.write("Cargo.lock", "name = \"dfdx\"\nversion = \"0.13.0\"\n");
        fixture.write("README.md", "# Book\n\n```console\n$ cargo run --release # read\n$ cd book\n```\n");
        fixture.write(".ci/run", "#!/bin/sh\ntime  cargo run --release -- build\n");
        fixture.write(
            "chapters/SUMMARY.md",
            "# Summary\n\n[Introduction](introduction.md)\n\n- [Alpha](1-alpha/index.md)\n- [Later]()\n",
        );
        fixture.write("chapters/introduction.md", "# Introduction\n\nWords.\n");
        fixture.write("chapters/1-alpha/index.md", PAGE);
        fixture.write("code/lab/src/lib.rs", "//! Lab.\n");
        fixture.write("code/alpha/src/lib.rs", LIBRARY);
        fixture.write(
            "code/alpha/examples/steps.rs",
            "fn main() {\n    // ANCHOR: one\n    println!(\"{}\", 1);\n    // ANCHOR_END: one\n}\n",
        );
        fixture.write(
            "code/alpha/tests/compile_fail/shape.rs",
            "fn main() {\n    // ANCHOR: shape\n    let x: u32 = \"\";\n    // ANCHOR_END: shape\n}\n",
        );
        fixture.write("code/alpha/tests/compile_fail/shape.stderr", "error[E0308]: mismatched types\n");
        fixture.write("chapters/1-alpha/figures/map.svg", SVG);
        fixture.write("chapters/1-alpha/audio/chirp.wav", "RIFF");
        fixture.record(|_| {});
        fixture
    }

    /// The book's folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Reads a file.
    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap()
    }

    /// Changes a file in one place, which must be there.
    pub fn change(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert!(text.contains(from), "{file} has no {from:?}");
        self.write(file, &text.replacen(from, to, 1));
    }

    /// Writes the chapter's record, changed by `change`.
    pub fn record(&self, change: impl FnOnce(&mut Record)) {
        let json = serde_json::json!({
            "format": 1, "chapter": "alpha", "tier": "full",
            "fingerprint": Fingerprint::of_chapter(self.path(), "alpha").unwrap(),
            "options": {}, "data": {}, "date": "2026-01-01", "duration_seconds": 1.0, "peak_memory_bytes": 0,
            "machine": {"processor": "", "cores": 2, "memory_bytes": 0, "system": "", "rustc": ""},
            "values": {
                "rate": {"number": 61.37, "unit": "%", "digits": 1, "tolerance": "exact"},
                "words": {"number": 1503222, "unit": "words", "digits": 0, "tolerance": "exact"},
            },
            "outputs": {"table": {"text": "a *b*\n\n  <c> {{#value alpha:rate}}", "exact": true}},
            "figures": {"map": {
                "file": "figures/map.svg", "caption": "A *map* of $x_1$.", "alt": "One \"word\"",
            }},
            "audio": {"chirp": {
                "file": "audio/chirp.wav", "caption": "A chirp.", "description": "A tone that rises",
            }},
        });
        let mut record: Record = serde_json::from_value(json).unwrap();
        change(&mut record);
        let json = serde_json::to_string_pretty(&record).unwrap();
        self.write("chapters/1-alpha/record.json", &json);
    }

    /// All files below the book's folder with their bytes, to see that nothing was changed.
    pub fn snapshot(&self) -> BTreeMap<std::path::PathBuf, Vec<u8>> {
        multimodal_book::house::files_below(self.path(), &|_| true)
            .into_iter()
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect()
    }
}
