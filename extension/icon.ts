/** Draws the extension's icon: an arrow that leaves a rounded square. */

import { crc32, deflateSync } from "node:zlib";

const INDIGO = [0x33, 0x46, 0xc8] as const;
const WHITE = [0xff, 0xff, 0xff] as const;
const SAMPLES = 4;

/** A PNG of `size` pixels. */
export function icon(size: number): Buffer {
  const rows = Array.from({ length: size }, (_, y) => {
    const pixels = Array.from({ length: size }, (_, x) => pixel(x, y, size)).flat();
    return Buffer.from([0, ...pixels]);
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function pixel(x: number, y: number, size: number): number[] {
  const offsets = Array.from({ length: SAMPLES }, (_, i) => (i + 0.5) / SAMPLES);
  const samples = offsets.flatMap((dx) =>
    offsets.map((dy) => sample((x + dx) / size, (y + dy) / size)),
  );
  const seen = samples.filter((colour) => colour !== null);
  const channel = (i: 0 | 1 | 2): number =>
    Math.round(seen.reduce((sum, colour) => sum + colour[i], 0) / Math.max(seen.length, 1));
  return [channel(0), channel(1), channel(2), Math.round((255 * seen.length) / samples.length)];
}

/** The colour at a point of the unit square; null outside of the rounded square. */
function sample(x: number, y: number): readonly [number, number, number] | null {
  const radius = 0.22;
  const [dx, dy] = [
    Math.max(radius - x, x - (1 - radius), 0),
    Math.max(radius - y, y - (1 - radius), 0),
  ];
  if (Math.hypot(dx, dy) > radius) return null;
  const isHead = y >= 0.22 && y <= 0.52 && Math.abs(x - 0.5) <= (y - 0.22) * 0.95;
  const isShaft = y > 0.5 && y <= 0.78 && Math.abs(x - 0.5) <= 0.09;
  return isHead || isShaft ? WHITE : INDIGO;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
