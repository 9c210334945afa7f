// Questions before something final. A link with data-ask leads to a page that
// asks; with scripts the question of that page opens as a dialog right here.
import { closest, find, on } from "./dom";

export function startDialogs(): void {
  on("click", (event) => {
    const link = closest<HTMLAnchorElement>(event, "a[data-ask]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      void ask(link);
    }
    const dialog = closest<HTMLDialogElement>(event, "dialog[open]");
    const isBackdrop = event.target === dialog;
    if (dialog && (isBackdrop || closest(event, "[data-close]"))) {
      event.preventDefault();
      dialog.close();
    }
  });
}

/** Shows the question, or goes to its page where that cannot be done. */
async function ask(link: HTMLAnchorElement): Promise<void> {
  const question = await questionOf(link.href).catch(() => null);
  const heading = question && find("h1", question);
  if (!heading) return location.assign(link.href);
  const dialog = document.createElement("dialog");
  dialog.className = "kt-dialog";
  heading.id = "question";
  dialog.setAttribute("aria-labelledby", heading.id);
  dialog.append(...question.childNodes);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

async function questionOf(url: string): Promise<HTMLElement | null> {
  const answer = await fetch(url);
  if (!answer.ok || answer.redirected) return null;
  return find("[data-question]", new DOMParser().parseFromString(await answer.text(), "text/html"));
}
