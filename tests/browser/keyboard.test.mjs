// Nobody needs a pointer: the skip link, and a report from the first key to the last.
import assert from "node:assert/strict";
import test from "node:test";
import { chosen, setUp } from "./steps.mjs";
import { stage } from "./support.mjs";

test("by keyboard alone", async (t) => {
  const { device, setup } = await stage(t);
  const page = await device({ viewport: { width: 1280, height: 800 } });
  const kost = await setUp(page, setup);

  await t.test("the skip link comes first and leads to the content", async () => {
    await page.goto(kost);
    await page.keyboard.press("Tab");
    assert.ok(await page.locator(".kt-skip:focus").isVisible());
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
  });

  await t.test("a report can be filled in and sent", async () => {
    await page.goto(`${kost}/tickets/new`);
    await tabTo(page, "[name=category]");
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowRight");
    await tabTo(page, "#title");
    await page.keyboard.type("Pintu gerbang macet");
    await tabTo(page, "select#location");
    await page.keyboard.press("ArrowDown");
    await tabTo(page, "form[enctype] button[type=submit]");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/tickets\/\d+/);
    await page.getByRole("heading", { level: 1, name: "Pintu gerbang macet" }).waitFor();
  });

  await t.test("arrow keys choose a status, and only Enter sets it", async () => {
    await page.goto(`${kost}/tickets/1`);
    await page.locator("select#assignee:has(option:not([value=''])[selected])").waitFor();
    await tabTo(page, "select#status");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    const save = page.locator("form[action$='/status'] [data-auto-button]");
    await save.waitFor();
    assert.equal(await page.locator("select#status").inputValue(), "done");
    assert.equal(await chosen(page.locator("select#status")), "open", "nothing is set in passing");
    // What changes meanwhile takes neither the choice nor the button away.
    const version = await page.locator("form[action$='/priority'] [name=version]").getAttribute("value");
    await page.request.post(`${kost}/tickets/1/priority`, { form: { priority: "high", version } });
    await page.locator("select#priority:has(option[value=high][selected])").waitFor();
    assert.equal(await page.locator("select#status").inputValue(), "done");
    await save.waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator(".kt-flash").waitFor();
    assert.equal(await chosen(page.locator("select#status")), "done");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "status");
    assert.equal(await page.locator("#timeline .kt-ev", { hasText: "Sedang Diproses" }).count(), 0);
  });

  await t.test("after a mistake the focus is on what is wrong", async () => {
    await page.goto(`${kost}/tickets/new`);
    await tabTo(page, "form[enctype] button[type=submit]");
    await page.keyboard.press("Enter");
    await page.locator("#errors").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.id), "errors");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.notEqual(await page.evaluate(() => document.activeElement?.id), "errors");
  });
});

/** Presses Tab until the focus is there; whatever it passes shows that it has the focus. */
async function tabTo(page, selector) {
  for (let step = 0; step < 80; step += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`${selector} cannot be reached by Tab`);
}
