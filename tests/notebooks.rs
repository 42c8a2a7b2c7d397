//! Notebooks are written from the pages, equal them, and keep what their cells printed.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::Path;

const FENCE: &str = "```";

const RECORD: &str = r#"{
  "format": 1, "chapter": "alpha", "tier": "full", "fingerprint": "0", "options": {}, "data": {},
  "machine": {"processor": "p", "cores": 2, "memory_bytes": 0, "system": "s", "rustc": "r"},
  "date": "2026-01-01", "duration_seconds": 83.0, "peak_memory_bytes": 0,
  "values": {"words": {"number": 1503222, "unit": "words", "digits": 0, "tolerance": "exact"}},
  "outputs": {"table": {"text": "a  1\nb  2", "exact": true}},
  "figures": {"map": {"file": "figures/map-01.svg", "caption": "The *map*.", "alt": "Two \"words\"."}}
}"#;

const STEPS: &str = "\
//! The steps.

use alpha::loss;
use dfdx::{
    prelude::*,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // ANCHOR: read
    let words = vec![1, 2];
    // ANCHOR_END: read

    // ANCHOR: train
    for word in &words {
        println!(\"{}\", loss(*word));
    }
    // ANCHOR_END: train
    Ok(())
}
";

/// A book of one chapter with two pages. `~~~` in a page stands for a fence's marks.
fn book(index: &str, training: &str) -> tempfile::TempDir {
    let book = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = book.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.replace("~~~", FENCE)).unwrap();
    };
    write("book.toml", "");
    write(
        "chapters/SUMMARY.md",
        "# Summary\n\n- [Alpha](1-alpha/index.md)\n  - [Training](1-alpha/training.md)\n- [Last](last.md)\n",
    );
    write("chapters/last.md", "# Last\n");
    write("chapters/1-alpha/index.md", index);
    write("chapters/1-alpha/training.md", training);
    write("chapters/1-alpha/record.json", RECORD);
    write(
        "chapters/1-alpha/figures/map-01.svg",
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"></svg>",
    );
    write("code/alpha/examples/steps.rs", STEPS);
    write(
        "code/alpha/src/lib.rs",
        "// ANCHOR: loss\n    pub fn loss(x: i32) -> i32 {\n        x\n    }\n// ANCHOR_END: loss\n",
    );
    write(
        "code/alpha/tests/compile_fail/shape.rs",
        "// ANCHOR: shape\nlet x: u8 = -1;\n// ANCHOR_END: shape\n",
    );
    write("code/alpha/tests/compile_fail/shape.stderr", "error: no\n");
    book
}

const INDEX: &str = "\
# Alpha

