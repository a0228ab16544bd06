/** Two texts line by line. Pure. */

export interface JsonLine {
  kind: 'same' | 'added' | 'removed';
  text: string;
}

/** A stretch of lines, or how many are left out because they are the same. */
export type JsonPart = { lines: JsonLine[] } | { left: number };

/** Lines on each side of a change. */
const AROUND = 3;
/** Above this many pairs of lines all of them count as changed. */
const PAIRS_MAX = 4_000_000;

export function linesOf(old: string, next: string): JsonLine[] {
  const [a, b] = [old.split('\n'), next.split('\n')];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const same = (text: string): JsonLine => ({ kind: 'same', text });
  return [...a.slice(0, head).map(same), ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)), ...a.slice(a.length - tail).map(same)];
}

/** The longest lines in common stay, in their order. */
function middle(a: readonly string[], b: readonly string[]): JsonLine[] {
  if (a.length * b.length > PAIRS_MAX) return [...a.map((text): JsonLine => ({ kind: 'removed', text })), ...b.map((text): JsonLine => ({ kind: 'added', text }))];
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      common[i * width + j] = a[i] === b[j] ? common[(i + 1) * width + j + 1]! + 1 : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
    }
  }
  const lines: JsonLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: 'same', text: a[i]! });
      [i, j] = [i + 1, j + 1];
    } else if (j === b.length || (i < a.length && common[(i + 1) * width + j]! >= common[i * width + j + 1]!)) {
      lines.push({ kind: 'removed', text: a[i]! });
      i += 1;
    } else {
      lines.push({ kind: 'added', text: b[j]! });
      j += 1;
    }
  }
  return lines;
}

/** Changes with a few lines around them. */
export function partsOf(lines: readonly JsonLine[]): JsonPart[] {
  const near = lines.map((_, at) => lines.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(({ kind }) => kind !== 'same'));
  const parts: JsonPart[] = [];
  for (const [at, line] of lines.entries()) {
    const last = parts.at(-1);
    if (near[at]) {
      if (last && 'lines' in last) last.lines.push(line);
      else parts.push({ lines: [line] });
    } else if (last && 'left' in last) last.left += 1;
    else parts.push({ left: 1 });
  }
  return parts;
}
