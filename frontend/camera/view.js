/** Zoom, pan and fit of the scene: buttons, keys, the wheel with Ctrl, two fingers, dragging. Enlarges the stage; its room scrolls. */

import { fitting, LARGEST, nextZoom, scrollAround } from "./geometry.js";

const WHEEL_STEP = 0.01;
const PAN_SHARE = 0.25;
const STILL = 4;

export class CameraView {
  constructor(app) {
    this.app = app;
    this.scene = app.theatre.scene;
    this.room = this.scene.scroller;
    this.stage = this.scene.stage;
    this.shown = document.querySelector("[data-show=zoom]");
    this.pad = document.querySelector("#pan");
    this.fingers = new Map();
    this.drag = null;
    this.isFitted = false;
  }

  start() {
    const { app, room } = this;
    Object.assign(app.actions, {
      sceneIn: () => this.#zoomTo(nextZoom(this.scene.zoom, 1, this.#least)),
      sceneOut: () => this.#zoomTo(nextZoom(this.scene.zoom, -1, this.#least)),
      sceneFit: () => this.#fit(),
      sceneUp: () => this.#pan(0, -1),
      sceneDown: () => this.#pan(0, 1),
      sceneLeft: () => this.#pan(-1, 0),
      sceneRight: () => this.#pan(1, 0),
    });
    for (const tools of [this.pad, document.querySelector(".scene-tools")]) tools.addEventListener("click", (event) => this.#press(event));
    app.addEventListener("draw", () => (this.isFitted ? this.#fit() : this.#show()));
    room.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) room.addEventListener(name, (event) => this.#point(name, event));
    room.addEventListener("click", (event) => this.#stopAfterDrag(event), { capture: true });
    this.#show();
  }

  /** The whole drawing, in whatever room there will be, until it is zoomed again. */
  #fit() {
    this.#zoomTo(this.#least);
    this.isFitted = true;
    this.#show();
  }

  #press(event) {
    const action = event.target.closest("[data-action]")?.dataset.action;
    if (action) this.app.run(action);
  }

  get #least() {
    return this.scene.layout ? fitting(this.scene.layout, this.scene.room) : 1;
  }

  /** The token where it is in sight, else the middle. */
  get #centre() {
    const { scene, room } = this;
    const { clientWidth: width, clientHeight: height } = room;
    const [x, y] = scene.at ?? [-1, -1];
    const at = { x: x * scene.zoom - room.scrollLeft, y: y * scene.zoom - room.scrollTop };
    const isInSight = at.x > 0 && at.y > 0 && at.x < width && at.y < height;
    return isInSight ? at : { x: width / 2, y: height / 2 };
  }

  /** Zoom; the point `at` of the room stays where it is. */
  #zoomTo(wanted, at = this.#centre) {
    const { scene, room } = this;
    const zoom = Math.min(LARGEST, Math.max(this.#least, wanted));
    this.isFitted = false;
    if (zoom === scene.zoom) return;
    const left = scrollAround(room.scrollLeft, at.x, scene.zoom, zoom);
    const top = scrollAround(room.scrollTop, at.y, scene.zoom, zoom);
    scene.zoom = zoom;
    this.#show();
    room.scrollTo({ left: zoom < 1 ? 0 : left, top: zoom < 1 ? 0 : top, behavior: "instant" });
  }

  #show() {
    const { scene, stage, room } = this;
    const { zoom } = scene;
    const isPlain = zoom === 1;
    const aside = zoom < 1 ? (room.clientWidth * (1 - zoom)) / 2 : 0;
    stage.style.transform = isPlain ? "" : `translateX(${aside}px) scale(${zoom})`;
    room.dataset.zoom = isPlain ? "" : zoom > 1 ? "in" : "out";
    this.pad.hidden = zoom <= 1;
    const said = `${Math.round(zoom * 100)} %`;
    if (this.shown.textContent !== said) this.shown.textContent = said;
  }

  #pan(x, y) {
    const { clientWidth, clientHeight } = this.room;
    this.room.scrollBy({ left: x * clientWidth * PAN_SHARE, top: y * clientHeight * PAN_SHARE, behavior: this.app.player.hasMotion ? "smooth" : "instant" });
  }

  #inRoom({ clientX, clientY }) {
    const frame = this.room.getBoundingClientRect();
    return { x: clientX - frame.left, y: clientY - frame.top };
  }

  /** A pinch on a touchpad is a wheel with Ctrl. */
  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.#zoomTo(this.scene.zoom * Math.exp(-event.deltaY * WHEEL_STEP), this.#inRoom(event));
  }

  #point(name, event) {
    if (event.pointerType === "touch") this.#touch(name, event);
    else this.#dragWith(name, event);
  }

  #touch(name, event) {
    if (name === "pointerdown" || (name === "pointermove" && this.fingers.has(event.pointerId))) {
      const before = this.#spread();
      this.fingers.set(event.pointerId, this.#inRoom(event));
      const after = this.#spread();
      if (name === "pointermove" && before && after) this.#zoomTo((this.scene.zoom * after.size) / before.size, after.middle);
    } else {
      this.fingers.delete(event.pointerId);
    }
  }

  /** {size, middle} of two fingers, or null. */
  #spread() {
    if (this.fingers.size !== 2) return null;
    const [a, b] = this.fingers.values();
    return { size: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)), middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } };
  }

  #dragWith(name, event) {
    if (name === "pointerdown" && event.button === 0 && this.scene.zoom > 1) this.drag = { ...this.#inRoom(event), left: this.room.scrollLeft, top: this.room.scrollTop, hasMoved: false };
    if (!this.drag) return;
    if (name === "pointermove" && event.buttons & 1) this.#follow(this.#inRoom(event));
    else if (name !== "pointerdown") this.#release();
  }

  #follow({ x, y }) {
    const [dx, dy] = [x - this.drag.x, y - this.drag.y];
    this.drag.hasMoved ||= Math.hypot(dx, dy) >= STILL;
    if (this.drag.hasMoved) this.room.scrollTo({ left: this.drag.left - dx, top: this.drag.top - dy, behavior: "instant" });
  }

  #release() {
    this.justDragged = this.drag.hasMoved;
    this.drag = null;
  }

  /** Letting go after a drag picks nothing. */
  #stopAfterDrag(event) {
    if (this.justDragged) event.stopPropagation();
    this.justDragged = false;
  }
}

export function start(app) {
  new CameraView(app).start();
}
