// Remembers on this device where somebody is in the course, so that "Go on where I stopped" leads there. The
// pages work without this: each has an address of its own, and "Keep my place" gives it as a link. Only the
// address is kept, for 30 days; nothing is sent.
"use strict";
(() => {
  const LASTS = 30 * 24 * 3600 * 1000; // milliseconds
  const NAME = "course-place";
  const go = document.querySelector("[data-place]");
  try {
    if (go) {
      const kept = JSON.parse(localStorage.getItem(NAME) || "null");
      const isOurs = kept && typeof kept.path === "string" && kept.path.startsWith(go.dataset.place);
      if (isOurs && Date.now() - kept.at < LASTS) go.href = kept.path;
      else if (kept) localStorage.removeItem(NAME);
    } else {
      localStorage.setItem(NAME, JSON.stringify({ path: location.pathname, at: Date.now() }));
    }
  } catch {
    // Storage is off or full: the link still leads to the page that explains.
  }
})();
