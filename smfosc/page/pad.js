// The XY pad: every finger holds a voice; its position is two of the voice's parameters.

import { make, noteName } from "./voice.js";

const GRAB_PX = 44; // a finger this near to a voice's puck takes that voice
const STEP = 0.01; // of an arrow key
const INSET_PX = 32; // half a puck: at the ends of the ranges pucks are whole

export class Pad {
  constructor(element, axes, gateBox) {
    Object.assign(this, { element, axes, gateBox, voices: [], selected: null });
    this.held = new Map(); // pointer -> voice
    this.pucks = new Map(); // voice -> element
    element.addEventListener("pointerdown", (event) => this.press(event));
    element.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"])
      element.addEventListener(end, (event) => this.release(event));
    element.addEventListener("keydown", (event) => this.step(event));
    for (const axis of Object.values(axes)) axis.addEventListener("change", () => this.show());
    new ResizeObserver(() => this.show()).observe(element);
  }

  use(voices, selected) {
    this.selected = selected;
    for (const puck of this.pucks.values()) puck.remove();
    this.pucks.clear();
    this.voices = voices;
    for (const [pointer, voice] of this.held)
      if (!voices.includes(voice)) this.held.delete(pointer);
    for (const voice of voices) {
      const puck = make("span", { className: "puck", textContent: voice.name });
      puck.style.setProperty("--hue", voice.hue);
      this.pucks.set(voice, puck);
      this.element.append(puck);
      voice.moved = () => this.place(voice);
    }
    this.offer();
    this.show();
  }

  /** The parameters of the selected voice as choices of the axes. */
  offer() {
    const names = this.selected ? this.selected.parameters : [];
    const wanted = { x: names[0], y: names[1] ?? "gain" };
    for (const [key, axis] of Object.entries(this.axes)) {
      const before = axis.value;
      const choices = [...names, "gain", "pan", "temperature"];
      axis.replaceChildren(...choices.map((name) => new Option(name)));
      axis.value = choices.includes(before) && before ? before : wanted[key];
    }
  }

  controls(voice) {
    return { x: voice?.controls.get(this.axes.x.value), y: voice?.controls.get(this.axes.y.value) };
  }

  show() {
    const { x, y } = this.controls(this.selected);
    const told = { ".low-x": x?.min, ".high-x": x?.max, ".low-y": y?.min, ".high-y": y?.max };
    for (const [selector, value] of Object.entries(told))
      this.element.querySelector(selector).textContent = value ?? "";
    this.drawGrid(x);
    for (const voice of this.voices) this.place(voice);
  }

  place(voice) {
    const puck = this.pucks.get(voice);
    const { x, y } = this.controls(voice);
    if (!puck) return;
    puck.hidden = !x || !y;
    if (!x || !y) return;
    puck.style.setProperty("left", within(x.share));
    puck.style.setProperty("top", within(1 - y.share));
    puck.classList.toggle("selected", voice === this.selected);
  }

  drawGrid(x) {
    const canvas = this.element.querySelector("canvas");
    const { clientWidth: width, clientHeight: height } = this.element;
    const ratio = devicePixelRatio || 1;
    Object.assign(canvas, { width: width * ratio, height: height * ratio });
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.font = "11px system-ui, sans-serif";
    pen.textAlign = "center";
    const notes = x?.unit === "time.midinote";
    const count = notes ? x.max - x.min : 10;
    for (let i = 0; i <= count; i += 1) {
      const at = Math.round(INSET_PX + (i / count) * (width - 2 * INSET_PX)) + 0.5;
      const natural = !notes || !noteName(Math.ceil(x.min) + i).match(/[♯♭]/);
      pen.strokeStyle = natural ? "#2a333d" : "#1c232b";
      pen.beginPath();
      pen.moveTo(at, 0);
      pen.lineTo(at, height);
      pen.stroke();
      if (notes && natural && width / count > 22) {
        pen.fillStyle = "#7d8b99";
        pen.fillText(noteName(Math.ceil(x.min) + i), at, 18);
      }
    }
    pen.strokeStyle = "#2a333d";
    for (let i = 0; i <= 4; i += 1) {
      const at = Math.round(INSET_PX + (i / 4) * (height - 2 * INSET_PX)) + 0.5;
      pen.beginPath();
      pen.moveTo(0, at);
      pen.lineTo(width, at);
      pen.stroke();
    }
  }

  shares(event) {
    const box = this.element.getBoundingClientRect();
    const across = (event.clientX - box.left - INSET_PX) / (box.width - 2 * INSET_PX);
    const down = (event.clientY - box.top - INSET_PX) / (box.height - 2 * INSET_PX);
    return [across, 1 - down];
  }

  /** The voice that a new finger takes: the one under it, the selected one, or another. */
  choose(event) {
    const taken = new Set(this.held.values());
    const free = this.voices.filter((voice) => !taken.has(voice));
    const distance = (voice) => {
      const box = this.pucks.get(voice).getBoundingClientRect();
      const x = (box.left + box.right) / 2 - event.clientX;
      return Math.hypot(x, (box.top + box.bottom) / 2 - event.clientY);
    };
    const near = free.filter((voice) => distance(voice) < GRAB_PX);
    near.sort((a, b) => distance(a) - distance(b));
    return near[0] ?? free.find((voice) => voice === this.selected) ?? free[0];
  }

  press(event) {
    const voice = this.choose(event);
    if (!voice) return;
    event.preventDefault();
    this.element.focus();
    this.element.setPointerCapture(event.pointerId);
    this.held.set(event.pointerId, voice);
    if (this.held.size === 1 && voice !== this.selected) voice.select(voice);
    this.follow(voice, event);
    if (this.gateBox.checked) voice.gate(true);
  }

  drag(event) {
    const voice = this.held.get(event.pointerId);
    if (voice) this.follow(voice, event);
  }

  release(event) {
    const voice = this.held.get(event.pointerId);
    this.held.delete(event.pointerId);
    if (!voice) return;
    for (const control of Object.values(this.controls(voice))) if (control) control.held = false;
    if (this.gateBox.checked) voice.gate(false);
  }

  follow(voice, event) {
    const [across, up] = this.shares(event);
    const { x, y } = this.controls(voice);
    if (!x || !y) return;
    x.held = y.held = true;
    voice.set(x.name, x.at(across));
    if (y !== x) voice.set(y.name, y.at(up));
  }

  step(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const move = moves[event.key];
    if (!move || !this.selected) return;
    event.preventDefault();
    const size = event.shiftKey ? 10 * STEP : STEP;
    const { x, y } = this.controls(this.selected);
    if (move[0] && x) this.selected.set(x.name, x.at(x.share + move[0] * size));
    if (move[1] && y) this.selected.set(y.name, y.at(y.share + move[1] * size));
  }
}

const within = (share) => `calc(${INSET_PX}px + ${share} * (100% - ${2 * INSET_PX}px))`;
