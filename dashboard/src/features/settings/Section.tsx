import { Button, Paper, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';

import { toast } from '@/components/toast';
import { settingsText as text } from '@/text/settings';

import { type Gateway, useSaveSettings } from './queries';
import classes from './settings.module.css';

interface SectionProps<Form> {
  title: string;
  gateway: Gateway;
  mayChange: boolean;
  initial: Form;
  /** What is sent of the form. */
  change: (form: Form) => Record<string, unknown>;
  children: (form: Form, set: (part: Partial<Form>) => void) => ReactNode;
  /** Below the fields: what is only to be read. */
  readOnly?: ReactNode;
}

/** One part of the settings: it saves on its own and says what is not saved. */
export function Section<Form extends object>({ title, gateway, mayChange, initial, change, children, readOnly }: SectionProps<Form>) {
  const [form, setForm] = useState<Form>();
  const save = useSaveSettings(gateway);
  const current = form ?? initial;
  const isDirty = form !== undefined && JSON.stringify(form) !== JSON.stringify(initial);
  return (
    <Paper component="section" p={16} aria-label={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(change(current), {
            onSuccess: () => {
              setForm(undefined);
              toast(text.saved(title), { text: text.effect });
            },
          });
        }}
      >
        <Stack gap="sm" maw={520}>
          <h2 className={classes.title}>{title}</h2>
          <fieldset disabled={!mayChange} className={classes.fields}>
            {children(current, (part) => setForm({ ...current, ...part }))}
          </fieldset>
          {readOnly}
          {save.error ? (
            <Text role="alert" c="var(--wp-bad)" size="md">
              {save.error.message}
            </Text>
          ) : null}
          {mayChange ? (
            <div className={classes.acts}>
              <Button type="submit" disabled={!isDirty} loading={save.isPending}>
                {text.save}
              </Button>
              {isDirty ? (
                <>
                  <Button type="button" variant="subtle" color="gray" disabled={save.isPending} onClick={() => setForm(undefined)}>
                    {text.discard}
                  </Button>
                  <span className={classes.unsaved} role="status">
                    {text.unsaved}
                  </span>
                </>
              ) : null}
            </div>
          ) : null}
        </Stack>
      </form>
    </Paper>
  );
}
