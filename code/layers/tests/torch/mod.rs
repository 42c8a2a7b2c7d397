//! What PyTorch computes: the numbers that `tools/peers/layers_values.py` wrote.

use std::collections::HashMap;

/// The named numbers of one operation.
pub struct Torch(HashMap<&'static str, Vec<f32>>);

impl Torch {
    /// All numbers whose name begins with the operation's.
    pub fn of(operation: &str) -> Self {
        let lines = include_str!("../data/torch.txt").lines().filter(|line| !line.starts_with('#'));
        let of_operation = lines.filter_map(|line| line.strip_prefix(operation)?.strip_prefix('.'));
        let named = of_operation.map(|line| {
            let (name, numbers) = line.split_once(' ').expect("a name and numbers");
            (name, numbers.split(' ').map(|number| number.parse().expect("a number")).collect())
        });
        Self(named.collect())
    }

    /// The numbers of that name.
    pub fn numbers(&self, name: &str) -> Vec<f32> {
        self.0.get(name).unwrap_or_else(|| panic!("tests/data/torch.txt has no {name}")).clone()
    }

    /// Holds numbers that were found against those of that name.
    pub fn check(&self, name: &str, found: &[f32]) {
        let wanted = self.numbers(name);
        assert_eq!(found.len(), wanted.len(), "{name}");
        let scale = wanted.iter().fold(1.0_f32, |scale, x| scale.max(x.abs()));
        for (found, wanted) in found.iter().zip(&wanted) {
            assert!((found - wanted).abs() <= 1e-5 * scale, "{name}: {found}, PyTorch {wanted}");
        }
    }
}
