//! What the accounts and the journal say, in every form.

use expect_test::expect;

use crate::desk::{Desk, errors, settled};

/// A ledger with a little of everything.
fn busy() -> Desk {
    let desk = Desk::new();
    let acme = ["lpp-limit", "Acme Robotics", "2025", "--expires", "2099-12-31"];
    for (number, day, amount) in
        [("17", "2025-06-01", "20000000"), ("18", "2025-07-01", "5000000.5")]
    {
        let note = format!("PO {number}");
        let what = ["--day", day, "--amount", amount, "--note", &note, "--request", number];
        desk.moved(&[&["reserve"], &acme[..], &what].concat());
    }
    desk.moved(&["commit", "1", "--day", "2025-06-01"]);
    let raise = ["raise", "country-allocation", "MY", "--limit", "1000000000"];
    let source =
        ["--source", "Assurances of 2 March 2026, as BIS published them in the Federal Register"];
    desk.moved(&[&raise[..], &source].concat());
    let adjust = ["adjust", "country-allocation", "MY", "--day", "2026-06-01", "--to", "412000000"];
    desk.moved(&[&adjust[..], &["--source", "BIS, 30 June 2026"]].concat());
    desk.moved(&["own", "Acme Robotics", "Acme", "--share", "0.6", "--source", "Annual report"]);
    desk
}

