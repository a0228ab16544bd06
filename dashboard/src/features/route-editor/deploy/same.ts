import { content, type RouteDocument } from '../model';

/** The same flow; moving cards is no change, nor is the order of members, which the server does not keep. */
export function isSameFlow(version: { elements: unknown }, document: RouteDocument): boolean {
  return inOrder(version.elements) === inOrder(content(document).elements);
}

function inOrder(value: unknown): string {
  const sorted = (_: string, member: unknown): unknown =>
    typeof member === 'object' && member !== null && !Array.isArray(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member;
  return JSON.stringify(value, sorted);
}
