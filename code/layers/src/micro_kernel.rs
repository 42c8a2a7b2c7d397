//! The innermost loops: a small tile of a matrix product, held in vector registers.
//!
//! A convolution is a product of a matrix of patches with the matrix of weights. This is the usual
//! division of that work (Goto & van de Geijn 2008, *Anatomy of High-Performance Matrix
//! Multiplication*): the right-hand matrix is packed once into panels of [`LANES`] columns, and a tile
//! of a few rows by one or two panels is summed up in registers.
//!
//! The left-hand matrix is never built. Row $i$ of it is a list of stretches of the (padded) picture,
//! each of the same length: $A_i = (a_{b_i + s_1} …, a_{b_i + s_2} …, …)$, where $b_i$ says where the
//! patch begins and the $s_j$ where its lines lie relative to that.
//!
//! The loops are plain Rust that the compiler turns into vector instructions; the version for the
//! machine's instructions is chosen when the program runs.

use multiversion::multiversion;
use multiversion::target::target_cfg_f;
use rayon::prelude::*;

/// Columns in a panel.
pub(crate) const LANES: usize = 16;

/// One row of a panel.
pub(crate) type Lanes = [f32; LANES];

/// A matrix of so many numbers is packed by several threads.
const LARGE: usize = 1 << 15;

/// A matrix in panels of [`LANES`] columns; missing columns of the last panel are zero.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packed {
    /// All rows of the first panel, then all of the second, …
    pub(crate) panels: Vec<Lanes>,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

impl Packed {
    /// A matrix of zeros.
    pub(crate) fn zeros(rows: usize, columns: usize) -> Self {
        Self { panels: vec![[0.0; LANES]; rows * columns.div_ceil(LANES)], rows, columns }
    }

    /// The matrix whose entry in `row` and `column` is `numbers[begin + column * step]`, where
    /// (`begin`, `step`) is `place(row)`.
    pub(crate) fn of(
        numbers: &[f32],
        rows: usize,
        columns: usize,
        place: impl Fn(usize) -> (usize, usize) + Sync,
    ) -> Self {
        let mut packed = Self::zeros(rows, columns);
        let panel = |(index, panel): (usize, &mut [Lanes])| {
            let first = index * LANES;
            let lanes = LANES.min(columns - first);
            for (row, to) in panel.iter_mut().enumerate() {
                let (begin, step) = place(row);
                let from = &numbers[begin + first * step..];
                if step == 1 {
                    to[..lanes].copy_from_slice(&from[..lanes]);
                } else {
                    let from = from[..(lanes - 1) * step + 1].iter().step_by(step);
                    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
                }
            }
        };
        // Panel by panel: what lies far apart in one row of a panel has its neighbours in the next.
        if rows * columns < LARGE {
            packed.panels.chunks_mut(rows.max(1)).enumerate().for_each(panel);
        } else {
            packed.panels.par_chunks_mut(rows).enumerate().for_each(panel);
        }
        packed
    }

    /// Adds the matrix to one stored row by row.
    pub(crate) fn add_to(&self, sum: &mut [f32]) {
        for panel in 0..self.columns.div_ceil(LANES) {
            let first = panel * LANES;
            let lanes = LANES.min(self.columns - first);
            for row in 0..self.rows {
                let to = &mut sum[row * self.columns + first..][..lanes];
                for (to, from) in to.iter_mut().zip(&self.panels[panel * self.rows + row]) {
                    *to += from;
                }
            }
        }
    }
}

/// The left-hand matrix: patches of a picture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patches<'a> {
    /// The numbers of the padded picture, or of a band of its rows.
    pub(crate) numbers: &'a [f32],
    /// Where each patch begins.
    pub(crate) begins: &'a [usize],
    /// Where its stretches begin, relative to that.
    pub(crate) stretches: &'a [usize],
    /// How long each stretch is.
    pub(crate) length: usize,
}

