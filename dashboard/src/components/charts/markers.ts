import { placeOf } from './scale';
import type { Marker, Slot } from './series';

/** Deployments so close together that their pills would cover each other share one. */
export interface MarkerGroup {
  x: number;
  label: string;
  markers: Marker[];
}

const PILL_PX = 36;

export function groupMarkers(markers: readonly Marker[], slots: readonly Slot[], width: number): MarkerGroup[] {
  const placed = markers
    .map((marker) => ({ marker, place: placeOf(marker.time, slots) }))
    .filter((entry): entry is { marker: Marker; place: number } => entry.place !== null)
    .map(({ marker, place }) => ({ marker, x: place * width }))
    .sort((one, other) => one.x - other.x);
  const groups: MarkerGroup[] = [];
  for (const { marker, x } of placed) {
    const last = groups.at(-1);
    if (last && x - last.x < PILL_PX) last.markers.push(marker);
    else groups.push({ x, label: '', markers: [marker] });
  }
  return groups.map((group) => {
    const newest = group.markers.at(-1)!;
    const more = group.markers.length - 1;
    return { ...group, label: more ? `v${newest.version} +${more}` : `v${newest.version}` };
  });
}
