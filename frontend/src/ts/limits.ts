// Fields take no more than the server does (maxlength). Near that limit they say
// how much is left: a long paste is never cut off unseen.
import { on } from "./dom";

/** From this much of the limit on there is something to say. */
const NEAR = 0.9;

export function startLimits(): void {
  on("input", ({ target }) => {
    const isField = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
    if (isField && target.maxLength > 0) tell(target);
  });
}

function tell(field: HTMLInputElement | HTMLTextAreaElement): void {
  const { value, maxLength } = field;
  const kept = notes.get(field);
  const note = kept?.isConnected ? kept : undefined;
  if (value.length < NEAR * maxLength || maxLength - value.length > 200) {
    if (note) note.textContent = "";
    return;
  }
  const words = document.documentElement.dataset["left"] ?? "";
  (note ?? noteAt(field)).textContent = words.replace("0", String(maxLength - value.length));
}

const notes = new WeakMap<HTMLElement, HTMLElement>();

function noteAt(field: HTMLElement): HTMLElement {
  const note = document.createElement("p");
  note.className = "kt-hint";
  note.role = "status";
  (field.closest(".kt-composer") ?? field).after(note);
  notes.set(field, note);
  return note;
}
