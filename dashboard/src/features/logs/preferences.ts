/** What somebody likes to see, kept in this browser: columns, density, saved views, the last user ids. */
import { useLocalStorage } from '@mantine/hooks';

import type { UrlState } from '@/lib/url-state';

import { DEFAULT_COLUMNS, type ColumnKey } from './columns';

export type Density = 'compact' | 'normal' | 'roomy';

export interface SavedView {
  name: string;
  search: UrlState;
  columns?: ColumnKey[];
}

export function useColumns() {
  return useLocalStorage<ColumnKey[]>({ key: 'waypost-logs-columns', defaultValue: DEFAULT_COLUMNS, getInitialValueInEffect: false });
}

export function useDensity() {
  return useLocalStorage<Density>({ key: 'waypost-logs-density', defaultValue: 'normal', getInitialValueInEffect: false });
}

export function useSavedViews(gateway: string) {
  return useLocalStorage<SavedView[]>({ key: `waypost-logs-views-${gateway}`, defaultValue: [], getInitialValueInEffect: false });
}
