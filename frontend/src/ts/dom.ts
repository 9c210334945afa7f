// The few lines of DOM that every module would otherwise write again.

/** The element that an event happened in, if it matches. */
export function closest<E extends Element = HTMLElement>(event: Event, selector: string): E | null {
  return event.target instanceof Element ? event.target.closest<E>(selector) : null;
}

/** The first match, as the type the caller knows it to be. */
export function find<E extends Element = HTMLElement>(
  selector: string,
  within: ParentNode = document,
): E | null {
  return within.querySelector<E>(selector);
}

/** Every match within and including `root`. */
export function all<E extends Element = HTMLElement>(
  selector: string,
  root: ParentNode = document,
): E[] {
  const within = [...root.querySelectorAll<E>(selector)];
  return root instanceof Element && root.matches(selector) ? [root as E, ...within] : within;
}

/** Listens on the document, for elements that exist now or later. */
export function on<K extends keyof DocumentEventMap>(
  type: K,
  handle: (event: DocumentEventMap[K]) => void,
): void {
  document.addEventListener(type, handle);
}

/** Calls `prepare` now, and again for every part that htmx brings in. */
export function prepare(handle: (root: ParentNode) => void): void {
  handle(document);
  document.addEventListener("htmx:after:process", (event) => {
    if (event.target instanceof Element) handle(event.target);
  });
}

/** Calls once, `pause` milliseconds after the first of any number of calls. */
export function throttle(pause: number, call: () => void): () => void {
  let timer = 0;
  return () => {
    timer ||= window.setTimeout(() => {
      timer = 0;
      call();
    }, pause);
  };
}

/** Waits for a pause of `pause` milliseconds in the calls, then calls once. */
export function debounce(pause: number, call: () => void): () => void {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = window.setTimeout(call, pause);
  };
}
