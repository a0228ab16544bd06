import { Button, Group } from '@mantine/core';
import { Link } from '@tanstack/react-router';

import { CopyButton } from '@/components/CopyButton';
import { FilterChips, type Filter } from '@/components/FilterBar';
import { Empty, NothingMatches } from '@/components/States';
import { useSessionOrigin } from '@/features/playground/origin';
import { copyAs } from '@/features/playground/copyAs';
import { ACCOUNT } from '@/app/gateway';
import { logsText as text } from '@/text/logs';

import classes from './Empty.module.css';

interface NoMatchesProps {
  filters: readonly Filter[];
  search: string | undefined;
  /** "24 h"; undefined for a range of two moments. */
  range: string | undefined;
  onFilters: (filters: Filter[]) => void;
  onClear: () => void;
  onWiden: (() => void) | undefined;
}

export function NoMatches({ filters, search, range, onFilters, onClear, onWiden }: NoMatchesProps) {
  const chips = (
    <>
      <FilterChips filters={filters} onFilters={onFilters} />
      {search ? <bdi className={classes.search}>“{search}”</bdi> : null}
      {onWiden ? (
        <Group w="100%" justify="center" mt={4}>
          <Button onClick={onWiden}>{text.widen}</Button>
        </Group>
      ) : null}
    </>
  );
  return <NothingMatches text={range ? text.filteredEmpty(range) : text.filteredEmptyCustom} chips={chips} onClear={onClear} />;
}

/** No request yet: what comes here, and two ways to make one. */
export function NoLogs({ gateway }: { gateway: string }) {
  const origin = useSessionOrigin();
  const curl = copyAs('curl', { origin, account: ACCOUNT, gateway, headers: {}, body: { model: 'mock/small', messages: [{ role: 'user', content: 'Hello' }] } });
  return (
    <Empty
      title={text.empty.title}
      text={text.empty.text}
      action={
        <Button variant="filled" component={Link} to={`/g/${encodeURIComponent(gateway)}/playground` as string}>
          {text.empty.playground}
        </Button>
      }
    >
      <div className={classes.example}>
        <div className={classes.exampleHead}>
          <span>{text.empty.curl}</span>
          <CopyButton text={curl} label={text.details.curl} />
        </div>
        <pre className={classes.code}>{curl}</pre>
      </div>
    </Empty>
  );
}
