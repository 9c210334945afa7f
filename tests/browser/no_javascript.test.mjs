// The same path where no script ever runs, and what lies beside it: pages are loaded again instead.
import assert from "node:assert/strict";
import test from "node:test";
import { walk } from "./path.mjs";
import { changeStatus, inviteCode, register, report, seeReloading, setUp } from "./steps.mjs";
import { eventually, stage } from "./support.mjs";

test("a leak, from the report to both agreeing that it is fixed, without scripts", async (t) => {
  const { device, setup } = await stage(t);
  const owner = await device({ javaScriptEnabled: false, viewport: { width: 1280, height: 800 } });
  const resident = await device({ javaScriptEnabled: false });
  await walk({ t, owner, resident, setup, see: seeReloading });
});

test("what lies beside that path, without scripts", async (t) => {
  const { device, setup } = await stage(t);
  const owner = await device({ javaScriptEnabled: false });
  const resident = await device({ javaScriptEnabled: false });
  const kost = await setUp(owner, setup);
  await register(resident, await inviteCode(owner, kost), { name: "Rani Putri", username: "rani" });
  const tap = await report(resident, kost, "Keran dapur lepas");
  await report(resident, kost, "Keran kamar mandi bocor");
  const lamp = await report(resident, kost, "Lampu teras mati");
  const number = lamp.split("/").at(-1);
  await owner.goto(tap);
  await changeStatus(owner, "in_progress");
  await owner.goto(lamp);
  await changeStatus(owner, "done");
  const titles = () => owner.locator(".kt-q__title").allInnerTexts();

  await t.test("the owner searches, narrows down to a status, and takes that back", async () => {
    await owner.goto(kost);
    assert.equal((await titles()).length, 3);
    await owner.locator("#list-q").fill("keran");
    await owner.locator("#list-q").press("Enter");
    await owner.waitForURL(/q=keran/);
    assert.equal((await titles()).length, 2);
    await owner.getByRole("link", { name: "Saring", exact: true }).click();
    await owner.locator("#filter-status").selectOption("in_progress");
    await owner.getByRole("button", { name: "Terapkan" }).click();
    await owner.waitForURL(/status=in_progress/);
    assert.deepEqual(await titles(), ["Keran dapur lepas"]);
    await owner.getByRole("group", { name: "Saring laporan" }).getByRole("link", { name: /Sedang Diproses/ }).click();
    await owner.waitForURL((url) => !url.searchParams.has("status"));
    assert.equal((await titles()).length, 2);
  });

  await t.test("the resident sees what is new, and has read it all", async () => {
    await resident.goto("/notifications");
    const unread = resident.locator(".kt-note--unread");
    await seeReloading(resident, unread.filter({ hasText: "Lampu teras mati" }));
    await seeReloading(resident, unread.filter({ hasText: "Keran dapur lepas" }));
    await resident.getByRole("button", { name: "Tandai semua dibaca" }).click();
    await eventually(async () => assert.equal(await unread.count(), 0));
    assert.ok((await resident.locator(".kt-notes li").count()) >= 2, "they are still listed");
    await resident.getByRole("link", { name: "Belum dibaca" }).click();
    await resident.getByText("Semua sudah dibaca.").waitFor();
    assert.equal(await resident.locator("#bell .kt-badge:visible").count(), 0);
  });

  await t.test("the owner finds what is planned for a report, and cancels it", async () => {
    const task = (name) => owner.locator("#tasks tbody tr", { hasText: name });
    const state = (name) => owner.getByRole("navigation", { name: "Saring menurut keadaan" }).getByRole("link", { name });
    await owner.goto(`${kost}/queue`);
    await state("Terjadwal").click();
    await owner.waitForURL(/state=scheduled/);
    await owner.locator("#find summary").click();
    await owner.locator("#find-ticket").fill(number);
    await owner.locator("#find").getByRole("button", { name: "Saring" }).click();
    await owner.waitForURL(new RegExp(`ticket=${number}`));
    await task("Tutup otomatis").getByRole("button", { name: /^Batalkan/ }).click();
    await owner.locator(".kt-flash").waitFor();
    await eventually(async () => assert.equal(await task("Tutup otomatis").count(), 0));
    await task("Ingatkan pelapor").waitFor();
    await owner.locator("#all-acts").getByRole("link", { name: "Batalkan" }).click();
    await owner.getByRole("heading", { level: 1, name: "Batalkan 1 tugas?" }).waitFor();
    await owner.getByRole("button", { name: "Batalkan" }).click();
    await owner.locator(".kt-flash", { hasText: "1 tugas dibatalkan." }).waitFor();
    await state("Dibatalkan").click();
    for (const name of ["Tutup otomatis", "Ingatkan pelapor"]) {
      await task(name).locator(".kt-pill", { hasText: "Dibatalkan" }).waitFor();
    }
  });

  await t.test("a longer list goes on over the page", async () => {
    await owner.goto(`${kost}/tickets/new`);
    const location = await owner.locator("select#location option[value]:not([value=''])").first().getAttribute("value");
    for (let at = 1; at <= 18; at += 1) {
      const form = { title: `Jendela ${at} macet`, category: "other", location };
      assert.ok((await owner.context().request.post(`${kost}/tickets`, { form })).ok());
    }
    await owner.goto(kost);
    const first = await titles();
    await owner.getByRole("link", { name: "Lebih lama" }).click();
    await owner.waitForURL(/after=/);
    const second = await titles();
    assert.deepEqual([first.length, second.length], [20, 1]);
    assert.ok(!first.includes(second[0]));
    await owner.getByRole("link", { name: "Ke yang terbaru" }).click();
    await owner.waitForURL((url) => !url.searchParams.has("after"));
    assert.deepEqual(await titles(), first);
  });
});
