import { usdAsTyped } from '@/lib/money';
import { canvasText as text } from '@/text/editor-canvas';

import type { Price } from '../../inspector/queries';

/** The price in words; null while it is not known whether there is one. */
export function priceText(price: Price | null | undefined): string | null {
  if (price === undefined) return null;
  if (price === null) return text.cards.noPrice;
  const words = text.cards.price(perMillion(price.input_per_million), perMillion(price.output_per_million));
  return price.simulated ? text.cards.simulated(words) : words;
}

/** `$3`, `$0.10`, `$0.0375`: whole dollars as they are, cents with both digits. */
function perMillion(amount: number): string {
  const words = usdAsTyped(amount);
  return /\.\d$/.test(words) ? `${words}0` : words;
}
