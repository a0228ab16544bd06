import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDebouncedValue } from '@mantine/hooks';

import { content } from '../model';
import { diffQuery, routeQuery } from '../queries';
import { useEditor } from '../store';

const SETTLED_MS = 400;

/** The version that serves, as the server says it. */
export function useLiveVersion(): { number: number; versionId: string } | null {
  const gateway = useEditor((state) => state.gateway);
  const routeId = useEditor((state) => state.routeId);
  const { data } = useQuery(routeQuery(gateway, routeId));
  return data?.deployment && data.version?.active ? { number: data.version.number, versionId: data.version.version_id } : null;
}

/**
 * How many changes the draft has against what is live, by content and not by counting edits; null while nothing is live,
 * undefined while it is not known yet.
 */
export function useDraftChanges(): number | null | undefined {
  const gateway = useEditor((state) => state.gateway);
  const routeId = useEditor((state) => state.routeId);
  const document = useEditor((state) => state.draft.document);
  const [settled] = useDebouncedValue(document, SETTLED_MS);
  const { data: route } = useQuery(routeQuery(gateway, routeId));
  const isLive = Boolean(route?.deployment);
  const { data } = useQuery({
    ...diffQuery(gateway, routeId, {}, { document: content(settled) }),
    // What is live is part of the question.
    queryKey: ['diff', gateway, routeId, route?.version?.version_id ?? '', JSON.stringify(content(settled))],
    enabled: isLive,
    placeholderData: keepPreviousData,
  });
  if (route === undefined) return undefined;
  if (!isLive) return null;
  return data?.count;
}
