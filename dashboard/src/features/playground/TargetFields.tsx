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
  return (
    <div className={classes.fields}>
      <div className={classes.line}>
        <ModelPicker model={target.model} targets={targets} onModel={(model) => onTarget({ model, version: '' })} />
        {route ? <VersionPicker gateway={gateway} route={route} version={target.version} onVersion={(version) => onTarget({ version })} /> : null}
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
      </div>
      {withChips && others.length > 0 ? (
        <div className={classes.chips} role="group" aria-label={playgroundText.user.recent}>
          <span className={classes.label}>{playgroundText.user.label}</span>
          {others.slice(0, 5).map((user) => (
            <button key={user} type="button" className={classes.chip} onClick={() => onTarget({ userId: user })}>
              <bdi>{user}</bdi>
            </button>
          ))}
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
