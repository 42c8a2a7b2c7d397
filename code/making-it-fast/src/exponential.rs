//! An exponential function without a call and without a branch, so that the compiler can compute eight at once.
//!
//! With $x = n \ln 2 + r$, where $n$ is whole and $|r| ≤ \ln 2 / 2$, is $\mathrm{e}^x = 2^n \mathrm{e}^r$. For $\mathrm{e}^r$ the first eight terms
//! of its series are enough: what is left out is less than $r^8 / 8! < 10^{-8}$.

// ANCHOR: exponential
/// exp(x) for numbers from −87 to 88; what is beyond counts as the nearer of these.
#[inline(always)]
pub fn exponential(x: f32) -> f32 {
    // 1.5 · 2²³: added to a small number, it leaves no bits for what comes after the point.
    const ROUND: f32 = (3 << 22) as f32;
    // ln 2 in two parts. A small whole number times the first has no rounding error.
    const LN_2: f32 = 355.0 / 512.0;
    const LN_2_REST: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN_2) - n * LN_2_REST;
    let p = 1.0 / 720.0 + r / 5040.0;
    let p = 1.0 / 120.0 + r * p;
    let p = 1.0 / 24.0 + r * p;
    let p = 1.0 / 6.0 + r * p;
    let p = 0.5 + r * p;
    let p = 1.0 + r * p;
    // The last bits of `shifted` are those of n; a float holds its power of two, plus 127, from bit 23 on.
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    power * (1.0 + r * p)
}
// ANCHOR_END: exponential

/// $σ(x) = 1 / (1 + \mathrm{e}^{-x})$
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exponential(-x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_the_standard_librarys_to_six_digits() {
        let most = (-870..=880).map(|i| i as f32 / 10.0 + 0.0123).filter(|x| x.abs() <= 87.0).map(|x| {
            let right = f64::from(x).exp();
            (f64::from(exponential(x)) / right - 1.0).abs()
        });
        assert!(most.fold(0.0, f64::max) < 5e-7);
        assert_eq!((exponential(0.0), sigmoid(0.0), sigmoid(100.0)), (1.0, 0.5, 1.0));
        assert_eq!(exponential(1e9), exponential(88.0));
        assert!(exponential(f32::NAN).is_nan());
    }
}