It reads {{#value alpha:words}} ({{#value alpha:words rounded}}), $n = {{#value alpha:words}}$.
See [training](training.md), [losses](training.md#the-loss-of-x) and [the end](../last.md).

~~~rust
{{#include ../../code/alpha/examples/steps.rs:read}}
~~~

Then `{{#value alpha:words}}` stays.
";

const TRAINING: &str = "\
# Training a model

## The loss of `x` {#the-loss-of-x}

~~~rust
{{#include ../../code/alpha/src/lib.rs:loss}}
~~~

~~~rust
{{#include ../../code/alpha/examples/steps.rs:train}}
~~~

{{#output alpha:table}}

{{#figure alpha:map}}

~~~rust,compile_fail
{{#include ../../code/alpha/tests/compile_fail/shape.rs:shape}}
~~~

~~~text
{{#include ../../code/alpha/tests/compile_fail/shape.stderr}}
~~~

<details><summary>Solution</summary>

~~~rust
{{#include ../../code/alpha/src/lib.rs:loss}}
~~~

</details>

~~~console
$ cargo run --release -p alpha
~~~
";

fn notebooks(book: &Path, arguments: &[&str]) -> (i32, String) {
    let output = Command::cargo_bin("multimodal-book")
        .unwrap()
        .current_dir(book)
        .arg("notebooks")
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap(), text.into_owned())
}

fn read(book: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(book.join("chapters/1-alpha/alpha.ipynb")).unwrap()).unwrap()
}

fn cells(book: &Path) -> Vec<(String, String)> {
    let source = |cell: &Value| {
        cell["source"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect::<String>()
    };
    let notebook = read(book);
    let cells = notebook["cells"].as_array().unwrap();
    cells.iter().map(|cell| (cell["cell_type"].as_str().unwrap().to_owned(), source(cell))).collect()
}

#[test]
fn steps_become_cells_and_all_else_becomes_text() {
    let book = book(INDEX, TRAINING);
    let (code, out) = notebooks(book.path(), &[]);
    assert_eq!(code, 0, "{out}");
    let cells = cells(book.path());
    let expected = [
        (
            "markdown",
            "# Alpha\n\nIt reads 1,503,222\u{a0}words (1,503,222), $n = 1{,}503{,}222$.\nSee \
             [training](#Training-a-model), [losses](#The-loss-of-x) and [the end](../last.md)."
                .to_owned(),
        ),
        ("markdown", cells[1].1.clone()),
        (
            "code",
            ":dep notebook = { path = \"../../code/notebook\", features = [\"alpha\"] }\n\
             use notebook::{dfdx, alpha};\nuse alpha::loss;\nuse dfdx::{\n    prelude::*,\n};"
                .to_owned(),
        ),
        ("code", "let words = vec![1, 2];".to_owned()),
        ("markdown", "Then `{{#value alpha:words}}` stays.".to_owned()),
        ("markdown", "# Training a model".to_owned()),
        (
            "markdown",
            "## The loss of `x`\n\n[code/alpha/src/lib.rs](../../code/alpha/src/lib.rs)\n\n\
             ~~~rust\npub fn loss(x: i32) -> i32 {\n    x\n}\n~~~"
                .replace("~~~", FENCE),
        ),
        ("code", "for word in &words {\n    println!(\"{}\", loss(*word));\n};".to_owned()),
        (
            "markdown",
            "~~~text\na  1\nb  2\n~~~\n\n<img src=\"figures/map-01.svg\" alt=\"Two &quot;words&quot;.\" \
             style=\"background-color: white\">\n\nThe *map*.\n\nDoes not compile: \
             [code/alpha/tests/compile_fail/shape.rs](../../code/alpha/tests/compile_fail/shape.rs)\n\n\
             ~~~rust\nlet x: u8 = -1;\n~~~\n\n~~~text\nerror: no\n~~~\n\n<details><summary>Solution</summary>\n\n\
             [code/alpha/src/lib.rs](../../code/alpha/src/lib.rs)\n\n~~~rust\npub fn loss(x: i32) -> i32 {\n    \
             x\n}\n~~~\n\n</details>\n\n~~~console\n$ cargo run --release -p alpha\n~~~"
                .replace("~~~", FENCE),
        ),
    ];
    assert!(cells[1].1.contains("This notebook is written from the chapter's pages"), "{}", cells[1].1);
    for (found, expected) in cells.iter().zip(&expected) {
        assert_eq!((found.0.as_str(), &found.1), (expected.0, &expected.1));
    }
    assert_eq!(cells.len(), expected.len());
    let notebook = read(book.path());
    assert_eq!((&notebook["nbformat"], &notebook["nbformat_minor"]), (&4.into(), &5.into()));
    let ids: std::collections::BTreeSet<&str> =
        notebook["cells"].as_array().unwrap().iter().map(|cell| cell["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), cells.len(), "names of cells stand once: {ids:?}");
}

/// Writes outputs into the notebook as an execution does.
fn pretend_to_execute(book: &Path) {
    let mut notebook = read(book);
    let mut place = 0;
    for cell in notebook["cells"].as_array_mut().unwrap() {
        if cell["cell_type"] == "code" {
            place += 1;
            cell["execution_count"] = place.into();
            cell["outputs"] = serde_json::json!([{"output_type": "stream", "name": "stdout", "text": format!("{place}\n")}]);
        }
    }
    fs::write(book.join("chapters/1-alpha/alpha.ipynb"), notebook.to_string()).unwrap();
}

#[test]
fn the_check_finds_what_differs_and_writing_keeps_outputs() {
    let book = book(INDEX, TRAINING);
    let (code, out) = notebooks(book.path(), &["--check"]);
    assert!(code == 1 && out.contains("alpha.ipynb is missing"), "{out}");
    notebooks(book.path(), &[]);
    let (code, out) = notebooks(book.path(), &["--check"]);
    assert!(code == 1 && out.contains("cell begin has not been executed"), "{out}");
    pretend_to_execute(book.path());
    let (code, out) = notebooks(book.path(), &["--check"]);
    assert_eq!(code, 0, "{out}");

    notebooks(book.path(), &[]);
    let once = fs::read(book.path().join("chapters/1-alpha/alpha.ipynb")).unwrap();
    notebooks(book.path(), &[]);
    assert_eq!(once, fs::read(book.path().join("chapters/1-alpha/alpha.ipynb")).unwrap());

    let steps = book.path().join("code/alpha/examples/steps.rs");
    fs::write(&steps, STEPS.replace("vec![1, 2]", "vec![1, 2, 3]")).unwrap();
    let (code, out) = notebooks(book.path(), &["--check"]);
    assert!(code == 1 && out.contains("cell index-2 differs") && out.contains("vec![1, 2, 3]"), "{out}");
    notebooks(book.path(), &[]);
    let notebook = read(book.path());
    let outputs: Vec<usize> = notebook["cells"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|cell| cell["cell_type"] == "code")
        .map(|cell| cell["outputs"].as_array().unwrap().len())
        .collect();
    assert_eq!(outputs, [1, 0, 1], "the changed step alone loses its output");
    let (_, out) = notebooks(book.path(), &["--check"]);
    assert!(out.contains("cell index-2 has not been executed"), "{out}");
}

#[test]
fn what_cannot_become_a_notebook_is_told_with_its_place() {
    let step =
        |name: &str| format!("~~~rust\n{{{{#include ../../code/alpha/examples/steps.rs:{name}}}}}\n~~~\n");
    let both = format!("# A\n\n{}\n{}", step("read"), step("train"));
    for (index, training, expected) in [
        (
            format!("# A\n\n{}\n{}", step("train"), step("read")),
            "# B\n",
            "index.md:7: this step comes before `train`",
        ),
        (format!("# A\n\n{}", step("read")), "# B\n", "steps.rs:13: the step `train` stands on no page"),
        (
            both.replace("~~~rust\n{{#include ../../code/alpha/examples/steps.rs:train}}\n~~~", "> x"),
            "<details><summary>S</summary>\n\n~~~rust\n{{#include ../../code/alpha/examples/steps.rs:train}}\n~~~\n\n</details>\n",
            "training.md:3: a step stands in a list",
        ),
        (both.clone(), "{{#value alpha:wrods}}\n", "training.md:1: "),
    ] {
        let book = book(&index, training);
        let (code, out) = notebooks(book.path(), &[]);
        assert!(code == 1 && out.contains(expected), "expected {expected}\n{out}");
        assert!(!book.path().join("chapters/1-alpha/alpha.ipynb").exists());
    }
}

#[test]
fn a_truncated_notebook_is_an_error_with_a_remedy() {
    let book = book(INDEX, TRAINING);
    let path = book.path().join("chapters/1-alpha/alpha.ipynb");
    fs::write(&path, "{\"cells\": [").unwrap();
    for arguments in [&[][..], &["--check"]] {
        let (code, out) = notebooks(book.path(), arguments);
        assert!(
            code == 1 && out.contains("is not a whole notebook") && out.contains("git checkout"),
            "{out}"
        );
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"cells\": [");
}

/// The bridge stands outside the workspace, so cargo does not keep its dfdx the workspace's.
#[test]
fn the_bridge_has_the_dfdx_of_the_book_and_every_chapter() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dfdx = |manifest: &str| {
        let text = fs::read_to_string(root.join(manifest)).unwrap();
        text.lines().find(|line| line.starts_with("dfdx = ")).unwrap().to_owned()
    };
    assert_eq!(dfdx("Cargo.toml"), dfdx("code/notebook/Cargo.toml"));
    let bridge = fs::read_to_string(root.join("code/notebook/Cargo.toml")).unwrap();
    for chapter in multimodal_book::house::House::find_from(root).unwrap().chapters().unwrap() {
        if root.join("code").join(&chapter.name).exists() {
            let feature = format!("{0} = [\"dep:{0}\"]", chapter.name);
            assert!(bridge.contains(&feature), "code/notebook/Cargo.toml lacks the feature {feature}");
        }
    }
}

/// What the kernel calls a success and is none: see tools/execute_notebook.py.
#[test]
#[ignore = "needs Python and the Rust kernel, and compiles dfdx: cargo test --test notebooks -- --ignored"]
fn cells_share_one_dfdx_and_failures_are_found() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let house = multimodal_book::house::House::find_from(root).unwrap();
    // Beside the notebooks' own: what one of them has compiled serves here.
    let folder = multimodal_book::notebooks::prepare_builds(&house, "traps").unwrap();
    fs::write(folder.join("evcxr.toml"), "[evcxr]\ntmpdir = \".\"\nopt_level = \"2\"\n").unwrap();
    let execute = |cells: &[&str]| {
        let cells: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
        multimodal_book::notebooks::execute::execute(&house, &folder, &cells, |_| {}).unwrap()
    };
    let bridge = format!(
        ":dep notebook = {{ path = {:?} }}\nuse notebook::dfdx;\nuse dfdx::prelude::*;\n\
         use dfdx::optim::{{Sgd, SgdConfig}};",
        root.join("code/notebook")
    );
    let build = |name: &str| {
        format!(
            "let mut {name} = Cpu::seed_from_u64(1).build_module::<(Linear<2, 8>, Tanh, Linear<8, 1>), f32>();"
        )
    };
    let train = |name: &str| {
        format!(
            "let mut gradients = {name}.alloc_grads();
             let mut optimiser = Sgd::new(&{name}, SgdConfig {{ lr: 0.05, ..Default::default() }});
             let mut losses = Vec::new();
             for _ in 0..2000 {{
                 let guess = {name}.forward_mut(x.trace(gradients));
                 let loss = dfdx::losses::mse_loss(guess, y.clone());
                 losses.push(loss.array());
                 gradients = loss.backward();
                 optimiser.update(&mut {name}, &gradients)?;
                 {name}.zero_grads(&mut gradients);
             }}
             println!(\"{{}} {{}}\", losses[0], losses[1999]);"
        )
    };
    let data = "let x: Tensor<Rank2<4, 2>, f32, Cpu> = Cpu::default().tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]]);
         let y: Tensor<Rank2<4, 1>, f32, Cpu> = Cpu::default().tensor([[0.], [1.], [1.], [0.]]);";
    let across =
        [bridge.as_str(), &build("a"), data, &train("a"), &(build("b") + "\n" + &train("b")), "1 + 1"];
    let executed = execute(&across);
    let printed = |cell: usize| {
        assert_eq!(executed[cell].error, None);
        executed[cell].outputs[0]["text"].as_str().unwrap().to_owned()
    };
    let losses: Vec<f32> = printed(3).split_whitespace().map(|loss| loss.parse().unwrap()).collect();
    assert!(losses[1] < losses[0] / 100.0, "a model built in one cell and trained in another: {losses:?}");
    assert_eq!(printed(3), printed(4), "the same model, built and trained in one cell");
    assert_eq!(executed[5].outputs[0]["data"]["text/plain"], "2");

    for (cell, expected) in [
        ("let a: i32 = \"x\";", "mismatched types"),
        ("panic!(\"on purpose\");", "on purpose"),
        ("let n: i32 = \"x\".parse()?;", "invalid digit"),
        ("std::process::exit(3);", "exit status: 3"),
        ("let _ = std::thread::spawn(|| panic!(\"in a thread\")).join();", "in a thread"),
    ] {
        let executed = execute(&["println!(\"before\");", cell, "println!(\"after\");"]);
        assert_eq!(executed.len(), 2, "nothing is executed after a failed cell");
        assert_eq!(executed[0].error, None);
        let error = executed[1].error.as_deref().unwrap_or("no error");
        assert!(error.contains(expected), "{cell}: {error}");
    }
    let loud = execute(&["eprintln!(\"progress\"); print!(\"no line feed\");", "7"]);
    assert_eq!(
        loud[0].outputs,
        [serde_json::json!({"name": "stdout", "output_type": "stream", "text": "no line feed"})]
    );
}
