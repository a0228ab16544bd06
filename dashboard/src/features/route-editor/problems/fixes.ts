import { useQueryClient } from '@tanstack/react-query';

import { useOpen } from '@/components/charts/HrefLink';
import { canvasText as text } from '@/text/editor-canvas';

import type { Problem } from '../model';
import { openPriceForm } from '../nodes/model/price';
import { useEditor, useEditorStore } from '../store';
import { useDismiss } from './useProblems';

export interface Fix {
  label: string;
  run: () => void;
}

/** What can be done about a problem with one click. */
export function useFixes(): (problem: Problem) => Fix[] {
  const store = useEditorStore();
  const gateway = useEditor((state) => state.gateway);
  const client = useQueryClient();
  const open = useOpen();
  const dismiss = useDismiss();
  const to = (page: string) => () => open(`/g/${encodeURIComponent(gateway)}/${page}`);
  return (problem) => {
    const { node, code, message } = problem;
    switch (code) {
      case 'E04':
        return node === null ? [] : [{ label: text.problems.fix.equal, run: () => void store.getState().dispatch({ type: 'make-equal', id: node }) }];
      case 'E10': {
        const model = modelNamed(store.getState().draft.document.elements, message);
        // The price changes what the validator says, though the document stays as it is.
        const again = () => {
          void client.invalidateQueries({ queryKey: ['editor-prices'] });
          const { draft, reset } = store.getState();
          reset({ ...draft });
        };
        return model === null ? [] : [{ label: text.problems.fix.price, run: () => openPriceForm(model.provider, model.model, again) }];
      }
      case 'W03': {
        const [from, instead] = codesOf(message);
        if (from === undefined || instead === undefined || from === instead) return [];
        return [{ label: text.problems.fix.use, run: () => void store.getState().dispatch({ type: 'replace-operand', from, to: instead }) }];
      }
      case 'W04':
        return [
          { label: text.problems.fix.pin, run: to('keys') },
          { label: text.problems.fix.backend, run: () => dismiss.mutate({ problem, reason: text.problems.backendReason }) },
        ];
      case 'W11':
        return [{ label: text.problems.fix.openKeys, run: to('keys') }];
      case 'W12':
        return [{ label: text.problems.fix.key, run: to('providers') }];
      default:
        return [];
    }
  };
}

/** What stands in backticks, in order. */
function codesOf(message: string): string[] {
  return [...message.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
}

/** The message emphasises the model it means. */
function modelNamed(elements: readonly { type: string; properties?: Record<string, unknown> }[], message: string): { provider: string; model: string } | null {
  const words = [...message.matchAll(/[*`]+([^*`]+)[*`]+/g)].map((match) => match[1] ?? '');
  for (const { type, properties } of elements) {
    const { provider, model } = properties ?? {};
    if (type !== 'model' || typeof provider !== 'string' || typeof model !== 'string') continue;
    if (words.includes(model) || words.includes(`${provider}/${model}`)) return { provider, model };
  }
  return null;
}
