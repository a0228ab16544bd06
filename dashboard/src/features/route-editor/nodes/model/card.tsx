import { IconKey } from '@tabler/icons-react';

import { ProviderMark } from '@/components/ProviderMark';
import { usd } from '@/lib/money';
import { duration, percent } from '@/lib/number';
import { canvasText as text } from '@/text/editor-canvas';

import { useKeyState, usePrice } from '../../inspector/queries';
import { patience } from '../../model/sentence';
import type { RouteElement } from '../../model/types';
import { useEditor } from '../../store';
import { useServingElement } from '../../versions/useServing';
import classes from '../cards.module.css';
import { CutMiddle } from '../parts/CutMiddle';
import type { CardProps } from '../types';
import { priceText } from './price-text';

/** Its money is simulated. */
const MOCK = 'mock';

export function ModelBody({ element }: CardProps) {
  const { provider, model } = named(element);
  const isLive = useEditor((state) => state.live !== null);
  if (model === '') return <div className={classes.text}>{text.cards.noModel}</div>;
  return (
    <>
      <div className={classes.model}>
        <ProviderMark provider={provider} />
        <span className={classes.modelName}>
          <CutMiddle text={provider === MOCK ? `mock/${model}` : model} />
        </span>
        <KeyDot provider={provider} alias={stringOf(element.properties?.byokAlias)} />
      </div>
      <Detail element={element} provider={provider} model={model} />
      {isLive ? <Footer id={element.id} /> : null}
    </>
  );
}

function KeyDot({ provider, alias }: { provider: string; alias: string | undefined }) {
  const key = useKeyState(provider, alias);
  if (key === undefined) return null;
  const label = text.keys[key.state](key.alias ?? '');
  return (
    <span className={classes.key} role="img" aria-label={label} data-hint={label}>
      <IconKey aria-hidden size={13} stroke={1.75} />
      <span className={classes.dot} data-state={key.state} />
    </span>
  );
}

function Detail({ element, provider, model }: { element: RouteElement; provider: string; model: string }) {
  const price = usePrice(provider, model);
  const said = [patience(element), priceText(price)].filter((part) => part !== null);
  return (
    <div className={classes.detail}>
      {said.map((part, at) => (
        <span key={part}>
          {at > 0 ? ' · ' : null}
          {part}
        </span>
      ))}
    </div>
  );
}

/** Live numbers of one model. A number that is not known is a dash; a node that only the draft has says so. */
function Footer({ id }: { id: string }) {
  const live = useEditor((state) => state.live?.nodes.find((node) => node.node === id));
  const serving = useServingElement(id);
  if (live === undefined) return <div className={classes.footer}>{serving === undefined ? text.cards.notReadYet : serving === null ? text.cards.newInDraft : text.cards.noRequests}</div>;
  const failed = live.requests === 0 ? text.cards.noRequests : text.cards.failed(percent(live.errors / live.requests));
  return (
    <div className={classes.footer}>
      <span>{failed}</span>
      {live.p95_ms === null ? null : <span>{text.cards.p95(duration(live.p95_ms))}</span>}
      <span className={classes.cost}>{live.cost_usd === null ? text.cards.noPrice : serving?.properties?.provider === MOCK ? text.cards.simulated(usd(live.cost_usd)) : usd(live.cost_usd)}</span>
    </div>
  );
}

export function named(element: RouteElement): { provider: string; model: string } {
  return { provider: stringOf(element.properties?.provider) ?? '', model: stringOf(element.properties?.model) ?? '' };
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
