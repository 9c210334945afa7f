// The main job, from a reported leak to “Selesai”, with two browsers at once.
import assert from "node:assert/strict";
import { changeStatus, comment, confirm, handBack, inviteCode, register, report, setUp } from "./steps.mjs";

/**
 * Walks the whole path. `see(page, locator)` waits until a page shows something:
 * by itself where scripts run, by loading it again where they do not.
 */
export async function walk({ t, owner, resident, setup, see, arrival }) {
  let kost, ticket;
  const title = "Keran kamar mandi bocor";
  const mark = (page) => page.locator("#bell .kt-badge:not([hidden])");

  await step(t, "the owner sets up the kost through the console's link", async () => {
    kost = await setUp(owner, setup);
  });
  await step(t, "a resident registers with the invite code", async () => {
    await register(resident, await inviteCode(owner, kost), { name: "Rani Putri", username: "rani" });
  });
  await step(t, "she reports a leak with a photo, and the owner sees it come", async () => {
    await owner.goto(kost);
    await arrival?.ready(owner);
    ticket = await report(resident, kost, title);
    await arrival?.seen(owner, title);
    await see(owner, owner.locator(".kt-q", { hasText: title }));
    await see(owner, mark(owner));
    assert.ok(await photoLoads(resident), "the photo is shown");
  });
  await step(t, "the owner takes it on, and her bell counts it", async () => {
    await resident.goto("/tickets");
    await owner.goto(ticket);
    await changeStatus(owner, "in_progress");
    await see(resident, mark(resident));
    await see(resident, resident.locator(".kt-ticket .kt-pill", { hasText: "Sedang Diproses" }));
  });
  await step(t, "they write to each other", async () => {
    await resident.goto(ticket);
    await comment(owner, "Saya datang jam tiga.");
    await see(resident, resident.locator("#timeline").getByText("Saya datang jam tiga."));
    await comment(resident, "Baik, saya di kamar.");
    await see(owner, owner.locator("#timeline").getByText("Baik, saya di kamar."));
  });
  await step(t, "done, she says, it is not", async () => {
    await changeStatus(owner, "done");
    await see(resident, resident.locator("details.kt-return"));
    // No composer on a done report.
    await resident.locator("#body").waitFor({ state: "hidden" });
    await handBack(resident, "Masih menetes sedikit.");
    await see(owner, owner.locator("#timeline").getByText("Masih menetes sedikit."));
    await see(owner, owner.locator("select#status:has(option[value=open][selected])"));
  });
  await step(t, "done again, and she agrees", async () => {
    await changeStatus(owner, "done");
    await see(resident, resident.locator("form[action$='/confirmation'] button"));
    await confirm(resident);
    await see(owner, owner.getByText("Rani Putri memastikan sudah beres"));
  });
  return { kost, ticket };
}

/** Each step stands on the one before: the first that fails ends the walk, and says which it was. */
async function step(t, name, go) {
  try {
    await go();
  } catch (error) {
    error.message = `${name}: ${error.message}`;
    throw error;
  }
  t.diagnostic(name);
}

/** Whether the thumbnail of the timeline is a picture, not a broken one. */
async function photoLoads(page) {
  const image = page.locator(".kt-photos img").first();
  const response = await page.request.get(await image.getAttribute("src"));
  return response.ok() && response.headers()["content-type"].startsWith("image/");
}
