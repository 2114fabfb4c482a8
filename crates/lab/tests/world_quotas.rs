//! Quotas in the simulated world: who gets what they let through, what it is worth, and that no law
//! which tightens them later makes a run fail.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test may stop at what should not happen")]

mod support;

use std::sync::Arc;

use lab::ensemble::{self, Draws};
use lab::world::data::H100E_TPP;
use lab::world::observe::Observer;
use lab::world::{Compiled, Scenario, WorldData};
use law::Source;
use support::{
    compile, compile_amended, compile_with, fresh, lived_in, middle, quarter, read_law, root,
    source,
};

/// A quota of small amounts that takes the place of the text's from a day on.
fn small_amounts(limit: u64, from: &str) -> String {
    format!(
        "\n```toml quota\nid = \"lpp-limit\"\nkind = \"calendar_year\"\ncite = \"hypothetical\"\n\
         replaces = [\"lpp-limit\"]\neffective = {from}\nused = \"lpp_used_tpp\"\n\
         amount = 'line_tpp'\nlimit = '{limit}'\nkey = [\"ultimate_consignee.name\"]\n\
         consolidated = true\nunit = \"TPP\"\nwhen = 'level_a && crosses'\n\
         text = \"Supposed.\"\ntext_zh = \"Supposed.\"\n```\n"
    )
}

/// A ceiling of large companies that takes the place of the text's from a day on.
fn ceiling(limit: u64, from: &str) -> String {
    format!(
        "\n```toml quota\nid = \"nveu-installed\"\nkind = \"installed_base\"\n\
         cite = \"hypothetical\"\nreplaces = [\"nveu-installed\"]\neffective = {from}\n\
         used = \"nveu_installed_tpp\"\namount = 'line_tpp'\n\
         key = [\"end_user.name\", \"destination\"]\nunit = \"TPP\"\n\
         when = 'authorization == \"nveu\" && level_a'\n\
         text = \"Supposed.\"\ntext_zh = \"Supposed.\"\n\
         [[step]]\nfrom = {from}\nthrough = 2033-12-31\nlimit = {limit}\n```\n"
    )
}

/// The enforced framework with more in its pack.
fn with_more(more: &str) -> Compiled {
    compile_with("diffusion-enforced", |source| {
        if source.name == "ai-diffusion.md" {
            source.text.push_str(more);
        }
    })
}

/// Companies of a place that may buy nothing there come to own no more: what guests bring is the
/// guests', whoever wanted how much.
#[test]
fn what_quotas_let_through_is_whose_it_was_let_through_for() {
    let closed = compile_amended(
        "diffusion-enforced",
        |text| {
            format!(
                "{text}\n[[change]]\nfrom = 2028-01-01\n\
                 levers = {{ allocation_given = 0, nveu_given = 0 }}\n"
            )
        },
        |source| {
            if source.name == "ai-diffusion.md" {
                source.text.push_str(&small_amounts(0, "2028-01-01"));
            }
        },
    );
    let malaysia = closed.data.place("MY").unwrap();
    let (first, last) = (quarter("2028Q1").index(), quarter("2031Q4").index());
    let mut world = lived_in(&closed, first);
    let before = world.owners[malaysia].installed.h100e;
    let there = world.places[malaysia].installed.h100e;
    for t in first..=last {
        lab::world::run::quarter(&mut world, t);
        assert_eq!(lab::world::run::trouble(&world), None, "{t}");
        let added = world.owners[malaysia].added;
        assert!(added.h100e <= 1e-9 * before, "{t}: {added:?}");
    }
    assert!(before > 1e5 && world.owners[malaysia].installed.h100e < before);
    // Guests go on, so that compute there is no longer its companies'.
    assert!(world.places[malaysia].installed.h100e > there);
}

/// A unit of the allocation is worth no more than the chips that it lets through.
#[test]
fn a_shadow_price_is_at_most_the_price_of_what_it_lets_through() {
    let enforced = compile("diffusion-enforced");
    let observer = Observer::new(&enforced);
    let draws = Draws::shipped(5, true).unwrap();
    let mut binding = 0;
    for draw in 0..12 {
        let mut world = fresh(&enforced);
        world.p = draws.parameters(draw).unwrap();
        let mut seen = observer.start();
        for t in 0..lab::quarter::QUARTERS {
            lab::world::run::quarter(&mut world, t);
            observer.observe(&world, &mut seen);
            let chip = world.flows.chip;
            let price = chip.price / chip.compute.tpp * H100E_TPP;
            for place in &enforced.data.places {
                let at = observer.find(&place.code, "quota_shadow_price").unwrap();
                let shadow = seen.quarter(t)[at];
                assert!(
                    shadow.is_nan() || shadow <= price,
                    "{draw}, {t}, {}: {shadow}",
                    place.code
                );
                binding += u32::from(shadow > 0.1 * price);
            }
        }
    }
    assert!(binding > 1_000, "{binding}");
}

