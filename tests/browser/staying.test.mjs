// What somebody is in the middle of stays, however much happens on the page meanwhile.
import assert from "node:assert/strict";
import test from "node:test";
import { changeStatus, comment, inviteCode, register, report, setUp } from "./steps.mjs";
import { photo, stage } from "./support.mjs";

const shots = (page) => page.locator("#composer .kt-shot img");

test("a page that follows takes nothing away", async (t) => {
  const { device, setup, away, expectTrouble } = await stage(t);
  const owner = await device({ viewport: { width: 1280, height: 800 } });
  const kost = await setUp(owner, setup);
  const page = await device();
  await register(page, await inviteCode(owner, kost), { name: "Rani Putri", username: "rani" });
  const ticket = await report(page, kost, "Lampu teras mati");
  const live = (of) => of.locator(".kt-conn--live").waitFor({ state: "attached" });

  await t.test("photos chosen for a comment are there after a reconnection", async () => {
    [page, owner].forEach(expectTrouble);
    await live(page);
    await page.locator("#composer input[type=file]").setInputFiles(photo());
    await shots(page).waitFor();
    await away(async () => {
      await page.locator(".kt-conn--wait").waitFor({ state: "attached" });
    });
    await live(page);
    await page.waitForTimeout(600);
    assert.equal(await shots(page).count(), 1);
  });

  await t.test("photos and words stay when a form beside them applies itself", async () => {
    await owner.goto(ticket);
    await live(owner);
    await owner.locator("#composer input[type=file]").setInputFiles(photo());
    await shots(owner).waitFor();
    await owner.fill("#body", "Ini kabelnya");
    await changeStatus(owner, "in_progress");
    assert.equal(await shots(owner).count(), 1);
    assert.equal(await owner.inputValue("#body"), "Ini kabelnya");
  });

  await t.test("and go on in the note that a done report still takes", async () => {
    await changeStatus(owner, "done");
    await owner.locator("#note-form").waitFor();
    assert.equal(await shots(owner).count(), 1);
    assert.equal(await owner.inputValue("#body"), "Ini kabelnya");
    await owner.locator("#note-form button[type=submit]").click();
    await owner.locator("#timeline .kt-photos img").last().waitFor();
  });

  await t.test("an open form stays open, and what is typed in it", async () => {
    await page.reload();
    await live(page);
    await page.locator(".kt-return summary").click();
    await page.fill("#reason", "Masih berkedip");
    const followed = page.waitForResponse((answer) => "hx-request" in answer.request().headers());
    await owner.locator("select#priority").selectOption("high");
    await followed;
    await page.waitForTimeout(400);
    assert.ok(await page.locator("#reason").isVisible());
    assert.equal(await page.inputValue("#reason"), "Masih berkedip");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "reason");
    await page.locator("#return-form button[type=submit]").click();
    await page.locator("#composer textarea").waitFor();
  });

  await t.test("on a slow line it ends as true as on a quick one", async () => {
    await page.goto(ticket);
    await live(page);
    await page.route((url) => url.pathname === ticket, async (route) => {
      await new Promise((go) => setTimeout(go, 1500));
      await route.continue();
    });
    await owner.goto(ticket);
    for (const words of ["Satu kabar", "Dua kabar", "Tiga kabar"]) {
      await comment(owner, words);
      await owner.waitForTimeout(400);
    }
    await page.locator("#timeline").getByText("Tiga kabar").waitFor({ timeout: 8000 });
    await page.unrouteAll();
  });

  await t.test("a button of the report leaves whoever presses it on the report", async () => {
    await owner.locator("select#assignee").selectOption("");
    await owner.locator("form[action$='/assignee'] button", { hasText: "Saya tangani" }).click();
    await owner.locator("form[action$='/assignee'] button", { hasText: "Saya tangani" }).waitFor({ state: "detached" });
    assert.equal(new URL(owner.url()).pathname, ticket);
    await comment(page, "Terima kasih");
    await owner.locator("#timeline").getByText("Terima kasih").waitFor();
  });
});
