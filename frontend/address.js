/** The page's address: which trace and which step are open, so that a link, a reload and the browser's back lead there. */

const WRITE_EVERY_MS = 600;
const NAMES = ["trace", "step", "with", "find"];
const ID = /^[0-9a-f]{16}$/;

function problemOf({ trace, step, with: other }, unknown) {
  for (const id of [trace, other]) if (id && !ID.test(id)) return `The address asks for the request “${id}”; an id has 16 hexadecimal digits.`;
  if (step && !/^[1-9]\d*$/.test(step)) return `The address asks for step “${step}”; steps are numbered from 1.`;
  if (unknown) return `The address says “${unknown}”, which this page does not know; it knows ${NAMES.join(", ")}.`;
  return "";
}

/** {trace, step, with, find, problem} of the part after `#`: `step` from 0; what is wrong is left out, and `problem` says so. */
export function readAddress(hash = location.hash) {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const [trace, step, other, text] = NAMES.map((name) => values.get(name));
  const problem = problemOf({ trace, step, with: other }, [...values.keys()].find((name) => !NAMES.includes(name)));
  const idOf = (id) => (id && ID.test(id) ? id : null);
  return { trace: idOf(trace), step: /^[1-9]\d*$/.test(step) ? Number(step) - 1 : null, with: idOf(other), find: text ?? "", problem };
}

/** A jump inside the page, such as that of its first link, is no address of ours. */
function isForeign(hash) {
  return hash.length > 1 && !hash.includes("=");
}

export class Address {
  /** `app` is asked for `model` and `player`, and told `open(id, {step})`, `say(text)` and "place". */
  constructor(app) {
    this.app = app;
    this.timer = null;
    this.values = {};
  }

  start() {
    addEventListener("popstate", () => this.#arrive());
    if (location.hash) this.#arrive();
  }

  /** Go where the address leads. */
  async #arrive() {
    if (isForeign(location.hash)) return;
    clearTimeout(this.timer);
    this.timer = null;
    const place = readAddress();
    this.values = { trace: place.trace, step: place.step === null ? null : place.step + 1, with: place.with, find: place.find };
    await this.#open(place);
    if (place.problem) this.app.say(place.problem);
  }

  async #open({ trace, step }) {
    const { app } = this;
    if (trace !== app.model.id) await app.open(trace, { step: step ?? 0 });
    else if (trace) app.player.goTo(step ?? 0);
    const count = app.player.steps.length;
    if (trace === app.model.id && count && step >= count) app.say(`The address asks for step ${step + 1}; this request has ${count}, of which the last is shown.`);
  }

  /** Write trace and step: another trace is another page to go back from; its steps are not, and not written more often than browsers like. */
  write(traceId, index) {
    if (this.values.trace !== traceId) return this.go({ trace: traceId, step: index + 1, with: null });
    this.set("step", index + 1);
  }

  /** Note a value in the address of the page that is open. */
  set(name, value) {
    this.values[name] = value;
    this.timer ??= setTimeout(() => this.#keep(), WRITE_EVERY_MS);
  }

  /** Go on to another page: the browser's back leads here. */
  go(values) {
    this.#keep();
    Object.assign(this.values, values);
    history.pushState(null, "", this.#text);
  }

  get #text() {
    const given = NAMES.filter((name) => this.values[name]).map((name) => [name, String(this.values[name])]);
    return `#${new URLSearchParams(given)}`;
  }

  #keep() {
    clearTimeout(this.timer);
    this.timer = null;
    if ((location.hash || "#") !== this.#text) history.replaceState(history.state, "", this.#text);
  }
}
