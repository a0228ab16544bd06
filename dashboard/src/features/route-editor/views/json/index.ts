import { lazy } from 'react';

/** The text editor is a chunk of its own: most visits never need it. */
export const JsonView = lazy(() => import('./JsonView'));
