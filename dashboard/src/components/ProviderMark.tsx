import classes from './ProviderMark.module.css';

/** The letter by which a provider is told apart at a glance; its name stands beside it or in its title. */
export function ProviderMark({ provider, name = provider.replace(/^custom-/, '') }: { provider: string; name?: string }) {
  return (
    <span aria-hidden className={classes.mark} title={provider}>
      {(name[0] ?? '?').toUpperCase()}
    </span>
  );
}
