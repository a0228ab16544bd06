import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { insightText } from '@/text/route-insight';

import { Section } from '../inspector/Section';
import classes from '../inspector/inspector.module.css';
import { effectQuery } from '../insight';
import { type RouteElement, sameValue } from '../model';
import { useEditor } from '../store';
import { useServingElement, useServing } from '../versions/useServing';
import { matchedWords } from './facts';

const text = insightText.facts;

/** Nobody is asked while somebody types. */
const SETTLED_MS = 600;

/** "Matched 12 % of the last 1,000 requests": the condition as it stands in the draft, on requests that were. */
export function ConditionFacts({ element }: { element: RouteElement }) {
  const gateway = useEditor((state) => state.gateway);
  const route = useEditor((state) => state.routeId);
  const document = useEditor((state) => (state.viewing?.draft ?? state.draft).document);
  const [settled] = useDebouncedValue(document, SETTLED_MS);
  const serving = useServing();
  const known = useServingElement(element.id);
  const { data } = useQuery({ ...effectQuery(gateway, route, settled), enabled: Boolean(serving), placeholderData: keepPreviousData });
  if (!serving || data === undefined) return null;
  const words = matchedWords(data, element.id, sameValue(known?.properties, element.properties));
  if (words === null) return null;
  return (
    <Section title={text.title}>
      <p className={classes.prose} data-testid="facts" data-settled={settled === document || undefined}>
        {words}
      </p>
    </Section>
  );
}
