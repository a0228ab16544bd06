import { useQuery } from '@tanstack/react-query';

import { EVERY_MS } from '@/app/queries';
import { insightText } from '@/text/route-insight';

import { Section } from '../inspector/Section';
import classes from '../inspector/inspector.module.css';
import { trafficQuery } from '../insight';
import type { RouteElement } from '../model';
import { useEditor } from '../store';
import { useServing } from '../versions/useServing';
import { modelWords, overWords } from './facts';

const text = insightText.facts;

/** What went over a limit in the version that serves, or would have. */
export function LimitFacts({ element }: { element: RouteElement }) {
  return <Facts element={element} words={(known, traffic) => overWords(traffic, known.properties?.mode === 'watch')} />;
}

export function ModelFacts({ element }: { element: RouteElement }) {
  return <Facts element={element} words={(known, traffic) => modelWords(traffic, known.properties?.provider === 'mock')} />;
}

interface FactsProps {
  element: RouteElement;
  /** Of the node as the version that serves has it. */
  words: (known: RouteElement, traffic: Parameters<typeof modelWords>[0] & Parameters<typeof overWords>[0]) => string;
}

/** The last 24 hours of the version that serves; nothing for a node that only the draft has. */
function Facts({ element, words }: FactsProps) {
  const gateway = useEditor((state) => state.gateway);
  const route = useEditor((state) => state.routeId);
  const serving = useServing();
  const known = serving?.elements.find(({ id, type }) => id === element.id && type === element.type);
  const { data } = useQuery({ ...trafficQuery(gateway, route, '24h', 'live', known !== undefined), refetchInterval: EVERY_MS.slow });
  if (!serving || known === undefined || data === undefined) return null;
  return (
    <Section title={text.inVersion(serving.version)}>
      <p className={classes.prose} data-testid="facts">
        {words(known, data.nodes.find(({ node }) => node === element.id))}
      </p>
    </Section>
  );
}
