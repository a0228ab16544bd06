import { Button, Group, NumberInput, Stack, Textarea } from '@mantine/core';
import { useState } from 'react';

import { useMay } from '@/app/session';
import { toast } from '@/components/toast';
import { logsText } from '@/text/logs';

import type { LogDetail } from '../row';
import { Thumbs } from './OverviewTab';
import { useFeedback } from './useFeedback';

const text = logsText.feedback;

/** Thumbs, a score and a note. The note is metadata, so that filters find it. */
export function FeedbackTab({ gateway, log }: { gateway: string; log: LogDetail }) {
  const mayChange = useMay('editor');
  const feedback = useFeedback(gateway, log.id);
  const added = log.waypost.added_metadata;
  const [score, setScore] = useState<number | ''>(log.score ?? '');
  const [note, setNote] = useState(String(added.note ?? ''));
  if (!mayChange) return <p style={{ margin: 0, color: 'var(--wp-text-3)' }}>{text.needsEditor}</p>;
  const save = () => {
    const { note: _, ...others } = added;
    const metadata = note.trim() === '' ? others : { ...others, note: note.trim() };
    const isSameNote = note.trim() === String(added.note ?? '');
    feedback.mutate({ score: score === '' ? null : score, ...(isSameNote ? {} : { metadata: Object.keys(metadata).length > 0 ? metadata : null }) }, { onSuccess: () => toast(text.saved) });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Stack gap="sm" maw={360}>
        <Thumbs gateway={gateway} log={log} />
        <NumberInput label={text.score} min={0} max={100} allowDecimal={false} clampBehavior="strict" value={score} onChange={(value) => setScore(typeof value === 'number' ? value : '')} />
        <Textarea label={text.note} description={text.noteHint} autosize minRows={2} maxRows={8} maxLength={1000} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        <Group>
          <Button type="submit" loading={feedback.isPending}>
            {text.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
