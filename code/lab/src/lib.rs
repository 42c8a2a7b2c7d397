//! Running an experiment: what the chapters' programs share.
//!
//! A chapter's `main.rs` reads [`Options`]; its `chapter.rs` starts a [`Run`], hands it the values, outputs and
//! figures as they come, and ends with [`Run::finish`], which writes the record. Long training, at a
//! [`learning_rate()`] that changes, reports through [`progress::bar`] and puts what it has on a [`Shelf`], as a
//! [`Checkpoint`]; [`side_by_side`] trains several models at once. [`print()`] says what is not for the record, and
//! [`conclude`] ends the program. [`chart`] and [`table`] show numbers, [`cards`] pictures, [`projection`] many dimensions.
//! [`parameters`] turns a model into numbers with names and back, and [`largest()`] finds what a classifier answers.

pub mod cards;
pub mod chart;
mod checkpoint;
mod device;
mod error;
pub mod figure;
mod full_size;
mod largest;
mod learning_rate;
mod machine;
mod notebook;
mod options;
pub mod parameters;
mod print;
pub mod progress;
pub mod projection;
mod run;
mod shelf;
mod side_by_side;
pub mod table;
mod training_error;

pub use checkpoint::Checkpoint;
pub use device::{AnyDevice, DeviceName, device};
pub use error::LabError;
pub use figure::{Figure, Inset};
pub use full_size::FullSize;
pub use largest::largest;
pub use learning_rate::learning_rate;
pub use notebook::{in_notebook, show_in_notebook};
pub use options::{Options, at_least_two, png_file, svg_file, without_data};
pub use print::print;
pub use run::{Run, conclude, end_when_told, fingerprint};
pub use shelf::{Kept, Shelf, Trained};
pub use side_by_side::side_by_side;
pub use training_error::TrainingError;
