"use strict";
(() => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const config = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false, showTips: false };

  // Figures name colours and fonts by CSS variables; the page's scheme gives them their values.
  const resolve = (node, styles) => {
    if (typeof node === "string") {
      const found = node.match(/^var\((--[\w-]+)\)$/);
      return found ? styles.getPropertyValue(found[1]).trim() : node;
    }
    if (Array.isArray(node)) return node.map((item) => resolve(item, styles));
    if (node && typeof node === "object") {
      return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, resolve(value, styles)]));
    }
    return node;
  };

  const draw = () => {
    const styles = getComputedStyle(document.documentElement);
    for (const [id, figure] of Object.entries(figures)) {
      const { data, layout } = resolve(figure, styles);
      Plotly.react(id, data, layout, config);
    }
  };
  draw();
  dark.addEventListener("change", draw);

  const printing = (on) => () => {
    document.documentElement.classList.toggle("printing", on);
    for (const fold of document.querySelectorAll(".panel details")) fold.open = on;
    draw();
  };
  window.addEventListener("beforeprint", printing(true));
  window.addEventListener("afterprint", printing(false));

  // Filters: one pressed button, and words that must all occur.
  const apply = (group) => {
    const name = group.querySelector("[aria-pressed=true]").dataset.name;
    const words = (group.querySelector("input")?.value ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const rows = [...document.querySelectorAll("." + group.dataset.filter)];
    let shown = 0;
    for (const row of rows) {
      const text = words.length ? row.textContent.toLowerCase() : "";
      row.hidden = Boolean(name && row.dataset.name !== name) || !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    const output = group.querySelector("output");
    if (output) output.textContent = shown === rows.length ? "" : `${shown} of ${rows.length}`;
  };
  for (const group of document.querySelectorAll("[data-filter]")) {
    group.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      for (const other of group.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
      apply(group);
    });
    group.addEventListener("input", () => apply(group));
  }

  // A link to something that a filter hides shows everything again.
  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.hidden) return;
    for (const group of document.querySelectorAll("[data-filter]")) {
      const input = group.querySelector("input");
      if (input) input.value = "";
      group.querySelector("button").click();
    }
    target.scrollIntoView();
  };
  window.addEventListener("hashchange", reveal);
  reveal();
})();
