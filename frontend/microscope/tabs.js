/** Tabs as the ARIA Authoring Practices have them: arrows, Home and End move and choose. The chosen one stays chosen. */

const MOVES = {
  ArrowRight: (index, count) => (index + 1) % count,
  ArrowLeft: (index, count) => (index - 1 + count) % count,
  Home: () => 0,
  End: (index, count) => count - 1,
};

export class Tabs {
  /** `host` is what a new step's HTML is put into. */
  constructor(host) {
    this.host = host;
    this.chosen = null;
    this.hadFocus = null;
    this.isStarted = false;
  }

  start() {
    if (this.isStarted) return;
    this.isStarted = true;
    // The player's arrows go on working after a press with the mouse: it chooses a tab without going there.
    this.host.addEventListener("mousedown", (event) => this.#tabOf(event) && event.preventDefault());
    this.host.addEventListener("click", (event) => this.#choose(this.#tabOf(event)));
    this.host.addEventListener("keydown", (event) => this.#move(event));
    this.host.addEventListener("focusin", (event) => (this.hadFocus = this.#tabOf(event)));
    new MutationObserver(() => this.restore()).observe(this.host, { childList: true });
    this.restore();
  }

  /** Another step is shown: show the tab that was chosen, if this step has it. */
  restore() {
    const tabs = this.#all();
    const wanted = tabs.find((tab) => tab.dataset.tab === this.chosen) ?? tabs[0];
    if (wanted) this.#show(wanted, tabs);
    if (wanted && this.hadFocus && !this.hadFocus.isConnected && document.activeElement === document.body) wanted.focus({ preventScroll: true });
  }

  #all() {
    return [...this.host.querySelectorAll("[role=tab]")];
  }

  #tabOf(event) {
    return event.target.closest?.("[role=tab]") ?? null;
  }

  #choose(tab) {
    if (!tab) return;
    this.chosen = tab.dataset.tab;
    this.#show(tab, this.#all());
  }

  #show(chosen, tabs) {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", isChosen);
      tab.tabIndex = isChosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isChosen;
    }
    // Sideways only: the page must not move by itself.
    const list = chosen.parentElement;
    if (chosen.offsetLeft + chosen.offsetWidth > list.scrollLeft + list.clientWidth || chosen.offsetLeft < list.scrollLeft) list.scrollLeft = chosen.offsetLeft;
  }

  #move(event) {
    const tab = this.#tabOf(event);
    const move = MOVES[event.key];
    if (!tab || !move || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    // Prevented, it is not the player's key.
    event.preventDefault();
    const tabs = this.#all();
    const next = tabs[move(tabs.indexOf(tab), tabs.length)];
    this.#choose(next);
    next.focus();
  }
}
