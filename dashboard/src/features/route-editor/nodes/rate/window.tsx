import { SegmentedControl, Select, TextInput } from '@mantine/core';
import { useState } from 'react';

import { useTimeZone } from '@/app/gateway';
import { canvasText as text } from '@/text/editor-canvas';

import { useEdit, useFieldProblem, useTyped } from '../../inspector/edit';
import classes from '../../inspector/inspector.module.css';
import { formatNumber, parseNumber } from '../../inspector/parse';
import { CALENDARS, type Calendar, WINDOW_UNITS, type WindowUnit, isCalendar, joinWindow, splitWindow, type RouteElement } from '../../model';
import { Marked } from '../../problems/Marked';

/** "1 day", or the unit of the calendar alone. */
export function WindowFields({ element }: { element: RouteElement }) {
  const { window, calendar } = element.properties ?? {};
  return isCalendar(calendar) ? <CalendarUnit element={element} calendar={calendar} /> : <Span element={element} seconds={typeof window === 'number' ? window : undefined} />;
}

function CalendarUnit({ element, calendar }: { element: RouteElement; calendar: Calendar }) {
  const edit = useEdit(element.id);
  return (
    <Select
      className={classes.grow ?? ''}
      aria-label={text.limit.windowUnit}
      data-field="properties.calendar"
      disabled={edit.isReadOnly}
      allowDeselect={false}
      data={CALENDARS.map((unit) => ({ value: unit, label: text.limit.calendarUnits[unit] }))}
      value={calendar}
      onChange={(value) => edit.properties({ calendar: value })}
    />
  );
}

function Span({ element, seconds }: { element: RouteElement; seconds: number | undefined }) {
  const edit = useEdit(element.id);
  const known = seconds !== undefined && seconds > 0 ? splitWindow(seconds) : undefined;
  // 24 hours are a day, but not while somebody types hours.
  const [wished, setWished] = useState<WindowUnit | null>(null);
  const unit: WindowUnit = wished ?? known?.unit ?? 'hour';
  const count = seconds === undefined || !(seconds > 0) ? undefined : seconds / joinWindow(1, unit);
  const problem = useFieldProblem(element.id, 'properties.window');
  const typed = useTyped<number | undefined>(
    count,
    formatNumber,
    (value) => parseNumber(value, { above: 0 }),
    (value) => edit.set(['properties', 'window'], value === undefined ? undefined : joinWindow(value, unit)),
    edit.end,
  );
  return (
    <>
      <TextInput
        aria-label={text.limit.windowCount}
        data-field="properties.window"
        inputMode="decimal"
        w={52}
        disabled={edit.isReadOnly}
        value={typed.text}
        error={typed.error ?? (problem === undefined ? undefined : <Marked text={problem} />)}
        onChange={(event) => {
          setWished(unit);
          typed.change(event.currentTarget.value);
        }}
        onBlur={typed.blur}
      />
      <Select
        className={classes.grow ?? ''}
        aria-label={text.limit.windowUnit}
        disabled={edit.isReadOnly}
        allowDeselect={false}
        data={WINDOW_UNITS.map((each) => ({ value: each, label: text.limit.units[each] }))}
        value={unit}
        onChange={(value) => {
          const next = (value ?? 'hour') as WindowUnit;
          setWished(next);
          edit.properties({ window: joinWindow(count === undefined || !Number.isInteger(count) ? 1 : count, next) });
        }}
      />
    </>
  );
}

type Technique = 'sliding' | 'fixed' | 'calendar';

/** A calendar window is a fixed one, and has no length of its own. */
const CALENDAR_OF: Readonly<Record<WindowUnit, Calendar>> = { second: 'hour', minute: 'hour', hour: 'hour', day: 'day' };
const SECONDS_OF: Readonly<Record<Calendar, number>> = { hour: 3600, day: 86_400, week: 604_800, month: 2_592_000 };

export function TechniqueField({ element }: { element: RouteElement }) {
  const edit = useEdit(element.id);
  const zone = useTimeZone();
  const { technique, calendar, window } = element.properties ?? {};
  const value: Technique = isCalendar(calendar) ? 'calendar' : technique === 'fixed' ? 'fixed' : 'sliding';
  const choose = (next: string) => {
    if (next === 'calendar') {
      const { unit } = splitWindow(typeof window === 'number' && window > 0 ? window : 86_400);
      edit.properties({ calendar: CALENDAR_OF[unit], window: undefined, technique: undefined });
      return;
    }
    const seconds = isCalendar(calendar) ? SECONDS_OF[calendar] : window;
    edit.properties({ calendar: undefined, window: seconds, technique: next === 'fixed' ? 'fixed' : undefined });
  };
  const hint = text.limit.techniqueHint[value];
  return (
    <div data-field="properties.technique">
      <span className={classes.label}>{text.limit.window}</span>
      <SegmentedControl
        fullWidth
        aria-label={text.limit.window}
        disabled={edit.isReadOnly}
        value={value}
        onChange={choose}
        data={(['sliding', 'fixed', 'calendar'] as const).map((each) => ({ value: each, label: text.limit.technique[each] }))}
      />
      <div className={classes.hint} style={{ marginTop: 4 }}>
        {typeof hint === 'function' ? hint(zone) : hint}
      </div>
    </div>
  );
}
