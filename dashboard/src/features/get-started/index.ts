/** The first five minutes: steps, offers and the tour. */
export { useTickStep, type StepId } from './queries';
export { isTourOpen, startTour } from './tour-state';
