// Every page and every error state, as the people who meet them come there.
import assert from "node:assert/strict";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { logIn } from "./steps.mjs";
import { photo } from "./support.mjs";

const submit = (page, selector) => page.locator(selector).first().click();
const open = (path) => (page) => page.goto(path);

/** Opens a page and sends its form as it stands, or with these fields; says the status of the answer. */
function send(path, action, fields = {}) {
  return async (page) => {
    await page.goto(path);
    for (const [name, value] of Object.entries(fields)) await page.locator(`[name=${name}]`).first().fill(value);
    const answered = page.waitForResponse((response) => response.request().method() === "POST");
    await submit(page, `form[action^='${action}'] button:not([type=button])`);
    const status = (await answered).status();
    await page.waitForLoadState();
    return status;
  };
}

/** Follows the first link of a page whose address begins so; `rest` goes on from there. */
function follow(path, beginning, rest = "") {
  return async (page) => {
    await page.goto(path);
    const link = page.locator(`main a[href^='${beginning}/']`).first();
    const [to, query] = (await link.getAttribute("href")).split("?");
    await page.goto(`${to}${rest}${query ? `?${query}` : ""}`);
  };
}

/** Sends a form that no page shows: what is left of a page that got stale. */
function post(path, action, fields) {
  return async (page) => {
    await page.goto(path);
    const answered = page.waitForNavigation();
    await page.evaluate(
      ({ action, fields }) => {
        const form = Object.assign(document.createElement("form"), { action, method: "post" });
        for (const [name, value] of Object.entries(fields)) {
          form.append(Object.assign(document.createElement("input"), { name, value }));
        }
        document.body.append(form);
        form.submit();
      },
      { action, fields },
    );
    await answered;
  };
}

/** Sends these fields until the server has enough of it. */
async function wearOut(page, path, form = {}) {
  const send = async () => (await page.context().request.post(path, { form })).status();
  for (let at = 0; at < 100 && (await send()) !== 429; at += 1);
}

/** Sends a report as without scripts, which would stay on the form; says the status of the answer. */
async function report(page, kost) {
  await page.goto(`${kost}/tickets/new`);
  await page.fill("#title", "Atap bocor di atas tangga");
  await page.locator("input[type=file]").last().setInputFiles(photo());
  await page.locator(".kt-shot img").waitFor();
  const answered = page.waitForNavigation();
  await page.evaluate(() => document.querySelector("form[enctype]").submit());
  return (await answered).status();
}

/** While `use` runs, there is a file where this folder was: nothing can be read or kept there. */
async function without(folder, use) {
  const away = `${folder}.away`;
  await rename(folder, away);
  await writeFile(folder, "");
  await use().finally(async () => {
    await rm(folder);
    await rename(away, folder);
  });
}

/** Before anybody is there. */
export const first = ({ setup }) => [
  ["an empty installation", open("/")],
  ["set-up", open(setup)],
  ["set-up with nothing", send(setup, "/setup")],
];

export const stranger = ({ code, reset, verify, unsubscribe, language }) => [
  ["log-in", open("/login")],
  ["log-in with a wrong password", send("/login", "/login", { login: "budi", password: "bukan ini" })],
  ["log-in with nothing", send("/login", "/login")],
  ["log-in, asked for on the way to a page", open("/tickets")],
  ["register", open("/register")],
  ["register with nothing", send("/register", "/register")],
  ["register by an invite link", open(`/join/${code}`)],
  ["an invite link that is no more", open("/join/tidak-ada")],
  ["forgotten password", open("/forgot")],
  ["forgotten password with nothing", send("/forgot", "/forgot")],
  ["forgotten password, sent", send("/forgot", "/forgot", { login: "budi@example.com" })],
  ["a new password by a link", open(reset)],
  ["a new password that is too short", send(reset, "/reset", { password: "pendek", password_again: "lain" })],
  ["a reset link that is no more", open("/reset/tidak-ada")],
  ["an address to be verified", open(verify)],
  ["a verification link that is no more", open("/verify/tidak-ada")],
  ["mails to be stopped?", open(unsubscribe[language])],
  ["mails, stopped", send(unsubscribe[language], "/unsubscribe")],
  ["an unsubscribe link that is no more", open("/unsubscribe/tidak-ada/comment")],
  ["a set-up link that is no more", open("/setup?token=tidak-ada")],
  ["404", open("/tidak/ada")],
  ["429: log-in, too often", async (page) => {
    const wrong = { login: "terlalu.sering", password: "bukan ini" };
    await wearOut(page, "/login", wrong);
    assert.equal(await send("/login", "/login", wrong)(page), 429);
  }],
];

