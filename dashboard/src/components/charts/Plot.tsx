import { useId, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';

import { hourMinute } from '@/lib/time';
import { charts as text } from '@/text/analytics';

import classes from './Plot.module.css';
import { useOpen } from './HrefLink';
import { groupMarkers } from './markers';
import { timeTicks, valueTicks } from './scale';
import type { Marker, Slot } from './series';
import { PlotTooltip, type TooltipRow } from './PlotTooltip';
import { useWidth } from './use-width';

/** Where things stand inside the axes, in pixels. */
export interface Area {
  left: number;
  width: number;
  height: number;
  slotWidth: number;
  /** Left edge of a slot. */
  xOf: (index: number) => number;
  yOf: (value: number) => number;
  active: number | null;
}

export interface Said {
  title: string;
  rows: TooltipRow[];
  note?: string | undefined;
}

export interface PlotProps {
  /** What the chart shows, for those who cannot see it. */
  label: string;
  slots: readonly Slot[];
  zone: string;
  max: number;
  /** Things that are counted have no half ticks. */
  whole?: boolean | undefined;
  formatTick: (value: number) => string;
  height?: number | undefined;
  markers?: readonly Marker[] | undefined;
  /** Exact values of one slot. */
  say: (index: number) => Said;
  /** Where a click leads; `y` is the height of the pointer inside the area, null from the keyboard. */
  hrefOf?: ((index: number, y: number | null, area: Area) => string | undefined) | undefined;
  onZoom?: ((start: number, end: number) => void) | undefined;
  children: (area: Area) => ReactNode;
}

const AXIS_PX = 20;
const DRAG_MIN_PX = 5;

/** Axes, grid, deployments, pointer and keys of a chart over time; what is drawn inside is the caller's. */
export function Plot({ label, slots, zone, max, whole, formatTick, height = 206, markers = [], say, hrefOf, onZoom, children }: PlotProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const open = useOpen();
  const hintId = useId();
  const [active, setActive] = useState<number | null>(null);
  const [picked, setPicked] = useState<[number, number] | null>(null);
  const press = useRef<{ x: number; index: number; isDrag: boolean } | null>(null);

  const ticks = valueTicks(max, whole).map((value) => ({ value, label: formatTick(value) }));
  const left = Math.max(28, 12 + 6.2 * Math.max(...ticks.map((tick) => tick.label.length)));
  const plotHeight = height - AXIS_PX;
  const headroom = markers.length ? 26 : 8;
  const inner = Math.max(0, width - left);
  const slotWidth = slots.length ? inner / slots.length : 0;
  const area: Area = {
    left,
    width: inner,
    height: plotHeight,
    slotWidth,
    xOf: (index) => left + index * slotWidth,
    yOf: (value) => (max > 0 ? plotHeight - (value / max) * (plotHeight - headroom) : plotHeight),
    active,
  };
  const groups = groupMarkers(markers, slots, inner);
  const last = slots.length - 1;
  const bounded = (index: number) => Math.min(last, Math.max(0, index));
  const indexAt = (event: PointerEvent) => bounded(Math.floor((event.clientX - event.currentTarget.getBoundingClientRect().left) / slotWidth));
  const follow = (index: number, y: number | null, event?: { ctrlKey: boolean; metaKey: boolean }) => {
    const href = hrefOf?.(index, y, area);
    if (href) open(href, event);
  };
  const zoom = ([one, other]: [number, number]) => {
    const from = slots[Math.min(one, other)];
    const to = slots[Math.max(one, other)];
    if (from && to) onZoom?.(from.start, to.end);
    setPicked(null);
  };

  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const index = indexAt(event);
    setActive(index);
    if (!press.current || !onZoom || event.pointerType === 'touch') return;
    if (Math.abs(event.clientX - press.current.x) > DRAG_MIN_PX) press.current.isDrag = true;
    if (press.current.isDrag) setPicked([press.current.index, index]);
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    press.current = { x: event.clientX, index: indexAt(event), isDrag: false };
  };
  const onPointerUp = (event: PointerEvent<HTMLDivElement>) => {
    const started = press.current;
    press.current = null;
    if (!started) return;
    const index = indexAt(event);
    if (started.isDrag) {
      zoom([started.index, index]);
    } else if (event.pointerType !== 'touch' || active === index) {
      follow(index, event.clientY - event.currentTarget.getBoundingClientRect().top, event);
    }
    if (event.pointerType === 'touch') setActive(index);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const now = active ?? last;
    const steps: Record<string, number> = { ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1, Home: 0, End: last };
    const next = steps[event.key];
    if (next !== undefined) {
      event.preventDefault();
      setActive(bounded(next));
      setPicked(event.shiftKey && onZoom ? [picked?.[0] ?? now, bounded(next)] : null);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (picked && picked[0] !== picked[1]) zoom(picked);
      else follow(now, null, event);
    } else if (event.key === 'Escape' && (picked || active !== null)) {
      event.stopPropagation();
      setPicked(null);
      setActive(null);
    }
  };

  const slotOfActive = active === null ? undefined : slots[active];
  const said = active === null || !slotOfActive ? null : say(active);
  const deployed = slotOfActive ? markers.filter((marker) => marker.time >= slotOfActive.start && marker.time < slotOfActive.end) : [];
  const deployments = deployed.map((marker) => text.deployed(marker.route, marker.version, hourMinute(marker.time, zone)));
  const range = picked && ([Math.min(...picked), Math.max(...picked)] as const);

  return (
    <div ref={ref} className={classes.plot} style={{ height }}>
      {width > 0 && slots.length > 0 ? (
        <>
          <svg aria-hidden width={width} height={height} className={classes.drawing}>
            {ticks.map((tick) => (
              <g key={tick.value}>
                <line className={classes.grid} x1={left} x2={width} y1={area.yOf(tick.value)} y2={area.yOf(tick.value)} />
                <text x={left - 8} y={area.yOf(tick.value) + 4} textAnchor="end">
                  {tick.label}
                </text>
              </g>
            ))}
            {active !== null ? <rect className={classes.band} x={area.xOf(active)} y={headroom - 6} width={slotWidth} height={plotHeight - headroom + 6} /> : null}
            {children(area)}
            {timeTicks(slots, inner, zone).map((tick) => (
              <text key={tick.index} x={Math.min(area.xOf(tick.index) + slotWidth / 2, width - 16)} y={height - 3} textAnchor="middle">
                {tick.label}
              </text>
            ))}
            {groups.map((group) => (
              <MarkerPill key={group.x} x={left + group.x} label={group.label} right={width} bottom={plotHeight} />
            ))}
            {range ? <rect className={classes.picked} x={area.xOf(range[0])} y={0} width={(range[1] - range[0] + 1) * slotWidth} height={plotHeight} /> : null}
          </svg>
          <div
            role="slider"
            tabIndex={0}
            aria-label={label}
            aria-describedby={hintId}
            aria-valuemin={1}
            aria-valuemax={slots.length}
            aria-valuenow={(active ?? last) + 1}
            aria-valuetext={sentence(say(active ?? last), deployments)}
            className={classes.reach}
            data-link={hrefOf ? true : undefined}
            style={{ left, width: inner, height: plotHeight }}
            onPointerMove={onPointerMove}
            onPointerDown={onPointerDown}
            onPointerUp={onPointerUp}
            onPointerLeave={() => {
              if (!press.current) setActive(null);
            }}
            onFocus={(event) => {
              if (event.currentTarget.matches(':focus-visible')) setActive((before) => before ?? last);
            }}
            onBlur={() => {
              setActive(null);
              setPicked(null);
            }}
            onKeyDown={onKeyDown}
          />
          <span id={hintId} hidden>
            {text.keys}
          </span>
          {said && active !== null ? (
            <PlotTooltip {...said} extra={deployments} x={area.xOf(active)} slotWidth={slotWidth} width={width} />
          ) : null}
        </>
      ) : null}
    </div>
  );
}

function sentence({ title, rows, note }: Said, more: readonly string[]): string {
  return [title, ...rows.map((row) => `${row.label} ${row.value}`), note, ...more].filter(Boolean).join(', ');
}

/** A dotted line with the version on top of it. */
function MarkerPill({ x, label, right, bottom }: { x: number; label: string; right: number; bottom: number }) {
  const width = 14 + label.length * 6;
  const start = Math.min(Math.max(0, x - width / 2), right - width);
  return (
    <g className={classes.marker}>
      <line x1={x} x2={x} y1={0} y2={bottom} />
      <rect x={start} y={0} width={width} height={16} rx={8} />
      <text x={start + width / 2} y={11.5} textAnchor="middle">
        {label}
      </text>
    </g>
  );
}
