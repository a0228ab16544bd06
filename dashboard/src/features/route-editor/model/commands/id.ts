import { byId } from '../document';
import type { Context } from './command';

/**
 * Counters belong to an id. A random end keeps a limit that is deleted and added again from inheriting what the old one
 * had counted.
 */
export function idMaker(random: () => number): Context {
  return {
    newId(stem, document) {
      const taken = byId(document);
      for (;;) {
        const id = `${stem}-${Math.floor(random() * 36 ** 4).toString(36).padStart(4, '0')}`;
        if (!taken.has(id)) return id;
      }
    },
  };
}

export const randomIds: Context = idMaker(() => {
  const [number] = crypto.getRandomValues(new Uint32Array(1));
  return (number ?? 0) / 2 ** 32;
});

/** `limit-x4k2` copied is `limit-…`, not `limit-x4k2-…`. */
export function stemOfId(id: string): string {
  return id.replace(/-[0-9a-z]{4}$/, '');
}
