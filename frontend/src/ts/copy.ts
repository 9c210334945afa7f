// A button with data-copy="<selector>" puts the text of that element on the
// clipboard. Where a browser forbids that, the text is selected, ready to be copied.
import { all, closest, find, on, prepare } from "./dom";

export function startCopy(): void {
  prepare((root) => all("[data-copy]", root).forEach((button) => (button.hidden = false)));
  on("click", (event) => {
    const button = closest(event, "[data-copy]");
    const source = button && find(button.dataset["copy"] ?? "");
    if (source) void copy(source, button);
  });
}

async function copy(source: HTMLElement, button: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(source.textContent ?? "");
    const word = find("span", button);
    if (word) word.textContent = button.dataset["doneWord"] ?? "";
  } catch {
    window.getSelection()?.selectAllChildren(source);
  }
}
