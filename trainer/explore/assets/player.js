"use strict";
// Plays sounds that lie in the page; one at a time, each fading out under the next.

const FADE_S = 0.025;

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

class Player {
  constructor(meter) {
    this.meter = meter;
    this.loop = true;
    this.decoded = new Map();
    this.now = null; // { key, source, gain }
    this.asked = null;
  }

  start() { // a browser lets a page sound only after a gesture
    if (this.context) return this.context.resume();
    this.context = new AudioContext();
    this.analyser = this.context.createAnalyser();
    this.analyser.connect(this.context.destination);
    this.frame = new Float32Array(this.analyser.fftSize);
    this.watch();
    return this.context.resume();
  }

  async buffer(key, audio) {
    if (!this.decoded.has(key)) {
      this.decoded.set(key, this.context.decodeAudioData(bytes(audio).buffer));
    }
    return this.decoded.get(key);
  }

  async play(key, audio, ended = () => {}) {
    this.asked = key;
    await this.start();
    const buffer = await this.buffer(key, audio);
    if (this.asked !== key) return; // another one was asked for meanwhile
    this.fade();
    const time = this.context.currentTime;
    const source = this.context.createBufferSource();
    const gain = this.context.createGain();
    source.buffer = buffer;
    source.loop = this.loop;
    gain.gain.setValueAtTime(0, time);
    gain.gain.linearRampToValueAtTime(1, time + FADE_S);
    source.connect(gain).connect(this.analyser);
    source.start();
    this.now = { key, source, gain };
    source.onended = () => {
      if (this.now && this.now.source === source) { this.now = null; ended(); }
    };
  }

  fade() {
    if (!this.now) return;
    const time = this.context.currentTime;
    const { source, gain } = this.now;
    gain.gain.cancelScheduledValues(time);
    gain.gain.setValueAtTime(gain.gain.value, time);
    gain.gain.linearRampToValueAtTime(0, time + FADE_S);
    source.stop(time + FADE_S);
    this.now = null;
  }

  stop() {
    this.asked = null;
    this.fade();
  }

  level() { // RMS of what is heard, 0..1
    if (!this.context) return 0;
    this.analyser.getFloatTimeDomainData(this.frame);
    return Math.sqrt(this.frame.reduce((sum, v) => sum + v * v, 0) / this.frame.length);
  }

  watch() {
    this.meter.value = this.level();
    requestAnimationFrame(() => this.watch());
  }
}

const note = (midi) => {
  const near = Math.round(midi);
  const cents = Math.round(100 * (midi - near));
  const name = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"][near % 12];
  return `${name}${Math.floor(near / 12) - 1}${cents ? (cents > 0 ? "+" : "−") + Math.abs(cents) : ""}`;
};

const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};
