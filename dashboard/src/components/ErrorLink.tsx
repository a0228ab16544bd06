import type { ReactNode } from 'react';

import { states } from '@/text/shell';

/** Where an error is explained, by its word or its number; it works offline. */
export function errorHref(code: string | number): string {
  return `/docs/errors#${encodeURIComponent(code)}`;
}

/** Opens beside what failed, which stays as it is. */
export function ErrorLink({ code, children = states.whatItMeans, className }: { code: string | number; children?: ReactNode; className?: string | undefined }) {
  return (
    <a href={errorHref(code)} target="_blank" rel="noopener" className={className} style={{ color: 'var(--wp-accent-text)' }}>
      {children}
    </a>
  );
}
