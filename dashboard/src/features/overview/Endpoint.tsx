import { lazy, Suspense } from 'react';

import { Skeleton } from '@/components/States';

const EndpointBox = lazy(() => import('./EndpointBox'));

/** Comes after what is asked of the page first. */
export function Endpoint() {
  return (
    <Suspense fallback={<Skeleton height={416} />}>
      <EndpointBox />
    </Suspense>
  );
}
