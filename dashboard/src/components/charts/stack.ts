/** Bars of one slot on top of each other, in pixels. */
import type { Series } from './series';

export interface Block {
  key: string;
  /** Upper edge and height, measured from the top of the plot. */
  y: number;
  height: number;
}

const GAP = 1;

/**
 * The blocks of slot `index`, from the bottom up. A block that has something to show is never thinner than its series says, so
 * that a single failure among thousands of answers is seen; a hair of space keeps blocks apart.
 */
export function stackOf(series: readonly Series[], index: number, plotHeight: number, yOf: (value: number) => number): Block[] {
  const blocks: Block[] = [];
  let bottom = plotHeight;
  for (const { key, values, heightMin = 1 } of series) {
    const value = values[index] ?? 0;
    if (value <= 0) continue;
    const gap = blocks.length ? GAP : 0;
    const height = Math.max(heightMin, plotHeight - yOf(value) - gap);
    bottom -= gap + height;
    blocks.push({ key, y: bottom, height });
  }
  return blocks;
}

/** Which block is at this height; the nearest when it is between or above them. */
export function blockAt(blocks: readonly Block[], y: number): Block | undefined {
  const distance = (block: Block) => (y < block.y ? block.y - y : y > block.y + block.height ? y - block.y - block.height : 0);
  return [...blocks].sort((one, other) => distance(one) - distance(other))[0];
}

/** The highest stack. */
export function stackMax(series: readonly Series[], slots: number): number {
  let max = 0;
  for (let index = 0; index < slots; index += 1) {
    max = Math.max(max, series.reduce((sum, { values }) => sum + Math.max(0, values[index] ?? 0), 0));
  }
  return max;
}
