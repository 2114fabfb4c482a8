//! What people read: the table, CSV and the page, as the real program writes them.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use expect_test::{ExpectFile, expect, expect_file};
use support::{stderr, weir};
use unicode_width::UnicodeWidthStr;

/// Six lines: an exception that is not enforced, a bad country, a policy, a missing fact, a
/// warning, and a value that would break a page or a terminal.
const ORDERS: &str = "\
line_id,po,date,destination,quantity,item.sku,item.tpp,end_user.name,end_user.location,end_user.hq,\
end_user.parent_hq,end_user.sector,end_user.listed,end_user.listed_share,exporter.informed,end_use,\
authorization,certifications,lpp_used_tpp
1,\"PO, 7\",2025-06-02,MY,1699,nvidia-h100-sxm,,Johor,MY,MY,MY,private,none,0,none,civil,none,none,0
2,=1+1,2025-06-02,UK,8,nvidia-h100-sxm,,Leeds,GB,GB,GB,private,none,0,none,civil,none,none,0
3,,2023-11-17,CN,200,nvidia-a800-sxm,,Lu,CN,CN,CN,private,none,0,none,civil,none,none,0
4,,2024-06-01,DE,16,nvidia-h100-sxm,,Ulm,DE,DE,,private,none,0,none,civil,none,none,0
5,,2024-06-02,VN,8,nvidia-h100-sxm,15000,Hue,VN,VN,VN,private,none,0,none,civil,none,none,0
\"<b>6\u{1b}[31m\",,2022-09-30,CN,1,nvidia-a100-sxm,,Lu,CN,CN,CN,private,none,0,\
none,civil,none,none,0
";