/// What becomes of the rows of a product.
pub(crate) struct Destination<'a> {
    /// Where they are written or added.
    pub(crate) numbers: &'a mut [f32],
    /// Where each row begins.
    pub(crate) begins: &'a [usize],
    /// Add to what is there, or overwrite it.
    pub(crate) add: bool,
    /// A row to add first to every row: empty for none, or whole panels.
    pub(crate) bias: &'a [Lanes],
    /// What a negative number is multiplied by before it is written or added: 1 leaves it as it is, 0 is ReLU.
    pub(crate) negative_slope: f32,
}

/// The product of the patches with a packed matrix.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
pub(crate) fn multiply(patches: Patches<'_>, matrix: &Packed, to: &mut Destination<'_>) {
    assert_eq!(patches.begins.len(), to.begins.len());
    assert_eq!(patches.stretches.len() * patches.length, matrix.rows);
    let wide = target_cfg_f!(target_feature = "avx512f");
    let fused = target_cfg_f!(any(target_feature = "fma", target_arch = "aarch64"));
    if wide {
        multiply_in_tiles::<8, 4, 2, true>(patches, matrix, to);
    } else if fused {
        multiply_in_tiles::<6, 3, 1, true>(patches, matrix, to);
    } else {
        multiply_in_tiles::<3, 1, 1, false>(patches, matrix, to);
    }
}

/// A loop over the rows of a tile, unrolled by hand: the compiler keeps the sums in registers only when
/// it sees every index.
macro_rules! for_rows {
    ($i:ident in $rows:ident => $do:expr) => {
        for_rows!(@ $i, $rows, $do, 0 1 2 3 4 5 6 7 8 9 10 11)
    };
    (@ $i:ident, $rows:ident, $do:expr, $($index:literal)*) => {
        $(if $index < $rows {
            #[allow(non_upper_case_globals)]
            const $i: usize = $index;
            $do;
        })*
    };
}

/// Adds $x b$ to a row of sums.
#[inline(always)]
fn add_scaled<const PANELS: usize, const FUSED: bool>(
    sums: &mut [Lanes; PANELS],
    x: f32,
    b: &[Lanes; PANELS],
) {
    for p in 0..PANELS {
        for l in 0..LANES {
            sums[p][l] = multiply_add::<FUSED>(x, b[p][l], sums[p][l]);
        }
    }
}

#[inline(always)]
fn multiply_in_tiles<const ROWS: usize, const FEWER: usize, const PANELS: usize, const FUSED: bool>(
    patches: Patches<'_>,
    matrix: &Packed,
    to: &mut Destination<'_>,
) {
    let panels = matrix.columns.div_ceil(LANES);
    let mut panel = 0;
    while panel < panels {
        if panel + PANELS <= panels {
            columns_in_tiles::<ROWS, FEWER, PANELS, FUSED>(patches, matrix, panel, to);
            panel += PANELS;
        } else {
            columns_in_tiles::<ROWS, FEWER, 1, FUSED>(patches, matrix, panel, to);
            panel += 1;
        }
    }
}

#[inline(always)]
fn columns_in_tiles<const ROWS: usize, const FEWER: usize, const PANELS: usize, const FUSED: bool>(
    patches: Patches<'_>,
    matrix: &Packed,
    panel: usize,
    to: &mut Destination<'_>,
) {
    let mut row = 0;
    while row < patches.begins.len() {
        if patches.begins.len() - row > FEWER {
            rows_in_tile::<ROWS, PANELS, FUSED>(patches, row, matrix, panel, to);
            row += ROWS;
        } else {
            rows_in_tile::<FEWER, PANELS, FUSED>(patches, row, matrix, panel, to);
            row += FEWER;
        }
    }
}

