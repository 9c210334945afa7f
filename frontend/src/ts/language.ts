// The language switch is a form of its own: what is half typed beside it would be
// lost. It waits in this tab for the same page in the other language; passwords,
// photos, and what a draft keeps anyway do not.
import { all, closest, on } from "./dom";

const KEY = "typed";
const FIELDS = "input:not([type=hidden], [type=password], [type=file], [type=radio], [type=checkbox]), textarea, select";

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export function startLanguage(): void {
  const kept = take();
  if (kept) fill(JSON.parse(kept) as [string, [string, string][]]);
  on("submit", (event) => {
    if (!closest(event, "form[action='/language']")) return;
    const typed = fields().map((field) => [field.id, field.value]);
    try {
      sessionStorage.setItem(KEY, JSON.stringify([location.pathname, typed]));
    } catch {
      // Full, or forbidden: the switch works without.
    }
  });
}

function take(): string | null {
  try {
    const kept = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return kept;
  } catch {
    return null; // A browser may forbid storage altogether.
  }
}

function fill([path, typed]: [string, [string, string][]]): void {
  if (path !== location.pathname) return;
  const values = new Map(typed);
  for (const field of fields()) field.value = values.get(field.id) ?? field.value;
}

function fields(): Field[] {
  return all<Field>(`main form[method=post]:not([data-draft]) :is(${FIELDS})`).filter((field) => field.id);
}
