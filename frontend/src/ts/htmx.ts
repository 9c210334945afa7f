// htmx as we use it: no code in attributes, whatever the page says. The Content-
// Security-Policy forbids it as well; this makes the mistake visible at once.
// Its other settings stand in the page, in <meta name="htmx-config">.
import htmx from "htmx.org";

class Forbidden {
  constructor() {
    throw new Error("code in htmx attributes is switched off");
  }
}

htmx.registerExtension("no-eval", {
  init(api: { initSecurity(policy: unknown, now: unknown, later: unknown): void }) {
    api.initSecurity(null, Forbidden, Forbidden);
  },
});

export default htmx;
