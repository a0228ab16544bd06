import { CloseButton, Combobox, useCombobox } from '@mantine/core';
import { IconFilter, IconX } from '@tabler/icons-react';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';

import { useShortcuts } from '@/app/shortcuts';
import { logsText } from '@/text/logs';
import { shell, states } from '@/text/shell';

import classes from './FilterBar.module.css';
import { addFilter, kindOf, removeFilter, typedFilter, valueFrom, type Field, type Filter, type Operator } from './filters';
import { optionsFor, type Stage, type Suggestions } from './suggest';
import { fieldName, FilterWords, filterWords } from './words';

export interface FilterBarProps {
  /** Names what is filtered, for screen readers. */
  label?: string;
  fields: readonly Field[];
  filters: readonly Filter[];
  onFilters: (filters: Filter[]) => void;
  /** Free text; left out where there is no such search. */
  search?: string;
  onSearch?: (text: string | undefined) => void;
  /** Values seen in traffic; asked for when the bar is first used. */
  suggestions?: Suggestions | undefined;
  onUse?: () => void;
}

const text = logsText.filter;

/** Tokens of field, operator and value, and free text. It shows what the address says and keeps nothing of its own but what is being typed. */
export function FilterBar({ label = text.label, fields, filters, onFilters, search, onSearch, suggestions, onUse }: FilterBarProps) {
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState('');
  const [stage, setStage] = useState<Stage>({ at: 'field' });
  const [isWrong, setWrong] = useState(false);
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const options = useMemo(() => optionsFor({ stage, typed, fields, suggestions, canSearch: Boolean(onSearch) }), [stage, typed, fields, suggestions, onSearch]);

  useShortcuts(label, [{ keys: '/', label: shell.shortcuts.filter, run: () => input.current?.focus() }]);
  useEffect(() => {
    if (typed !== '' || stage.at !== 'field') combobox.selectFirstOption();
    else combobox.resetSelectedOption();
    // The list changes with what is typed; the combobox object itself is new in every render.
  }, [typed, stage]);

  const restart = () => {
    setTyped('');
    setStage({ at: 'field' });
    setWrong(false);
  };
  const add = (filter: Filter) => {
    onFilters(addFilter(filters, filter));
    restart();
  };
  const takeValue = (key: string, operator: Operator, words: string) => {
    if (operator === 'exists') {
      const exists = valueFrom(words, 'flag');
      if (exists === undefined) setWrong(true);
      else add({ key, operator, value: [exists] });
      return;
    }
    const value = valueFrom(words, kindOf(key, fields));
    if (value === undefined) setWrong(words.trim() !== '');
    else add({ key, operator, value: [value] });
  };
  const choose = (id: string) => {
    const option = options.find((one) => one.id === id);
    if (!option) return;
    if (option.filter) add(option.filter);
    else if (option.search !== undefined) {
      onSearch?.(option.search);
      restart();
    } else if (option.next) {
      setStage(option.next);
      setTyped(option.typed ?? '');
      setWrong(false);
    } else if (option.value !== undefined && stage.at === 'value') takeValue(stage.key, stage.operator, option.value);
    input.current?.focus();
  };
  const enter = () => {
    const words = typed.trim();
    const whole = stage.at === 'field' ? typedFilter(words, fields) : undefined;
    if (whole) add(whole);
    else if (stage.at === 'value') takeValue(stage.key, stage.operator, words);
    else if (stage.at === 'field' && words !== '' && onSearch) {
      onSearch(words);
      restart();
    }
  };
  const back = () => {
    const last = filters.length - 1;
    if (stage.at === 'value') setStage({ at: 'operator', key: stage.key });
    else if (stage.at === 'operator') setStage({ at: 'field' });
    else if (search && onSearch) {
      onSearch(undefined);
      setTyped(search);
    } else if (filters[last]) onFilters(removeFilter(filters, last));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Backspace' && typed === '') {
      event.preventDefault();
      back();
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      if (typed !== '' || stage.at !== 'field') restart();
      else {
        combobox.closeDropdown();
        input.current?.blur();
      }
    } else if (event.key === 'Enter' && combobox.getSelectedOptionIndex() < 0) {
      event.preventDefault();
      enter();
    }
  };
  const edit = (index: number) => {
    const filter = filters[index]!;
    onFilters(removeFilter(filters, index));
    setStage({ at: 'value', key: filter.key, operator: filter.operator });
    setTyped(filter.value.map(String).join('|'));
    input.current?.focus();
    combobox.openDropdown();
  };

  return (
    <Combobox store={combobox} onOptionSubmit={choose} withinPortal shadow="md" position="bottom-start" middlewares={{ flip: true, shift: true }}>
      <Combobox.Target withAriaAttributes={false}>
        <div className={classes.bar} role="group" aria-label={label} onClick={(event) => event.target === event.currentTarget && input.current?.focus()}>
          <IconFilter aria-hidden size={15} stroke={1.75} className={classes.icon} />
          {filters.map((filter, index) => (
            <Token key={`${filter.key} ${filter.operator} ${filter.value.join()}`} filter={filter} onEdit={() => edit(index)} onRemove={() => onFilters(removeFilter(filters, index))} />
          ))}
          {search ? (
            <span className={classes.token} data-search>
              <span className={classes.field}>{text.searchToken}</span>
              <bdi className={classes.value}>{search}</bdi>
              <Remove label={text.remove(`${text.searchToken} ${search}`)} onClick={() => onSearch?.(undefined)} />
            </span>
          ) : null}
          {stage.at === 'field' ? null : (
            <span className={classes.begun}>
              {fieldName(stage.key)} {stage.at === 'value' ? <span className={classes.operator}>{text.operator[stage.operator]}</span> : null}
            </span>
          )}
          <Combobox.EventsTarget>
            <input
              ref={input}
              className={classes.input}
              value={typed}
              aria-label={stage.at === 'field' ? text.placeholder : stage.at === 'operator' ? text.operators : text.values}
              aria-invalid={isWrong || undefined}
              placeholder={stage.at === 'field' ? text.placeholder : ''}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => {
                setTyped(event.currentTarget.value);
                setWrong(false);
                combobox.openDropdown();
              }}
              onFocus={() => {
                onUse?.();
                combobox.openDropdown();
              }}
              onClick={() => combobox.openDropdown()}
              onBlur={() => combobox.closeDropdown()}
              onKeyDown={onKeyDown}
            />
          </Combobox.EventsTarget>
          {isWrong ? (
            <span role="alert" className={classes.wrong}>
              {text.notValid}
            </span>
          ) : null}
          {filters.length > 0 || search ? (
            <CloseButton
              size={22}
              aria-label={states.clear}
              title={states.clear}
              className={classes.clear}
              onClick={() => {
                onFilters([]);
                onSearch?.(undefined);
                restart();
              }}
            />
          ) : (
            <kbd aria-hidden className={classes.key}>
              /
            </kbd>
          )}
        </div>
      </Combobox.Target>
      <Combobox.Dropdown hidden={options.length === 0}>
        <Combobox.Options className={classes.options} aria-label={label}>
          {options.map((option) => (
            <Combobox.Option key={option.id} value={option.id} className={classes.option}>
              <bdi className={classes.optionText}>{option.label}</bdi>
              {option.hint ? <span className={classes.hint}>{option.hint}</span> : null}
            </Combobox.Option>
          ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

function Token({ filter, onEdit, onRemove }: { filter: Filter; onEdit: () => void; onRemove: () => void }) {
  const words = filterWords(filter);
  return (
    <span className={classes.token}>
      <button type="button" className={classes.tokenText} aria-label={text.edit(words)} title={words} onClick={onEdit}>
        <FilterWords filter={filter} />
      </button>
      <Remove label={text.remove(words)} onClick={onRemove} />
    </span>
  );
}

function Remove({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button type="button" className={classes.remove} aria-label={label} onClick={onClick}>
      <IconX aria-hidden size={12} stroke={1.75} />
    </button>
  );
}

/** The filters as chips with which each can be taken away, for a list in which nothing matches. */
export function FilterChips({ filters, onFilters }: { filters: readonly Filter[]; onFilters: (filters: Filter[]) => void }) {
  return filters.map((filter, index) => (
    <span key={filterWords(filter)} className={classes.token}>
      <span className={classes.tokenText}>
        <FilterWords filter={filter} />
      </span>
      <Remove label={text.remove(filterWords(filter))} onClick={() => onFilters(removeFilter(filters, index))} />
    </span>
  ));
}

