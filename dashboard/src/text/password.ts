export const password = {
  title: 'Change password',
  current: 'Current password',
  next: 'New password',
  rule: 'At least 12 characters.',
  change: 'Change password',
  cancel: 'Cancel',
  changed: 'Password changed',
  othersEnded: 'Every other session was signed out.',
} as const;
