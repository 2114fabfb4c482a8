//! What is refused of tables of one's own, and what a changed one changes.

use super::*;
use crate::ensemble::{PARAMETERS, POSTERIOR};
use crate::world::Parameters;

/// The shipped parameters with the row of one made anew.
fn with(symbol: &str, row: &str) -> String {
    let line = |line: &str| match line.split(',').next() == Some(symbol) {
        true => row.to_owned(),
        false => line.to_owned(),
    };
    let text: Vec<String> = PARAMETERS.lines().map(line).collect();
    assert_ne!(text.join("\n") + "\n", PARAMETERS, "{symbol}");
    text.join("\n") + "\n"
}

fn line_of(symbol: &str) -> usize {
    PARAMETERS.lines().position(|line| line.split(',').next() == Some(symbol)).unwrap() + 1
}

fn refused(text: String, fitted: bool) -> String {
    let mut tables = Tables::shipped();
    tables.put(Name::Parameters, "own.csv", text);
    tables.draws(1, fitted).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn a_changed_distribution_changes_what_is_drawn_and_nothing_else() {
    let row = "rent_share,rented,share,fixed,0.5,,,supposed,ASSUMED";
    let mut tables = Tables::shipped();
    tables.put(Name::Parameters, "own.csv", with("rent_share", row));
    for fitted in [false, true] {
        let (shipped, own) = (Draws::shipped(4, fitted).unwrap(), tables.draws(4, fitted).unwrap());
        assert_eq!(own.parameters(7).unwrap().rent_share, 0.5);
        assert_ne!(shipped.parameters(7).unwrap().rent_share, 0.5);
    }
    // Particles say the same of the others.
    let (shipped, own) = (Draws::shipped(4, true).unwrap(), tables.draws(4, true).unwrap());
    let mut same = shipped.parameters(7).unwrap();
    same.rent_share = 0.5;
    assert_eq!(own.parameters(7).unwrap(), same);
}

#[test]
fn rows_and_columns_stand_in_any_order() {
    let mut rows: Vec<&str> = PARAMETERS.lines().collect();
    rows[1..].reverse();
    let turn = |line: &str| line.split(',').rev().collect::<Vec<_>>().join(",");
    let particles: Vec<String> = POSTERIOR.lines().map(turn).collect();
    let mut tables = Tables::shipped();
    tables.put(Name::Parameters, "own.csv", rows.join("\n"));
    tables.put_particles("p.csv", particles.join("\n"), None);
    let (shipped, own) = (Draws::shipped(2, true).unwrap(), tables.draws(2, true).unwrap());
    for draw in 0..20 {
        assert_eq!(own.parameters(draw).unwrap(), shipped.parameters(draw).unwrap());
    }
}

#[test]
fn what_is_no_parameter_or_unit_is_named_with_its_line() {
    let at = line_of("fade_years");
    let said = refused(with("fade_years", "fade_yaers,x,years,uniform,2,8,,x,ASSUMED"), false);
    assert!(said.contains(&format!("`own.csv`, row {at}, column `symbol`")), "{said}");
    assert!(said.contains("did you mean `fade_years`"), "{said}");
    let said = refused(with("fade_years", "fade_years,x,quarters,uniform,2,8,,x,ASSUMED"), false);
    assert!(said.contains(&format!("row {at}, column `unit`")), "{said}");
    assert!(said.contains("reckons it in `years`"), "{said}");
    let lines = PARAMETERS.lines().filter(|line| !line.starts_with("fade_years,"));
    let said = refused(lines.collect::<Vec<_>>().join("\n"), false);
    assert!(said.contains("no row for the parameter `fade_years`"), "{said}");
}

#[test]
fn a_target_has_the_unit_of_what_is_simulated() {
    let refused = |from: &str, to: &str| {
        let mut tables = Tables::shipped();
        let text = tables.get(Name::Targets).text.clone().into_owned();
        let line = text.lines().position(|line| line.starts_with(from)).unwrap();
        let old = text.lines().nth(line).unwrap();
        let unit = [",H100e,", ",chips a quarter,", ",share,"];
        let unit = unit.into_iter().find(|unit| old.contains(unit)).unwrap();
        let new = old.replacen(unit, &format!(",{to},"), 1);
        tables.put(Name::Targets, "own.csv", text.replacen(old, &new, 1));
        let said = tables.plan().map(|_| ()).unwrap_err().to_string();
        assert!(said.starts_with(&format!("`own.csv`, row {}, column `unit`", line + 1)), "{said}");
        said
    };
    let said = refused("T27,", "TPP");
    assert!(said.contains("`huawei_cum` is in `TPP` here"), "{said}");
    assert!(said.contains("reckons it in `H100e`"), "{said}");
    refused("T02,", "chips");
    refused("leased-2025,", "chips");
    refused("T38,", "percent");
    // A sum is told in the unit of its quarters.
    assert!(refused("T15,", "chips").contains("reckons it in `chips a quarter`"));
}

#[test]
fn what_contradicts_itself_is_named_with_its_line() {
    let at = line_of("fade_years");
    let said = refused(with("fade_years", "fade_years,x,years,uniform,8,2,,x,ASSUMED"), false);
    assert!(
        said.contains(&format!("row {at}, column `a`")) && said.contains("not below"),
        "{said}"
    );
    let said = refused(with("rent_share", "rent_share,x,share,uniform,0.5,1.5,,x,ASSUMED"), false);
    assert!(said.contains(&format!("row {}", line_of("rent_share"))), "{said}");
    assert!(said.contains("can only be from 0 to 1"), "{said}");
    let said = refused(with("quality_most", "quality_most,x,ratio,fixed,0.01,,,x,ASSUMED"), false);
    assert!(said.contains(&format!("row {}", line_of("quality_least"))), "{said}");
    let said = refused(
        with("premium_most", "premium_most,x,ratio to list price,fixed,0.5,,,x,ASSUMED"),
        false,
    );
    assert!(said.contains("from 1 to inf"), "{said}");
}

#[test]
fn every_shipped_row_can_be_given_again() {
    // With a blank line at the end the text is another one, and everything is held to the bounds.
    let mut tables = Tables::shipped();
    tables.put(Name::Parameters, "own.csv", PARAMETERS.to_owned() + "\n");
    assert_eq!(
        tables.draws(1, true).unwrap().parameters(3).unwrap(),
        Draws::shipped(1, true).unwrap().parameters(3).unwrap()
    );
    assert!(!tables.is_shipped(Name::Parameters) && tables.is_shipped(Name::Places));
}

#[test]
fn particles_go_with_the_distributions_that_were_fitted() {
    let own = with("boom", "boom,x,logarithm a year,uniform,1.0,3.0,,x,ASSUMED");
    let said = refused(own.clone(), true);
    let place = format!("`own.csv`, row {}, column `b`", line_of("boom"));
    assert!(said.contains(&place) && said.contains("`3.0` is not the `2.6`"), "{said}");
    assert!(said.contains("--prior"), "{said}");
    // Without particles, and with particles of the same table, there is nothing to contradict.
    let mut tables = Tables::shipped();
    tables.put(Name::Parameters, "own.csv", own.clone());
    tables.draws(1, false).unwrap();
    tables.put_particles("p.csv", POSTERIOR.to_owned(), Some(("own.csv", own.clone())));
    let boom = tables.draws(1, true).unwrap().parameters(0).unwrap().boom;
    assert_ne!(boom, Draws::shipped(1, true).unwrap().parameters(0).unwrap().boom);
    // What was fitted cannot be known.
    let fixed = with("boom", "boom,x,logarithm a year,fixed,2,,,x,ASSUMED");
    assert!(refused(fixed, true).contains("column `boom`: it was fitted"));
}

#[test]
fn particles_of_another_table_are_refused() {
    let particles = |from: &str, to: &str| {
        let mut tables = Tables::shipped();
        tables.put_particles("p.csv", POSTERIOR.replacen(from, to, 1), None);
        tables.draws(1, true)
    };
    let said = particles("fade_years", "fade_yaers").map(|_| ()).unwrap_err().to_string();
    assert!(said.contains("`p.csv`, row 1, column `fade_yaers`"), "{said}");
    assert!(said.contains("did you mean `fade_years`"), "{said}");
    let said = particles("boom,", "rent_use,").map(|_| ()).unwrap_err().to_string();
    assert!(said.contains("no column for `boom`, which is fitted"), "{said}");
    // One that is not fitted may be left out, and is drawn from its distribution.
    let draws = particles("fade_years", "life_shape").unwrap();
    let years: Vec<f64> = (0..50).map(|at| draws.parameters(at).unwrap().fade_years).collect();
    assert!(years.iter().all(|it| it.is_finite()));
    assert!(years.iter().any(|it| *it > 5.0) && years.iter().any(|it| *it < 3.0), "{years:?}");
    assert_eq!(Parameters::NAMES.len(), draws.priors().rows().len());
}

#[test]
fn places_buyers_and_chips_that_cannot_be_are_named_with_their_line() {
    let refused = |name: Name, from: &str, to: &str| {
        let mut tables = Tables::shipped();
        let text = tables.get(name).text.replacen(from, to, 1);
        assert_ne!(text, tables.get(name).text, "{from}");
        tables.put(name, "own.csv", text);
        tables.world().unwrap_err().to_string()
    };
    let said = refused(Name::Places, "\nMY,", "\nMYS,");
    assert!(said.contains("`own.csv`, row 9, column `code`: `MYS` is no country"), "{said}");
    assert!(refused(Name::Places, "\nMY,", "\nSG,").contains("there twice"));
    assert!(refused(Name::Places, "\nUS,", "\nCA,").contains("the first place is `CA`"));
    assert!(
        refused(Name::Buyers, "Microsoft,US,0.215", "Microsoft,US,-1")
            .contains("row 2, column `weight`")
    );
    let quarterly = "Microsoft,US,0.215,USD a quarter";
    let said = refused(
        Name::Buyers,
        "Microsoft,US,0.215,\"share of the world's spending without China, 2022-2023\"",
        quarterly,
    );
    assert!(said.contains("row 2, column `unit`: `Microsoft` is in `USD a quarter`"), "{said}");
    assert!(said.contains("in `share of the world's spending without China`"), "{said}");
    let said = refused(Name::Buyers, "share of China's spending", "share of the world's spending");
    assert!(said.contains("column `unit`: `ByteDance`"), "{said}");
    let said = refused(Name::Buyers, "Microsoft,US", "Microsoft,XX");
    assert!(said.contains("`XX` is no place"), "{said}");
    let said = refused(Name::Flagships, "gen-2028,,2028Q1,4,80000", "gen-2028,,2028Q1,4,-1");
    assert!(said.contains("row 8, column `price_usd`: -1 is not above zero"), "{said}");
    assert!(refused(Name::Flagships, "V100,,2019Q1", "V100,,2020Q1").contains("on sale in 2019Q1"));
}
