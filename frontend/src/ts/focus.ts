// When htmx exchanges the part of the page that had the focus, the focus moves to
// that part's heading instead of falling back to the top of the page.
import { find } from "./dom";

export function startFocus(): void {
  let lost: Element | null = null;
  document.addEventListener("htmx:before:swap", () => {
    lost = document.activeElement;
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const before = lost;
    lost = null;
    if (!before || before === document.body || before.isConnected) return;
    if (document.activeElement !== document.body) return;
    const part = event.target instanceof Element ? event.target : document;
    const heading = find("h1, h2, h3", part) ?? document.getElementById("main");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
  });
}
