// Forms with a draft, and those that apply themselves, are sent without leaving the
// page: where nobody answers, all that was typed and every photo chosen is still
// there, and the form says so. Only the server's word that it took the form (204 and
// where the result stands) lets the draft go. A result on the same page takes its
// place there, and whoever sent the form goes on where they were.
import { all, closest, find, on } from "./dom";
import { fillNew, forget, forgetAll, isWritten, keep } from "./drafts";
import { free } from "./forms";
import htmx from "./htmx";
import { carryPhotos } from "./photos";

/** With these the form comes back, filled in: wrong input, and what somebody else changed meanwhile. */
const SHOWN = [422, 409];

let isTaken = false;

export function startSending(): void {
  on("submit", (event) => {
    const form = closest<HTMLFormElement>(event, "form[method=post]");
    if (!form || event.defaultPrevented) return;
    if (form.dataset["draft"] || form.dataset["auto"] !== undefined || isLogOut(form) || isOfPage(form)) {
      event.preventDefault();
      void send(form, event.submitter);
    } else if (!navigator.onLine && showBanner()) {
      event.preventDefault();
      free(form);
    }
  });
  // Back on a form that was taken: its next report is another one.
  window.addEventListener("pageshow", (event) => event.persisted && isTaken && location.reload());
}

function isLogOut(form: HTMLFormElement): boolean {
  return form.getAttribute("action") === "/logout";
}

/** A form of one thing that this page shows: its answer is this page again. */
function isOfPage(form: HTMLFormElement): boolean {
  return (form.getAttribute("action") ?? "").startsWith(`${location.pathname}/`);
}

async function send(form: HTMLFormElement, submitter: HTMLElement | null): Promise<void> {
  complain(form, "");
  if (form.dataset["draft"]) keep(form);
  const answer = await fetch(form.getAttribute("action") ?? "", {
    method: "POST",
    body: new FormData(form, submitter),
    headers: { Prefer: "return=minimal" },
  }).catch(() => null);
  const place = answer?.headers.get("location");
  if (!answer) stay(form, navigator.onLine ? "away" : "offline");
  else if (answer.status === 204 && place) await taken(form, new URL(place, location.href));
  else refused(form, answer.status, await answer.text().catch(() => ""));
}

async function taken(form: HTMLFormElement, place: URL): Promise<void> {
  if (isLogOut(form)) forgetAll();
  else if (form.dataset["draft"]) forget(form);
  const isHere = place.pathname + place.search === location.pathname + location.search;
  const page = isHere ? await fetch(place).then(read, () => null) : null;
  const field = find("[id]:is(select, textarea, input:not([type=hidden], [type=file]))", form)?.id;
  if (!page || !showMain(page, form)) {
    isTaken = true;
    if (!isHere) return location.assign(place);
    // From here, an address with a mark would lead nowhere.
    history.replaceState(null, "", place);
    return location.reload();
  }
  history.replaceState(null, "", place);
  // What was written is in sight; what was chosen is chosen on.
  const written = place.hash && document.getElementById(place.hash.slice(1));
  if (written) {
    written.scrollIntoView({ block: "center" });
  }
  const chosen = field && form.dataset["auto"] !== undefined ? document.getElementById(field) : null;
  const goOn = written || chosen || find(".kt-flash") || find("#main");
  goOn?.focus({ preventScroll: true });
}

async function read(answer: Response): Promise<Document | null> {
  return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}

/** Puts another page's main part in the place of this one's; what is being written beside the form that was sent stays. */
function showMain(page: Document, sent: HTMLFormElement): boolean {
  const main = page.body.matches(".kt-oops") ? null : find("#main", page);
  const old = find("#main");
  if (!main || !old) return false;
  for (const form of all<HTMLFormElement>("form[method=post][id]", old)) {
    if (form === sent || !isWritten(form)) continue;
    const same = find(`form#${CSS.escape(form.id)}`, main);
    if (same) same.replaceWith(form);
    else carryPhotos(form, main);
  }
  find<HTMLDialogElement>("dialog[open]")?.close();
  old.replaceWith(main);
  htmx.process(main);
  fillNew();
  return true;
}

/**
 * The same page with what is wrong takes the place of this one, and a log-in has to
 * be a page of its own. Whatever else the server says, the form stays as it is.
 */
function refused(form: HTMLFormElement, status: number, html: string): void {
  const page = new DOMParser().parseFromString(html, "text/html");
  if (SHOWN.includes(status) && showMain(page, form)) return;
  if (page.body.matches(".kt-gate")) {
    form.submit();
  } else {
    stay(form, "away", (find("[role=alert] p", page) ?? find("#main p", page))?.textContent ?? "");
  }
}

/** Nothing was sent, or it was not taken: says why, in the server's words where it has some. */
function stay(form: HTMLFormElement, why: "away" | "offline", words = ""): void {
  free(form);
  const place = find("[data-part=unsent]", form);
  if (!place && !(why === "offline" && showBanner())) return form.submit();
  const hasFiles = [...new FormData(form).values()].some((value) => value instanceof File && value.size > 0);
  const photos = hasFiles ? place?.dataset["photosWord"] : "";
  complain(form, `${words || place?.dataset[`${why}Word`]} ${photos}`.trim());
}

function complain(form: HTMLFormElement, words: string): void {
  const place = find("[data-part=unsent]", form);
  if (!place) return;
  place.hidden = !words;
  (find("span", place) ?? place).textContent = words;
}

/** The banner that says so, where the page has one. */
function showBanner(): boolean {
  const banner = find("#offline");
  if (!banner) return false;
  // Below an open question nobody sees it.
  find<HTMLDialogElement>("dialog[open]")?.close();
  banner.hidden = false;
  banner.scrollIntoView({ block: "center" });
  return true;
}
