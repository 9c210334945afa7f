// Questions before something final. The link that asks leads to a page with the
// same question; with scripts it opens the dialog of that id instead.
import { closest, on } from "./dom";

export function startDialogs(): void {
  on("click", (event) => {
    const opener = closest(event, "[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset["dialog"] ?? "");
    if (dialog instanceof HTMLDialogElement) {
      event.preventDefault();
      dialog.showModal();
      return;
    }
    const within = closest<HTMLDialogElement>(event, "dialog[open]");
    const onBackdrop = event.target === within;
    if (within && (onBackdrop || closest(event, "[data-close]"))) within.close();
  });
}
