// Everybody can use every page: axe finds nothing, nothing scrolls sideways,
// and the keyboard alone is enough.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { changeStatus, confirm, inviteCode, logIn, PASSWORD, register, report, setUp } from "./steps.mjs";
import { axe, stage } from "./support.mjs";
import * as tour from "./tour.mjs";

const LOOKS = [
  { width: 390, height: 844, colorScheme: "light" },
  { width: 390, height: 844, colorScheme: "dark" },
  { width: 1280, height: 800, colorScheme: "light" },
  { width: 1280, height: 800, colorScheme: "dark" },
];

test("every page and every error state", async (t) => {
  const scene = await stage(t);
  const known = await furnish(scene);
  const people = { stranger: null, resident: "rani", owner: "budi", admin: "ada" };
  for (const language of ["id", "en"]) {
    for (const [role, username] of Object.entries(people)) {
      const page = await scene.device({ locale: language === "id" ? "id-ID" : "en-GB" });
      if (username) await logIn(page, username);
      if (username) await page.context().request.post("/language", { form: { language } });
      for (const [name, go] of tour[role](known)) {
        await t.test(`${role}: ${name} (${language})`, async () => {
          await page.setViewportSize({ width: 390, height: 844 });
          await go(page);
          // The other language has the same markup, so that one look is enough.
          for (const look of language === "id" ? LOOKS : LOOKS.slice(0, 1)) await inspect(page, look);
          await fits(page);
        });
      }
      await page.context().close();
    }
  }
});

/** A kost with a resident, an installation admin, and a report in each state. */
async function furnish({ device, setup, binary, data }) {
  const owner = await device();
  const resident = await device();
  const kost = await setUp(owner, setup);
  const code = await inviteCode(owner, kost);
  await register(resident, code, { name: "Rani Putri", username: "rani" });
  const superuser = ["--data", data, "createsuperuser", "--username", "ada", "--name", "Ada Admin", "--email", "ada@example.com", "--password-stdin"];
  execFileSync(binary, superuser, { input: `${PASSWORD}\n` });
  await owner.context().request.post(`${kost}/members`, { form: { username: "ada", role: "caretaker" } });
  await resident.context().request.post("/forgot", { form: { login: "ada" } });
  const running = await report(resident, kost, "Wi-Fi lantai dua sering putus");
  const asked = await report(resident, kost, "Lampu teras mati");
  const confirmed = await report(resident, kost, "Keran kamar mandi bocor");
  for (const done of [asked, confirmed]) {
    await owner.goto(done);
    await changeStatus(owner, "done");
  }
  await resident.goto(confirmed);
  await confirm(resident);
  await owner.context().close();
  await resident.context().close();
  return { kost, code, open: running, asked, confirmed };
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