#[expect(clippy::expect_used, reason = "a test fails by panicking")]
fn written(arguments: &[&str]) -> String {
    let output = weir(&[&["check", "-"], arguments].concat(), ORDERS.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[track_caller]
fn check(arguments: &[&str], expected: ExpectFile) {
    expected.assert_eq(&written(arguments));
}

#[test]
fn table() {
    check(&["--format", "table"], expect_file!["output/table.txt"]);
}

#[test]
fn table_in_chinese_with_details() {
    check(
        &["--format", "table", "--details", "--lang", "zh"],
        expect_file!["output/table_zh_details.txt"],
    );
}

#[test]
fn csv() {
    check(&["--format", "csv"], expect_file!["output/answers.csv"]);
}

#[test]
fn summary() {
    let output = weir(&["check", "-", "--format", "csv"], ORDERS.as_bytes());
    expect![[r#"
        warning: columns that are no facts are kept and echoed: `po`
        6 lines of standard input, 1 could not be decided, 1 with warnings
                               as written  as enforced
          license required              2            2
          unresolved                    1            1
          license exception             1            0
          no license required           1            2
        missing most often: end_user.parent_hq (1)
        warning: 1 line is dated before 2022-10-07, the first day that the packs cover
    "#]]
    .assert_eq(&stderr(&output));
}

#[test]
fn csv_of_json_lines_keeps_every_fact_given() {
    let late = r#"{"date":"2024-06-01","destination":"CN","item.sku":"nvidia-h20","memo":"x"}"#;
    let mut orders = String::new();
    for _ in 0..5000 {
        orders.push_str("{\"line_id\":\"a\",\"date\":\"2024-06-01\",\"destination\":\"CN\"}\n");
    }
    orders.push_str(late);
    let output = weir(&["check", "-", "--format", "csv"], orders.as_bytes());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let mut lines = text.lines();
    let header = lines.next().expect("a header");
    assert!(header.starts_with("line_id,date,destination,weir_other_facts,weir_class"), "{header}");
    assert_eq!(text.lines().count(), 5002);
    let last = lines.next_back().expect("a last line");
    assert!(last.starts_with("5001,2024-06-01,CN,item.sku=nvidia-h20; memo=x,"), "{last}");
}

#[test]
fn csv_of_csv_replaces_earlier_answers() {
    let once = written(&["--format", "csv"]);
    let output = weir(&["check", "-", "--format", "csv"], once.as_bytes());
    assert_eq!(String::from_utf8_lossy(&output.stdout), once);
}

#[test]
fn no_line_of_a_table_is_too_wide() {
    let orders = std::fs::read(root().join("examples/orders.csv")).expect("the example");
    for arguments in [&["--lang", "en"][..], &["--lang", "zh"], &["--details"]] {
        let arguments = [&["check", "-", "--format", "table"], arguments].concat();
        let output = weir(&arguments, &orders);
        for line in String::from_utf8(output.stdout).expect("UTF-8").lines() {
            assert!(line.width() <= 100, "{line}");
            assert_eq!(line, line.trim_end());
        }
    }
}

#[test]
fn colors_only_where_asked() {
    assert!(!written(&["--format", "table"]).contains('\u{1b}'));
    assert!(written(&["--format", "table", "--color", "always"]).contains("\u{1b}[1;31mlicense"));
}

#[test]
fn pages_are_well_formed_and_load_nothing() {
    for language in ["en", "zh"] {
        let page = written(&["--format", "html", "--lang", language]);
        well_formed(&page);
        assert!(page.contains("Content-Security-Policy"));
        for forbidden in ["http:", "https:", "src=", " style=", "onclick", "@import", "url("] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert!(!page.contains("<b>6"), "an order's text is not markup");
        assert!(page.contains("&#60;b&#62;6") || page.contains("&lt;b&gt;6"));
        assert_eq!(page.matches("<tbody id=\"line-").count(), 6);
    }
}

#[test]
fn pages_group_by_outcome_and_list_duties_by_date() {
    let page = written(&["--format", "html"]);
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
    let headings = ["license_required", "unresolved", "license_exception", "no_license_required"];
    let places = headings.map(|word| at(&format!("<h2 id=\"{word}\"")));
    assert!(places.is_sorted(), "{places:?}");
    assert!(at("id=\"line-2\"") > places[2] && at("id=\"line-2\"") < places[3]);
    let duties = at("<h2 id=\"duties\"");
    assert!(page[duties..].contains("<time>2025-07-02</time>"), "LPP is reported within 30 days");
    assert!(page[duties..].contains("<a href=\"#line-2\">1</a>"));
    assert!(page.contains("Not legal advice"));
}

/// Draws the page where a browser is installed; `CI` says that one must be.
#[test]
fn a_browser_draws_the_page() {
    let Some(browser) = browser() else {
        assert!(std::env::var_os("CI").is_none(), "no chromium in CI");
        return;
    };
    let folder = std::env::temp_dir().join(format!("weir-page-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (page, picture) = (folder.join("page.html"), folder.join("page.png"));
    std::fs::write(&page, written(&["--format", "html"])).expect("a page");
    let status = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"])
        .args(["--disable-background-networking", "--disable-component-update"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("--screenshot={}", picture.display()))
        .args(["--window-size=1200,1600", &format!("file://{}", page.display())])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("the browser starts");
    assert!(status.success());
    let bytes = std::fs::metadata(&picture).expect("a picture").len();
    std::fs::remove_dir_all(&folder).expect("the folder goes");
    // A blank page of this size compresses to about ten kilobytes.
    assert!(bytes > 60_000, "the picture is nearly blank: {bytes} bytes");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|file| file.is_file())
}

/// Checks that every element that is opened is closed, in order.
#[track_caller]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
fn well_formed(page: &str) {
    const VOID: [&str; 5] = ["meta", "col", "input", "br", "!doctype"];
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, after) = after.split_once('>').expect("a tag ends");
        rest = after;
        let name =
            tag.split([' ', '\n', '/']).find(|part| !part.is_empty()).expect("a tag has a name");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "near {}", &after[..after.len().min(80)]);
        } else if !VOID.contains(&name) && !tag.ends_with('/') {
            open.push(name);
            if matches!(name, "style" | "script") {
                let end = rest.find("</").expect("it ends");
                rest = &rest[end..];
            }
        }
    }
    assert!(open.is_empty(), "not closed: {open:?}");
}

#[test]
fn a_page_names_the_file_and_not_its_folders() {
    let orders = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/orders.csv");
    let page = weir(&["check", orders, "--format", "html"], b"");
    let page = String::from_utf8(page.stdout).expect("UTF-8");
    assert!(page.contains("orders.csv") && !page.contains("examples/"), "the file's own name");
}
