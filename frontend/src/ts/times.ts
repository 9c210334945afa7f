// "5 menit lalu" grows old on a page that stays open. The server writes such
// times as <time datetime="…" data-ago>; their words come from the page as well:
// <html data-ago="baru saja|0 mnt lalu|0 jam lalu"> has one for each unit. The time
// by the server's clock stands beside them (data-now): a phone's may be wrong.
import { all } from "./dom";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function startTimes(): void {
  const words = document.documentElement.dataset["ago"]?.split("|");
  if (!words) return;
  const ahead = Date.now() - Number(document.documentElement.dataset["now"]);
  window.setInterval(() => {
    const now = Date.now() - ahead;
    for (const time of all<HTMLTimeElement>("time[data-ago]")) {
      const text = ago(now - Date.parse(time.dateTime), words);
      if (text && time.textContent !== text) time.textContent = text;
    }
  }, MINUTE);
}

/** Nothing from a day on: then the server's words name the day, and stay true. */
function ago(age: number, [now = "", minutes = "", hours = ""]: string[]): string | null {
  if (!(age < DAY)) return null;
  if (age < MINUTE) return now;
  const [pattern, unit] = age < HOUR ? [minutes, MINUTE] : [hours, HOUR];
  return pattern.replace("0", String(Math.floor(age / unit)));
}
