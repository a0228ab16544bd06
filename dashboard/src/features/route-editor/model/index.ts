/** The flow editor's model: pure, without React. */
export { apply } from './commands/apply';
export type { Applied, Command, Context, NewNode, Refused } from './commands/command';
export { BRANCHES_MAX, BRANCHES_MIN } from './commands/branches';
export { content, elementOf, formatDocument, isRouteDocument, positionOf, readDraft, writeDraft } from './document';
export { choiceOf, isBudget, isKnownKind, kindTitle, outputOf, outputsOf, targetOf, titleOf, titles } from './element';
export { allowedTargets, edgesOf, flowOrder, incomingOf, openOutputsOf, reachableFrom, unreachable, whyNot } from './graph';
export type { AllowedTargets, Edge } from './graph';
export { completeLayout, newDraft } from './layout/complete';
export { tidyLayout } from './layout/tidy';
export { BIG_STEP, STEP } from './layout/spacing';
export { NODE_WIDTH, heightOf, roomOf } from './size';
export type { CardFlags, Size } from './size';
export { modelName, patience, plain, sentence } from './sentence';
export { conditionRows, conditionSentence } from './condition/sentence';
export { branchesOf, elseShareOf, formatShare, sumOfShares } from './split';
export { CALENDARS, WINDOW_UNITS, isCalendar, joinWindow, splitWindow, windowWords } from './window';
export type { Calendar, WindowUnit } from './window';
export type * from './types';
