// The demo is what it says to be, to those who log in to it.
import assert from "node:assert/strict";
import test from "node:test";
import { logIn } from "./steps.mjs";
import { withDemo } from "./support.mjs";

const DAY = 24 * 60 * 60 * 1000;
/** What the first page of a role is. */
const HOMES = { admin: "/admin/kosts", owner: "/k/melati", manager: "/k/melati", caretaker: "/k/melati", resident: "/tickets" };

test("half a year in a kost of thirty", async (t) => {
  await withDemo(async ({ logins, device }) => {
    await t.test("nine people can log in, and come to their own page", async () => {
      const roles = logins.map(({ role }) => (["admin", "resident"].includes(role) ? role : "staff"));
      const count = (role) => roles.filter((one) => one === role).length;
      assert.deepEqual([count("admin"), count("staff"), count("resident")], [1, 4, 4]);
      for (const { role, username, password } of logins) {
        const page = await device();
        await logIn(page, username, password);
        await page.waitForURL(HOMES[role]);
        assert.equal(await page.locator("h1:visible").count(), 1, username);
        await page.context().close();
      }
    });

    const { username, password } = logins.find(({ role }) => role === "owner");
    const page = await device({ viewport: { width: 1280, height: 800 } });
    await logIn(page, username, password);
    await page.waitForURL(HOMES.owner);
    const kost = new URL(page.url()).pathname;
    /** How many lines a part of the page has, once its own count, if it shows one, agrees. */
    const lines = async (part) => {
      const panel = page.locator(`section[aria-labelledby='${part}']`);
      const count = await panel.locator("li").count();
      for (const said of await panel.locator(".kt-count").allInnerTexts()) assert.equal(said, String(count), part);
      return count;
    };

    await t.test("four run the house, thirty live in it, in twenty-four rooms", async () => {
      await page.goto(`${kost}/members`);
      assert.equal(await lines("staff-title"), 4);
      assert.equal(await lines("residents-title"), 30);
      await page.goto(`${kost}/locations`);
      assert.equal(await lines("rooms-title"), 24);
    });

    await t.test("about two hundred reports, in every status", async () => {
      await page.goto(kost);
      const tiles = (await page.locator("#counts .kt-stat__v").allInnerTexts()).map(number);
      assert.equal(tiles.length, 3);
      assert.ok(tiles.every((count) => count > 0), `${tiles}`);
      const all = tiles.reduce((sum, count) => sum + count);
      assert.ok(all >= 180 && all <= 220, `${all} reports`);
      assert.equal(number(await page.locator("#chips .kt-chip__n").first().innerText()), all);
    });

    await t.test("spread over six months", async () => {
      const opened = async (from, to) => {
        const day = (ago) => new Date(Date.now() - ago * DAY).toISOString().slice(0, 10);
        await page.goto(`${kost}/statistics?from=${day(from)}&to=${day(to)}`);
        return number(await page.locator(".kt-stat__v").first().innerText());
      };
      assert.equal(await opened(330, 182), 0, "nothing is older");
      const months = [];
      for (let month = 0; month < 6; month += 1) months.push(await opened(30 * (month + 1), 30 * month + 1));
      assert.ok(months.every((count) => count >= 10), `opened in each month, backwards: ${months}`);
    });
  });
});

/** A number as a page shows it, with dots between thousands. */
function number(text) {
  return Number(text.replace(/\D/g, ""));
}
