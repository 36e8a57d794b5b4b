/** Walks the player from the step that is on to another one, through those in between, so that the way is seen. */

const WAY_MS = 1300;
const SHORTEST_MS = 45;
const MOST_STEPS = 60;

export class Glide {
  constructor(player) {
    this.player = player;
    this.timer = null;
    this.target = null;
    this.isMoving = false;
  }

  /** Go to step `index`; backwards, very far or without motion in one jump. */
  to(index) {
    this.stop();
    this.target = index;
    const steps = index - this.player.index;
    if (!this.player.hasMotion || steps <= 1 || steps > MOST_STEPS) return this.#move(index);
    const pause = Math.max(SHORTEST_MS, WAY_MS / steps);
    const next = () => {
      this.#move(this.player.index + 1);
      this.timer = this.player.index < index ? setTimeout(next, pause) : null;
    };
    next();
  }

  #move(index) {
    this.isMoving = true;
    this.player.goTo(index);
    this.isMoving = false;
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
  }
}
