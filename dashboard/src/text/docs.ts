/** Words around pages of the reference. */
export const docsText = {
  hint: 'What each error means, and what to do.',
  unknown: (code: string) => `"${code}" is not one of the gateway's own errors. A provider said it; its own documentation explains it.`,
} as const;
