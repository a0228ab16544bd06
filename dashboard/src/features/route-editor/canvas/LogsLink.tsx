import { HrefLink } from '@/components/charts/HrefLink';
import { count as countText } from '@/lib/number';
import { canvasText as text } from '@/text/editor-canvas';

import { logsOfEdge } from '../live/counts';
import { useEditor } from '../store';
import classes from './edge.module.css';

interface LogsLinkProps {
  from: string;
  output: string;
  count: number;
  /** The output leads nowhere: requests ended here. */
  isOpen?: boolean;
  /** On the canvas the edge itself leads there, and the keyboard has the inspector. */
  tabIndex?: number;
}

/** Where a live number stands, a click leads to exactly these requests. */
export function LogsLink({ from, output, count, isOpen = false, tabIndex = -1 }: LogsLinkProps) {
  const href = useEditor((state) => (state.live === null ? null : logsOfEdge(state.gateway, state.routeName, state.live, from, output, isOpen)));
  const words = countText(count);
  if (href === null || count === 0) return <b>{words}</b>;
  return (
    <HrefLink
      href={href}
      tabIndex={tabIndex}
      className={classes.count ?? ''}
      aria-label={text.edges.openLogs(words)}
      data-hint={text.edges.openLogs(words)}
      title={tabIndex < 0 ? undefined : text.edges.openLogs(words)}
      onClick={(event) => event.stopPropagation()}
    >
      {words}
    </HrefLink>
  );
}
