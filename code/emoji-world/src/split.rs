//! What is kept from training, so that the test asks for more than memory.
//!
//! [`held_out_names`] splits emoji by their names. [`SceneSplit`] splits scenes by what is in them.

mod names;
mod scenes;

pub use names::{NameSplit, held_out_names};
pub use scenes::{CELLS, Part, SceneSplit, SceneSplitConfig};
