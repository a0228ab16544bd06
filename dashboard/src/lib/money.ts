/** How amounts are written: small money stays readable, and unknown is never zero. Amounts are dollars. */

const SMALL_DIGITS = 2;
const DECIMALS_MAX = 12;

/** `$431.46`, `$0.0834`, `$0.000051`, `$0`. */
export function usd(amount: number): string {
  if (!Number.isFinite(amount)) return '–';
  const size = Math.abs(amount);
  const sign = amount < 0 ? '−' : '';
  if (size === 0) return '$0';
  if (size >= 1) return `${sign}$${grouped(size.toFixed(2))}`;
  if (size >= 0.01) return `${sign}$${size.toFixed(4)}`;
  const decimals = Math.min(DECIMALS_MAX, Math.ceil(-Math.log10(size)) + SMALL_DIGITS - 1);
  const text = size.toFixed(decimals);
  return `${sign}$${Number(text) === 0 ? size.toFixed(DECIMALS_MAX) : text}`;
}

/** A limit or a price as somebody typed it: `$100`, `$0.15`, `$2.5`. */
export function usdAsTyped(amount: number): string {
  const text = amount.toFixed(DECIMALS_MAX).replace(/\.?0+$/, '');
  const [whole = '0', fraction] = text.split('.');
  return fraction === undefined ? `$${grouped(whole)}` : `$${grouped(whole)}.${fraction}`;
}

/** Every digit that is known, for tooltips and exports. */
export function usdExact(amount: number): string {
  return `${usdAsTyped(amount)} USD`;
}

function grouped(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const groups = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return fraction === undefined ? groups : `${groups}.${fraction}`;
}
