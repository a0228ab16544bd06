import { describe, expect, it } from 'vitest';

import { csvLine, csvOf } from './csv';
import { placeOf, timeTicks, valueTicks } from './scale';
import { LOOKS, lookOfGroup, totalOf, type Slot } from './series';
import { blockAt, stackMax, stackOf } from './stack';

const HOUR = 3_600_000;
const at = (text: string) => Date.parse(text);

function hours(start: string, count: number, length = HOUR): Slot[] {
  return Array.from({ length: count }, (_, index) => ({ start: at(start) + index * length, end: at(start) + (index + 1) * length }));
}

describe('value ticks', () => {
  it.each([
    [1_175, true, [0, 500, 1_000]],
    [127, false, [0, 60, 120]],
    [999, true, [0, 400, 800]],
    [1, true, [0, 1]],
    [3, true, [0, 1, 2]],
    [0.00031, false, [0, 0.00015, 0.0003]],
    [0, false, [0]],
  ])('for %d', (max, whole, ticks) => {
    expect(valueTicks(max, whole)).toEqual(ticks);
  });

  it('are three, and fill at least half of the height', () => {
    for (let max = 2; max < 50_000; max = Math.ceil(max * 1.13)) {
      const ticks = valueTicks(max, true);
      expect(ticks).toHaveLength(3);
      expect(ticks[2]!).toBeLessThanOrEqual(max);
      expect(ticks[2]!).toBeGreaterThanOrEqual(max / 2);
    }
  });
});

describe('time ticks', () => {
  it('stand on round hours of the zone', () => {
    const ticks = timeTicks(hours('2026-11-20T12:00:00Z', 24), 330, 'UTC');
    expect(ticks.map((tick) => tick.label)).toEqual(['12:00', '18:00', '00:00', '06:00']);
    const shifted = timeTicks(hours('2026-11-20T12:00:00Z', 24), 330, 'Asia/Tokyo');
    expect(shifted.map((tick) => tick.label)).toEqual(['00:00', '06:00', '12:00', '18:00']);
  });

  it('name days once there are several', () => {
    const ticks = timeTicks(hours('2026-11-15T00:00:00Z', 28, 6 * HOUR), 500, 'UTC');
    expect(ticks.map((tick) => tick.label)).toEqual(['15 Nov', '16 Nov', '17 Nov', '18 Nov', '19 Nov', '20 Nov', '21 Nov']);
  });

  it('never stand closer than their labels are wide', () => {
    for (const count of [15, 24, 60, 96, 168]) {
      const ticks = timeTicks(hours('2026-11-15T00:00:00Z', count), 330, 'UTC');
      const gaps = ticks.slice(1).map((tick, index) => ((tick.index - ticks[index]!.index) * 330) / count);
      expect(Math.min(...gaps, 330)).toBeGreaterThanOrEqual(48);
    }
  });
});

describe('place of a moment', () => {
  const slots = hours('2026-11-20T12:00:00Z', 4);
  it('is a share of the row', () => {
    expect(placeOf(at('2026-11-20T12:00:00Z'), slots)).toBe(0);
    expect(placeOf(at('2026-11-20T14:30:00Z'), slots)).toBe(0.625);
    expect(placeOf(at('2026-11-20T16:00:00Z'), slots)).toBeNull();
  });
});

describe('stacks', () => {
  const series = [
    { key: 'answered', label: 'Answered', look: LOOKS.answered, values: [1_000, 0, null] },
    { key: 'failed', label: 'Failed', look: LOOKS.failed, values: [1, 0, 2], heightMin: 3 },
  ];
  const yOf = (value: number) => 100 - value / 10;

  it('keep one failure among a thousand visible', () => {
    const blocks = stackOf(series, 0, 100, yOf);
    expect(blocks.map((block) => block.key)).toEqual(['answered', 'failed']);
    expect(blocks[1]!.height).toBe(3);
    expect(stackOf(series, 1, 100, yOf)).toEqual([]);
  });

  it('find the block under the pointer', () => {
    const blocks = stackOf(series, 0, 100, yOf);
    expect(blockAt(blocks, 50)?.key).toBe('answered');
    expect(blockAt(blocks, -3)?.key).toBe('failed');
    expect(stackMax(series, 3)).toBe(1_001);
  });
});

describe('series', () => {
  it('do not take what is unknown for zero', () => {
    expect(totalOf([null, null])).toBeNull();
    expect(totalOf([null, 2, 0])).toBe(2);
  });

  it('differ in more than colour', () => {
    const looks = Array.from({ length: 10 }, (_, index) => JSON.stringify(lookOfGroup(index, `k${index}`)));
    expect(new Set(looks).size).toBe(10);
    for (let index = 1; index < 10; index += 1) {
      expect(lookOfGroup(index, 'a').pattern).not.toBe(lookOfGroup(index - 1, 'b').pattern);
    }
  });
});

describe('CSV', () => {
  it('writes small money in full, and leaves out what is not known', () => {
    expect(csvLine(['2026-11-21', 0.000051, null, 0.0000000001])).toBe('2026-11-21,0.000051,,0.0000000001');
  });

  it('keeps formulas from running and quotes what needs it', () => {
    expect(csvLine(['=1+1', 'a,b', 'say "hi"'])).toBe(`'=1+1,"a,b","say ""hi"""`);
    expect(csvOf(['a'], [[1]])).toBe('a\r\n1\r\n');
  });
});
