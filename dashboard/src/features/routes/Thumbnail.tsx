import { useMemo } from 'react';

import { completeLayout, edgesOf, NODE_WIDTH, heightOf, choiceOf, type RouteDocument } from '@/features/route-editor/model';

const FAMILY: Record<string, string> = {
  conditional: 'var(--wp-decide)',
  percentage: 'var(--wp-decide)',
  rate: 'var(--wp-limit)',
  budget: 'var(--wp-limit)',
  model: 'var(--wp-answer)',
};

/** A flow in the size of a stamp: the cards where they would lie. */
export function Thumbnail({ document }: { document: RouteDocument }) {
  const { boxes, lines, view } = useMemo(() => drawn(document), [document]);
  return (
    <svg viewBox={view} width="100%" height="100%" aria-hidden preserveAspectRatio="xMidYMid meet">
      {lines.map((line) => (
        <path key={line.key} d={line.d} fill="none" stroke="var(--wp-edge)" strokeWidth={10} strokeDasharray={line.isDetour ? '24 20' : undefined} />
      ))}
      {boxes.map((box) => (
        <rect key={box.id} x={box.x} y={box.y} width={NODE_WIDTH} height={box.height} rx={18} fill="var(--wp-surface)" stroke={box.colour} strokeWidth={12} />
      ))}
    </svg>
  );
}

function drawn(document: RouteDocument) {
  const layout = completeLayout(document, {});
  const boxes = document.elements.map((element) => {
    const [x, y] = layout.nodes[element.id] ?? [0, 0];
    return { id: element.id, x, y, height: heightOf(element), colour: FAMILY[choiceOf(element) ?? ''] ?? 'var(--wp-edge)' };
  });
  const place = new Map(boxes.map((box) => [box.id, box]));
  const lines = edgesOf(document).flatMap((edge) => {
    const from = place.get(edge.from.id);
    const to = place.get(edge.to);
    if (!from || !to) return [];
    const [x1, y1, x2, y2] = [from.x + NODE_WIDTH / 2, from.y + from.height, to.x + NODE_WIDTH / 2, to.y];
    const middle = (y1 + y2) / 2;
    return [{ key: `${edge.from.id}.${edge.from.output}`, d: `M${x1},${y1}C${x1},${middle} ${x2},${middle} ${x2},${y2}`, isDetour: edge.spec.isDetour }];
  });
  const right = Math.max(...boxes.map(({ x }) => x + NODE_WIDTH));
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height));
  const left = Math.min(...boxes.map(({ x }) => x));
  const top = Math.min(...boxes.map(({ y }) => y));
  return { boxes, lines, view: `${left - 20} ${top - 20} ${right - left + 40} ${bottom - top + 40}` };
}
