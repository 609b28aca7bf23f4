// Search, sorting, and opening of cards. The page is complete without it.
"use strict";
(() => {
  const find = document.getElementById("find");
  const hits = document.getElementById("hits");
  const items = [...document.querySelectorAll("[data-find]")];
  const texts = new WeakMap();
  // Pairs of a Traditional or variant character and its fold, so that a search looks through both scripts.
  const pairs = [...(document.body.dataset.variants || "")];
  const variants = new Map();
  for (let i = 0; i + 1 < pairs.length; i += 2) variants.set(pairs[i], pairs[i + 1]);
  const fold = (text) => Array.from(text.normalize("NFKC").toLowerCase(), (c) => variants.get(c) || c).join("");
  const textOf = (item) => {
    if (!texts.has(item)) texts.set(item, fold(item.textContent));
    return texts.get(item);
  };

  document.querySelectorAll(".search, .tools").forEach((part) => { part.hidden = false; });

  const search = () => {
    const words = fold(find.value).split(/\s+/).filter(Boolean);
    let count = 0;
    for (const item of items) {
      const match = words.every((word) => textOf(item).includes(word));
      item.classList.toggle("unmatched", !match);
      count += match;
    }
    hits.textContent = words.length ? `${count.toLocaleString("en")} found` : "";
    document.body.classList.toggle("searching", words.length > 0);
    for (const section of document.querySelectorAll("main > section")) {
      const own = section.querySelectorAll("[data-find]");
      const none = words.length > 0 && ![...own].some((item) => !item.classList.contains("unmatched"));
      section.classList.toggle("unmatched", none);
    }
  };
  let timer = 0;
  find.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 120); });
  find.form.addEventListener("submit", (event) => { event.preventDefault(); search(); });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing) { event.preventDefault(); find.focus(); }
    if (event.key === "Escape" && document.activeElement === find) { find.value = ""; search(); }
  });

  // A link to a closed card opens it, and a card that a search hid is shown again.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!target) return;
    if (target.tagName === "DETAILS") target.open = true;
    if (target.closest(".unmatched")) { find.value = ""; search(); }
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  const setAll = (section, open) => {
    document.querySelectorAll(`#${section} > details`).forEach((card) => { card.open = open; });
  };
  document.querySelectorAll("[data-open]").forEach((button) => {
    button.addEventListener("click", () => setAll(button.dataset.open, true));
  });
  document.querySelectorAll("[data-close]").forEach((button) => {
    button.addEventListener("click", () => setAll(button.dataset.close, false));
  });

  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent.trim();
  };
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "zh"));
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") !== "descending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const keyed = [...table.tBodies[0].rows].map((row) => [valueOf(row, column), row]);
        keyed.sort((a, b) => (down ? compare(b[0], a[0]) : compare(a[0], b[0])));
        table.tBodies[0].append(...keyed.map(([, row]) => row));
      });
    });
  }

  // On paper nothing can be opened.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((card) => { card.open = true; });
  });
  addEventListener("afterprint", () => { opened.forEach((card) => { card.open = false; }); opened = []; });
})();
