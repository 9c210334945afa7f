// Pages that stay true: what happened while a page was loading, and while the
// server was away, shows itself.
import assert from "node:assert/strict";
import test from "node:test";
import { comment, inviteCode, register, report, setUp } from "./steps.mjs";
import { stage } from "./support.mjs";

test("a page is never behind for long", async (t) => {
  const { device, setup, away, still, expectTrouble } = await stage(t);
  const owner = await device({ viewport: { width: 1280, height: 800 } });
  const kost = await setUp(owner, setup);
  const page = await device();
  await register(page, await inviteCode(owner, kost), { name: "Rani Putri", username: "rani" });
  let ticket;

  await t.test("who was assigned while the page was loading stands on it", async () => {
    // Scripts come late, as on a bad line: the report is assigned before the socket stands.
    await page.route(/app\.\w+\.js/, async (route) => {
      await new Promise((go) => setTimeout(go, 2000));
      await route.continue();
    });
    ticket = await report(page, kost, "Lampu teras mati");
    await page.locator("#facts", { hasText: "Budi Santoso" }).waitFor();
    await page.unrouteAll();
  });

  await t.test("a page that is up to date asks for nothing again", async () => {
    const asked = [];
    page.on("request", (request) => request.headers()["hx-request"] && asked.push(request.url()));
    await page.goto(ticket);
    await page.locator(".kt-conn--live").waitFor({ state: "attached" });
    await page.waitForTimeout(600);
    assert.deepEqual(asked, []);
  });

  await t.test("a server that comes back finds the page as it was left, and brings it up to date", async () => {
    [page, owner].forEach(expectTrouble);
    await page.fill("#body", "Saya tunggu");
    await away(async () => {
      await page.locator(".kt-conn--wait", { hasText: "Menyambung…" }).waitFor({ state: "attached" });
    });
    await owner.goto(ticket);
    await comment(owner, "Besok pagi saya datang.");
    await page.locator("#timeline").getByText("Besok pagi saya datang.").waitFor();
    await page.locator(".kt-conn--live").waitFor({ state: "attached" });
    assert.equal(await page.inputValue("#body"), "Saya tunggu");
  });

  await t.test("a server that stands still is noticed by its silence", async () => {
    await page.clock.install();
    await page.goto(ticket);
    await page.locator(".kt-conn--live").waitFor({ state: "attached" });
    await still(async () => {
      // Nobody waits for real: the connection is open and says nothing for a minute.
      await page.clock.runFor(60_000);
      await page.locator(".kt-conn--wait").waitFor({ state: "attached" });
    });
    await page.locator(".kt-conn--live").waitFor({ state: "attached" });
  });

  await t.test("a hidden page waits with looking until somebody looks", async () => {
    const asked = [];
    page.on("request", (request) => request.headers()["hx-request"] && asked.push(request.url()));
    await look(page, "hidden");
    await comment(owner, "Sudah di jalan.");
    await page.locator("#bell .kt-badge:not([hidden])").waitFor();
    await page.waitForTimeout(500);
    assert.deepEqual(asked, []);
    await look(page, "visible");
    await page.locator("#timeline").getByText("Sudah di jalan.").waitFor();
  });

  await t.test("whoever is logged out elsewhere is led to the log-in", async () => {
    await page.goto("/notifications"); // nothing is being written there
    await page.locator("#conn.kt-conn--live").waitFor();
    const { cookies } = await page.context().storageState();
    const other = await device({ storageState: { cookies, origins: [] } });
    await other.goto("/account");
    await other.locator("main form[action='/logout'] button").click();
    await page.waitForURL(/\/login/);
  });
});

/** Chromium shows every page at once: the page is told what a phone would tell it. */
async function look(page, state) {
  await page.evaluate((state) => {
    Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
}