/// A tile of at most `ROWS` rows, from `row` on, by `PANELS` panels, from `panel` on.
#[inline(always)]
fn rows_in_tile<const ROWS: usize, const PANELS: usize, const FUSED: bool>(
    patches: Patches<'_>,
    row: usize,
    matrix: &Packed,
    panel: usize,
    to: &mut Destination<'_>,
) {
    let rows = ROWS.min(patches.begins.len() - row);
    // Rows that are missing are computed from the last one, and dropped.
    let begins: [usize; ROWS] = std::array::from_fn(|i| patches.begins[row + i.min(rows - 1)]);
    let mut sums = [[[0.0; LANES]; PANELS]; ROWS];
    for (index, stretch) in patches.stretches.iter().enumerate() {
        let a: [&[f32]; ROWS] =
            std::array::from_fn(|i| &patches.numbers[begins[i] + stretch..][..patches.length]);
        let b: [&[Lanes]; PANELS] = std::array::from_fn(|p| {
            &matrix.panels[(panel + p) * matrix.rows + index * patches.length..][..patches.length]
        });
        for k in 0..patches.length {
            let lanes: [Lanes; PANELS] = std::array::from_fn(|p| b[p][k]);
            for_rows!(i in ROWS => add_scaled::<PANELS, FUSED>(&mut sums[i], a[i][k], &lanes));
        }
    }
    store_tile(sums, (row, rows), panel, matrix.columns, to);
}

/// Writes or adds the first rows of a tile to their places. A function of its own that takes the tile by
/// value: what is done with the sums afterwards would otherwise change how the compiler keeps them in the loop.
#[inline(never)]
fn store_tile<const ROWS: usize, const PANELS: usize>(
    tile: [[Lanes; PANELS]; ROWS],
    (row, rows): (usize, usize),
    panel: usize,
    columns: usize,
    to: &mut Destination<'_>,
) {
    store_rows(&tile.as_flattened()[..rows * PANELS], PANELS, row, panel, columns, to);
}

/// Writes or adds rows of so many panels to their places, from `row` and `panel` on.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn store_rows(
    rows: &[Lanes],
    panels: usize,
    row: usize,
    panel: usize,
    columns: usize,
    to: &mut Destination<'_>,
) {
    for (sums, begin) in rows.chunks_exact(panels).zip(&to.begins[row..]) {
        for (p, sums) in sums.iter().enumerate() {
            let mut sums = *sums;
            let first = (panel + p) * LANES;
            if let Some(bias) = to.bias.get(panel + p) {
                sums = sum(&sums, bias);
            }
            if to.negative_slope != 1.0 {
                for sum in &mut sums {
                    // 0 times -∞ would be no number. Unlike max, this keeps what is none.
                    let bent = if to.negative_slope == 0.0 { 0.0 } else { to.negative_slope * *sum };
                    *sum = if *sum < 0.0 { bent } else { *sum };
                }
            }
            let numbers = &mut to.numbers[begin + first..];
            if first + LANES <= columns {
                let place: &mut Lanes = (&mut numbers[..LANES]).try_into().expect("LANES");
                *place = if to.add { sum(place, &sums) } else { sums };
            } else {
                let place = numbers[..columns - first].iter_mut().zip(sums);
                place.for_each(|(number, sum)| *number = if to.add { *number + sum } else { sum });
            }
        }
    }
}

/// The sum of two rows. Returned as a value, it is added in vectors.
#[inline(always)]
fn sum(a: &Lanes, b: &Lanes) -> Lanes {
    std::array::from_fn(|l| a[l] + b[l])
}

/// The transposed product: for every patch and every number in it, the number times the patch's row
/// of `rows` is added to the number's row of `sum`, or to zero if the sum is `fresh`: whatever was in it is
/// overwritten then. It is the gradient of the weights.
///
/// `rows` has whole panels: a multiple of [`LANES`] columns. After the last patch's last number,
/// `patches.numbers` must go on for [`LANES`] numbers, whose values do not matter.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
pub(crate) fn add_transposed_product(patches: Patches<'_>, rows: &[f32], sum: &mut Packed, fresh: bool) {
    assert_eq!(patches.stretches.len() * patches.length, sum.rows);
    assert_eq!(rows.len(), patches.begins.len() * sum.columns.next_multiple_of(LANES));
    let wide = target_cfg_f!(target_feature = "avx512f");
    let fused = target_cfg_f!(any(target_feature = "fma", target_arch = "aarch64"));
    if wide {
        transposed_in_tiles::<12, 6, 2, true>(patches, rows, sum, fresh);
    } else if fused {
        transposed_in_tiles::<6, 3, 1, true>(patches, rows, sum, fresh);
    } else {
        transposed_in_tiles::<3, 1, 1, false>(patches, rows, sum, fresh);
    }
}

