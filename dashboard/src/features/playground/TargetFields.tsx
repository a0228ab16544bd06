import { Autocomplete } from '@mantine/core';
import { IconUserCircle } from '@tabler/icons-react';

import { playgroundText } from '@/text/playground';

import { MetadataEditor } from './MetadataEditor';
import { ModelPicker } from './ModelPicker';
import { OptionsMenu } from './OptionsMenu';
import type { Options, Target } from './state';
import classes from './TargetFields.module.css';
import type { Targets } from './useTargets';
import { VersionPicker } from './VersionPicker';

interface TargetFieldsProps {
  gateway: string;
  target: Target;
  targets: Targets;
  recentUsers: readonly string[];
  options: Options;
  onTarget: (change: Partial<Target>) => void;
  onOptions: (change: Partial<Options>) => void;
  /** Chips under the field, where there is room. */
  withChips?: boolean;
}

/** Whom to call, and as whom. */
export function TargetFields({ gateway, target, targets, recentUsers, options, onTarget, onOptions, withChips = false }: TargetFieldsProps) {
  const route = target.model.startsWith('dynamic/') ? targets.routes.find(({ name }) => `dynamic/${name}` === target.model) : undefined;
  const others = recentUsers.filter((user) => user !== target.userId);
  const user = (
    <Autocomplete
      size="xs"
      className={classes.user}
      aria-label={playgroundText.user.label}
      placeholder={playgroundText.user.placeholder}
      leftSection={<IconUserCircle size={16} stroke={1.75} />}
      value={target.userId}
      data={others}
      limit={8}
      maxLength={1024}
      onChange={(userId) => onTarget({ userId })}
    />
  );
  return (
    <div className={classes.fields}>
      <div className={classes.line}>
        <ModelPicker model={target.model} targets={targets} onModel={(model) => onTarget({ model, version: '' })} />
        {route ? <VersionPicker gateway={gateway} route={route} version={target.version} onVersion={(version) => onTarget({ version })} /> : null}
        {withChips ? null : user}
      </div>
      {withChips ? (
        <div className={classes.chips}>
          {user}
          <span role="group" aria-label={playgroundText.user.recent} className={classes.chips}>
            {others.slice(0, 4).map((one) => (
              <button key={one} type="button" className={classes.chip} onClick={() => onTarget({ userId: one })}>
                <bdi>{one}</bdi>
              </button>
            ))}
          </span>
        </div>
      ) : null}
      <div className={classes.line}>
        <MetadataEditor target={target} onChange={onTarget} />
        <span className={classes.grow} />
        <OptionsMenu options={options} onOptions={onOptions} />
      </div>
    </div>
  );
}
