// Forms: a button that was pressed says so and cannot be pressed twice, filters
// apply themselves, passwords can be shown, errors get the focus.
import { closest, find, on, prepare, all } from "./dom";

const BUSY = "aria-busy";

export function startForms(): void {
  on("submit", (event) => {
    if (!event.defaultPrevented) markBusy(event);
  });
  // Coming back with the back button, a page is as it was left: still busy.
  window.addEventListener("pageshow", () => all(`[${BUSY}="true"]`).forEach(markIdle));
  document.addEventListener("htmx:finally:request", () => all(`[${BUSY}="true"]`).forEach(markIdle));
  on("change", (event) => closest<HTMLFormElement>(event, "form[data-auto]")?.requestSubmit());
  on("click", reveal);
  on("click", focusField);
  prepare((root) => {
    all("form[data-auto] [data-auto-button]", root).forEach((button) => (button.hidden = true));
    all("[data-reveal]", root).forEach((button) => (button.hidden = false));
    find("#errors", root)?.focus();
  });
}

function markBusy(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  const button = event.submitter ?? find("button:not([type=button])", form);
  if (form.method === "dialog" || !(button instanceof HTMLElement)) return;
  if (button.getAttribute(BUSY) === "true") {
    event.preventDefault();
    return;
  }
  button.setAttribute(BUSY, "true");
  const word = button.dataset["busy"];
  if (!word) return;
  const spinner = document.createElement("span");
  spinner.className = "spinner-border";
  spinner.ariaHidden = "true";
  const before = [...button.childNodes];
  button.replaceChildren(spinner, word);
  idle.set(button, () => button.replaceChildren(...before));
}

/** How to make a button look as it did before it was busy. */
const idle = new WeakMap<HTMLElement, () => void>();

function markIdle(button: HTMLElement): void {
  button.removeAttribute(BUSY);
  idle.get(button)?.();
  idle.delete(button);
}

function reveal(event: Event): void {
  const button = closest<HTMLButtonElement>(event, "[data-reveal]");
  const input = button && document.getElementById(button.dataset["reveal"] ?? "");
  if (!(input instanceof HTMLInputElement)) return;
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button?.setAttribute("aria-pressed", String(shown));
}

/** A link of the error summary leads into the field, not only to it. */
function focusField(event: Event): void {
  const link = closest<HTMLAnchorElement>(event, "#errors a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.scrollIntoView({ block: "center" });
}
