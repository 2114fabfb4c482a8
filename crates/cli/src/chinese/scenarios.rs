//! What the shipped scenarios say of themselves: what they suppose, and what happens in them.

use super::Phrase;

pub const PHRASES: &[Phrase] = &[
    // What they suppose.
    (
        "The rules as they were enforced, with the letters of 2022 and 2025 and what both governments did beside them, as far as it is known: of China's answers the ban of minerals from December 2024 to the truce of November 2025, not the licenses for minerals that it asks for since August 2023. After October 2026 nothing changes any more. The lines then stand still while chips go on: from 2028 on, in most draws, no U.S. chip goes to China legally, and what it gets is rented, smuggled or its own.",
        "规则按实际执行，包括 2022 年与 2025 年的函件，以及两国政府此外已知的举措：中国的反制只计 2024 年 12 月至 2025 年 11 月休战期间的矿产禁令，不计自 2023 年 8 月起的矿产许可。2026 年 10 月以后不再变化。此后界线不动而芯片不断更新：自 2028 年起，多数抽样中再无美国芯片合法进入中国，中国所得为走私、租用或自产。",
    ),
    (
        "What history would have been without any control on chips, tools or memory. What others are compared with. Chinese designers sell little in it: about a twentieth of what is added in China from 2026 on.",
        "若对芯片、设备和内存从无任何管制，历史会怎样。其他情景与之比较。其中中国设计公司销量很小：自 2026 年起约占中国新增算力的二十分之一。",
    ),
    (
        "What happened, but for one thing: the Framework for Artificial Intelligence Diffusion is enforced from its day of compliance, as it is written, and its allocation runs on after 2027. As in history the lines stand still while chips go on: from 2028 on, in most draws, no U.S. chip goes to China legally.",
        "与史实相同，只有一点不同：《人工智能扩散框架》自合规日起按条文执行，其配额在 2027 年后继续。与“历史原貌”一样，界线不动而芯片不断更新：自 2028 年起，多数抽样中再无美国芯片合法进入中国。",
    ),
    (
        "The first of the article's three futures: from 2027 the two sides trade. Newer chips reach China by license against a fee, up to half of what is sold in the United States, below a line that moves every January and stays one or two generations behind; where seven in ten stand can be told. Allies are bound by treaty, and China hardly mandates its own chips and does not retaliate. What is better than the line allows is still smuggled, and renting stays open.",
        "文章所述三种未来之一：自 2027 年起双方交易。较新的芯片凭许可证并缴费后进入中国，至多为美国国内销量的一半，且须低于一条界线；该界线每年 1 月上移，始终落后一至两代；十分之七的芯片可核实位置。盟国受条约约束，中国几乎不强制使用国产芯片，也不反制。高于界线的芯片仍有走私，租用不受限制。",
    ),
    (
        "The second future: from 2027 the framework's allocations are enforced on the middle tier, China is held at the line of 2023, allies follow in part, and China builds its own stack, from which comes most of what it adds from 2028 on. Hardly a chip on sale is below that line by then, so that nothing goes there legally in most draws; two fifths of rented compute are closed to it, and the rest grows.",
        "第二种未来：自 2027 年起对中间一级执行框架配额，对华停留在 2023 年的界线，盟国部分跟进，中国自建技术体系，自 2028 年起其新增算力大半由此而来。届时在售芯片几乎都高于该界线，因此多数抽样中再无芯片合法进入中国；租用算力对其关闭五分之二，其余仍在增长。",
    ),
    (
        "The third future: from 2027 nothing goes to China or to companies with their seat there, rented compute included; allies must choose, minerals are banned, and countries between are pressed into one stack. A twentieth of renting is not found, and smuggling goes on, less than in history.",
        "第三种未来：自 2027 年起，对中国及总部在中国的企业一概不供，租用算力亦然；盟国必须选边，矿产被禁，居间国家被迫归入一种体系。二十分之一的租用未被发现，走私仍在继续，但少于“历史原貌”。",
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
    (
        "China bans gallium, germanium and antimony to the United States (Announcement 46/2024)",
        "中国禁止向美国出口镓、锗、锑（2024 年第 46 号公告）",
    ),
    ("Truce of a year; the ban of minerals suspended", "为期一年的休战；矿产禁令暂停"),
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
