//! Modules of modules: dfdx wants to know every tensor of a network by name, to train, count, keep and load it.

/// Makes a struct of modules and tensors a module itself.
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
/// A field that is a tensor, and no module, is followed by the function that fills it with fresh numbers, such as
/// [`fresh::zeros`](crate::fresh::zeros):
///
/// ```
/// use dfdx::prelude::*;
/// use layers::{collection, fresh};
///
/// struct Table<const ROWS: usize, E: Dtype, D: Storage<E>> {
///     rows: Tensor<Rank2<ROWS, 4>, E, D>,
/// }
///
/// collection!(Table<ROWS> { rows: fresh::standard_normal });
///
/// let table: Table<5, f32, Cpu> = fresh::module(&Cpu::default());
/// assert_eq!(table.num_trainable_params(), 5 * 4);
/// ```
#[macro_export]
macro_rules! collection {
    ($name:ident { $($field:ident $(: $fill:expr)?),+ $(,)? }) => {
        $crate::collection!($name <> { $($field $(: $fill)?),+ });
    };
    ($name:ident <$($number:ident),*> { $($field:ident $(: $fill:expr)?),+ $(,)? }) => {
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
                        $crate::collection!(@of Element, OnDevice, $field $(, $fill)?),
                    )+),
                    |($($field,)+)| $name { $($field),+ },
                )
            }
        }
    };
    (@of $element:ident, $device:ident, $field:ident) => {
        <Self as $crate::of_collection::TensorCollection<$element, $device>>::module(
            ::core::stringify!($field),
            |all| &all.$field,
            |all| &mut all.$field,
        )
    };
    (@of $element:ident, $device:ident, $field:ident, $fill:expr) => {
        <Self as $crate::of_collection::TensorCollection<$element, $device>>::tensor(
            ::core::stringify!($field),
            |all| &all.$field,
            |all| &mut all.$field,
            $crate::of_collection::TensorOptions::reset_with($fill),
        )
    };
}

/// What [`collection!`] names, so that nobody who uses it needs the crates that it is from.
pub mod of_collection {
    pub use dfdx::prelude::{Device, Dtype, ModuleVisitor, TensorCollection, TensorOptions};
    pub use num_traits::Float;
    pub use rand_distr::uniform::SampleUniform;
    pub use rand_distr::{Distribution, StandardNormal};
}
