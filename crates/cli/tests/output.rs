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

use expect_test::{Expect, expect};
use support::{stderr, weir};
use unicode_width::UnicodeWidthStr;

/// Six lines: an exception that is not enforced, a bad country, a policy, a missing fact, a warning,
/// and a value that would break a page or a terminal.
const ORDERS: &str = "\
line_id,po,date,destination,quantity,item.sku,item.tpp,end_user.name,end_user.location,end_user.hq,\
end_user.parent_hq,end_user.sector,end_user.listed,end_user.listed_share,exporter.informed,end_use,\
authorization,certifications,lpp_used_tpp
1,\"PO, 7\",2025-06-02,MY,1699,nvidia-h100-sxm,,Johor,MY,MY,MY,private,none,0,none,civil,none,none,0
2,=1+1,2025-06-02,UK,8,nvidia-h100-sxm,,Leeds,GB,GB,GB,private,none,0,none,civil,none,none,0
3,,2023-11-17,CN,200,nvidia-a800-sxm,,Lu,CN,CN,CN,private,none,0,none,civil,none,none,0
4,,2024-06-01,DE,16,nvidia-h100-sxm,,Ulm,DE,DE,,private,none,0,none,civil,none,none,0
5,,2024-06-02,VN,8,nvidia-h100-sxm,400,Hue,VN,VN,VN,private,none,0,none,civil,none,none,0
\"<b>6\u{1b}[31m\",,2022-09-30,CN,1,nvidia-a100-sxm,,Lu,CN,CN,CN,private,none,0,none,civil,none,none,0
";

