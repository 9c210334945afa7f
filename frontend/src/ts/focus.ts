// When htmx exchanges the part of the page that had the focus, the focus moves to
// that part's heading instead of falling back to the top of the page.
import { find } from "./dom";

export function startFocus(): void {
  let lost: Element | null = null;
  let part = "";
  document.addEventListener("htmx:before:swap", () => {
    lost = document.activeElement;
    part = lost?.closest("[data-live]")?.id ?? "";
  });
  document.addEventListener("htmx:after:swap", () => {
    const before = lost;
    lost = null;
    if (!before || before === document.body || before.isConnected) return;
    if (document.activeElement !== document.body) return;
    const heading = find("h1, h2, h3", document.getElementById(part) ?? document) ?? document.getElementById("main");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
  });
}
