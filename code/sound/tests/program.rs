//! The program from outside: its record, its tools, and what it says where something is wrong.

use program_test::{Program, Twice, path, text, turn};
use record::{Record, Tier};
use sound::Waveform;
use sound::synthesis::{Kind, RATE};
use sound::wav::{Format, write};

const PROGRAM: Program = Program::new(env!("CARGO_BIN_EXE_sound"));

#[test]
fn a_quick_run_writes_a_whole_record_and_repeats_to_the_number() {
    let _turn = turn();
    let Twice { folder, first, .. } = PROGRAM.repeats(&["--quick", "--epochs", "1", "--fresh"]);
    assert_eq!(first.tier, Tier::Quick);
    for (name, audio) in &first.audio {
        let sound = sound::wav::read(folder.path().join("first").join(&audio.file)).unwrap();
        assert!(sound.seconds() >= 1.0 && audio.description.len() > 10, "{name}");
        assert!(audio.caption.contains(&audio.description), "{name}: who reads must be told as well");
    }
}

#[test]
fn a_file_is_drawn_and_heard() {
    let _turn = turn();
    let folder = tempfile::tempdir().unwrap();
    let (file, drawing) = (folder.path().join("bell.wav"), folder.path().join("bell.svg"));
    let sound = Waveform::mono(RATE, Kind::Bell.sound(1, 0)).unwrap();
    write(&file, &sound, Format::Int16).unwrap();
    let done = PROGRAM.run(&["--spectrogram", path(&file), "--out", path(&drawing)]).success();
    let output = text(&done.get_output().stdout);
    assert!(output.contains("1.00 s, 16000 samples a second, 1 channel"), "{output}");
    let svg = std::fs::read_to_string(&drawing).unwrap();
    assert!(svg.contains("bell.wav") && svg.contains("data:image/png"));

    let hear = ["--quick", "--epochs", "1", "--fresh", "--hear", path(&file)];
    let first = text(&PROGRAM.run(&hear).success().get_output().stdout);
    assert!(first.contains("piece 1: named") && first.contains("nearest words:"), "{first}");
    // The networks were kept, and are taken up again.
    let again = PROGRAM.run(&["--quick", "--epochs", "1", "--hear", path(&file)]).success();
    assert_eq!(text(&again.get_output().stdout), first);
    assert!(!text(&again.get_output().stderr).contains("training"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside them");
}

#[test]
fn own_recordings_are_learned_and_tested() {
    let folder = tempfile::tempdir().unwrap();
    for (label, hertz) in [("low", 300.0), ("high", 900.0)] {
        for (speaker, ratio) in [("anna", 1.0), ("ben", 1.1)] {
            for index in 0..8 {
                let tone = sound::signals::tone(hertz * ratio + f64::from(index), 8000.0, 3000);
                let samples = tone.iter().map(|&x| 0.4 * x as f32).collect();
                let file = folder.path().join(format!("{label}_{speaker}_{index}.wav"));
                write(&file, &Waveform::mono(8000, samples).unwrap(), Format::Int16).unwrap();
            }
        }
    }
    let record = folder.path().join("record");
    let data = ["--data", path(folder.path()), "--epochs", "12", "--record", path(&record)];
    let output = text(&PROGRAM.run(&data).success().get_output().stdout);
    assert!(output.contains("official 20") && output.contains("without ben 16"), "{output}");
    let record = Record::load(&record).unwrap();
    assert!(record.values["right_official"].number > 80.0, "{output}");
}

#[test]
fn what_is_no_sound_is_said_before_anything_is_trained() {
    PROGRAM.complains(&["--hear", "no-such.wav"], 1, &["no-such.wav"]);
    PROGRAM.complains(&["--spectrogram", "no-such.wav"], 1, &["no-such.wav"]);
    PROGRAM.complains(&["--out", "x.svg"], 2, &["--spectrogram"]);
    PROGRAM.complains(
        &["--hear", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")],
        1,
        &["Cargo.toml", "expected"],
    );
    PROGRAM.complains(&["--batch", "1"], 2, &["2 or more"]);
    let empty = tempfile::tempdir().unwrap();
    PROGRAM.complains(&["--data", path(empty.path())], 1, &["7_jackson_32.wav", "meta/esc50.csv"]);
    PROGRAM.complains(&["--data", "no-such-folder"], 1, &["no-such-folder", "expected a folder"]);
    let tone = sound::signals::tone(440.0, 8000.0, 3000).iter().map(|&x| x as f32).collect();
    let tone = Waveform::mono(8000, tone).unwrap();
    for index in [0, 7] {
        write(empty.path().join(format!("seven_ada_{index}.wav")), &tone, Format::Int16).unwrap();
    }
    PROGRAM.complains(&["--data", path(empty.path())], 1, &["from 2 to", "found 1: seven"]);
}
