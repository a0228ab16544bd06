/** Lists that the management API gives in pages of a hundred at most: one page after the other, as far as somebody wants to see. */
import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';

interface Page<Row> {
  rows: Row[];
  total: number;
}

interface Asked {
  result?: unknown;
  result_info?: unknown;
}

export const PER_PAGE = 50;

/** `ask` fetches the page of this number, from 1. */
export function pagedQuery<Row>(key: readonly unknown[], ask: (page: { page: number; per_page: number }, signal: AbortSignal) => Promise<Asked>) {
  return infiniteQueryOptions({
    queryKey: key,
    queryFn: async ({ pageParam, signal }): Promise<Page<Row>> => {
      const { result, result_info: info } = await ask({ page: pageParam, per_page: PER_PAGE }, signal);
      const rows = (result ?? []) as Row[];
      return { rows, total: (info as { total_count?: number } | null | undefined)?.total_count ?? rows.length };
    },
    initialPageParam: 1,
    getNextPageParam: (last, _pages, number) => (number * PER_PAGE < last.total ? number + 1 : undefined),
    select: ({ pages }) => ({ rows: pages.flatMap(({ rows }) => rows), total: pages.at(-1)?.total ?? 0 }),
    placeholderData: keepPreviousData,
  });
}
