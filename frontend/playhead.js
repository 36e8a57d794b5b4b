/** A line that marks a moment: put somewhere, or running to somewhere by itself on the compositor. */

function at(x) {
  return `translateX(${x.toFixed(1)}px)`;
}

export class Playhead {
  constructor(host) {
    this.element = document.createElement("div");
    this.element.className = "playhead";
    this.element.hidden = true;
    this.animation = null;
    host.append(this.element);
  }

  put(x) {
    this.#stop();
    this.element.style.transform = at(x);
  }

  run(from, to, ms) {
    this.#stop();
    this.element.style.transform = at(to);
    this.animation = this.element.animate([{ transform: at(from) }, { transform: at(to) }], { duration: ms });
  }

  show(isShown, height = null) {
    this.element.hidden = !isShown;
    if (height !== null) this.element.style.height = `${height}px`;
  }

  #stop() {
    // Kept, not asked for: `getAnimations` brings the style of the whole page up to date.
    this.animation?.cancel();
    this.animation = null;
  }
}
