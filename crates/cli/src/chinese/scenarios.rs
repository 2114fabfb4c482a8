//! What the shipped scenarios say of themselves: what they suppose, and what happens in them.

use super::Phrase;

pub const PHRASES: &[Phrase] = &[
    // What they suppose.
    (
        "The rules as they were enforced, with the letters of 2022 and 2025 and what both governments did beside them, as far as it is known. After October 2026 nothing changes any more.",
        "规则按实际执行，包括 2022 年与 2025 年的函件，以及两国政府此外已知的举措。2026 年 10 月以后不再变化。",
    ),
    (
        "What history would have been without any control on chips, tools or memory. What others are compared with.",
        "若对芯片、设备和内存从无任何管制，历史会怎样。其他情景与之比较。",
    ),
    (
        "What happened, but for one thing: the Framework for Artificial Intelligence Diffusion is enforced from its day of compliance, as it is written, and its allocation runs on after 2027.",
        "与史实相同，只有一点不同：《人工智能扩散框架》自合规日起按条文执行，其配额在 2027 年后继续。",
    ),
    (
        "The first of the article's three futures: from 2027 the two sides trade. Newer chips reach China by license against a fee, allies are bound by treaty, quotas are agreed one by one and verified where chips stand, and China neither mandates its own chips nor retaliates.",
        "文章所述三种未来之一：自 2027 年起双方交易。较新的芯片凭许可证并缴费后进入中国，盟国受条约约束，配额逐一商定并在芯片所在地核查，中国既不强制使用国产芯片，也不反制。",
    ),
    (
        "The second future: from 2027 the framework's allocations are enforced on the middle tier, China is held at the line of 2023, allies follow in part, and China builds its own stack.",
        "第二种未来：自 2027 年起对中间一级执行框架配额，对华停留在 2023 年的界线，盟国部分跟进，中国自建技术体系。",
    ),
    (
        "The third future: from 2027 nothing goes to China or to companies with their seat there, rented compute included; allies must choose, minerals are banned, and countries between are pressed into one stack.",
        "第三种未来：自 2027 年起，对中国及总部在中国的企业一概不供，租用算力亦然；盟国必须选边，矿产被禁，居间国家被迫归入一种体系。",
    ),
    // What happens in them.
    ("Demand for large models", "大模型需求兴起"),
    (
        "Letters about the A100 and H100; the advanced computing rule follows on 7 October",
        "关于 A100 与 H100 的函件；10 月 7 日先进计算规则随之出台",
    ),
    ("Second advanced computing rule", "第二次先进计算规则"),
    ("High-bandwidth memory, tools and 140 listings", "高带宽内存、设备与 140 家列名"),
    ("Letter about chips of the H20's class", "关于 H20 一类芯片的函件"),
    ("Affiliates rule", "关联企业规则"),
    (
        "SMIC listed; Huawei cut off from foundries abroad since September",
        "中芯国际被列名；华为自 9 月起无法使用境外代工厂",
    ),
    ("Tools and persons", "设备与人员"),
    ("Japan and the Netherlands control tools", "日本与荷兰管制设备"),
    (
        "Budget of export enforcement: 55 million USD a year (CNAS)",
        "出口执法预算：每年 5500 万美元（CNAS）",
    ),
    (
        "TSMC told to stop dies of 7 nm and below for AI",
        "台积电被要求停供 7 纳米及以下的人工智能裸片",
    ),
    ("High-bandwidth memory", "高带宽内存"),
    ("Companies urged not to buy the H20; 15 percent of revenue", "敦促企业不买 H20；营收的 15%"),
    ("Truce of a year", "为期一年的休战"),
    (
        "Case-by-case review with 25 percent; customs told not to let the H200 in",
        "逐案审查并收取 25%；海关奉命不放行 H200",
    ),
    (
        "Framework for Artificial Intelligence Diffusion, day of compliance",
        "《人工智能扩散框架》合规日",
    ),
    ("The regulator watches over allocations", "监管机构监督配额"),
    ("Everything for data centers denied to China", "数据中心用品一概不对华供应"),
    ("Decoupling", "脱钩"),
    ("An agreement", "达成协议"),
    ("Allocations enforced; the window for China closed", "配额得到执行；对华窗口关闭"),
    ("Two camps", "两大阵营"),
];
