// Parts of the page that follow what happens: data-live="ticket:12 kost:3" names
// the topics a part depends on. When one of them changes, the part is fetched
// again from its page (hx-get, or the address it stands on) and morphed, so that
// focus, selection and what is half typed stay. One request serves all parts of
// one page. A page that nobody sees waits until somebody does: what it fetches
// counts as read.
import { fillNew } from "./drafts";
import { all, closest, find, on, throttle } from "./dom";
import htmx from "./htmx";

const stale = new Set<string>();

// However often something changes, the page follows a few times each second.
const refreshStale = throttle(250, () => {
  if (document.visibilityState === "hidden") return;
  const regions = all("[data-live][id]").filter((region) => stale.has(region.id));
  stale.clear();
  const held = regions.filter(isHeld);
  if (held.length > 0) offer();
  fetchAgain(regions.filter((region) => !held.includes(region)));
});

/** What tells how old something is grows old by itself: data-tick. */
const TICK = 30_000;

export function startRegions(): void {
  window.setInterval(() => {
    if (!navigator.onLine) return;
    for (const region of all("[data-live][data-tick][id]")) stale.add(region.id);
    if (stale.size > 0) refreshStale();
  }, TICK);
  on("click", (event) => {
    if (!closest(event, "#fresh")) return;
    withdraw();
    window.scrollTo({ top: 0 });
    fetchAgain(all("[data-live][id]"));
  });
  document.addEventListener("visibilitychange", () => stale.size > 0 && refreshStale());
}

/** Refreshes what depends on one of the topics; all of it if none are given. */
export function refresh(topics?: string[]): void {
  for (const region of all("[data-live][id]")) {
    const own = region.dataset["live"]?.split(" ") ?? [];
    if (!topics || own.some((topic) => topics.includes(topic))) stale.add(region.id);
  }
  if (stale.size > 0) refreshStale();
}

/** Nothing moves under a finger: a list scrolled past waits to be asked for. */
function isHeld(region: HTMLElement): boolean {
  return region.dataset["hold"] !== undefined && region.getBoundingClientRect().top < -40;
}

function offer(): void {
  const button = find("#fresh");
  if (button) button.hidden = false;
}

function withdraw(): void {
  const button = find("#fresh");
  if (button) button.hidden = true;
}

function fetchAgain(regions: HTMLElement[]): void {
  const here = location.pathname + location.search;
  const pages = new Map<string, string[]>();
  for (const region of regions) {
    const url = region.getAttribute("hx-get") || here;
    pages.set(url, [...(pages.get(url) ?? []), `#${CSS.escape(region.id)}:outerMorph`]);
  }
  for (const [url, parts] of pages) {
    const swapped = htmx.ajax("GET", url, {
      source: document.body,
      target: document.body,
      swap: "none",
      selectOOB: parts.join(","),
    });
    void swapped.then(fillNew);
  }
}
