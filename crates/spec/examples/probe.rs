#[path = "../tests/support/mod.rs"]
mod support;
use std::collections::HashMap;
#[allow(missing_docs)]
fn main() {
    let law = support::shipped();
    let n: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    let mut g = spec::Generator::new(
        &law,
        /*argv2*/ std::env::args().nth(2).unwrap().parse().unwrap(),
    );
    let t0 = std::time::Instant::now();
    let (mut tl, mut ts) = (0u128, 0u128);
    let mut kinds: HashMap<String, (usize, String)> = HashMap::new();
    let mut outcomes: HashMap<&str, usize> = HashMap::new();
    for _ in 0..n {
        let f = g.next();
        let a = std::time::Instant::now();
        let x = law.decide(&f, None, &mut Default::default()).unwrap();
        tl += a.elapsed().as_micros();
        let a = std::time::Instant::now();
        let y = spec::decide(&law, &f, None).unwrap();
        ts += a.elapsed().as_micros();
        *outcomes.entry(y.readings[0].outcome.word()).or_default() += 1;
        for d in support::disagreements(&law, &x, &y) {
            let k = d.lines().next().unwrap().to_string();
            let e = kinds.entry(k.clone()).or_insert((0, String::new()));
            e.0 += 1;
            if e.0 <= 1 {
                let mut cur = f.clone();
                loop {
                    let next = spec::corpus::with_one_fact_less(&law, &cur).into_iter().find(|c| {
                        c.date(law.date_fact()).is_some() && {
                            let (a, b) = support::both(&law, c, None);
                            support::disagreements(&law, &a, &b)
                                .iter()
                                .any(|d| d.lines().next().unwrap() == k)
                        }
                    });
                    match next {
                        Some(c) => cur = c,
                        None => break,
                    }
                }
                let (a, b) = support::both(&law, &cur, None);
                e.1 = format!(
                    "{}{}",
                    spec::describe(&law, &cur),
                    support::disagreements(&law, &a, &b).join("\n")
                );
                e.1 += &format!("\n LAW {:?}", &support::shown(&law, &a.readings[0])[..7]);
            }
        }
    }
    println!(
        "{n} in {:?}: law {} us, spec {} us each; {outcomes:?}",
        t0.elapsed(),
        tl / n as u128,
        ts / n as u128
    );
    for (k, (c, d)) in kinds {
        println!("== {k}: {c}\n{d}");
    }
    let c = spec::coverage(&law, 1, n);
    let never: Vec<_> = c.never().iter().map(|r| law.rule(*r).id.clone()).collect();
    println!("never held {} of {}: {never:?}", never.len(), c.held.len());
}
