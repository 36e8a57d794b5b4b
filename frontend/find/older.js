/** Older rows than the list began with: loaded where it is scrolled to its end, and all of them where something is looked for. */

const NEAR_PX = 600;

export class OlderRows {
  /** `showMore()` shows more of the rows that are there, and says whether there were any. */
  constructor(list, mount, showMore) {
    Object.assign(this, { list, mount, showMore });
    this.coming = null;
    this.isComplete = false;
  }

  start() {
    this.list.addEventListener("scroll", () => this.#scrolled(), { passive: true });
  }

  #scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.list;
    if (scrollTop + clientHeight > scrollHeight - NEAR_PX) this.showMore() || this.load();
  }

  async loadAll() {
    while (!this.isComplete && this.list.lastElementChild) await this.load();
  }

  /** Load the next ones, if there are any. */
  load() {
    if (!this.isComplete && this.list.lastElementChild) this.coming ??= this.#load(this.list.lastElementChild).finally(() => (this.coming = null));
    return this.coming;
  }

  async #load(last) {
    const answer = await fetch(`${this.mount}traces/?before=${encodeURIComponent(last.dataset.trace)}`).catch(() => null);
    const html = answer?.ok ? (await answer.text()).trim() : "";
    // Where nothing comes there is no more, or the server is away: the next reload of the list begins anew.
    this.isComplete = !html;
    if (html && last.isConnected) last.insertAdjacentHTML("afterend", html);
  }
}
