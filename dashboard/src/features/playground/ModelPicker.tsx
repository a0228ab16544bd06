import { Combobox, useCombobox, VisuallyHidden } from '@mantine/core';
import { IconChevronDown, IconCube, IconRoute } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

import { useGatewayId } from '@/app/gateway';
import { ProviderMark } from '@/components/ProviderMark';
import { cutMiddle } from '@/lib/plain-text';
import { playgroundText } from '@/text/playground';

import classes from './ModelPicker.module.css';
import { meantRoute } from './request';
import type { Targets } from './useTargets';

const text = playgroundText.model;
const OPTIONS_MAX = 200;

/** One searchable list: routes first, then models by provider. A name that is not in it can be typed. */
export function ModelPicker({ model, targets, onModel, label = text.label }: { model: string; targets: Targets; onModel: (model: string) => void; label?: string }) {
  const gateway = useGatewayId();
  const [search, setSearch] = useState('');
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      combobox.focusTarget();
      setSearch('');
    },
    onDropdownOpen: () => combobox.focusSearchInput(),
  });
  const words = search.trim().toLowerCase();
  const routes = targets.routes.filter(({ name }) => `dynamic/${name}`.toLowerCase().includes(words));
  const groups = targets.providers
    .map((provider) => ({ ...provider, models: provider.models.filter((name) => `${provider.slug}/${name}`.toLowerCase().includes(words)).slice(0, OPTIONS_MAX) }))
    .filter(({ models }) => models.length > 0);
  const typed = search.trim();
  const isKnown = routes.some(({ name }) => `dynamic/${name}` === typed) || groups.some(({ slug, models }) => models.some((name) => `${slug}/${name}` === typed));
  const meant = meantRoute(
    typed,
    targets.routes.map(({ name }) => name),
  );
  useEffect(() => {
    if (words !== '') combobox.selectFirstOption();
    // The options change with what is searched for; the combobox object itself is new in every render.
  }, [words]);
  const choose = (value: string) => {
    onModel(value);
    combobox.closeDropdown();
  };

  return (
    <Combobox store={combobox} onOptionSubmit={choose} shadow="md" position="bottom-start" middlewares={{ flip: true, shift: true }} width="target">
      <Combobox.Target>
        <button type="button" className={classes.button} aria-haspopup="listbox" onClick={() => combobox.toggleDropdown()}>
          <VisuallyHidden>{label}: </VisuallyHidden>
          <Chosen model={model} targets={targets} />
          <IconChevronDown aria-hidden size={14} stroke={1.75} className={classes.chevron} />
        </button>
      </Combobox.Target>
      <Combobox.Dropdown className={classes.dropdown}>
        <Combobox.Search
          value={search}
          placeholder={text.search}
          aria-label={text.search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <Combobox.Options className={classes.options} aria-label={label}>
          {meant && !isKnown ? (
            <Combobox.Option value={meant}>
              <b>{text.meant(meant)}</b>
              <div className={classes.sub}>{text.meantHint(meant)}</div>
            </Combobox.Option>
          ) : null}
          {routes.length > 0 ? (
            <Combobox.Group label={text.routes}>
              {routes.map(({ name, liveVersion }) => (
                <Combobox.Option key={name} value={`dynamic/${name}`} active={model === `dynamic/${name}`} className={classes.option}>
                  <IconRoute aria-hidden size={16} stroke={1.75} className={classes.route} />
                  <bdi className={classes.name}>{name}</bdi>
                  <span className={classes.sub}>{liveVersion === undefined ? text.notDeployed : text.live(liveVersion)}</span>
                </Combobox.Option>
              ))}
            </Combobox.Group>
          ) : null}
          {groups.map(({ slug, name, isMock, models }) => (
            <Combobox.Group key={slug} label={text.provider(name, isMock)}>
              {models.map((one) => (
                <Combobox.Option key={one} value={`${slug}/${one}`} active={model === `${slug}/${one}`} className={classes.option}>
                  <ProviderMark provider={slug} />
                  <bdi className={classes.name}>{one}</bdi>
                </Combobox.Option>
              ))}
            </Combobox.Group>
          ))}
          {typed !== '' && !isKnown ? (
            <Combobox.Option value={typed}>
              <bdi>{text.use(typed)}</bdi>
            </Combobox.Option>
          ) : null}
        </Combobox.Options>
        {!targets.isPending && targets.providers.every(({ isMock }) => isMock) ? (
          <Combobox.Footer className={classes.footer}>
            {text.none}{' '}
            <Link to={`/g/${encodeURIComponent(gateway)}/providers` as string} className={classes.link}>
              {text.connect}
            </Link>
          </Combobox.Footer>
        ) : null}
      </Combobox.Dropdown>
    </Combobox>
  );
}

function Chosen({ model, targets }: { model: string; targets: Targets }) {
  if (model === '') return <span className={classes.placeholder}>{text.placeholder}</span>;
  if (!model.startsWith('dynamic/')) {
    const [provider = '', ...rest] = model.split('/');
    return (
      <>
        {rest.length > 0 ? <ProviderMark provider={provider} /> : <IconCube aria-hidden size={16} stroke={1.75} />}
        <bdi className={classes.model} title={model}>
          {cutMiddle(model, 40)}
        </bdi>
      </>
    );
  }
  const name = model.slice('dynamic/'.length);
  const route = targets.routes.find((one) => one.name === name);
  return (
    <>
      <IconRoute aria-hidden size={16} stroke={1.75} className={classes.route} />
      <span className={classes.cut}>
        <span className={classes.prefix}>{text.route} </span>
        <b>
          <bdi>{cutMiddle(name, 32)}</bdi>
        </b>
      </span>
      {route && route.liveVersion === undefined ? <span className={classes.sub}>{text.notDeployed}</span> : null}
    </>
  );
}
