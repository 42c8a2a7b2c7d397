//! Layers that dfdx 0.13 lacks on stable Rust: convolution, pooling and batch normalisation, fast on the
//! CPU.
//!
//! A picture or feature map is a tensor of (batch, locations, channels), with its height and width in a
//! [`Grid`] beside it: dfdx wants channels to be known at compile time, and pictures of any size then pass
//! through the same layers. Every operation takes the activations and the grid, and gives both back.
//!
//! ```
//! use dfdx::prelude::*;
//! use layers::{Convolution2d, ConvolutionConfig, Grid, global_average_pool, max_pool_2x2};
//!
//! let device = Cpu::default();
//! let same_size = ConvolutionConfig { stride: 1, padding: 1 };
//! let first = Convolution2d::<3, 8, 3>::new(&device, same_size, 1).without_input_gradient();
//! let second = Convolution2d::<8, 16, 3>::new(&device, same_size, 2);
//!
//! let pictures = device.sample_normal_like(&(4, 12 * 10, Const::<3>)); // 4 pictures of 12 × 10, RGB
//! let (x, grid) = first.forward_relu(pictures.leaky_trace(), Grid::new(12, 10));
//! let (x, grid) = max_pool_2x2(x, grid);
//! let (x, grid) = second.forward_relu(x, grid);
//! assert_eq!((x.shape().1, grid), (30, Grid::new(6, 5)));
//! let features = global_average_pool(x); // 4 × 16
//! let gradients = features.square().sum().backward();
//! assert!(gradients.get(&first.weight).as_vec().iter().any(|&g| g != 0.0));
//! ```
//!
//! [`convolution`], [`pooling`] and [`batch_norm`] have two forms of each operation: a `plain` one, composed
//! of dfdx's own operations, which runs on any device and is easy to read, and a `fast` one for the CPU, a
//! single differentiable operation with its own backward step. The layers take the form that fits their
//! device ([`Operations`]); tests hold the two against each other and against finite differences. The fast
//! forms give the same bits for any number of threads.
//!
//! [`Convolution2d`] and [`BatchNorm`] are modules of dfdx for optimizers, saving and loading;
//! [`Convolution2d::new`] makes weights from a seed. `to_device` and `to_dtype` come from dfdx, which gives
//! every number that is not a tensor its default there: it forgets a convolution's stride and padding. Set
//! the two fields again afterwards.

pub mod additive_attention;
pub mod batch_norm;
mod chunks;
pub mod convolution;
pub mod cross_entropy;
mod elementary;
mod error;
mod fixed;
mod grid;
mod lanes;
mod memory;
mod micro_kernel;
mod numbers;
mod operations;
pub mod pooling;
pub mod recurrent;

pub use additive_attention::{attention_weights, try_attention_weights, try_weighted_sum, weighted_sum};
pub use batch_norm::BatchNorm;
pub use convolution::{Convolution2d, ConvolutionConfig};
pub use cross_entropy::{cross_entropy, try_cross_entropy};
pub use error::Error;
pub use fixed::Fixed;
pub use grid::Grid;
pub use memory::keep_freed_memory;
pub use operations::{Activations, Operations};
pub use pooling::{
    average_pool, global_average_pool, max_pool_2x2, try_average_pool, try_global_average_pool,
    try_max_pool_2x2,
};
pub use recurrent::{Gru, Lstm, LstmState, Rows, Sequence};
