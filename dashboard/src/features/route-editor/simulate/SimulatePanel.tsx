/** A made-up request through the draft: which way it would take, and why. Nothing is called, nothing is counted. */
import { Button, Tabs } from '@mantine/core';
import { IconRouteScan } from '@tabler/icons-react';
import { useEffect, useState } from 'react';

import { useShortcuts } from '@/app/shortcuts';
import { Failed } from '@/components/States';
import { useTickStep } from '@/features/get-started';
import { simulateText as text } from '@/text/versions';

import panel from '../panel.module.css';
import { useSimulation } from '../queries';
import { SidePanel } from '../SidePanel';
import { useEditor, useEditorStore } from '../store';
import { AllPaths } from './AllPaths';
import { Cases } from './Cases';
import { askOf, bodyOf, EMPTY_FORM, highlightOf, type SimulationForm, stepsOf } from './model';
import { RequestForm } from './RequestForm';
import { Result } from './Result';

export function SimulatePanel() {
  const store = useEditorStore();
  const gateway = useEditor((state) => state.gateway);
  const routeId = useEditor((state) => state.routeId);
  const document = useEditor((state) => state.draft.document);
  const [form, setForm] = useState<SimulationForm>(EMPTY_FORM);
  const simulation = useSimulation(gateway, routeId);
  const tick = useTickStep('simulate');

  const run = (asked = form) => {
    if (bodyOf(asked.body) === null) return;
    setForm(asked);
    simulation.mutate(askOf(asked, document), {
      onSuccess: (found) => {
        store.getState().setHighlight(found.valid ? highlightOf(stepsOf(found), null, asked.userId) : null);
        tick();
      },
    });
  };
  useShortcuts(text.title, [{ keys: 'mod+Enter', label: text.run, run: () => run() }]);
  useEffect(() => () => store.getState().setHighlight(null), [store]);

  return (
    <SidePanel
      title={text.title}
      closeLabel={text.close}
      onClose={() => store.getState().setPanel('none')}
      foot={
        <>
          <span className={`${panel.hint} ${panel.grow}`}>{text.intro}</span>
          <Button type="submit" form="simulate-form" leftSection={<IconRouteScan size={15} stroke={1.75} />} loading={simulation.isPending}>
            {text.run}
          </Button>
        </>
      }
    >
      <Tabs defaultValue="request" keepMounted={false}>
        <Tabs.List px={16}>
          <Tabs.Tab value="request">{text.title}</Tabs.Tab>
          <Tabs.Tab value="cases">{text.cases}</Tabs.Tab>
          <Tabs.Tab value="paths">{text.allPaths}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="request">
          {simulation.error ? <Failed error={simulation.error} onRetry={() => run()} /> : null}
          {simulation.data ? <Result simulation={simulation.data} form={form} /> : null}
          <RequestForm form={form} onChange={setForm} onRun={run} />
        </Tabs.Panel>
        <Tabs.Panel value="cases">
          <Cases onUse={run} />
        </Tabs.Panel>
        <Tabs.Panel value="paths">
          <AllPaths />
        </Tabs.Panel>
      </Tabs>
    </SidePanel>
  );
}
