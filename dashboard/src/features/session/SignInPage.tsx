import { Button, PasswordInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';

import { api, ApiFailure, call, setCsrfToken } from '@/api/client';
import { sessionQuery } from '@/app/session';
import { useReady } from '@/lib/ready';
import { useUrlState } from '@/lib/url-state';
import { signIn as text } from '@/text/session';

import { Gate } from './Gate';
import classes from './Gate.module.css';
import { safeThen } from './then';

/** The password, or an admin token. What was wrong is never said. */
export function SignInPage() {
  const [search] = useUrlState();
  const router = useRouter();
  const client = useQueryClient();
  const [isToken, setToken] = useState(false);
  const [secret, setSecret] = useState('');
  const session = useQuery(sessionQuery);
  useReady(!session.isPending);
  const open = useMutation({
    mutationFn: () => call(api.POST('/api/session', { body: isToken ? { token: secret.trim() } : { password: secret } })),
    onSuccess: async (opened) => {
      setCsrfToken(opened.csrf_token ?? null);
      client.setQueryData(sessionQuery.queryKey, opened);
      await router.navigate({ href: safeThen(search.then) });
    },
  });
  const change = (toToken: boolean) => {
    setToken(toToken);
    setSecret('');
    open.reset();
  };
  return (
    <Gate title={text.title}>
      {search.ended ? <p className={classes.note}>{text.ended}</p> : null}
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (secret) open.mutate();
        }}
      >
        {isToken ? null : <input type="text" name="username" autoComplete="username" value="admin" readOnly hidden />}
        <PasswordInput
          key={String(isToken)}
          label={isToken ? text.token : text.password}
          description={isToken ? text.tokenHint : undefined}
          name={isToken ? 'token' : 'password'}
          autoComplete={isToken ? 'off' : 'current-password'}
          autoFocus
          value={secret}
          onChange={(event) => setSecret(event.currentTarget.value)}
        />
        {open.isError ? (
          <p role="alert" className={classes.failed}>
            {failureText(open.error)}
          </p>
        ) : null}
        <Button type="submit" variant="filled" loading={open.isPending} disabled={!secret}>
          {text.submit}
        </Button>
        <button type="button" className={classes.other} onClick={() => change(!isToken)}>
          {isToken ? text.usePassword : text.useToken}
        </button>
      </form>
    </Gate>
  );
}

/** One text for everything that may be wrong with what was typed; only what is not about it is told apart. */
function failureText(error: Error): string {
  if (!(error instanceof ApiFailure)) return error.message;
  if (error.status === 429) return text.throttled;
  return error.isUnreachable || error.status >= 500 ? error.message : text.failed;
}
