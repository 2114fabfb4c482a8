//! scratch
use lab::ensemble::*;
use lab::validation::*;
use lab::world::*;
use std::sync::Arc;
fn main() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");
    let src = |p: String| {
        Arc::new(law::Source {
            name: p.rsplit('/').next().unwrap().to_owned(),
            text: std::fs::read_to_string(&p).unwrap(),
        })
    };
    let vocab = src(format!("{dir}law/vocabulary.toml"));
    let mut packs: Vec<_> = std::fs::read_dir(format!("{dir}law"))
        .unwrap()
        .map(|e| e.unwrap().path().display().to_string())
        .filter(|p| p.ends_with(".md"))
        .collect();
    packs.sort();
    let scenario = Scenario::read(&src(format!("{dir}data/lab/scenarios/history.toml"))).unwrap();
    let mut docs: Vec<_> = packs.into_iter().map(src).collect();
    for p in &scenario.packs {
        docs.push(src(format!("{dir}data/lab/scenarios/{p}")));
    }
    let (law, _) = law::Law::read(&vocab, &docs);
    let c =
        Compiled::new(scenario, Arc::new(law.unwrap()), Arc::new(WorldData::shipped().unwrap()))
            .unwrap();
    let o = observe::Observer::new(&c);
    let mode = std::env::args().nth(1).unwrap_or("prior".into());
    let n: u64 = std::env::args().nth(2).map_or(200, |x| x.parse().unwrap());
    let mut draws = Draws::shipped(1, false).unwrap();
    let plan = Plan::shipped().unwrap();
    if mode == "fit" {
        let t0 = std::time::Instant::now();
        let f = fit(
            &c,
            &draws,
            &plan,
            Effort { points: 4000, particles: 256, generations: 8, seed: 1 },
        )
        .unwrap();
        for w in &f.matched.waves {
            eprintln!(
                "wave points {} kept {} failed {} {:?} passed {:?}",
                w.points, w.kept, w.failed, 0, w.passed
            );
        }
        eprintln!("{:?} in {:?}", f.matched.ended, t0.elapsed());
        let p = f.posterior.unwrap();
        for g in &p.generations {
            eprintln!("{g:?}");
        }
        eprintln!("{:?} {:?}", p.ended, t0.elapsed());
        let names: Vec<&str> = draws.priors().factors().map(|r| r.symbol.as_str()).collect();
        let mut text = names.join(",") + "\n";
        for x in particles(&p, 256) {
            text += &x.iter().map(|v| format!("{v:.6}")).collect::<Vec<_>>().join(",");
            text.push('\n');
        }
        for (i, n) in names.iter().enumerate() {
            let q = |s| p.quantile(i, s);
            let sd = p.variance(i).sqrt();
            if sd < 0.24 || (q(0.5) - 0.5f64).abs() > 0.12 {
                eprintln!("{n}: {:.2} {:.2} {:.2}", q(0.1), q(0.5), q(0.9));
            }
        }
        std::fs::write("/tmp/wt/posterior.csv", &text).unwrap();
        draws = Draws::read((PARAMETERS_NAME, PARAMETERS), Some(("p", &text)), 1).unwrap();
    } else if mode == "posterior" {
        draws = Draws::shipped(1, true).unwrap();
    }
    let t0 = std::time::Instant::now();
    let runs = lab::ensemble::run(&c, &o, &draws, 0..n);
    eprintln!("{:?} a run", t0.elapsed() / n as u32);
    let bad: Vec<_> = runs.iter().filter_map(|r| r.as_ref().err()).collect();
    eprintln!("{} failed {:?}", bad.len(), bad.first());
    let good: Vec<_> = runs.into_iter().flatten().collect();
    let j = judge(&plan, &o, &good).unwrap();
    for r in &j.rows {
        println!(
            "{:22} {:28} obs {:>12.4e} sim {:>11.3e} {:>11.3e} {:>11.3e} {} crps {:.3e} err {:.2} naive {:?}",
            r.target.id,
            r.target.quantity,
            r.target.value,
            r.simulated[0],
            r.simulated[1],
            r.simulated[2],
            if r.covered { "in " } else { "OUT" },
            r.crps,
            r.error,
            r.naive.map(|x| x.map(|x| format!("{x:.2e}")))
        );
    }
    println!("{:?} {:?}", j.coverage, j.beats_drift);
}
