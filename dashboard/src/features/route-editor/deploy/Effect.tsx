import { useQuery } from '@tanstack/react-query';

import { Failed, Skeleton } from '@/components/States';
import { percent } from '@/lib/number';
import { deployText as text } from '@/text/versions';

import { effectQuery } from '../insight';
import type { RouteDocument } from '../model';

/** What the newest requests would have met: no model is called, nothing is counted. */
export function Effect({ gateway, route, document }: { gateway: string; route: string; document: RouteDocument }) {
  const { data, isPending, error, refetch } = useQuery(effectQuery(gateway, route, document));
  const moved = data?.moved.reduce((sum, move) => sum + move.count, 0) ?? 0;
  const share = (requests: number) => percent(data && data.judged > 0 ? requests / data.judged : 0);
  return (
    <section data-testid="deploy-effect" data-moved={data ? moved : undefined}>
      <h2 style={{ marginBottom: 6 }}>{text.effect}</h2>
      {isPending ? (
        <div role="status" aria-label={text.effectReading}>
          <Skeleton height={16} width="80%" />
        </div>
      ) : null}
      {error ? <Failed error={error} onRetry={() => void refetch()} /> : null}
      {data?.requests === 0 ? <div>{text.effectNone}</div> : null}
      {data && data.requests > 0 ? (
        <>
          <div>{text.effectIntro(data.requests)}</div>
          <ul style={{ margin: '4px 0 0', paddingLeft: 18 }}>
            <li>{text.samePath(share(data.same))}</li>
            {moved > 0 ? <li>{text.movedCount(moved)}</li> : null}
            {data.moved.slice(0, 5).map((move) => (
              <li key={`${move.from}>${move.to}`}>{text.moves(share(move.count), move.from, move.to)}</li>
            ))}
            {data.unjudged > 0 ? <li>{text.unjudged(data.unjudged)}</li> : null}
          </ul>
        </>
      ) : null}
      {data && data.restarts.length > 0 ? (
        <div style={{ marginTop: 8 }}>
          <strong style={{ fontWeight: 600 }}>{text.restarts}</strong>
          <ul style={{ margin: '4px 0 0', paddingLeft: 18 }}>
            {data.restarts.map((line) => (
              <li key={line}>{line.replaceAll('*', '')}</li>
            ))}
          </ul>
        </div>
      ) : null}
    </section>
  );
}
