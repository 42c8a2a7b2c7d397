//! The numbers of a model, by name: how it is kept.

use crate::Error;
use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorName,
    ViewTensorRef,
};
use dfdx::prelude::*;
use lab::Device as AnyDevice;
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
    error: Option<Error>,
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

/// Puts numbers that [`arrays`] gave into a model; their names now begin with `prefix`.
///
/// # Errors
///
/// If one is missing or has another shape.
pub fn set<M: TensorCollection<f32, AnyDevice>>(
    model: &mut M,
    arrays: &Arrays,
    prefix: &str,
) -> Result<(), Error> {
    let mut writer = Writer { arrays, prefix, error: None };
    let _ = M::iter_tensors(&mut RecursiveWalker { m: (model, String::new()), f: &mut writer });
    writer.error.map_or(Ok(()), Err)
}

fn find<'a>(arrays: &'a Arrays, name: &str, shape: &[usize]) -> Result<&'a [f32], Error> {
    let wrong = |found: String| Error::WrongArray {
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
