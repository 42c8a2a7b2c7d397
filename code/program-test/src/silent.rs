//! Parameters that learn nothing.

use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorName, ViewTensorRef,
};
use dfdx::prelude::*;
use lab::AnyDevice;

/// The names of a module's parameters whose gradient is zero everywhere.
///
/// # Panics
///
/// If a parameter has no gradient.
pub fn silent<M: TensorCollection<f32, AnyDevice>>(
    module: &M,
    gradients: &Gradients<f32, AnyDevice>,
) -> Vec<String> {
    let mut visitor = Silent { gradients, names: vec![] };
    M::iter_tensors(&mut RecursiveWalker { m: (module, String::new()), f: &mut visitor })
        .expect("nothing is computed");
    visitor.names
}

struct Silent<'a> {
    gradients: &'a Gradients<f32, AnyDevice>,
    names: Vec<String>,
}

impl TensorVisitor<f32, AnyDevice> for Silent<'_> {
    type Viewer = (ViewTensorRef, ViewTensorName);
    type Err = <AnyDevice as HasErr>::Err;
    type E2 = f32;
    type D2 = AnyDevice;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, AnyDevice>,
        (tensor, name): (&Tensor<S, f32, AnyDevice>, String),
    ) -> Result<Option<Tensor<S, f32, AnyDevice>>, Self::Err> {
        if options.do_gradient_update && self.gradients.get(tensor).as_vec().iter().all(|x| *x == 0.0) {
            self.names.push(name);
        }
        Ok(None)
    }
}
