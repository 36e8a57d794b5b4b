/** The form: signs the browser in as the chosen user, lets the browser make the request, reports what it measured. */

import { guessType, parseHeaders, reportOf, subrequestsOf } from "./report.js";

const MARK_HEADER = "X-Visualizer-Request";
/** What a browser asks for when somebody types an address; `fetch` alone would ask for anything. */
const ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const ID_PATIENCE_MS = 3000;
const TEXT_LIMIT = 200_000;

function newMark() {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The mark that a trace's request carries, or null. */
export function markOf(head) {
  const header = head.request?.headers?.find(([name]) => name.toLowerCase() === MARK_HEADER.toLowerCase());
  return header?.[1] ?? null;
}

export class Sender {
  /** `delegate`: onSending(mark), onPromise(text), onRedirect(fromId, head), onProblem(text). */
  constructor(form, preview, mount, delegate) {
    Object.assign(this, { form, preview, mount, delegate });
    this.signedInAs = form.dataset.user ?? "";
    this.mark = null;
    this.ids = [];
    this.abort = null;
    this.isSending = false;
  }

  start() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.isSending) this.abort?.abort();
      else this.send();
    });
    this.form.elements.scenario.addEventListener("change", () => this.#fillFromScenario());
    this.form.addEventListener("input", (event) => this.#edited(event));
    this.#closeExtrasOutside();
    this.#chooseFirst();
  }

  #closeExtrasOutside() {
    const extras = this.form.querySelector("details");
    const close = (event) => {
      if (event.key === "Escape" || (event.type === "pointerdown" && !extras.contains(event.target))) extras.open = false;
    };
    document.addEventListener("pointerdown", close);
    extras.addEventListener("keydown", close);
  }

  /** Begin with the first sample, so that one press of the button shows something. */
  #chooseFirst() {
    const { scenario } = this.form.elements;
    if (scenario.options.length < 2) return;
    scenario.selectedIndex = 1;
    this.#fillFromScenario();
  }

  /** Fill the form with `values`; fields that are left out become empty, except the user. */
  fill({ method, path, user, headers = "", body = "" }) {
    const { elements } = this.form;
    elements.method.value = method;
    elements.path.value = path;
    if (user !== undefined && [...elements.user.options].some((option) => option.value === user)) elements.user.value = user;
    elements.headers.value = headers;
    elements.body.value = body;
    this.#markExtras();
  }

  #fillFromScenario() {
    const option = this.form.elements.scenario.selectedOptions[0];
    if (!option?.dataset.path) return this.delegate.onPromise("");
    this.fill({ ...option.dataset });
    this.delegate.onPromise(option.dataset.promise ?? "");
  }

  #edited(event) {
    if (event.target.name === "scenario") return;
    this.form.elements.scenario.value = "";
    this.#markExtras();
  }

  /** Show on the button that headers or a body will be sent. */
  #markExtras() {
    const { headers, body } = this.form.elements;
    this.form.querySelector("[data-extras]")?.toggleAttribute("data-filled", Boolean(headers.value.trim() || body.value));
  }

  /** Whether a trace that begins is the one that was sent; those that it was redirected to are told to the delegate. */
  claims(head) {
    if (!this.mark || markOf(head) !== this.mark || this.ids.includes(head.id)) return false;
    this.ids.push(head.id);
    if (this.ids.length > 1) this.delegate.onRedirect(this.ids.at(-2), head);
    return this.ids.length === 1;
  }

  get isWaiting() {
    return this.mark !== null && this.ids.length === 0;
  }

  async send() {
    this.isSending = true;
    this.mark = newMark();
    this.ids = [];
    this.abort = new AbortController();
    this.#showSending();
    this.delegate.onSending();
    try {
      await this.#signIn();
      await this.#request();
    } catch (error) {
      this.delegate.onProblem(this.abort.signal.aborted ? "You took the request back before it was answered." : error.message);
    } finally {
      this.isSending = false;
      this.#showSending();
    }
  }

  #showSending() {
    const button = this.form.querySelector("[type=submit]");
    this.form.toggleAttribute("data-sending", this.isSending);
    button.querySelector("[data-label]").textContent = this.isSending ? "Cancel" : "Send request";
  }

  async #signIn() {
    const user = this.form.elements.user.value;
    if (user === this.signedInAs) return;
    const answer = await fetch(`${this.mount}sign-in/`, { method: "POST", body: new URLSearchParams({ user }) });
    if (!answer.ok) throw new Error((await answer.text()).trim() || `Signing in as ${user} failed (${answer.status}).`);
    this.signedInAs = user;
  }

  #init() {
    const { method, body, headers, token } = this.form.elements;
    const list = [...parseHeaders(headers.value), [MARK_HEADER, this.mark]];
    const has = (name) => list.some(([each]) => each.toLowerCase() === name);
    if (!has("accept")) list.push(["Accept", ACCEPT]);
    const hasBody = body.value !== "" && !["GET", "HEAD"].includes(method.value);
    if (hasBody && !has("content-type")) list.push(["Content-Type", guessType(body.value)]);
    const csrf = token?.checked && /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
    if (csrf && !has("x-csrftoken")) list.push(["X-CSRFToken", csrf]);
    return { method: method.value, headers: list, body: hasBody ? body.value : undefined, redirect: "follow", referrer: "", credentials: "same-origin", cache: "no-store" };
  }

  async #request() {
    const init = this.#init();
    const url = new URL(this.form.elements.path.value, location.origin);
    if (url.origin !== location.origin) throw new Error("The path must begin with one slash: requests go to this site only.");
    const frame = await this.preview.prepare();
    const answer = await this.#fetch(frame, url, init);
    const content = await answer.text();
    const entry = frame.performance.getEntriesByType("resource").at(-1);
    const rendered = await this.#render(answer, content);
    await this.#report(frame, entry, answer, rendered);
  }

  async #fetch(frame, url, init) {
    try {
      return await frame.fetch(url.href, { ...init, signal: this.abort.signal });
    } catch (error) {
      if (this.abort.signal.aborted) throw error;
      throw new Error(`The browser got no answer from ${url.pathname}: ${error.message}.`);
    }
  }

  async #render(answer, content) {
    const type = answer.headers.get("content-type") ?? "";
    const url = new URL(answer.url);
    if (type.includes("html") && content) {
      await this.preview.showPage(content, url.pathname + url.search);
      return this.preview.describe();
    }
    this.preview.showText(content ? content.slice(0, TEXT_LIMIT) : `${answer.status} ${answer.statusText}\n\n(no body)`);
    return content ? `${type.split(";")[0] || "no type"}, shown as text` : "nothing: the response has no body";
  }

  async #report(frame, entry, answer, rendered) {
    const id = await this.#finalId();
    if (!id || !entry) return;
    const subrequests = subrequestsOf(frame.performance.getEntriesByType("resource"), entry);
    const report = reportOf(entry, { timeOrigin: frame.performance.timeOrigin, status: answer.status, rendered, subrequests });
    await fetch(`${this.mount}traces/${id}/client/`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(report) });
  }

  /** The id of the last trace with our mark: after redirects, the one that was answered. */
  async #finalId() {
    const deadline = performance.now() + ID_PATIENCE_MS;
    while (!this.ids.length && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 40));
    return this.ids.at(-1) ?? null;
  }
}
