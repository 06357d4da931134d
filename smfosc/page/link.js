// The daemon as the page sees it: the tree by HTTP, OSC by a WebSocket that comes back by itself.

import { decode, encode, Int } from "./osc.js";

const RETRY_MS = [500, 1000, 2000, 5000];

export class Link {
  /** hear(address, values), changed() when voices come and go, state("open" | "wait"). */
  constructor({ hear, changed, state }) {
    Object.assign(this, { hear, changed, state });
    this.failures = 0;
    this.waiting = new Map(); // address -> values: the newest, until the next frame
    this.connect();
  }

  connect() {
    this.socket = new WebSocket(`ws://${location.host}/`);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => this.opened();
    this.socket.onclose = () => this.closed();
    this.socket.onmessage = ({ data }) => this.receive(data);
  }

  opened() {
    this.failures = 0;
    this.send("/notify", new Int(1));
    this.send("/notify/meters", new Int(1));
    this.socket.send(JSON.stringify({ COMMAND: "LISTEN", DATA: "/scope" }));
    this.state("open");
    this.changed();
  }

  closed() {
    this.state("wait");
    const wait = RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)];
    setTimeout(() => this.connect(), wait);
  }

  receive(data) {
    if (typeof data === "string") {
      this.changed(JSON.parse(data));
      return;
    }
    const { address, values } = decode(data);
    this.hear(address, values);
  }

  /** Send now. */
  send(address, ...values) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(encode(address, ...values));
  }

  /** Send the newest of what comes until the screen's next frame. */
  move(address, ...values) {
    if (this.waiting.size === 0) requestAnimationFrame(() => this.flush());
    this.waiting.set(address, values);
  }

  flush() {
    for (const [address, values] of this.waiting) this.send(address, ...values);
    this.waiting.clear();
  }

  async tree(path) {
    const answer = await fetch(path, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  }
}
