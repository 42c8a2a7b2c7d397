use gan::{one_dimension, two_numbers};
fn main() {
    for seed in 1..=3 { for leak in [false, true] {
        let t = std::time::Instant::now();
        let m = one_dimension::play(3000, &[0, 100, 200, 300, 500, 1000, 1500, 2000, 3000], seed, leak).unwrap();
        println!("{seed} {leak} {:.1}s {:?}", t.elapsed().as_secs_f64(), m.iter().map(|m| (m.step, (m.distance * 100.0).round() / 100.0, m.generated.iter().filter(|x| **x < 0.0).count() as f32 / 4000.0, m.believed.iter().fold(0f32, |a, b| a.max(*b)))).collect::<Vec<_>>());
    }}
    for rate in [0.1, 0.2, 0.5] {
        for rules in [two_numbers::Rules::default(), two_numbers::Rules { penalty: 0.5, leak: false }, two_numbers::Rules { penalty: 0.0, leak: true }] {
            let p = two_numbers::play(rules, rate, 1000);
            println!("{rate} {rules:?} {:?}", [1, 10, 20, 50, 100, 200, 500, 1000].map(|i| ((p[i].theta * 100.0).round() / 100.0, (p[i].psi * 100.0).round() / 100.0, (p[i].distance() * 100.0).round() / 100.0)));
        }
    }
}
