use joint_embedding::{train::*, *};
fn main(){
  let mut s=Settings::default();
  for a in std::env::args().skip(1){ let (k,v)=a.split_once('=').unwrap(); match k { "epochs"=>s.epochs=v.parse().unwrap(),"seed"=>s.seed=v.parse().unwrap(),"lr"=>s.learning_rate=v.parse().unwrap(),"cut"=>s.cutout=v.parse().unwrap(),"twd"=>s.word_decay=v.parse().unwrap(),"wd"=>s.picture_decay=v.parse().unwrap(),"batch"=>s.batch=v.parse().unwrap(),"margin"=>s.loss=Loss::Margin(v.parse().unwrap(),margin::Negatives::All),"hard"=>s.loss=Loss::Margin(v.parse().unwrap(),margin::Negatives::Hardest),"fixed"=>s.loss=Loss::InfoNceFixed(v.parse().unwrap()),"t"=>s.loss=Loss::InfoNce(v.parse().unwrap()),_=>panic!()}}
  let names=names::Names::of_emoji().unwrap();
  let t0=std::time::Instant::now();
  let mut m=train(&names,&s,|_,p|{ if p.epochs%5==0 {eprintln!("{p:?}")} Ok(())}).unwrap();
  let el=t0.elapsed();
  let sp=space(&mut m,&names);
  for (nm,ids) in [("seen",&names.seen),("held",&names.held_out)]{
    let b=sp.both_ways(ids).unwrap();
    print!("{nm} p2w {:.1} {:.1} w2p {:.1} {:.1}  ",b.to_names.at_1*100.,b.to_names.at_10*100.,b.to_pictures.at_1*100.,b.to_pictures.at_10*100.);
  }
  println!("{el:.1?} T={:.3} {s:?}",m.temperature());
}
