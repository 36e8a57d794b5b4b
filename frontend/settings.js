/** The page's own switches: theme, motion, help. Choices are kept in this browser. */

const REDUCED = matchMedia("(prefers-reduced-motion: reduce)");
const DARK = matchMedia("(prefers-color-scheme: dark)");

function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser that keeps nothing: the choice holds for this visit.
  }
}

export class Settings {
  /** `delegate`: onMotion(hasMotion). */
  constructor({ theme, motion, help, sheet }, delegate) {
    Object.assign(this, { theme, motion, help, sheet, delegate });
    this.root = document.documentElement;
  }

  start() {
    this.theme.addEventListener("click", () => this.#setTheme(this.isDark ? "light" : "dark"));
    this.motion.addEventListener("click", () => this.#setMotion(this.hasMotion ? "off" : "on"));
    this.help.addEventListener("click", () => this.openHelp());
    this.sheet.addEventListener("click", (event) => {
      if (event.target === this.sheet) this.sheet.close();
    });
    REDUCED.addEventListener("change", () => this.#show());
    DARK.addEventListener("change", () => this.#show());
    this.#show();
  }

  get isDark() {
    return (this.root.dataset.theme ?? (DARK.matches ? "dark" : "light")) === "dark";
  }

  get hasMotion() {
    return (this.root.dataset.motion ?? (REDUCED.matches ? "off" : "on")) === "on";
  }

  #setTheme(theme) {
    this.root.dataset.theme = theme;
    keep("cycle.theme", theme);
    this.#show();
  }

  #setMotion(motion) {
    this.root.dataset.motion = motion;
    keep("cycle.motion", motion);
    this.#show();
  }

  #show() {
    this.theme.setAttribute("aria-pressed", String(this.isDark));
    this.theme.title = this.isDark ? "Dark; switch to light" : "Light; switch to dark";
    this.motion.setAttribute("aria-pressed", String(this.hasMotion));
    this.motion.title = this.hasMotion ? "Motion is on; let steps jump" : "Steps jump; let the token travel";
    this.delegate.onMotion(this.hasMotion);
  }

  openHelp() {
    if (!this.sheet.open) this.sheet.showModal();
  }
}
