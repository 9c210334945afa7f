// Forms: a button that was pressed says so and cannot be pressed twice, filters
// apply themselves, passwords can be shown, errors get the focus.
import { closest, find, on, prepare, all } from "./dom";

const BUSY = "aria-busy";

export function startForms(): void {
  on("submit", (event) => {
    if (event.defaultPrevented) return;
    markBusy(event);
    const form = event.target as HTMLFormElement;
    if (form.method === "get") leaveOutEmpty(form);
  });
  // Coming back with the back button, a page is as it was left: still busy.
  window.addEventListener("pageshow", () => free(document));
  on("keydown", () => (byKey = true));
  on("pointerdown", () => (byKey = false));
  on("change", apply);
  on("click", reveal);
  on("click", focusField);
  prepare((root) => {
    all<HTMLButtonElement>("form[data-auto] [data-auto-button]", root).forEach((button) => {
      button.hidden = !isPending(button.form);
    });
    all("[data-reveal]", root).forEach((button) => (button.hidden = false));
    find("#errors", root)?.focus();
  });
}

/** Whether the last that somebody touched was a key. */
let byKey = false;

/**
 * A form with data-auto applies itself once something is chosen. Arrow keys pass
 * through what nobody wants: then its button shows itself, and Enter does as well.
 */
function apply(event: Event): void {
  const form = closest<HTMLFormElement>(event, "form[data-auto]");
  const field = event.target;
  const button = form && find("[data-auto-button]", form);
  const isPassing = byKey && !(field instanceof HTMLInputElement && field.type === "checkbox");
  if (button && isPassing) button.hidden = false;
  else form?.requestSubmit();
}

/** Whether something is chosen that was not sent; a part that is brought up to date keeps it. */
function isPending(form: HTMLFormElement | null): boolean {
  if (!form) return false;
  return all<HTMLOptionElement>("option:checked", form).some((option) => !option.defaultSelected);
}

/** An address says what was chosen, not what was left open. */
function leaveOutEmpty(form: HTMLFormElement): void {
  const empty = all<HTMLInputElement | HTMLSelectElement>("[name]:is(input, select):enabled", form);
  const left = empty.filter((field) => field.value === "");
  left.forEach((field) => (field.disabled = true));
  // The browser has read the form by then; whoever comes back can choose again.
  setTimeout(() => left.forEach((field) => (field.disabled = false)));
}

/** What is busy can be pressed again. */
export function free(within: ParentNode): void {
  all(`[${BUSY}="true"]`, within).forEach(markIdle);
}

/** Says so on the button that sends the form; a second time it sends nothing. */
export function markBusy(event: SubmitEvent): void {
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