export const resident = ({ kost, open: running, asked, confirmed, data, device, expectFault }) => [
  ["own reports", open("/tickets")],
  ["a new report", open(`${kost}/tickets/new`)],
  ["a new report with nothing", send(`${kost}/tickets/new`, `${kost}/tickets`)],
  ["a new report with a photo that is none", async (page) => {
    await page.goto(`${kost}/tickets/new`);
    const words = { name: "catatan.png", mimeType: "image/png", buffer: Buffer.from("bukan foto") };
    await page.locator("input[type=file]").last().setInputFiles(words);
    await page.locator("[data-part=problem]").first().waitFor();
  }],
  ["a new report with a photo chosen", async (page) => {
    await page.goto(`${kost}/tickets/new`);
    await page.locator("input[type=file]").last().setInputFiles(photo());
    await page.locator(".kt-shot img").waitFor();
  }],
  ["a running report", open(running)],
  ["an empty comment", send(running, `${running}/comments`)],
  ["a report that waits for an answer", open(asked)],
  ["a report that waits for an answer, unfolded", async (page) => {
    await page.goto(asked);
    await page.locator("details.kt-return summary").click();
  }],
  ["a comment on a done report", post(asked, `${asked}/comments`, { body: "Masih bocor.", submission: "x1" })],
  ["a confirmed report", open(confirmed)],
  ["about the kost", open(`${kost}/info`)],
  ["403", open(`${kost}/queue`)],
  ["a report of somebody else", open(`${kost}/tickets/9999`)],
  ["a kost of somebody else", open("/k/tidak-ada")],
  ...everybody,
  ["503: no photo can be kept", async (page) => {
    const sent = async () => assert.equal(await report(page, kost), 503);
    await expectFault(page, () => without(join(data, "photos"), sent));
  }],
  ["429: too many reports", async (page) => {
    await wearOut(page, `${kost}/tickets`);
    assert.equal(await report(page, kost), 429);
  }],
  ["a session that ends while something is being written", async (page) => {
    await page.goto(`${kost}/tickets/new`);
    await page.locator("#conn.kt-conn--live").waitFor();
    await page.fill("#title", "Lampu lorong mati");
    const other = await device();
    await logIn(other, "rani");
    await other.goto("/account/sessions");
    await submit(other, "form[action='/account/sessions/end'] button");
    await page.locator("#ended:visible").waitFor();
    await other.context().close();
  }],
];

/** What each person has, whatever their role. */
const everybody = [
  ["notifications", open("/notifications")],
  ["unread notifications", open("/notifications?show=unread")],
  ["account", open("/account")],
  ["account with nothing", send("/account", "/account", { name: "" })],
  ["e-mail", open("/account/email")],
  ["e-mail that is none", send("/account/email", "/account/email", { email: "bukan" })],
  ["password", open("/account/password")],
  ["password with nothing", send("/account/password", "/account/password")],
  ["devices", open("/account/sessions")],
  ["choice of mails", open("/account/notifications")],
];

