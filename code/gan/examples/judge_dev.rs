use gan::judge::Judge;
use gan::pairs::Part;
fn main() {
    layers::keep_freed_memory();
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().unwrap();
    let t = std::time::Instant::now();
    let a: Vec<usize> = std::env::args().skip(1).map(|a| a.parse().unwrap()).collect();
    let mut judge = Judge::train(a[0], a[1], 1, |_| ()).unwrap();
    more(&mut judge);
    println!("judge {a:?} {:.0} s all {:?} held {:?}", t.elapsed().as_secs_f64(), judge.accuracy(Part::All, 4000), judge.accuracy(Part::HeldOut, 2000));
}
#[allow(dead_code)]
fn more(judge: &mut Judge) {
    use std::collections::BTreeMap;
    let pairs = gan::pairs::pairs(Part::All, 4, 0..6000);
    let named = judge.name(&gan::sentence_encoder::pixels(&pairs)).named;
    let mut all: BTreeMap<String, (usize, usize, BTreeMap<usize, usize>)> = BTreeMap::new();
    for (named, pair) in named.iter().zip(&pairs) {
        let l = gan::pairs::labels(&pair.scene);
        let o = &pair.scene.objects[0];
        let e = all.entry(gan::pairs::phrase(o.kind, o.colour)).or_default();
        e.0 += 1;
        if named[0] != l[0] { e.1 += 1; *e.2.entry(named[0]).or_default() += 1; }
    }
    for (k, v) in all { if v.1 > 0 { println!("{k} {v:?}"); } }
}
