//! Plans of fast Fourier transforms for `f32` and `f64`, by the crates `rustfft` and `realfft`.
//!
//! Their planners are generic over the number, so that each crate that plans a transform compiles all of them anew: for
//! a chapter with its tests and programs, minutes. Here they are compiled once, behind a trait without type parameters.
//!
//! ```
//! use fft_plans::{Complex, Plan};
//!
//! let mut numbers = [1.0, 0.0, 0.0, 0.0_f32].map(|x| Complex::new(x, 0.0));
//! f32::plan_fft_forward(4).process(&mut numbers);
//! assert_eq!(numbers, [Complex::new(1.0, 0.0); 4]); // A click has every frequency alike.
//! ```

pub use realfft::{ComplexToReal, RealToComplex};
pub use rustfft::{Fft, FftNum, num_complex::Complex, num_traits};
use std::sync::Arc;

/// A number with plans of transforms. No transform has a factor: there and back again is `length` times as much.
pub trait Plan: FftNum {
    /// The transform of `length` complex numbers.
    fn plan_fft_forward(length: usize) -> Arc<dyn Fft<Self>>;

    /// Back from the transform of `length` complex numbers.
    fn plan_fft_inverse(length: usize) -> Arc<dyn Fft<Self>>;

    /// The transform of `length` real numbers: the first `length` / 2 + 1 coefficients.
    fn plan_real_fft_forward(length: usize) -> Arc<dyn RealToComplex<Self>>;

    /// Back from `length` / 2 + 1 coefficients to `length` real numbers.
    fn plan_real_fft_inverse(length: usize) -> Arc<dyn ComplexToReal<Self>>;
}

/// The same four lines for each type: code that is generic over them would be compiled where it is used.
macro_rules! plan {
    ($number:ty) => {
        impl Plan for $number {
            fn plan_fft_forward(length: usize) -> Arc<dyn Fft<Self>> {
                rustfft::FftPlanner::new().plan_fft_forward(length)
            }

            fn plan_fft_inverse(length: usize) -> Arc<dyn Fft<Self>> {
                rustfft::FftPlanner::new().plan_fft_inverse(length)
            }

            fn plan_real_fft_forward(length: usize) -> Arc<dyn RealToComplex<Self>> {
                realfft::RealFftPlanner::new().plan_fft_forward(length)
            }

            fn plan_real_fft_inverse(length: usize) -> Arc<dyn ComplexToReal<Self>> {
                realfft::RealFftPlanner::new().plan_fft_inverse(length)
            }
        }
    };
}

plan!(f32);
plan!(f64);
