// Nothing typed is ever lost: not offline, not while the server is away, not by a
// mistake, and a draft goes only when the server has what was written.
import assert from "node:assert/strict";
import test from "node:test";
import { PASSWORD, changeStatus, comment, inviteCode, logIn, register, setUp } from "./steps.mjs";
import { photo, stage } from "./support.mjs";

const TITLE = "Keran kamar mandi bocor";
const unsent = (page) => page.locator("[data-part=unsent]:visible");

test("what was typed stays until the server has it", async (t) => {
  const { device, setup, away, expectTrouble } = await stage(t);
  const owner = await device({ viewport: { width: 1280, height: 800 } });
  const kost = await setUp(owner, setup);
  const page = await device();
  await register(page, await inviteCode(owner, kost), { name: "Rani Putri", username: "rani" });
  expectTrouble(page);
  let ticket;

  await t.test("offline, the page stays, with text and photo, and says so", async () => {
    await fill(page, kost);
    await page.context().setOffline(true);
    await send(page);
    assert.match(await unsent(page).innerText(), /Anda luring.*Foto tetap terpilih/);
    assert.equal(await page.inputValue("#title"), TITLE);
    assert.equal(await page.locator(".kt-shot img").count(), 1);
    await page.context().setOffline(false);
  });

  await t.test("nothing else gives a draft up: not another page, not a reload", async () => {
    await page.goto("/tickets");
    await page.goto("/account");
    await page.goto(`${kost}/tickets/new`);
    assert.equal(await page.inputValue("#title"), TITLE);
    await page.reload();
    assert.equal(await page.inputValue("#title"), TITLE);
  });

  await t.test("with the server away it is the same", async () => {
    await fill(page, kost);
    await away(async () => {
      await send(page);
      assert.match(await unsent(page).innerText(), /server tidak menjawab/);
      assert.equal(await page.inputValue("#title"), TITLE);
    });
  });

  await t.test("what is wrong is shown without giving anything up", async () => {
    await page.fill("#title", "");
    await send(page);
    await page.locator("#errors").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.id), "errors");
    assert.ok(await page.locator("[name=category][value=water]").isChecked());
    await page.fill("#title", TITLE);
  });

  await t.test("photos that the server has already are shown, and can be taken out", async () => {
    const kept = page.locator("[data-kept] .kt-shot");
    await kept.locator("img").waitFor();
    assert.ok(await kept.locator("img").evaluate((image) => image.decode().then(() => image.naturalWidth > 0)));
    await page.locator("input[type=file][name=photos]").last().setInputFiles(photo("pintu.png"));
    await page.locator("[data-photos] .kt-shot img").waitFor();
    await page.fill("#title", "");
    await send(page);
    await page.locator("#errors").waitFor();
    await kept.nth(1).waitFor();
    await kept.nth(0).getByRole("button", { name: "Hapus foto 1" }).click();
    assert.equal(await kept.count(), 1);
    await page.fill("#title", TITLE);
  });

  await t.test("near its limit a field says how much is left", async () => {
    const left = page.getByText("Sisa 7 huruf");
    assert.equal(await left.count(), 0);
    await page.fill("#title", "k".repeat(93));
    await left.waitFor();
    await page.fill("#title", TITLE);
    assert.equal(await left.count(), 0);
  });

  await t.test("sent in the end, it is one report, and the draft is gone", async () => {
    await send(page);
    await page.waitForURL(/\/tickets\/\d+/);
    ticket = new URL(page.url()).pathname;
    await page.locator(".kt-flash").waitFor();
    assert.equal(await page.locator(".kt-photos img").count(), 1);
    await page.goto(`${kost}/tickets/new`);
    assert.equal(await page.inputValue("#title"), "");
    await page.goto("/tickets");
    assert.equal(await page.locator(".kt-ticket").count(), 1);
  });

  await t.test("a comment stays while the server is away, and is written once", async () => {
    await page.goto(ticket);
    await page.fill("#body", "Masih menetes.");
    await away(async () => {
      await page.locator("form[action$='/comments'] button[type=submit]").click();
      await unsent(page).waitFor();
    });
    assert.equal(await page.inputValue("#body"), "Masih menetes.");
    await comment(page, "Masih menetes.");
    await page.locator(".kt-flash").waitFor();
    assert.equal(await page.inputValue("#body"), "");
    assert.equal(await page.locator("#timeline").getByText("Masih menetes.").count(), 1);
    assert.match(page.url(), /#m\d+$/);
    assert.ok(await page.locator(new URL(page.url()).hash).isVisible());
    await page.reload();
    assert.equal(await page.inputValue("#body"), "");
  });

  await t.test("a change of status is held back while offline, visibly", async () => {
    await owner.goto(ticket);
    expectTrouble(owner);
    await owner.context().setOffline(true);
    await owner.locator("select#status").selectOption("in_progress");
    await owner.locator("#offline:visible").waitFor();
    assert.equal(new URL(owner.url()).pathname, ticket);
    await owner.context().setOffline(false);
    await owner.reload();
    await changeStatus(owner, "in_progress");
  });

  await t.test("what is being written when the report is done goes on as the reason to return it", async () => {
    await page.goto(ticket);
    await page.locator("#conn.kt-conn--live").waitFor();
    await page.fill("#body", "Tunggu, di kamar sebelah juga.");
    await page.waitForFunction(() => Object.keys(localStorage).some((key) => key.startsWith("draft:comment")));
    await owner.goto(ticket);
    await changeStatus(owner, "done");
    const reason = page.locator("textarea[name=reason]:visible");
    await reason.waitFor();
    assert.equal(await reason.inputValue(), "Tunggu, di kamar sebelah juga.");
    await page.locator("form[action$='/return'] button[type=submit]").click();
    await page.locator(".kt-flash").waitFor();
    assert.equal(await page.locator("#timeline").getByText("di kamar sebelah juga").count(), 1);
    assert.equal(await page.inputValue("#body"), "");
  });

  await t.test("a note stays a note when the report is returned meanwhile", async () => {
    await owner.goto(ticket);
    await changeStatus(owner, "done");
    await owner.locator("#conn.kt-conn--live").waitFor();
    await owner.fill("#body", "Rahasia tim: jangan sampai terbaca.");
    await page.goto(ticket);
    await page.locator("form[action$='/return'] summary, .kt-return summary").first().click();
    await page.locator("form[action$='/return'] button[type=submit]:visible").first().click();
    await owner.locator("#comment-form").waitFor();
    const isNote = () => owner.locator("#comment-form [name=internal][value=true]").isChecked();
    assert.ok(await isNote());
    assert.equal(await owner.inputValue("#body"), "Rahasia tim: jangan sampai terbaca.");
    assert.ok(await owner.getByRole("button", { name: "Simpan catatan" }).isVisible());
    await owner.reload();
    assert.ok(await isNote());
    await comment(owner, "Rahasia tim: jangan sampai terbaca.");
    await owner.locator("#timeline").getByText("Rahasia tim").waitFor();
    await page.reload();
    assert.equal(await page.getByText("Rahasia tim").count(), 0);
  });

  await t.test("what is sent shows without leaving the page, in sight", async () => {
    const loads = [];
    owner.on("load", () => loads.push(owner.url()));
    await owner.locator("[name=internal][value='']").check({ force: true });
    await comment(owner, "Besok pagi kami datang.");
    const written = owner.locator("#timeline").getByText("Besok pagi kami datang.");
    await written.waitFor();
    const box = await written.boundingBox();
    assert.ok(box && box.y > 0 && box.y < 800, "one's own words are in sight");
    await owner.evaluate(() => document.querySelector("#priority").scrollIntoView({ block: "center" }));
    const before = await owner.evaluate(() => scrollY);
    await owner.locator("select#priority").selectOption("high");
    await owner.locator("#timeline").getByText("mengubah prioritas").waitFor();
    assert.ok(Math.abs((await owner.evaluate(() => scrollY)) - before) < 60, "nothing jumps");
    assert.deepEqual(loads, []);
  });

  await t.test("whoever is writing when their session ends elsewhere writes on", async () => {
    await page.goto(`${kost}/tickets/new`);
    await page.locator("#conn.kt-conn--live").waitFor();
    await page.fill("#title", "Lampu lorong mati");
    const other = await device();
    await logIn(other, "rani");
    await other.goto("/account/sessions");
    await other.locator("form[action='/account/sessions/end'] button").click();
    await page.locator("#ended:visible").waitFor();
    assert.equal(await page.inputValue("#title"), "Lampu lorong mati");
    await send(page);
    await page.getByText("Tulisan Anda masih ada").waitFor();
    await page.fill("[name=password]", PASSWORD);
    await page.fill("[name=login]", "rani");
    await page.locator("form[action='/login'] button[type=submit]").first().click();
    await page.waitForURL(/tickets\/new/);
    assert.equal(await page.inputValue("#title"), "Lampu lorong mati");
  });

  await t.test("so does whoever changes a form that is no draft", async () => {
    await page.goto("/account");
    await page.locator("#conn.kt-conn--live").waitFor();
    await page.fill("#name", "Rani Puspita Putri");
    const other = await device();
    await logIn(other, "rani");
    await other.goto("/account/sessions");
    await other.locator("form[action='/account/sessions/end'] button").click();
    await page.locator("#ended:visible").waitFor();
    assert.equal(await page.inputValue("#name"), "Rani Puspita Putri");
  });

  await t.test("the next person on the device finds nothing of it", async () => {
    await page.goto(`${kost}/tickets/new`);
    await page.fill("[name=login]", "budi");
    await page.fill("[name=password]", PASSWORD);
    await page.locator("form[action='/login'] button[type=submit]").first().click();
    await page.waitForURL(/tickets\/new/);
    assert.equal(await page.inputValue("#title"), "");
    await page.goto("/account");
    await page.locator("main form[action='/logout'] button").click();
    await page.waitForURL(/\/login/);
    await logIn(page, "rani");
  });

  await t.test("logging out takes the drafts along, once it is done", async () => {
    await page.goto(`${kost}/tickets/new`);
    await page.fill("#title", "Rahasia");
    await page.locator("[data-part=draft]:visible").waitFor();
    await page.goto("/account");
    await page.locator("main form[action='/logout'] button").click();
    await page.waitForURL(/\/login/);
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
  });

  await t.test("the page in the other language holds what was typed, but no password", async () => {
    await page.goto("/register");
    await page.fill("#name", "Sari Lestari");
    await page.fill("#password", PASSWORD);
    await page.locator("[name=language][value=en]").click();
    await page.locator("html[lang=en]").waitFor();
    assert.equal(await page.inputValue("#name"), "Sari Lestari");
    assert.equal(await page.inputValue("#password"), "");
    await page.reload();
    assert.equal(await page.inputValue("#name"), "");
  });
});

async function fill(page, kost) {
  await page.goto(`${kost}/tickets/new`);
  await page.locator("input[type=file][name=photos]").last().setInputFiles(photo());
  await page.locator(".kt-shot img").waitFor();
  await page.locator("label.kt-cat", { hasText: "Air" }).click();
  await page.fill("#title", TITLE);
  const places = page.locator("select#location");
  if (await places.isVisible()) await places.selectOption({ index: 1 });
}

async function send(page) {
  await page.locator("form[enctype] button[type=submit]").click();
}
