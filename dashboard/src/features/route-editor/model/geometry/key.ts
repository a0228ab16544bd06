/** One edge or open output, as tests and drawings call it. */
export function edgeKey(id: string, output: string): string {
  return `${id}-${output}`;
}
