import { IconFlask, IconWand } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, call } from '@/api/client';
import { useGatewayId } from '@/app/gateway';
import { useMay } from '@/app/session';
import { toast } from '@/components/toast';
import { count } from '@/lib/number';
import { demo as text } from '@/text/overview';

import classes from './Demo.module.css';
import { demoQuery } from './queries';

function useDemo() {
  const gateway = useGatewayId();
  const client = useQueryClient();
  const params = { path: { gateway } };
  const failed = (error: Error) => toast(text.failed, { text: error.message, kind: 'failed' });
  const refresh = () => client.invalidateQueries();
  const add = useMutation({
    mutationFn: () => call(api.POST('/api/gateways/{gateway}/demo', { params })),
    onSuccess: (added) => {
      toast(text.added, { text: text.addedText(count(added.requests)) });
      return refresh();
    },
    onError: failed,
  });
  const remove = useMutation({
    mutationFn: () => call(api.DELETE('/api/gateways/{gateway}/demo', { params })),
    onSuccess: () => {
      toast(text.removed, { action: { label: text.undo, run: () => add.mutate() } });
      return refresh();
    },
    onError: failed,
  });
  return { add, remove };
}

/** Fills the charts of an empty gateway. */
export function AddDemo() {
  const { add } = useDemo();
  if (!useMay('editor')) return null;
  return (
    <button type="button" className={classes.link} disabled={add.isPending} onClick={() => add.mutate()}>
      <IconWand aria-hidden size={14} stroke={1.75} />
      {text.add}
    </button>
  );
}

/** Says that what is shown is not real, and takes it away. */
export function DemoNotice({ mayBeThere }: { mayBeThere: boolean }) {
  const { data } = useQuery({ ...demoQuery(useGatewayId()), enabled: mayBeThere });
  const { remove } = useDemo();
  const mayChange = useMay('editor');
  if (!data) return null;
  return (
    <div className={classes.notice} role="note">
      <IconFlask aria-hidden size={15} stroke={1.75} />
      <span>
        <b>{text.present}</b> {text.presentText}
      </span>
      {mayChange ? (
        <button type="button" className={classes.link} disabled={remove.isPending} onClick={() => remove.mutate()}>
          {text.remove}
        </button>
      ) : null}
    </div>
  );
}
