//! GELU and the matrix product in their five forms.
//!
//! `cargo bench -p making-it-fast`

use dfdx::prelude::*;
use divan::Bencher;
use making_it_fast::{gelu, product};

fn main() {
    layers::keep_freed_memory();
    divan::main();
}

#[divan::bench(args = 0..5, sample_count = 20)]
fn gelu_forward_and_backward(bencher: Bencher<'_, '_>, form: usize) {
    let numbers: gelu::List = Cpu::seed_from_u64(1).sample_normal_like(&(1 << 20,));
    bencher.bench_local(|| gelu::FORMS[form].1(numbers.leaky_trace()).mean().backward());
}

#[divan::bench(args = 0..5, sample_count = 10)]
fn product_512(bencher: Bencher<'_, '_>, form: usize) {
    let (a, b) = (product::matrix(512, 1), product::matrix(512, 2));
    bencher.bench_local(|| product::FORMS[form].1(&a, &b, 512));
}
