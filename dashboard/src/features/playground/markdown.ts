/**
 * Markdown as a model writes it, read into plain data. It knows headings, paragraphs, lists, quotes, code, rules, bold and emphasis. There
 * is no HTML and there are no images: both stay the text that they are, and a link's address stands beside its words.
 */

export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'strong' | 'emphasis'; children: Inline[] }
  | { kind: 'link'; text: string; address: string };

export type Block =
  | { kind: 'heading'; level: number; children: Inline[] }
  | { kind: 'paragraph'; children: Inline[] }
  | { kind: 'list'; isOrdered: boolean; start: number; items: Inline[][] }
  | { kind: 'quote'; children: Inline[] }
  | { kind: 'code'; language: string; text: string }
  | { kind: 'rule' };

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]*)/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const ITEM = /^\s{0,8}(?:([-*+])|(\d{1,9})[.)])\s+(.*)$/;
const QUOTE = /^ {0,3}>\s?(.*)$/;

export function readMarkdown(text: string): Block[] {
  const lines = text.split(/\r\n|\r|\n/);
  const blocks: Block[] = [];
  let at = 0;
  const while_ = (take: (line: string) => string | undefined): string[] => {
    const taken: string[] = [];
    for (; at < lines.length; at += 1) {
      const part = take(lines[at]!);
      if (part === undefined) break;
      taken.push(part);
    }
    return taken;
  };
  while (at < lines.length) {
    const line = lines[at]!;
    const fence = FENCE.exec(line);
    const heading = HEADING.exec(line);
    const item = ITEM.exec(line);
    if (fence) {
      at += 1;
      const end = new RegExp(`^ {0,3}${fence[1]![0] === '`' ? '`' : '~'}{${fence[1]!.length},}\\s*$`);
      const code = while_((part) => (end.test(part) ? undefined : part));
      at += 1;
      blocks.push({ kind: 'code', language: fence[2] ?? '', text: code.join('\n') });
    } else if (line.trim() === '') {
      at += 1;
    } else if (heading) {
      at += 1;
      blocks.push({ kind: 'heading', level: heading[1]!.length, children: readInline(heading[2]!) });
    } else if (RULE.test(line)) {
      at += 1;
      blocks.push({ kind: 'rule' });
    } else if (item) {
      const isOrdered = item[2] !== undefined;
      const items: string[] = [];
      while_((part) => {
        const next = ITEM.exec(part);
        if (next && (next[2] !== undefined) === isOrdered) items.push(next[3]!);
        else if (/^\s{2,}\S/.test(part) && items.length > 0) items[items.length - 1] += ` ${part.trim()}`;
        else return undefined;
        return part;
      });
      blocks.push({ kind: 'list', isOrdered, start: Number(item[2] ?? 1), items: items.map(readInline) });
    } else if (QUOTE.test(line)) {
      blocks.push({ kind: 'quote', children: readInline(while_((part) => QUOTE.exec(part)?.[1]).join('\n')) });
    } else {
      const isPlain = (part: string) => part.trim() !== '' && ![FENCE, HEADING, RULE, ITEM, QUOTE].some((shape) => shape.test(part));
      const plain = while_((part) => (isPlain(part) ? part : undefined));
      blocks.push({ kind: 'paragraph', children: readInline(plain.join('\n')) });
    }
  }
  return blocks;
}

/** Bounded repetitions: a hostile text takes no longer than its length. */
const MARKS: { pattern: RegExp; read: (found: RegExpExecArray) => Inline }[] = [
  { pattern: /`([^`\n]{1,2000})`/y, read: (found) => ({ kind: 'code', text: found[1]! }) },
  { pattern: /\*\*([^*\n]{1,1000})\*\*/y, read: (found) => ({ kind: 'strong', children: readInline(found[1]!) }) },
  { pattern: /__([^_\n]{1,1000})__/y, read: (found) => ({ kind: 'strong', children: readInline(found[1]!) }) },
  { pattern: /\*([^*\s][^*\n]{0,1000})\*/y, read: (found) => ({ kind: 'emphasis', children: readInline(found[1]!) }) },
  { pattern: /\b_([^_\s][^_\n]{0,1000})_\b/y, read: (found) => ({ kind: 'emphasis', children: readInline(found[1]!) }) },
  { pattern: /(?<!!)\[([^\]\n]{1,500})\]\(([^()\s]{1,2000})\)/y, read: (found) => ({ kind: 'link', text: found[1]!, address: found[2]! }) },
];

export function readInline(text: string): Inline[] {
  const found: Inline[] = [];
  let plain = '';
  const flush = () => {
    if (plain) found.push({ kind: 'text', text: plain });
    plain = '';
  };
  for (let at = 0; at < text.length; ) {
    if (text[at] === '\\' && /[\\`*_{}[\]()#+\-.!>]/.test(text[at + 1] ?? '')) {
      plain += text[at + 1];
      at += 2;
      continue;
    }
    const mark = '`*_['.includes(text[at]!) ? firstMark(text, at) : undefined;
    if (mark) {
      flush();
      found.push(mark.inline);
      at += mark.length;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  flush();
  return found;
}

function firstMark(text: string, at: number): { inline: Inline; length: number } | undefined {
  for (const { pattern, read } of MARKS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) return { inline: read(found), length: found[0].length };
  }
  return undefined;
}

/** Addresses that may be followed, by a click and nothing else. */
export function isSafeAddress(address: string): boolean {
  return /^https?:\/\//i.test(address);
}
