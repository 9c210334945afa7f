// Everybody can use every page: axe finds nothing, nothing scrolls sideways,
// and the keyboard alone is enough.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { unseen } from "./routes.mjs";
import { changeStatus, confirm, inviteCode, logIn, PASSWORD, register, report, setUp } from "./steps.mjs";
import { axe, mailedLink, stage } from "./support.mjs";
import * as tour from "./tour.mjs";

const LOOKS = [
  { width: 390, height: 844, colorScheme: "light" },
  { width: 390, height: 844, colorScheme: "dark" },
  { width: 1280, height: 800, colorScheme: "light" },
  { width: 1280, height: 800, colorScheme: "dark" },
];

const LOCALES = { id: "id-ID", en: "en-GB" };

test("every page and every error state", async (t) => {
  const scene = await stage(t);
  const seen = [];
  for (const language of ["id", "en"]) {
    const page = await scene.device({ locale: LOCALES[language] });
    seen.push(...(await walk(t, "first", language, tour.first(scene), page)));
  }
  const known = await furnish(scene);
  const people = { stranger: null, resident: "rani", owner: "budi", admin: "ada", guest: "sari" };
  for (const language of ["id", "en"]) {
    for (const [role, username] of Object.entries(people)) {
      const page = await scene.device({ locale: LOCALES[language] });
      if (username) await logIn(page, username);
      if (username) await page.context().request.post("/language", { form: { language } });
      seen.push(...(await walk(t, role, language, tour[role]({ ...scene, ...known, language }), page)));
    }
  }
  await t.test("no page is left out", () => assert.deepEqual(unseen(seen), []));
});

/** Goes wherever one role comes, and looks at every page there; says the addresses that have shown one. */
async function walk(t, role, language, entries, page) {
  const seen = [];
  let shown;
  page.on("response", (response) => {
    if (response.request().isNavigationRequest() && response.frame() === page.mainFrame()) shown = response;
  });
  for (const [name, go] of entries) {
    await t.test(`${role}: ${name} (${language})`, async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      await go(page);
      // The other language has the same markup, so that one look is enough.
      for (const look of language === "id" ? LOOKS : LOOKS.slice(0, 1)) await inspect(page, look);
      await fits(page);
      // A refusal, or what a form has answered, is not the page that its address has for a link.
      if (shown.ok() && shown.request().method() === "GET") seen.push(new URL(shown.url()).pathname);
    });
  }
  await page.context().close();
  return seen;
}

/**
 * A kost with a resident and one who has left, an owner of two kosts, an
 * installation admin, a report in each state, and links that still open something.
 */
async function furnish({ device, setup, binary, data }) {
  const [owner, resident, left, ada] = [await device(), await device(), await device(), await device()];
  const kost = await setUp(owner, setup);
  const code = await inviteCode(owner, kost);
  await register(resident, code, { name: "Rani Putri", username: "rani" });
  await register(left, code, { name: "Sari Dewi", username: "sari" });
  await owner.goto(`${kost}/members`);
  const stay = await owner.locator(`a[href^='${kost}/members/']`, { hasText: "Sari" }).first().getAttribute("href");
  await send(owner, `${stay}/end`);

  const superuser = ["--data", data, "createsuperuser", "--username", "ada", "--name", "Ada Admin", "--email", "ada@example.com", "--password-stdin"];
  execFileSync(binary, superuser, { input: `${PASSWORD}\n` });
  await logIn(ada, "ada");
  const members = await send(ada, "/admin/kosts", { kost_name: "Kost Kenanga", timezone: "Asia/Makassar", rooms: "4" });
  await send(ada, members, { username: "budi", role: "owner" });
  await owner.goto("/invitations");
  await owner.locator("button[value=accept]").click();
  await owner.waitForURL((url) => url.pathname !== "/invitations");
  await send(owner, `${kost}/members`, { username: "ada", role: "caretaker" });
  await send(resident, "/forgot", { login: "ada" });

  await send(resident, "/account/email", { email: "rani@example.com", password: PASSWORD });
  const verified = await mailedLink(data, "/verify");
  await send(resident, verified);
  const running = await report(resident, kost, "Wi-Fi lantai dua sering putus");
  const asked = await report(resident, kost, "Lampu teras mati");
  const confirmed = await report(resident, kost, "Keran kamar mandi bocor");
  for (const done of [asked, confirmed]) {
    await owner.goto(done);
    await changeStatus(owner, "done");
  }
  await resident.goto(confirmed);
  await confirm(resident);
  const stop = await mailedLink(data, "/unsubscribe");
  const unsubscribe = { id: stop, en: stop.replace(/\w+$/, "comment") }; // one kind is stopped only once
  await send(left, "/account/email", { email: "sari@example.com", password: PASSWORD });
  const verify = await mailedLink(data, "/verify", verified);
  const said = execFileSync(binary, ["--data", data, "reset-link", "rani"], { encoding: "utf8" });
  const [reset] = said.match(/\/reset\/\S+/);
  for (const page of [owner, resident, left, ada]) await page.context().close();
  return { kost, code, open: running, asked, confirmed, unsubscribe, verify, reset };
}

/** Sends a form without opening its page; says where that led. */
async function send(page, path, form = {}) {
  const answer = await page.context().request.post(path, { form });
  assert.ok(answer.ok(), `${path}: ${answer.status()}`);
  return new URL(answer.url()).pathname;
}

async function inspect(page, { width, height, colorScheme }) {
  await page.setViewportSize({ width, height });
  // Without motion the colours do not fade over: what axe measures is what stays.
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  // A link half under the bar, where an earlier look left it, would count as too small.
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.waitForTimeout(150);
  await axe(page, `${page.url()} at ${width}, ${colorScheme}`);
  assert.equal(await page.locator("h1:visible").count(), 1, `${page.url()} at ${width}: one h1`);
}

/** Nothing may stick out to the side, on the narrowest phones either. */
async function fits(page) {
  for (const width of [320, 390]) {
    await page.setViewportSize({ width, height: 844 });
    const wide = await page.evaluate(() => {
      const room = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= room) return [];
      const boxes = [...document.body.querySelectorAll("*")];
      return boxes.filter((box) => box.getBoundingClientRect().right > room + 1).map((box) => box.outerHTML.slice(0, 120));
    });
    assert.deepEqual(wide.slice(0, 5), [], `${page.url()} scrolls sideways at ${width}`);
  }
}
