import { ActionIcon, Button } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { IconCircleCheck, IconCircleX, IconTrash } from '@tabler/icons-react';

import { Empty, Failed, SkeletonRows } from '@/components/States';
import { simulateText as text } from '@/text/versions';

import { caseRunQuery, casesQuery, useSaveCases } from '../insight';
import panel from '../panel.module.css';
import { useEditor } from '../store';
import { formOf, type SimulationForm } from './model';

/** Saved cases, each run through the draft as it stands: they guard every deploy. */
export function Cases({ onUse }: { onUse: (form: SimulationForm) => void }) {
  const gateway = useEditor((state) => state.gateway);
  const routeId = useEditor((state) => state.routeId);
  const document = useEditor((state) => state.draft.document);
  const [settled] = useDebouncedValue(document, 500);
  const cases = useQuery(casesQuery(gateway, routeId));
  const { data: results = [] } = useQuery(caseRunQuery(gateway, routeId, settled));
  const save = useSaveCases(gateway, routeId);
  if (cases.isPending) return <SkeletonRows rows={3} />;
  if (cases.isError) return <Failed error={cases.error} onRetry={() => void cases.refetch()} />;
  if (cases.data.length === 0) return <Empty title={text.cases} text={text.noCases} />;
  const passing = results.filter((result) => result.passes).length;
  return (
    <>
      <div className={panel.section}>{text.casesPass(passing, cases.data.length)}</div>
      {cases.data.map((saved) => {
        const result = results.find(({ id }) => id === saved.id);
        return (
          <div key={saved.id} className={panel.section}>
            <div className={panel.row}>
              {result ? (
                result.passes ? (
                  <IconCircleCheck size={16} stroke={1.75} className={panel.good} aria-label={text.passes} />
                ) : (
                  <IconCircleX size={16} stroke={1.75} className={panel.bad} aria-hidden />
                )
              ) : null}
              <span className={panel.grow}>{saved.name}</span>
              <Button size="compact-xs" onClick={() => onUse(formOf(saved.facts as never, saved.assumptions as never))}>
                {text.runs}
              </Button>
              <ActionIcon size={24} aria-label={text.deleteCase(saved.name)} onClick={() => save.mutate(cases.data.filter(({ id }) => id !== saved.id) as never)}>
                <IconTrash size={14} stroke={1.75} />
              </ActionIcon>
            </div>
            {result && !result.passes ? <div className={`${panel.hint} ${panel.bad}`}>{text.fails(result.want, result.got)}</div> : null}
          </div>
        );
      })}
    </>
  );
}
