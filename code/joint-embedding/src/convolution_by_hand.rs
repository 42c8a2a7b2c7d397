//! A convolution that can be checked by hand: an edge in a picture of 6 × 6.

use crate::Error;
use dfdx::prelude::*;
use layers::{Convolution2d, ConvolutionConfig, Grid};

/// The side of the picture.
const SIDE: usize = 6;

/// The kernel: in each row, the right neighbour less the left one.
const KERNEL: [[f32; 3]; 3] = [[-1.0, 0.0, 1.0]; 3];

/// The example in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Edges {
    /// The picture: 0 left of the edge, 1 right of it.
    pub input: Vec<Vec<f32>>,
    /// The kernel.
    pub kernel: Vec<Vec<f32>>,
    /// The feature map, 4 × 4.
    pub output: Vec<Vec<f32>>,
    /// The largest number of every 2 × 2 window of the feature map.
    pub pooled: Vec<Vec<f32>>,
    /// The column and row of the patch and of the number that a figure frames.
    pub framed: (usize, usize),
}

// ANCHOR: edges
/// The picture, the kernel, and what convolution and pooling make of them.
///
/// # Errors
///
/// If the layers refuse the shapes.
pub fn edges() -> Result<Edges, Error> {
    let device = Cpu::default();
    let row = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
    let input = device.tensor_from_vec(row.repeat(SIDE), (1, SIDE * SIDE, Const::<1>));
    let mut convolution = Convolution2d::<1, 1, 3>::new(&device, ConvolutionConfig::default(), 0);
    convolution.weight.copy_from(KERNEL.as_flattened());
    let (output, grid) = convolution.try_forward(input.clone(), Grid::new(SIDE, SIDE))?;
    let (pooled, small) = layers::try_max_pool_2x2(output.clone(), grid)?;
    Ok(Edges {
        input: rows(&input.as_vec(), SIDE),
        kernel: rows(KERNEL.as_flattened(), 3),
        output: rows(&output.as_vec(), grid.width),
        pooled: rows(&pooled.as_vec(), small.width),
        framed: (1, 2),
    })
}
// ANCHOR_END: edges

fn rows(numbers: &[f32], width: usize) -> Vec<Vec<f32>> {
    numbers.chunks(width).map(<[f32]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_patches_over_the_edge_answer() {
        let edges = edges().unwrap();
        // Columns 0 to 2 are all 0; columns 1 to 3 and 2 to 4 have the edge inside; columns 3 to 5 are all 1.
        assert_eq!(edges.output, vec![vec![0.0, 3.0, 3.0, 0.0]; 4]);
        assert_eq!(edges.pooled, vec![vec![3.0, 3.0]; 2]);
        let (x, y) = edges.framed;
        let patch: f32 = (0..3)
            .flat_map(|i| (0..3).map(move |j| (i, j)))
            .map(|(i, j)| edges.input[y + i][x + j] * edges.kernel[i][j])
            .sum();
        assert_eq!(patch, edges.output[y][x]);
    }
}
