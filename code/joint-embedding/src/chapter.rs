//! Stub.
use crate::{Error, model::Model, names::Names, train::Settings};
/// Stub.
pub fn trained(_: &lab::Options, settings: &Settings, names: &Names) -> Result<Model, Error> {
    crate::train::train(names, settings, |_, _| Ok(()))
}
