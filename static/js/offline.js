// Asks the browser to keep the overdose page for when there is no signal. The page works without this.
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/service-worker.js").catch(() => {});
