//! Exponential functions that the compiler can turn into vector instructions.
//!
//! The standard library's `exp` and `tanh` are calls, one number at a time. These are a few multiplications
//! and additions without a branch: with $x = n \ln 2 + r$, where $n$ is whole and $|r| ≤ \ln 2 / 2$,
//!
//! $$ \mathrm{e}^x - 1 = 2^n (\mathrm{e}^r - 1) + (2^n - 1), \qquad
//! \mathrm{e}^r - 1 ≈ r + \frac{r²}{2!} + \frac{r³}{3!} + … + \frac{r⁷}{7!} $$
//!
//! What Taylor's polynomial leaves out is at most $r⁸ / 8! < 2^{-25} |r|$. The other functions follow:
//!
//! $$ \tanh x = \frac{\mathrm{e}^{2x} - 1}{\mathrm{e}^{2x} + 1}, \qquad σ(x) = \frac{1}{1 + \mathrm{e}^{-x}} $$
//!
//! Starting from $\mathrm{e}^x - 1$ instead of $\mathrm{e}^x$, $\tanh$ keeps its digits near zero. The errors are within
//! [`ERROR`] of the value, as a test shows by trying numbers of every size. What is not a number stays so.
//!
//! `FUSED` says whether the machine multiplies and adds in one instruction: see [`multiply_add`].

use crate::micro_kernel::multiply_add;

/// The largest error of these functions, divided by the value: 2⁻²² (four times that of rounding).
#[cfg(test)]
const ERROR: f64 = 1.0 / (1 << 22) as f64;

/// Below, $\mathrm{e}^x$ is too small for a normal number.
const LEAST: f32 = -87.0;

/// Above, $\mathrm{e}^x$ is too large.
const MOST: f32 = 88.0;

/// $2^n$ and $\mathrm{e}^r - 1$ for a number from [`LEAST`] to [`MOST`].
#[inline(always)]
fn power_and_rest<const FUSED: bool>(x: f32) -> (f32, f32) {
    // Added to a small number, this leaves no room for digits after the point: the sum is rounded.
    const ROUND: f32 = (3 << 22) as f32;
    // The logarithm of 2 in two parts: a small whole number times the first is exact.
    const LN_2: f32 = 355.0 / 512.0;
    const LN_2_REST: f32 = -2.121_944_4e-4;
    let shifted = multiply_add::<FUSED>(x, std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = multiply_add::<FUSED>(n, -LN_2, x);
    let r = multiply_add::<FUSED>(n, -LN_2_REST, r);
    let p = multiply_add::<FUSED>(r, 1.0 / 5040.0, 1.0 / 720.0);
    let p = multiply_add::<FUSED>(r, p, 1.0 / 120.0);
    let p = multiply_add::<FUSED>(r, p, 1.0 / 24.0);
    let p = multiply_add::<FUSED>(r, p, 1.0 / 6.0);
    let p = multiply_add::<FUSED>(r, p, 0.5);
    let p = multiply_add::<FUSED>(r * r, p, r);
    // The lowest bits of the sum are those of n; the exponent of a number is 127 above its power of 2.
    (f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23)), p)
}

/// Unlike `clamp` and `max`, this keeps what is not a number, in one instruction each.
#[inline(always)]
fn within_limits(x: f32) -> f32 {
    let x = if x < LEAST { LEAST } else { x };
    if x > MOST { MOST } else { x }
}

/// $\mathrm{e}^x$; 0 below -87, and no more than $\mathrm{e}^{88}$.
#[inline(always)]
pub(crate) fn exp<const FUSED: bool>(x: f32) -> f32 {
    let (power, rest) = power_and_rest::<FUSED>(within_limits(x));
    let y = multiply_add::<FUSED>(power, rest, power);
    if x < LEAST { 0.0 } else { y }
}

/// The hyperbolic tangent.
#[inline(always)]
pub(crate) fn tanh<const FUSED: bool>(x: f32) -> f32 {
    let (power, rest) = power_and_rest::<FUSED>(within_limits(2.0 * x));
    let y = multiply_add::<FUSED>(power, rest, power - 1.0);
    y / (y + 2.0)
}

/// $1 / (1 + \mathrm{e}^{-x})$
#[inline(always)]
pub(crate) fn sigmoid<const FUSED: bool>(x: f32) -> f32 {
    let (power, rest) = power_and_rest::<FUSED>(within_limits(-x));
    1.0 / (1.0 + multiply_add::<FUSED>(power, rest, power))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of both signs and every size, ten thousand to each power of two.
    fn numbers() -> impl Iterator<Item = f32> {
        let step = (1 << 23) / 10_000;
        let sizes = (1e-30_f32.to_bits()..86.9_f32.to_bits()).step_by(step).map(f32::from_bits);
        sizes.flat_map(|x| [x, -x])
    }

    #[test]
    fn errors_are_below_the_bound() {
        for x in numbers() {
            let y = f64::from(x);
            for (name, found, wanted) in [
                ("exp", [exp::<true>(x), exp::<false>(x)], y.exp()),
                ("tanh", [tanh::<true>(x), tanh::<false>(x)], y.tanh()),
                ("sigmoid", [sigmoid::<true>(x), sigmoid::<false>(x)], 1.0 / (1.0 + (-y).exp())),
            ] {
                for found in found {
                    let error = (f64::from(found) / wanted - 1.0).abs();
                    assert!(error <= ERROR, "{name}({x}): {found} {wanted}, off by {error}");
                }
            }
        }
    }

    #[test]
    fn limits_are_reached_and_nothing_hides_what_is_not_a_number() {
        limits::<true>();
        limits::<false>();
    }

    fn limits<const FUSED: bool>() {
        let (exp, tanh, sigmoid) = (exp::<FUSED>, tanh::<FUSED>, sigmoid::<FUSED>);
        for x in [100.0, 1e30, f32::MAX, f32::INFINITY] {
            assert_eq!([tanh(x), tanh(-x), sigmoid(x), exp(-x)], [1.0, -1.0, 1.0, 0.0]);
            assert!(sigmoid(-x) < 1e-37 && exp(x) > 1e38);
        }
        assert_eq!([tanh(0.0), sigmoid(0.0), exp(0.0)], [0.0, 0.5, 1.0]);
        assert!(exp(f32::NAN).is_nan() && tanh(f32::NAN).is_nan() && sigmoid(f32::NAN).is_nan());
    }
}
