// Toasts: at most three (two on a phone, which they would cover), eight seconds each, longer while somebody reads them. An
// emergency stays until it is closed. Shape and words are in <template id="toast">.
import { all, closest, find, on } from "./dom";

export interface Toast {
  title: string;
  body: string;
  url: string | null;
  plate: string | null;
  urgent: boolean;
}

const SECONDS = 8;
const onPhone = window.matchMedia("(max-width: 47.99em)");

export function startToasts(): void {
  on("click", (event) => closest(event, ".kt-toast [data-part=close]")?.closest(".kt-toast")?.remove());
}

export function showToast(toast: Toast): void {
  const region = document.getElementById("toasts");
  const template = find<HTMLTemplateElement>("template#toast");
  const box = template && find(".kt-toast", template.content)?.cloneNode(true);
  if (!region || !(box instanceof HTMLElement) || isHere(toast.url)) return;
  fill(box, toast);
  region.append(box);
  const most = onPhone.matches ? 2 : 3;
  const old = all(".kt-toast:not(.kt-toast--urgent)", region);
  for (const extra of old.slice(0, Math.max(0, region.childElementCount - most))) extra.remove();
  if (!toast.urgent) leaveLater(box);
}

/** What happened on the page that somebody is looking at shows itself there. */
function isHere(url: string | null): boolean {
  return url !== null && document.visibilityState === "visible" && url.split("#")[0] === location.pathname;
}

function fill(box: HTMLElement, toast: Toast): void {
  const part = (name: string) => find(`[data-part=${name}]`, box);
  const title = part("title");
  const body = part("body");
  const close = part("close");
  if (title) title.textContent = toast.title;
  if (body) body.textContent = toast.body;
  if (close) close.ariaLabel = (close.ariaLabel ?? "").replace("{title}", toast.title);
  box.classList.toggle("kt-toast--urgent", toast.urgent);
  const number = part("number");
  if (number) number.textContent = toast.plate ?? "";
  part(toast.plate ? "icon" : "plate")?.remove();
  const link = part("link");
  if (toast.url) link?.setAttribute("href", toast.url);
  else link?.parentElement?.remove();
}

function leaveLater(box: HTMLElement): void {
  let left = SECONDS;
  const timer = window.setInterval(() => {
    if (box.matches(":hover, :focus-within")) left = SECONDS;
    else left -= 1;
    if (left > 0 && box.isConnected) return;
    clearInterval(timer);
    box.remove();
  }, 1000);
}
