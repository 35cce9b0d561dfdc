// Keeps the draft of a report while somebody types, when they ask for it. The page works without this: "Next"
// and "Save and finish later" keep it too. Nothing is stored on the device; the box itself carries the choice.
"use strict";
(() => {
  const EVERY = 20000; // milliseconds between two looks at what was typed
  const LONGEST = 10000; // milliseconds after which an answer is given up
  const form = document.getElementById("filing");
  const asked = document.getElementById("typing");
  if (!form || !asked) return;
  const line = asked.closest("[data-kept]");
  const said = line.querySelector("[role=status]");
  const typed = () => {
    const fields = new URLSearchParams(new FormData(form));
    fields.delete("token");
    fields.delete("kept");
    return fields.toString();
  };
  let known = typed();
  let pending = null;

  const keep = async () => {
    const now = typed();
    const body = new URLSearchParams(new FormData(form));
    body.set("go", "stay");
    let answered = null;
    try {
      const response = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(LONGEST) });
      if (response.ok) answered = new DOMParser().parseFromString(await response.text(), "text/html");
    } catch {
      // Away or too slow: the words are still on the page, and the next look tries again.
    }
    const isKept = answered !== null && !answered.querySelector(".errors");
    for (const name of isKept ? ["token", "kept"] : []) {
      form.elements[name].value = answered.querySelector(`#filing [name=${name}]`)?.value ?? form.elements[name].value;
    }
    if (isKept) known = now;
    said.textContent = isKept ? line.dataset.kept : line.dataset.away;
  };

  setInterval(() => {
    if (!asked.checked || pending || typed() === known) return;
    pending = keep().finally(() => { pending = null; });
  }, EVERY);
  // A page sent while its draft is being kept waits for that: the older words must not come last.
  form.addEventListener("submit", (event) => {
    if (!pending) return;
    event.preventDefault();
    pending.finally(() => form.requestSubmit(event.submitter));
  });
  line.hidden = false;
})();
