//! Running an experiment: what the chapters' programs share.
//!
//! A chapter's `main.rs` reads [`Options`]; its `chapter.rs` starts a [`Run`], hands it the values, outputs and
//! figures as they come, and ends with [`Run::finish`], which writes the record. Long training
//! reports through [`progress::bar`] and puts what it has on a [`Shelf`], as a [`Checkpoint`]; [`side_by_side`]
//! trains several models at once. [`conclude`] ends the program. [`chart`] and [`table`] show numbers,
//! [`projection`] many dimensions. [`kept`] turns a model into numbers with names and back.

pub mod chart;
mod checkpoint;
mod device;
mod error;
pub mod figure;
pub mod kept;
mod machine;
mod options;
pub mod progress;
pub mod projection;
mod run;
mod shelf;
mod side_by_side;
pub mod table;

pub use checkpoint::Checkpoint;
pub use device::{Device, DeviceName, device};
pub use error::LabError;
pub use figure::{Figure, Inset};
pub use options::{Options, at_least_two, without_data};
pub use run::{Run, conclude, end_when_told, fingerprint};
pub use shelf::{Kept, Shelf, Trained};
pub use side_by_side::side_by_side;
