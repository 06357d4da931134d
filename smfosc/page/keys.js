// A row of notes for the selected voice: pointers, and the computer's keyboard.

import { make, noteName } from "./voice.js";

const ROW = "awsedftgyhujkolp"; // as many trackers and hosts have it: a is the lowest note
const SOFT = 45;

export class Keys {
  constructor(element, voiceNow) {
    Object.assign(this, { element, voiceNow });
    this.held = new Map(); // pointer or key -> {voice, note}
    document.addEventListener("keydown", (event) => this.type(event));
    document.addEventListener("keyup", (event) => this.end(event.code));
    window.addEventListener("blur", () => [...this.held.keys()].forEach((key) => this.end(key)));
  }

  use(voice) {
    const pitch = voice?.controls.get("pitch");
    this.element.hidden = !pitch;
    if (!pitch) return;
    this.low = Math.ceil(pitch.min);
    const count = Math.min(48, Math.floor(pitch.max) - this.low + 1);
    this.element.style.setProperty("--count", count);
    this.element.style.setProperty("--hue", voice.hue);
    this.element.replaceChildren(
      ...Array.from({ length: count }, (_, index) => this.key(this.low + index)),
    );
  }

  key(note) {
    const name = noteName(note);
    const key = make("button", { type: "button", textContent: name, data: { note } });
    key.classList.toggle("black", /[♯♭]/.test(name));
    key.onpointerdown = (event) => {
      const box = key.getBoundingClientRect();
      const depth = (event.clientY - box.top) / box.height;
      key.setPointerCapture(event.pointerId);
      this.start(event.pointerId, note, Math.round(SOFT + depth * (127 - SOFT)));
    };
    key.onpointerup = key.onpointercancel = (event) => this.end(event.pointerId);
    key.onkeydown = (event) => {
      if ((event.key === "Enter" || event.key === " ") && !event.repeat)
        this.start(event.code, note, 100);
    };
    return key;
  }

  type(event) {
    const index = ROW.indexOf(event.key);
    const typing = event.target.closest?.("input:not([type=range]), select");
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || typing || index < 0) return;
    this.start(event.code, this.low + index, 100);
  }

  start(holder, note, velocity) {
    const voice = this.voiceNow();
    if (!voice || !this.lit(note)) return;
    this.held.set(holder, { voice, note });
    voice.link.send(`${voice.base}/note`, note, velocity);
    this.lit(note).classList.add("down");
  }

  end(holder) {
    const held = this.held.get(holder);
    if (!held) return;
    this.held.delete(holder);
    held.voice.link.send(`${held.voice.base}/note`, held.note, 0);
    this.lit(held.note)?.classList.remove("down");
  }

  lit(note) {
    return this.element.querySelector(`[data-note="${note}"]`);
  }
}
