import { IconLock } from '@tabler/icons-react';

import { useMay, useSession, type Role } from '@/app/session';
import { states } from '@/text/shell';

import classes from './ReadOnlyNote.module.css';

/** Says why the controls of a screen are off. Nothing for those who may use them. */
export function ReadOnlyNote({ needs }: { needs: Role }) {
  const { user } = useSession();
  if (useMay(needs)) return null;
  return (
    <p className={classes.note} role="note">
      <IconLock aria-hidden size={15} stroke={1.75} />
      {states.readOnly(user?.role ?? states.nobody, needs)}
    </p>
  );
}
