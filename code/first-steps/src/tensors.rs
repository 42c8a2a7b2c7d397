//! Tensors: shapes, operations, and gradients.

use crate::AnyDevice;
use dfdx::prelude::*;

// ANCHOR: tensors
/// What some operations make of a tensor of two rows and three columns.
pub fn tensors(device: &AnyDevice) -> String {
    let a: Tensor<Rank2<2, 3>, f32, AnyDevice> = device.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let b: Tensor<Rank2<3, 2>, f32, AnyDevice> = device.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]);
    let doubled = a.clone() * 2.0;
    let product: Tensor<Rank2<2, 2>, f32, AnyDevice> = a.clone().matmul(b);
    let of_each_row: Tensor<Rank1<2>, f32, AnyDevice> = a.clone().sum();
    let of_each_column: Tensor<Rank1<3>, f32, AnyDevice> = a.mean();
    format!(
        "doubled           {:?}\nproduct           {:?}\nsums of rows      {:?}\nmeans of columns  {:?}",
        doubled.array(),
        product.array(),
        of_each_row.array(),
        of_each_column.array()
    )
}
// ANCHOR_END: tensors

// ANCHOR: broadcast
/// Adds a row to every row of a table.
pub fn shifted(
    table: Tensor<Rank2<2, 3>, f32, AnyDevice>,
    row: Tensor<Rank1<3>, f32, AnyDevice>,
) -> [[f32; 3]; 2] {
    (table + row.broadcast()).array()
}
// ANCHOR_END: broadcast

// ANCHOR: rows
/// Numbers as a table of three columns, with as many rows as they make.
pub fn table(device: &AnyDevice, numbers: Vec<f32>) -> Tensor<(usize, Const<3>), f32, AnyDevice> {
    let rows = numbers.len() / 3;
    device.tensor_from_vec(numbers, (rows, Const))
}
// ANCHOR_END: rows

// ANCHOR: slope
/// y = (3x − 1)² and its slope at x.
pub fn slope(device: &AnyDevice, x: f32) -> (f32, f32) {
    let x = device.tensor(x);
    let y = (x.leaky_trace() * 3.0 - 1.0).square();
    let value = y.array();
    let gradients = y.backward();
    (value, gradients.get(&x).array())
}
// ANCHOR_END: slope

/// [`slope`] beside the same from differences, as the page shows it.
pub fn slope_shown(device: &AnyDevice) -> String {
    let ((y, slope), little) = (slope(device, 2.0), 1e-3);
    let at = |x: f32| (3.0 * x - 1.0).powi(2);
    let measured = (at(2.0 + little) - at(2.0 - little)) / (2.0 * little);
    format!("y = {y}, slope {slope}; from two values close by: {measured:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_give_what_is_found_by_hand() {
        let device = lab::device(1);
        let text = tensors(&device);
        for line in ["[[4.0, 5.0], [10.0, 11.0]]", "[6.0, 15.0]", "[2.5, 3.5, 4.5]", "[8.0, 10.0, 12.0]"] {
            assert!(text.contains(line), "{text}");
        }
        let (table, row) =
            (device.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), device.tensor([10.0, 20.0, 30.0]));
        assert_eq!(shifted(table, row), [[11.0, 22.0, 33.0], [14.0, 25.0, 36.0]]);
        let long = super::table(&device, (0..12).map(|i| i as f32).collect());
        assert_eq!(long.shape().0, 4);
    }

    #[test]
    fn a_tensor_that_meets_itself_ends_the_program() {
        let meets_itself = || {
            let x = lab::device(1).tensor([1.0, 2.0]);
            (x.leaky_trace() * x.clone()).sum().backward().get(&x).array()
        };
        assert!(std::panic::catch_unwind(meets_itself).is_err());
        let x = lab::device(1).tensor([1.0, 2.0]);
        assert_eq!(x.leaky_trace().square().sum().backward().get(&x).array(), [2.0, 4.0]);
    }

    #[test]
    fn the_slope_is_that_of_the_chain_rule() {
        // y' = 2 (3x − 1) · 3
        for x in [-1.0, 0.5, 2.0] {
            assert_eq!(slope(&lab::device(1), x), ((3.0 * x - 1.0).powi(2), 6.0 * (3.0 * x - 1.0)));
        }
    }
}
