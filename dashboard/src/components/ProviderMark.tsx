import classes from './ProviderMark.module.css';

/** The letter by which a provider is told apart at a glance; its name stands beside it or in its title. */
export function ProviderMark({ provider }: { provider: string }) {
  return (
    <span aria-hidden className={classes.mark} title={provider}>
      {(provider.replace(/^custom-/, '')[0] ?? '?').toUpperCase()}
    </span>
  );
}
