/** Sends what the form asks for: signs the browser in as the chosen user, lets it make the request, reports what it measured. */

import { bodyOf, guessType, parseHeaders, parseThen } from "./outgoing.js";
import { reportOf, subrequestsOf } from "./report.js";

const MARK_HEADER = "X-Visualizer-Request";
/** What a browser asks for when somebody types an address; `fetch` alone would ask for anything. */
const ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const ID_PATIENCE_MS = 3000;
const TIMES_PATIENCE_MS = 2_000;
const TEXT_LIMIT = 200_000;

function newMark() {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The CSRF token of the browser's cookie; a new one where there is none: Django wants cookie and header to be the same. */
function csrfToken() {
  const [, token] = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie) ?? [];
  if (token) return token;
  const fresh = newMark() + newMark();
  document.cookie = `csrftoken=${fresh}; path=/; samesite=lax`;
  return fresh;
}

/** The mark that a trace's request carries, or null. */
export function markOf(head) {
  const header = head.request?.headers?.find(([name]) => name.toLowerCase() === MARK_HEADER.toLowerCase());
  return header?.[1] ?? null;
}

export class Sender {
  /** `delegate`: onSending(), onFollowUp(fromId, head), onNote(text), onProblem(text). */
  constructor(form, preview, mount, delegate) {
    Object.assign(this, { form, preview, mount, delegate });
    this.signedInAs = form.user;
    this.visit = "";
    this.sent = 0;
    this.mark = null;
    this.ids = [];
    this.idsBefore = 0;
    this.abort = null;
    this.isSending = false;
  }

  /** One button: it sends, and takes back what is being sent. */
  press() {
    if (this.isSending) this.abort?.abort();
    else this.send();
  }

  /** Whether a trace that begins is the one that was sent; those that followed it are told to the delegate. */
  claims(head) {
    if (!this.mark || markOf(head) !== this.mark || this.ids.includes(head.id)) return false;
    this.ids.push(head.id);
    if (this.ids.length > 1) this.delegate.onFollowUp(this.ids.at(-2), head);
    return this.ids.length === 1;
  }

  get isWaiting() {
    return this.mark !== null && this.ids.length === this.idsBefore;
  }

  /** Without a socket: of new traces, newest first, the oldest with our mark is the one that was sent; null if it is not among them. */
  async findSent(ids) {
    if (!this.isWaiting) return null;
    let sent = null;
    for (const id of ids.reverse()) {
      const answer = await fetch(`${this.mount}traces/${id}.json`).catch(() => null);
      if (answer?.ok && this.claims(await answer.json())) sent = id;
    }
    return sent;
  }

  async send() {
    this.isSending = true;
    this.visit = newMark();
    this.sent = 0;
    this.ids = [];
    this.abort = new AbortController();
    this.form.showSending(true);
    this.delegate.onSending();
    try {
      await this.#signIn();
      await this.#sendAll();
    } catch (error) {
      if (error.name === "TimeoutError") this.delegate.onNote("The browser hung up before all had come, as the form asked for.");
      else this.delegate.onProblem(this.abort.signal.aborted ? "You took the request back before it was answered." : error.message);
    } finally {
      this.isSending = false;
      this.form.showSending(false);
    }
  }

