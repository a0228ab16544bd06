/**
 * Documents and elements are never changed in place, so what follows from one is computed once for it, and forgotten with
 * it. Dragging asks for the same edges sixty times a second.
 */
export function memoised<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const value = compute(key);
    known.set(key, value);
    return value;
  };
}
