//! Making it fast: where the time of a training step goes, and operations of one's own that give it back.
//!
//! [`stopwatch`] measures, [`profile`] finds what takes the time, [`gelu`] is one operation in five forms (with an
//! [`exponential`] function that is computed eight at once), [`product`] one matrix product in five, [`threads`] and
//! [`memory`] are what surrounds them. [`slopes`] tells whether a gradient is right, and [`wrong_gradients`] which of
//! dfdx's are not. [`forms`] puts the operations of `layers` beside their plain forms. [`chapter`] is the whole run in
//! the order of the pages, with its [`figures`]; [`exercises`] holds the solutions.
//!
//! All of it is about the processor; the device is dfdx's `Cpu` whatever the features.

pub mod chapter;
mod error;
pub mod exercises;
pub mod exponential;
pub mod figures;
pub mod forms;
pub mod gelu;
pub mod memory;
pub mod product;
pub mod profile;
pub mod slopes;
pub mod stopwatch;
pub mod threads;
pub mod wrong_gradients;

pub use error::Error;
pub use lab;
