/** A page of the reference as plain data: the blocks of Markdown, and tables. Pure. */
import { readInline, readMarkdown, type Block, type Inline } from '@/features/playground/markdown';

export interface TableRow {
  /** What an address can name: the code in its first cell, or the first of the numbers that stand there. */
  ids: string[];
  cells: Inline[][];
}

export type Part = { kind: 'blocks'; blocks: Block[] } | { kind: 'table'; columns: Inline[][]; rows: TableRow[] };

const DIVIDER = /^\|(?:\s*:?-+:?\s*\|)+\s*$/;

/** The first heading is the page's title and is left out. */
export function readDoc(text: string): { title: string; parts: Part[] } {
  const lines = text.split('\n');
  const title = /^# (.+)$/.exec(lines[0] ?? '')?.[1] ?? '';
  const parts: Part[] = [];
  let plain: string[] = [];
  const flush = () => {
    const blocks = readMarkdown(plain.join('\n'));
    if (blocks.length > 0) parts.push({ kind: 'blocks', blocks });
    plain = [];
  };
  for (let at = title === '' ? 0 : 1; at < lines.length; at += 1) {
    if (!(lines[at]!.startsWith('|') && DIVIDER.test(lines[at + 1] ?? ''))) {
      plain.push(lines[at]!);
      continue;
    }
    flush();
    const columns = cellsOf(lines[at]!).map(readInline);
    const rows: TableRow[] = [];
    for (at += 2; at < lines.length && lines[at]!.startsWith('|'); at += 1) {
      const [first = '', ...rest] = cellsOf(lines[at]!);
      rows.push({ ids: idsOf(first), cells: [first, ...rest].map(readInline) });
    }
    at -= 1;
    parts.push({ kind: 'table', columns, rows });
  }
  flush();
  return { title, parts };
}

function cellsOf(line: string): string[] {
  return line
    .replace(/^\|/, '')
    .replace(/\|\s*$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function idsOf(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`|^(\d+)$/g)].map(([, code, number]) => code ?? number!);
}

/** What a paragraph explains when it begins with a code. */
export function idOf(block: Block): string | undefined {
  const first = block.kind === 'paragraph' ? block.children[0] : undefined;
  return first?.kind === 'code' ? first.text : undefined;
}

/** Everything that an address can name. */
export function idsIn(parts: readonly Part[]): Set<string> {
  return new Set(parts.flatMap((part) => (part.kind === 'table' ? part.rows.flatMap(({ ids }) => ids) : part.blocks.flatMap((block) => idOf(block) ?? []))));
}
