import { Button, PasswordInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, ApiFailure, call, setCsrfToken } from '@/api/client';
import { sessionQuery } from '@/app/session';
import { HrefLink } from '@/components/charts';
import { Offers } from '@/features/get-started/Offers';
import { useReady } from '@/lib/ready';
import { useUrlState } from '@/lib/url-state';
import { setup as text } from '@/text/session';

import { Gate } from './Gate';
import classes from './Gate.module.css';

/** As the API asks; it judges again. */
const PASSWORD_CHARS_MIN = 12;

/** The one-time link of the first start: a password, then three ways to begin. */
export function SetupPage() {
  const [search, setSearch] = useUrlState();
  const session = useQuery(sessionQuery);
  const [token] = useState(search.token);
  const [isDone, setDone] = useState(false);
  useReady(!session.isPending);

  if (isDone) {
    return (
      <Gate title={text.doneTitle} text={text.doneText} isWide>
        <div className={classes.offers}>
          <Offers />
        </div>
        <p className={classes.link}>
          <HrefLink href="/">{text.toOverview}</HrefLink>
        </p>
      </Gate>
    );
  }
  if (session.data && !session.data.setup_required) {
    return (
      <Gate title={text.already}>
        <p className={classes.link}>
          <HrefLink href="/sign-in">{text.toSignIn}</HrefLink>
        </p>
      </Gate>
    );
  }
  if (!token) {
    return (
      <Gate title={text.title}>
        <p className={classes.note}>
          {text.noToken} <code>{text.example}</code>
        </p>
        <p className={classes.link}>
          <HrefLink href="/sign-in">{text.orToken}</HrefLink>
        </p>
      </Gate>
    );
  }
  return (
    <Gate title={text.title} text={text.text}>
      <PasswordForm
        token={token}
        onDone={() => {
          // The link is used up; it has no place in the history.
          setSearch({ token: undefined });
          setDone(true);
        }}
      />
    </Gate>
  );
}

function PasswordForm({ token, onDone }: { token: string; onDone: () => void }) {
  const client = useQueryClient();
  const [password, setPassword] = useState('');
  const [repeated, setRepeated] = useState('');
  const set = useMutation({
    mutationFn: () => call(api.POST('/api/session/setup', { body: { token, password } })),
    onSuccess: (opened) => {
      setCsrfToken(opened.csrf_token ?? null);
      client.setQueryData(sessionQuery.queryKey, opened);
      onDone();
    },
  });
  const missing = PASSWORD_CHARS_MIN - [...password].length;
  const differs = repeated !== '' && repeated !== password;
  const isComplete = missing <= 0 && repeated === password;
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (isComplete) set.mutate();
      }}
    >
      <input type="text" name="username" autoComplete="username" value="admin" readOnly hidden />
      <PasswordInput
        label={text.password}
        description={password && missing > 0 ? text.tooShort(missing) : text.rule}
        autoComplete="new-password"
        autoFocus
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <PasswordInput
        label={text.repeat}
        autoComplete="new-password"
        value={repeated}
        error={differs && repeated.length >= password.length ? text.differs : undefined}
        onChange={(event) => setRepeated(event.currentTarget.value)}
      />
      {set.isError ? (
        <p role="alert" className={classes.failed}>
          {set.error instanceof ApiFailure && set.error.status === 401 ? text.used : set.error.message}
        </p>
      ) : null}
      <Button type="submit" variant="filled" loading={set.isPending} disabled={!isComplete}>
        {text.submit}
      </Button>
    </form>
  );
}
