/** The inspector: HTML of one step from the server, fetched ahead, swapped in without a flicker. */

const SETTLE_MS = 90;
// While the request runs, asking its process for text would slow it down and change the times that it tells.
const RUNNING_MS = 400;
/** As long as steps that come and go faster than they settle may keep each other from being explained. */
const LONGEST_MS = 600;
const KEEP = 400;
const AHEAD = 3;
const REFRESH_MS = 500;
/** Marks a step that tells the chain: other requests change what it says. */
const TELLS_CHAIN = "data-tells-chain";

export class Inspector {
  /** `onOpen(traceId)` is called when another request of the chain is wanted. */
  constructor(host, mount, onOpen) {
    this.host = host;
    this.mount = mount;
    host.addEventListener("click", (event) => this.#pick(event, onOpen));
    this.cache = new Map();
    this.wanted = null;
    this.shown = null;
    this.timer = null;
    /** Since when steps went by without a text; null where none did. */
    this.passedSince = null;
    this.refreshTimer = null;
    this.text = "";
    this.empty = host.innerHTML;
    this.next = null;
    this.isBusy = false;
  }

  /** Another request began or ended: it may belong to the chain that is shown. */
  refreshChain() {
    if (this.refreshTimer || !this.host.querySelector(`[${TELLS_CHAIN}]`)) return;
    this.refreshTimer = setTimeout(() => {
      this.refreshTimer = null;
      if (this.shown && this.shown === this.wanted) this.#refresh(this.shown);
    }, REFRESH_MS);
  }

  async #refresh(key) {
    const [traceId, seq] = key.split("/");
    const html = await this.#request(`${this.mount}traces/${traceId}/steps/${seq}/`);
    if (html === null || html === this.text || this.shown !== key) return;
    const { scrollTop } = this.host;
    this.#swap(html);
    this.host.scrollTop = scrollTop;
  }

  #pick(event, onOpen) {
    const link = event.target.closest("a[data-open]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    onOpen(link.dataset.open);
  }

  /** Show step `seq` of a trace, and fetch `ahead` (seqs) so that they are there when they are wanted. */
  show(traceId, seq, ahead = [], isRunning = false) {
    const key = `${traceId}/${seq}`;
    // A loop on one step asks for it again and again: that does not put it off.
    if (this.timer && this.wanted === key) return;
    this.wanted = key;
    if (this.timer) this.passedSince ??= performance.now();
    this.#stopWaiting();
    const ready = this.cache.get(key);
    if (typeof ready === "string") this.#put(key, ready);
    else this.timer = setTimeout(() => this.#loadNow(traceId, seq), this.#patience(isRunning));
    clearTimeout(this.aheadTimer);
    this.aheadTimer = setTimeout(() => ahead.slice(0, AHEAD).forEach((next) => this.#fetch(traceId, next)), SETTLE_MS);
  }

  /** Show step `seq` of a trace so deep that its text takes the server a while: one at a time, and none that was passed meanwhile. */
  async showSlowly(traceId, seq) {
    this.wanted = `${traceId}/${seq}`;
    this.#stopWaiting();
    clearTimeout(this.aheadTimer);
    this.next = [traceId, seq];
    if (this.isBusy) return;
    this.isBusy = true;
    for (let now; (now = this.next); ) {
      this.next = null;
      await this.#load(...now);
    }
    this.isBusy = false;
  }

  /** Show what stood here before the first request. */
  clear() {
    this.wanted = this.shown = null;
    this.#stopWaiting();
    this.#swap(this.empty);
  }

  /** Forget what was fetched while the trace was not complete. */
  forget(traceId) {
    for (const key of this.cache.keys()) if (key.startsWith(`${traceId}/`)) this.cache.delete(key);
    if (this.shown?.startsWith(`${traceId}/`)) this.shown = "";
  }

  #stopWaiting() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  /** How long a step must stay before its text is asked for. A loop over short steps asks for each again: none is put off for ever. */
  #patience(isRunning) {
    if (isRunning) return RUNNING_MS;
    const isOverdue = this.passedSince !== null && performance.now() - this.passedSince > LONGEST_MS;
    return this.shown && !isOverdue ? SETTLE_MS : 0;
  }

  #loadNow(traceId, seq) {
    this.timer = this.passedSince = null;
    this.#load(traceId, seq);
  }

  async #load(traceId, seq) {
    const key = `${traceId}/${seq}`;
    const html = await this.#fetch(traceId, seq);
    if (this.wanted !== key) return;
    this.host.toggleAttribute("data-late", html === null);
    if (html !== null) this.#put(key, html);
  }

  #fetch(traceId, seq) {
    const key = `${traceId}/${seq}`;
    const present = this.cache.get(key);
    if (present !== undefined) return Promise.resolve(present);
    const coming = this.#request(`${this.mount}traces/${traceId}/steps/${seq}/`).then((html) => {
      if (this.cache.get(key) === coming) this.#keep(key, html);
      return html;
    });
    this.cache.set(key, coming);
    return coming;
  }

  #keep(key, html) {
    if (html === null || html.includes(TELLS_CHAIN)) this.cache.delete(key);
    else this.cache.set(key, html);
    while (this.cache.size > KEEP) this.cache.delete(this.cache.keys().next().value);
  }

  async #request(url) {
    try {
      const answer = await fetch(url, { headers: { "HX-Request": "true" } });
      // Of a trace that is no longer kept the server says so, and how to keep more, in the same place.
      const isPart = answer.headers.get("Content-Type")?.startsWith("text/html");
      return answer.ok || (answer.status === 404 && isPart) ? await answer.text() : null;
    } catch {
      return null;
    }
  }

  #put(key, html) {
    if (this.shown === key) return;
    this.shown = key;
    this.host.removeAttribute("data-late");
    this.#swap(html);
    this.host.scrollTop = 0;
  }

  #swap(html) {
    this.text = html;
    // Until htmx is there; once it is, it looks through the whole page.
    if (!window.htmx) this.host.innerHTML = html;
    else htmx.swap({ target: this.host, text: html, swap: "innerHTML", transition: false });
  }
}
