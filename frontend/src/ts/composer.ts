// Staff write a reply or a note in one box: its empty field says which.
import { all, closest, on, prepare } from "./dom";

const replies = new WeakMap<HTMLTextAreaElement, string>();

export function startComposer(): void {
  prepare((root) => all<HTMLTextAreaElement>("textarea[data-note]", root).forEach(tell));
  on("change", (event) => {
    const form = closest(event, "form.kt-reply");
    if (form) all<HTMLTextAreaElement>("textarea[data-note]", form).forEach(tell);
  });
}

function tell(field: HTMLTextAreaElement): void {
  const reply = replies.get(field) ?? field.placeholder;
  replies.set(field, reply);
  const isNote = field.form?.querySelector("[name=internal][value=true]:checked");
  field.placeholder = isNote ? (field.dataset["note"] ?? reply) : reply;
}
