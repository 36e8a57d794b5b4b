/** What the browser shows: the frame in which the request is made and its answer rendered. Links in it send again. */

const LOAD_PATIENCE_MS = 4000;
const SETTLE_MS = 450;

function once(target, name, patienceMs) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, patienceMs);
    target.addEventListener(name, () => (clearTimeout(timer), resolve()), { once: true });
  });
}

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export class Preview {
  /** `delegate`: onFollow({method, path, body}) when a link or form in the page is used, onShown(isText). */
  constructor(frame, mount, delegate) {
    this.frame = frame;
    this.mount = mount;
    this.delegate = delegate;
  }

  /** A fresh window to make a request in. */
  async prepare() {
    const loaded = once(this.frame, "load", LOAD_PATIENCE_MS);
    this.frame.src = `${this.mount}frame/`;
    await loaded;
    await this.#addScript();
    return this.frame.contentWindow;
  }

  async #addScript() {
    const script = this.frame.contentDocument.createElement("script");
    script.src = `${this.mount}static/frame.js`;
    const loaded = once(script, "load", LOAD_PATIENCE_MS);
    this.frame.contentDocument.head.append(script);
    await loaded;
    this.frame.contentWindow.performance.clearResourceTimings();
  }

  /** Let the frame become the document `html` of `path`; resolves when it and what it loads have settled. */
  async showPage(html, path) {
    this.delegate.onShown(false);
    const loaded = once(this.frame, "load", LOAD_PATIENCE_MS);
    await this.frame.contentWindow.cycleShow(html, path);
    await loaded;
    await wait(SETTLE_MS);
    this.#intercept();
  }

  /** Show what is not a page as plain text, in the colours that the browser has for it in this theme. */
  showText(content) {
    const { contentDocument: document } = this.frame;
    const text = document.createElement("pre");
    text.textContent = content;
    text.style.cssText = "margin:16px;font:14px/1.5 ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere";
    document.documentElement.style.cssText = `color-scheme:${getComputedStyle(this.frame).colorScheme};background:Canvas`;
    document.body.replaceChildren(text);
    this.delegate.onShown(true);
  }

  /** A sentence's worth of what is on the page. */
  describe() {
    const { contentDocument: document } = this.frame;
    const count = document.querySelectorAll("*").length;
    const elements = `${count.toLocaleString("en")} elements`;
    return document.title ? `“${document.title}”, ${elements}` : elements;
  }

  #intercept() {
    const { contentDocument: document } = this.frame;
    document.addEventListener("click", (event) => this.#click(event));
    document.addEventListener("submit", (event) => this.#submit(event));
  }

  #click(event) {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin) return;
    if (url.pathname === this.frame.contentWindow.location.pathname && url.hash) return;
    event.preventDefault();
    this.delegate.onFollow({ method: "GET", path: url.pathname + url.search, body: "" });
  }

  #submit(event) {
    const form = event.target;
    // The form of the page cannot hold a file: the frame sends it by itself.
    if (event.defaultPrevented || form.enctype === "multipart/form-data") return;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form, event.submitter));
    const url = new URL(event.submitter?.formAction || form.action);
    const isPost = form.method === "post";
    this.delegate.onFollow({ method: isPost ? "POST" : "GET", path: url.pathname + (isPost ? url.search : `?${fields}`), body: isPost ? String(fields) : "" });
  }
}
