import { useId, type ReactNode } from 'react';

import type { Look } from './series';

const SIZE = 5;

/** What is drawn over the light ground of a pattern. */
const MARKS: Record<Exclude<Look['pattern'], 'solid'>, { turn?: number; mark: (color: string) => ReactNode }> = {
  hatch: { turn: 45, mark: (color) => <rect width={2.2} height={SIZE} fill={color} /> },
  back: { turn: -45, mark: (color) => <rect width={1.6} height={SIZE} fill={color} /> },
  dots: { mark: (color) => <circle cx={2.5} cy={2.5} r={1.35} fill={color} /> },
  rows: { mark: (color) => <rect width={SIZE} height={2} fill={color} /> },
  columns: { mark: (color) => <rect width={2} height={SIZE} fill={color} /> },
};

/** Patterns of one drawing: their definitions, and the fill of a look. */
export function usePatterns(looks: readonly Look[]): { defs: ReactNode; fillOf: (look: Look) => string } {
  const base = useId();
  const idOf = (look: Look) => `${base}-${look.color.replace(/\W/g, '')}-${look.pattern}`;
  const patterned = new Map(looks.filter((look) => look.pattern !== 'solid').map((look) => [idOf(look), look]));
  const defs = (
    <defs>
      {[...patterned].map(([id, look]) => {
        const { turn, mark } = MARKS[look.pattern as keyof typeof MARKS];
        return (
          <pattern key={id} id={id} width={SIZE} height={SIZE} patternUnits="userSpaceOnUse" patternTransform={turn ? `rotate(${turn})` : undefined}>
            <rect width={SIZE} height={SIZE} fill={look.color} opacity={0.28} />
            {mark(look.color)}
          </pattern>
        );
      })}
    </defs>
  );
  return { defs, fillOf: (look) => (look.pattern === 'solid' ? look.color : `url(#${idOf(look)})`) };
}

/** The little square of a legend. */
export function Swatch({ look, line = false }: { look: Look; line?: boolean }) {
  const { defs, fillOf } = usePatterns([look]);
  if (line) {
    return (
      <svg aria-hidden width={14} height={9} style={{ flex: 'none' }}>
        <line x1={1} x2={13} y1={4.5} y2={4.5} stroke={look.color} strokeWidth={2} strokeDasharray={DASHES[look.pattern]} strokeLinecap="round" />
      </svg>
    );
  }
  return (
    <svg aria-hidden width={9} height={9} style={{ flex: 'none' }}>
      {defs}
      <rect width={9} height={9} rx={2} fill={fillOf(look)} />
    </svg>
  );
}

/** The same signs for lines. */
export const DASHES: Record<Look['pattern'], string | undefined> = {
  solid: undefined,
  hatch: '5 3',
  back: '8 3',
  dots: '1.5 3.5',
  rows: '9 3 2 3',
  columns: '3 3',
};
