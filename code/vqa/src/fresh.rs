//! Layers with fresh weights.

use dfdx::nn::modules::{Linear, UnbiasedLinear};
use dfdx::prelude::*;
use lab::Device as AnyDevice;
use layers::{Convolution2d, ConvolutionConfig};

/// A linear map.
pub(crate) fn linear<const I: usize, const O: usize>(device: &AnyDevice) -> Linear<I, O, f32, AnyDevice> {
    let mut linear: Linear<I, O, f32, AnyDevice> = BuildModule::build(device);
    linear.reset_params();
    linear
}

/// A linear map without a bias.
pub(crate) fn unbiased<const I: usize, const O: usize>(
    device: &AnyDevice,
) -> UnbiasedLinear<I, O, f32, AnyDevice> {
    let mut linear: UnbiasedLinear<I, O, f32, AnyDevice> = BuildModule::build(device);
    linear.reset_params();
    linear
}

/// The same linear map at every location: a convolution of 1 × 1.
pub(crate) fn everywhere<const I: usize, const O: usize>(
    device: &AnyDevice,
    seed: u64,
) -> Convolution2d<I, O, 1, f32, AnyDevice> {
    Convolution2d::new(device, ConvolutionConfig { stride: 1, padding: 0 }, seed)
}
