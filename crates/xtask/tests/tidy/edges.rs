//! Which package may depend on which.

use xtask::packages::Workspace;

/// Every package with what it may depend on. Arrows point down only, and the law is at the bottom.
const EDGES: [(&str, &[&str]); 13] = [
    ("weir-law", &[]),
    ("weir-records", &[]),
    ("weir-spec", &["weir-law"]),
    ("weir-screen", &["weir-law"]),
    ("weir-ledger", &["weir-law"]),
    ("weir-watch", &["weir-law", "weir-ledger", "weir-screen"]),
    ("weir-lab", &["weir-law", "weir-ledger", "weir-screen"]),
    ("weir-batch", &["weir-law", "weir-ledger", "weir-records", "weir-screen"]),
    ("weir-engine", &["weir-batch", "weir-law"]),
    ("weir-serve", &["weir-law", "weir-ledger", "weir-screen"]),
    (
        "weir",
        &[
            "weir-batch",
            "weir-engine",
            "weir-lab",
            "weir-law",
            "weir-ledger",
            "weir-records",
            "weir-screen",
            "weir-serve",
            "weir-watch",
        ],
    ),
    // The wheel answers by the program's own library.
    ("weir-python", &["weir", "weir-batch", "weir-law"]),
    ("xtask", &["weir-law"]),
];

/// What only tests may use.
const ONLY_TESTS: [&str; 1] = ["weir-spec"];

fn wrong_edge(from: &str, to: &str, kind: &str) -> Option<String> {
    let allowed = EDGES.iter().find(|(name, _)| *name == from);
    let Some((_, allowed)) = allowed else {
        return Some(format!("`{from}` is not in the list of packages"));
    };
    let only_tests = ONLY_TESTS.contains(&to);
    if allowed.contains(&to) || (only_tests && kind == "dev") {
        return None;
    }
    Some(format!("`{from}` may not depend on `{to}` ({kind})"))
}

#[test]
fn packages_depend_downward_only() {
    let workspace = Workspace::ask().expect("cargo metadata answers");
    assert!(workspace.packages.iter().any(|package| package.name == "weir-law"));
    let mut findings = Vec::new();
    for package in &workspace.packages {
        if !EDGES.iter().any(|(name, _)| *name == package.name) {
            findings.push(format!("`{}` is not in the list of packages", package.name));
        }
        for (to, kind) in &package.on_ours {
            findings.extend(wrong_edge(&package.name, to, kind));
        }
    }
    crate::expect_none(&findings, "ARCHITECTURE.md draws what may depend on what");
}

#[test]
fn an_edge_upward_is_found() {
    assert_eq!(wrong_edge("weir", "weir-law", "normal"), None);
    assert_eq!(wrong_edge("weir-ledger", "weir-spec", "dev"), None);
    assert!(wrong_edge("weir-ledger", "weir-spec", "normal").is_some());
    assert!(wrong_edge("weir-law", "weir", "dev").is_some());
    assert!(wrong_edge("weir-helpers", "weir-law", "normal").is_some());
}