#[test]
fn balances_in_every_form() {
    let desk = busy();
    let balance =
        |format| settled(&desk.said(&["balance", "--day", "2026-06-01", "--format", format]));
    expect![[r#"
        Quota accounts

        As known at ‹instant› UTC; limits of 2026-06-01; amounts in TPP.

          account              limit         used         held         room  taken
          ───────────  ─────────────  ───────────  ───────────  ───────────  ────────────────────────────
        country-allocation
          MY           1,000,000,000  412,000,000            0  588,000,000  ████████▏···········  41.2 %
        lpp-limit
          Acme / 2025     26,900,000   20,000,000  5,000,000.5  1,899,999.5  ██████████████████▌·  92.9 %
    "#]].assert_eq(&balance("table"));
    expect![[r#"
        quota,key,limit,used,held,room,utilization
        country-allocation,MY,1000000000,412000000,0,588000000,0.412
        lpp-limit,Acme / 2025,26900000,20000000,5000000.5,1899999.5,0.929
    "#]]
    .assert_eq(&balance("csv"));
    expect![[r#"
        {"held":0,"key":"MY","limit":1000000000,"quota":"country-allocation","room":588000000,"used":412000000,"utilization":0.412}
        {"held":5000000.5,"key":"Acme / 2025","limit":26900000,"quota":"lpp-limit","room":1899999.5,"used":20000000,"utilization":0.929}
    "#]].assert_eq(&balance("jsonl"));
    let page = balance("html");
    let (_, main) = page.split_once("<header>").expect("a page");
    expect![[r#"

        <p class="brand">weir</p>
        <h1>Quota accounts</h1>
        <p class="note">As known at ‹instant› UTC; limits of 2026-06-01; amounts in TPP.</p>
        </header>
        <main class="sheet">
        <table>
        <thead><tr><th scope="col">quota</th><th scope="col">account</th><th scope="col" class="number">limit</th><th scope="col" class="number">used</th><th scope="col" class="number">held</th><th scope="col" class="number">room</th><th scope="col">taken</th></tr></thead>
        <tbody>
        <tr><td>country-allocation</td><td>MY</td><td class="number">1,000,000,000</td><td class="number">412,000,000</td><td class="number">0</td><td class="number">588,000,000</td><td class="share"><meter min="0" max="1000" value="412">41.2 %</meter>41.2 %</td></tr>
        <tr><td>lpp-limit</td><td>Acme / 2025</td><td class="number">26,900,000</td><td class="number">20,000,000</td><td class="number">5,000,000.5</td><td class="number">1,899,999.5</td><td class="share"><meter min="0" max="1000" value="929">92.9 %</meter>92.9 %</td></tr>
        </tbody>
        </table>
        </main>
        </body>
        </html>"#]].assert_eq(main);
    desk.said(&["balance", "--day", "2026-06-01", "--output", "balance.csv"]);
    assert_eq!(desk.read("balance.csv"), balance("csv"));
    let unclear = desk.refused(&["balance", "--output", "balance.xlsx"]);
    assert!(unclear.contains("does not tell the form of output"), "{unclear}");
}

#[test]
fn balances_of_some_accounts() {
    let desk = busy();
    let keys = |arguments: &[&str]| -> Vec<String> {
        let said = desk.said(&[&["balance", "--format", "csv"], arguments].concat());
        let cells = said.lines().skip(1).map(|line| line.split(',').take(3).collect::<Vec<_>>());
        cells.map(|cells| cells.join(",")).collect()
    };
    // An account is its ultimate owner's.
    assert_eq!(keys(&["lpp-limit"]), ["lpp-limit,Acme / 2025,26900000"]);
    assert_eq!(keys(&["lpp-limit", "Acme Robotics"]).len(), 1);
    // One that nothing moved yet has its limit all the same.
    assert_eq!(keys(&["country-allocation", "IN"]), ["country-allocation,IN,790000000"]);
    assert_eq!(keys(&["nveu-installed"]), Vec::<String>::new());
    let unknown = desk.refused(&["balance", "lpp-limits"]);
    assert_eq!(
        unknown,
        "error: there is no quota \"lpp-limits\" in the law packs; did you mean \"lpp-limit\"?\n"
    );
    let wrong = desk.refused(&["balance", "lpp-limit", "Nobody"]);
    assert_eq!(
        wrong,
        "error: account lpp-limit [Nobody] does not fit its quota, whose key is: \
         ultimate_consignee.name, year\n"
    );
}

#[test]
fn balances_as_they_were_known() {
    let desk = busy();
    let entry: serde_json::Value = serde_json::from_str(&desk.said(&["show", "2"])).unwrap();
    let then = entry["at"].as_str().unwrap();
    let as_of = |when: &str| {
        desk.said(&[
            "balance",
            "lpp-limit",
            "--day",
            "2026-06-01",
            "--format",
            "csv",
            "--as-of",
            when,
        ])
    };
    assert!(as_of(then).contains("26900000,0,25000000.5,1899999.5"), "{}", as_of(then));
    assert!(as_of("2099-12-30").contains("26900000,20000000,5000000.5"));
    assert!(as_of("2100-01-01").contains("26900000,20000000,0,6900000"), "the second has lapsed");
    assert!(as_of("2020-01-01").contains("26900000,0,0,26900000"));
    let wrong = desk.refused(&["balance", "--as-of", "yesterday"]);
    assert!(wrong.contains("`yesterday` is no day (2026-12-31) or instant"), "{wrong}");
}

/// What others drew is no pace, and a pace goes on through the later steps.
#[test]
fn forecasts() {
    let desk = busy();
    let balance = ["balance", "country-allocation", "--day", "2026-06-01", "--format"];
    let said = desk.said(&[&balance[..], &["csv", "--rate", "4000000"]].concat());
    expect![[r#"
        quota,key,limit,used,held,room,utilization,a_day,full_on,not_by
        country-allocation,MY,1000000000,412000000,0,588000000,0.412,4000000,2026-10-26,
    "#]]
    .assert_eq(&said);
    // A figure that was taken over was not shipped.
    let pace = |desk: &Desk| {
        let said = desk.said(&[&balance[..], &["csv", "--forecast", "100"]].concat());
        said.lines().nth(1).unwrap_or_default().to_owned()
    };
    let row = "country-allocation,MY,1000000000,412000000,0,588000000,0.412,0,,2027-12-31";
    assert_eq!(pace(&desk), row);
    // What was committed counts on its day, and what is held on the day for which it is.
    let reserve = |day: &str, amount: &str| {
        let on = ["reserve", "country-allocation", "MY", "--expires", "2099-12-31", "--day", day];
        desk.moved(&[&on[..], &["--amount", amount]].concat())["n"].to_string()
    };
    let shipped = reserve("2026-03-01", "60000000");
    desk.moved(&["commit", &shipped, "--day", "2026-05-31", "--amount", "40000000"]);
    let before = reserve("2025-10-01", "7000000");
    desk.moved(&["commit", &before, "--day", "2025-10-01"]);
    reserve("2026-06-01", "60000000");
    reserve("2026-06-02", "1000000");
    desk.moved(&["release", &reserve("2026-06-01", "5000000")]);
    let row =
        "country-allocation,MY,1000000000,459000000,61000000,480000000,0.520,1000000,2027-09-24,";
    assert_eq!(pace(&desk), row);
    let said = desk.said(&[&balance[..], &["table", "--rate", "1"]].concat());
    assert!(said.contains("full on  not by") && said.contains("–        2027-12-31"), "{said}");
}

/// An installed base fills in a later quarter, where it does not in this one.
#[test]
fn a_forecast_goes_on_through_later_steps() {
    let desk = Desk::new();
    let adjust = ["adjust", "nveu-installed", "DC", "IN", "--source", "Inventory"];
    desk.moved(&[&adjust[..], &["--day", "2026-11-20", "--to", "4000000000"]].concat());
    let at = |rate: &str, day: &str| {
        let on = ["balance", "nveu-installed", "DC", "IN", "--format", "csv", "--day", day];
        let said = desk.said(&[&on[..], &["--rate", rate]].concat());
        let row = said.lines().nth(1).unwrap_or_default();
        row.split(',').skip(7).collect::<Vec<_>>().join(",")
    };
    // 272,750,000 to the ceiling of the quarter, 1,064,000,000 to that of 2027.
    assert_eq!(at("10000000", "2026-11-26"), "10000000,2026-12-23,");
    assert_eq!(at("5000000", "2026-11-26"), "5000000,2027-06-26,");
    assert_eq!(at("1", "2026-11-26"), "1,,2027-12-31");
    assert_eq!(at("0", "2026-11-26"), "0,,2027-12-31");
    assert_eq!(at("5000000", "2028-01-01"), "5000000,,");
}

/// After the last day that the text names, and before the first, there is no limit to show.
#[test]
fn a_day_without_a_limit_has_none() {
    let desk = busy();
    let adjust = ["adjust", "nveu-installed", "DC", "IN", "--source", "Inventory"];
    desk.moved(&[&adjust[..], &["--day", "2026-06-20", "--to", "1000"]].concat());
    let balance =
        |day: &str| desk.run(&["balance", "nveu-installed", "--format", "csv", "--day", day]);
    let none =
        "warning: the text states no limit for 2029-01-01 of 1 account: no room is shown there\n";
    let after = balance("2029-01-01");
    assert_eq!(errors(&after), none);
    assert!(crate::desk::text(&after).contains("DC / IN,,1000,0,,\n"));
    let before = balance("2020-01-01");
    assert!(errors(&before).contains("for 2020-01-01 of 1 account"), "{}", errors(&before));
    assert!(crate::desk::text(&before).contains("DC / IN,,0,0,,\n"));
    assert_eq!(errors(&balance("2027-12-31")), "");
    let all = ["balance", "--format", "table", "--as-of", "2020-01-01", "--lang", "zh"];
    let shown = desk.said(&all);
    assert!(shown.contains("条文未规定 2 个账户在 2020-01-01 的限额"), "{shown}");
    assert!(!shown.contains("790,000,000"), "{shown}");
    // An account of a year says which one it is.
    assert!(shown.contains("26,900,000"), "{shown}");
}

#[test]
fn the_days_of_the_report_of_data_centers() {
    let desk = Desk::new();
    let note = |arguments: &[&str]| {
        let report = ["report", "data-centers", "--format", "table"];
        let said = desk.said(&[&report[..], arguments].concat());
        said.lines().nth(2).unwrap_or_default().to_owned()
    };
    let days =
        |from: &str, through: &str| format!("From {from} through {through}; amounts in TPP.");
    assert_eq!(note(&["--from", "2030-02-01"]), days("2030-02-01", "2030-06-30"));
    assert_eq!(note(&["--from", "2030-07-01"]), days("2030-07-01", "2030-12-31"));
    assert_eq!(note(&["--through", "2025-08-01"]), days("2025-07-01", "2025-08-01"));
    let turned = ["report", "data-centers", "--from", "2026-02-01", "--through", "2026-01-31"];
    assert_eq!(
        desk.refused(&turned),
        "error: the report would begin on 2026-02-01, after its last day, 2026-01-31\n"
    );
    let chinese = desk.refused(&[&turned[..], &["--lang", "zh"]].concat());
    assert_eq!(chinese, "错误：报表的起始日 2026-02-01 晚于结束日 2026-01-31\n");
}

#[test]
fn the_journal() {
    let desk = busy();
    let log = |arguments: &[&str]| settled(&desk.said(&[&["log", "--format"], arguments].concat()));
    expect![[r#"
        Journal

        Times are UTC.

        entry  at                event    of  account                         amount  note
        ─────  ────────────────  ───────  ──  ───────────────────────  ─────────────  ──────────────────────
            1  ‹instant›  reserve   –  lpp-limit Acme Robotics     20,000,000  PO 17
                                              / 2025
            2  ‹instant›  reserve   –  lpp-limit Acme Robotics    5,000,000.5  PO 18
                                              / 2025
            3  ‹instant›  commit    1  lpp-limit Acme Robotics     20,000,000
                                              / 2025
            4  ‹instant›  raise     –  country-allocation MY    1,000,000,000  Assurances of 2 March
                                                                                      2026, as BIS published
                                                                                      them in the Federal
                                                                                      Register
            5  ‹instant›  adjust    –  country-allocation MY      412,000,000  BIS, 30 June 2026
            6  ‹instant›  own       –  –                                    –  Acme owns 0.6 of Acme
                                                                                      Robotics: Annual
                                                                                      report
    "#]].assert_eq(&log(&["table"]));
    expect![[r#"
        日记账

        时间为 UTC。

        分录  时间              事项  预留  账户                               数量  备注
        ────  ────────────────  ────  ────  ────────────────────────  ─────────────  ───────────────────────
           1  ‹instant›  预留     –  lpp-limit Acme Robotics      20,000,000  PO 17
                                            / 2025
           2  ‹instant›  预留     –  lpp-limit Acme Robotics     5,000,000.5  PO 18
                                            / 2025
           3  ‹instant›  确认     1  lpp-limit Acme Robotics      20,000,000
                                            / 2025
           4  ‹instant›  限额     –  country-allocation MY     1,000,000,000  Assurances of 2 March
                                                                                     2026, as BIS published
                                                                                     them in the Federal
                                                                                     Register
           5  ‹instant›  调整     –  country-allocation MY       412,000,000  BIS, 30 June 2026
           6  ‹instant›  控股     –  –                                     –  Acme 持有 Acme Robotics
                                                                                     的 0.6：Annual report
    "#]].assert_eq(&log(&["table", "--lang", "zh"]));
    expect![[r#"
        number,at,event,reservation,quota,key,day,amount,returned,expires,by,note,item,units
        2,‹instant›,reserve,,lpp-limit,Acme Robotics / 2025,2025-07-01,5000000.5,,‹instant›,alice,PO 18,,
        3,‹instant›,commit,1,lpp-limit,Acme Robotics / 2025,2025-06-01,20000000,0,,alice,,,
    "#]].assert_eq(&log(&["csv", "--from", "2", "--most", "2"]));
    assert_eq!(
        log(&["csv", "--from", "2", "--most", "2", "--lang", "zh"]),
        log(&["csv", "--from", "2", "--most", "2"])
    );
    assert!(log(&["html", "--lang", "zh"]).contains("<td>确认</td>"));
    assert_eq!(log(&["jsonl", "--from", "99"]), "");
    let empty = Desk::new();
    let said = empty.said(&["log", "--format", "table"]);
    assert_eq!(said, "Journal\n\nTimes are UTC.\n\nThe journal is empty.\n");
}

#[test]
fn the_journal_of_some_accounts_or_movements() {
    let desk = busy();
    let log = |arguments: &[&str]| settled(&desk.said(&[&["log", "--format"], arguments].concat()));
    let of_country = log(&["csv", "country-allocation", "MY"]);
    let entries: Vec<&str> = of_country.lines().skip(1).map(|line| &line[..1]).collect();
    assert_eq!(entries, ["4", "5"], "{of_country}");
    // What ends a reservation is found by its account.
    let of_company = log(&["csv", "lpp-limit", "--event", "commit,release"]);
    assert!(of_company.lines().count() == 2 && of_company.contains("\n3,"), "{of_company}");
    assert_eq!(log(&["csv", "--event", "reserve", "--most", "1"]).lines().count(), 2);
    assert!(log(&["csv", "--event", "reserve", "--most", "1"]).contains("\n2,"));
    assert!(desk.refused(&["log", "--event", "commits"]).contains("`commits` is no movement"));
    assert!(desk.refused(&["log", "lpp-limits"]).contains("did you mean \"lpp-limit\""));
}

#[test]
fn one_entry() {
    let desk = busy();
    let shown = desk.run(&["show", "--request", "17"]);
    assert_eq!(desk.said(&["show", "1"]), String::from_utf8(shown.stdout.clone()).unwrap());
    assert_eq!(settled(&errors(&shown)), "hash ‹hash›\nended by entry 3\n");
    assert_eq!(
        desk.refused(&["show", "--request", "19"]),
        "error: no entry has the request key \"19\": what was asked under it is not done\n"
    );
    assert_eq!(desk.refused(&["show", "0"]), "error: there is no entry 0\n");
    assert_eq!(desk.refused(&["show", "7"]), "error: there is no entry 7\n");
    assert!(desk.refused(&["show"]).contains("<NUMBER|--request <KEY>>"));
}

#[test]
fn reports() {
    let desk = busy();
    let installed = ["nveu-installed", "Acme", "IN", "--day"];
    for (day, amount) in [("2025-06-20", "100000000"), ("2025-08-01", "200000000.25")] {
        let entry =
            desk.moved(&[&["reserve"], &installed[..], &[day, "--amount", amount]].concat());
        desk.moved(&["commit", &entry["n"].to_string(), "--day", day]);
    }
    let retire = ["2025-09-01", "--amount", "5000000", "--reason", "failed"];
    desk.moved(&[&["retire"], &installed[..], &retire].concat());
    let report = |arguments: &[&str]| settled(&desk.said(&[&["report"], arguments].concat()));
    expect![[r#"
        Shipments under yearly limits, 2025

        Amounts in TPP.
        What Acme Robotics drew counts for Acme.
        15 CFR 740.29(d): 26,900,000 TPP a calendar year for one ultimate consignee, from all exporters and
        reexporters.

        consignee      day         entry      amount  total so far       left  by     note
        ─────────────  ──────────  ─────  ──────────  ────────────  ─────────  ─────  ─────
        Acme Robotics  2025-06-01      3  20,000,000    20,000,000  6,900,000  alice  PO 17
    "#]].assert_eq(&report(&["lpp", "--year", "2025", "--format", "table"]));
    assert!(report(&["lpp", "--year", "2024", "--format", "table"]).contains("No shipment was"));
    let half = ["data-centers", "--from", "2025-07-01", "--through", "2025-12-31", "--format"];
    expect![[r#"
        key,day,event,item,chips,amount,inventory_chips,inventory,quota
        Acme / IN,2025-07-01,opening,,,,,100000000,nveu-installed
        Acme / IN,2025-08-01,received,,,200000000.25,,300000000.25,nveu-installed
        Acme / IN,2025-09-01,failed,,,-5000000,,295000000.25,nveu-installed
        Acme / IN,2025-12-31,closing,,,,,295000000.25,nveu-installed
    "#]]
    .assert_eq(&report(&[&half[..], &["csv"]].concat()));
    expect![[r#"
        Installed base

        From 2025-07-01 through 2025-12-31; amounts in TPP.
        Supplement No. 10 to 15 CFR part 748, para. 6: At most 25 percent of a UVEU's total AI computing
        power outside Supplement No. 5(a).
        Supplement No. 10 to 15 CFR part 748, para. 6: At most 7 percent of a UVEU's total AI computing
        power in any single country outside Supplement No. 5(a).
        Supplement No. 10 to 15 CFR part 748, para. 6: At most 50 percent of a U.S.-headquartered UVEU's
        total AI computing power outside the United States.
        15 CFR 748.15(a)(2)(iii)(B): Installed base of one company in one country during a quarter.

          day         event     item  chips          amount  chips then       inventory  quota
          ──────────  ────────  ────  ─────  ──────────────  ──────────  ──────────────  ──────────────
        Acme / IN
          2025-07-01  opening   –         –               –           –     100,000,000  nveu-installed
          2025-08-01  received  –         –  200,000,000.25           –  300,000,000.25  nveu-installed
          2025-09-01  failed    –         –      -5,000,000           –  295,000,000.25  nveu-installed
          2025-12-31  closing   –         –               –           –  295,000,000.25  nveu-installed
    "#]].assert_eq(&report(&[&half[..], &["table"]].concat()));
    assert!(!report(&[&half[..], &["csv", "--company", "Other"]].concat()).contains("Acme"));
    let countries = report(&["countries", "--format", "csv"]);
    let start = "country,limit,used,held,room,utilization,a_day,full_on,not_by\n\
                 MY,1000000000,412000000,0,588000000,0.412,0,,2027-12-31\n";
    assert_eq!(countries, start);
    for which in ["lpp", "data-centers", "countries"] {
        let page = report(&[which, "--format", "html", "--lang", "zh"]);
        assert!(page.contains("<html lang=\"zh-Hans\">") && page.contains("<h1>"), "{page}");
    }
}

/// What companies of one owner received comes to one total, whose names the movements keep.
#[test]
fn the_report_of_yearly_limits_counts_for_the_owner() {
    let desk = Desk::new();
    let shipped = |entry: &str, company: &str, day: &str, amount: &str| {
        let what = ["reserve", "lpp-limit", company, "2025", "--day", day, "--amount", amount];
        desk.moved(&what);
        desk.moved(&["commit", entry, "--day", day]);
    };
    shipped("1", "Sub", "2025-06-01", "6000000");
    shipped("3", "Acme", "2025-06-02", "10000000");
    shipped("5", "Other", "2025-06-02", "1");
    desk.moved(&["own", "Sub", "Acme", "--source", "Annual report"]);
    desk.moved(&["own", "Sister", "Acme", "--source", "Annual report"]);
    shipped("9", "Sister", "2025-06-03", "10900000");
    let report = |more: &[&str]| {
        let what = ["report", "lpp", "--year", "2025", "--format", "csv"];
        desk.said(&[&what, more].concat()).replace(",alice,", ",")
    };
    expect![[r#"
        consignee,day,entry,amount,total,left,by,note
        Sub,2025-06-01,2,6000000,6000000,20900000,
        Acme,2025-06-02,4,10000000,16000000,10900000,
        Acme,2025-06-03,10,10900000,26900000,0,
        Other,2025-06-02,6,1,1,26899999,
    "#]]
    .assert_eq(&report(&[]));
    // Whoever of them is asked about, their shipments count together.
    let of_acme = report(&["--consignee", "Acme"]);
    expect![[r#"
        consignee,day,entry,amount,total,left,by,note
        Sub,2025-06-01,2,6000000,6000000,20900000,
        Acme,2025-06-02,4,10000000,16000000,10900000,
        Acme,2025-06-03,10,10900000,26900000,0,
    "#]]
    .assert_eq(&of_acme);
    for company in ["Sub", "Sister"] {
        assert_eq!(report(&["--consignee", company]), of_acme, "{company}");
    }
    let shown = desk.said(&["report", "lpp", "--year", "2025", "--format", "table"]);
    assert!(shown.contains("What Sub drew counts for Acme."), "{shown}");
    let chinese = ["report", "lpp", "--year", "2025", "--format", "table", "--lang", "zh"];
    let shown = desk.said(&chinese);
    assert!(shown.contains("Sub 的用量计入 Acme。"), "{shown}");
}

/// Chips are counted, and a receipt has the day on which it came.
#[test]
fn the_report_of_data_centers_shows_what_was_committed_and_when() {
    let desk = Desk::new();
    let installed = ["reserve", "nveu-installed", "Acme", "IN", "--day"];
    let goods = ["--amount", "126656", "--item", "nvidia-h100-sxm", "--units", "8"];
    for day in ["2025-07-01", "2025-07-02", "2025-07-03", "2026-01-01"] {
        desk.moved(&[&installed[..], &[day], &goods].concat());
    }
    let received = ["--day", "2025-07-03"];
    let all = desk.moved(&[&["commit", "1"], &received[..]].concat());
    assert_eq!((&all["day"], &all["units"]), (&"2025-07-03".into(), &8.into()));
    let three = desk.moved(&[&["commit", "2", "--amount", "47496"], &received[..]].concat());
    assert_eq!(three["units"], 3);
    let five = desk.moved(&[&["commit", "3", "--units", "5"], &received[..]].concat());
    assert_eq!((&five["amount"], &five["returned"]), (&"79160".into(), &"47496".into()));
    assert_eq!(
        desk.refused(&["commit", "4", "--amount", "20000", "--day", "2026-01-02"]),
        "error: refused: 20,000 of the 126,656 that reservation 4 holds is no whole number of its 8 \
         nvidia-h100-sxm; say how many items they are\n"
    );
    let day = ["--day", "2026-01-02"];
    let part = ["commit", "4", "--amount", "20000", "--lang", "zh"];
    let chinese = desk.refused(&[&part[..], &day].concat());
    assert!(chinese.contains("第 4 号预留的 126,656 中的 20,000 不是其 8 个"), "{chinese}");
    let said = desk.refused(&[&["commit", "4", "--units", "9"], &day[..]].concat());
    assert_eq!(said, "error: refused: 9 items are more than reservation 4 is for: 8\n");
    desk.moved(&["commit", "4", "--amount", "20000", "--units", "2", "--day", "2026-01-02"]);
    let half = ["report", "data-centers", "--from", "2025-07-01", "--through", "2025-12-31"];
    expect![[r#"
        key,day,event,item,chips,amount,inventory_chips,inventory,quota
        Acme / IN,2025-07-01,opening,,,,,0,nveu-installed
        Acme / IN,2025-07-03,received,nvidia-h100-sxm,8,126656,8,126656,nveu-installed
        Acme / IN,2025-07-03,received,nvidia-h100-sxm,3,47496,11,174152,nveu-installed
        Acme / IN,2025-07-03,received,nvidia-h100-sxm,5,79160,16,253312,nveu-installed
        Acme / IN,2025-12-31,closing,nvidia-h100-sxm,,,16,253312,nveu-installed
    "#]]
    .assert_eq(&desk.said(&[&half[..], &["--format", "csv"]].concat()));
}

/// An account of a quota that the packs no longer have keeps nobody from seeing the others.
#[test]
fn an_account_that_the_packs_do_not_know_is_shown() {
    let desk = busy();
    desk.tamper(&["UPDATE account SET quota = 'lpp-old' WHERE quota = 'lpp-limit'"]);
    let shown = desk.run(&["balance", "--day", "2026-06-01", "--format", "csv"]);
    assert_eq!(shown.status.code(), Some(0), "{}", errors(&shown));
    expect![[r#"
        quota,key,limit,used,held,room,utilization
        country-allocation,MY,1000000000,412000000,0,588000000,0.412
        lpp-old,Acme Robotics / 2025,,20000000,5000000.5,,
    "#]]
    .assert_eq(&crate::desk::text(&shown));
    expect![[r#"
        warning: lpp-old [Acme Robotics, 2025] is shown without its limit: there is no quota "lpp-old" in the law packs
    "#]].assert_eq(&errors(&shown));
    let forecast = ["balance", "--day", "2026-06-01", "--forecast", "--lang", "zh"];
    let shown = desk.said(&[&forecast[..], &["--format", "table"]].concat());
    assert!(shown.contains("lpp-old [Acme Robotics, 2025] 未列出限额"), "{shown}");
    // An account of nobody is refused.
    let said = desk.refused(&["balance", "lpp-limit", "Acme", "IN", "X"]);
    assert!(said.contains("does not fit its quota"), "{said}");
}

/// Who holds a quota may not be readable: then that is said, and not that nobody does.
#[test]
fn holders_that_cannot_be_read_are_told() {
    let desk = busy();
    desk.tamper(&["UPDATE entry SET body = '{}' WHERE number = 2"]);
    let more = ["reserve", "lpp-limit", "Acme Robotics", "2025", "--day", "2025-06-01"];
    let said = desk.refused(&[&more[..], &["--amount", "20000000"]].concat());
    assert!(said.contains("has no room for"), "{said}");
    assert!(
        said.contains("\n  who holds it cannot be read: the ledger is damaged at entry 2"),
        "{said}"
    );
    let said = desk.refused(&[&more[..], &["--amount", "20000000", "--lang", "zh"]].concat());
    assert!(said.contains("无法读取占用者"), "{said}");
}

#[test]
fn what_ends_a_reservation_has_its_day_goods_and_accounts() {
    let desk = Desk::new();
    let on = ["reserve", "lpp-limit", "Acme", "2025", "--also", "country-allocation / MY"];
    let goods = ["--item", "nvidia-h100-sxm", "--units", "4", "--note", "PO 9"];
    for _ in 0..2 {
        let more = ["--amount", "400", "--day", "2025-06-01"];
        desk.moved(&[&on[..], &more, &goods].concat());
    }
    desk.moved(&["commit", "1", "--units", "3", "--day", "2025-06-20"]);
    desk.moved(&["release", "2"]);
    let log = settled(&desk.said(&["log", "--from", "3", "--format", "csv"]));
    expect![[r#"
        number,at,event,reservation,quota,key,day,amount,returned,expires,by,note,item,units
        3,‹instant›,commit,1,lpp-limit,Acme / 2025,2025-06-20,300,100,,alice,,nvidia-h100-sxm,3
        3,‹instant›,commit,1,country-allocation,MY,2025-06-20,300,100,,alice,,nvidia-h100-sxm,3
        4,‹instant›,release,2,lpp-limit,Acme / 2025,2025-06-01,,400,,alice,,nvidia-h100-sxm,4
        4,‹instant›,release,2,country-allocation,MY,2025-06-01,,400,,alice,,nvidia-h100-sxm,4
    "#]]
    .assert_eq(&log);
}

#[test]
fn what_is_open_is_listed_with_what_lapses_first() {
    let desk = Desk::new();
    let none = desk.said(&["open", "--format", "table"]);
    assert!(none.contains("No reservation is open."), "{none}");
    let reserve = |name: &str, expires: &str, more: &[&str]| {
        let on = ["reserve", "lpp-limit", name, "2025", "--day", "2025-06-01"];
        let what = ["--amount", "100", "--expires", expires];
        desk.moved(&[&on[..], &what, more].concat());
    };
    reserve("Acme", "2099-12-31", &["--note", "PO 1", "--request", "late"]);
    reserve("Bolt", "2099-06-30", &["--item", "nvidia-h100-sxm", "--units", "2"]);
    reserve("Crow", "2099-01-31", &["--also", "country-allocation / MY"]);
    reserve("Dust", "2099-01-31", &[]);
    reserve("Gone", "1s", &[]);
    desk.moved(&["release", "4"]);
    std::thread::sleep(std::time::Duration::from_millis(1200));
    let open = |more: &[&str]| desk.said(&[&["open", "--format", "csv"], more].concat());
    expect![[r#"
        reservation,quota,key,amount,day,expires,by,note,item,units,request
        3,lpp-limit,Crow / 2025,100,2025-06-01,2099-02-01T00:00:00Z,alice,,,,‹key›
        3,country-allocation,MY,100,2025-06-01,2099-02-01T00:00:00Z,alice,,,,‹key›
        2,lpp-limit,Bolt / 2025,100,2025-06-01,2099-07-01T00:00:00Z,alice,,nvidia-h100-sxm,2,‹key›
        1,lpp-limit,Acme / 2025,100,2025-06-01,2100-01-01T00:00:00Z,alice,PO 1,,,late
    "#]]
    .assert_eq(&keyless(&open(&[])));
    let numbers = |more: &[&str]| -> Vec<String> {
        open(more).lines().skip(1).map(|line| line[..1].to_owned()).collect()
    };
    assert_eq!(numbers(&["country-allocation"]), ["3"]);
    assert_eq!(numbers(&["lpp-limit", "Bolt"]), ["2"]);
    // What is said to lapse on a day lapses at its end, and so before the next one.
    assert_eq!(numbers(&["lpp-limit", "--expires-before", "2099-02-01"]), ["3"]);
    assert_eq!(numbers(&["lpp-limit", "--expires-before", "2099-01-31"]), [""; 0]);
    assert!(desk.refused(&["open", "lpp"]).contains("there is no quota \"lpp\""));
    assert!(desk.refused(&["open", "--expires-before", "soon"]).contains("`soon` is no day"));
    let shown = desk.said(&["open", "--format", "table", "--lang", "zh"]);
    assert!(shown.contains("未了结的预留") && shown.contains("2 × nvidia-h100-sxm"), "{shown}");
    let line = desk.said(&["open", "lpp-limit", "Acme", "--format", "jsonl"]);
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["reservation"], &line["note"]), (&1.into(), &"PO 1".into()));
}

/// A text with other request keys than those of the moment.
fn keyless(text: &str) -> String {
    let key = |cell: &str| cell.len() == 33 && cell.as_bytes()[16] == b'-';
    let line = |line: &str| {
        let cells = line.split(',').map(|cell| if key(cell) { "‹key›" } else { cell });
        cells.collect::<Vec<_>>().join(",")
    };
    text.lines().map(|one| line(one) + "\n").collect()
}

/// Of which items an installed base is, a correction of one among them.
#[test]
fn the_report_of_data_centers_counts_by_item() {
    let desk = Desk::new();
    let on = ["nveu-installed", "Acme", "IN", "--day"];
    let adjust = |day: &str, by: &str, goods: &[&str]| {
        let what = [day, "--by", by, "--source", "its count"];
        desk.moved(&[&["adjust"], &on[..], &what, goods].concat())
    };
    let entry = adjust("2025-06-01", "1000", &["--item", "nvidia-h100-sxm", "--units", "100"]);
    assert_eq!((&entry["item"], &entry["units"]), (&"nvidia-h100-sxm".into(), &100.into()));
    adjust("2025-06-02", "50", &["--item", "nvidia-h200-sxm", "--units", "4"]);
    adjust("2025-07-03", "-20", &["--item", "nvidia-h100-sxm", "--units", "2"]);
    adjust("2025-07-04", "7", &[]);
    let report = ["report", "data-centers", "--from", "2025-07-01", "--through", "2025-12-31"];
    expect![[r#"
        key,day,event,item,chips,amount,inventory_chips,inventory,quota
        Acme / IN,2025-07-01,opening,nvidia-h100-sxm,,,100,1050,nveu-installed
        Acme / IN,2025-07-01,opening,nvidia-h200-sxm,,,4,1050,nveu-installed
        Acme / IN,2025-07-03,corrected,nvidia-h100-sxm,-2,-20,98,1030,nveu-installed
        Acme / IN,2025-07-04,corrected,,,7,,1037,nveu-installed
        Acme / IN,2025-12-31,closing,nvidia-h100-sxm,,,98,1037,nveu-installed
        Acme / IN,2025-12-31,closing,nvidia-h200-sxm,,,4,1037,nveu-installed
    "#]]
    .assert_eq(&desk.said(&[&report[..], &["--format", "csv"]].concat()));
    // A total is of no items.
    let total = ["--to", "9", "--source", "x", "--item", "a", "--units", "1"];
    let said = desk.refused(&[&["adjust"], &on[..], &["2025-07-05"], &total].concat());
    assert!(said.contains("--by"), "{said}");
    desk.write(
        "rows.csv",
        "event,quota,key,day,to,by,item,units,source\n\
         adjust,nveu-installed,Acme / IN,2025-07-05,9,,a,1,x\n\
         adjust,nveu-installed,Acme / IN,2025-07-05,,9,a,1,x\n",
    );
    let said = desk.refused(&["import", "rows.csv"]);
    assert!(said.contains("row 2, column `item`: `item` and `units` say what changes"), "{said}");
    // A ledger that imports the journal has the same report.
    desk.said(&["export", "--output", "journal.csv"]);
    let other = Desk::new();
    other.write("journal.csv", &desk.read("journal.csv"));
    other.said(&["import", "journal.csv"]);
    assert_eq!(other.said(&report), desk.said(&report));
}

/// A report that is opened in a spreadsheet has no formulas of others; an export is as it was.
#[test]
fn reports_hand_no_formulas_to_spreadsheets() {
    let desk = Desk::new();
    let note = "=HYPERLINK(\"http://example.com\")";
    let on = ["reserve", "lpp-limit", "@Acme", "2025", "--day", "2025-06-01", "--amount", "10"];
    desk.moved(&[&on[..], &["--note", note]].concat());
    desk.moved(&["commit", "1", "--day", "2025-06-01"]);
    let installed = ["reserve", "nveu-installed", "+Acme", "IN", "--day", "2025-06-20"];
    let goods = ["--amount", "10", "--item=-item", "--units", "5"];
    let entry = desk.moved(&[&installed[..], &goods].concat());
    desk.moved(&["commit", &entry["n"].to_string(), "--day", "2025-06-20"]);
    let retire = ["retire", "nveu-installed", "+Acme", "IN", "--day", "2025-07-20"];
    desk.moved(&[&retire[..], &["--amount", "3", "--reason", "lost"]].concat());
    let cells = |text: &str| -> Vec<String> {
        let mut csv = csv::Reader::from_reader(text.as_bytes());
        let cells = csv
            .records()
            .flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<String>>());
        cells.collect()
    };
    let report = desk.said(&["report", "lpp", "--year", "2025", "--format", "csv"]);
    let found = cells(&report);
    assert!(
        found.contains(&"'@Acme".to_owned()) && found.contains(&format!("'{note}")),
        "{report}"
    );
    let days = ["--from", "2025-06-01", "--through", "2025-12-31", "--format", "csv"];
    let report = desk.said(&[&["report", "data-centers"], &days[..]].concat());
    let found = cells(&report);
    assert!(found.contains(&"'+Acme / IN".to_owned()), "{report}");
    assert!(found.contains(&"'-item".to_owned()), "{report}");
    // A number below zero is one.
    assert!(found.contains(&"-3".to_owned()), "{report}");
    let json = desk.said(&["report", "lpp", "--year", "2025", "--format", "jsonl"]);
    assert!(json.contains("\"@Acme\""), "{json}");
    let export = desk.said(&["export", "--format", "csv"]);
    assert!(cells(&export).contains(&note.to_owned()), "{export}");
}
