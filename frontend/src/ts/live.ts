// The live connection: one socket, which tells what changed, never the change
// itself. It comes back by itself, ever more slowly, and says so after a while.
import { showUnread } from "./badge";
import { find } from "./dom";
import { isWriting } from "./drafts";
import { refresh, startRegions } from "./regions";
import { showToast, startToasts, type Toast } from "./toasts";

type Message =
  | { type: "hello"; unread: number; behind: boolean }
  | { type: "unread"; unread: number }
  | ({ type: "toast" } & Toast)
  | { type: "changed"; topics: string[] };
type State = "live" | "wait" | "off";

/** Close codes of the server. */
const SESSION_ENDED = 4401;
const ACCESS_CHANGED = 4403;
/** Service restart (RFC 6455): the server missed something, and so did every page. */
const ALL_CUT = 1012;
/** Over how long they come back then. */
const SPREAD = 5_000;

const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;
/** So long it may take to come back before the page mentions it. */
const PATIENCE = 3_000;
/** A page put away for longer than this may hold a socket that is long dead. */
const DOZE = 30_000;

/** The server says something every 30 s. Where it does not, its machine stands still. */
const SILENCE = 45_000;
const LISTEN_EVERY = 5_000;

let socket: WebSocket | null = null;
let heardAt = 0;
let attempts = 0;
let isFirst = true;
let retry = 0;
let mention = 0;
let hiddenSince = 0;

export function startLive(): void {
  if (!find("#conn")) return;
  startToasts();
  startRegions();
  connect();
  window.setInterval(listen, LISTEN_EVERY);
  window.addEventListener("online", () => reconnect(0));
  window.addEventListener("offline", () => show("off"));
  // A page that was put away, by the back button or by the phone, is behind.
  window.addEventListener("pageshow", (event) => event.persisted && reconnect(0));
  window.addEventListener("pagehide", () => socket?.close());
  document.addEventListener("visibilitychange", wakeUp);
}

/** Somebody else may answer where this one is silent. */
function listen(): void {
  if (socket && navigator.onLine && Date.now() - heardAt > SILENCE) {
    mention ||= window.setTimeout(mentionIt, PATIENCE);
    reconnect(0);
  }
}

function wakeUp(): void {
  if (document.visibilityState === "hidden") {
    hiddenSince = Date.now();
  } else if (socket?.readyState !== WebSocket.OPEN || Date.now() - hiddenSince > DOZE) {
    reconnect(0);
  }
}

function connect(): void {
  if (!navigator.onLine) return show("off");
  mention ||= window.setTimeout(mentionIt, PATIENCE);
  const address = new URL("/live", location.href);
  // How far the server had come when it made this page.
  address.searchParams.set("seen", document.body.dataset["seen"] ?? "");
  address.protocol = address.protocol.replace("http", "ws");
  const mine = new WebSocket(address);
  socket = mine;
  heardAt = Date.now();
  mine.onmessage = ({ data }) => {
    heardAt = Date.now();
    // A sign of life is empty.
    if (data !== "") receive(JSON.parse(String(data)) as Message);
  };
  mine.onclose = ({ code }) => mine === socket && closed(code);
}

function mentionIt(): void {
  show(navigator.onLine ? "wait" : "off");
}

/** Starts anew after `delay` milliseconds; an open socket is given up. */
function reconnect(delay: number): void {
  clearTimeout(retry);
  retry = window.setTimeout(() => {
    const old = socket;
    socket = null;
    old?.close();
    connect();
  }, delay);
}

function closed(code: number): void {
  // Whoever is writing goes on; the log-in comes when they send it, and keeps it.
  if (code === SESSION_ENDED && isWriting()) return ended();
  // The server leads to the log-in, says why, and comes back here.
  if (code === SESSION_ENDED) return location.replace(location.pathname + location.search);
  if (code === ACCESS_CHANGED) return isWriting() ? reconnect(0) : location.reload();
  if (!navigator.onLine) show("off");
  else mention ||= window.setTimeout(mentionIt, PATIENCE);
  const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** attempts);
  attempts += 1;
  // Jitter, so that after a restart not everybody comes at once; least of all when all were cut.
  reconnect(code === ALL_CUT ? Math.random() * SPREAD : delay * (0.5 + Math.random() / 2));
}

/** Nothing comes any more, and nothing is on its way back. */
function ended(): void {
  clearTimeout(mention);
  socket = null;
  const mark = find("#conn");
  const banner = find("#ended");
  if (mark) mark.hidden = true;
  if (banner) banner.hidden = false;
}

function receive(message: Message): void {
  switch (message.type) {
    case "hello":
      hello(message.unread, message.behind);
      break;
    case "unread":
      showUnread(message.unread);
      break;
    case "toast":
      showToast(message);
      break;
    case "changed":
      refresh(message.topics);
      break;
  }
}

/** The connection stands; catches up on what happened while it did not. */
function hello(unread: number, behind: boolean): void {
  clearTimeout(mention);
  mention = 0;
  attempts = 0;
  show("live");
  showUnread(unread);
  if (behind || !isFirst) refresh();
  isFirst = false;
}

function show(state: State): void {
  const mark = find("#conn");
  const banner = find("#offline");
  if (banner) banner.hidden = state !== "off";
  if (!mark) return;
  mark.hidden = false;
  mark.className = `kt-conn kt-conn--${state}`;
  const words = find(".kt-conn__t", mark) ?? mark;
  words.textContent = mark.dataset[`${state}Word`] ?? "";
}
