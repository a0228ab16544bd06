/** Parts of the frame that most visits never need: their code is fetched, and they are mounted, with their first use. */
import { useEffect, type ComponentType } from 'react';
import { create } from 'zustand';

interface Loaded<Handle> {
  Part: ComponentType;
  /** What acts on the part once it is mounted. */
  handle: Handle;
}

export interface OnDemand<Handle> {
  /** Where the part stands once it was needed. */
  Host: () => React.ReactNode;
  /** Fetches and mounts the part unless it is there. Fails when its code cannot be fetched; the next use tries again. */
  use: () => Promise<Handle>;
  /** Fetches the code alone, so that a first use does not wait for it, nor depends on the server being there. */
  prefetch: () => void;
}

export function onDemand<Handle>(load: () => Promise<Loaded<Handle>>): OnDemand<Handle> {
  const useLoaded = create<{ loaded: Loaded<Handle> | null }>(() => ({ loaded: null }));
  let fetching: Promise<Loaded<Handle>> | undefined;
  let isMounted: () => void = () => undefined;
  const mounted = new Promise<void>((resolve) => {
    isMounted = resolve;
  });
  const fetched = () => {
    fetching ??= load().catch((cause: unknown) => {
      fetching = undefined;
      throw cause;
    });
    return fetching;
  };
  function Mounted({ Part }: { Part: ComponentType }) {
    // Effects of the part itself have run by then.
    useEffect(isMounted, []);
    return <Part />;
  }
  return {
    Host: () => {
      const { loaded } = useLoaded();
      return loaded ? <Mounted Part={loaded.Part} /> : null;
    },
    use: async () => {
      const loaded = await fetched();
      useLoaded.setState({ loaded });
      await mounted;
      return loaded.handle;
    },
    prefetch: () => void fetched().catch(() => undefined),
  };
}
