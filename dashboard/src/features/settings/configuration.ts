/** The configuration as a file: taken, looked at by the server, imported. */
import { queryOptions } from '@tanstack/react-query';

import { api, call } from '@/api/client';
import type { components } from '@/api/schema';

export type Plan = components['schemas']['PlanView'];
export type PlannedRoute = components['schemas']['RoutePlanView'];
export type PlannedSettings = components['schemas']['SettingsPlanView'];

/** A file as it was read; the server says whether it is a configuration. */
export interface ImportFile {
  /** Of this reading: the same file may have been corrected since. */
  id: string;
  name: string;
  configuration: unknown;
}

/** What of a file is taken. */
export interface Choice {
  settings: boolean;
  /** Names of routes that are left out. */
  without: readonly string[];
}

export const EVERYTHING: Choice = { settings: true, without: [] };

/** Settings and routes, for a file: nothing in it is secret. */
export async function exported(gateway: string): Promise<string> {
  const configuration = await call(api.GET('/api/gateways/{gateway}/configuration', { params: { path: { gateway } } }));
  return JSON.stringify(configuration, null, 2);
}

function bodyOf(file: ImportFile, choice: Choice) {
  const names = namesIn(file.configuration).filter((name) => !choice.without.includes(name));
  return { configuration: file.configuration, settings: choice.settings, ...(choice.without.length > 0 ? { routes: names } : {}) } as never;
}

/** Names of routes, as far as there are any. */
export function namesIn(configuration: unknown): string[] {
  const routes = (configuration as { routes?: unknown } | null)?.routes;
  if (!Array.isArray(routes)) return [];
  return routes.flatMap((route: unknown) => {
    const name = (route as { name?: unknown } | null)?.name;
    return typeof name === 'string' ? [name] : [];
  });
}

/** What an import of this choice would do. Asked anew for each choice: the server judges parts together. */
export function planQuery(gateway: string, file: ImportFile, choice: Choice) {
  return queryOptions({
    queryKey: ['configuration-plan', gateway, file.id, choice],
    queryFn: ({ signal }): Promise<Plan> => call(api.POST('/api/gateways/{gateway}/configuration/check', { params: { path: { gateway } }, body: bodyOf(file, choice), signal })),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
}

/** Imports what was looked at; 409 when that is not how things are any more. */
export function imported(gateway: string, file: ImportFile, choice: Choice, fingerprint: string): Promise<Plan> {
  const body = { ...(bodyOf(file, choice) as object), fingerprint } as never;
  return call(api.POST('/api/gateways/{gateway}/configuration/import', { params: { path: { gateway } }, body }));
}
