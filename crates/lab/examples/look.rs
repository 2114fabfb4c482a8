//! scratch
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
    let name = std::env::args().nth(1).unwrap_or("history".into());
    let scenario = Scenario::read(&src(format!("{dir}data/lab/scenarios/{name}.toml")))
        .unwrap_or_else(|e| {
            for d in e {
                eprintln!("{:?} {} {}", d.line_column(), d.message, d.hint);
            }
            std::process::exit(1)
        });
    let mut docs: Vec<_> = packs.into_iter().map(src).collect();
    for p in &scenario.packs {
        docs.push(src(format!("{dir}data/lab/scenarios/{p}")));
    }
    let (law, diags) = law::Law::read(&vocab, &docs);
    let law = law.unwrap_or_else(|| {
        for d in diags {
            eprintln!("{} {:?} {}", d.source.name, d.line_column(), d.message);
        }
        std::process::exit(1)
    });
    let t0 = std::time::Instant::now();
    let c =
        Compiled::new(scenario, Arc::new(law), Arc::new(WorldData::shipped().unwrap())).unwrap();
    eprintln!("compiled in {:?}, {} designs", t0.elapsed(), c.designs.len());
    let o = observe::Observer::new(&c);
    let run = Run { seed: 1, draw: 0, parameters: Parameters::default() };
    let t0 = std::time::Instant::now();
    let obs = run.through(&c, &o).unwrap();
    eprintln!("run in {:?}", t0.elapsed());
    let want: Vec<(&str, &str)> = vec![
        ("world", "nvidia_shipped"),
        ("world", "nvidia_shipped_cum"),
        ("world", "china_legal_nvidia_cum"),
        ("world", "a800_h800_units"),
        ("world", "h20_units"),
        ("world", "variant_tpp"),
        ("world", "variant_dram_gbs"),
        ("world", "variant_io_gbs"),
        ("world", "smuggled_cum"),
        ("world", "smuggled_chips"),
        ("world", "premium"),
        ("world", "huawei_cum"),
        ("world", "leased"),
        ("world", "china_unmet"),
        ("units", "china_domestic_share"),
        ("value", "china_domestic_share"),
        ("world", "us_vendor_revenue"),
        ("world", "china_market"),
        ("world", "rental_price"),
        ("foundry", "overcapacity"),
        ("china_dc", "overcapacity"),
        ("world", "bifurcation_index"),
        ("MY", "quota_utilization"),
        ("AE", "quota_utilization"),
    ];
    print!("{:8}", "q");
    for (_, w) in &want {
        print!("{:>12}", &w[w.len().saturating_sub(11)..]);
    }
    println!();
    for q in 0..56 {
        if q < 8 && q % 4 > 0 || q > 32 && q % 4 > 0 {
            continue;
        }
        print!("{:8}", Quarter(q).to_string());
        for (a, w) in &want {
            let v = obs.get(Quarter(q), o.find(a, w).unwrap());
            if v.abs() > 1e7 {
                print!("{:>12.3e}", v)
            } else if v.abs() > 100.0 {
                print!("{:>12.0}", v)
            } else {
                print!("{:>12.3}", v)
            }
        }
        println!();
    }
}
