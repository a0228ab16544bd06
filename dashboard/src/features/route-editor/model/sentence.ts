import { routeEditorText as text } from '@/text/route-editor';

import { conditionSentence } from './condition/sentence';
import { isBudget } from './element';
import { windowWords } from './window';
import { isNamedSplit } from './split';
import type { Piece, RouteElement } from './types';

/** What a node does, in one sentence: the body of its card, and what a screen reader hears. */
export function sentence(element: RouteElement): Piece[] {
  switch (element.type) {
    case 'start':
      return [{ text: text.sentences.start }];
    case 'conditional':
      return conditionSentence(element);
    case 'percentage':
      return splitSentence(element);
    case 'rate':
      return limitSentence(element);
    case 'model':
      return modelSentence(element);
    case 'end':
      return [{ text: text.sentences.end }];
    default:
      return [{ text: text.sentences.unknown(element.type) }];
  }
}

/** The same without marks, words apart by single spaces. */
export function plain(pieces: readonly Piece[]): string {
  return pieces
    .map((piece) => piece.text)
    .join(' ')
    .replace(/\( /g, '(')
    .replace(/ \)/g, ')');
}

/** `mock/large`, or null while no model is chosen. */
export function modelName(element: RouteElement): string | null {
  const { provider, model } = element.properties ?? {};
  if (typeof model !== 'string' || model === '') return null;
  return typeof provider === 'string' && provider !== '' ? `${provider}/${model}` : model;
}

/** "60 s, 2 retries": only what the document says. */
export function patience(element: RouteElement): string | null {
  const { timeout, retries } = element.properties ?? {};
  const parts = [
    ...(typeof timeout === 'number' && timeout > 0 ? [text.sentences.timeout(timeout / 1000)] : []),
    ...(typeof retries === 'number' ? [text.sentences.retries(retries)] : []),
  ];
  return parts.length === 0 ? null : parts.join(', ');
}

function splitSentence(element: RouteElement): Piece[] {
  const sticky = element.properties?.sticky;
  const isSticky = typeof sticky === 'string' && sticky !== '';
  if (isSticky) return [{ text: text.sentences.stickyBy }, { text: sticky, code: true }];
  return [{ text: isNamedSplit(element) || Object.keys(element.outputs).length > 0 ? text.sentences.byChance : text.sentences.noBranches }];
}

function limitSentence(element: RouteElement): Piece[] {
  const { key, limit } = element.properties ?? {};
  const amount = typeof limit === 'number' ? (isBudget(element) ? text.sentences.dollars(limit) : text.sentences.requests(limit)) : text.sentences.noLimit;
  const head: Piece = { text: text.sentences.perWindow(amount, windowWords(element.properties ?? {})), strong: true };
  if (key === '*') return [head, { text: text.sentences.forEveryone }];
  if (typeof key !== 'string' || key === '') return [head, { text: text.sentences.noKey }];
  return [head, { text: text.sentences.forEach }, { text: key, code: true }];
}

function modelSentence(element: RouteElement): Piece[] {
  const name = modelName(element);
  const head: Piece = name === null ? { text: text.sentences.noModel } : { text: name, code: true };
  const detail = patience(element);
  return detail === null ? [head] : [head, { text: text.sentences.detail(detail) }];
}
