/** Words of the first five minutes. */
export const getStarted = {
  title: 'Get started',
  progress: (done: number, all: number) => `${done} of ${all}`,
  hide: 'Hide Get started',
  done: 'Done',
  toDo: 'To do',
  steps: {
    answer: { title: 'Send your first prompt', text: 'Playground streams an answer and shows who served it', action: 'Open Playground' },
    simulate: { title: 'Create a route and simulate it', text: 'Two users, two highlighted paths', action: 'Use Smart route' },
    deploy: { title: 'Save and deploy it', text: 'Version 1 goes live; rolling back is one click', action: 'Deploy…' },
    open_log: { title: 'Watch a budget fall back', text: 'Custom cost uses up $1, then the small model answers. Open its log', action: 'Show me' },
    curl: { title: 'Send a request from your terminal', text: 'Paste the command shown here', action: 'Copy curl' },
  },
} as const;

export const offers = {
  tour: { title: 'Take the 3-minute tour', text: 'A route, a budget and a fallback, step by step' },
  template: { title: 'Start from a template', text: 'Smart route, SaaS plans, A/B test and six more' },
  provider: { title: 'Connect a provider', text: 'OpenAI, Anthropic, Workers AI and more' },
} as const;

export const tour = {
  label: 'Tour',
  step: (step: number, all: number) => `${step} of ${all}`,
  next: 'Next',
  back: 'Back',
  done: 'Done',
  leave: 'Leave the tour',
  resume: 'Resume the tour',
  open: 'Open smart-route',
  create: 'Create smart-route',
  elsewhere: { title: 'The tour goes on in the route', text: 'Create one from the template Smart route, or open the one you have.' },
  hints: [
    { title: 'The condition decides who goes where', text: 'It reads one field of each request, here metadata.user_id. True leads to one model, False to another. Click the card to change it.' },
    { title: 'The budget watches the money', text: 'Each user may spend this much in an hour. Over budget, the dashed output leads to the small model: no error, just a cheaper answer.' },
    { title: 'Nothing is live until you deploy', text: 'Simulate first, as user-anna and as user-admin. Save & deploy then makes version 1 live; rolling back is one click.' },
  ],
} as const;
