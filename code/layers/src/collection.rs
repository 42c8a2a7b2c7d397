//! Modules of modules: dfdx wants to know every tensor of a network by name, to train, count, keep and load it.

/// Makes a struct of modules a module itself.
///
/// It gets the struct's name and all of its fields, and implements dfdx's
/// [`TensorCollection`](dfdx::prelude::TensorCollection). The names of the fields become parts of the names of the
/// tensors, and their order is that in which fresh weights are drawn. The struct's last two parameters are the type of
/// its numbers and the device; whole numbers may stand before them, and are listed in angle brackets.
///
/// ```
/// use dfdx::nn::modules::Linear;
/// use dfdx::prelude::*;
/// use layers::{Block, collection};
///
/// struct Classifier<const CLASSES: usize, E: Dtype, D: Storage<E>> {
///     see: Block<3, 8, 3, E, D>,
///     name: Linear<8, CLASSES, E, D>,
/// }
///
/// collection!(Classifier<CLASSES> { see, name });
///
/// let classifier: Classifier<10, f32, Cpu> = layers::fresh::module(&Cpu::default());
/// // Weights and bias of the convolution, scale and shift of its normalisation, weights and bias of the linear map:
/// assert_eq!(classifier.num_trainable_params(), 3 * 3 * 3 * 8 + 8 + 2 * 8 + 8 * 10 + 10);
/// ```
///
/// A struct with a tensor of its own says itself how this tensor is made, and implements `TensorCollection` by hand.
#[macro_export]
macro_rules! collection {
    ($name:ident { $($field:ident),+ $(,)? }) => { $crate::collection!($name <> { $($field),+ }); };
    ($name:ident <$($number:ident),*> { $($field:ident),+ $(,)? }) => {
        // Long names: a struct may have numbers of the names E, D and V.
        impl<$(const $number: usize,)* Element, OnDevice>
            $crate::of_collection::TensorCollection<Element, OnDevice> for $name<$($number,)* Element, OnDevice>
        where
            Element: $crate::of_collection::Dtype
                + $crate::of_collection::Float
                + $crate::of_collection::SampleUniform,
            OnDevice: $crate::of_collection::Device<Element>,
            $crate::of_collection::StandardNormal: $crate::of_collection::Distribution<Element>,
        {
            type To<
                OtherElement: $crate::of_collection::Dtype,
                OtherDevice: $crate::of_collection::Device<OtherElement>,
            > = $name<$($number,)* OtherElement, OtherDevice>;

            fn iter_tensors<Visitor: $crate::of_collection::ModuleVisitor<Self, Element, OnDevice>>(
                visitor: &mut Visitor,
            ) -> ::core::result::Result<
                ::core::option::Option<Self::To<Visitor::E2, Visitor::D2>>,
                Visitor::Err,
            > {
                visitor.visit_fields(
                    ($(
                        <Self as $crate::of_collection::TensorCollection<Element, OnDevice>>::module(
                            ::core::stringify!($field),
                            |all| &all.$field,
                            |all| &mut all.$field,
                        ),
                    )+),
                    |($($field,)+)| $name { $($field),+ },
                )
            }
        }
    };
}

/// What [`collection!`] names, so that nobody who uses it needs the crates that it is from.
pub mod of_collection {
    pub use dfdx::prelude::{Device, Dtype, ModuleVisitor, TensorCollection};
    pub use num_traits::Float;
    pub use rand_distr::uniform::SampleUniform;
    pub use rand_distr::{Distribution, StandardNormal};
}
