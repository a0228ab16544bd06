/** Words of sign-in and of the one-time setup. */
export const signIn = {
  title: 'Sign in to Waypost',
  password: 'Password',
  token: 'Admin token',
  tokenHint: 'Begins with wpa_. You get its role.',
  submit: 'Sign in',
  useToken: 'Sign in with an admin token',
  usePassword: 'Sign in with the password',
  failed: "Sign-in didn't work. Check what you entered and try again.",
  throttled: 'Too many tries. Wait a little and try again.',
  ended: 'You were signed out. Your draft is saved.',
} as const;

export const setup = {
  title: 'Set up Waypost',
  text: 'Choose the password of the administrator. There is no default one.',
  password: 'Password',
  repeat: 'Repeat the password',
  rule: 'At least 12 characters.',
  tooShort: (missing: number) => `${missing} more characters`,
  differs: "The two passwords aren't the same.",
  submit: 'Set password',
  noToken: 'This page needs the one-time link that the gateway printed in its terminal at the first start.',
  orToken: 'Sign in with an admin token',
  example: 'http://127.0.0.1:8787/setup?token=wps_…',
  used: 'This setup link was used or has expired. If a password is set, sign in; if not, restart the gateway and use the link it prints.',
  already: 'This gateway is already set up.',
  toSignIn: 'Sign in',
  doneTitle: 'Ready. What would you like to do first?',
  doneText: 'Mock models answer without any key, so everything can be tried right away.',
  toOverview: 'Go to Overview',
} as const;
