"use strict";
// The page can be read without this: it only filters, opens and closes.
(() => {
  const by = (id) => document.getElementById(id);
  const tools = by("tools"), find = by("find"), differs = by("differs"), found = by("found");
  const lines = [...document.querySelectorAll("tbody.line")];
  const texts = new Map();
  const text = (line) => {
    if (!texts.has(line)) texts.set(line, line.textContent.toLowerCase());
    return texts.get(line);
  };
  const filter = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const line of lines) {
      const kept = (!differs.checked || line.classList.contains("differs"))
        && words.every((word) => text(line).includes(word));
      line.hidden = !kept;
      if (kept) shown += 1;
    }
    for (const part of document.querySelectorAll(".chunk, .group")) {
      part.hidden = !part.querySelector("tbody.line:not([hidden])");
    }
    const all = words.length === 0 && !differs.checked;
    found.textContent = all ? "" : `${shown} / ${lines.length} ${found.dataset.words}`;
  };
  const openAll = (open) => {
    for (const one of document.querySelectorAll("tbody.line:not([hidden]) details")) one.open = open;
  };
  let timer;
  find.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(filter, 120);
  });
  differs.addEventListener("change", filter);
  by("open").addEventListener("click", () => openAll(true));
  by("close").addEventListener("click", () => openAll(false));
  tools.addEventListener("submit", (event) => event.preventDefault());
  const openTarget = () => {
    const line = location.hash.startsWith("#line-") && by(location.hash.slice(1));
    const details = line && line.querySelector("details");
    if (details) details.open = true;
  };
  addEventListener("beforeprint", () => openAll(true));
  addEventListener("hashchange", openTarget);
  openTarget();
  tools.hidden = false;
})();
