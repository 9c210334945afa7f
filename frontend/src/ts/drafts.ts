// Nothing typed is ever lost: a form with data-draft="<key>" is kept on this
// device while it is written, and filled in again when it is opened anew. A draft
// goes when its form has been taken (the next page is not an error, nor the form
// again), and with everything else at log-out.
import { all, closest, debounce, find, on } from "./dom";

const PREFIX = "draft:";
type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
interface Draft {
  fields: [name: string, value: string][];
  saved: number;
  sent?: boolean;
}

export function startDrafts(): void {
  forgetTaken();
  for (const form of all<HTMLFormElement>("form[data-draft]")) {
    restore(form);
    const save = debounce(400, () => keep(form));
    form.addEventListener("input", save);
    form.addEventListener("change", save);
  }
  on("submit", (event) => {
    const form = closest<HTMLFormElement>(event, "form");
    if (form?.getAttribute("action") === "/logout") each((key) => localStorage.removeItem(key));
    if (!form?.dataset["draft"] || event.defaultPrevented) return;
    keep(form, true);
  });
}

/** Text and choices; no files, no secrets, nothing that the server put there. */
function fieldsOf(form: HTMLFormElement): Field[] {
  const fields = [...form.elements].filter(
    (field): field is Field =>
      field instanceof HTMLInputElement ||
      field instanceof HTMLTextAreaElement ||
      field instanceof HTMLSelectElement,
  );
  return fields.filter((field) => field.name && !["hidden", "file", "password"].includes(field.type));
}

function isChoice(field: Field): field is HTMLInputElement {
  return field.type === "radio" || field.type === "checkbox";
}

function keep(form: HTMLFormElement, sent = false): void {
  const fields = fieldsOf(form)
    .filter((field) => !isChoice(field) || field.checked)
    .map((field): [string, string] => [field.name, field.value]);
  const draft: Draft = { fields, saved: Date.now(), sent };
  write(PREFIX + form.dataset["draft"], draft);
  showSaved(form, draft.saved);
}

function restore(form: HTMLFormElement): void {
  const draft = read(PREFIX + form.dataset["draft"]);
  // After a mistake the server has filled the form in already.
  if (!draft || find("#errors")) return;
  for (const field of fieldsOf(form)) {
    const values = draft.fields.filter(([name]) => name === field.name).map(([, value]) => value);
    if (isChoice(field)) field.checked = values.includes(field.value);
    else if (values[0] !== undefined) field.value = values[0];
  }
  if (draft.fields.some(([, value]) => value)) showSaved(form, draft.saved);
}

function showSaved(form: HTMLFormElement, at: number): void {
  const note = find("[data-part=draft]", form);
  if (!note) return;
  const time = new Date(at).toLocaleTimeString(document.documentElement.lang, {
    hour: "2-digit",
    minute: "2-digit",
  });
  note.textContent = (note.dataset["word"] ?? "").replace("{time}", time);
  note.hidden = false;
}

function forgetTaken(): void {
  const unsure = document.body.matches(".kt-oops, .kt-gate");
  each((key) => {
    const draft = read(key);
    if (!draft?.sent || unsure) return;
    const form = find(`form[data-draft="${CSS.escape(key.slice(PREFIX.length))}"]`);
    if (form && find("#errors")) write(key, { ...draft, sent: false });
    else localStorage.removeItem(key);
  });
}

function each(handle: (key: string) => void): void {
  try {
    Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).forEach(handle);
  } catch {
    // A browser may forbid storage altogether.
  }
}

function read(key: string): Draft | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as Draft | null;
  } catch {
    return null;
  }
}

function write(key: string, draft: Draft): void {
  try {
    localStorage.setItem(key, JSON.stringify(draft));
  } catch {
    // Full, or forbidden: the form itself still has everything.
  }
}
