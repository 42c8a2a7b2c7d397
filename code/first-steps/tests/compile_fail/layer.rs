//! A layer that gets rows of another length: the compiler says so.

use dfdx::prelude::*;

fn main() {
    let device = Cpu::default();
    // ANCHOR: layer
    let layer = device.build_module::<Linear<2, 8>, f32>();
    let questions: Tensor<Rank2<4, 3>, f32, _> = device.zeros();
    let hidden = layer.forward(questions);
    // ANCHOR_END: layer
    println!("{:?}", hidden.shape());
}
