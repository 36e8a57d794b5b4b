/** The live connection: reads frames from htmx's ws extension, asks for what is missing, polls where there is no socket. */

import { FrameCount } from "./frames.js";

const POLL_MS = 1000;
const TRIES_BEFORE_POLLING = 2;
const ACK_AFTER_MS = 400;
const OPEN_PATIENCE_MS = 5000;

export class Live {
  /** `delegate`: onBegin(head), onEvents(id, events), onEnd(head), onResync(), onPoll(ids of new requests, null without an answer), onStatus(state). */
  constructor(element, delegate, arrivals) {
    Object.assign(this, { element, delegate, arrivals });
    this.frames = new FrameCount();
    this.socket = null;
    this.failures = 0;
    this.wasOpen = false;
    this.poll = null;
    this.ackTimer = null;
    this.isStarted = false;
  }

  start() {
    if (this.isStarted) return;
    this.isStarted = true;
    const on = (name, handle) => this.element.addEventListener(`htmx:ws:${name}`, handle);
    on("after:connection", (event) => this.#opened(event.detail.connection.socket));
    on("before:message:incoming", (event) => this.#message(event));
    on("close", () => this.#closed());
    this.delegate.onStatus("connecting");
    this.#connect();
  }

  /** The connection is made here, not when htmx finds the element by itself: its first message would find nobody listening. */
  #connect() {
    htmx.process(this.element);
    this.element.dispatchEvent(new CustomEvent("cycle:ready"));
    setTimeout(() => this.wasOpen || this.#startPolling(), OPEN_PATIENCE_MS);
  }

  #opened(socket) {
    this.socket = socket;
    this.failures = 0;
    this.#stopPolling();
    this.delegate.onStatus("live");
  }

  #closed() {
    this.socket = null;
    this.failures += 1;
    if (this.failures >= TRIES_BEFORE_POLLING) this.#startPolling();
    else this.delegate.onStatus("reconnecting");
  }

  #startPolling() {
    if (this.poll) return;
    this.delegate.onStatus("polling");
    this.poll = setInterval(() => this.#pollOnce(), POLL_MS);
  }

  async #pollOnce() {
    const fresh = await this.arrivals.poll();
    await this.delegate.onPoll(fresh);
    // Meanwhile there may be a socket again.
    if (this.poll) this.delegate.onStatus(fresh ? "polling" : "away");
  }

  #stopPolling() {
    clearInterval(this.poll);
    this.poll = null;
  }

  #message(event) {
    const message = parse(event.detail.message.data);
    event.preventDefault();
    if (message?.type === "rows") this.arrivals.take(message);
    if (message?.type === "frame") this.#frame(message);
    if (message?.type === "hello") this.#hello(message);
    if (message?.type === "resync") this.#resync(message);
  }

  #hello({ n, process, traces }) {
    this.frames.startAfter(n);
    this.delegate.onProcess(process);
    // What began since the page was made, and before it listened, no frame will tell.
    if (this.wasOpen) this.delegate.onResync();
    else this.#pollOnce();
    this.wasOpen = true;
    for (const head of traces) this.delegate.onBegin(head);
  }

  #resync({ n }) {
    this.frames.startAfter(Math.max(n, this.frames.last ?? n));
    this.delegate.onResync();
  }

  #frame({ n, items }) {
    for (const answer of this.frames.take(n)) this.#send(answer);
    for (const item of items) this.#item(item);
    this.#ackSoon();
  }

  #item(item) {
    if (item.begin) this.delegate.onBegin(item.begin);
    if (item.events) this.delegate.onEvents(item.trace, item.events);
    if (item.end) this.delegate.onEnd(item.end);
  }

  /** Confirm the last frames of a burst too, so that the server may forget them. */
  #ackSoon() {
    this.ackTimer ??= setTimeout(() => {
      this.ackTimer = null;
      this.#send({ ack: this.frames.confirmed });
    }, ACK_AFTER_MS);
  }

  #send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}

function parse(data) {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
