//! From the numbers of pictures to what a network gets of them.

use crate::Activations;
use dfdx::prelude::*;

/// Square pictures of `side` pixels, whose red, green and blue go from 0 to 1, with 0 in the middle: (pictures,
/// side · side, 3), from −½ to ½.
pub fn centred<D: Device<f32>>(device: &D, pixels: &[f32], side: usize) -> Activations<3, D, NoneTape> {
    let pictures = pixels.len() / (side * side * 3);
    device.tensor_from_vec(pixels.iter().map(|value| value - 0.5).collect(), (pictures, side * side, Const))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_and_white_are_equally_far_from_zero() {
        let pictures = centred(&Cpu::default(), &[[0.0; 12], [1.0; 12]].concat(), 2);
        assert_eq!(*pictures.shape(), (2, 4, Const::<3>));
        assert_eq!(pictures.as_vec(), [[-0.5; 12], [0.5; 12]].concat());
    }
}
