// "Near me": asks the device for its place only when the button is pressed, rounds it to about a mile, and
// sends it with the form, once. Nothing is kept on the device. Without this the ZIP box does the same.
"use strict";
(() => {
  const form = document.getElementById("near");
  if (!form || !navigator.geolocation) return;
  form.hidden = false;
  const refused = form.querySelector("[data-refused]");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    refused.hidden = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        form.elements.latitude.value = coords.latitude.toFixed(2);
        form.elements.longitude.value = coords.longitude.toFixed(2);
        form.submit(); // asks no "submit" listener, so it is not asked again
        for (const name of ["latitude", "longitude"]) form.elements[name].value = "";
      },
      () => { refused.hidden = false; },
      { enableHighAccuracy: false, maximumAge: 600000, timeout: 15000 },
    );
  });
})();
