//! A matrix product whose inner sizes differ: the compiler says so.

use dfdx::prelude::*;

fn main() {
    let device = Cpu::default();
    // ANCHOR: transposed
    let word: Tensor<Rank2<1, 100>, f32, _> = device.zeros(); // one word × 100 numbers
    let table: Tensor<Rank2<5000, 100>, f32, _> = device.zeros(); // 5000 words × 100 numbers
    let scores = word.matmul(table);
    // ANCHOR_END: transposed
    println!("{:?}", scores.shape());
}