/// Rows of so many columns, filled up with zeros to whole panels.
pub(crate) fn whole_panels<'a>(rows: &'a [f32], columns: usize, widened: &'a mut Vec<f32>) -> &'a [f32] {
    let whole = columns.next_multiple_of(LANES);
    if whole == columns {
        return rows;
    }
    widened.clear();
    widened.resize(rows.len() / columns * whole, 0.0);
    for (to, from) in widened.chunks_exact_mut(whole).zip(rows.chunks_exact(columns)) {
        to[..columns].copy_from_slice(from);
    }
    widened
}

#[inline(always)]
fn transposed_in_tiles<const ROWS: usize, const FEWER: usize, const PANELS: usize, const FUSED: bool>(
    patches: Patches<'_>,
    rows: &[f32],
    sum: &mut Packed,
    fresh: bool,
) {
    let panels = sum.columns.div_ceil(LANES);
    for (index, &stretch) in patches.stretches.iter().enumerate() {
        let mut first = 0;
        while first < patches.length {
            let left = patches.length - first;
            let mut panel = 0;
            while panel < panels {
                let row = index * patches.length + first;
                let place = Place { stretch: stretch + first, row, panel, fresh };
                let two = panel + PANELS <= panels;
                match (left > FEWER, two) {
                    (true, true) => {
                        transposed_tile::<ROWS, PANELS, FUSED>(patches, rows, place, left, sum);
                    }
                    (true, false) => transposed_tile::<ROWS, 1, FUSED>(patches, rows, place, left, sum),
                    (false, true) => {
                        transposed_tile::<FEWER, PANELS, FUSED>(patches, rows, place, left, sum);
                    }
                    (false, false) => transposed_tile::<FEWER, 1, FUSED>(patches, rows, place, left, sum),
                }
                panel += if two { PANELS } else { 1 };
            }
            first += if left > FEWER { ROWS } else { FEWER };
        }
    }
}

/// Where a tile of the transposed product lies.
#[derive(Clone, Copy)]
struct Place {
    /// Where its numbers begin, relative to the patch.
    stretch: usize,
    /// Its first row and panel in the sum.
    row: usize,
    panel: usize,
    /// Whether what is there does not count.
    fresh: bool,
}

#[inline(always)]
fn transposed_tile<const ROWS: usize, const PANELS: usize, const FUSED: bool>(
    patches: Patches<'_>,
    rows: &[f32],
    place: Place,
    left: usize,
    sum: &mut Packed,
) {
    let columns = sum.columns.next_multiple_of(LANES);
    let mut sums = [[[0.0; LANES]; PANELS]; ROWS];
    for (begin, row) in patches.begins.iter().zip(rows.chunks_exact(columns)) {
        let a: &[f32; ROWS] = patches.numbers[begin + place.stretch..][..ROWS].try_into().expect("ROWS");
        let b = &row[place.panel * LANES..][..PANELS * LANES];
        let b = b.as_chunks::<LANES>().0;
        let lanes: [Lanes; PANELS] = std::array::from_fn(|p| b[p]);
        for_rows!(i in ROWS => add_scaled::<PANELS, FUSED>(&mut sums[i], a[i], &lanes));
    }
    add_tile(sums, place, left, sum);
}

/// Adds or writes the first rows of a tile to their place. By value for the same reason as in
/// [`store_tile`].
#[inline(never)]
fn add_tile<const ROWS: usize, const PANELS: usize>(
    tile: [[Lanes; PANELS]; ROWS],
    place: Place,
    left: usize,
    packed: &mut Packed,
) {
    add_rows(&tile.as_flattened()[..left.min(ROWS) * PANELS], PANELS, place, packed);
}