export const owner = ({ kost, open: running, asked, confirmed }) => [
  ["the choice between two kosts", open("/")],
  ["dashboard", open(kost)],
  ["dashboard with filters", open(`${kost}?status=open&category=water&priority=medium`)],
  ["dashboard with the filter panel", async (page) => {
    await page.goto(kost);
    await page.locator(".kt-chips a").first().click();
    await page.waitForLoadState();
  }],
  ["dashboard that finds nothing", open(`${kost}?q=zzzzz`)],
  ["a report", open(running)],
  ["a report, changed by somebody else meanwhile", post(running, `${running}/status`, { status: "done", version: "0" })],
  ["a status that there is not", post(running, `${running}/status`, { status: "beres", version: "1" })],
  ["a done report", open(asked)],
  ["a confirmed report", open(confirmed)],
  ["a new report", open(`${kost}/tickets/new`)],
  ["the queue", open(`${kost}/queue`)],
  ["the queue, done tasks", open(`${kost}/queue?state=done`)],
  ["a task", follow(`${kost}/queue?state=done`, `${kost}/queue`)],
  ["a task to be discarded?", follow(`${kost}/queue?state=done`, `${kost}/queue`, "/discard")],
  ["scheduled tasks of a report", open(`${kost}/queue?state=scheduled&ticket=2`)],
  ["what people did to tasks", open(`${kost}/queue/deeds`)],
  ["all of them to be cancelled?", open(`${kost}/queue/all?do=cancel&state=scheduled`)],
  ["statistics", open(`${kost}/statistics`)],
  ["statistics of a span that is none", open(`${kost}/statistics?from=2026-12-01&to=2026-01-01`)],
  ["settings", open(`${kost}/settings`)],
  ["settings with nothing", send(`${kost}/settings`, `${kost}/settings`, { name: "" })],
  ["a new invite code?", open(`${kost}/settings/invite`)],
  ["members", open(`${kost}/members`)],
  ["a member who is not there", send(`${kost}/members`, `${kost}/members`)],
  ["a member", async (page) => {
    await page.goto(`${kost}/members`);
    await page.locator(`a[href^='${kost}/members/']`, { hasText: "Rani" }).first().click();
    await page.waitForURL(/\/members\/\d+$/);
  }],
  ["the end of a stay?", async (page) => {
    await page.goto(`${kost}/members`);
    const member = await page.locator(`a[href^='${kost}/members/']`, { hasText: "Rani" }).first().getAttribute("href");
    await page.goto(`${member}/end`);
  }],
  ["rooms and facilities", open(`${kost}/locations`)],
  ["a room", follow(`${kost}/locations`, `${kost}/locations`)],
  ["a room without a name", send(`${kost}/locations`, `${kost}/locations`)],
  ["about the kost", open(`${kost}/info`)],
  ["404", open("/tidak/ada")],
  ...everybody,
];

/** Somebody whose stay has ended, with an address that waits to be verified. */
export const guest = () => [
  ["no kost", open("/")],
  ["no kost, and a code that there is not", send("/", "/join", { invite: "tidak-ada" })],
  ["account with an address that waits", open("/account")],
  ["e-mail that waits", open("/account/email")],
  ["devices", open("/account/sessions")],
];

export const admin = ({ kost, data, expectFault }) => [
  ["kosts", open("/admin/kosts")],
  ["all tasks", open("/admin/queue")],
  ["a task", follow("/admin/queue?state=done", "/admin/queue")],
  ["what people did to all tasks", open("/admin/queue/deeds")],
  ["all done tasks of a type", open("/admin/queue?state=done&name=CleanUp")],
  ["a task to be discarded?", follow("/admin/queue?state=done", "/admin/queue", "/discard")],
  ["all planned tasks to be run now?", open("/admin/queue/all?do=run_now&state=scheduled")],
  ["all failed ones to be tried again, and there are none", open("/admin/queue/all?do=retry&state=failed")],
  ["400: done tasks are not tried again", open("/admin/queue/all?do=retry&state=done&name=CleanUp")],
  ["a queue to be paused?", open("/admin/queue/queues/mail")],
  ["kept mail", open("/admin/mail")],
  ["one mail", follow("/admin/mail", "/admin/mail")],
  ["a kost", open(kost)],
  ["an invitation", open("/invitations")],
  ["404", open("/tidak/ada")],
  ["500: no mail can be read", async (page) => {
    const asked = async () => assert.equal((await page.goto("/admin/mail")).status(), 500);
    await expectFault(page, () => without(join(data, "mail"), asked));
  }],
];
