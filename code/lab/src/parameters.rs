//! The numbers of a model, by the names of its parameters: how a [`Checkpoint`](crate::Checkpoint) keeps it.

use crate::{AnyDevice, LabError};
use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorName,
    ViewTensorRef,
};
use dfdx::prelude::*;
use std::collections::BTreeMap;

/// Shape and numbers of parameters, by name.
pub type Arrays = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// Reads the parameters of a module.
#[derive(Default)]
struct Reader {
    arrays: Arrays,
}

impl<D: Device<f32>> TensorVisitor<f32, D> for Reader {
    type Viewer = (ViewTensorRef, ViewTensorName);
    type Err = D::Err;
    type E2 = f32;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, f32, D>,
        (tensor, name): (&Tensor<S, f32, D>, String),
    ) -> Result<Option<Tensor<S, f32, D>>, D::Err> {
        let shape: Vec<usize> = tensor.shape().concrete().into_iter().collect();
        let mut numbers = vec![0.0; tensor.shape().num_elements()];
        tensor.copy_into(&mut numbers);
        self.arrays.insert(name, (shape, numbers));
        Ok(None)
    }
}

/// Writes the parameters of a module.
struct Writer<'a> {
    arrays: &'a Arrays,
    prefix: &'a str,
    error: Option<LabError>,
}

impl<D: Device<f32>> TensorVisitor<f32, D> for Writer<'_> {
    type Viewer = (ViewTensorMut, ViewTensorName);
    type Err = D::Err;
    type E2 = f32;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, f32, D>,
        (tensor, name): (&mut Tensor<S, f32, D>, String),
    ) -> Result<Option<Tensor<S, f32, D>>, D::Err> {
        let shape: Vec<usize> = tensor.shape().concrete().into_iter().collect();
        match find(self.arrays, &format!("{}{name}", self.prefix), &shape) {
            Ok(numbers) => tensor.copy_from(numbers),
            Err(error) => self.error = Some(error),
        }
        Ok(None)
    }
}

/// Every number of a model, by the name of its parameter: shape and numbers.
pub fn arrays<M: TensorCollection<f32, AnyDevice>>(model: &M) -> Arrays {
    let mut reader = Reader::default();
    // Reading allocates nothing on the device and does not fail.
    let _ = M::iter_tensors(&mut RecursiveWalker { m: (model, String::new()), f: &mut reader });
    reader.arrays
}

/// The numbers of several parts as those of one model: the names of a part's begin with its own, `part.name`.
pub fn together<'a>(parts: impl IntoIterator<Item = (&'a str, Arrays)>) -> Arrays {
    let named = |(part, arrays): (&'a str, Arrays)| {
        arrays.into_iter().map(move |(name, array)| (format!("{part}.{name}"), array))
    };
    parts.into_iter().flat_map(named).collect()
}

/// The numbers of one part of what [`together`] gave, under their own names.
pub fn part(arrays: &Arrays, part: &str) -> Arrays {
    let of_part = |(name, array): (&String, &_)| {
        Some((name.strip_prefix(part)?.strip_prefix('.')?.to_owned(), Clone::clone(array)))
    };
    arrays.iter().filter_map(of_part).collect()
}

/// Puts numbers that [`arrays`] gave into a model; their names now begin with `prefix`.
///
/// # Errors
///
/// If one is missing or has another shape.
pub fn set<M: TensorCollection<f32, AnyDevice>>(
    model: &mut M,
    arrays: &Arrays,
    prefix: &str,
) -> Result<(), LabError> {
    let mut writer = Writer { arrays, prefix, error: None };
    let _ = M::iter_tensors(&mut RecursiveWalker { m: (model, String::new()), f: &mut writer });
    writer.error.map_or(Ok(()), Err)
}

/// A tensor that is no module, of numbers that [`arrays`] or its owner gave.
///
/// # Errors
///
/// If they are missing or of another number.
pub fn tensor<S: ConstShape>(
    device: &AnyDevice,
    arrays: &Arrays,
    name: &str,
) -> Result<Tensor<S, f32, AnyDevice>, LabError> {
    let shape: Vec<usize> = S::default().concrete().into_iter().collect();
    Ok(device.tensor_from_vec(find(arrays, name, &shape)?.to_vec(), S::default()))
}

fn find<'a>(arrays: &'a Arrays, name: &str, shape: &[usize]) -> Result<&'a [f32], LabError> {
    let wrong = |found: String| LabError::WrongArray {
        name: name.to_owned(),
        expected: format!("the shape {shape:?}"),
        found,
    };
    match arrays.get(name) {
        None => Err(wrong("nothing".into())),
        Some((found, _)) if found != shape => Err(wrong(format!("the shape {found:?}"))),
        Some((_, numbers)) => Ok(numbers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::nn::modules::Linear;

    fn linear(seed: u64) -> Linear<3, 2, f32, AnyDevice> {
        let mut linear: Linear<3, 2, f32, AnyDevice> = BuildModule::build(&crate::device(seed));
        linear.reset_params();
        linear
    }

    #[test]
    fn what_was_kept_comes_back_or_is_refused() {
        let (model, mut other) = (linear(1), linear(2));
        let kept = arrays(&model);
        assert_eq!(kept["weight"].0, [2, 3]);
        assert_ne!(kept, arrays(&other));
        set(&mut other, &kept, "").unwrap();
        assert_eq!(kept, arrays(&other));

        let named = together([("part", kept.clone())]);
        set(&mut linear(3), &named, "part.").unwrap();
        let error = set(&mut linear(3), &named, "").unwrap_err().to_string();
        assert!(error.contains("nothing for") && error.contains("--fresh"), "{error}");
        let mut wrong = kept.clone();
        wrong.insert("bias".into(), (vec![7], vec![0.0; 7]));
        let error = set(&mut other, &wrong, "").unwrap_err().to_string();
        assert!(error.contains("[7]") && error.contains("bias"), "{error}");
    }
}
