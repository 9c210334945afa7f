// The photo picker: every photo chosen is shrunk, shown, and can be taken back.
// All of them end up in the last file input, which the form sends as usual.
import { all, closest, find, on, prepare } from "./dom";
import { free, markBusy } from "./forms";
import { shrink } from "./shrink";

interface Shot {
  file: File;
  url: string;
}

class Picker {
  private shots: Shot[] = [];
  private working = 0;
  private readonly inputs: HTMLInputElement[];
  private readonly list: HTMLElement | null;
  private readonly problem: HTMLElement | null;

  constructor(private readonly box: HTMLElement) {
    this.inputs = all<HTMLInputElement>("input[type=file]", box);
    this.list = find(".kt-shots", box);
    this.problem = find("[data-part=problem]", box);
  }

  get isWorking(): boolean {
    return this.working > 0;
  }

  /** Whether one could not be taken. */
  get isLacking(): boolean {
    return this.problem?.hidden === false;
  }

  /** Goes on with the photos of another one. */
  adopt(other: Picker): void {
    this.shots = other.shots.splice(0);
    this.put();
    this.show();
  }

  /** Takes what `input` got just now; the camera gives one photo at a time. */
  async add(input: HTMLInputElement): Promise<void> {
    const files = [...(input.files ?? [])].filter((file) => !this.has(file));
    this.put();
    this.complain("");
    const kept = this.box.closest("form")?.querySelectorAll("[data-kept] li").length ?? 0;
    const room = Number(this.box.dataset["photos"]) - kept - this.shots.length - this.working;
    if (files.length > room) this.complain("many");
    const taken = files.slice(0, Math.max(0, room));
    this.working += taken.length;
    this.show();
    for (const file of taken) {
      try {
        const small = await shrink(file);
        this.shots.push({ file: small, url: URL.createObjectURL(small) });
      } catch {
        this.complain("type");
      }
      this.working -= 1;
      this.put();
      this.show();
    }
    if (!this.isWorking) this.box.dispatchEvent(new Event("photos-ready"));
  }

  remove(at: number): void {
    const [shot] = this.shots.splice(at, 1);
    if (shot) URL.revokeObjectURL(shot.url);
    this.complain("");
    this.put();
    this.show();
    const next = all("[data-shot]", this.box)[Math.min(at, this.shots.length - 1)];
    (next ?? this.inputs[0])?.focus();
  }

  private has(file: File): boolean {
    return this.shots.some((shot) => shot.file === file);
  }

  /** Puts the photos into the last input and empties the others. */
  private put(): void {
    this.inputs.forEach((input, at) => {
      const files = new DataTransfer();
      if (at === this.inputs.length - 1) this.shots.forEach((shot) => files.items.add(shot.file));
      input.files = files.files;
    });
  }

  private show(): void {
    if (!this.list) return;
    const waiting = Array.from({ length: this.working }, () => {
      const item = document.createElement("li");
      item.className = "kt-shot kt-skel";
      item.ariaBusy = "true";
      return item;
    });
    this.list.replaceChildren(...this.shots.map((shot, at) => this.item(shot, at)), ...waiting);
    this.list.hidden = this.list.childElementCount === 0;
  }

  private item(shot: Shot, at: number): HTMLElement {
    const { photoWord = "", removeWord = "" } = this.box.dataset;
    const item = document.createElement("li");
    item.className = "kt-shot";
    const image = new Image();
    image.src = shot.url;
    image.alt = `${photoWord} ${at + 1}`;
    const button = cross(`${removeWord} ${at + 1}`);
    button.dataset["shot"] = String(at);
    item.append(image, button);
    return item;
  }

  private complain(about: "many" | "type" | ""): void {
    if (!this.problem) return;
    this.problem.hidden = !about;
    const words = find("span", this.problem) ?? this.problem;
    words.textContent = about ? (this.box.dataset[`${about}Word`] ?? "") : "";
  }
}

function cross(label: string): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "kt-shot__x";
  button.ariaLabel = label;
  button.append(find<HTMLTemplateElement>("#icon-x")?.content.cloneNode(true) ?? "×");
  return button;
}

/** Photos that the server has already are taken out by a cross as well, in place of a tick. */
function offerRemoval(list: HTMLElement): void {
  all(".kt-shot", list).forEach((item, at) => {
    const tick = find(".kt-shot__s", item);
    if (!tick || tick.hidden) return;
    tick.hidden = true;
    item.append(cross(`${list.dataset["removeWord"] ?? ""} ${at + 1}`));
  });
}

function removeKept(item: HTMLElement): void {
  const next = item.nextElementSibling ?? item.previousElementSibling;
  const form = item.closest("form");
  item.remove();
  find((next && ".kt-shot__x") || "input[type=file]", next ?? form ?? document)?.focus();
}

const pickers = new WeakMap<Element, Picker>();

function pickerOf(box: HTMLElement): Picker {
  const picker = pickers.get(box) ?? new Picker(box);
  pickers.set(box, picker);
  return picker;
}

export function startPhotos(): void {
  on("change", (event) => {
    const box = closest(event, "[data-photos]");
    const input = event.target;
    if (box && input instanceof HTMLInputElement && input.type === "file") void pickerOf(box).add(input);
  });
  on("click", (event) => {
    const button = closest<HTMLButtonElement>(event, "[data-shot]");
    const box = button?.closest<HTMLElement>("[data-photos]");
    if (box) pickerOf(box).remove(Number(button?.dataset["shot"]));
  });
  on("click", (event) => {
    const item = closest(event, "[data-kept] .kt-shot__x")?.closest("li");
    if (item) removeKept(item);
  });
  prepare((root) => all("[data-kept]", root).forEach(offerRemoval));
  // Sending waits until the photos are small. Captured, so that it comes before
  // the button is marked busy.
  document.addEventListener("submit", waitForPhotos, true);
}

function waitForPhotos(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  const box = all("[data-photos]", form).find((box) => pickers.get(box)?.isWorking);
  if (!box) return;
  const { submitter } = event;
  // Whoever presses it again while it is busy has said so already.
  const isWaiting = find('[aria-busy="true"]:is(button)', form) !== null;
  markBusy(event);
  event.preventDefault();
  event.stopPropagation();
  if (isWaiting) return;
  const ready = (): void => {
    free(form);
    // Without one of them it is not what was meant to be sent.
    if (!pickers.get(box)?.isLacking) form.requestSubmit(submitter);
  };
  box.addEventListener("photos-ready", ready, { once: true });
}

/** What was chosen for a form that goes is there for the one that comes in its place. */
export function carryPhotos(form: HTMLFormElement, main: ParentNode): void {
  const chosen = all("[data-photos]", form).map((box) => pickers.get(box)).find(Boolean);
  const box = find("[data-photos]", main);
  if (chosen && box) pickerOf(box).adopt(chosen);
}
