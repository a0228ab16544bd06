import { type Completion, type CompletionContext, type CompletionResult, autocompletion } from '@codemirror/autocomplete';
import type { Extension } from '@codemirror/state';
import { type Tooltip, hoverTooltip } from '@codemirror/view';

import { OPERANDS, isOperand, membersAt } from './schema';
import { type Range, contextAt, elementRanges } from './tree';

/** Offers names and values that exist, and says on hovering what a name means. */
export function help(): Extension {
  return [autocompletion({ override: [complete], icons: false }), hoverTooltip((view, pos, side) => hover(view.state, pos, side))];
}

export function complete({ state, pos, explicit }: Pick<CompletionContext, 'state' | 'pos' | 'explicit'>): CompletionResult | null {
  const context = contextAt(state, pos);
  if (context === null) return null;
  const { path, is, range, elementType, limitType, names } = context;
  const written = state.sliceDoc(range.from, range.to);
  // Within quotes the whole word is replaced; elsewhere something is put in where asked for.
  const isWord = written.startsWith('"');
  if (!isWord && !explicit) return null;
  const place = isWord ? range : { from: pos, to: pos };
  if (is === 'name') {
    const members = membersAt(isWord ? path.slice(0, -1) : path, elementType, limitType);
    const free = members.filter(({ name }) => !names.includes(name) || written === JSON.stringify(name));
    return result(place, free.map(({ name, info, values }) => ({ ...option(name, isWord), apply: isWord ? JSON.stringify(name) : `${JSON.stringify(name)}: ${values?.[0] ?? '""'}`, info })));
  }
  if (path.at(-1) === 'elementId') return result(place, elementRanges(state).map(({ id }) => option(id, isWord)));
  if (isOperand(path)) return result(place, OPERANDS.map(({ name, info }) => ({ ...option(name, isWord), info })));
  const member = membersAt(path.slice(0, -1), elementType, limitType).find(({ name }) => name === path.at(-1));
  return result(place, (member?.values ?? []).map((value) => ({ label: value, apply: value })));
}

function hover(state: Parameters<typeof contextAt>[0], pos: number, side: -1 | 1): Tooltip | null {
  const context = contextAt(state, pos, side);
  if (context === null || context.is !== 'name') return null;
  const member = membersAt(context.path.slice(0, -1), context.elementType, context.limitType).find(({ name }) => name === context.path.at(-1));
  if (member === undefined) return null;
  return {
    pos: context.range.from,
    end: context.range.to,
    create: () => {
      const dom = document.createElement('div');
      dom.className = 'cm-help';
      dom.textContent = member.info;
      return { dom };
    },
  };
}

function result({ from, to }: Range, options: Completion[]): CompletionResult | null {
  return options.length === 0 ? null : { from, to, options };
}

/** What was typed begins with a quote, and so has what it is compared with. */
function option(name: string, isWord: boolean): Completion {
  const quoted = JSON.stringify(name);
  return { label: isWord ? quoted : name, displayLabel: name, apply: quoted };
}
