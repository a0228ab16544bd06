/** Characters that do something in place of showing something, made visible. */

export interface TextPiece {
  text: string;
  /** Name of the control character that this piece stands for. */
  name?: string;
}

const NAMES: Record<number, string> = {
  0x00: 'NUL', 0x07: 'BEL', 0x08: 'BS', 0x0b: 'VT', 0x0c: 'FF', 0x1b: 'ESC', 0x7f: 'DEL', 0x9b: 'CSI',
  0x61c: 'ALM', 0x200e: 'LRM', 0x200f: 'RLM', 0x202a: 'LRE', 0x202b: 'RLE', 0x202c: 'PDF', 0x202d: 'LRO', 0x202e: 'RLO',
  0x2066: 'LRI', 0x2067: 'RLI', 0x2068: 'FSI', 0x2069: 'PDI', 0x2028: 'LS', 0x2029: 'PS', 0xfeff: 'BOM',
};

/** C0 without tab and line ends, DEL, C1, marks of direction, separators, lone surrogates. */
// oxlint-disable-next-line no-control-regex -- finding them is what this is for
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** The text in pieces; most texts are one. */
export function pieces(text: string): TextPiece[] {
  const found: TextPiece[] = [];
  let from = 0;
  for (const match of text.matchAll(CONTROLS)) {
    if (match.index > from) found.push({ text: text.slice(from, match.index) });
    const name = nameOf(match[0].charCodeAt(0));
    found.push({ text: `⟨${name}⟩`, name });
    from = match.index + match[0].length;
  }
  if (from < text.length || found.length === 0) found.push({ text: text.slice(from) });
  return found;
}

/** For titles and labels, where there are no elements. */
export function visible(text: string): string {
  return pieces(text).map((piece) => piece.text).join('');
}

function nameOf(code: number): string {
  return NAMES[code] ?? `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** A long name cut in its middle: both ends tell it apart. */
export function cutMiddle(text: string, most: number): string {
  const characters = [...text];
  if (characters.length <= most) return text;
  const head = Math.ceil((most - 1) * 0.6);
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (most - 1 - head)).join('')}`;
}
