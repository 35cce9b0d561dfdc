// Keeps the overdose page and its style for when there is no signal. Nothing else is ever stored.
const KEPT = "overdose-2";
const PAGES = [{% for path in kept %}"{{ path|escapejs }}"{% if not forloop.last %}, {% endif %}{% endfor %}];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(PAGES)).then(() => self.skipWaiting()));
});

self.addEventListener("fetch", (event) => {
  const path = new URL(event.request.url).pathname;
  if (event.request.method !== "GET" || !PAGES.includes(path)) return;
  // Fresh words first; the kept copy only when the network does not answer.
  event.respondWith(
    fetch(event.request).then((answer) => {
      if (answer.ok) {
        const copy = answer.clone();
        event.waitUntil(caches.open(KEPT).then((kept) => kept.put(path, copy)));
      }
      return answer;
    }).catch(() => caches.match(path))
  );
});
