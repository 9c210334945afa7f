// What people do, step by step, the same with scripts and without.
import assert from "node:assert/strict";
import { eventually, photo } from "./support.mjs";

export const PASSWORD = "kursi biru hujan";

/** The owner opens the console's link and sets up “Kost Melati” with twelve rooms. */
export async function setUp(page, link) {
  await page.goto(link);
  await page.fill("#name", "Budi Santoso");
  await page.fill("#username", "budi");
  await page.fill("#password", PASSWORD);
  await page.fill("#password_again", PASSWORD);
  await page.fill("#kost_name", "Kost Melati");
  await page.fill("#rooms", "12");
  await press(page, "main button[type=submit]");
  await page.waitForURL(/\/k\/[^/]+$/);
  return new URL(page.url()).pathname;
}

/** The invite code, as the owner reads it from the settings. */
export async function inviteCode(page, kost) {
  await page.goto(`${kost}/settings`);
  const link = await page.getByText(/\/join\/\S+/).first().innerText();
  return link.match(/\/join\/([^\s/]+)/)[1];
}

/** Somebody with the code becomes a resident and lands on the own reports. */
export async function register(page, code, { name, username }) {
  await page.goto("/register");
  await page.fill("#invite", code);
  await page.fill("#name", name);
  await page.fill("#username", username);
  await page.fill("#password", PASSWORD);
  await page.fill("#password_again", PASSWORD);
  await press(page, "main form[action='/register'] button[type=submit]");
  await page.waitForURL(/\/tickets$/);
}

/** Somebody logs in, by whatever they know themselves by. */
export async function logIn(page, who, password = PASSWORD) {
  await page.goto("/login");
  await page.fill("#login", who);
  await page.fill("#password", password);
  await press(page, "form[action='/login'] button[type=submit]");
  await page.waitForURL((url) => url.pathname !== "/login");
}

/** A report of something in room 01, with a photo; says the address of its page. */
export async function report(page, kost, title) {
  await page.goto(`${kost}/tickets/new`);
  await page.locator("input[type=file][name=photos]").last().setInputFiles(photo());
  await page.locator("label.kt-cat", { hasText: "Air" }).click();
  await page.fill("#title", title);
  await choosePlace(page);
  await press(page, "form[enctype] button[type=submit]");
  await page.waitForURL(/\/tickets\/\d+/);
  await page.getByRole("heading", { level: 1, name: title }).waitFor();
  return new URL(page.url()).pathname;
}

async function choosePlace(page) {
  const places = page.locator("select#location");
  if (await places.isVisible()) await places.selectOption({ index: 1 });
}

/** Staff choose another status; without scripts the button beside it applies it. */
export async function changeStatus(page, status) {
  await page.locator("select#status").selectOption(status);
  const button = page.locator("form[action$='/status'] [data-auto-button]");
  if (await button.isVisible()) await button.click();
  await eventually(async () => assert.equal(await chosen(page.locator("select#status")), status));
  await page.locator("select#status").waitFor();
}

/** What the page, as it came from the server, holds chosen. */
export function chosen(select) {
  return select.locator("option[selected]").getAttribute("value");
}

/** Writes a comment and waits until it stands in the timeline. */
export async function comment(page, text) {
  await page.fill("#body", text);
  await press(page, "form[action$='/comments'] button[type=submit]");
  await page.locator("#timeline").getByText(text).waitFor();
}

/** “Belum beres”, with what is still wrong. */
export async function handBack(page, reason) {
  await page.locator("details.kt-return summary").click();
  await page.locator("details.kt-return textarea").fill(reason);
  await press(page, "form[action$='/return'] button[type=submit]");
  await page.locator("#timeline").getByText(reason).waitFor();
}

/** “Sudah beres”. */
export async function confirm(page) {
  await press(page, "form[action$='/confirmation'] button[type=submit]");
  await page.getByText("Terima kasih, laporan ini beres").first().waitFor();
}

/** Waits for what must show itself by itself. */
export async function seeLive(page, locator) {
  await locator.first().waitFor();
}

/** Loads the page again until it shows it: tasks run a moment after the request. */
export async function seeReloading(page, locator) {
  await eventually(async () => {
    await page.reload();
    assert.ok(await locator.first().isVisible(), `${locator} is not there yet`);
  });
}

async function press(page, selector) {
  await page.locator(selector).first().click();
}