  async #signIn() {
    const { user } = this.form.values;
    if (user === this.signedInAs) return;
    const answer = await fetch(`${this.mount}sign-in/`, { method: "POST", body: new URLSearchParams({ user }) });
    if (!answer.ok) throw new Error((await answer.text()).trim() || `Signing in as ${user} failed (${answer.status}).`);
    this.signedInAs = user;
  }

  /** What the form asks for, then what it asks for next. */
  async #sendAll() {
    const first = this.form.values;
    const following = parseThen(first.then);
    await this.#request({ ...first, hasToken: "token" in first, abortAfterMs: Number(first.abort) || null });
    for (const next of following) await this.#request(next);
  }

  #init({ method, headers = "", body = "", hasToken = false }) {
    const list = [...parseHeaders(headers), [MARK_HEADER, this.mark]];
    const valueOf = (name) => list.find(([each]) => each.toLowerCase() === name)?.[1];
    if (!valueOf("accept")) list.push(["Accept", ACCEPT]);
    const hasBody = body !== "" && !["GET", "HEAD"].includes(method);
    if (hasBody && !valueOf("content-type")) list.push(["Content-Type", guessType(body)]);
    if (hasToken && !valueOf("x-csrftoken")) list.push(["X-CSRFToken", csrfToken()]);
    return { method, headers: list, body: hasBody ? bodyOf(body, valueOf("content-type")) : undefined, redirect: "follow", referrer: "", credentials: "same-origin", cache: "no-store" };
  }

  async #request(request) {
    // What this visitor asks for one after the other is told from what others ask for: see visualizer/findings/requests.py.
    this.sent += 1;
    this.mark = `${this.visit}.${this.sent}`;
    this.idsBefore = this.ids.length;
    const init = this.#init(request);
    const url = new URL(request.path, location.origin);
    if (url.origin !== location.origin) throw new Error("The path must begin with one slash: requests go to this site only.");
    // A browser leaves out of a Request what it lets no page set.
    const { headers } = new Request(url, { headers: init.headers });
    const forbidden = init.headers.map(([name]) => name).filter((name) => !headers.has(name));
    if (forbidden.length) return this.#sendByServer(url, init, request.abortAfterMs, forbidden);
    return this.#sendByBrowser(url, init, request.abortAfterMs);
  }

  async #sendByServer(url, { method, headers, body = "" }, abortAfterMs, forbidden) {
    const told = { method, path: url.pathname + url.search, headers, body, abort_after_ms: abortAfterMs ?? null };
    const answer = await fetch(`${this.mount}send/`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(told), signal: this.abort.signal });
    if (!answer.ok) throw new Error((await answer.text()).trim());
    const { status, headers: received, body: content } = await answer.json();
    this.delegate.onNote(`The server sent this request to itself: no browser lets a page set ${forbidden.join(" and ")}.`);
    await this.preview.prepare();
    await this.#render({ status, statusText: "", url: url.href, headers: new Headers(received) }, content);
    await this.#finalId();
  }

  async #sendByBrowser(url, init, abortAfterMs) {
    const frame = await this.preview.prepare();
    const cancelled = this.abort.signal;
    const signal = abortAfterMs ? AbortSignal.any([cancelled, AbortSignal.timeout(abortAfterMs)]) : cancelled;
    const since = frame.performance.now();
    const answer = await this.#fetch(frame, url, { ...init, signal });
    const content = await this.#read(answer);
    const entry = await this.#timesOf(frame, url, since);
    const rendered = await this.#render(answer, content);
    await this.#report(frame, entry, answer, rendered);
  }

  /** What the browser measured of this very request; it may write that down a moment after the last byte was read. */
  async #timesOf(frame, { origin, pathname, search }, since) {
    const name = origin + pathname + search;
    const deadline = performance.now() + TIMES_PATIENCE_MS;
    for (;;) {
      const entry = frame.performance.getEntriesByType("resource").findLast((each) => each.name === name && each.startTime >= since);
      if (entry || performance.now() >= deadline) return entry ?? null;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The body as text. What had come of one that broke off is shown. */
  async #read(answer) {
    const reader = answer.body?.getReader();
    const decoder = new TextDecoder();
    let text = "";
    try {
      for (let part = await reader?.read(); part && !part.done; part = await reader.read()) text += decoder.decode(part.value, { stream: true });
    } catch (error) {
      this.preview.showText(text);
      throw error;
    }
    return text + decoder.decode();
  }

  async #fetch(frame, url, init) {
    try {
      return await frame.fetch(url.href, init);
    } catch (error) {
      if (init.signal.aborted) throw error;
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
    return content ? `${type.split(";")[0] || "a body without a type"} as text` : "nothing: the response has no body";
  }

  async #report(frame, entry, answer, rendered) {
    const id = await this.#finalId();
    if (!id || !entry) return;
    const subrequests = subrequestsOf(frame.performance.getEntriesByType("resource"), entry);
    const report = reportOf(entry, { timeOrigin: frame.performance.timeOrigin, status: answer.status, rendered, subrequests });
    await fetch(`${this.mount}traces/${id}/client/`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(report) });
  }

  /** The id of the last trace with this mark: after redirects, the one that was answered. */
  async #finalId() {
    const deadline = performance.now() + ID_PATIENCE_MS;
    while (this.isWaiting && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 40));
    return this.isWaiting ? null : this.ids.at(-1);
  }
}
