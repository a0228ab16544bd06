import { SegmentedControl } from '@mantine/core';
import { useId, useState } from 'react';

import { HrefLink } from '@/components/charts';
import { CopyButton } from '@/components/CopyButton';
import { endpoint as text } from '@/text/overview';

import classes from './EndpointBox.module.css';
import { baseUrl, copied, snippet, type Language } from './snippets';
import { useCallSource } from './use-call-source';

const LANGUAGES: { value: Language; label: string }[] = [
  { value: 'curl', label: text.curl },
  { value: 'python', label: text.python },
  { value: 'javascript', label: text.javascript },
];

/** How to call this gateway, with its own address. */
export default function EndpointBox() {
  const [language, setLanguage] = useState<Language>('curl');
  const source = useCallSource();
  const pieces = snippet(language, source);
  const address = baseUrl(source.origin, source.gateway);
  const titleId = useId();
  return (
    <section className={classes.box} aria-labelledby={titleId}>
      <header className={classes.head}>
        <h2 id={titleId}>{text.title}</h2>
        <SegmentedControl aria-label={text.language} data={LANGUAGES} value={language} onChange={(value) => setLanguage(value as Language)} classNames={{ label: classes.language! }} />
      </header>
      <div className={classes.body}>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <pre className={classes.code} tabIndex={0} aria-label={language}>
          {pieces.map((piece, index) =>
            piece.kind ? (
              <span key={index} className={classes[piece.kind]}>
                {piece.text}
              </span>
            ) : (
              piece.text
            ),
          )}
        </pre>
        <div className={classes.copy}>
          <CopyButton text={copied(language, source)} label={text.copy} withText />
          <span className={classes.hint}>
            {text.keyHint}{' '}
            <HrefLink className={classes.link} href={`/g/${encodeURIComponent(source.gateway)}/keys?key=new`}>
              {text.newKey}
            </HrefLink>
          </span>
        </div>
        <div className={classes.base}>
          <span className={classes.name}>{text.baseUrl}</span>
          <code className={classes.address} title={address}>
            {address}
          </code>
          <CopyButton text={address} label={text.copyBaseUrl} />
        </div>
      </div>
    </section>
  );
}
