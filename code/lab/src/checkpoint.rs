//! Checkpoints: what has been trained so far, so that a stopped run can go on.

use crate::LabError;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Named arrays of `f32` and what they belong to.
///
/// On disk it is a safetensors file; the facts are its metadata. Loading checks every fact, so that
/// numbers of one run never get into another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    /// Arrays by name: shape and numbers, the last dimension running fastest.
    pub arrays: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    /// How many epochs are done.
    pub epoch: usize,
    /// Numbers by name that the run needs to go on, such as the loss of each epoch.
    pub history: BTreeMap<String, Vec<f64>>,
}

impl Checkpoint {
    /// Writes the checkpoint, first to a temporary file, then by a rename.
    ///
    /// `facts` say which run it belongs to: sources, settings, data.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, or an array has not as many numbers as its shape says.
    pub fn save(&self, path: &Path, facts: &BTreeMap<String, String>) -> Result<(), LabError> {
        let broken = |reason: String| LabError::BrokenCheckpoint { path: path.to_owned(), reason };
        let mut metadata: HashMap<String, String> = facts.clone().into_iter().collect();
        metadata.insert("epoch".into(), self.epoch.to_string());
        for (name, numbers) in &self.history {
            let text: Vec<String> = numbers.iter().map(f64::to_string).collect();
            metadata.insert(format!("history {name}"), text.join(" "));
        }
        let bytes: BTreeMap<&String, Vec<u8>> = self
            .arrays
            .iter()
            .map(|(name, (_, numbers))| (name, numbers.iter().flat_map(|n| n.to_le_bytes()).collect()))
            .collect();
        let views: Result<Vec<(&String, TensorView<'_>)>, LabError> = self
            .arrays
            .iter()
            .map(|(name, (shape, _))| {
                let view = TensorView::new(Dtype::F32, shape.clone(), &bytes[name]);
                Ok((name, view.map_err(|e| broken(e.to_string()))?))
            })
            .collect();
        let file = safetensors::serialize(views?, Some(metadata)).map_err(|e| broken(e.to_string()))?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|reason| record::RecordError::Write { path: folder.to_owned(), reason })?;
        }
        Ok(record::write_atomically(path, &file)?)
    }

    /// Reads the checkpoint at `path`; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`LabError::OtherCheckpoint`] if it is of a run with other facts, [`LabError::BrokenCheckpoint`] if the file cannot be
    /// read or is not a whole checkpoint.
    pub fn load(path: &Path, facts: &BTreeMap<String, String>) -> Result<Option<Self>, LabError> {
        let broken = |reason: String| LabError::BrokenCheckpoint { path: path.to_owned(), reason };
        let file = match std::fs::read(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(broken(error.to_string())),
        };
        let (_, header) = SafeTensors::read_metadata(&file).map_err(|e| broken(e.to_string()))?;
        let metadata = header.metadata().clone().unwrap_or_default();
        for (what, expected) in facts {
            let found = metadata.get(what).cloned().unwrap_or_default();
            if found != *expected {
                let (path, what, expected) = (path.to_owned(), what.clone(), expected.clone());
                return Err(LabError::OtherCheckpoint { path, what, found, expected });
            }
        }
        let tensors = SafeTensors::deserialize(&file).map_err(|e| broken(e.to_string()))?;
        let mut checkpoint = Self {
            epoch: metadata
                .get("epoch")
                .and_then(|epoch| epoch.parse().ok())
                .ok_or_else(|| broken("it does not say how many epochs are done".into()))?,
            ..Self::default()
        };
        for (name, text) in &metadata {
            if let Some(name) = name.strip_prefix("history ") {
                let numbers: Result<Vec<f64>, _> = text.split_whitespace().map(str::parse).collect();
                checkpoint
                    .history
                    .insert(name.into(), numbers.map_err(|e| broken(format!("history {name}: {e}")))?);
            }
        }
        for (name, view) in tensors.tensors() {
            if view.dtype() != Dtype::F32 {
                return Err(broken(format!("{name} holds {:?}, expected F32", view.dtype())));
            }
            let (numbers, _) = view.data().as_chunks::<4>();
            let numbers = numbers.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
            checkpoint.arrays.insert(name, (view.shape().to_vec(), numbers));
        }
        Ok(Some(checkpoint))
    }

    /// What a stopped run has left at `path` for a run with these facts. What another run has left is of no use to it:
    /// `say` gets a sentence about that, and the run begins from the start.
    ///
    /// # Errors
    ///
    /// If the file is not a whole checkpoint.
    pub fn of_stopped_run(
        path: &Path,
        facts: &BTreeMap<String, String>,
        say: impl FnOnce(String),
    ) -> Result<Option<Self>, LabError> {
        match Self::load(path, facts) {
            Err(LabError::OtherCheckpoint { what, .. }) => {
                say(format!("the stopped run had other {what}: training anew"));
                Ok(None)
            }
            found => found,
        }
    }

    /// The array `name`, which must have this shape.
    ///
    /// # Errors
    ///
    /// If there is none of this name, or it has another shape; `path` is named in the error.
    pub fn array(&self, path: &Path, name: &str, shape: &[usize]) -> Result<&[f32], LabError> {
        let broken = |reason: String| LabError::BrokenCheckpoint { path: path.to_owned(), reason };
        let (found, numbers) =
            self.arrays.get(name).ok_or_else(|| broken(format!("it has no array named {name}")))?;
        if found != shape {
            return Err(broken(format!("{name} has shape {found:?}, expected {shape:?}")));
        }
        Ok(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> (Checkpoint, BTreeMap<String, String>) {
        let checkpoint = Checkpoint {
            arrays: [("words".to_owned(), (vec![2, 3], vec![1.0, -2.5, 0.0, f32::MIN, f32::MAX, 1e-30]))]
                .into(),
            epoch: 3,
            history: [("loss".to_owned(), vec![2.5, 0.1 + 0.2, 1e-17])].into(),
        };
        (checkpoint, [("sources".to_owned(), "abc".to_owned())].into())
    }

    #[test]
    fn what_was_saved_is_loaded_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/run.safetensors");
        let (checkpoint, facts) = example();
        assert_eq!(Checkpoint::load(&path, &facts).unwrap(), None);
        checkpoint.save(&path, &facts).unwrap();
        assert_eq!(Checkpoint::load(&path, &facts).unwrap().unwrap(), checkpoint);
        assert!(checkpoint.array(&path, "words", &[3, 2]).is_err());
        assert_eq!(checkpoint.array(&path, "words", &[2, 3]).unwrap()[1], -2.5);
    }

    #[test]
    fn a_checkpoint_of_other_sources_is_refused_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.safetensors");
        let (checkpoint, facts) = example();
        checkpoint.save(&path, &facts).unwrap();
        let others = [("sources".to_owned(), "xyz".to_owned())].into();
        let error = Checkpoint::load(&path, &others).unwrap_err().to_string();
        assert!(error.contains("sources") && error.contains("--fresh"), "{error}");
        let mut said = String::new();
        assert_eq!(Checkpoint::of_stopped_run(&path, &others, |text| said = text).unwrap(), None);
        assert!(said.contains("other sources"), "{said}");
        let own = Checkpoint::of_stopped_run(&path, &facts, |text| panic!("{text}"));
        assert_eq!(own.unwrap(), Some(checkpoint));
    }

    #[test]
    fn every_truncation_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.safetensors");
        let (checkpoint, facts) = example();
        checkpoint.save(&path, &facts).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let error = Checkpoint::load(&path, &facts).unwrap_err().to_string();
            assert!(error.contains("--fresh"), "{length}: {error}");
        }
    }
}
