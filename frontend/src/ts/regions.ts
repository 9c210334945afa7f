// Parts of the page that follow what happens: data-live="ticket:12 kost:3" names
// the topics a part depends on. When one of them changes, the part is fetched
// again from its page and morphed, so that focus, selection and what is half typed
// stay. One request serves all parts. A page that nobody sees waits until somebody
// does: what it fetches counts as read.
import { fillNew } from "./drafts";
import { all, closest, find, on, throttle } from "./dom";
import htmx from "./htmx";

const stale = new Set<string>();
/** Stale, and waiting to be asked for. */
const held = new Set<string>();
let isFetching = false;

// However often something changes, the page follows a few times each second, on a
// slow line as soon as the time before has come.
const refreshStale = throttle(250, async () => {
  if (isFetching || document.visibilityState === "hidden") return;
  const regions = all("[data-live][id]").filter(({ id }) => stale.has(id) || held.has(id));
  stale.clear();
  held.clear();
  regions.filter(isHeld).forEach(({ id }) => held.add(id));
  offer(held.size > 0);
  isFetching = true;
  await fetchAgain(regions.filter(({ id }) => !held.has(id))).catch(() => {});
  isFetching = false;
  if (stale.size > 0) refreshStale();
});

/** What tells how old something is grows old by itself: data-tick. */
const TICK = 30_000;

export function startRegions(): void {
  window.setInterval(() => {
    if (!navigator.onLine) return;
    // Growing old alone is nothing new to ask for.
    for (const region of all("[data-live][data-tick][id]")) if (!isHeld(region)) stale.add(region.id);
    if (stale.size > 0) refreshStale();
  }, TICK);
  on("click", (event) => {
    if (!closest(event, "#fresh")) return;
    window.scrollTo({ top: 0, behavior: "instant" });
    offer(false);
    refresh();
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

/** Whether the button is there that brings what waits. */
function offer(isWaiting: boolean): void {
  const button = find("#fresh");
  if (button) button.hidden = !isWaiting;
}

async function fetchAgain(regions: HTMLElement[]): Promise<void> {
  if (regions.length === 0) return;
  await htmx.ajax("GET", location.pathname + location.search, {
    source: document.body,
    target: document.body,
    swap: "none",
    selectOOB: regions.map((region) => `#${CSS.escape(region.id)}:outerMorph`).join(","),
  });
  fillNew();
}
