//! Modules of modules: dfdx wants to know every tensor of a network by name, to train, count, keep and load it.

/// Makes a struct of modules one itself: a list of its fields, with whole numbers as parameters before the element
/// type and the device if it has any.
macro_rules! collection {
    ($name:ident { $($field:ident),+ $(,)? }) => { $crate::collection::collection!($name <> { $($field),+ }); };
    ($name:ident <$($number:ident),*> { $($field:ident),+ $(,)? }) => {
        impl<$(const $number: usize,)* E, D> dfdx::prelude::TensorCollection<E, D> for $name<$($number,)* E, D>
        where
            E: dfdx::prelude::Dtype + num_traits::Float + rand_distr::uniform::SampleUniform,
            D: dfdx::prelude::Device<E>,
            rand_distr::StandardNormal: rand_distr::Distribution<E>,
        {
            type To<E2: dfdx::prelude::Dtype, D2: dfdx::prelude::Device<E2>> = $name<$($number,)* E2, D2>;

            fn iter_tensors<V: dfdx::prelude::ModuleVisitor<Self, E, D>>(
                visitor: &mut V,
            ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
                visitor.visit_fields(
                    ($(Self::module(stringify!($field), |s| &s.$field, |s| &mut s.$field),)+),
                    |($($field,)+)| $name { $($field),+ },
                )
            }
        }
    };
}

pub(crate) use collection;
