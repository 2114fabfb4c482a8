//! In Chinese a user reads Chinese: mistakes of lines, files and packs, help and complaints.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use support::{json_lines, stderr, weir};

/// Words of at least two letters that are English: what is neither a name nor to be typed.
fn english(text: &str) -> Vec<&str> {
    const WORDS: [&str; 24] = [
        "the", "is", "of", "not", "an", "are", "there", "with", "write", "cannot", "must", "needs",
        "you", "did", "mean", "where", "what", "its", "but", "be", "this", "has", "one", "or",
    ];
    let split = text.split(|letter: char| !letter.is_ascii_alphabetic() && letter != '-');
    split.filter(|word| WORDS.contains(word)).collect()
}

#[track_caller]
fn expect_chinese(text: &str, part: &str) {
    assert!(text.contains(part), "{text}");
    assert_eq!(english(text), Vec::<&str>::new(), "{text}");
}

#[test]
fn lines_that_are_wrong() {
    let head = "line_id,date,destination,quantity,item.sku,end_user.parent_hq";
    for (line, message, hint) in [
        ("b,2024-13-01,CN,1,nvidia-h100-sxm,CN", "“2024-13-01”不是日期", "YYYY-MM-DD"),
        ("b,06/01/2024,CN,1,nvidia-h100-sxm,CN", "不是日期", "请写成 2024-MM-DD"),
        ("b,,CN,1,nvidia-h100-sxm,CN", "该行没有日期", "适用的法律取决于日期"),
        ("b,2024-06-01,UK,1,nvidia-h100-sxm,CN", "不是国家或地区代码", "是否指 GB（英国）？"),
        ("b,2024-06-01,CN,-5,nvidia-h100-sxm,CN", "最小为 1 件", "请将单元格留空"),
        ("b,2024-06-01,CN,1.5,nvidia-h100-sxm,CN", "必须是整数", ""),
        ("b,2024-06-01,CN,500 pcs,nvidia-h100-sxm,CN", "不是数字", "请只写数字"),
        ("b,2024-06-01,CN,1,nvidia-h1000,CN", "芯片目录中没有", "是否指"),
        ("b,2024-06-01,CN", "该行有 3 个值", "分隔符"),
        ("b,2024-06-01,CN,1,\"nvidia,CN", "引号没有闭合", "请写两个引号"),
    ] {
        let input = format!("{head}\n{line}\n");
        let output = weir(&["check", "-", "--format", "jsonl", "--lang", "zh"], input.as_bytes());
        let error = json_lines(&output)[0]["error"].clone();
        expect_chinese(error["message"].as_str().unwrap(), message);
        expect_chinese(error["hint"].as_str().unwrap(), hint);
    }
}

#[test]
fn what_is_said_of_files_and_commands() {
    for (arguments, input, part) in [
        (&["check", "no-such-file.csv"][..], "", "没有那个文件或目录"),
        (&["check", "-"], "", "是空文件"),
        (&["check", "-"], "PK\u{3}\u{4}", "电子表格"),
        (&["check", "-"], "a,b\n1,2\n", "缺少列 `date`"),
        (&["check", "-"], "date,date\n1,2\n", "出现了两次"),
        (&["check", "-", "--assume", "nothing"], "", "不是“事实=值”的形式"),
        (&["check", "-", "--assume", "dat=1"], "", "没有名为 `dat` 的事实"),
        (&["law", "show", "nothing-of-this-name"], "", "没有名为 `nothing-of-this-name`"),
        (&["law", "diff", "2025-01-01", "x"], "", "既不是两个日期"),
        (&["chips", "classify"], "", "没有可分类的芯片"),
        (&["check", "-", "--fail-on", "x"], "", "没有结论“x”"),
        (&["chips", "classify", "--date", "2025-13-01"], "", "不是日期"),
        (&["chekc"], "", "没有子命令 chekc"),
        (&["check"], "", "缺少以下必需的参数"),
        (&["check", "-", "--theads", "2"], "", "有相近的参数：--threads"),
    ] {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--lang", "zh"]).collect();
        let output = weir(&arguments, input.as_bytes());
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let said = stderr(&output);
        let (message, _) = said.split_once("\n\n提示").unwrap_or((&said, ""));
        expect_chinese(message, part);
        assert!(said.starts_with("错误：") && !said.contains("hint:"), "{said}");
    }
}

#[test]
fn warnings_and_the_summary_are_chinese() {
    let input = "date,destination,Origin Country,,quantity,item.sku,item.tpp\n\
                 2001-01-01,CN,x,y,1,nvidia-h100-sxm,15000\n2031-01-01,CN,x,y,1,my-own,4800\n";
    let output = weir(&["check", "-", "--lang", "zh", "--format", "jsonl"], input.as_bytes());
    let said = stderr(&output);
    for part in [
        "警告：以下各列不是事实",
        "`Origin Country`（是否指 `origin`？）",
        "第 4 列",
        "标准输入：共 2 行",
        "1 行的日期早于 2022-10-07",
        "1 行的日期晚于",
    ] {
        expect_chinese(&said, part);
    }
    let warnings: Vec<String> = json_lines(&output)
        .iter()
        .map(|line| line["warnings"][0]["message"].as_str().unwrap_or_default().to_string())
        .collect();
    expect_chinese(&warnings[0], "已采用所填数值");
    expect_chinese(&warnings[1], "芯片目录中没有 `my-own`");
}

#[test]
fn help_is_chinese() {
    for command in [
        &[][..],
        &["check"],
        &["explain"],
        &["ask"],
        &["law"],
        &["law", "diff"],
        &["chips", "classify"],
        &["chips", "import"],
    ] {
        let arguments: Vec<&str> = command.iter().copied().chain(["--help", "--lang=zh"]).collect();
        let output = weir(&arguments, b"");
        assert_eq!(output.status.code(), Some(0));
        expect_chinese(&String::from_utf8(output.stdout).unwrap(), "用法：");
    }
}

#[test]
fn mistakes_of_packs_are_chinese() {
    let folder = std::env::temp_dir().join(format!("weir-chinese-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let pack = r#"# A pack

```toml pack
id = "test.chinese"
title = "A pack"
title_zh = "一个规则包"
cite = "90 FR 1"
effective = 2025-01-13
verified_through = 2026-01-01
sure = "officia"
```

```toml flag
id = "f"
cite = "90 FR 1"
text = "A {nothing}."
text_zh = "提示。"
when = 'destinatoin == "CN" & quantity > "x"'
```

```toml flag
id = "g"
cite = "90 FR 1"
text = "A flag."
text_zh = "提示。"
when = 'item.tpp > item.die_area_mm2'
whn = true
```
"#;
    std::fs::write(folder.join("pack.md"), pack).unwrap();
    let output = weir(&["law", "lint", folder.to_str().unwrap(), "--lang", "zh"], b"");
    std::fs::remove_dir_all(&folder).unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    for part in [
        "错误[unknown-word]: `sure` 不能取“officia”",
        "是否指 `official`？",
        "`&` 在条件中没有意义",
        "请写成 `&&`",
        "未知的键 `whn`",
        "提示: 是否指 `when`？",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}