/// Law that tightens small amounts or the ceiling of large companies later, within a year or a
/// quarter too, is kept to from the start: the ledger refuses nothing in any draw.
#[test]
fn limits_that_fall_later_end_no_run() {
    let draws = Draws::shipped(1, true).unwrap();
    for more in [
        small_amounts(5_000_000, "2026-10-01"),
        small_amounts(5_000_000, "2026-12-01"),
        small_amounts(0, "2027-01-01"),
        ceiling(300_000_000, "2027-01-01"),
        ceiling(300_000_000, "2027-03-01"),
    ] {
        let compiled = with_more(&more);
        let observer = Observer::new(&compiled);
        for run in ensemble::run(&compiled, &observer, &draws, 0..12) {
            run.unwrap_or_else(|why| panic!("{more}: {why}"));
        }
    }
}

/// Of a year in which small amounts fall, no more is drawn than the lower limit holds; the year
/// before, which has an account of its own, is as it was. So is what came before a ceiling falls.
#[test]
fn what_a_later_step_will_not_hold_is_not_drawn_before_it() {
    let drawn = |compiled: &Compiled, quota: &str, year: &str| -> f64 {
        let world = lived_in(compiled, quarter("2027Q1").index());
        let of = |account: &ledger::account::Account| {
            account.quota == quota && (year.is_empty() || account.key.iter().any(|it| it == year))
        };
        let accounts = world.books.ledger().accounts().filter(|(account, _)| of(account));
        let used = accounts.map(|(_, state)| {
            state.steps.values().map(|it| it.used.millionths() as f64 / 1e6).sum::<f64>()
        });
        used.fold(0.0, f64::max)
    };
    let (as_it_is, lower) = (with_more(""), with_more(&small_amounts(5_000_000, "2026-10-01")));
    let (small, before) = (drawn(&lower, "lpp-limit", "2026"), drawn(&lower, "lpp-limit", "2025"));
    assert!(small > 4_900_000.0 && small <= 5_000_000.0, "{small}");
    assert_eq!(before, drawn(&as_it_is, "lpp-limit", "2025"));
    assert!(before > 5_000_000.0, "{before}");
    let lower = with_more(&ceiling(300_000_000, "2027-01-01"));
    let installed = drawn(&lower, "nveu-installed", "");
    assert!(installed > 1e8 && installed <= 3e8, "{installed}");
}

/// The allocations of the framework bind where it is enforced, and only there.
#[test]
fn allocations_bind_where_they_are_enforced() {
    let enforced = compile("diffusion-enforced");
    let (observer, seen) = middle(&enforced);
    let used = |place: &str, at: &str| {
        seen.get(quarter(at), observer.find(place, "quota_utilization").unwrap())
    };
    for place in ["MY", "AE", "IN", "BR", "SG", "ZA"] {
        assert!(used(place, "2025Q1").is_nan(), "{place}: before the day of compliance");
        let share = used(place, "2026Q4");
        assert!(share > 0.0 && share <= 1.0, "{place}: {share}");
    }
    for place in ["US", "JP", "GB", "CN", "RU"] {
        assert!(used(place, "2026Q4").is_nan(), "{place} has no allocation");
    }
    let full = seen.get(quarter("2026Q4"), observer.find("MY", "quota_shadow_price").unwrap());
    // One counts H100 equivalents by TPP, the other by 8-bit operations: two units, two words.
    let unit =
        |name: &str| observer.series.iter().find(|series| series.quantity == name).unwrap().unit;
    assert_eq!(unit("quota_shadow_price"), "USD per H100e (TPP)");
    assert_eq!(unit("price_h100e"), "USD per H100e");
    assert!(full > 0.0, "a full allocation has a price: {full}");
    let (observer, seen) = middle(&compile("history"));
    let series = observer.find("MY", "quota_utilization").unwrap();
    assert!(seen.get(quarter("2026Q4"), series).is_nan());
}

