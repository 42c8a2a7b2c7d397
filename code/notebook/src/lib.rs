//! What the cells of the book's notebooks import: the chapter, its scenes, `lab` and dfdx, each loaded once.

#[cfg(feature = "captioning")]
pub use captioning;
pub use dfdx;
pub use emoji_world;
#[cfg(feature = "first-steps")]
pub use first_steps;
#[cfg(feature = "gan")]
pub use gan;
#[cfg(feature = "joint-embedding")]
pub use joint_embedding;
pub use lab;
#[cfg(feature = "making-it-fast")]
pub use making_it_fast;
#[cfg(feature = "sound")]
pub use sound;
#[cfg(feature = "text-embedding")]
pub use text_embedding;
#[cfg(feature = "vqa")]
pub use vqa;
