import { Button, Group, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { toast } from '@/components/toast';
import { simulateText as text } from '@/text/versions';

import { casesQuery, useSaveCases } from '../insight';
import panel from '../panel.module.css';
import type { SimulationView } from '../queries';
import { useEditor, useEditorStore } from '../store';
import { caseOf, highlightOf, outcomeOf, type SimulationForm, type Step, stepsOf } from './model';
import classes from './simulate.module.css';

/** The way that was taken: each step with its reason, and where it ends. */
export function Result({ simulation, form }: { simulation: SimulationView; form: SimulationForm }) {
  const store = useEditorStore();
  const selected = useEditor((state) => state.highlight?.step ?? null);
  if (!simulation.valid) return <div className={`${panel.section} ${panel.bad}`}>{text.hasErrors}</div>;
  const steps = stepsOf(simulation);
  const outcome = outcomeOf(simulation);
  const show = (index: number) => store.getState().setHighlight(highlightOf(steps, index, form.userId));
  return (
    <div className={panel.section} role="region" aria-label={text.result} aria-live="polite">
      {outcome ? (
        <div className={classes.outcome} data-kind={outcome.kind}>
          {outcome.kind === 'served' ? <b>{text.servedBy} </b> : null}
          <span data-testid="simulation-outcome">{outcome.text}</span>
        </div>
      ) : null}
      <ol className={classes.steps}>
        {steps.map((step, index) => step.kind === 'start' || step.kind === 'end' ? null : (
          <li key={`${step.node}-${index}`}>
            <button
              type="button"
              className={classes.step}
              data-selected={selected === index || undefined}
              onClick={() => show(index)}
              onDoubleClick={() => store.getState().edit(step.node)}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && selected === index) store.getState().edit(step.node);
              }}
            >
              <StepWords step={step} number={index + (steps[0]?.kind === 'start' ? 0 : 1)} />
            </button>
          </li>
        ))}
      </ol>
      {simulation.notes.map((note) => (
        <div key={note} className={panel.hint}>
          {note}
        </div>
      ))}
      <SaveCase form={form} steps={steps} />
    </div>
  );
}

function StepWords({ step, number }: { step: Step; number: number }) {
  return (
    <>
      <span className={classes.number}>{number}</span>
      <span>
        <span className={classes.title}>{step.title}</span>
        {step.output_title ? <span className={classes.output}>{` → ${step.output_title}`}</span> : null}
        {step.reason ? <span className={classes.why}>{step.reason}</span> : null}
      </span>
    </>
  );
}

function SaveCase({ form, steps }: { form: SimulationForm; steps: Step[] }) {
  const gateway = useEditor((state) => state.gateway);
  const routeId = useEditor((state) => state.routeId);
  const document = useEditor((state) => state.draft.document);
  const { data: cases = [] } = useQuery(casesQuery(gateway, routeId));
  const save = useSaveCases(gateway, routeId);
  const [name, setName] = useState('');
  const submit = () =>
    save.mutate([...cases.filter((saved) => saved.name !== name), caseOf(name, form, document, steps)] as never, {
      onSuccess: () => {
        toast(text.saved(name));
        setName('');
      },
      onError: (error) => toast(error.message, { kind: 'failed' }),
    });
  return (
    <Group gap={6} mt={8} wrap="nowrap">
      <TextInput style={{ flex: 1 }} aria-label={text.saveName} placeholder={text.saveName} value={name} maxLength={80} onChange={(event) => setName(event.currentTarget.value)} />
      <Button disabled={name.trim() === ''} loading={save.isPending} onClick={submit}>
        {text.save}
      </Button>
    </Group>
  );
}
