import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import type { RouteElement } from '../model';
import { routeQuery } from '../queries';
import { useEditor } from '../store';

export interface Serving {
  /** The number of the version that serves. */
  version: number;
  elements: readonly RouteElement[];
}

/** The version that serves: null while none does, undefined while that is not known. */
export function useServing(): Serving | null | undefined {
  const gateway = useEditor((state) => state.gateway);
  const route = useEditor((state) => state.routeId);
  const { data } = useQuery(routeQuery(gateway, route));
  return useMemo(() => {
    if (data === undefined) return undefined;
    return data.deployment && data.version?.active ? { version: data.version.number, elements: data.elements as unknown as RouteElement[] } : null;
  }, [data]);
}

/** A node as the version that serves has it: null where it has none, undefined while that is not known. */
export function useServingElement(id: string): RouteElement | null | undefined {
  const serving = useServing();
  return serving === undefined ? undefined : (serving?.elements.find((element) => element.id === id) ?? null);
}
