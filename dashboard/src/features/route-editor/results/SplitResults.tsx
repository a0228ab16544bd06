/** The branches of a split side by side, each number with its interval. The address says which: `?results=<node>`. */
import { Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { Empty, Failed, SkeletonRows } from '@/components/States';
import { useUrlState } from '@/lib/url-state';
import { insightText } from '@/text/route-insight';

import { titleIn } from '../canvas/names';
import { RESULT_WINDOWS, splitsQuery } from '../insight';
import { useEditor } from '../store';
import { useServing } from '../versions/useServing';
import { Results, WindowChoice } from './Results';
import classes from './results.module.css';

const text = insightText.splits;

export default function SplitResults({ node }: { node: string }) {
  const [search, setSearch] = useUrlState();
  const title = useEditor((state) => titleIn(state.draft.document, node));
  const window = RESULT_WINDOWS.find((each) => each === search.within) ?? '24h';
  return (
    <Modal
      opened
      onClose={() => setSearch({ results: undefined, within: undefined })}
      size={920}
      title={text.dialog(title)}
      closeButtonProps={{ 'aria-label': text.close }}
      trapFocus
      returnFocus
    >
      <div className={classes.bar}>
        <WindowChoice value={window} onChange={(next) => setSearch({ within: next === '24h' ? undefined : next })} />
      </div>
      <Content node={node} window={window} />
    </Modal>
  );
}

function Content({ node, window }: { node: string; window: (typeof RESULT_WINDOWS)[number] }) {
  const gateway = useEditor((state) => state.gateway);
  const route = useEditor((state) => state.routeId);
  const serving = useServing();
  const element = serving?.elements.find((each) => each.id === node) ?? null;
  const isSplit = element?.type === 'percentage';
  const { data, error, refetch } = useQuery({ ...splitsQuery(gateway, route, node, window), enabled: isSplit });
  if (serving !== undefined && !isSplit) return <Empty title={text.notLive} />;
  if (data === undefined) return error === null ? <SkeletonRows rows={3} height={34} /> : <Failed error={error} onRetry={() => void refetch()} />;
  if (data.branches.every(({ requests }) => requests === 0)) return <Empty title={text.none(insightText.windows[window])} />;
  return <Results data={data} serving={element} />;
}
