import { Button, Modal, Switch } from '@mantine/core';
import { IconCircleCheck, IconCircleX, IconHandStop, IconListDetails, IconPlugX, IconRoute } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';

import { CopyButton } from '@/components/CopyButton';
import { PlainText } from '@/components/PlainText';
import { ProviderMark } from '@/components/ProviderMark';
import { Empty, Skeleton } from '@/components/States';
import { useVersions } from '@/features/logs/queries';
import { namedSteps } from '@/features/logs/trail';
import { cutMiddle, visible } from '@/lib/plain-text';
import { playgroundText } from '@/text/playground';

import classes from './AnswerPanel.module.css';
import { ErrorBox } from './ErrorBox';
import { Breadcrumbs, Facts, Remaining } from './Facts';
import { Markdown } from './Markdown';
import { openPreview } from './preview';
import { htmlIn } from './request';
import { isRunning, type Answer } from './useAnswer';
import { useLogRow } from './useLogRow';

const text = playgroundText.answer;

interface AnswerPanelProps {
  gateway: string;
  label: string;
  answer: Answer;
  /** Changes the model to the one that an error offers. */
  onModel: (model: string) => void;
  routeNames: readonly string[];
  /** Takes the answer over as a turn of the conversation. */
  onContinue?: (() => void) | undefined;
}

/** The answer as it comes, and below it who served it, why, and what it cost. */
export function AnswerPanel({ gateway, label, answer, onModel, routeNames, onContinue }: AnswerPanelProps) {
  const [asMarkdown, setMarkdown] = useState(false);
  const [preview, setPreview] = useState<string>();
  const running = isRunning(answer);
  const { row, isMissing } = useLogRow(gateway, answer.served?.logId, !running && answer.phase !== 'idle');
  const versions = useVersions(gateway, row ? [row] : []);
  const route = row?.waypost.route ?? null;
  const steps = route ? namedSteps(route, versions.get(route.version_id)) : [];
  const html = !running && answer.text !== '' ? htmlIn(answer.text) : undefined;
  const tokens = text.tokens(row?.tokens_out ?? answer.pieces, row?.tokens_out != null);
  const isBroken = answer.phase === 'stopped' || (answer.phase === 'failed' && answer.text !== '');
  return (
    <section className={classes.panel} aria-label={label} aria-busy={running} data-phase={answer.phase}>
      {answer.phase === 'idle' ? null : <ServedBy answer={answer} attempts={row?.waypost.attempts.length} />}
      <div className={classes.answer} tabIndex={0} role="group" aria-label={text.label} data-testid="answer-text">
        {answer.phase === 'idle' ? <Empty title={text.empty.title} text={text.empty.text} /> : null}
        {answer.phase === 'sending' ? <p className={classes.quiet}>{text.waiting}</p> : null}
        {asMarkdown ? <Markdown text={answer.text} /> : answer.text === '' ? null : <PlainText text={answer.text} block />}
        {answer.phase === 'streaming' ? <span aria-hidden className={classes.caret} /> : null}
        {answer.phase === 'done' && answer.text === '' ? <p className={classes.quiet}>{text.noText}</p> : null}
        {isBroken ? (
          <p className={classes.interrupted} role="status" data-testid="interrupted">
            <IconPlugX aria-hidden size={14} stroke={1.75} />
            {text.interrupted(tokens)}
          </p>
        ) : null}
        {answer.error ? <ErrorBox error={answer.error} routeNames={routeNames} onModel={onModel} /> : null}
      </div>
      {answer.text !== '' && !running ? (
        <div className={classes.tools}>
          <Switch label={text.markdown} checked={asMarkdown} onChange={(event) => setMarkdown(event.currentTarget.checked)} />
          <span className={classes.grow} />
          {onContinue ? (
            <Button size="compact-xs" onClick={onContinue}>
              {playgroundText.turns.continue}
            </Button>
          ) : null}
          {html ? (
            <Button size="compact-xs" onClick={() => void openPreview(html).then(setPreview)}>
              {text.preview}
            </Button>
          ) : null}
          <CopyButton text={answer.text} label={text.copyText} />
        </div>
      ) : null}
      {running || answer.phase === 'idle' ? null : (
        <div className={classes.foot}>
          {route ? <Breadcrumbs steps={steps} /> : answer.served?.trail && !row ? <UnnamedTrail trail={answer.served.trail} isFinal={isMissing} /> : null}
          <Facts answer={answer} row={row} isMissing={isMissing} />
          <div className={classes.links}>
            <Remaining steps={steps} row={row} answer={answer} />
            <span className={classes.grow} />
            {row && route ? (
              <FootLink icon={<IconRoute aria-hidden size={14} stroke={1.75} />} to={{ to: '/g/$gw/routes/$route', params: { gw: gateway, route: route.name }, search: { log: row.id } }}>
                {text.showPath}
              </FootLink>
            ) : null}
            {answer.served?.logId && !isMissing ? (
              <FootLink icon={<IconListDetails aria-hidden size={14} stroke={1.75} />} to={{ to: '/g/$gw/logs/$log', params: { gw: gateway, log: answer.served.logId } }}>
                {text.openLog}
              </FootLink>
            ) : null}
          </div>
        </div>
      )}
      <Modal opened={preview !== undefined} onClose={() => setPreview(undefined)} title={text.previewTitle} size="xl">
        <p className={classes.hint}>{text.previewHint}</p>
        {preview === undefined ? null : <iframe title={text.previewTitle} sandbox="" referrerPolicy="no-referrer" src={preview} className={classes.preview} />}
      </Modal>
    </section>
  );
}

function ServedBy({ answer, attempts }: { answer: Answer; attempts: number | undefined }) {
  const { served, error } = answer;
  const model = served?.provider && served.model ? `${served.provider}/${served.model}` : undefined;
  const status = served?.status;
  const kind = answer.phase === 'stopped' ? 'interrupted' : error ? (error.status === 429 ? 'limited' : 'failed') : 'answered';
  const Icon = { answered: IconCircleCheck, limited: IconHandStop, failed: IconCircleX, interrupted: IconPlugX }[kind];
  return (
    <div className={classes.served}>
      <span className={classes.label}>{text.servedBy}</span>
      {model ? (
        <>
          <ProviderMark provider={served!.provider!} />
          <b className={classes.model} title={visible(model)} data-testid="served-by">
            <PlainText text={cutMiddle(model, 44)} />
          </b>
          <CopyButton text={model} label={text.copyModel(model)} />
        </>
      ) : (
        <span className={classes.label}>{served ? text.notServed : '…'}</span>
      )}
      <span className={classes.grow} />
      {status ? (
        <span className={classes.status} data-kind={kind}>
          {isRunning(answer) ? null : <Icon aria-hidden size={13} stroke={1.75} />}
          {text.status(status, attempts)}
        </span>
      ) : null}
    </div>
  );
}

/** The header says the way in ids. They are shown only when no row comes that could name the nodes; until then their line is kept free. */
function UnnamedTrail({ trail, isFinal }: { trail: string; isFinal: boolean }) {
  return <p className={classes.trail}>{isFinal ? <PlainText text={trail} /> : <Skeleton width={220} height={12} style={{ margin: '2px 0' }} />}</p>;
}

function FootLink({ icon, to, children }: { icon: ReactNode; to: object; children: ReactNode }) {
  return (
    <Link className={classes.link} {...(to as { to: string })}>
      {icon}
      {children}
    </Link>
  );
}
