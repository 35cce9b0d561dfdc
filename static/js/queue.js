// Keys for the report queue and the case page. The pages work without this. Shortcuts of one letter can be
// turned off in the help (WCAG 2.1.4); only that choice is kept, in this tab.
"use strict";
(() => {
  const OFF = "keys-off";
  const help = document.getElementById("keys");
  const toggle = document.getElementById("keys-off");
  const isOff = () => sessionStorage.getItem(OFF) === "1";
  const rows = [...document.querySelectorAll("table.queue tbody tr")].filter((row) => row.querySelector(".queue__open"));
  let at = -1;

  const name = () => { if (toggle) toggle.textContent = isOff() ? toggle.dataset.on : toggle.dataset.off; };
  const show = (next) => {
    if (!rows.length) return;
    rows[at]?.classList.remove("queue__now");
    at = Math.min(Math.max(next, 0), rows.length - 1);
    rows[at].classList.add("queue__now");
    rows[at].querySelector(".queue__open").focus();
  };
  const follow = (selector) => { document.querySelector(selector)?.click(); };
  const step = (by, selector) => { if (rows.length) show(at + by); else follow(selector); };
  const acts = {
    j: () => step(1, "a[data-key=older]"),
    n: () => step(1, "a[data-key=older]"),
    k: () => step(at < 0 ? 1 : -1, "a[data-key=newer]"),
    p: () => step(at < 0 ? 1 : -1, "a[data-key=newer]"),
    o: () => rows[at]?.querySelector(".queue__open").click(),
    x: () => rows[at]?.querySelector("input[type=checkbox]")?.click(),
    u: () => follow("a[data-key=list]"),
    "/": () => document.querySelector("[data-key=filter]")?.focus(),
    "?": () => help?.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help?.open) return;
    if (event.target.closest("textarea, select, input:not([type=checkbox], [type=radio]), [contenteditable]")) return;
    const act = acts[event.key];
    if (!act || (isOff() && event.key !== "?")) return;
    event.preventDefault();
    act();
  });
  toggle?.addEventListener("click", () => { sessionStorage.setItem(OFF, isOff() ? "0" : "1"); name(); });
  name();
})();
