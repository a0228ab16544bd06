/** Counts, shares, sizes and durations as they stand on screen. A unit is apart by a space. */

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `12,480` */
export function count(value: number): string {
  return whole.format(value);
}

/** `1.2 k`, `3.4 M` for axes and tight places. */
export function compact(value: number): string {
  const steps: [number, string][] = [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ];
  for (const [size, unit] of steps) {
    if (Math.abs(value) >= size) {
      const scaled = value / size;
      return `${Number(scaled.toFixed(Math.abs(scaled) < 10 ? 1 : 0))} ${unit}`;
    }
  }
  return whole.format(value);
}

/** `14.2 %` of a share from 0 to 1. */
export function percent(share: number, decimals = 1): string {
  const value = share * 100;
  return `${Number.isInteger(value) ? value : value.toFixed(decimals)} %`;
}

/** `352 ms`, `1.21 s`, `6 min 10 s`. */
export function duration(ms: number): string {
  if (ms < 1) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(2)} s`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = Math.round((ms % 60_000) / 1_000);
  if (minutes < 60) return seconds ? `${minutes} min ${seconds} s` : `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `3.2 MB` */
export function bytes(size: number): string {
  if (size < 1_024) return `${size} B`;
  if (size < 1_048_576) return `${(size / 1_024).toFixed(1)} kB`;
  return `${(size / 1_048_576).toFixed(1)} MB`;
}

/** `1 request`, `20 requests`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