/// What U.S. companies bring abroad stands on accounts of the ledger, as do the shares it is held
/// against: every country's in the sum of all, and that in the whole.
#[test]
fn what_guests_bring_abroad_stands_on_accounts() {
    let enforced = compile("diffusion-enforced");
    let last = quarter("2027Q4").index();
    let mut world = lived_in(&enforced, last);
    let before = world.owners[0].installed.tpp;
    lab::world::run::quarter(&mut world, last);
    let used = |quota: &str| {
        let accounts = world.books.ledger().accounts();
        let of_quota = accounts.filter(|(account, _)| account.quota == quota);
        of_quota.map(|(_, state)| units(state)).collect::<Vec<f64>>()
    };
    fn units(state: &ledger::book::State) -> f64 {
        state.steps.values().map(|step| step.used.millionths() as f64 / 1e6).sum()
    }
    let (countries, outside) = (used("uveu-country"), used("uveu-outside"));
    let whole = used("uveu_total_tpp");
    assert_eq!((outside.len(), whole.len()), (1, 1));
    let (all, outside, whole) = (countries.iter().sum::<f64>(), outside[0], whole[0]);
    assert!(countries.len() > 5 && all > 0.0, "{countries:?}");
    assert_eq!(all, outside);
    // The shares of the packs.
    let most = countries.iter().copied().fold(0.0, f64::max);
    assert!(most <= 0.07 * whole && outside <= 0.25 * whole, "{most}, {outside} of {whole}");
    // The whole is the base that the quarter began with, and what was brought abroad in it.
    let after = world.owners[0].installed.tpp;
    assert!(0.9 * before < whole && whole < after, "{before}, {whole}, {after}");
}

/// Law under which guests may bring less is kept to as well: shares that fall later, a first day
/// late in a quarter, and one more share beside those of the text. The ledger refuses nothing.
#[test]
fn guests_keep_to_other_shares() {
    let quota = |id: &str, used: &str, key: &str, limit: &str, replaces: &str| {
        format!(
            "\n```toml quota\nid = \"{id}\"\nkind = \"ratio\"\ncite = \"hypothetical\"\n\
             used = \"{used}\"\namount = 'line_tpp'\nlimit = '{limit}'\n\
             base = \"uveu_total_tpp\"\nbase_amount = 'line_tpp'\nkey = [{key}]\n\
             base_key = [\"end_user.name\"]\nbase_when = 'authorization == \"uveu\" && level_a'\n\
             consolidated = true\nunit = \"TPP\"\nreplaces = [{replaces}]\n\
             when = 'authorization == \"uveu\" && level_a && !(destination in supp5a)'\n\
             text = \"Supposed.\"\ntext_zh = \"Supposed.\"\n```\n"
        )
    };
    let (company, country) = ("\"end_user.name\"", "\"end_user.name\", \"destination\"");
    let of_country =
        |limit| quota("uveu-country", "uveu_country_tpp", country, limit, "\"uveu-country\"");
    let outside = quota("uveu-outside", "uveu_outside_tpp", company, "0.05", "\"uveu-outside\"");
    let third = quota("uveu-third", "uveu_outside_us_tpp", company, "0.04", "");
    let later = "allocation-after-2027.md";
    let cases = [
        (later, of_country("0.01")),
        (later, of_country("0.0")),
        (later, outside),
        ("ai-diffusion.md", third),
        ("ai-diffusion.md", String::new()),
    ];
    let brought = |file: &str, more: &str| {
        let compiled = compile_with("diffusion-enforced", |source| {
            if source.name != file {
                return;
            }
            if more.is_empty() {
                let (now, then) =
                    ("comply_by        = 2025-05-15", "comply_by        = 2025-06-01");
                assert!(source.text.contains(now));
                source.text = source.text.replace(now, then);
            }
            source.text.push_str(more);
        });
        // Every quarter is without trouble, which a refusal would be.
        let world = lived_in(&compiled, quarter("2031Q4").index());
        let accounts = world.books.ledger().accounts();
        let outside = accounts.filter(|(account, _)| account.quota == "uveu-outside");
        outside
            .flat_map(|(_, state)| state.steps.values().map(|it| it.used.millionths()))
            .sum::<i128>()
    };
    let as_it_is = brought("", "");
    for (file, more) in cases {
        let found = brought(file, &more);
        let is_less = found < as_it_is;
        assert!(is_less || more.is_empty(), "{file} {more}: {found} of {as_it_is}");
        assert_eq!(found == 0, more.contains("'0.0'"), "{file} {more}: {found}");
    }
}

/// A quota below zero is named with the file and the line of its limit.
#[test]
fn a_quota_below_zero_is_named_with_its_line() {
    let folder = root().join("data/lab/scenarios");
    let file = source(&folder.join("diffusion-enforced.toml"));
    let scenario = Scenario::read(&file).unwrap();
    let amend = |source: &mut Source| {
        source.text = source.text.replace("'0.5 * min(max(790000000", "'-0.5 * min(max(790000000");
    };
    let halved = root().join("examples/scenarios/tier2-halved.md");
    let law = read_law(&scenario, &[halved], amend);
    let data = Arc::new(WorldData::shipped().unwrap());
    let why = Compiled::new(scenario, law, data).unwrap_err().to_string();
    let text = std::fs::read_to_string(root().join("examples/scenarios/tier2-halved.md")).unwrap();
    let line = text.lines().position(|line| line.contains("'0.5 * min(max(")).unwrap() + 1;
    let expected = format!("tier2-halved.md:{line}: the quota `country-allocation` has a limit");
    assert!(why.contains(&expected), "{why}");
}
