// Forms with a draft are sent without leaving the page: where nobody answers, all
// that was typed and every photo chosen is still there, and the form says so. Only
// the server's word that it took the form (204 and where the result stands) lets
// the draft go.
import { closest, find, on } from "./dom";
import { forget, forgetAll, keep } from "./drafts";
import { free } from "./forms";
import htmx from "./htmx";

/** With these the form comes back, filled in: wrong input, and what somebody else changed meanwhile. */
const SHOWN = [422, 409];

let isTaken = false;

export function startSending(): void {
  on("submit", (event) => {
    const form = closest<HTMLFormElement>(event, "form[method=post]");
    if (!form || event.defaultPrevented) return;
    if (form.dataset["draft"] || isLogOut(form)) {
      event.preventDefault();
      void send(form);
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

async function send(form: HTMLFormElement): Promise<void> {
  complain(form, "");
  if (form.dataset["draft"]) keep(form);
  const answer = await fetch(form.getAttribute("action") ?? "", {
    method: "POST",
    body: new FormData(form),
    headers: { Prefer: "return=minimal" },
  }).catch(() => null);
  const place = answer?.headers.get("location");
  if (!answer) stay(form, navigator.onLine ? "away" : "offline");
  else if (answer.status === 204 && place) taken(form, new URL(place, location.href));
  else refused(form, answer.status, await answer.text().catch(() => ""));
}

function taken(form: HTMLFormElement, place: URL): void {
  isTaken = true;
  if (isLogOut(form)) forgetAll();
  else forget(form);
  if (place.pathname + place.search !== location.pathname + location.search) return location.assign(place);
  // A new fragment alone would load nothing.
  history.replaceState(null, "", place);
  history.scrollRestoration = "manual";
  location.reload();
}

/**
 * The same page with what is wrong takes the place of this one, and a log-in has to
 * be a page of its own. Whatever else the server says, the form stays as it is.
 */
function refused(form: HTMLFormElement, status: number, html: string): void {
  const page = new DOMParser().parseFromString(html, "text/html");
  const main = find("#main", page);
  if (main && SHOWN.includes(status) && !page.body.matches(".kt-oops")) {
    find("#main")?.replaceWith(main);
    htmx.process(main);
  } else if (page.body.matches(".kt-gate")) {
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
  banner.hidden = false;
  banner.scrollIntoView({ block: "center" });
  return true;
}
