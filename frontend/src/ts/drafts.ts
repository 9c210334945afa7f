// Nothing typed is ever lost: a form with data-draft="<key>" is kept on this
// device while it is written, and filled in again when it is opened anew. A draft
// goes when the server says that it has taken the form (see sending.ts), and with
// everything else at log-out.
import { all, closest, debounce, find, on } from "./dom";

const PREFIX = "draft:";
type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
interface Draft {
  fields: [name: string, value: string][];
  saved: number;
}

/** What has been sent is not kept again by a save that was due a moment later. */
const forgotten = new WeakSet<HTMLFormElement>();
const known = new WeakSet<HTMLFormElement>();
/** Forms written in a moment ago. */
const written = new Set<HTMLFormElement>();

export function startDrafts(): void {
  fillNew();
  const save = debounce(400, flush);
  const note = (event: Event) => {
    const form = closest<HTMLFormElement>(event, "form[data-draft]");
    // A photo cannot be kept: choosing one must not say that it is.
    const isFile = event.target instanceof HTMLInputElement && event.target.type === "file";
    if (!form || isFile) return;
    written.add(form);
    save();
  };
  on("input", note);
  on("change", note);
  window.addEventListener("pagehide", flush);
}

function flush(): void {
  written.forEach(keep);
  written.clear();
}

/** Fills in the forms that have come onto the page. */
export function fillNew(): void {
  // Also what was written in a form that has just gone from it.
  flush();
  for (const form of all<HTMLFormElement>("form[data-draft]")) {
    if (!known.has(form)) restore(form);
    known.add(form);
  }
}

/** Keeps what stands in the form now. */
export function keep(form: HTMLFormElement): void {
  if (forgotten.has(form)) return;
  const fields = fieldsOf(form)
    .filter((field) => !isChoice(field) || field.checked)
    .map((field): [string, string] => [field.name, field.value]);
  const draft: Draft = { fields, saved: Date.now() };
  try {
    localStorage.setItem(keyOf(form), JSON.stringify(draft));
    showSaved(form, draft.saved);
  } catch {
    // Full, or forbidden: the form itself still has everything.
  }
}

/** Whether a form holds what nobody has yet: one that has to be sent, not one that applies itself. */
export function isWriting(): boolean {
  return all<HTMLFormElement>("main form[method=post]:not([data-auto])").some(isWritten);
}

/** Whether something stands in it that was not there when it came. */
export function isWritten(form: HTMLFormElement): boolean {
  return [...form.elements].some(isChanged);
}

function isChanged(field: Element): boolean {
  if (field instanceof HTMLTextAreaElement) return field.value !== field.defaultValue;
  if (field instanceof HTMLSelectElement) {
    const first = [...field.options].findIndex((option) => option.defaultSelected);
    return field.selectedIndex !== Math.max(first, 0);
  }
  if (!(field instanceof HTMLInputElement) || field.type === "hidden") return false;
  if (field.type === "file") return !!field.files?.length;
  return isChoice(field) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
}

/** The server has it: the draft goes. */
export function forget(form: HTMLFormElement): void {
  forgotten.add(form);
  drop(keyOf(form));
}

/** Somebody logs out: the next person finds nothing. */
export function forgetAll(): void {
  drop(...kept());
}

/** Text and choices; no files, no secrets, nothing that the server put there. */
function fieldsOf(form: HTMLFormElement): Field[] {
  const fields = [...form.elements].filter(
    (field): field is Field =>
      field instanceof HTMLInputElement ||
      field instanceof HTMLTextAreaElement ||
      field instanceof HTMLSelectElement,
  );
  return fields.filter(
    (field) => field.name && field.name !== "kept" && !["hidden", "file", "password"].includes(field.type),
  );
}

function isChoice(field: Field): field is HTMLInputElement & { type: "radio" | "checkbox" } {
  return field.type === "radio" || field.type === "checkbox";
}

function restore(form: HTMLFormElement): void {
  const draft = read(keyOf(form));
  if (!draft) return inherit(form);
  // After a mistake the server has filled the form in already.
  if (find("#errors")) return;
  for (const field of fieldsOf(form)) {
    const values = draft.fields.filter(([name]) => name === field.name).map(([, value]) => value);
    // Of several there is always one: a draft may know none of them.
    if (field.type === "radio") (field as HTMLInputElement).checked ||= values.includes(field.value);
    else if (isChoice(field)) field.checked = values.includes(field.value);
    else if (values[0] !== undefined) field.value = values[0];
  }
  if (draft.fields.some(([, value]) => value)) showSaved(form, draft.saved);
}

/**
 * data-draft-from="comment:12": what was being written for a form that has gone from
 * the page (the report is done meanwhile) goes on in this one's text.
 */
function inherit(form: HTMLFormElement): void {
  const from = PREFIX + form.dataset["draftFrom"];
  const text = read(from)?.fields.find(([name]) => name === "body")?.[1];
  const field = find<HTMLTextAreaElement>("textarea", form);
  if (!text || !field || field.value) return;
  field.value = text;
  const fold = form.closest("details");
  if (fold) fold.open = true;
  keep(form);
  drop(from);
}

function showSaved(form: HTMLFormElement, at: number): void {
  const note = find("[data-part=draft]", form);
  if (!note) return;
  const time = new Date(at).toLocaleTimeString(document.documentElement.lang, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  note.textContent = (note.dataset["word"] ?? "").replace("{time}", time);
  note.hidden = false;
}

function keyOf(form: HTMLFormElement): string {
  return PREFIX + form.dataset["draft"];
}

function kept(): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  } catch {
    return []; // A browser may forbid storage altogether.
  }
}

function read(key: string): Draft | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as Draft | null;
  } catch {
    return null;
  }
}

function drop(...keys: string[]): void {
  try {
    keys.forEach((key) => localStorage.removeItem(key));
  } catch {
    // Forbidden: then nothing was kept.
  }
}
