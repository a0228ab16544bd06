import { api, whole } from '@/api/client';
import type { components } from '@/api/schema';
import { EVERY_MS } from '@/app/queries';
import { pagedQuery } from '@/components/pages';

export type AuditEntry = components['schemas']['AuditView'];

const EXPORTED_PER_PAGE = 100;

function ask(query: { page: number; per_page: number; search?: string }, signal?: AbortSignal) {
  return whole(api.GET('/api/audit', { params: { query }, ...(signal ? { signal } : {}) }));
}

/** Newest first; `search` looks into actor, kind and id. */
export function auditQuery(search: string) {
  return {
    ...pagedQuery<AuditEntry>(['audit', search], (page, signal) => ask({ ...page, ...(search ? { search } : {}) }, signal)),
    refetchInterval: EVERY_MS.slow,
  };
}

/** Every entry that the search finds. */
export async function allEntries(search: string): Promise<AuditEntry[]> {
  const found: AuditEntry[] = [];
  for (let page = 1; ; page += 1) {
    const { result, result_info: info } = await ask({ page, per_page: EXPORTED_PER_PAGE, ...(search ? { search } : {}) });
    const rows = (result ?? []) as AuditEntry[];
    found.push(...rows);
    if (rows.length === 0 || found.length >= ((info as { total_count?: number } | undefined)?.total_count ?? 0)) return found;
  }
}
