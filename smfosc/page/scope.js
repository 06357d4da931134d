// What is heard: its wave, or its spectrum.

const FLOOR_DB = -90;

export class Scope {
  constructor(canvas) {
    this.canvas = canvas;
    this.spectrum = false;
    this.sound = new Float32Array(1024);
    this.rate = 16000;
    this.drawn = true;
    const calm = matchMedia("(prefers-reduced-motion: reduce)");
    setInterval(() => this.draw(), calm.matches ? 250 : 33);
  }

  /** Samples per second; a DataView of int16. */
  hear(rate, blob) {
    this.rate = rate;
    this.sound = Float32Array.from({ length: blob.byteLength / 2 }, (_, i) => blob.getInt16(2 * i) / 32768);
    this.drawn = false;
  }

  draw() {
    if (this.drawn || document.hidden) return;
    this.drawn = true;
    const ratio = devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (this.canvas.width !== width * ratio) this.canvas.width = width * ratio;
    if (this.canvas.height !== height * ratio) this.canvas.height = height * ratio;
    const pen = this.canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.lineWidth = 1.5;
    pen.strokeStyle = "#5ad1c9";
    if (this.spectrum) this.drawSpectrum(pen, width, height);
    else this.drawWave(pen, width, height);
  }

  drawWave(pen, width, height) {
    const shown = this.sound.length >> 1;
    const from = this.trigger(shown);
    const peak = Math.max(0.05, ...this.sound.map(Math.abs));
    pen.beginPath();
    for (let i = 0; i < shown; i += 1)
      pen.lineTo((i / (shown - 1)) * width, (0.5 - (0.46 * this.sound[from + i]) / peak) * height);
    pen.stroke();
    this.note(pen, width, height, `${((1000 * shown) / this.rate).toFixed(0)} ms, peak ${peak.toFixed(2)}`);
  }

  /** The first upward zero crossing, so that a tone stands still. */
  trigger(shown) {
    for (let i = 1; i < this.sound.length - shown; i += 1)
      if (this.sound[i - 1] < 0 && this.sound[i] >= 0) return i;
    return 0;
  }

  drawSpectrum(pen, width, height) {
    const decibels = powerSpectrum(this.sound);
    const low = 80;
    const high = this.rate / 2;
    const across = (hz) => (Math.log(hz / low) / Math.log(high / low)) * width;
    pen.beginPath();
    decibels.forEach((db, bin) => {
      const hz = (bin * this.rate) / this.sound.length;
      if (hz >= low) pen.lineTo(across(hz), Math.min(1, db / FLOOR_DB) * height);
    });
    pen.stroke();
    pen.fillStyle = "#7d8b99";
    pen.font = "11px system-ui, sans-serif";
    for (const hz of [100, 200, 500, 1000, 2000, 5000])
      if (hz < high) pen.fillText(hz < 1000 ? hz : `${hz / 1000}k`, across(hz) + 2, height - 4);
  }

  note(pen, width, height, words) {
    pen.fillStyle = "#7d8b99";
    pen.font = "11px system-ui, sans-serif";
    pen.textAlign = "right";
    pen.fillText(words, width - 6, height - 6);
    pen.textAlign = "left";
  }
}

/** dB of full scale of each bin, Hann window. sound: a power of two of samples. */
export function powerSpectrum(sound) {
  const size = sound.length;
  const re = sound.map((x, i) => x * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size)));
  const im = new Float32Array(size);
  transform(re, im);
  const full = size / 4; // a sine of full scale, by the window's mean of one half
  return Array.from({ length: size / 2 }, (_, k) => 20 * Math.log10(Math.hypot(re[k], im[k]) / full + 1e-6));
}

/** In place; decimation in time. */
function transform(re, im) {
  const size = re.length;
  for (let i = 1, j = 0; i < size; i += 1) {
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) [re[i], re[j], im[i], im[j]] = [re[j], re[i], im[j], im[i]];
  }
  for (let span = 2; span <= size; span <<= 1)
    for (let k = 0; k < span / 2; k += 1) {
      const c = Math.cos((2 * Math.PI * k) / span);
      const s = -Math.sin((2 * Math.PI * k) / span);
      for (let i = k; i < size; i += span) {
        const j = i + span / 2;
        const x = re[j] * c - im[j] * s;
        const y = re[j] * s + im[j] * c;
        [re[j], im[j]] = [re[i] - x, im[i] - y];
        re[i] += x;
        im[i] += y;
      }
    }
}