#[expect(clippy::expect_used, reason = "a test fails by panicking")]
fn written(arguments: &[&str]) -> String {
    let output = weir(&[&["check", "-"], arguments].concat(), ORDERS.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[track_caller]
fn check(arguments: &[&str], expected: Expect) {
    expected.assert_eq(&written(arguments));
}

#[test]
fn table() {
    check(
        &["--format", "table"],
        expect![[r#"
            Line       Date        Item                  To                  Qty  Outcome
            ────────────────────────────────────────────────────────────────────────────────────────────────────
            1          2025-06-02  nvidia-h100-sxm       MY Malaysia       1,699  written  license exception LPP
                                   3A090.a, 15,832 TPP                            enforced no license required
                  because   15 CFR 742.6(a)(6)(iii)(A): A license is required to export, reexport or transfer an
                            item that meets 3A090.a or 4A090.a to or within any destination worldwide.
                            15 CFR 740.29: License Exception LPP covers up to 26,900,000 TPP of .a-level items a
                            calendar year to one ultimate consignee, from all exporters together. …
                  enforced  BIS announcement of 2025-05-13; GAO B-337935 [secondary]: BIS announced on May 13,
                            2025 that it does not enforce the AI Diffusion rule. …
                  due       certify: before use of the exception, 15 CFR 740.29(f) (as written)
                            2025-07-02 report: within 30 days of the export or reexport, 15 CFR 740.29(g)(1) (as
                            written)
                            notify: before the export or reexport, 15 CFR 740.29(g)(3) (as written)
                  quota     lpp-limit Johor / 2025: 26,898,568 TPP drawn, 1,432 left of 26,900,000 (as written)
                  2 flags   Advanced items leave for a destination outside Country Group A:5. …

            2          2025-06-02  nvidia-h100-sxm                             8  not decided
                  error     `UK` is not a country code (row 3, column destination)
                  hint      did you mean GB (United Kingdom)?

            3          2023-11-17  nvidia-a800-sxm       CN China            200  license required
                                   3A090.a, 4,992 TPP                             presumption of denial
                  because   15 CFR 742.6(a)(6)(iii) (88 FR 73458) [quoted]: A license is required to send an
                            item that meets 3A090.a or 4A090.a to or within Macau or a destination in Country…
                            15 CFR 742.6(b)(10) (88 FR 73458) [secondary]: Applications for Macau or a D:5
                            destination, or for an entity headquartered or with an ultimate parent there, are…
                  flag      License Exceptions TMP (740.9(a)(6)), RPL, GOV (740.11(b)) and TSU (740.13(a), (c))…

            4          2024-06-01  nvidia-h100-sxm       DE Germany           16  unresolved
                                   3A090.a, 15,832 TPP
                  because   ECCN 3A090.a.1 (Supplement No. 1 to 15 CFR part 774): The integrated circuit has a
                            total processing performance of 15,832, which is 4,800 or more.
                  missing   end_user.parent_hq: Where is the ultimate parent of the end user headquartered (the
                            end user itself, if it has no parent)?

            5          2024-06-02  nvidia-h100-sxm       VN Vietnam            8  no license required
                                   400 TPP
                  because   No requirement in these packs applies to this item, destination, parties and use on
                            that day.
                  warning   item.tpp is 400, the catalogue's figures for nvidia-h100-sxm give 15832; the given
                            one was used

            <b>6 [31m  2022-09-30  nvidia-a100-sxm       CN China              1  no license required
                                   4,992 TPP
                  because   No requirement in these packs applies to this item, destination, parties and use on
                            that day.
                  flag      The first rule of these packs takes effect on 2022-10-07; earlier law is not…

        "#]],
    );
}

#[test]
fn table_in_chinese_with_details() {
    check(
        &["--format", "table", "--details", "--lang", "zh"],
        expect![[r#"
            行         日期        物项                  目的地             数量  结论
            ────────────────────────────────────────────────────────────────────────────────────────────────────
            1          2025-06-02  nvidia-h100-sxm       MY 马来西亚       1,699  条文 适用许可例外 LPP
                                   3A090.a, 15,832 TPP                            执行 无需许可证
                  依据      ECCN 3A090.a.1 (Supplement No. 1 to 15 CFR part 774)：该集成电路的总处理性能为
                            15,832，达到或超过 4,800。
                            15 CFR 742.6(a)(6)(iii)(A)：符合 3A090.a 或 4A090.a 的物项出口、再出口至全球任何目的
                            地或在其境内转让，均须取得许可证。
                            15 CFR 740.29：许可例外 LPP 允许每一日历年向同一最终收货人出口或再出口合计不超过
                            26,900,000 TPP 的 .a 级物项（所有出口商合并计算）。本行为 26,898,568。
                  执行依据  BIS announcement of 2025-05-13; GAO B-337935 [转述]：BIS 于 2025 年 5 月 13 日宣布不
                            执行《人工智能扩散规则》。该规则文本未被正式废止，仍在法典中；美国政府问责局（GAO）
                            于 2026 年 5 月 12 日认定该公告属于应提交国会的规则。总部要求仍在执行。
                            BIS announcement of 2025-05-13; 15 CFR 742.6(a)(6)(iii) [转述]：按实际执行情况，.a
                            级物项基于目的地的许可要求仅及于澳门及国家组 D:1、D:4、D:5（不含 A:5、A:6）；MY 不在
                            其列。
                            15 CFR 742.6(a)(6)(iii)(A); BIS guidance of 2026-05-31：接收方及其最终母公司的总部均
                            不在澳门或国家组 D:5，因此 BIS 仍在执行的总部要求未被触发。
                  应办      证明：使用该例外之前，15 CFR 740.29(f)（按条文）
                            须取得最终收货人的证明：其知悉依该例外发运，不将物项转交第 744 部分禁止的用途或用
                            户，且本日历年内尚未接收满 26,900,000 TPP。
                            2025-07-02 报告：出口或再出口之日起 30 日内，15 CFR 740.29(g)(1)（按条文）
                            须将该证明副本提交 BIS（EARReports@bis.doc.gov，主题 “LPP Shipment”）。
                            通知：出口或再出口之前，15 CFR 740.29(g)(3)（按条文）
                            单批发运合计达到 3,200,000 TPP 的，须事先通知 BIS（EARReports@bis.doc.gov，主题 “LPP
                            Shipment”）。本行为 26,898,568。
                  额度      lpp-limit Johor / 2025：占用 26,898,568 TPP，余 1,432，限额 26,900,000（按条文）
                  警示      BIS guidance of 2025-05-13 on diversion of advanced computing ICs [转述]：先进物项运
                            往 A:5 国家组以外的目的地。请核查客户的成立日期、所有权和最终母公司、2022 年 10 月之
                            前的采购记录、交付地址，以及数据中心是否具备相应的电力、冷却和空间。
                            GAO B-337935; 15 CFR 742.6(a)(6)(iii)(A) [转述]（按执行）：全球性许可要求仍载于《联
                            邦法规汇编》，仅因主管机关的公告而未予执行。依赖本结论之前，请同时查看“条文”解读。

            2          2025-06-02  nvidia-h100-sxm                             8  无法判定
                  错误      国家代码无效：`UK` is not a country code（第 3 行，destination 列）
                  提示      did you mean GB (United Kingdom)?

            3          2023-11-17  nvidia-a800-sxm       CN 中国             200  需要许可证
                                   3A090.a, 4,992 TPP                             推定拒绝
                  依据      ECCN 3A090.a.1 (Supplement No. 1 to 15 CFR part 774)：该集成电路的总处理性能为
                            4,992，达到或超过 4,800。
                            15 CFR 742.6(a)(6)(iii) (88 FR 73458) [引文]：符合 3A090.a 或 4A090.a 的物项运往澳
                            门，或运往国家组 D:1、D:4、D:5（同时列入 A:5 或 A:6 的除外）的目的地或在其境内转让，
                            须取得许可证。CN 属于此类目的地。
                            15 CFR 742.6(b)(10) (88 FR 73458) [转述]：对运往澳门或 D:5 目的地，或接收方或其最终
                            母公司总部设在当地的申请，推定拒绝。
                  警示      15 CFR 740.2(a)(9)(ii)：许可例外 TMP（740.9(a)(6)）、RPL、GOV（740.11(b)）及 TSU
                            （740.13(a)、(c)）在其有限情形下仍可能适用，本结论未予评估。

            4          2024-06-01  nvidia-h100-sxm       DE 德国              16  尚未确定
                                   3A090.a, 15,832 TPP
                  依据      ECCN 3A090.a.1 (Supplement No. 1 to 15 CFR part 774)：该集成电路的总处理性能为
                            15,832，达到或超过 4,800。
                  尚缺      end_user.parent_hq：最终用户的最终母公司总部在哪个国家或地区（没有母公司的，填其自身
                            总部）？

            5          2024-06-02  nvidia-h100-sxm       VN 越南               8  无需许可证
                                   400 TPP
                  依据      在该日，规则包中没有任何要求适用于此物项、目的地、交易方和用途。
                  警告      TPP 与目录不一致：item.tpp is 400, the catalogue's figures for nvidia-h100-sxm give
                            15832; the given one was used

            <b>6 [31m  2022-09-30  nvidia-a100-sxm       CN 中国               1  无需许可证
                                   4,992 TPP
                  依据      在该日，规则包中没有任何要求适用于此物项、目的地、交易方和用途。
                  警示      规则包的首条规则于 2022-10-07 生效；更早的法律不在范围内。

        "#]],
    );
}

#[test]
fn csv() {
    check(
        &["--format", "csv"],
        expect![[r#"
        line_id,po,date,destination,quantity,item.sku,item.tpp,end_user.name,end_user.location,end_user.hq,end_user.parent_hq,end_user.sector,end_user.listed,end_user.listed_share,exporter.informed,end_use,authorization,certifications,lpp_used_tpp,weir_classification,weir_written_outcome,weir_written_exceptions,weir_written_policy,weir_written_because,weir_written_obligations,weir_written_missing,weir_written_doubts,weir_written_flags,weir_enforced_outcome,weir_enforced_exceptions,weir_enforced_policy,weir_enforced_because,weir_enforced_obligations,weir_enforced_missing,weir_enforced_doubts,weir_enforced_flags,weir_error,weir_warnings
        1,"PO, 7",2025-06-02,MY,1699,nvidia-h100-sxm,,Johor,MY,MY,MY,private,none,0,none,civil,none,none,0,3A090.a,license_exception,LPP,,ECCN 3A090.a.1 (Supplement No. 1 to 15 CFR part 774); 15 CFR 742.6(a)(6)(iii)(A); 15 CFR 740.29,certify 15 CFR 740.29(f) (before use of the exception); report 15 CFR 740.29(g)(1) (2025-07-02); notify 15 CFR 740.29(g)(3) (before the export or reexport),,,diversion-diligence,no_license_required,,,BIS announcement of 2025-05-13; GAO B-337935; BIS announcement of 2025-05-13; 15 CFR 742.6(a)(6)(iii); 15 CFR 742.6(a)(6)(iii)(A); BIS guidance of 2026-05-31,,,,written-rule-stands; diversion-diligence,,
        2,=1+1,2025-06-02,UK,8,nvidia-h100-sxm,,Leeds,GB,GB,GB,private,none,0,none,civil,none,none,0,,,,,,,,,,,,,,,,,,bad_country: `UK` is not a country code (column destination),
        3,,2023-11-17,CN,200,nvidia-a800-sxm,,Lu,CN,CN,CN,private,none,0,none,civil,none,none,0,3A090.a,license_required,,presumption_of_denial,ECCN 3A090.a.1 (Supplement No. 1 to 15 CFR part 774); 15 CFR 742.6(a)(6)(iii) (88 FR 73458); 15 CFR 742.6(b)(10) (88 FR 73458),,,,other-exceptions,license_required,,presumption_of_denial,ECCN 3A090.a.1 (Supplement No. 1 to 15 CFR part 774); 15 CFR 742.6(a)(6)(iii) (88 FR 73458); 15 CFR 742.6(b)(10) (88 FR 73458),,,,other-exceptions,,
        4,,2024-06-01,DE,16,nvidia-h100-sxm,,Ulm,DE,DE,,private,none,0,none,civil,none,none,0,3A090.a,unresolved,,,ECCN 3A090.a.1 (Supplement No. 1 to 15 CFR part 774),,end_user.parent_hq,,,unresolved,,,ECCN 3A090.a.1 (Supplement No. 1 to 15 CFR part 774),,end_user.parent_hq,,,,
        5,,2024-06-02,VN,8,nvidia-h100-sxm,400,Hue,VN,VN,VN,private,none,0,none,civil,none,none,0,,no_license_required,,,no-requirement,,,,,no_license_required,,,no-requirement,,,,,,"tpp_differs: item.tpp is 400, the catalogue's figures for nvidia-h100-sxm give 15832; the given one was used"
        <b>6[31m,,2022-09-30,CN,1,nvidia-a100-sxm,,Lu,CN,CN,CN,private,none,0,none,civil,none,none,0,,no_license_required,,,no-requirement,,,,before-first,no_license_required,,,no-requirement,,,,before-first,,
    "#]],
    );
}

#[test]
fn summary() {
    let output = weir(&["check", "-", "--format", "csv"], ORDERS.as_bytes());
    expect![[r#"
        warning: columns that are no facts are kept and echoed: `po`
        6 lines of standard input, 1 could not be decided, 1 with warnings
                               as written  as enforced
          license required              1            1
          unresolved                    1            1
          license exception             1            0
          no license required           2            3
        missing most often: end_user.parent_hq (1)
    "#]]
    .assert_eq(&stderr(&output));
}

#[test]
fn csv_of_json_lines_keeps_every_fact_given() {
    let late = "{\"date\":\"2024-06-01\",\"destination\":\"CN\",\"item\":{\"sku\":\"nvidia-h20\"},\"memo\":\"x\"}";
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
