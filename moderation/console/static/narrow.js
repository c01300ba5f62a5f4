/* Narrow a rule without leaving the card: what came of it is said under the rule. Without this script the form leads to
 * a page that says the same. */
"use strict";
document.addEventListener("submit", async (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const said = form.closest(".narrow") && form.nextElementSibling;
  if (!said) return;
  event.preventDefault();
  const button = /** @type {HTMLButtonElement | null} */ (form.querySelector("button"));
  if (button) button.disabled = true; // pressed twice it is sent once
  try {
    const body = new URLSearchParams(/** @type {any} */ (new FormData(form)));
    const response = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
    // Who may no longer do this, or is signed out, sees the page that says so.
    if (!response.headers.get("HX-Retarget") && !response.headers.get("HX-Redirect")) said.innerHTML = await response.text();
    else form.submit();
  } catch {
    said.textContent = document.getElementById("offline")?.textContent ?? "";
  } finally {
    if (button) button.disabled = false;
  }
});
