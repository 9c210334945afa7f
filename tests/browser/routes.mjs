// The pages that the router knows, to tell which of them nobody has looked at.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/** Addresses without a page of their own, and what they answer with. */
const NO_PAGE = {
  "/healthz": "a word for machines",
  "/readyz": "a word for machines",
  "/live": "a socket",
  "/k/{kost}/tickets/{number}/photos/{file}": "a photo",
  "/photos/kept/{file}": "a photo",
  "/k/{kost}/statistics.csv": "a file to keep",
  "/admin/mail/{name}/html": "a mail, shown in the frame of its page",
  "/admin/mail/{name}/source": "a file to keep",
};

const router = readFileSync(new URL("../../src/router.rs", import.meta.url), "utf8");
const routes = [...router.matchAll(/\.route\(\s*"([^"]+)",(.*?)(?=\n {8}\.)/gs)].map(([, path, verbs]) => ({ path, verbs }));
const pages = routes.filter(({ verbs }) => /\bget\(/.test(verbs)).map(({ path }) => path);
assert.equal(pages.length, router.match(/\bget\(/g).length, "every route is understood");
assert.deepEqual(Object.keys(NO_PAGE).filter((path) => !pages.includes(path)), [], "exempt, but no route any more");

/** The routes with a page that these paths do not come to. */
export function unseen(paths) {
  const seen = new Set(paths.map(routeOf));
  return pages.filter((page) => !(page in NO_PAGE) && !seen.has(page));
}

/** The route that answers at this path: of several, the most literal one. */
function routeOf(path) {
  return pages.filter((page) => pattern(page).test(path)).sort((a, b) => places(a) - places(b))[0];
}

const places = (page) => page.split("{").length;

function pattern(page) {
  return new RegExp(`^${page.replaceAll(/[.]/g, "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}