/// Adds or writes rows of so many panels to their place.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_rows(rows: &[Lanes], panels: usize, place: Place, packed: &mut Packed) {
    for p in 0..panels {
        let to = &mut packed.panels[(place.panel + p) * packed.rows + place.row..];
        for (to, from) in to.iter_mut().zip(rows.iter().skip(p).step_by(panels)) {
            *to = sum(if place.fresh { &[0.0; LANES] } else { to }, from);
        }
    }
}

/// $x y + z$, in one instruction where there is one: elsewhere `mul_add` is a slow call.
#[inline(always)]
pub(crate) fn multiply_add<const FUSED: bool>(x: f32, y: f32, z: f32) -> f32 {
    if FUSED { x.mul_add(y, z) } else { x * y + z }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from -1 to 1 without a pattern.
    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|i| (i as f32 * 12.9898).sin()).collect()
    }

    /// The forms for every kind of machine, for all numbers of rows and columns that make other tiles.
    #[test]
    fn every_tile_gives_the_product() {
        type Form = fn(Patches<'_>, &Packed, &mut Destination<'_>);
        type Transposed = fn(Patches<'_>, &[f32], &mut Packed, bool);
        let forms: [(Form, Transposed); 4] = [
            (multiply, add_transposed_product),
            (multiply_in_tiles::<8, 4, 2, true>, transposed_in_tiles::<12, 6, 2, true>),
            (multiply_in_tiles::<6, 3, 1, true>, transposed_in_tiles::<6, 3, 1, true>),
            (multiply_in_tiles::<3, 1, 1, false>, transposed_in_tiles::<3, 1, 1, false>),
        ];
        let (length, stretches) = (5, [0, 40]);
        let band = numbers(200 + LANES);
        for rows in 0..20 {
            let begins: Vec<usize> = (0..rows).map(|i| i * 7).collect();
            let patches = Patches { numbers: &band, begins: &begins, stretches: &stretches, length };
            let patch = |i: usize, k: usize| f64::from(band[begins[i] + stretches[k / length] + k % length]);
            for columns in [1, 15, 16, 17, 32, 33, 47, 48, 50] {
                let weights = numbers(10 * columns);
                let matrix = Packed::of(&weights, 10, columns, |row| (row * columns, 1));
                let bias = Packed::of(&weights, 1, columns, |_| (columns, 1)).panels;
                let to: Vec<usize> = (0..rows).rev().map(|i| i * columns).collect();
                let whole = columns.next_multiple_of(LANES);
                let upstream = numbers(rows * whole);
                for (form, transposed) in forms {
                    for (add, negative_slope) in [(false, 1.0), (false, 0.0), (false, 0.25), (true, 1.0)] {
                        let mut found = vec![0.25; rows * columns];
                        let bias: &[Lanes] = if add { &[] } else { &bias };
                        form(
                            patches,
                            &matrix,
                            &mut Destination { numbers: &mut found, begins: &to, add, bias, negative_slope },
                        );
                        for (i, begin) in to.iter().enumerate() {
                            for c in 0..columns {
                                let first = if add { 0.25 } else { f64::from(weights[columns + c]) };
                                let sum = (0..10)
                                    .map(|k| patch(i, k) * f64::from(weights[k * columns + c]))
                                    .sum::<f64>();
                                let wanted = (first + sum).max(f64::from(negative_slope) * (first + sum));
                                assert!((f64::from(found[begin + c]) - wanted).abs() < 2e-6);
                            }
                        }
                    }
                    let mut sum = Packed::zeros(10, columns);
                    sum.panels.fill([7.0; LANES]);
                    transposed(patches, &upstream, &mut sum, true);
                    transposed(patches, &upstream, &mut sum, false);
                    let mut found = vec![0.5; 10 * columns];
                    sum.add_to(&mut found);
                    for (index, found) in found.into_iter().enumerate() {
                        let (k, c) = (index / columns, index % columns);
                        let term = |i: usize| patch(i, k) * f64::from(upstream[i * whole + c]);
                        let wanted = 0.5 + 2.0 * (0..rows).map(term).sum::<f64>();
                        assert!((f64::from(found) - wanted).abs() < 8e-6);
                    }
                }
            }
        }
    }
}
