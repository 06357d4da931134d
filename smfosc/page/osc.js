// OSC 1.0 messages of i, f, s and b: what the daemon sends and takes.

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** A whole number that goes out as int32. */
export class Int {
  constructor(value) {
    this.value = value;
  }
}

const padded = (bytes) => bytes.length + 4 - (bytes.length % 4);

/** One message; numbers go out as float32, Int as int32, strings as s. */
export function encode(address, ...values) {
  const tags = "," + values.map(tagOf).join("");
  const strings = [address, tags].map((part) => utf8.encode(part));
  const data = values.map((value) => (typeof value === "string" ? utf8.encode(value) : value));
  const sizes = data.map((value) => (value instanceof Uint8Array ? padded(value) : 4));
  const out = new Uint8Array([...strings.map(padded), ...sizes].reduce((a, b) => a + b, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const part of strings) {
    out.set(part, at);
    at += padded(part);
  }
  data.forEach((value, index) => {
    if (value instanceof Uint8Array) out.set(value, at);
    else if (value instanceof Int) view.setInt32(at, value.value);
    else view.setFloat32(at, value);
    at += sizes[index];
  });
  return out;
}

function tagOf(value) {
  if (typeof value === "string") return "s";
  return value instanceof Int ? "i" : "f";
}

/** {address, values} of one message; blobs are DataViews. */
export function decode(buffer) {
  const bytes = new Uint8Array(buffer);
  const view = new DataView(buffer);
  let at = 0;
  const string = () => {
    const end = bytes.indexOf(0, at);
    const found = text.decode(bytes.subarray(at, end));
    at = (end + 4) & ~3;
    return found;
  };
  const readers = {
    i: () => view.getInt32((at += 4) - 4),
    f: () => view.getFloat32((at += 4) - 4),
    s: string,
    b: () => {
      const size = view.getInt32(at);
      const blob = new DataView(buffer, at + 4, size);
      at += 4 + ((size + 3) & ~3);
      return blob;
    },
  };
  const address = string();
  const values = [...string().slice(1)].map((tag) => readers[tag]());
  return { address, values };
}
